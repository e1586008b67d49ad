//! A trace of real requests, told again as an operator's log and ledger: who asked when and for how many
//! tokens is the trace's, prices and money are made up.
//!
//! One model whose price falls at noon of the first day. Every client has one wallet, asserted before the
//! first call and after the last posting. Some calls after noon are still charged at the old price.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::fault::{Kind, Truth};
use super::random::scramble;
use super::write::{Object, csv_row, shown, shown_instant};
use super::{Faults, SOURCE, Sink, Summary};
use crate::domain::period::{Day, Zone};

/// One request of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    /// Milliseconds since the trace began; never less than the one before.
    pub at: u64,
    pub client: u64,
    pub input_tokens: u64,
    /// Reasoning included.
    pub output_tokens: u64,
    pub reasoning_tokens: u64,
}

/// Where and when a trace is told again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TracePlan {
    /// The day the trace begins, in UTC.
    pub first: Day,
    pub faults: Faults,
    pub folder: String,
    pub truth: String,
}

const MODEL: &str = "deepseek-r1";
const UNIT: &str = "USD";
/// Prices of a token in 10^-8 of the unit, input and output: until noon of the first day, and from then on.
const RATES: [(i128, i128); 2] = [(55, 219), (50, 218)];
/// One count of the rates in atoms, and of the millionths that charges are rounded to.
const RATE_ATOM: i128 = 10_000_000_000;
const MICRO_ATOM: i128 = 1_000_000_000_000;
/// What every client has before its first call, in millionths.
const OPENING: i128 = 1_000_000_000_000;
/// Of the calls after noon, one in so many is charged at the old price, and at most so many.
const STALE_EVERY: u64 = 500;
const STALE_MOST: u64 = 1000;
const HOUR: i64 = 3_600_000_000;

/// A folder under way.
pub(crate) struct Replay<'a> {
    sink: &'a mut dyn Sink,
    plan: TracePlan,
    start: i64,
    last: u64,
    hour: Option<i64>,
    calls: Option<Box<dyn Write>>,
    postings: Option<Box<dyn Write>>,
    /// What each client has left, in millionths.
    wallets: BTreeMap<u64, i128>,
    last_posting: i64,
    after_noon: u64,
    truths: Vec<Truth>,
    summary: Summary,
}

/// Rounded half up to millionths.
fn charge(request: &Request, (input, output): (i128, i128)) -> i128 {
    (i128::from(request.input_tokens) * input + i128::from(request.output_tokens) * output + 50) / 100
}

fn name(kind: &str, client: u64) -> String {
    format!("{kind}-{client:04}")
}

