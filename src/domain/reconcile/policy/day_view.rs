//! A day with its columns at hand: hot loops look nothing up by name.

use std::ops::Deref;

use arrow::array::{Array, Decimal128Array, Int64Array, UInt16Array};

use super::ledger_day::LedgerDay;
use crate::domain::call::{Calls, DictColumn, METERS, Meter, Outcome, is_refusal};
use crate::domain::ledger::{CostedCalls, DayMovements, KeyDay, KeyUse, Named, Posting};
use crate::domain::money::Amount;
use crate::domain::period::Instant;
use crate::domain::reconcile::findings::finding::{Class, Finding, Leg};

/// The day of [`super::check`], read through columns.
#[derive(Debug)]
pub(super) struct DayView<'a> {
    day: LedgerDay<'a>,
    pub(super) account: DictColumn<'a>,
    pub(super) key: DictColumn<'a>,
    pub(super) provider: DictColumn<'a>,
    outcome: DictColumn<'a>,
    /// By entry of `outcome`.
    ok: Vec<bool>,
    started: &'a [i64],
    ended: &'a [i64],
    status: &'a UInt16Array,
    quantities: [&'a Int64Array; METERS],
    balance_after: &'a Decimal128Array,
}

impl<'a> Deref for DayView<'a> {
    type Target = LedgerDay<'a>;

    fn deref(&self) -> &LedgerDay<'a> {
        &self.day
    }
}

impl<'a> DayView<'a> {
    pub(super) fn new(day: &LedgerDay<'a>) -> DayView<'a> {
        let calls: &'a Calls = day.calls;
        let outcome = calls.outcome();
        DayView {
            day: *day,
            account: calls.account_id(),
            key: calls.api_key_id(),
            provider: calls.provider(),
            outcome,
            ok: (0..outcome.entries()).map(|e| outcome.entry(e) == Outcome::Ok.name()).collect(),
            started: calls.started_at().values(),
            ended: calls.ended_at().values(),
            status: calls.status(),
            quantities: calls.quantities(),
            balance_after: calls.balance_after(),
        }
    }

    pub(super) fn costed(&self) -> CostedCalls<'a> {
        CostedCalls { calls: self.calls, is_call: self.is_call, cost: self.cost, unit: self.unit }
    }

    pub(super) fn started(&self, row: usize) -> Instant {
        Instant::from_micros(self.started[row])
    }

    pub(super) fn ended(&self, row: usize) -> Instant {
        Instant::from_micros(self.ended[row])
    }

    /// Whether a call went well.
    pub(super) fn ok(&self, row: usize) -> bool {
        self.outcome.index(row).is_none_or(|e| self.ok[e])
    }

    pub(super) fn consumed(&self, row: usize) -> bool {
        self.quantities.iter().any(|q| q.value(row) > 0)
    }

    /// It went well, or it consumed something.
    pub(super) fn served(&self, row: usize) -> bool {
        self.ok(row) || self.consumed(row)
    }

    pub(super) fn use_of(&self, row: usize) -> KeyUse {
        let tokens = Meter::INPUTS.iter().chain(&Meter::OUTPUTS);
        let tokens = tokens.map(|m| i128::from(self.quantities[m.index()].value(row))).sum();
        let cost = self.cost[row].filter(|c| !c.is_zero()).map(|c| (self.unit[row].clone(), c));
        KeyUse { calls: 1, tokens, cost: cost.into_iter().collect() }
    }

    pub(super) fn balance_after(&self, row: usize) -> Option<Amount> {
        self.balance_after.is_valid(row).then(|| Amount::from_raw(self.balance_after.value(row)))?
    }

    pub(super) fn status(&self, row: usize) -> Option<u16> {
        self.status.is_valid(row).then(|| self.status.value(row))
    }

    /// A refusal for want of money or of rights.
    pub(super) fn refused(&self, row: usize) -> bool {
        let status = self.status(row);
        matches!(status, Some(402 | 403)) && is_refusal(status, self.calls.usage_of(row).as_ref())
    }

    pub(super) fn model_names(&self, row: usize) -> Vec<&'a str> {
        self.calls.model().get(row).into_iter().chain(self.calls.model_served().get(row)).collect()
    }

    pub(super) fn within(&self, at: Instant) -> bool {
        self.span.0 <= at && at < self.span.1
    }

    /// Numbers of a names column by entry (entries may repeat a text), and its texts in order.
    pub(super) fn distinct(names: DictColumn<'a>) -> (Vec<u32>, Vec<&'a str>) {
        let mut texts: Vec<&str> = (0..names.entries()).map(|e| names.entry(e)).collect();
        texts.sort_unstable();
        texts.dedup();
        let place = |e| texts.binary_search(&names.entry(e)).ok().and_then(|i| u32::try_from(i).ok()).unwrap_or(0);
        ((0..names.entries()).map(place).collect(), texts)
    }

    /// Rows of each of `groups`, in order of start and end: groups are few, rows many and mostly sorted.
    pub(super) fn rows_by(&self, groups: usize, group: impl Fn(usize) -> Option<u32>) -> Vec<Vec<u32>> {
        let mut rows: Vec<Vec<u32>> = vec![Vec::new(); groups];
        for row in 0..self.calls.len() {
            if let (Some(of), Ok(number)) = (group(row), u32::try_from(row)) {
                rows[of as usize].push(number);
            }
        }
        let time = |row: &u32| (self.started[*row as usize], self.ended[*row as usize]);
        for rows in &mut rows {
            if !rows.is_sorted_by_key(time) {
                rows.sort_by_key(time);
            }
        }
        rows
    }

    /// A finding about one call. `rule` is the leg's own; the class may change under it.
    pub(super) fn call_finding(&self, leg: Leg, class: Class, rule: &str, row: usize) -> Finding {
        let calls = self.calls;
        let (source, call_id) = (calls.source().get(row).unwrap_or_default(), calls.call_id().value(row));
        let attempt = calls.attempt().value(row);
        let mut finding = Finding::new(leg, class, rule, &[source, call_id, &attempt.to_string()]);
        finding.source = Some(source.to_owned());
        finding.account_id = self.account.get(row).map(str::to_owned);
        finding.api_key_id = self.key.get(row).map(str::to_owned);
        finding.call_id = Some(call_id.to_owned());
        finding.attempt = Some(attempt);
        finding.at = Some(self.started(row));
        finding
    }

    /// The day as the ledger rolls it forward.
    pub(super) fn movements<'b>(&self, keys: &'b [KeyDay], named: &'b [Named]) -> DayMovements<'b>
    where
        'a: 'b,
    {
        DayMovements {
            span: self.span,
            complete_from: self.rules.complete_from,
            postings: self.postings,
            balances: self.balances,
            keys,
            named,
        }
    }
}

/// A finding about one posting.
pub(super) fn posting_finding(leg: Leg, class: Class, rule: &str, p: &Posting) -> Finding {
    Finding::of_posting(leg, class, rule, &[&p.posting_id], p)
}
