//! Packages: wallets with terms, and usage posted against them outside these terms.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::day_view::{DayView, posting_finding};
use crate::domain::ledger::{Posting, PostingKind, Terms, Timeline, WalletId, may_pay};
use crate::domain::period::Instant;
use crate::domain::reconcile::Certainty;
use crate::domain::reconcile::findings::finding::{Class, Finding, Leg};

/// Terms of every package known by the end of the day.
#[derive(Debug, Default)]
pub(super) struct Packages {
    terms: BTreeMap<WalletId, Vec<Terms>>,
}

impl Packages {
    pub(super) fn new(input: &DayView, timeline: &Timeline) -> Packages {
        let mut terms: BTreeMap<WalletId, Vec<Terms>> = BTreeMap::new();
        for (id, state) in input.opening.wallets.iter().filter(|(_, s)| !s.terms.is_empty()) {
            terms.insert(id.clone(), state.terms.clone());
        }
        for wallet in 0..timeline.wallets().len() {
            let bought = timeline.moves_of(wallet).iter().filter(|m| m.kind == PostingKind::PackagePurchase);
            for p in bought.map(|m| timeline.posting(m.row)) {
                let own = terms.entry(p.wallet_id()).or_default();
                if !own.contains(&Terms::of(p)) {
                    own.push(Terms::of(p));
                }
            }
        }
        Packages { terms }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Empty for a wallet that is no package.
    pub(super) fn terms(&self, wallet: &WalletId) -> &[Terms] {
        self.terms.get(wallet).map_or(&[], Vec::as_slice)
    }
}

/// Findings, and the rows of the calls they are about.
#[derive(Debug, Default)]
pub(super) struct Outside {
    pub(super) findings: Vec<Finding>,
    pub(super) calls: HashSet<u32>,
}

/// A call counts at its start, on the day it started; usage that names no call at what it covers,
/// else when it was posted. Usage naming a call of another day is that day's.
pub(super) fn findings(input: &DayView, packages: &Packages) -> Outside {
    let mut outside = Outside::default();
    if packages.is_empty() {
        return outside;
    }
    let mut paid: Vec<(&Posting, &[Terms])> = Vec::new();
    for p in input.postings.iter().filter(|p| p.kind == PostingKind::Usage && !p.amount.is_zero()) {
        let terms = packages.terms(&p.wallet_id());
        if !terms.is_empty() {
            paid.push((p, terms));
        }
    }
    paid.sort_by_key(|(p, _)| (p.posted_at, &p.posting_id));
    let rows = rows_named(input, paid.iter().filter_map(|(p, _)| p.call_id.as_deref()));
    for (p, terms) in paid {
        match p.call_id.as_deref() {
            Some(id) => {
                for row in rows.get(id).into_iter().flatten() {
                    if p.attempt.is_none_or(|a| a == input.calls.attempt().value(*row as usize))
                        && input.calls.account_id().get(*row as usize) == Some(&*p.account_id)
                    {
                        about_call(input, *row, p, terms, &mut outside);
                    }
                }
            }
            None => outside.findings.extend(about_posting(input, p, terms)),
        }
    }
    outside
}

fn rows_named<'a>(input: &DayView<'a>, ids: impl Iterator<Item = &'a str>) -> HashMap<&'a str, Vec<u32>> {
    let mut rows: HashMap<&str, Vec<u32>> = ids.map(|id| (id, Vec::new())).collect();
    if rows.is_empty() {
        return rows;
    }
    let call_ids = input.calls.call_id();
    for (row, is_call) in (0u32..).zip(input.is_call) {
        if *is_call && let Some(rows) = rows.get_mut(call_ids.value(row as usize)) {
            rows.push(row);
        }
    }
    rows
}

fn about_call(input: &DayView, row: u32, p: &Posting, terms: &[Terms], outside: &mut Outside) {
    let at = input.started(row as usize);
    let names = input.model_names(row as usize);
    if may_pay(terms, at, &names) || !outside.calls.insert(row) {
        return;
    }
    let mut finding = input.call_finding(Leg::Policy, Class::PackageNotValid, "package", row as usize);
    finding.wallet = Some(p.wallet.to_string());
    finding.posting_id = Some(p.posting_id.clone());
    finding.unit = Some(p.unit.to_string());
    finding.posted = Some(-p.amount);
    let model = names.first().copied().unwrap_or_default();
    outside.findings.push(because(finding, terms, at, p).with("model", model));
}

fn about_posting(input: &DayView, p: &Posting, terms: &[Terms]) -> Option<Finding> {
    let at = p.covers_from.unwrap_or(p.posted_at);
    if !input.within(p.posted_at) || terms.iter().any(|t| t.covers_time(at)) {
        return None;
    }
    Some(because(posting_finding(Leg::Policy, Class::PackageNotValid, "package", p), terms, at, p))
}

fn because(finding: Finding, terms: &[Terms], at: Instant, p: &Posting) -> Finding {
    let cause = if terms.iter().any(|t| t.covers_time(at)) {
        "package_other_model"
    } else if terms.iter().any(|t| t.valid_until.is_some_and(|until| until <= at)) {
        "package_expired"
    } else {
        "package_not_begun"
    };
    let origin = format!("{}/{}", p.account_id, p.wallet);
    let mut finding = finding.because(cause, &origin, Certainty::Exact).with("wallet", &p.wallet);
    for t in terms {
        for (name, instant) in [("valid_from", t.valid_from), ("valid_until", t.valid_until)] {
            if let Some(instant) = instant {
                finding = finding.with(name, instant);
            }
        }
        if !t.models.is_empty() {
            finding = finding.with("models", t.models.join(" "));
        }
    }
    finding
}
