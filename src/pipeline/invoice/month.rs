//! What a month held for every account, read from sealed days.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use super::paid::PaidAhead;
use super::rows::{DayCalls, day_calls};
use super::wallets::WalletReader;
use crate::domain::call::Meter;
use crate::domain::hash::{CanonicalBytes, sha256};
use crate::domain::invoice::{
    Billable, Billed, BillingTerms, SourceRef, Tally, Treatment, UsageKey, UsageSum, WalletUsage, rate_changes, treat,
};
use crate::domain::ledger::{Account, Mode, Parties, PostingKind, WalletDay, WalletId};
use crate::domain::money::Amount;
use crate::domain::period::{Instant, Period, Span};
use crate::domain::reconcile::{Class, Finding};
use crate::edge::lake::Manifest;
use crate::pipeline::desk::Desk;
use crate::pipeline::stop::Stop;
use crate::pipeline::view::{INGESTED, View};

/// Money that went in or out of a wallet.
#[derive(Clone, Debug)]
pub(super) struct Payment {
    pub(super) posting_id: String,
    pub(super) kind: PostingKind,
    pub(super) at: Instant,
    pub(super) amount: Amount,
    pub(super) unit: Arc<str>,
    pub(super) money: Option<Amount>,
    pub(super) currency: Option<Arc<str>>,
    pub(super) reference: Option<String>,
}

/// One account's month.
#[derive(Debug, Default)]
pub(super) struct AccountMonth {
    /// Calls an invoice on usage would have.
    pub(super) sums: BTreeMap<UsageKey, UsageSum>,
    /// Every call, by where it goes; amounts are what was expected.
    pub(super) tallies: BTreeMap<Treatment, Tally>,
    /// By wallet and unit.
    pub(super) wallets: BTreeMap<(Arc<str>, Arc<str>), WalletUsage>,
    pub(super) payments: Vec<Payment>,
    /// What of given credit was used up, by unit.
    pub(super) covered: BTreeMap<String, Amount>,
    pub(super) findings: Vec<Finding>,
}

/// Every account's month.
#[derive(Debug, Default)]
pub(super) struct Month {
    pub(super) accounts: BTreeMap<String, AccountMonth>,
    /// One row a wallet, over the whole month.
    pub(super) rolled: Vec<WalletDay>,
    pub(super) sources: Vec<SourceRef>,
    /// Wallets of postpaid accounts that were filled beforehand.
    pub(super) filled: HashSet<WalletId>,
}

/// The row of an account for documents of a period: the one at its end.
pub(super) fn account_row<'a>(parties: &'a Parties, id: &str, end: Instant) -> Option<&'a Account> {
    parties.account(id, end.minus(Span::from_micros(1)))
}

/// An account nobody described: prepaid, never invoiced.
pub(super) fn terms_of(account: Option<&Account>) -> Result<BillingTerms, Stop> {
    let unknown = Account::default();
    let account = account.unwrap_or(&unknown);
    BillingTerms::of(account)
        .map_err(|column| Stop::config(format!("{column} of account {} cannot be read", account.account_id)))
}

/// The rows that days are read with.
#[derive(Debug)]
pub(super) enum Views<'a> {
    /// All of them: for the latest revisions.
    Now(&'a View),
    /// Those that were there when each day was sealed, by the log's revision; the last holds all.
    AsSealed(BTreeMap<u32, View>),
}

impl Views<'_> {
    /// What was there when each of these days was sealed.
    pub(super) async fn as_sealed(desk: &Desk, days: &[Manifest]) -> Result<Views<'static>, Stop> {
        let revisions: BTreeSet<u32> = days.iter().filter_map(ingested).chain([u32::MAX]).collect();
        let mut views = BTreeMap::new();
        for revision in revisions {
            views.insert(revision, View::load_until(desk, revision).await?);
        }
        Ok(Views::AsSealed(views))
    }

    fn of(&self, day: Option<&Manifest>) -> &View {
        match self {
            Views::Now(view) => view,
            // Days that were sealed before this was noted are read with all there is.
            Views::AsSealed(views) => &views[&day.and_then(ingested).unwrap_or(u32::MAX)],
        }
    }
}

