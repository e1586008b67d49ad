//! What changed in months whose documents are out: the difference goes to the next documents.

use std::collections::{BTreeMap, HashSet};

use super::drafts::{Draft, Maker, frame, part, too_large, usage_key};
use super::history::History;
use super::month::{Month, Payment, Views, gather, sources};
use super::{JOB, days_of};
use crate::domain::invoice::{
    Basis, CreditAsk, Document, DocumentKind, Hold, Line, LineKind, SourceRef, billed_of_own_period, plain_line,
};
use crate::domain::ledger::Parties;
use crate::domain::money::Amount;
use crate::domain::period::{Day, Period, PeriodKind};
use crate::pipeline::config::Billing;
use crate::pipeline::desk::Desk;
use crate::pipeline::stop::Stop;
use crate::pipeline::view::View;

/// What earlier months still have to say to one account.
#[derive(Clone, Debug, Default)]
pub(super) struct Late {
    /// To be billed: payable before tax, one a month.
    pub(super) lines: Vec<Line>,
    /// Of the lines.
    pub(super) currency: String,
    /// To be given back, each a note of its own.
    pub(super) credits: Vec<Draft>,
    pub(super) holds: Vec<Hold>,
    /// Every payment of those months, and which it was; those on a document already are passed over.
    pub(super) payments: Vec<(Payment, Period)>,
}

/// Months before `period` whose documents went out and whose days were sealed again since, as far
/// back as days may still change.
async fn changed_months(desk: &Desk, period: Period) -> Result<Vec<(Period, Vec<String>)>, Stop> {
    let oldest = desk.config.zone.day_of(desk.now.minus(desk.config.max_late)).plus(-62);
    let mut months = Vec::new();
    let mut month = period.previous();
    while month.end() > oldest {
        if let Some(sealed) = desk.latest(JOB, &month.to_string()).await? {
            let now = sources(&days_of(desk, month).await?);
            if !are_those(&now, sealed.notes.get("sources").map_or("", String::as_str)) {
                let pending = sealed.notes.get("pending").map_or("", String::as_str);
                months.push((month, pending.lines().map(str::to_owned).collect()));
            }
        }
        month = month.previous();
    }
    months.reverse();
    Ok(months)
}

/// Sealed days as one text, for telling whether they are still the same.
pub(super) fn sources_text(sources: &[SourceRef]) -> String {
    sources.iter().map(|s| format!("{} r{} {}\n", s.period, s.revision, s.digest)).collect()
}

/// Whether days are those of a text of [`sources_text`]. One of the first builds has digests of another kind;
/// a revision never changes, so its number says as much.
fn are_those(sources: &[SourceRef], text: &str) -> bool {
    let is_first = !text.contains(':');
    let plain: Vec<SourceRef> = sources.iter().map(|s| SourceRef { digest: String::new(), ..s.clone() }).collect();
    let without_digest = |line: &str| line.rsplit_once(' ').map_or_else(String::new, |(head, _)| format!("{head} \n"));
    match is_first {
        true => sources_text(&plain) == text.lines().map(without_digest).collect::<String>(),
        false => sources_text(sources) == text,
    }
}

/// Computes every changed month again, whole, and compares it with what was billed for it.
pub(super) async fn late_of(
    desk: &Desk,
    view: &View,
    parties: &Parties,
    billing: &Billing,
    history: &History,
    (period, issued_on): (Period, Day),
) -> Result<BTreeMap<String, Late>, Stop> {
    let mut all: BTreeMap<String, Late> = BTreeMap::new();
    for (earlier, pending) in changed_months(desk, period).await? {
        debug_assert_eq!(earlier.kind(), PeriodKind::Month);
        let pending: Vec<String> = pending.into_iter().filter(|key| history.of_key(key).is_none()).collect();
        let days = days_of(desk, earlier).await?;
        let month = gather(desk, &Views::Now(view), parties, earlier, &days, None).await?;
        let none = BTreeMap::new();
        let maker = Maker {
            billing,
            units: &desk.config.rules.units,
            parties,
            history,
            frame: frame(billing, (earlier, desk.config.zone), issued_on, &month),
            late: &none,
        };
        let drafts = maker.drafts(&month)?;
        compare(&maker, &month, drafts, &pending, period, &mut all)?;
    }
    Ok(all)
}

