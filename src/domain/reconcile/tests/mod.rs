//! Days written as text, and what must come of them.

mod charge_classes;
mod counted;
mod law;
mod partitions;
mod posting_classes;
mod reference;
mod speed;

use std::collections::BTreeMap;
use std::fmt::Write;

use super::charge::expected_amounts::RatedCalls;
use super::day::from_merged;
use super::merge::merge;
use super::*;
use crate::domain::call::tests::call as any_call;
use crate::domain::call::{Call, Calls, CallsBuilder, UsageNote};
use crate::domain::ledger::{Account, LedgerState, Mode, Parties, Posting, PostingKind};
use crate::domain::money::{self, Amount, Representation, UnitRate, Units};
use crate::domain::period::{Day, Instant, Span, Zone};
use crate::domain::price::{Book, Header, samples};
use crate::domain::rating::{Assignment, ChargeKind, ChargeStatus, Rater, Unpriced, Zero};

/// `02T10:00` is that day of October 2026, in UTC.
pub(super) fn at(text: &str) -> Instant {
    let seconds = if text.len() == 8 { ":00Z" } else { "Z" };
    Instant::parse(&format!("2026-10-{text}{seconds}")).unwrap()
}

pub(super) fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

/// A call as rating sees it.
#[derive(Clone, Debug)]
pub(super) struct Rated {
    pub(super) call: Call,
    pub(super) status: ChargeStatus,
    pub(super) expected: Amount,
}

/// Everything a pass is made of; the same for every day it is run on.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) day: Day,
    pub(super) calls: Vec<Rated>,
    pub(super) postings: Vec<Posting>,
    pub(super) rules: Rules,
    pub(super) parties: Parties,
    pub(super) watermark: Instant,
}

impl Default for World {
    fn default() -> World {
        let source = |name: &str, recorded| SourceRules { name: name.into(), unit: None, recorded, book: 0 };
        World {
            day: Day::new(2026, 10, 2).unwrap(),
            calls: Vec::new(),
            postings: Vec::new(),
            rules: Rules {
                zone: Zone::UTC,
                match_within: Span::from_hours(12),
                tolerance: BTreeMap::new(),
                forbid: Vec::new(),
                complete_from: None,
                units: Units::default(),
                sources: vec![
                    source("gw", Representation::Exact),
                    source("gw2", Representation::Exact),
                    source("six", Representation::Decimal { scale: 6, mode: money::Mode::HalfUp }),
                    source("double", Representation::Float64),
                ],
                has_postings: true,
            },
            parties: Parties::default(),
            watermark: at("09T00:00"),
        }
    }
}

pub(super) fn header(unit: &str) -> Header {
    Header { id: "book".into(), unit: unit.into(), ..samples::header() }
}

pub(super) fn blank_call() -> Call {
    Call {
        source: "gw".into(),
        account_id: String::new(),
        model: "m".into(),
        started_at: Instant::default(),
        ended_at: Instant::default(),
        status: None,
        charge: None,
        charge_unit: None,
        offset: 0,
        ..any_call("")
    }
}

pub(super) fn blank_posting() -> Posting {
    Posting {
        posting_id: String::new(),
        account_id: "".into(),
        wallet: "main".into(),
        kind: PostingKind::Usage,
        amount: Amount::ZERO,
        unit: "CNY".into(),
        posted_at: Instant::default(),
        source: None,
        call_id: None,
        attempt: None,
        api_key_id: None,
        covers_from: None,
        covers_until: None,
        reference: None,
        money: None,
        currency: None,
        valid_from: None,
        valid_until: None,
        models: Vec::new(),
        cut: None,
        file: 0,
        offset: 0,
    }
}

fn members<'a>(words: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    words.iter().map(|w| w.split_once('=').unwrap_or((w, ""))).collect()
}

fn settled<'d>(partition: &Partition<'d>, rows: &[&Rated]) -> Result<PartitionResult<'d>, PassError> {
    let there: Vec<&Rated> = partition.rows.iter().map(|row| rows[*row as usize]).collect();
    let (own, context) = there.split_at(partition.own);
    partition.reconcile_rated(rated(own), &rated(context))
}

