//! What each key used so far: tokens, calls, money, and when it was last seen.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::wallet::Overflow;
use crate::domain::call::{Calls, Meter, Outcome};
use crate::domain::money::{Amount, SCALE, Units};
use crate::domain::period::Instant;

/// An amount of use; one key's calls added up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyUse {
    pub calls: u64,
    /// Input + output.
    pub tokens: i128,
    /// Cost by unit.
    pub cost: BTreeMap<Arc<str>, Amount>,
}

impl KeyUse {
    /// # Errors
    /// When a sum leaves its range.
    pub fn add(&mut self, other: &KeyUse) -> Result<(), Overflow> {
        let too_large = || Overflow::of("what a key used");
        self.calls = self.calls.checked_add(other.calls).ok_or_else(too_large)?;
        self.tokens = self.tokens.checked_add(other.tokens).ok_or_else(too_large)?;
        for (unit, amount) in &other.cost {
            let sum = self.cost.entry(unit.clone()).or_default();
            *sum = sum.checked_add(*amount).ok_or_else(too_large)?;
        }
        Ok(())
    }

    /// Whether a quota in this unit counts money, and not tokens or calls.
    pub fn counts_money(quota_unit: Option<&str>) -> bool {
        !matches!(quota_unit, None | Some("" | "token" | "tokens" | "call" | "calls" | "request" | "requests"))
    }

    /// In a quota's unit: tokens where none is named, calls, or money (converted where a rate
    /// leads there). `None` when it cannot be told.
    pub fn in_unit(&self, quota_unit: Option<&str>, units: &Units, at: Instant) -> Option<Amount> {
        let whole = |n: i128| Amount::from_raw(n.checked_mul(10i128.pow(SCALE))?);
        match quota_unit.unwrap_or("tokens") {
            "" | "token" | "tokens" => whole(self.tokens),
            "call" | "calls" | "request" | "requests" => whole(i128::from(self.calls)),
            unit => Amount::sum(
                self.cost
                    .iter()
                    .map(|(from, amount)| units.ratio(from, unit, at)?.apply(*amount))
                    .collect::<Option<Vec<_>>>()?,
            ),
        }
    }
}

/// When a call of a key was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    pub started: Instant,
    pub ended: Instant,
}

/// A key as the days so far leave it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyState {
    /// By calls that had ended.
    pub used: KeyUse,
    /// By calls that started and end later, at their end.
    pub in_flight: BTreeMap<Instant, KeyUse>,
    pub last: Option<Seen>,
    /// The last call that was served.
    pub last_served: Option<Seen>,
}

/// What one day's calls add to a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyDay {
    pub api_key_id: Arc<str>,
    /// By calls that ended before the day did.
    pub used: KeyUse,
    /// By calls that end later, at their end.
    pub in_flight: BTreeMap<Instant, KeyUse>,
    pub last: Option<Seen>,
    pub last_served: Option<Seen>,
}

impl KeyState {
    /// # Errors
    /// When a sum leaves its range.
    pub fn advance(&mut self, day: &KeyDay, until: Instant) -> Result<(), Overflow> {
        self.used.add(&day.used)?;
        for (ended, used) in &day.in_flight {
            self.in_flight.entry(*ended).or_default().add(used)?;
        }
        self.last = self.last.max(day.last);
        self.last_served = self.last_served.max(day.last_served);
        self.land(until)
    }

    /// Counts the calls in flight that ended before an instant.
    pub fn land(&mut self, until: Instant) -> Result<(), Overflow> {
        while let Some(entry) = self.in_flight.first_entry().filter(|e| *e.key() < until) {
            self.used.add(&entry.remove())?;
        }
        Ok(())
    }
}

/// Calls of a day with what the ledger legs need to know beside them.
#[derive(Clone, Copy, Debug)]
pub struct CostedCalls<'a> {
    pub calls: &'a Calls,
    /// Row-aligned: whether the row is the call (and not another row of it).
    pub is_call: &'a [bool],
    /// Row-aligned: recorded, else expected, in `unit`.
    pub cost: &'a [Option<Amount>],
    pub unit: &'a [Arc<str>],
}

impl CostedCalls<'_> {
    /// What one call is of its key's use.
    pub fn use_of(&self, row: usize) -> KeyUse {
        let cost = self.cost[row].filter(|c| !c.is_zero()).map(|c| (self.unit[row].clone(), c));
        KeyUse { calls: 1, tokens: tokens(self.calls, row), cost: cost.into_iter().collect() }
    }
}

