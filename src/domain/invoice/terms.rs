//! What an account's row says about its bills.

use super::discount::DiscountStep;
use super::error::BillingError;
use super::tax::TaxRule;
use crate::domain::ledger::{Account, Mode, Parties};
use crate::domain::money::Amount;
use crate::domain::period::{Instant, Span};

/// Days to pay where the account says nothing.
const NET_DAYS: u32 = 30;

/// When an account gets invoices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvoiceOn {
    Usage,
    TopUp,
    Request,
    Never,
}

/// Which amount of a call is billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Billed {
    Expected,
    Recorded,
}

/// The billing columns of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillingTerms {
    pub mode: Mode,
    pub currency: Option<String>,
    pub invoice_on: InvoiceOn,
    pub billed: Billed,
    pub terms_days: u32,
    pub tax: TaxRule,
    pub discount: Vec<DiscountStep>,
    pub commitment: Option<Amount>,
}

impl Default for BillingTerms {
    /// Of an account that says nothing of its bills.
    fn default() -> BillingTerms {
        BillingTerms {
            mode: Mode::default(),
            currency: None,
            invoice_on: InvoiceOn::Never,
            billed: Billed::Expected,
            terms_days: NET_DAYS,
            tax: TaxRule::None,
            discount: Vec::new(),
            commitment: None,
        }
    }
}

impl BillingTerms {
    /// Whether what is paid in advance gets invoices.
    pub(crate) fn invoices_payments(&self) -> bool {
        matches!((self.invoice_on, self.mode), (InvoiceOn::TopUp, _) | (InvoiceOn::Request, Mode::Prepaid))
    }

    /// # Errors
    /// The name of the first column that cannot be read.
    pub fn of(account: &Account) -> Result<BillingTerms, &'static str> {
        let text = |name: &str| account.other.get(name).map(String::as_str);
        let invoice_on = match text("invoice_on") {
            Some("usage") => InvoiceOn::Usage,
            Some("top_up") => InvoiceOn::TopUp,
            Some("request") => InvoiceOn::Request,
            Some("none") => InvoiceOn::Never,
            Some(_) => return Err("invoice_on"),
            None if account.mode == Mode::Postpaid => InvoiceOn::Usage,
            None => InvoiceOn::Never,
        };
        let billed = match text("bill") {
            None | Some("expected") => Billed::Expected,
            Some("recorded") => Billed::Recorded,
            Some(_) => return Err("bill"),
        };
        let terms_days = text("terms_days").map_or(Ok(NET_DAYS), str::parse).map_err(|_| "terms_days")?;
        let tax = text("tax").map_or(Some(TaxRule::None), TaxRule::parse).ok_or("tax")?;
        let discount = text("volume_discount").map_or(Some(Vec::new()), DiscountStep::parse_all);
        let commitment = text("commitment").map(str::parse).transpose().map_err(|_| "commitment")?;
        Ok(BillingTerms {
            mode: account.mode,
            currency: account.currency.clone(),
            invoice_on,
            billed,
            terms_days,
            tax,
            discount: discount.ok_or("volume_discount")?,
            commitment: commitment.filter(|least: &Amount| least.is_positive()),
        })
    }
}

/// The row of an account for documents of a period: the one at its end.
pub(crate) fn account_row<'a>(parties: &'a Parties, id: &str, end: Instant) -> Option<&'a Account> {
    parties.account(id, end.minus(Span::from_micros(1)))
}

/// Whether two versions of the accounts file bill an account's period in the same way: the same things, at the same
/// moments. The address, the tax and the like may differ.
pub(crate) fn bills_alike(one: &Parties, other: &Parties, id: &str, end: Instant) -> bool {
    let way = |parties| terms_of(account_row(parties, id, end)).map(|terms| (terms.mode, terms.invoice_on)).ok();
    way(one) == way(other)
}

/// Accounts of some whose terms of a period are others in one version of the accounts file than in another.
pub(crate) fn changed_terms<'i>(
    (one, other): (&Parties, &Parties),
    ids: impl Iterator<Item = &'i String>,
    end: Instant,
) -> Vec<String> {
    let terms = |parties, id: &str| account_row(parties, id, end).map(|row| BillingTerms::of(row).ok());
    ids.filter(|id| terms(one, id) != terms(other, id)).cloned().collect()
}

/// An account nobody described: prepaid, never invoiced.
///
/// # Errors
/// A column that cannot be read.
pub(crate) fn terms_of(account: Option<&Account>) -> Result<BillingTerms, BillingError> {
    let unknown = Account::default();
    let account = account.unwrap_or(&unknown);
    BillingTerms::of(account).map_err(|column| BillingError::Column { column, account: account.account_id.clone() })
}
