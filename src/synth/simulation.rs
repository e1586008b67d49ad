//! A month as it happens: calls begin in order of time, everything that follows waits in a queue.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::io;

use super::accounts::{self, ACCOUNT_COLUMNS, Account, DAY, Frame, HOUR, KEY_COLUMNS};
use super::call::{Call, Posting, balance_line};
use super::fault::{Incident, Incidents, Kind, Truth};
use super::files::Files;
use super::price::Prices;
use super::random::Rng;
use super::settings;
use super::spec::{BalanceFiles, Spec};
use super::write::{csv_row, shown_instant};
use super::{Faults, Plan, Sink, Summary};
use crate::domain::period::{Instant, Zone};

/// What happens at an instant; of several, the first kind listed comes first.
pub(super) enum What {
    End(Box<Call>),
    Post(Box<Posting>),
    TopUp(usize),
    /// The rest of a package goes: to the account's newest (true), or for nothing.
    Leftover(usize, usize, bool),
    Midnight(i64),
    Retry(Box<Call>),
}

impl What {
    fn rank(&self) -> u8 {
        match self {
            What::End(_) => 0,
            What::Post(_) => 1,
            What::TopUp(_) | What::Leftover(..) => 2,
            What::Midnight(_) => 3,
            What::Retry(_) => 4,
        }
    }
}

pub(super) struct Event {
    at: i64,
    rank: u8,
    number: u64,
    what: What,
}

impl PartialEq for Event {
    fn eq(&self, other: &Event) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Event {}

impl PartialOrd for Event {
    fn partial_cmp(&self, other: &Event) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Event {
    fn cmp(&self, other: &Event) -> Ordering {
        (self.at, self.rank, self.number).cmp(&(other.at, other.rank, other.number))
    }
}

/// The platform's whole state at an instant.
pub(super) struct World<'a> {
    pub(super) spec: &'static Spec,
    pub(super) prices: Prices,
    pub(super) rng: Rng,
    pub(super) accounts: Vec<Account>,
    /// Running sums of the accounts' weights.
    pub(super) ranks: Vec<u64>,
    pub(super) incidents: Incidents,
    pub(super) truths: Vec<Truth>,
    pub(super) files: Files<'a>,
    pub(super) counter: u64,
    /// Local midnights from the month's first day to three days after its end.
    midnights: Vec<i64>,
    days: i64,
    zone: Zone,
    events: BinaryHeap<Reverse<Event>>,
    seed: u64,
}

/// Days after the month's end in which its last calls are still written and posted.
const AFTER: i64 = 3;

/// Writes a platform's month.
pub(super) fn write(plan: &Plan, spec: &'static Spec, sink: &mut dyn Sink) -> io::Result<Summary> {
    let zone = Zone::parse(spec.zone).unwrap_or(Zone::UTC);
    let first = plan.month.first();
    let start_of = |day: i64| zone.start_of(first.plus(day)).micros();
    let days = i64::from(plan.month.end().number() - first.number());
    let prices = Prices::new(spec, start_of);
    let midnights: Vec<i64> = (0..=days + AFTER).map(start_of).collect();
    let mut rng = Rng::new(plan.seed, 2 * plan.platform as u64);
    let files = Files::new(sink, &plan.folder, spec, first, Rng::new(plan.seed, 2 * plan.platform as u64 + 1));
    let count = plan.accounts.max(12);
    let total: u64 = (0..count).map(accounts::weight).sum();
    let frame = Frame { spec, calls: plan.calls, start: midnights[0] };
    let accounts: Vec<Account> = (0..count).map(|i| accounts::make(&frame, i, total, &mut rng)).collect();
    let ranks = (0..count).scan(0, |sum, i| {
        *sum += accounts::weight(i);
        Some(*sum)
    });
    let incidents = match plan.faults {
        Faults::None => Incidents::default(),
        Faults::Planted => incidents(plan, spec, &prices, &midnights, days),
    };
    let mut world = World {
        spec,
        prices,
        rng,
        ranks: ranks.collect(),
        accounts,
        incidents,
        truths: Vec::new(),
        files,
        counter: 0,
        midnights,
        days,
        zone,
        events: BinaryHeap::new(),
        seed: plan.seed,
    };
    settings::write(&mut world.files, spec, &world.prices, first, zone)?;
    world.run(plan.calls)?;
    world.parties(plan.faults)?;
    world.tell(plan)
}

/// When and how often each fault is to happen.
fn incidents(plan: &Plan, spec: &Spec, prices: &Prices, midnights: &[i64], days: i64) -> Incidents {
    let more = 1 + plan.calls / 200_000;
    let last = midnights[usize::try_from(days - 4).unwrap_or(0)];
    let mut all = Vec::new();
    for (i, (kind, count)) in spec.faults.iter().enumerate() {
        let able: Vec<usize> =
            (0..spec.models.len()).filter(|m| spec.models[*m].can_fail(*kind, spec.packages)).collect();
        // The last model's rates have the most places, so it rounds.
        let turn = if *kind == Kind::Rounding { able.len().saturating_sub(1) } else { i % able.len().max(1) };
        let mut model = able.get(turn).copied().unwrap_or(0);
        let other = able.iter().copied().rev().find(|m| *m != model).unwrap_or(model);
        let begin = midnights[0] + (2 + (3 * i as i64) % 20) * DAY + (8 + i as i64 % 9) * HOUR;
        let left = (u64::from(*count) * more).min(500);
        let changed = |change: usize| spec.changes.get(change).map_or(0, |c| c.rows[0].0);
        let (from, until, gap) = match kind {
            Kind::PriceStale => {
                model = changed(0);
                (prices.versions[1].from, last, 0)
            }
            Kind::PriceEarly => {
                model = changed(1);
                (prices.versions[2].from - 8 * HOUR, prices.versions[2].from, 0)
            }
            kind if kind.comes_in_runs() => (begin, last, 0),
            _ => {
                let from = midnights[0] + 2 * DAY + (i as i64 % 7) * 5 * HOUR;
                (from, last, (last - from) / i64::try_from(left + 1).unwrap_or(1))
            }
        };
        all.push(Incident { kind: *kind, from, until, gap, left, model, other });
    }
    Incidents::new(all)
}

/// Calls an hour of the local day, in thousandths of the busiest.
const RHYTHM: [u64; 24] = [
    180, 140, 120, 110, 120, 150, 220, 380, 620, 850, 960, 1000, 900, 940, 990, 970, 930, 860, 740, 620, 540, 470, 380,
    260,
];

impl<'a> World<'a> {
    fn run(&mut self, calls: u64) -> io::Result<()> {
        for day in 0..=self.days + AFTER {
            self.later(self.midnights[usize::try_from(day).unwrap_or(0)], What::Midnight(day));
        }
        let (start, end) = (self.midnights[0], self.midnights[usize::try_from(self.days).unwrap_or(0)]);
        self.open(start, end);
        let hours = (end - start) / HOUR;
        let weights: Vec<u64> = (0..hours).map(|h| self.busy(start + h * HOUR)).collect();
        let whole: u128 = weights.iter().map(|w| u128::from(*w)).sum();
        let (mut before, mut passed) = (0u64, 0u128);
        for (hour, weight) in (0i64..).zip(weights) {
            passed += u128::from(weight);
            let upto = u64::try_from(u128::from(calls) * passed / whole.max(1)).unwrap_or(calls);
            let n = i64::try_from(upto - before).unwrap_or(0);
            before = upto;
            for slot in 0..n {
                let (from, until) = (slot * HOUR / n, (slot + 1) * HOUR / n);
                let at = start + hour * HOUR + self.rng.between(from, (until - 1).max(from));
                let at = (at / 1000 * 1000).clamp(start + 60_000_000, end - 2_000_000);
                self.until(at)?;
                self.slot(at)?;
            }
        }
        self.until(self.midnights.last().copied().unwrap_or(end))
    }

