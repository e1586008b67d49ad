//! Bills: lines, discounts, commitments, taxes, totals, statements, credit notes.
//!
//! Money is exact until a line is rounded to the currency's minor units; what that moved is kept and
//! shown. Knows nothing of: files, formats, where numbers are kept, who sends what.

mod document;

pub use document::{
    Basis, Customer, Discount, Document, DocumentKind, DocumentLaw, DocumentStatus, Issuer, Line, LineKind,
    MovementSum, Proposal, Rate, SourceRef, Statement, Tax, TaxCategory, Totals, UsageRow,
};