impl World {
    /// `call ID ACCOUNT TIME CHARGE EXPECTED [name=value]`, `post ID ACCOUNT TIME KIND DEBIT [...]`,
    /// `tolerance UNIT ROW SUM`, `rate NAME AMOUNT UNIT`, `no ledger`, `watermark TIME`, `postpaid ACCOUNT`.
    pub(super) fn read(text: &str) -> World {
        let mut world = World::default();
        for line in text.lines().map(|l| l.split('#').next().unwrap_or("").trim()).filter(|l| !l.is_empty()) {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words[..] {
                ["call", id, account, time, charge, expected, ref rest @ ..] => {
                    world.calls.push(read_call([id, account, time, charge, expected], &members(rest)));
                }
                ["post", id, account, time, kind, debit, ref rest @ ..] => {
                    world.postings.push(read_posting([id, account, time, kind, debit], &members(rest)));
                }
                ["tolerance", unit, row, sum] => {
                    world.rules.tolerance.insert(unit.into(), Tolerance { row: amount(row), sum: amount(sum) });
                }
                ["rate", name, worth, unit] => {
                    let mut rates = world.rules.units.rates().to_vec();
                    let (name, unit) = (name.into(), unit.into());
                    rates.push(UnitRate { name, unit, amount: worth.parse().unwrap(), from: Instant::MIN });
                    world.rules.units = Units::new(rates);
                }
                ["no", "ledger"] => world.rules.has_postings = false,
                ["watermark", time] => world.watermark = at(time),
                ["postpaid", account] => {
                    let account = Account { account_id: account.into(), mode: Mode::Postpaid, ..Account::default() };
                    world.parties = Parties::new(vec![account], Vec::new());
                }
                _ => panic!("what is {line}?"),
            }
        }
        world
    }

    /// The pass over `self.day`, everything else being context.
    pub(super) fn run(&self) -> Result<DayResult, PassError> {
        self.run_in(1)
    }

    /// The same in so many partitions.
    pub(super) fn run_in(&self, partitions: usize) -> Result<DayResult, PassError> {
        self.in_day(|input, rows| {
            let index = DayIndex::new(input);
            let partitions = index.partitions(partitions);
            let results: Vec<_> = partitions.iter().map(|p| settled(p, rows)).collect();
            from_merged(&index, merge(&index, &partitions, results)?)
        })
    }