    pub(super) fn month_end(&self) -> i64 {
        self.midnights[usize::try_from(self.days).unwrap_or(0)]
    }

    fn busy(&self, at: i64) -> u64 {
        let (day, minute) = self.zone.local_minute(Instant::from_micros(at));
        let hour = usize::try_from(minute / 60).unwrap_or(0);
        RHYTHM[hour] * if day.weekday() >= 5 { 6 } else { 10 }
    }

    /// What is certain to happen: first packages, grants, standing orders, the ledger's last word.
    fn open(&mut self, start: i64, end: i64) {
        let spec = self.spec;
        for a in 0..self.accounts.len() {
            let ms = i64::try_from(a % 30_000).unwrap_or(0) * 1000;
            if spec.packages {
                self.later(start + 1000 + ms, What::TopUp(a));
            } else if self.accounts[a].opened > start {
                let at = self.accounts[a].opened;
                let mut grant = self.posting(a, 0, "grant", spec.grant, at);
                grant.reference = Some(format!("welcome-{}", self.accounts[a].id));
                self.later(at, What::Post(Box::new(grant)));
                self.later(at + HOUR / 2, What::TopUp(a));
            }
        }
        for week in 1..4 {
            self.later(self.midnights[7 * week], What::TopUp(1));
        }
        self.later(end + 50 * HOUR, What::TopUp(0));
    }

    pub(super) fn later(&mut self, at: i64, what: What) {
        self.counter += 1;
        let event = Event { at, rank: what.rank(), number: self.counter, what };
        self.events.push(Reverse(event));
    }

    /// Lets everything happen that is due up to an instant.
    fn until(&mut self, at: i64) -> io::Result<()> {
        while self.events.peek().is_some_and(|e| e.0.at <= at) {
            let Some(Reverse(event)) = self.events.pop() else { break };
            match event.what {
                What::End(call) => self.end(*call)?,
                What::Post(posting) => self.post(&posting)?,
                What::TopUp(account) => self.top_up(account, event.at)?,
                What::Leftover(account, wallet, rolls) => self.leftover(account, wallet, rolls, event.at)?,
                What::Midnight(day) => self.midnight(day)?,
                What::Retry(call) => self.retry(*call)?,
            }
        }
        Ok(())
    }

