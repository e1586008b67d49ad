//! A scenario as it happens: the operator's folder is written, jobs are run, and what comes of it is
//! held against what the page expects, section after section.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use super::arithmetic::{decimal, evaluate, show};
use super::expect::{Edit, Found, Verdict, compare};
use super::found;
use super::inputs::{ACCOUNTS, BALANCES, CALLS, KEYS, Kind, LEDGER, seconds};
use super::page::{Page, Part, Problem, Section, Table, aligned, parse, problem};
use super::prices;
use super::setup::{Inputs, Setup};
use crate::desk::{Desk, Ran};

/// Everything that is not as the page says, and how the page would have to read.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) problems: Vec<Problem>,
    pub(super) edits: Vec<Edit>,
}

/// Plays a scenario.
pub(super) fn tell(text: &str) -> Told {
    let mut told = Told::default();
    match parse(text).and_then(|page| play(&page, &mut told)) {
        Ok(()) => {}
        Err(problem) => told.problems.push(problem),
    }
    told.problems.sort_by_key(|p| p.line);
    told
}

fn play(page: &Page, told: &mut Told) -> Result<(), Problem> {
    let Some(first) = page.sections.first().filter(|s| s.title == "Setup") else {
        return problem(page.sections.first().map_or(1, |s| s.line), "the first section is `## Setup`");
    };
    let mut story = Story::new(Setup::of(first)?);
    for section in &page.sections[1..] {
        // What stands after a comma is for the reader.
        let what = section.title.split(',').next().unwrap_or_default();
        let (what, of) = what.split_once(" of ").unwrap_or((what, ""));
        match what.strip_prefix("Expected ") {
            Some(what) => told.take(story.expect(section, what, of)?),
            None if what == "Run" => told.take(story.run(section)?),
            None => story.input(section, what, of)?,
        }
    }
    match (story.period, story.judged) {
        (Some(_), true) => Ok(()),
        (None, _) => problem(first.line, "nothing is run: add `## Run`"),
        (_, false) => problem(first.line, "add `## Expected findings`: every finding is expected, or none"),
    }
}

impl Told {
    fn take(&mut self, verdict: Verdict) {
        self.problems.extend(verdict.problems);
        self.edits.extend(verdict.edit);
    }
}

struct Story {
    desk: Desk,
    setup: Setup,
    /// Versions of each price book.
    books: BTreeMap<String, String>,
    has: Inputs,
    files: usize,
    /// The last run's.
    period: Option<String>,
    days: Vec<Found>,
    judged: bool,
}

/// What is asked for by hand: `credit INV-1`, `credit 50 of INV-1`, `credit line 2 of INV-1`, `again INV-1`.
fn by_hand(job: &str) -> Option<Vec<&str>> {
    let (what, rest) = job.split_once(' ')?;
    let (part, number) = rest.split_once(" of ").map_or((None, rest), |(part, number)| (Some(part), number));
    let credit = ["invoice", "credit", number, "--reason", "asked for"];
    match (what, part) {
        ("credit", None) => Some(credit.to_vec()),
        ("credit", Some(part)) => {
            let (flag, value) = part.strip_prefix("line ").map_or(("--amount", part), |line| ("--line", line));
            Some([&credit[..], &[flag, value]].concat())
        }
        ("again", None) => Some(vec!["invoice", "again", number]),
        _ => None,
    }
}

fn inside(line: usize) -> impl Fn(String) -> Problem {
    move |text| Problem { line, text }
}

impl Story {
    fn new(setup: Setup) -> Story {
        Story {
            desk: Desk::new(),
            setup,
            books: BTreeMap::new(),
            has: Inputs::default(),
            files: 0,
            period: None,
            days: Vec::new(),
            judged: false,
        }
    }