    /// Shows the pass's input, and its rows: the day's own first.
    pub(super) fn in_day<R>(&self, look: impl FnOnce(&DayInput<'_>, &[&Rated]) -> R) -> R {
        let zone = self.rules.zone;
        let (own, near): (Vec<&Rated>, Vec<&Rated>) =
            self.calls.iter().partition(|c| zone.day_of(c.call.started_at) == self.day);
        let raters = [Rater::new(Book { header: header("CNY"), versions: Vec::new() }, Instant::MAX)];
        let input = DayInput {
            day: self.day,
            span: zone.span_of(self.day),
            rules: &self.rules,
            raters: &raters,
            parties: &self.parties,
            calls: &columns(&own),
            context_calls: &columns(&near),
            postings: &self.postings,
            watermark: self.watermark,
            balances: &[],
            opening: &LedgerState::default(),
        };
        look(&input, &own.into_iter().chain(near).collect::<Vec<_>>())
    }

    pub(super) fn own_calls(&self) -> Vec<&Call> {
        let of_day = |c: &&Rated| self.rules.zone.day_of(c.call.started_at) == self.day;
        self.calls.iter().filter(of_day).map(|c| &c.call).collect()
    }

    /// One line a row and finding, sorted.
    pub(super) fn tell(&self) -> String {
        let result = self.run().unwrap();
        let mut lines = Vec::new();
        for (row, call) in self.own_calls().into_iter().enumerate() {
            let mut line = call.call_id.to_string();
            if call.attempt != 1 {
                let _ = write!(line, "/{}", call.attempt);
            }
            let (charge, posting) = (result.charge_class[row].name(), result.posting_class[row].name());
            lines.push(match result.posted[row] {
                Some(posted) => format!("{line}: {charge}, {posting} {posted}"),
                None => format!("{line}: {charge}, {posting}"),
            });
        }
        for movement in &result.movements {
            lines.push(format!("{}: {} {}", movement.posting_id, movement.class.name(), movement.posted));
        }
        for finding in &result.findings {
            lines.push(tell_finding(finding));
        }
        lines.join("\n")
    }
}

fn tell_finding(f: &Finding) -> String {
    let key = if f.call_id.is_some() { &f.call_id } else { &f.posting_id };
    let mut line = format!("! {} {} {}", f.leg.name(), key.as_deref().unwrap_or("-"), f.class.name());
    if let Some(difference) = f.difference {
        let _ = write!(line, " {difference}");
    }
    if !f.cause.is_empty() {
        let _ = write!(line, " {} {}", f.cause, f.certainty.name());
    }
    if !f.candidates.is_empty() {
        let _ = write!(line, " [{}]", f.candidates.join(", "));
    }
    line
}

fn read_call(words: [&str; 5], rest: &[(&str, &str)]) -> Rated {
    let [id, account, time, charge, expected] = words;
    let mut call = Call { call_id: id.into(), account_id: account.into(), started_at: at(time), ..blank_call() };
    call.ended_at = call.started_at;
    call.charge = (charge != "-").then(|| amount(charge));
    for &(name, value) in rest {
        match name {
            "source" => call.source = value.into(),
            "attempt" => call.attempt = value.parse().unwrap(),
            "ended" => call.ended_at = at(value),
            "version" => call.row_version = Some(value.parse().unwrap()),
            "unit" => call.charge_unit = Some(value.into()),
            "key" => call.api_key_id = Some(value.into()),
            "note" => call.usage_note = Some(UsageNote(value.into())),
            "model" => call.model = value.into(),
            _ => panic!("what is {name}?"),
        }
    }
    let (status, expected) = match expected {
        "no_usage" => (ChargeStatus::NoUsage, Amount::ZERO),
        "no_row" => (ChargeStatus::Unpriced(Unpriced::NoRow), Amount::ZERO),
        "refused" => (ChargeStatus::Zero(Zero::Refusal), Amount::ZERO),
        priced => (ChargeStatus::Priced, amount(priced)),
    };
    Rated { call, status, expected }
}

fn read_posting(words: [&str; 5], rest: &[(&str, &str)]) -> Posting {
    let [id, account, time, kind, debit] = words;
    let mut posting = Posting {
        posting_id: id.into(),
        account_id: account.into(),
        posted_at: at(time),
        kind: PostingKind::from_name(kind).unwrap(),
        amount: -amount(debit),
        ..blank_posting()
    };
    for &(name, value) in rest {
        match name {
            "call" => posting.call_id = Some(value.into()),
            "source" => posting.source = Some(value.into()),
            "attempt" => posting.attempt = Some(value.parse().unwrap()),
            "unit" => posting.unit = value.into(),
            "wallet" => posting.wallet = value.into(),
            "key" => posting.api_key_id = Some(value.into()),
            "from" => posting.covers_from = Some(at(value)),
            "until" => posting.covers_until = Some(at(value)),
            _ => panic!("what is {name}?"),
        }
    }
    assert!(posting.kind.allows(posting.amount), "{id}");
    posting
}

fn columns(calls: &[&Rated]) -> Calls {
    CallsBuilder::collect(calls.iter().map(|c| &c.call))
}

fn rated(calls: &[&Rated]) -> RatedCalls {
    let len = calls.len();
    RatedCalls {
        assignment: Assignment { book: vec![0; len], group: vec![0; len], groups: vec![None] },
        charges: calls
            .iter()
            .map(|c| (ChargeKind { status: c.status.clone(), version: None, row: None }, c.expected))
            .collect(),
    }
}

#[track_caller]
pub(super) fn check_day(world: &str, expect: &str) {
    let lines = |text: &str| text.lines().map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>().join("\n");
    assert_eq!(World::read(world).tell(), lines(expect), "\n{world}");
}