    fn midnight(&mut self, day: i64) -> io::Result<()> {
        self.files.turn(day)?;
        if day > self.days {
            return Ok(());
        }
        let at = self.midnights[usize::try_from(day).unwrap_or(0)];
        let monday = self.zone.day_of(Instant::from_micros(at)).weekday() == 0;
        let subscription = self.spec.balance_files == BalanceFiles::Subscription;
        if subscription && !monday && day != 0 && day != self.days {
            return Ok(());
        }
        self.break_balances(at);
        for a in 0..self.accounts.len() {
            if self.accounts[a].opened > at {
                continue;
            }
            for w in 0..self.accounts[a].wallets.len() {
                self.accounts[a].wallets[w].last_snapshot = Some(at);
                self.snapshot(a, w, at)?;
            }
        }
        Ok(())
    }

    fn snapshot(&mut self, a: usize, w: usize, at: i64) -> io::Result<()> {
        let (account, spec) = (&self.accounts[a], self.spec);
        let wallet = &account.wallets[w];
        match spec.balance_files {
            BalanceFiles::Jsonl => {
                let balance = wallet.posted + wallet.offset;
                self.files.balance(&balance_line(spec, &account.id, wallet.name.as_deref(), at, balance))
            }
            BalanceFiles::Csv => {
                let mut row = String::new();
                accounts::balance_row(&mut row, spec, account, wallet, at);
                self.files.balance(&row)
            }
            BalanceFiles::Subscription => {
                let path = format!("raw/balances/{}@{}.json", account.id, shown_instant(at, 0));
                let (tier, status) = (["free", "pro", "team"][a % 3], "active");
                let expires = shown_instant(self.midnights[0] + 200 * DAY, 0);
                let mut text =
                    format!("{{\"tier\":\"{tier}\",\"status\":\"{status}\",\"expires_at\":\"{expires}\",\"credits\":");
                super::write::cents(&mut text, wallet.posted + wallet.offset);
                text.push_str("}\n");
                self.files.summary.balances += 1;
                self.files.whole(&path, &text)
            }
        }
    }

    /// The day of the month an instant falls on, the first being 0; after the last midnight, the last.
    pub(super) fn day_of(&self, at: i64) -> i64 {
        i64::try_from(self.midnights.partition_point(|m| *m <= at)).unwrap_or(1) - 1
    }

    /// Accounts and keys as they stand when the month is over.
    fn parties(&mut self, faults: Faults) -> io::Result<()> {
        let (mut accounts, mut keys) = (String::new(), String::new());
        csv_row(&mut accounts, &ACCOUNT_COLUMNS);
        csv_row(&mut keys, &KEY_COLUMNS);
        let mut wrong = match faults {
            Faults::None => 0,
            Faults::Planted => self.spec.faults.iter().find(|f| f.0 == Kind::LastUsedMismatch).map_or(0, |f| f.1),
        };
        for (a, account) in self.accounts.iter().enumerate() {
            accounts::account_row(&mut accounts, self.spec, a, account);
            for (k, key) in account.keys.iter().enumerate() {
                let mut at = last_used(self.spec, key, self.midnights[0]);
                if wrong > 0 && k == 0 && a % 3 == 1 && at.is_some_and(|at| at > self.midnights[1]) {
                    wrong -= 1;
                    at = at.map(|at| at + (3 + i64::from(wrong)) * 60_000_000);
                    let (account_id, api_key_id) = (Some(account.id.clone()), Some(key.id.clone()));
                    self.truths.push(Truth { account_id, api_key_id, ..Truth::of(Kind::LastUsedMismatch) });
                }
                accounts::key_row(&mut keys, account, key, at);
            }
        }
        self.files.whole("accounts.csv", &accounts)?;
        self.files.whole("keys.csv", &keys)
    }

    fn tell(mut self, plan: &Plan) -> io::Result<Summary> {
        let mut text = String::new();
        for (i, truth) in self.truths.iter().enumerate() {
            text.push_str(&truth.line(self.spec.name, i + 1, self.spec.unit));
        }
        self.files.elsewhere(&plan.truth, &text)?;
        let mut summary = self.files.summary;
        summary.faults = self.truths.len() as u64;
        Ok(summary)
    }

    pub(super) fn call_id(&self, number: u64) -> String {
        let low = super::random::scramble(number.wrapping_add(self.seed << 40));
        format!("{}-{low:016x}", self.spec.prefix)
    }
}

/// To the minute; nothing where the last request was refused or failed. Keys never used in the month
/// were last used long before it, if ever.
fn last_used(spec: &Spec, key: &accounts::Key, start: i64) -> Option<i64> {
    if !spec.last_used {
        return None;
    }
    match key.last_used {
        Some((at, true)) => Some(at / 60_000_000 * 60_000_000),
        Some((_, false)) => None,
        None => (key.used_before > 45_000).then_some(start - 90 * DAY),
    }
}