fn tokens(calls: &Calls, row: usize) -> i128 {
    Meter::INPUTS.iter().chain(&Meter::OUTPUTS).map(|m| i128::from(calls.quantity(*m).value(row))).sum()
}

#[derive(Default)]
struct Gathered {
    calls: u64,
    tokens: i128,
    cost: Vec<(u32, i128)>,
    in_flight: BTreeMap<Instant, KeyUse>,
    last: Option<Seen>,
    last_served: Option<Seen>,
}

/// What each key used on a day that ends at `until`, by key id.
///
/// # Errors
/// When a sum leaves its range.
pub fn key_days(costed: &CostedCalls, until: Instant) -> Result<Vec<KeyDay>, Overflow> {
    let calls = costed.calls;
    let names = calls.api_key_id();
    let columns: Vec<&[i64]> =
        Meter::INPUTS.iter().chain(&Meter::OUTPUTS).map(|m| &calls.quantity(*m).values()[..]).collect();
    let quantities = calls.quantities();
    let (started, ended) = (calls.started_at().values(), calls.ended_at().values());
    let outcomes = calls.outcome();
    let fine: Vec<bool> = (0..outcomes.entries()).map(|e| outcomes.entry(e) == Outcome::Ok.name()).collect();
    let mut units = UnitIds::default();
    let mut gathered: Vec<Gathered> = (0..names.entries()).map(|_| Gathered::default()).collect();
    for row in 0..calls.len() {
        let Some(entry) = names.index(row).filter(|_| costed.is_call[row]) else { continue };
        let key = &mut gathered[entry];
        let seen = Seen { started: Instant::from_micros(started[row]), ended: Instant::from_micros(ended[row]) };
        key.last = key.last.max(Some(seen));
        let ok = outcomes.index(row).is_none_or(|e| fine[e]);
        if ok || quantities.iter().any(|q| q.values()[row] > 0) {
            key.last_served = key.last_served.max(Some(seen));
        }
        if seen.ended >= until {
            key.in_flight.entry(seen.ended).or_default().add(&costed.use_of(row))?;
            continue;
        }
        key.calls += 1;
        key.tokens += columns.iter().map(|c| i128::from(c[row])).sum::<i128>();
        let Some(cost) = costed.cost[row].filter(|c| !c.is_zero()) else { continue };
        let unit = units.id(&costed.unit[row]);
        match key.cost.iter_mut().find(|(u, _)| *u == unit) {
            Some((_, sum)) => {
                *sum = sum.checked_add(cost.raw()).ok_or_else(|| Overflow::of("what a key used"))?;
            }
            None => key.cost.push((unit, cost.raw())),
        }
    }
    let mut days: BTreeMap<&str, KeyDay> = BTreeMap::new();
    for (entry, key) in gathered.into_iter().enumerate().filter(|(_, k)| k.last.is_some()) {
        let id = names.entry(entry);
        let mut used = KeyUse { calls: key.calls, tokens: key.tokens, cost: BTreeMap::new() };
        for (unit, raw) in key.cost {
            let amount = Amount::from_raw(raw).ok_or_else(|| Overflow::of(format_args!("key {id}")))?;
            used.cost.insert(units.names[unit as usize].clone(), amount);
        }
        let day = days.entry(id).or_insert_with(|| KeyDay {
            api_key_id: id.into(),
            used: KeyUse::default(),
            in_flight: BTreeMap::new(),
            last: None,
            last_served: None,
        });
        day.used.add(&used)?;
        for (ended, used) in &key.in_flight {
            day.in_flight.entry(*ended).or_default().add(used)?;
        }
        day.last = day.last.max(key.last);
        day.last_served = day.last_served.max(key.last_served);
    }
    Ok(days.into_values().collect())
}

/// Numbers for the few unit names of a day.
#[derive(Default)]
struct UnitIds {
    names: Vec<Arc<str>>,
    ids: HashMap<Arc<str>, u32>,
    last: u32,
}

impl UnitIds {
    fn id(&mut self, name: &Arc<str>) -> u32 {
        if self.names.get(self.last as usize).is_some_and(|n| Arc::ptr_eq(n, name) || n == name) {
            return self.last;
        }
        let next = self.names.len();
        self.last = *self.ids.entry(name.clone()).or_insert_with(|| {
            self.names.push(name.clone());
            u32::try_from(next).unwrap_or(u32::MAX)
        });
        self.last
    }
}