fn compare(
    maker: &Maker<'_>,
    month: &Month,
    drafts: Vec<Draft>,
    pending: &[String],
    period: Period,
    all: &mut BTreeMap<String, Late>,
) -> Result<(), Stop> {
    let earlier = maker.frame.period;
    let mut now: BTreeMap<&str, &Draft> = BTreeMap::new();
    // Whoever gets documents on request and has none of the month yet gets it whole when asking.
    let unasked = |draft: &Draft| draft.on_request && maker.history.of_key(&draft.key).is_none();
    for draft in drafts.iter().filter(|d| !pending.contains(&d.key)) {
        let usage =
            |d: &Document| d.kind == DocumentKind::Invoice && d.totals.as_ref().is_some_and(|t| t.paid.is_zero());
        if draft.document.as_ref().is_none_or(usage) && !unasked(draft) {
            now.insert(&draft.account_id, draft);
        }
    }
    let waiting: HashSet<&str> = pending.iter().filter_map(|key| invoiced_account(key)).collect();
    for (id, own) in &month.accounts {
        let waits = waiting.contains(part(id).as_str());
        if !own.payments.is_empty() && !waits {
            let late = all.entry(id.clone()).or_default();
            late.payments.extend(own.payments.iter().map(|p| (p.clone(), earlier)));
        }
    }
    let asking: HashSet<&str> = drafts.iter().filter(|d| unasked(d)).map(|d| d.account_id.as_str()).collect();
    let mut ids: Vec<&str> = now.keys().copied().collect();
    ids.extend(maker.history.accounts());
    ids.sort_unstable();
    ids.dedup();
    for id in ids.into_iter().filter(|id| !asking.contains(id)) {
        if pending.contains(&usage_key(Basis::Usage, id, earlier)) {
            continue;
        }
        one(maker, id, now.get(id).copied(), period, all)?;
    }
    Ok(())
}

/// The account, as a part of a key, that an invoice is for.
fn invoiced_account(key: &str) -> Option<&str> {
    key.strip_prefix("invoice/")?.split('/').nth(1)
}

pub(super) fn one(
    maker: &Maker<'_>,
    id: &str,
    now: Option<&Draft>,
    period: Period,
    all: &mut BTreeMap<String, Late>,
) -> Result<(), Stop> {
    let earlier = maker.frame.period;
    let (billed, billed_calls) = maker.history.billed(id, earlier).ok_or_else(too_large)?;
    let document = now.and_then(|d| d.document.as_ref());
    let due = match document {
        Some(document) => billed_of_own_period(document).ok_or_else(too_large)?,
        // Nothing can be said until what holds it is mended.
        None if now.is_some() => return Ok(()),
        None => Amount::ZERO,
    };
    let difference = due.checked_sub(billed).ok_or_else(too_large)?;
    if difference.is_zero() {
        return Ok(());
    }
    let before = maker.history.invoice_of(id, earlier);
    let Some(like) = document.or(before) else { return Ok(()) };
    let calls: u64 = document.iter().flat_map(|d| &d.lines).filter_map(|l| l.quantity_calls).sum();
    let text = format!("Late usage of {earlier}, priced with that month's discount");
    let amount = difference.abs();
    let (mut line, _) = plain_line(LineKind::Late, text, (amount, &like.currency), (amount, Vec::new()), earlier);
    line.net = amount;
    let late = all.entry(id.to_owned()).or_default();
    late.currency.clone_from(&like.currency);
    late.holds.extend(now.into_iter().flat_map(|d| d.holds.iter().cloned()));
    if difference.is_positive() {
        line.quantity_calls = Some(calls.saturating_sub(billed_calls));
        late.lines.push(line);
        return Ok(());
    }
    let key = format!("late/{}/{earlier}/{period}", part(id));
    let Some(invoice) = before else { return Ok(()) };
    let ask = CreditAsk {
        positions: &[],
        amount: None,
        reason: &format!("usage of {earlier} was corrected"),
        series: &maker.billing.credit_series,
        issued_on: maker.frame.issued_on,
    };
    let made = maker.frame.correction(invoice, &ask, line, false).ok_or_else(too_large)?;
    let holds = now.map_or_else(Vec::new, |d| d.holds.clone());
    late.credits.push(Draft { key, account_id: id.to_owned(), document: Some(made), holds, on_request: false });
    Ok(())
}