fn ingested(day: &Manifest) -> Option<u32> {
    day.notes.get(INGESTED)?.parse().ok()
}

/// The revisions a month's documents are made from.
pub(super) fn sources(days: &[Manifest]) -> Vec<SourceRef> {
    days.iter()
        .map(|m| source(m, CanonicalBytes::of_record("tables", |to| to.member("digests", &m.digests)).stamp()))
        .collect()
}

/// As [`sources`], each with a digest of the kind that a document made from it has: those of the first builds
/// were taken over another text.
pub(super) fn sources_like(days: &[Manifest], named: &[SourceRef]) -> Vec<SourceRef> {
    let of_first = |m: &Manifest| {
        let lines: Vec<String> =
            m.digests.iter().map(|(table, digest)| format!("{table} {}", digest.text_of_the_first_scheme())).collect();
        source(m, sha256(lines.join("\n").as_bytes()))
    };
    let is_first = |s: &SourceRef| {
        let like = named.iter().find(|n| (&n.job, &n.period, n.revision) == (&s.job, &s.period, s.revision));
        like.is_some_and(|n| !n.digest.contains(':'))
    };
    let like = |(m, s): (&Manifest, SourceRef)| if is_first(&s) { of_first(m) } else { s };
    days.iter().zip(sources(days)).map(like).collect()
}

fn source(m: &Manifest, digest: String) -> SourceRef {
    SourceRef { job: m.job.clone(), period: m.period.clone(), revision: m.revision, digest }
}

/// Changes what a sealed day is taken to say of its calls, once it has been checked.
pub(crate) type Again<'a> = &'a (dyn Fn(&Manifest, &mut DayCalls) -> Result<(), Stop> + Sync);

/// Reads a month as given revisions of its days have it, or with `again` as it would have been.
///
/// # Errors
/// Law: a call in no place or in two, a sum that is not the sealed one.
pub(super) async fn gather(
    desk: &Desk,
    views: &Views<'_>,
    parties: &Parties,
    period: Period,
    days: &[Manifest],
    again: Option<Again<'_>>,
) -> Result<Month, Stop> {
    let span = period.span(desk.config.zone);
    let mut month = Month { sources: sources(days), ..Month::default() };
    let paid = PaidAhead::load(desk, views.of(days.last()), parties, period, days).await?;
    let changes = rate_changes(&desk.config.rules.units, span);
    let mut wallets = WalletReader::default();
    for manifest in days {
        let view = views.of(Some(manifest));
        let mut calls = day_calls(desk, view, manifest).await?;
        check_day(manifest, &calls).map_err(|e| e.at(manifest.path()))?;
        if let Some(again) = again {
            again(manifest, &mut calls)?;
        }
        Counter { parties, paid: &paid, changes: &changes, end: span.1 }.count(&calls, &mut month)?;
        wallets.read_day(desk, view, manifest, &calls, &mut month).await?;
    }
    month.rolled = wallets.finish()?;
    month.filled.clone_from(&paid.filled);
    for (account, unit, amount) in paid.covered(&month.rolled)? {
        month.accounts.entry(account).or_default().covered.insert(unit, amount);
    }
    for finding in super::super::query::findings_of(desk, days).await? {
        if let Some(account) = finding.account_id.clone() {
            month.accounts.entry(account).or_default().findings.push(finding);
        }
    }
    Ok(month)
}

/// The day's calls are counted once each.
fn check_day(manifest: &Manifest, calls: &DayCalls) -> Result<(), Stop> {
    let counted = calls.said.posting_class.iter().filter(|c| **c != Class::DuplicateCall).count() as u64;
    let sealed = manifest.rows.get("calls").copied().unwrap_or_default();
    if counted != sealed {
        return Err(Stop::law(format!("every call is billed in one place: {counted} are, the day has {sealed}")));
    }
    let mut expected: BTreeMap<&str, Amount> = BTreeMap::new();
    for (row, unit) in calls.said.unit.iter().enumerate() {
        let sum = expected.entry(unit).or_default();
        let more = calls.said.expected[row].unwrap_or_default();
        *sum = sum.checked_add(more).ok_or_else(|| Stop::internal("the charges overflow"))?;
    }
    let total = |unit: &str| manifest.totals.iter().find(|t| t.name == "expected" && t.unit == unit).map(|t| t.amount);
    match expected.iter().find(|(unit, sum)| total(unit).unwrap_or_default() != **sum) {
        Some((unit, sum)) => Err(Stop::law(format!("the calls' sum in {unit} is {sum}, not the day's"))),
        None => Ok(()),
    }
}

