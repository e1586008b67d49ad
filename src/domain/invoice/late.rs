//! What changed in months whose documents are out: the difference goes to the next documents.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::account_month::AccountMonths;
use super::credit::CreditAsk;
use super::document::{Basis, Document, Line, LineKind, Tax};
use super::draft::{Draft, DraftBuilder, Late, LateLine};
use super::error::BillingError;
use super::frame::billed_of_own_period;
use super::key::{invoiced_account, key_part, late_key, usage_key};
use super::tax::TaxRule;
use super::usage::plain_line;
use crate::domain::money::Amount;
use crate::domain::period::Period;

/// Compares a month computed again, whole, with what was billed for it, and adds what each account is to
/// be billed or given back with the documents of `period`. `builder` is of the earlier month. `pending` are
/// the keys of its drafts that no document was made of yet: nothing of them is late.
///
/// # Errors
/// Law: an equality of a draft does not hold. Overflow.
pub(crate) fn add_late(
    builder: &DraftBuilder<'_>,
    months: &AccountMonths,
    pending: &[String],
    period: Period,
    all: &mut BTreeMap<String, Late>,
) -> Result<(), BillingError> {
    let drafts = builder.drafts(months)?;
    let earlier = builder.frame.period;
    let waiting: HashSet<&str> = pending.iter().filter_map(|key| invoiced_account(key)).collect();
    for (id, own) in &months.accounts {
        if !own.payments.is_empty() && !waiting.contains(key_part(id).as_str()) {
            let late = all.entry(id.clone()).or_default();
            late.payments.extend(own.payments.iter().map(|p| (p.clone(), earlier)));
        }
    }
    // Whoever gets documents on request and has none of the month yet gets it whole when asking.
    let unasked = |draft: &Draft| draft.on_request && builder.issued.of_key(&draft.key).is_none();
    let asking: HashSet<&str> = drafts.iter().filter(|d| unasked(d)).map(|d| d.account_id.as_str()).collect();
    let mut now: HashMap<&str, &Draft> = HashMap::new();
    for draft in drafts.iter().filter(|d| !pending.contains(&d.key) && !unasked(d)) {
        if draft.document.as_ref().is_none_or(Document::is_usage_invoice) {
            now.insert(&draft.account_id, draft);
        }
    }
    let mut ids: Vec<&str> = now.keys().copied().chain(builder.issued.accounts()).collect();
    ids.sort_unstable();
    ids.dedup();
    for id in ids {
        if asking.contains(id) || pending.contains(&usage_key(Basis::Usage, id, earlier)) {
            continue;
        }
        add_usage_difference(builder, id, now.get(id).copied(), period, all)?;
    }
    Ok(())
}

/// What an account's usage of the builder's month comes to `now`, less what was billed for it: a line to be
/// billed, or a note that gives back.
///
/// # Errors
/// Overflow.
pub(super) fn add_usage_difference(
    builder: &DraftBuilder<'_>,
    id: &str,
    now: Option<&Draft>,
    period: Period,
    all: &mut BTreeMap<String, Late>,
) -> Result<(), BillingError> {
    let earlier = builder.frame.period;
    let billed = builder.issued.billed(id, earlier).ok_or_else(BillingError::too_large)?;
    let document = now.and_then(|d| d.document.as_ref());
    let due = match document {
        Some(document) => billed_of_own_period(document).ok_or_else(BillingError::too_large)?,
        // Nothing can be said until what holds it is mended.
        None if now.is_some() => return Ok(()),
        None => Amount::ZERO,
    };
    let difference = due.checked_sub(billed.net).ok_or_else(BillingError::too_large)?;
    if difference.is_zero() {
        return Ok(());
    }
    let before = builder.issued.invoice_of(id, earlier);
    let Some(like) = document.or(before) else { return Ok(()) };
    let mut line = late_line(earlier, difference.abs(), &like.currency);
    let holds = now.map_or_else(Vec::new, |d| d.holds.clone());
    let late = all.entry(id.to_owned()).or_default();
    if difference.is_positive() {
        let calls: u64 = document.iter().flat_map(|d| &d.lines).filter_map(|l| l.quantity_calls).sum();
        line.quantity_calls = Some(calls.saturating_sub(billed.calls));
        late.lines.push(LateLine { holds, ..LateLine::like(line, like) });
        return Ok(());
    }
    let Some(invoice) = before else { return Ok(()) };
    let ask = CreditAsk {
        positions: &[],
        amount: None,
        reason: &format!("usage of {earlier} was corrected"),
        series: &builder.rules.credit_series,
        issued_on: builder.frame.issued_on,
    };
    let made = builder.frame.correction(invoice, &ask, line, false).ok_or_else(BillingError::too_large)?;
    let key = late_key(id, earlier, period);
    late.credits.push(Draft { document: Some(made), holds, ..Draft::new(key, id) });
    Ok(())
}

impl LateLine {
    /// A line under the terms of a document that bills its month.
    pub(super) fn like(line: Line, document: &Document) -> LateLine {
        let tax = document.totals.iter().flat_map(|t| &t.tax).next().cloned().unwrap_or_else(|| TaxRule::None.shape());
        LateLine {
            line,
            currency: document.currency.clone(),
            minor_units: document.minor_units,
            tax: Tax { base: Amount::ZERO, amount: Amount::ZERO, ..tax },
            basis: document.basis,
            terms_days: document.terms_days,
            holds: Vec::new(),
        }
    }
}

fn late_line(earlier: Period, amount: Amount, currency: &str) -> Line {
    let text = format!("Late usage of {earlier}, priced with that month's discount");
    let (line, _) = plain_line(LineKind::Late, text, (amount, currency), (amount, Vec::new()), earlier);
    Line { net: amount, ..line }
}