    fn input(&mut self, section: &Section, what: &str, of: &str) -> Result<(), Problem> {
        let rows = |kind: &Kind, story: &Story| -> Result<Option<String>, Problem> {
            section.table()?.map(|table| kind.csv(table, &story.setup.unit)).transpose()
        };
        self.files += 1;
        let number = self.files;
        match what {
            "Prices" => {
                let book = if of.is_empty() { "main" } else { of };
                let versions = prices::versions(section)?;
                self.books.entry(book.to_owned()).or_default().push_str(&versions);
            }
            "Calls" => self.write(&format!("raw/calls/{number}.csv"), rows(&CALLS, self)?),
            "Ledger" => {
                self.has.postings = true;
                self.write(&format!("raw/postings/{number}.csv"), rows(&LEDGER, self)?);
            }
            "Balances" => {
                self.has.balances = true;
                self.write(&format!("raw/balances/{number}.csv"), rows(&BALANCES, self)?);
            }
            "Subscriptions" => {
                self.has.balances = true;
                self.subscriptions(section)?;
            }
            "Accounts" => {
                self.has.accounts = true;
                self.write("accounts.csv", rows(&ACCOUNTS, self)?);
            }
            "Keys" => {
                self.has.keys = true;
                self.write("keys.csv", rows(&KEYS, self)?);
            }
            _ => return problem(section.line, format!("no section is called {:?}", section.title)),
        }
        Ok(())
    }

    fn write(&self, path: &str, content: Option<String>) {
        if let Some(content) = content {
            self.desk.write(path, content);
        }
    }

    /// One file a balance, named `ACCOUNT@INSTANT.json`.
    fn subscriptions(&self, section: &Section) -> Result<(), Problem> {
        let Some(table) = section.table()? else { return Ok(()) };
        for row in &table.rows {
            let cell = |name: &str| table.filled(row).find(|(column, _)| *column == name).map(|(_, cell)| cell);
            let (Some(account), Some(at), Some(credits)) = (cell("account"), cell("at"), cell("credits")) else {
                return problem(row.line, "a subscription has account, at and credits");
            };
            let text = |name: &str| cell(name).map(|c| format!("\"{name}\":\"{}\",", seconds(c))).unwrap_or_default();
            let json = format!("{{{}{}{}\"credits\":{credits}}}", text("tier"), text("status"), text("expires_at"));
            self.desk.write(&format!("raw/balances/{account}@{}.json", seconds(at)), json);
        }
        Ok(())
    }

    fn run(&mut self, section: &Section) -> Result<Verdict, Problem> {
        if self.books.is_empty() {
            return problem(section.line, "there are no prices yet: add `## Prices` before the run");
        }
        for (book, versions) in &self.books {
            let head = self.setup.book_head(book);
            self.desk.write(&format!("prices/{book}.toml"), format!("{head}\n{versions}"));
        }
        self.desk.write("trueup.toml", self.setup.file(&self.has));
        let Some(table) = section.table()? else { return problem(section.line, "a run is a row of a table") };
        if table.columns != ["job", "period", "as of", "ends"] {
            return problem(table.line, "a run's columns are job, period, as of, ends");
        }
        let mut verdict = Verdict::default();
        let mut rows = Vec::new();
        for row in &table.rows {
            let [job, period, as_of, ends] = &row.cells[..] else {
                return problem(row.line, "a run has four cells");
            };
            let ran = match by_hand(job) {
                Some(args) => Ran::of(self.desk.command(&args).env("TRUEUP_CLOCK", seconds(as_of)).output().unwrap()),
                None => {
                    self.period = Some(period.clone());
                    let asked = job.strip_prefix("invoice for ");
                    let what =
                        asked.map_or(vec!["run", job], |account| vec!["invoice", "--final", "--account", account]);
                    let when = ["--period", period, "--as-of", &seconds(as_of), "--format", "csv"];
                    self.desk.run(&[what.as_slice(), &when].concat())
                }
            };
            if *ends != ran.code.to_string() {
                let text = format!("ends {}, not {ends}: {}", ran.code, ran.stderr.trim());
                verdict.problems.push(Problem { line: row.line, text });
            }
            if by_hand(job).is_none() {
                let days = || found::csv(&ran.stdout).map_err(inside(row.line));
                self.days = if ran.stdout.is_empty() { Vec::new() } else { days()? };
            }
            rows.push(vec![job.clone(), period.clone(), as_of.clone(), ran.code.to_string()]);
        }
        if !verdict.problems.is_empty() {
            let text = aligned(&table.columns, &rows);
            verdict.edit = Some(Edit { first: table.line, last: table.last_line(), text });
        }
        Ok(verdict)
    }

