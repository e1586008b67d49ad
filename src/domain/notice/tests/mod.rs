mod figures;
mod reference;

use std::collections::BTreeMap;

use super::*;
use crate::domain::ledger::tests::{amount, at, balance, posting};
use crate::domain::ledger::{Account, Balance, DayMovements, Mode, Parties, Posting, Threshold, Timeline};
use crate::domain::money::Amount;
use crate::domain::period::{Day, Instant, Span, Zone};

/// Accounts and their thresholds: `alice=10%;500`; `alice@05T10:00=3d` from then on; `bob!postpaid`.
fn parties(lines: &[&str]) -> Parties {
    let account = |line: &&str| {
        let (name, low) = line.split_once('=').map_or((*line, None), |(n, l)| (n, Some(l)));
        let (name, mode) = name.split_once('!').map_or((name, Mode::Prepaid), |(n, _)| (n, Mode::Postpaid));
        let (name, from) = name.split_once('@').map_or((name, None), |(n, t)| (n, Some(at(t))));
        Account {
            account_id: name.into(),
            name: name.into(),
            mode,
            from,
            other: low.map(|l| ("low_balance".to_owned(), l.to_owned())).into_iter().collect(),
            ..Account::default()
        }
    };
    Parties::new(lines.iter().map(account).collect(), Vec::new())
}

/// A ledger that is complete from 1 October 2026, UTC, unless it says otherwise; balances are lines of four words.
struct World {
    complete_from: Option<Instant>,
    parties: Parties,
    default: Vec<Threshold>,
    tolerance: BTreeMap<String, Amount>,
    postings: Vec<Posting>,
    balances: Vec<Balance>,
}

impl World {
    fn new(default: &str, accounts: &[&str], lines: &[&str]) -> World {
        let (balances, postings): (Vec<&str>, Vec<&str>) =
            lines.iter().partition(|l| l.split_whitespace().count() == 4);
        World {
            complete_from: Some(at("01T00:00")),
            parties: parties(accounts),
            default: Threshold::parse_all(default).unwrap(),
            tolerance: BTreeMap::new(),
            postings: postings.into_iter().map(posting).collect(),
            balances: balances.into_iter().map(balance).collect(),
        }
    }

    fn rules(&self) -> WatchRules<'_> {
        WatchRules { terms: Terms { parties: &self.parties, default: &self.default }, tolerance: &self.tolerance }
    }

    /// Follows the days one after another; between each two the watches go through rows.
    fn watches(&self, first: Day, last: Day) -> Watches {
        let mut watches = Watches::default();
        let mut day = first;
        while day <= last {
            let movements = DayMovements {
                span: Zone::UTC.span_of(day),
                complete_from: self.complete_from,
                postings: &self.postings,
                balances: &self.balances,
                keys: &[],
                named: &[],
            };
            watches.advance(day, &Timeline::new(&movements), &self.rules()).unwrap();
            let rows = watches.to_rows();
            let back = Watches::from_rows(&rows).unwrap();
            assert_eq!(back, watches);
            watches = back;
            day = day.next();
        }
        watches
    }

    fn low(&self) -> Vec<Low> {
        let (first, last) = (Day::new(2026, 10, 1).unwrap(), Day::new(2026, 10, 31).unwrap());
        self.watches(first, last).low(last).unwrap()
    }

    /// The crossings that hold, as `POSTING THRESHOLD LEVEL BALANCE`.
    #[track_caller]
    fn check(&self, expect: &[&str]) {
        let found: Vec<String> = self
            .low()
            .iter()
            .map(|l| {
                let c = &l.crossing;
                format!("{} {} {} {}", c.posting_id, c.threshold, c.level, c.balance)
            })
            .collect();
        assert_eq!(found, expect);
    }
}
