//! What changed in months whose documents are out: the difference goes to the next documents.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::account_month::AccountMonths;
use super::allocate::payable;
use super::credit::CreditAsk;
use super::document::{Basis, Document, Line, LineKind, Tax};
use super::draft::{Draft, DraftBuilder, Late, LateLine};
use super::error::BillingError;
use super::issued::BilledOn;
use super::key::{invoiced_account, key_part, late_key, late_key_over, usage_key};
use super::left::Money;
use super::tax::{TaxRule, share};
use super::terms::{account_row, terms_of};
use super::usage::plain_line;
use crate::domain::money::{Amount, Exact};
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
        // Of a month whose row asked for no such invoice no payment ever comes late.
        let terms = terms_of(account_row(builder.parties, id, builder.span().1))?;
        if terms.invoices_payments() && !own.payments.is_empty() && !waiting.contains(key_part(id).as_str()) {
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
/// billed, or notes that give back.
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
        Some(document) => document.totals.as_ref().map_or(Some(Money::default()), Money::of),
        // Nothing can be said until what holds it is mended.
        None if now.is_some() => return Ok(()),
        None => Some(Money::default()),
    };
    let due = due.ok_or_else(BillingError::too_large)?;
    let more = due.checked_sub(billed.money).ok_or_else(BillingError::too_large)?;
    let Some(like) = document.or(billed.on.first().map(|on| on.invoice)) else { return Ok(()) };
    // Prices with tax in them are paid as listed, to the last cent; on others tax is rounded on the document's sum.
    let row = account_row(builder.parties, id, builder.span().1);
    let has_tax_in_it = terms_of(row)?.tax.is_inclusive();
    // What was billed once more under another tax is paid as that says.
    let is_taxed_alike = |on: &BilledOn<'_>| are_taxed_alike(on.invoice, like);
    let knows_tax = has_tax_in_it && billed.on.iter().all(is_taxed_alike);
    let difference = match knows_tax {
        true => Difference::of_gross(more).ok_or_else(BillingError::too_large)?,
        false => Difference { net: more.net, tax: None },
    };
    if difference.net.is_zero() && difference.tax.is_none_or(Amount::is_zero) {
        return Ok(());
    }
    let holds = now.map_or_else(Vec::new, |d| d.holds.clone());
    if !difference.is_negative() {
        let calls: u64 = document.iter().flat_map(|d| &d.lines).filter_map(|l| l.quantity_calls).sum();
        let difference = difference.with_its_tax_known(like).ok_or_else(BillingError::too_large)?;
        let line = difference.line(earlier, &like.currency).ok_or_else(BillingError::too_large)?;
        let line = Line { quantity_calls: Some(calls.saturating_sub(billed.calls)), ..line };
        all.entry(id.to_owned()).or_default().lines.push(LateLine { holds, ..LateLine::like(line, like) });
        return Ok(());
    }
    let notes = give_back(builder, id, &billed.on, difference, period).ok_or_else(BillingError::too_large)?;
    let notes = notes.into_iter().map(|draft| Draft { holds: holds.clone(), ..draft });
    all.entry(id.to_owned()).or_default().credits.extend(notes);
    Ok(())
}

fn are_taxed_alike(one: &Document, other: &Document) -> bool {
    let how = |d: &Document| d.totals.iter().flat_map(|t| &t.tax).next().map(|tax| (tax.category, tax.percent));
    how(one) == how(other)
}

/// What a month comes to now less what was billed for it.
#[derive(Clone, Copy, Debug)]
struct Difference {
    net: Amount,
    /// Where the month's prices have tax in them.
    tax: Option<Amount>,
}

impl Difference {
    /// Of a month whose gross decides, net and tax never of two signs: where a discount moved a cent between them, the
    /// gross stands. `None` on overflow.
    fn of_gross(more: Money) -> Option<Difference> {
        let gross = more.total()?;
        let net = more.net.clamp(gross.min(Amount::ZERO), gross.max(Amount::ZERO));
        Some(Difference { net, tax: Some(gross.checked_sub(net)?) })
    }