    fn expect(&mut self, section: &Section, what: &str, of: &str) -> Result<Verdict, Problem> {
        let Some(period) = self.period.clone() else {
            return problem(section.line, "nothing was run yet: add `## Run` before what is expected");
        };
        match what {
            "charges" => self.charges(section),
            "receipt" => self.receipt(section, of),
            "findings" => {
                self.judged = true;
                let found = found::findings(&self.print(section, &["findings", "--format", "jsonl"])?);
                let found = found.map_err(inside(section.line))?;
                compare(section, &found::FINDING[..6], &found::FINDING, &found)
            }
            "rejects" => {
                let found = self.print(section, &["rejects", "--format", "csv"])?;
                let found = found::csv(&found).map_err(inside(section.line))?;
                compare(section, &["kind", "field", "reason"], &["kind", "place", "field", "reason"], &found)
            }
            "days" => compare_all(section, &self.days),
            "classes" | "wallets" => compare_all(section, &self.published(section, &period, of, what)?),
            "documents" => {
                let mut rows = self.published(section, &period, of, what)?;
                for row in &mut rows {
                    let number = row.get("number").cloned().unwrap_or_default();
                    let document = self.document(if of.is_empty() { &period } else { of }, &number);
                    row.insert("corrects".into(), document["corrects"].as_str().unwrap_or_default().into());
                }
                let usual = ["number", "state", "kind", "account", "net", "total"];
                compare(section, &usual, &[&usual[..], &["currency", "corrects", "held", "wallet"]].concat(), &rows)
            }
            "places" => {
                let known = ["account", "place", "calls", "parts", "unit", "amount"];
                compare(section, &known, &known, &self.published(section, &period, of, what)?)
            }
            "proposals" => {
                let rows = self.proposals(section, if of.is_empty() { &period } else { of })?;
                let known = ["account", "wallet", "cause", "calls", "amount"];
                compare(section, &known, &known, &rows)
            }
            "rollup" => {
                let rows = self.published(section, &period, of, what)?;
                let Some(table) = section.table()? else { return compare_all(section, &rows) };
                check_columns(table, &rows)?;
                let known: Vec<&str> = table.columns.iter().map(String::as_str).collect();
                compare(section, &known, &known, &found::summed(&rows, &table.columns))
            }
            _ => problem(section.line, format!("nothing expected is called {what:?}")),
        }
    }

    /// A published CSV file of a period; the last run's, where none is named.
    fn published(&self, section: &Section, last: &str, of: &str, name: &str) -> Result<Vec<Found>, Problem> {
        let period = if of.is_empty() { last } else { of };
        let kind = match period.len() {
            7 => "month",
            8 => "week",
            _ => "day",
        };
        let kind = if matches!(name, "documents" | "places") { "documents" } else { kind };
        let path = self.desk.path().join(format!("out/{kind}/{period}/{name}.csv"));
        match fs::read_to_string(&path) {
            Ok(text) => found::csv(&text).map_err(inside(section.line)),
            Err(_) => problem(section.line, format!("nothing was published for {period}")),
        }
    }

