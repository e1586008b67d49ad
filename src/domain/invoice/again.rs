//! Final documents made once more: what each says of earlier months is taken from the document itself, all
//! else from the days it names.

use std::collections::{BTreeMap, HashSet};

use super::document::{Document, LineKind};
use super::draft::{Draft, DraftBuilder, Late, LateLine};
use super::error::BillingError;
use super::key::{KeyKind, key_period};
use super::late::add_usage_difference;
use super::laws::check_document;
use super::payment::Payment;
use crate::domain::period::{Period, Zone};

/// What documents of a period say of earlier months.
#[derive(Debug, Default)]
pub(crate) struct SaidOfEarlier<'d> {
    /// Late lines of usage as they stand, by account.
    pub(crate) late: BTreeMap<String, Late>,
    /// By their month the texts of payments, which are to be looked up again.
    payments: BTreeMap<Period, HashSet<&'d str>>,
}

impl<'d> SaidOfEarlier<'d> {
    /// Of documents with their keys.
    pub(crate) fn of(documents: impl IntoIterator<Item = (&'d str, &'d Document)>, period: Period) -> Self {
        let mut said = SaidOfEarlier::default();
        for (key, document) in documents {
            let lines = document.lines.iter().filter(|l| l.kind == LineKind::Late || l.period != period);
            match KeyKind::of(key) {
                KeyKind::UsageInvoice | KeyKind::LateInvoice => {
                    let own = said.late.entry(document.customer.account_id.clone()).or_default();
                    own.lines.extend(lines.map(|line| LateLine::like(line.clone(), document)));
                }
                KeyKind::PaymentInvoice => {
                    for line in lines {
                        said.payments.entry(line.period).or_default().insert(&line.text);
                    }
                }
                _ => {}
            }
        }
        said
    }

    /// Months whose payments are to be looked up.
    pub(crate) fn payment_months(&self) -> Vec<Period> {
        self.payments.keys().copied().collect()
    }

    /// Adds an account's payments of an earlier month that stand on one of the documents.
    pub(crate) fn add_payments(&mut self, account: &str, month: Period, payments: Vec<Payment>, zone: Zone) {
        let Some(texts) = self.payments.get(&month) else { return };
        let on_it = payments.into_iter().filter(|p| texts.contains(p.text(zone).as_str()));
        let on_it: Vec<_> = on_it.map(|p| (p, month)).collect();
        if !on_it.is_empty() {
            self.late.entry(account.to_owned()).or_default().payments.extend(on_it);
        }
    }
}

/// A late note made again: `key` and `document` are the note's, `drafts` what its month comes to now. `None`
/// where the month gives none.
///
/// # Errors
/// Law: an equality of the note does not hold. Overflow.
pub(crate) fn late_note_again(
    builder: &DraftBuilder<'_>,
    drafts: &[Draft],
    key: &str,
    document: &Document,
) -> Result<Option<Document>, BillingError> {
    let Some(period) = key_period(key) else { return Ok(None) };
    let account = document.customer.account_id.as_str();
    let is_usage = |d: &&Draft| d.document.as_ref().is_none_or(Document::is_usage_invoice);
    let now = drafts.iter().filter(|d| d.account_id == account).find(is_usage);
    let mut all = BTreeMap::new();
    add_usage_difference(builder, account, now, period, &mut all)?;
    let made = all
        .remove(account)
        .and_then(|late: Late| late.credits.into_iter().find(|d| d.key == key))
        .and_then(|d| d.document);
    let with_laws = |mut document: Document| {
        document.laws = check_document(&document).map_err(BillingError::law)?;
        Ok(document)
    };
    made.map(with_laws).transpose()
}
