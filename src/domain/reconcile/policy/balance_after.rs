//! `balance_after` of one call against the next.
//!
//! Only where nothing else can have moved the wallet between the two: the account pays its calls
//! from one wallet in one unit, the two calls and their neighbours do not overlap, and every other
//! movement in between is dated between them. What is in doubt is left out.

use std::sync::Arc;

use super::day_view::DayView;
use super::packages::Packages;
use crate::domain::ledger::{Posting, Timeline, WalletId};
use crate::domain::money::{Amount, SCALE};
use crate::domain::reconcile::Certainty;
use crate::domain::reconcile::findings::finding::{Class, Finding, Leg};

pub(super) fn findings(input: &DayView, timeline: &Timeline, packages: &Packages) -> Vec<Finding> {
    let said = |row: usize| input.balance_after(row).is_some();
    if !(0..input.calls.len()).any(said) {
        return Vec::new();
    }
    let (entries, ids) = DayView::distinct(input.account);
    let group = |row: usize| input.account.index(row).filter(|_| input.is_call[row]).map(|e| entries[e]);
    let mut findings = Vec::new();
    for (account, rows) in ids.iter().zip(input.rows_by(ids.len(), group)) {
        if rows.iter().filter(|row| said(**row as usize)).count() < 2 {
            continue;
        }
        if let Some(place) = paying_wallet(input, timeline, packages, account, &rows) {
            let pairs = Pairs { input, postings: postings(timeline, place), wallet: &timeline.wallets()[place] };
            findings.extend(pairs.findings(&rows));
        }
    }
    findings
}

fn postings<'a>(timeline: &Timeline<'a>, place: usize) -> Vec<&'a Posting> {
    timeline.moves_of(place).iter().map(|m| timeline.posting(m.row)).collect()
}

/// The one wallet that pays, where there is one: `main`, in the one unit of all calls, no package.
fn paying_wallet(
    input: &DayView,
    timeline: &Timeline,
    packages: &Packages,
    account: &str,
    rows: &[u32],
) -> Option<usize> {
    let unit: &Arc<str> = &input.unit[*rows.first()? as usize];
    if rows.iter().any(|row| input.unit[*row as usize] != *unit) {
        return None;
    }
    let mut wallets: Vec<&WalletId> = timeline.wallets()[timeline.wallets_of(account)].iter().collect();
    wallets.extend(input.opening.wallets_of(account).map(|(id, _)| id));
    wallets.sort();
    wallets.dedup();
    let [only] = wallets.as_slice() else { return None };
    let pays = only.unit == *unit && &*only.wallet == "main" && packages.terms(only).is_empty();
    timeline.find(only).filter(|_| pays)
}

/// Decimal places an amount is written with.
fn places(amount: Amount) -> u32 {
    amount.to_exact().scale()
}

struct Pairs<'a, 't> {
    input: &'t DayView<'a>,
    /// Of the paying wallet, in order of time.
    postings: Vec<&'a Posting>,
    wallet: &'t WalletId,
}

impl Pairs<'_, '_> {
    fn findings(&self, rows: &[u32]) -> Vec<Finding> {
        let said = rows.iter().filter_map(|row| self.input.balance_after(*row as usize));
        let scale = said.map(places).max().unwrap_or(0);
        let (mut compared, mut broken) = (0usize, Vec::new());
        let mut ended_before = self.input.span.0;
        for at in 1..rows.len() {
            let (a, b) = (rows[at - 1] as usize, rows[at] as usize);
            if at >= 2 {
                ended_before = ended_before.max(self.input.ended(rows[at - 2] as usize));
            }
            let next = rows.get(at + 1).map_or(self.input.span.1, |row| self.input.started(*row as usize));
            let alone = (ended_before < self.input.started(a) || at == 1)
                && self.input.ended(a) < self.input.started(b)
                && self.input.ended(b) < next;
            if let Some(finding) = alone.then(|| self.compare(a, b, scale)).flatten() {
                compared += 1;
                broken.extend(finding);
            }
        }
        // Where most pairs break, the column means something else than this wallet.
        if compared >= 4 && broken.len() * 2 > compared { Vec::new() } else { broken }
    }

    /// `None`: not compared; `Some(None)`: it ties out.
    fn compare(&self, a: usize, b: usize, scale: u32) -> Option<Option<Finding>> {
        let (before, after) = (self.input.balance_after(a)?, self.input.balance_after(b)?);
        let (cost, earlier_cost) = (self.input.cost[b]?, self.input.cost[a]?);
        let between = self.between(a, b)?;
        let moved = after.checked_sub(before)?.checked_sub(between)?;
        let fine = [cost, between].into_iter().any(|amount| places(amount) > scale);
        let slack = if fine { 10i128.pow(SCALE.saturating_sub(scale)) } else { 1 };
        let fits = |debit: Amount| moved.checked_add(debit).is_some_and(|rest| rest.raw().abs() < slack);
        let posted = || -> Option<Amount> {
            let id = self.input.calls.call_id().value(b);
            let own = self.postings.iter().filter(|p| p.call_id.as_deref() == Some(id));
            Some(-Amount::sum(own.map(|p| p.amount))?)
        };
        // Some gateways read the balance before the debit is through.
        if fits(cost) || fits(earlier_cost) || posted().is_some_and(fits) {
            return Some(None);
        }
        let expected = before.checked_add(between)?.checked_sub(cost)?;
        Some(Some(self.broken(a, b, expected, after, cost)))
    }

    /// What else moved the wallet between two calls; `None` where it cannot be told.
    fn between(&self, a: usize, b: usize) -> Option<Amount> {
        let (from, until) = (self.input.started(a), self.input.ended(b));
        let ids = [a, b].map(|row| self.input.calls.call_id().value(row));
        let start = self.postings.partition_point(|p| p.posted_at < from);
        let mut sum = Amount::ZERO;
        for p in self.postings[start..].iter().take_while(|p| p.posted_at <= until) {
            let own = p.call_id.as_deref().is_some_and(|id| ids.contains(&id));
            let inside = self.input.ended(a) < p.posted_at && p.posted_at < self.input.started(b);
            match (own, p.kind.pays_for_calls() || !inside) {
                (true, _) => {}
                (false, true) => return None,
                (false, false) => sum = sum.checked_add(p.amount)?,
            }
        }
        Some(sum)
    }

    fn broken(&self, a: usize, b: usize, expected: Amount, after: Amount, cost: Amount) -> Finding {
        let input = self.input;
        let mut finding = input.call_finding(Leg::Balance, Class::BalanceBreak, "balance_after", b);
        finding.wallet = Some(self.wallet.wallet.to_string());
        finding.unit = Some(self.wallet.unit.to_string());
        finding.from = Some(input.ended(a));
        finding.until = Some(input.ended(b));
        finding.expected = Some(expected);
        finding.recorded = Some(after);
        finding.difference = after.checked_sub(expected);
        let origin = format!("{}/{}", self.wallet.account_id, self.wallet.wallet);
        let residual = finding.difference;
        finding = if residual == Some(cost) {
            finding.because("debit_missing_or_partial", &origin, Certainty::Suspected)
        } else if residual == Some(-cost) {
            finding.because("duplicate_charge", &origin, Certainty::Suspected)
        } else {
            finding.because("balance_unexplained", &origin, Certainty::Unexplained)
        };
        finding
            .with("call_before", input.calls.call_id().value(a))
            .with("balance_before", input.balance_after(a).unwrap_or_default())
            .with("balance_after", after)
            .with("cost", cost)
    }
}