/// Puts a day's calls where they are billed.
struct Counter<'a> {
    parties: &'a Parties,
    paid: &'a PaidAhead,
    changes: &'a [Instant],
    end: Instant,
}

impl Counter<'_> {
    fn count(&self, day: &DayCalls, month: &mut Month) -> Result<(), Stop> {
        let overflow = || Stop::internal("the sums of an account's calls overflow");
        let calls = &day.calls;
        let (accounts, models, endpoints) = (calls.account_id(), calls.model(), calls.endpoint());
        let inputs = Meter::INPUTS.map(|m| calls.quantity(m).values().clone());
        let outputs = Meter::OUTPUTS.map(|m| calls.quantity(m).values().clone());
        let mut terms: BTreeMap<&str, BillingTerms> = BTreeMap::new();
        for row in 0..calls.len() {
            if day.said.posting_class[row] == Class::DuplicateCall {
                continue;
            }
            let id = accounts.get(row).unwrap_or_default();
            if !terms.contains_key(id) {
                terms.insert(id, terms_of(account_row(self.parties, id, self.end))?);
            }
            let terms = &terms[id];
            let call = Billable {
                expected: day.said.expected[row],
                recorded: day.said.recorded[row],
                posted: day.said.posted[row],
                paid_ahead: terms.mode == Mode::Prepaid || self.paid.is_paid_ahead(id, calls.key().value(row)),
            };
            let treatment = treat(&call, terms);
            let unit = &day.said.unit[row];
            if !month.accounts.contains_key(id) {
                month.accounts.insert(id.to_owned(), AccountMonth::default());
            }
            let account = month.accounts.get_mut(id).ok_or_else(overflow)?;
            let tally = account.tallies.entry(treatment).or_default();
            tally.add(unit, call.expected.unwrap_or_default()).ok_or_else(overflow)?;
            if treatment != Treatment::Invoice {
                continue;
            }
            let at = calls.started(row);
            let segment = self.changes.partition_point(|change| *change <= at).saturating_sub(1);
            let key = UsageKey {
                model: models.get(row).unwrap_or_default().to_owned(),
                endpoint: endpoints.get(row).unwrap_or_default().to_owned(),
                unit: unit.to_string(),
                rates_from: self.changes[segment],
            };
            let tokens =
                |meters: &[_]| -> i64 { meters.iter().map(|m: &arrow::buffer::ScalarBuffer<i64>| m[row]).sum() };
            let one = UsageSum {
                calls: 1,
                input_tokens: tokens(&inputs).unsigned_abs(),
                output_tokens: tokens(&outputs).unsigned_abs(),
                amount: call.amount(terms.billed).unwrap_or_default(),
            };
            account.sums.entry(key).or_default().add(&one).ok_or_else(overflow)?;
        }
        Ok(())
    }
}

/// The calls behind usage lines come to what the lines say.
pub(super) fn check_lines(account: &AccountMonth, terms: &BillingTerms) -> Result<(), Stop> {
    let tally = account.tallies.get(&Treatment::Invoice).cloned().unwrap_or_default();
    let lines: u64 = account.sums.values().map(|s| s.calls).sum();
    let mut sums: BTreeMap<&str, Amount> = BTreeMap::new();
    for (key, one) in &account.sums {
        let sum = sums.entry(&key.unit).or_default();
        *sum = sum.checked_add(one.amount).ok_or_else(|| Stop::internal("an invoice's lines overflow"))?;
    }
    let same = sums.iter().all(|(unit, sum)| tally.amounts.get(*unit) == Some(sum));
    if lines != tally.calls || (terms.billed == Billed::Expected && !(same && sums.len() == tally.amounts.len())) {
        return Err(Stop::law("what is expected of the calls behind the lines is what the lines bill"));
    }
    Ok(())
}