    /// A final document as it was published; null where it has no number yet.
    fn document(&self, period: &str, number: &str) -> Value {
        let path = self.desk.path().join(format!("out/documents/{period}/{number}.json"));
        fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// What every final statement of a period proposes.
    fn proposals(&self, section: &Section, period: &str) -> Result<Vec<Found>, Problem> {
        let mut found = Vec::new();
        for row in self.published(section, period, period, "documents")? {
            let document = self.document(period, row.get("number").map_or("", String::as_str));
            let (account, statement) = (&document["customer"]["account_id"], &document["statement"]);
            for proposal in statement["proposed"].as_array().into_iter().flatten() {
                let text = |value: &Value| value.as_str().map_or(value.to_string(), str::to_owned);
                let cells =
                    [account, &statement["wallet"], &proposal["cause"], &proposal["calls"], &proposal["amount"]];
                let names = ["account", "wallet", "cause", "calls", "amount"];
                found.push(names.iter().map(|n| (*n).to_owned()).zip(cells.map(text)).collect());
            }
        }
        Ok(found)
    }

    fn print(&self, section: &Section, args: &[&str]) -> Result<String, Problem> {
        let ran = self.desk.run(args);
        if ran.code == 0 { Ok(ran.stdout) } else { problem(section.line, format!("{args:?}: {}", ran.stderr.trim())) }
    }

    /// What each call should have cost: as the scenario works it out, and as `explain` says.
    fn charges(&self, section: &Section) -> Result<Verdict, Problem> {
        let Some(table) = section.table()? else { return problem(section.line, "charges are rows of a table") };
        if table.columns != ["call", "arithmetic", "expected"] {
            return problem(table.line, "the columns of charges are call, arithmetic, expected");
        }
        let mut verdict = Verdict::default();
        let mut rows = Vec::new();
        for row in &table.rows {
            let [call, arithmetic, expected] = &row.cells[..] else {
                return problem(row.line, "a charge has three cells");
            };
            let is = found::expected(&self.print(section, &["explain", call])?).unwrap_or_default();
            if !same_amount(&is, expected) {
                let text = format!("{call} is expected to cost {is}, not {expected}");
                verdict.problems.push(Problem { line: row.line, text });
            }
            if let Some((amount, _)) = expected.split_once(' ').filter(|(amount, _)| decimal(amount).is_some()) {
                let worked_out = evaluate(arithmetic).map_err(inside(row.line))?;
                if decimal(amount).as_ref() != Some(&worked_out) {
                    let text = format!("{arithmetic} is {}, not {amount}", show(&worked_out));
                    verdict.problems.push(Problem { line: row.line, text });
                }
            }
            rows.push(vec![call.clone(), arithmetic.clone(), is]);
        }
        if !verdict.problems.is_empty() {
            let text = aligned(&table.columns, &rows);
            verdict.edit = Some(Edit { first: table.line, last: table.last_line(), text });
        }
        Ok(verdict)
    }

    /// Every quoted line stands in the receipt, spaces aside.
    fn receipt(&self, section: &Section, call: &str) -> Result<Verdict, Problem> {
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let receipt = self.print(section, &["explain", call])?;
        let lines: Vec<String> = receipt.lines().map(words).collect();
        let mut verdict = Verdict::default();
        let quotes = section.parts.iter().filter_map(|p| match p {
            Part::Quote(lines) => Some(lines),
            _ => None,
        });
        for (line, wanted) in quotes.flatten().filter(|(_, wanted)| !wanted.trim().is_empty()) {
            if !lines.contains(&words(wanted)) {
                let text = format!("{:?} is not in the receipt:\n{receipt}", wanted.trim());
                verdict.problems.push(Problem { line: *line, text });
            }
        }
        Ok(verdict)
    }
}

fn same_amount(a: &str, b: &str) -> bool {
    let parts = |text: &str| text.split_once(' ').and_then(|(n, unit)| Some((decimal(n)?, unit.to_owned())));
    a == b || (parts(a).is_some() && parts(a) == parts(b))
}

fn check_columns(table: &Table, rows: &[Found]) -> Result<(), Problem> {
    let strange = |row: &Found| table.columns.iter().find(|c| !row.contains_key(*c)).cloned();
    match rows.first().and_then(|row| Some((strange(row)?, row))) {
        Some((column, row)) => {
            let known: Vec<&str> = row.keys().map(String::as_str).collect();
            problem(table.line, format!("no column {column:?} here; known are {}", known.join(", ")))
        }
        None => Ok(()),
    }
}

/// Every column the rows have may be asked for.
fn compare_all(section: &Section, rows: &[Found]) -> Result<Verdict, Problem> {
    if let (Some(table), false) = (section.table()?, rows.is_empty()) {
        check_columns(table, rows)?;
    }
    let mut known: Vec<&str> = rows.first().map(|row| row.keys().map(String::as_str).collect()).unwrap_or_default();
    if let (Some(table), true) = (section.table()?, known.is_empty()) {
        known = table.columns.iter().map(String::as_str).collect();
    }
    compare(section, &known, &known, rows)
}
