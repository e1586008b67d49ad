//! Money that went in or out of wallets.

use std::sync::Arc;

use super::currency::minor_units;
use super::document::Document;
use crate::domain::ledger::{Posting, PostingKind};
use crate::domain::money::Amount;
use crate::domain::period::{Instant, Zone};

/// Money that went in or out of a wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Payment {
    pub(crate) posting_id: String,
    pub(crate) kind: PostingKind,
    pub(crate) at: Instant,
    /// Signed, in the wallet's unit.
    pub(crate) amount: Amount,
    pub(crate) unit: Arc<str>,
    /// What was paid for it; in `currency`, else in the wallet's unit.
    pub(crate) money: Option<Amount>,
    pub(crate) currency: Option<Arc<str>>,
    pub(crate) reference: Option<String>,
}

/// The payments among postings, by account, in order of time.
pub(crate) fn payments_of(postings: &[Posting]) -> Vec<(Arc<str>, Payment)> {
    let money = |kind| matches!(kind, PostingKind::TopUp | PostingKind::PackagePurchase | PostingKind::Payout);
    let one = |p: &Posting| {
        let payment = Payment {
            posting_id: p.posting_id.clone(),
            kind: p.kind,
            at: p.posted_at,
            amount: p.amount,
            unit: p.unit.clone(),
            money: p.money,
            currency: p.currency.clone(),
            reference: p.reference.clone(),
        };
        (p.account_id.clone(), payment)
    };
    let mut payments: Vec<(Arc<str>, Payment)> = postings.iter().filter(|p| money(p.kind)).map(one).collect();
    payments.sort_by(|a, b| (a.1.at, &a.1.posting_id).cmp(&(b.1.at, &b.1.posting_id)));
    payments
}

impl Payment {
    /// How it is called on a document: by this it is known again.
    pub(crate) fn text(&self, zone: Zone) -> String {
        let what = match self.kind {
            PostingKind::PackagePurchase => "Package",
            PostingKind::Payout => "Paid back",
            _ => "Top-up",
        };
        let reference = self.reference.as_deref().filter(|r| *r != self.posting_id);
        let reference = reference.map_or(String::new(), |r| format!(", {r}"));
        format!("{what} {} of {}{reference}", self.posting_id, zone.day_of(self.at))
    }

    pub(crate) fn is_payout(&self) -> bool {
        self.kind == PostingKind::Payout
    }

    /// Whether an invoice bills what this gives back: its reference is that of a payment on it, or names one.
    pub(crate) fn gives_back(&self, invoice: &Document) -> bool {
        let Some(reference) = self.reference.as_deref().filter(|_| self.is_payout()) else { return false };
        let (behind, named) =
            (format!(", {reference}"), [format!("Top-up {reference} of "), format!("Package {reference} of ")]);
        let is_it = |text: &str| text.ends_with(&behind) || named.iter().any(|n| text.starts_with(n));
        invoice.lines.iter().any(|l| l.model.is_none() && is_it(&l.text))
    }

    /// The money and its currency; what went back is negative. `None`: nobody said what was paid.
    pub(crate) fn money(&self) -> Option<(Amount, String)> {
        let unit_is_money = minor_units(&self.unit).is_some();
        let (money, currency) = match (self.money, &self.currency) {
            (Some(money), Some(currency)) => (money.abs(), currency.to_string()),
            (Some(money), None) if unit_is_money => (money.abs(), self.unit.to_string()),
            (None, _) if unit_is_money => (self.amount.abs(), self.unit.to_string()),
            _ => return None,
        };
        Some((if self.kind == PostingKind::Payout { -money } else { money }, currency))
    }
}
