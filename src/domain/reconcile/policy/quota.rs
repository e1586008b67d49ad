//! Keys used past their quota.
//!
//! A quota is used up before a call by the calls that had ended by its start; a call in flight may
//! cross it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::day_view::DayView;
use crate::domain::ledger::{Key, KeyDay, KeyState, KeyUse, Overflow};
use crate::domain::money::Amount;
use crate::domain::period::Instant;
use crate::domain::reconcile::Certainty;
use crate::domain::reconcile::findings::finding::{Class, Finding, Leg};

/// Findings of the day, and every call before which its key's quota was used up.
#[derive(Debug, Default)]
pub(super) struct Quotas {
    pub(super) findings: Vec<Finding>,
    used_up: HashSet<u32>,
}

impl Quotas {
    pub(super) fn new(input: &DayView, days: &[KeyDay]) -> Result<Quotas, Overflow> {
        let crossing: BTreeSet<&str> = days
            .iter()
            .filter_map(|day| crosses(input, day).map(|crosses| crosses.then_some(&*day.api_key_id)).transpose())
            .collect::<Result<_, _>>()?;
        let mut quotas = Quotas::default();
        if crossing.is_empty() {
            return Ok(quotas);
        }
        let (entries, ids) = DayView::distinct(input.key);
        let crossing: Vec<bool> = ids.iter().map(|id| crossing.contains(id)).collect();
        let group = |row: usize| {
            let key = input.key.index(row).filter(|_| input.is_call[row]).map(|e| entries[e])?;
            crossing[key as usize].then_some(key)
        };
        for (id, rows) in ids.iter().zip(input.rows_by(ids.len(), group)).filter(|(_, rows)| !rows.is_empty()) {
            quotas.sweep(input, input.parties.key_rows(id), input.opening.keys.get(*id), &rows)?;
        }
        Ok(quotas)
    }

    pub(super) fn used_up(&self, row: usize) -> bool {
        u32::try_from(row).is_ok_and(|row| self.used_up.contains(&row))
    }

    /// Goes through one key's calls, in order of start.
    fn sweep(
        &mut self,
        input: &DayView,
        keys: &[Key],
        opening: Option<&KeyState>,
        rows: &[u32],
    ) -> Result<(), Overflow> {
        let mut tally = Tally::new(input, keys, opening)?;
        for same_start in rows.chunk_by(|a, b| input.started(*a as usize) == input.started(*b as usize)) {
            let at = input.started(same_start[0] as usize);
            tally.land(at)?;
            if let Some(key) = Key::in_force(keys, at).filter(|k| k.quota.is_some()) {
                self.judge(input, key, &tally, same_start);
            }
            for row in same_start {
                tally.fly(input, *row as usize)?;
            }
        }
        Ok(())
    }

    fn judge(&mut self, input: &DayView, key: &Key, tally: &Tally, rows: &[u32]) {
        let (Some(quota), Some(counted)) = (key.quota, tally.used(key.quota_unit.as_deref())) else { return };
        let used = counted.checked_add(key.used_before.unwrap_or_default());
        if used.is_some_and(|used| used < quota) {
            return;
        }
        for row in rows {
            self.used_up.insert(*row);
            let at = input.started(*row as usize);
            let own = input.use_of(*row as usize).in_unit(key.quota_unit.as_deref(), &input.rules.units, at);
            if !input.served(*row as usize) || !own.is_some_and(Amount::is_positive) {
                continue;
            }
            let finding = input.call_finding(Leg::Policy, Class::OverQuota, "over_quota", *row as usize);
            let finding = finding.because("over_quota", &key.api_key_id, Certainty::Exact).with("quota", quota);
            let finding = finding.with("unit", key.quota_unit.as_deref().unwrap_or("tokens"));
            self.findings.push(match used {
                Some(used) => finding.with("used_before", used),
                None => finding,
            });
        }
    }
}

/// Whether a key's quota could be used up before some call of the day.
fn crosses(input: &DayView, day: &KeyDay) -> Result<bool, Overflow> {
    let rows = input.parties.key_rows(&day.api_key_id);
    if rows.iter().all(|k| k.quota.is_none()) {
        return Ok(false);
    }
    let mut all = day.used.clone();
    if let Some(opening) = input.opening.keys.get(&*day.api_key_id) {
        all.add(&opening.used)?;
        for used in opening.in_flight.values() {
            all.add(used)?;
        }
    }
    Ok(rows.iter().filter(|key| key.quota.is_some()).any(|key| {
        let unit = key.quota_unit.as_deref();
        let counted = all.in_unit(unit, &input.rules.units, input.span.0);
        let used = counted.and_then(|used| used.checked_add(key.used_before.unwrap_or_default()));
        // Rates may change within the day, so money of another unit is always looked at.
        let converted = KeyUse::counts_money(unit) && all.cost.keys().any(|own| Some(&**own) != unit);
        converted || used.is_none() || used >= key.quota
    }))
}

/// What a key has used, in each unit its rows count in.
struct Tally<'k> {
    units: Vec<Option<&'k str>>,
    /// `None`: cannot be told.
    sums: Vec<Option<Amount>>,
    /// By end: calls that had not ended.
    in_flight: BTreeMap<Instant, Vec<Option<Amount>>>,
}

impl<'k> Tally<'k> {
    fn new(input: &DayView, keys: &'k [Key], opening: Option<&KeyState>) -> Result<Tally<'k>, Overflow> {
        let mut units: Vec<Option<&str>> = keys.iter().map(|k| k.quota_unit.as_deref()).collect();
        units.sort_unstable();
        units.dedup();
        let mut tally = Tally { sums: vec![Some(Amount::ZERO); units.len()], units, in_flight: BTreeMap::new() };
        let at = input.span.0;
        if let Some(opening) = opening {
            tally.sums = tally.in_units(input, &opening.used, at);
            for (ended, used) in &opening.in_flight {
                tally.hold(*ended, tally.in_units(input, used, at))?;
            }
        }
        Ok(tally)
    }

    fn in_units(&self, input: &DayView, used: &KeyUse, at: Instant) -> Vec<Option<Amount>> {
        self.units.iter().map(|unit| used.in_unit(*unit, &input.rules.units, at)).collect()
    }

    fn fly(&mut self, input: &DayView, row: usize) -> Result<(), Overflow> {
        let used = self.in_units(input, &input.use_of(row), input.started(row));
        self.hold(input.ended(row), used)
    }

    fn hold(&mut self, ended: Instant, used: Vec<Option<Amount>>) -> Result<(), Overflow> {
        match self.in_flight.get_mut(&ended) {
            Some(sums) => add_each(sums, &used),
            None => {
                self.in_flight.insert(ended, used);
                Ok(())
            }
        }
    }

    /// Counts what had ended by an instant.
    fn land(&mut self, at: Instant) -> Result<(), Overflow> {
        while let Some(entry) = self.in_flight.first_entry().filter(|e| *e.key() <= at) {
            add_each(&mut self.sums, &entry.remove())?;
        }
        Ok(())
    }

    fn used(&self, unit: Option<&str>) -> Option<Amount> {
        self.sums[self.units.iter().position(|u| *u == unit)?]
    }
}

fn add_each(sums: &mut [Option<Amount>], more: &[Option<Amount>]) -> Result<(), Overflow> {
    for (sum, more) in sums.iter_mut().zip(more) {
        *sum = match (*sum, *more) {
            (Some(a), Some(b)) => Some(a.checked_add(b).ok_or_else(|| Overflow::of("what a key used"))?),
            _ => None,
        };
    }
    Ok(())
}
