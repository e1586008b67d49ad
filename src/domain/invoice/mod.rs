//! Bills: lines, discounts, commitments, taxes, totals, statements, credit notes.
//!
//! Money is exact until lines are rounded to the currency's minor units; what that moved is kept and
//! shown. Knows nothing of: files, formats, where numbers are kept, who sends what.

mod allocate;
mod credit;
mod currency;
mod discount;
mod document;
mod draft;
mod hold;
mod laws;
mod statement;
mod tax;
mod terms;
#[cfg(test)]
mod tests;
mod totals;
mod treatment;
mod usage;

pub use allocate::{allocate, payable};
pub use credit::{CreditAsk, CreditError, credit_note};
pub use currency::minor_units;
pub use discount::{DiscountStep, discounts};
pub use document::{
    Basis, Customer, Discount, Document, DocumentKind, DocumentLaw, DocumentStatus, Issuer, Line, LineKind,
    MovementSum, Proposal, Rate, SourceRef, Statement, Tax, TaxCategory, Totals, UsageRow,
};
pub use draft::{Content, Frame, billed_of_own_period, customer_of};
pub use hold::{Hold, odd_fields};
pub use laws::{BrokenDocument, check_document};
pub use statement::{Before, PaidCall, WalletUsage, proposals, statement};
pub use tax::{TaxRule, share, without};
pub use terms::{Billed, BillingTerms, InvoiceOn};
pub use totals::{MoneyTerms, Totalled, total_up};
pub use treatment::{Billable, Tally, Treatment, Unbilled, treat};
pub use usage::{LineError, OpenLine, UsageKey, UsageSum, convert, plain_line, rate_changes, usage_lines};