impl<'a> Replay<'a> {
    /// Writes settings and prices.
    ///
    /// # Errors
    /// What the sink says.
    pub(crate) fn begin(plan: TracePlan, sink: &'a mut dyn Sink) -> io::Result<Replay<'a>> {
        let start = Zone::UTC.start_of(plan.first).micros();
        let mut replay = Replay {
            sink,
            plan,
            start,
            last: 0,
            hour: None,
            calls: None,
            postings: None,
            wallets: BTreeMap::new(),
            last_posting: start,
            after_noon: 0,
            truths: Vec::new(),
            summary: Summary::default(),
        };
        replay.whole("trueup.toml", &settings(replay.plan.first))?;
        replay.whole("prices/trace.toml", &book(start))?;
        Ok(replay)
    }

    fn whole(&mut self, path: &str, text: &str) -> io::Result<()> {
        let mut file = self.sink.file(&format!("{}/{path}", self.plan.folder))?;
        self.summary.files += 1;
        file.write_all(text.as_bytes())?;
        file.flush()
    }

    /// Tells one request: its call, its posting, and whether it was charged wrongly.
    ///
    /// # Errors
    /// InvalidInput where the request is earlier than the one before it.
    pub(crate) fn request(&mut self, request: &Request) -> io::Result<()> {
        if request.at < self.last || request.reasoning_tokens > request.output_tokens {
            let what = "a trace is in the order of time, and output tokens contain reasoning tokens";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        self.last = request.at;
        let millis = i64::try_from(request.at).map_err(io::Error::other)?;
        let started = self.start + millis * 1000;
        let tokens = i64::try_from(request.output_tokens.min(1 << 40)).unwrap_or(0);
        let ended = started + 300_000 + tokens * 15_000;
        self.turn(started.div_euclid(HOUR))?;
        let noon = self.start + 12 * HOUR;
        let right = charge(request, RATES[usize::from(started >= noon)]);
        let mut recorded = right;
        let number = self.summary.calls;
        let id = format!("tr-{:016x}", scramble(number));
        if started >= noon {
            self.after_noon += 1;
            recorded = self.stale(request, right, &id);
        }
        let (account, key) = (name("client", request.client), name("key", request.client));
        put(&mut self.calls, &call_line(request, &id, &account, &key, (started, ended), recorded))?;
        self.summary.calls += 1;
        let left = self.wallets.entry(request.client).or_insert(OPENING);
        *left -= recorded;
        let posted = ended + 2_000_000;
        self.last_posting = self.last_posting.max(posted);
        put(&mut self.postings, &posting_line(number, &id, &account, &key, posted, recorded))?;
        self.summary.postings += 1;
        Ok(())
    }

    /// The old charge where this call is one of those that get it, else the right one.
    fn stale(&mut self, request: &Request, right: i128, id: &str) -> i128 {
        let old = charge(request, RATES[0]);
        let due = self.truths.len() as u64 * STALE_EVERY < self.after_noon && self.truths.len() as u64 != STALE_MOST;
        if self.plan.faults == Faults::None || !due || old == right {
            return right;
        }
        self.truths.push(Truth {
            account_id: Some(name("client", request.client)),
            call: Some((id.to_owned(), 1)),
            difference: Some((old - right) * MICRO_ATOM),
            ..Truth::of(Kind::PriceStale)
        });
        old
    }

    fn turn(&mut self, hour: i64) -> io::Result<()> {
        if self.hour == Some(hour) {
            return Ok(());
        }
        self.close()?;
        self.hour = Some(hour);
        let at = shown_instant(hour * HOUR, 0);
        let folder = &self.plan.folder;
        self.calls = Some(self.sink.file(&format!("{folder}/raw/calls/{}.jsonl", &at[..13]))?);
        self.postings = Some(self.sink.file(&format!("{folder}/raw/postings/{}.jsonl", &at[..13]))?);
        self.summary.files += 2;
        Ok(())
    }

    fn close(&mut self) -> io::Result<()> {
        for mut file in [self.calls.take(), self.postings.take()].into_iter().flatten() {
            file.flush()?;
        }
        Ok(())
    }

    /// Writes balances, accounts, keys and the truth.
    ///
    /// # Errors
    /// What the sink says.
    pub(crate) fn end(mut self) -> io::Result<Summary> {
        self.close()?;
        let end =
            Zone::UTC.start_of(Zone::UTC.day_of(crate::domain::period::Instant::from_micros(self.last_posting)).next());
        let (mut balances, mut accounts, mut keys) = (String::new(), String::new(), String::new());
        csv_row(&mut accounts, &["account_id", "name", "mode", "currency", "price_book", "country"]);
        csv_row(&mut keys, &["api_key_id", "account_id"]);
        for (client, left) in &self.wallets {
            let (account, key) = (name("client", *client), name("key", *client));
            for (at, balance) in [(self.start, OPENING), (end.micros(), *left)] {
                balances.push('{');
                let mut o = Object(&mut balances);
                o.text("account_id", &account);
                o.text("unit", UNIT);
                o.at("at", at, 0);
                o.amount("balance", balance * MICRO_ATOM);
                balances.push_str("}\n");
                self.summary.balances += 1;
            }
            csv_row(&mut accounts, &[&account, &format!("Client {client}"), "prepaid", UNIT, "trace", "DE"]);
            csv_row(&mut keys, &[&key, &account]);
        }
        self.whole("raw/balances/balances.jsonl", &balances)?;
        self.whole("accounts.csv", &accounts)?;
        self.whole("keys.csv", &keys)?;
        let lines = self.truths.iter().enumerate().map(|(i, truth)| truth.line("trace", i + 1, UNIT));
        let truth: String = lines.collect();
        let mut file = self.sink.file(&self.plan.truth)?;
        file.write_all(truth.as_bytes())?;
        file.flush()?;
        self.summary.files += 1;
        self.summary.faults = self.truths.len() as u64;
        Ok(self.summary)
    }
}

fn put(file: &mut Option<Box<dyn Write>>, line: &str) -> io::Result<()> {
    file.as_mut().map_or(Ok(()), |file| file.write_all(line.as_bytes()))
}

fn call_line(r: &Request, id: &str, account: &str, key: &str, (started, ended): (i64, i64), charge: i128) -> String {
    let mut line = String::with_capacity(400);
    line.push('{');
    let mut o = Object(&mut line);
    for (name, value) in [("call_id", id), ("account_id", account), ("api_key_id", key), ("model", MODEL)] {
        o.text(name, value);
    }
    o.text("endpoint", "chat");
    o.at("started_at", started, 0);
    o.at("ended_at", ended, 0);
    o.number("status", 200);
    let usage = format!(
        "{{\"input_tokens\":{},\"output_tokens\":{},\"reasoning_tokens\":{}}}",
        r.input_tokens, r.output_tokens, r.reasoning_tokens
    );
    o.raw("usage", &usage);
    o.amount("charge", charge * MICRO_ATOM);
    line.push_str("}\n");
    line
}

fn posting_line(number: u64, call: &str, account: &str, key: &str, at: i64, charge: i128) -> String {
    let mut line = String::with_capacity(300);
    line.push('{');
    let mut o = Object(&mut line);
    o.text("posting_id", &format!("tr-p-{number:010}"));
    o.text("account_id", account);
    o.text("kind", "usage");
    o.amount("amount", -charge * MICRO_ATOM);
    o.text("unit", UNIT);
    o.at("posted_at", at, 0);
    o.text("source", SOURCE);
    o.text("call_id", call);
    o.text("api_key_id", key);
    line.push_str("}\n");
    line
}

fn settings(first: Day) -> String {
    format!(
        "[time]\nzone = \"UTC\"\n\n[lake]\nurl = \"lake\"\n\n[state]\nurl = \"sqlite:state.db\"\n\n\
         [publish]\nurl = \"out\"\n\n[close]\ngrace = \"48h\"\nmax_late = \"90d\"\n\n\
         [[source]]\nname = \"{SOURCE}\"\nformat = \"trueup\"\npath = \"raw/calls/*\"\nbook = \"prices/trace.toml\"\n\
         unit = \"{UNIT}\"\nrecorded = {{ as = \"decimal\", scale = 6, mode = \"half_up\" }}\nsettle = \"0s\"\n\n\
         [ledger]\npostings = \"raw/postings/*\"\nbalances = \"raw/balances/*\"\nmatch_within = \"36h\"\n\
         complete_from = \"{first}\"\nsettle = \"0s\"\n\n[parties]\naccounts = \"accounts.csv\"\nkeys = \"keys.csv\"\n"
    )
}

fn book(start: i64) -> String {
    let mut out = format!(
        "[book]\nid = \"trace\"\nunit = \"{UNIT}\"\nrounding = {{ at = \"call\", mode = \"half_up\", scale = 6 }}\n"
    );
    let starts = [start - 30 * 24 * HOUR, start + 12 * HOUR];
    for ((input, output), from) in RATES.into_iter().zip(starts) {
        let rate = |atoms: i128| shown(atoms * RATE_ATOM * 1_000_000);
        out.push_str(&format!(
            "\n[[version]]\neffective_from = \"{}\"\nknown_from = \"{}\"\n\n[[version.price]]\nmodel = \"{MODEL}\"\n\
             input = {{ rate = \"{}\", per = 1000000 }}\noutput = {{ rate = \"{}\", per = 1000000 }}\n",
            shown_instant(from, 0),
            shown_instant(from.min(start) - 5 * 24 * HOUR, 0),
            rate(input),
            rate(output),
        ));
    }
    out
}
