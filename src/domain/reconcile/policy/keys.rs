//! Keys used after their end, while disabled, by another account, or at another supplier than theirs.

use std::collections::HashMap;

use super::day_view::DayView;
use super::quota::Quotas;
use crate::domain::ledger::{Key, KeyStatus};
use crate::domain::period::Instant;
use crate::domain::reconcile::Certainty;
use crate::domain::reconcile::findings::finding::{Class, Finding, Leg};

fn expired(key: &Key, at: Instant) -> bool {
    key.expires_at.is_some_and(|end| end <= at)
}

fn disabled(key: &Key, at: Instant) -> bool {
    key.status == KeyStatus::Disabled && key.disabled_at.is_none_or(|since| since <= at)
}

/// Whether any row of a key could ever break a rule but that of its account; most keys never do.
fn could_break(rows: &[Key]) -> bool {
    rows.iter().any(|k| k.expires_at.is_some() || k.status == KeyStatus::Disabled || k.supplier.is_some())
}

/// Calls served with a key that, by its row in force, is another account's.
fn of_other_accounts(input: &DayView, findings: &mut Vec<Finding>) {
    let (names, accounts) = (input.key, input.account);
    let rows: Vec<&[Key]> = (0..names.entries()).map(|e| input.parties.key_rows(names.entry(e))).collect();
    let mut belongs: HashMap<(usize, Option<Instant>, usize), bool> = HashMap::new();
    for row in (0..input.calls.len()).filter(|row| input.is_call[*row]) {
        let (Some(entry), Some(account)) = (names.index(row), accounts.index(row)) else { continue };
        let at = input.started(row);
        let Some(key) = Key::in_force(rows[entry], at) else { continue };
        let own = *belongs
            .entry((entry, key.from, account))
            .or_insert_with(|| key.account_id.is_empty() || key.account_id == accounts.entry(account));
        if own || !input.served(row) {
            continue;
        }
        let class = Class::KeyOfOtherAccount;
        let mut finding = input
            .call_finding(Leg::Policy, class, class.name(), row)
            .because(class.name(), &key.api_key_id, Certainty::Exact)
            .with("belongs_to", &key.account_id);
        if let Some(from) = key.from {
            finding = finding.with("since", from);
        }
        findings.push(finding);
    }
}

pub(super) fn findings(input: &DayView) -> Vec<Finding> {
    let names = input.key;
    let rows: Vec<&[Key]> = (0..names.entries())
        .map(|e| input.parties.key_rows(names.entry(e)))
        .map(|rows| if could_break(rows) { rows } else { &[] })
        .collect();
    let mut findings = Vec::new();
    of_other_accounts(input, &mut findings);
    if rows.iter().all(|r| r.is_empty()) {
        return findings;
    }
    let mut suppliers = Suppliers::default();
    for row in (0..input.calls.len()).filter(|row| input.is_call[*row]) {
        let Some(entry) = names.index(row).filter(|e| !rows[*e].is_empty()) else { continue };
        let at = input.started(row);
        let Some(key) = Key::in_force(rows[entry], at) else { continue };
        let other = suppliers.other(input, entry, key, row);
        if !(expired(key, at) || disabled(key, at) || other) || !input.served(row) {
            continue;
        }
        let make = |class: Class| {
            let finding = input.call_finding(Leg::Policy, class, class.name(), row);
            finding.because(class.name(), &key.api_key_id, Certainty::Exact)
        };
        if let Some(end) = key.expires_at.filter(|_| expired(key, at)) {
            findings.push(make(Class::KeyExpired).with("expires_at", end));
        }
        if disabled(key, at) {
            let finding = make(Class::KeyDisabled);
            findings.push(match key.disabled_at {
                Some(since) => finding.with("disabled_at", since),
                None => finding,
            });
        }
        if other {
            let (served_by, supplier) = (input.provider.get(row), key.supplier.as_deref());
            findings.push(
                make(Class::OtherSupplier)
                    .with("provider", served_by.unwrap_or_default())
                    .with("supplier", supplier.unwrap_or_default()),
            );
        }
    }
    findings
}

/// Whether provider and supplier are two, by dictionary entries and row of the key.
#[derive(Default)]
struct Suppliers {
    other: HashMap<(usize, usize, Option<Instant>), bool>,
    last: Option<((usize, usize, Option<Instant>), bool)>,
}

impl Suppliers {
    fn other(&mut self, input: &DayView, entry: usize, key: &Key, row: usize) -> bool {
        let Some(supplier) = key.supplier.as_deref().filter(|s| !s.is_empty()) else { return false };
        let providers = input.provider;
        let Some(provider) = providers.index(row) else { return false };
        let pair = (entry, provider, key.from);
        if let Some((known, other)) = self.last
            && known == pair
        {
            return other;
        }
        let text = providers.entry(provider);
        let other = *self
            .other
            .entry(pair)
            .or_insert_with(|| !text.is_empty() && text.to_lowercase() != supplier.to_lowercase());
        self.last = Some((pair, other));
        other
    }
}

/// What of its key explains that a call was refused.
pub(super) fn refusal_causes(input: &DayView, quotas: &Quotas, row: usize) -> Vec<(&'static str, Certainty)> {
    let Some(id) = input.key.get(row) else { return Vec::new() };
    let at = input.started(row);
    let Some(key) = input.parties.key(id, at) else {
        let known = input.parties.keys().next().is_some();
        return known.then_some(("key_unknown", Certainty::Suspected)).into_iter().collect();
    };
    let other_account = input.account.get(row) != Some(key.account_id.as_str());
    [
        ("key_of_other_account", other_account),
        ("key_revoked", disabled(key, at)),
        ("key_expired", expired(key, at)),
        ("over_quota", quotas.used_up(row)),
    ]
    .into_iter()
    .filter(|(_, holds)| *holds)
    .map(|(cause, _)| (cause, Certainty::Exact))
    .collect()
}