    /// A line shows its tax as what it is worth above its net. One that has none in it would get its percent on top:
    /// where that is not nothing, the last unit of the gross stands as its tax. `None` on overflow.
    fn with_its_tax_known(self, like: &Document) -> Option<Difference> {
        let percent = like.totals.iter().flat_map(|t| &t.tax).next().map_or(Exact::ZERO, |tax| tax.percent);
        let on_top = payable(share(self.net, percent)?, like.minor_units)?;
        if !self.tax.is_some_and(Amount::is_zero) || on_top.is_zero() {
            return Some(self);
        }
        let unit = Amount::from_raw(10i128.checked_pow(18u32.checked_sub(like.minor_units)?)?)?;
        Some(Difference { net: self.net.checked_sub(unit)?, tax: Some(unit) })
    }

    fn is_negative(self) -> bool {
        self.net.is_negative() || (self.net.is_zero() && self.tax.is_some_and(Amount::is_negative))
    }

    /// The line that stands for it, whichever its sign; with tax in it where the prices have. `None` on overflow.
    fn line(self, earlier: Period, currency: &str) -> Option<Line> {
        let text = format!("Late usage of {earlier}, priced with that month's discount");
        let net = self.net.abs();
        let with_tax = net.checked_add(self.tax.unwrap_or_default().abs())?;
        let (line, _) = plain_line(LineKind::Late, text, (with_tax, currency), (net, Vec::new()), earlier);
        Some(Line { net, ..line })
    }
}

/// Notes over the invoices that billed a month: of each as much as it still bills of it, less what was given back
/// already. `None` on overflow.
fn give_back(
    builder: &DraftBuilder<'_>,
    id: &str,
    on: &[BilledOn<'_>],
    difference: Difference,
    period: Period,
) -> Option<Vec<Draft>> {
    let earlier = builder.frame.period;
    let mut notes = Vec::new();
    let (mut net, mut tax) = (difference.net.abs(), difference.tax.map(|tax| -tax));
    for BilledOn { invoice, left } in on {
        // What was asked to be taken back is back; it is not given a second time, nor out of another invoice.
        let share = net.min(left.stands_of(earlier)?.max(Amount::ZERO));
        let is_all = share == net;
        let back = share.min(left.left_of(earlier)?);
        let mut taken = left.take(back)?;
        if let Some(rest) = &mut tax {
            // The last gives what is over to the cent; an invoice over tax alone gives that.
            let own = if is_all || left.net.is_zero() { *rest } else { taken.tax.min(*rest) };
            taken.tax = own.min(left.tax).max(Amount::ZERO);
            *rest = rest.checked_sub(taken.tax)?;
        }
        net = net.checked_sub(share)?;
        if !taken.is_zero() {
            notes.push(note(builder, id, invoice, taken, period)?);
        }
        if is_all && tax.is_none_or(|rest| rest.is_zero()) {
            break;
        }
    }
    Some(notes)
}

fn note(builder: &DraftBuilder<'_>, id: &str, invoice: &Document, taken: Money, period: Period) -> Option<Draft> {
    let earlier = builder.frame.period;
    let ask = CreditAsk {
        positions: &[],
        amount: None,
        reason: &format!("usage of {earlier} was corrected"),
        series: &builder.rules.credit_series,
        issued_on: builder.frame.issued_on,
    };
    let line = Difference { net: taken.net, tax: None }.line(earlier, &invoice.currency)?;
    let made = builder.frame.taken_back(invoice, &ask, vec![line], taken, false)?;
    let number = invoice.number.as_deref().unwrap_or_default();
    let key = match invoice.period == earlier {
        true => late_key(id, earlier, period),
        false => late_key_over(id, earlier, number, period),
    };
    Some(Draft { document: Some(made), ..Draft::new(key, id) })
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
