//! Calls of a day that no leg judged: how many, what stands beside them, and why. A day's manifest says so, each
//! kind by itself, since what could not be compared is neither right nor wrong.
//!
//! Knows nothing of: what of it somebody accepts, how it is told.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::call::Calls;
use crate::domain::money::Amount;
use crate::domain::period::Day;
use crate::domain::rating::ChargeStatus;
use crate::domain::reconcile::{Class, DayResult, Finding, Leg};
use crate::edge::lake::{Manifest, Total};
use crate::pipeline::config::Unjudged;
use crate::pipeline::error::AppError;

/// What a manifest's counts, totals and notes of such calls begin with.
pub(crate) const UNJUDGED: &str = "unjudged ";
/// More reasons are counted only.
const MOST_NAMED: usize = 3;

/// Calls of one kind, over one day or several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct UnjudgedCalls {
    pub calls: u64,
    /// What is recorded of them, else debited, else expected; absent where it has more than 38 digits.
    pub money: BTreeMap<String, Option<Amount>>,
    /// Why, in words; the first few.
    pub about: BTreeSet<String>,
    pub days: BTreeSet<Day>,
}

/// Every kind there is.
pub(crate) type UnjudgedKinds = BTreeMap<Unjudged, UnjudgedCalls>;

impl UnjudgedCalls {
    fn add_money(&mut self, unit: &str, amount: Option<Amount>) {
        let sum = self.money.entry(unit.to_owned()).or_insert(Some(Amount::ZERO));
        *sum = sum.zip(amount).and_then(|(sum, amount)| sum.checked_add(amount));
    }
}

/// The kinds of several days together.
pub(crate) fn together<'a>(days: impl IntoIterator<Item = &'a UnjudgedKinds>) -> UnjudgedKinds {
    let mut all = UnjudgedKinds::new();
    for (kind, more) in days.into_iter().flatten() {
        let sum = all.entry(*kind).or_default();
        sum.calls += more.calls;
        sum.days.extend(&more.days);
        more.money.iter().for_each(|(unit, amount)| sum.add_money(unit, *amount));
        sum.about.extend(more.about.iter().cloned());
    }
    all
}

/// What a computed day could not judge.
struct Counted {
    kinds: UnjudgedKinds,
    reasons: BTreeMap<Unjudged, BTreeMap<String, u64>>,
}

impl Counted {
    fn add(&mut self, kind: Unjudged, unit: &str, amount: Option<Amount>, reason: String) {
        let sum = self.kinds.entry(kind).or_default();
        sum.calls += 1;
        if let Some(amount) = amount {
            sum.add_money(unit, Some(amount));
        }
        *self.reasons.entry(kind).or_default().entry(reason).or_default() += 1;
    }
}

fn counted(calls: &Calls, result: &DayResult) -> Counted {
    let mut counted = Counted { kinds: UnjudgedKinds::new(), reasons: BTreeMap::new() };
    let (model, account) = (calls.model(), calls.account_id());
    for row in 0..calls.len() {
        let (charge, posting) = (result.charge_class[row], result.posting_class[row]);
        let compared = !matches!(charge, Class::NotCompared | Class::Unpriced);
        if posting == Class::DuplicateCall || charge == Class::DuplicateCall || compared {
            continue;
        }
        let (unit, expected) = (&*result.unit[row], result.expected[row]);
        let stands = calls.recorded(row).or(result.posted[row]).or(expected);
        let model = || model.get(row).unwrap_or_default().escape_debug().to_string();
        match result.charges.status(row) {
            ChargeStatus::Unpriced(why) => {
                counted.add(Unjudged::Unpriced, unit, stands, format!("{} {}", why.reason(), model()));
            }
            ChargeStatus::NoUsage => counted.add(Unjudged::NoUsage, unit, stands, model()),
            _ if expected.is_none() => {
                counted.add(Unjudged::NoConversion, unit, stands, format!("calls charged in {unit}"));
            }
            // What costs nothing and was charged nothing needs no judge.
            _ if posting == Class::NotCompared && !stands.is_none_or(Amount::is_zero) => {
                let account = account.get(row).unwrap_or_default().escape_debug().to_string();
                counted.add(Unjudged::NotCompared, unit, stands, account);
            }
            _ => {}
        }
    }
    let apart = |f: &&Finding| f.leg == Leg::Posting && f.cause == "no_conversion" && f.expected.is_some();
    for finding in result.findings.iter().filter(apart) {
        let unit = finding.unit.as_deref().unwrap_or_default();
        let stands = finding.recorded.or(finding.expected);
        counted.add(Unjudged::NoConversion, unit, stands, format!("debits for calls in {unit}"));
    }
    counted
}

/// Writes into a day's manifest what the day could not judge.
pub(crate) fn note(calls: &Calls, result: &DayResult, manifest: &mut Manifest) -> Result<(), AppError> {
    let Counted { kinds, reasons } = counted(calls, result);
    for (kind, sum) in kinds {
        let name = format!("{UNJUDGED}{}", kind.name());
        manifest.rows.insert(name.clone(), sum.calls);
        for (unit, amount) in sum.money {
            let amount = amount.ok_or_else(|| AppError::internal("what was not judged overflows"))?;
            manifest.totals.push(Total { name: name.clone(), unit, amount });
        }
        let mut of_kind: Vec<(&String, &u64)> = reasons.get(&kind).into_iter().flatten().collect();
        of_kind.sort_by_key(|(reason, calls)| (std::cmp::Reverse(**calls), *reason));
        let named: Vec<&str> = of_kind.iter().take(MOST_NAMED).map(|(reason, _)| reason.as_str()).collect();
        manifest.notes.insert(name, named.join("\n"));
    }
    Ok(())
}

/// What a sealed day says it could not judge.
pub(crate) fn noted(manifest: &Manifest, day: Day) -> UnjudgedKinds {
    let mut kinds = UnjudgedKinds::new();
    for kind in Unjudged::ALL {
        let name = format!("{UNJUDGED}{}", kind.name());
        let Some(calls) = manifest.rows.get(&name) else { continue };
        let sum = kinds.entry(kind).or_default();
        (sum.calls, sum.days) = (*calls, BTreeSet::from([day]));
        let totals = manifest.totals.iter().filter(|total| total.name == name);
        totals.for_each(|total| sum.add_money(&total.unit, Some(total.amount)));
        sum.about = manifest.notes.get(&name).into_iter().flat_map(|note| note.lines()).map(str::to_owned).collect();
    }
    kinds
}
