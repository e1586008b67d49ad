//! Bills: lines, discounts, commitments, taxes, totals, statements, credit notes.
//!
//! A month's way: `placement` says of each call where it is billed (`debits`: or which wallet or gift paid it),
//! `account_month` sums that up, `month_drafts` makes of it what every account would get (`usage_documents`,
//! `payment_documents`, `wallet_statements`, in a `frame`), `late` what earlier months still owe, `issued`
//! knows what went out and what is left of it, `bill_again` bills once more what was taken back, `places` holds where
//! every call is, and `again`
//! makes a final document once more.
//!
//! Money is exact until lines are rounded to the currency's minor units; what that moved is kept and
//! shown. Knows nothing of: files, formats, where numbers are kept, who sends what.

mod account_month;
mod again;
mod allocate;
mod bill_again;
mod call_share;
mod charged_calls;
mod credit;
mod currency;
mod debits;
mod discount;
mod document;
mod draft;
mod error;
mod frame;
mod hold;
mod issued;
mod key;
mod late;
mod late_documents;
mod laws;
mod left;
mod month_drafts;
mod payment;
mod payment_documents;
mod placement;
mod places;
mod posted_usage;
mod proposals;
mod statement;
mod tax;
mod terms;
#[cfg(test)]
mod tests;
mod totals;
mod treatment;
mod usage;
mod usage_documents;
mod wallet_statements;

pub(crate) use account_month::{AccountMonths, LostUse};
pub(crate) use again::{SaidOfEarlier, late_note_again};
pub use allocate::{allocate, payable};
pub(crate) use bill_again::{AgainAsk, bill_again};
pub use call_share::CallShare;
pub(crate) use call_share::share_of_line;
pub(crate) use charged_calls::ChargedCalls;
pub use credit::{CreditAsk, CreditError, credit_note};
pub use currency::minor_units;
pub(crate) use debits::Debits;
pub use discount::{DiscountStep, discounts};
pub use document::{
    Basis, Customer, Discount, Document, DocumentKind, DocumentLaw, DocumentStatus, Issuer, Line, LineKind,
    MovementSum, Proposal, Rate, SourceRef, Statement, Tax, TaxCategory, Totals, UsageRow,
};
pub(crate) use draft::{BillingRules, Draft, DraftBuilder, DraftState, Late};
pub(crate) use error::BillingError;
pub(crate) use frame::as_issued;
pub use frame::{Content, Frame, billed_of_own_period, customer_of};
pub use hold::{Hold, odd_fields};
pub(crate) use issued::{BilledOn, IssuedDocument, IssuedDocuments, check_numbers};
pub(crate) use key::{
    KeyKind, again_key, are_for, credit_key, is_on_request, late_invoice_keys, statement_key, usage_key,
};
pub(crate) use late::add_late;
pub use laws::{BrokenDocument, check_document};
pub(crate) use payment::payments_of;
pub(crate) use placement::CallPlacer;
pub(crate) use places::{LineCall, Places, behind, has_calls, line_of};
pub(crate) use posted_usage::{NamedCalls, agrees_with, day_usage};
pub(crate) use proposals::CallDebits;
pub use statement::{Before, PaidCall, WalletUsage, statement};
pub use tax::{TaxRule, share, without};
pub use terms::{Billed, BillingTerms, InvoiceOn};
pub(crate) use terms::{account_row, bills_alike, changed_terms, terms_of};
pub use totals::{MoneyTerms, Settled, Totalled, total_up};
pub use treatment::{Billable, Tally, Treatment, Unbilled, treat};
pub use usage::{LineError, OpenLine, UsageKey, UsageSum, convert, gift_lines, plain_line, rate_changes, usage_lines};
