//! A customer's own page: what was used and charged, and nothing about anybody else.

use std::collections::BTreeMap;

use super::super::dimension::{Along, Sums, along_table, input_tokens, output_tokens};
use super::super::table::{Cell, Table};
use super::lists::{Named, ROWS, curve, day_slots, largest_of, models, name_cell, period_name, span_name};
use super::{Block, Figure, Link, Listing, Page, Section, Tone, count_of};
use crate::domain::money::Amount;
use crate::domain::period::{Day, Instant, Period, PeriodKind, Zone};
use crate::domain::rollup::Measures;

/// One call as its customer sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CallLine {
    pub started_at: Instant,
    pub call_id: String,
    pub attempt: u32,
    pub model: String,
    pub api_key_id: String,
    /// `ok`, `error` or `cancelled`, and the HTTP status where it is known.
    pub outcome: &'static str,
    pub status: Option<u16>,
    pub input_tokens: i64,
    pub cached_tokens: i64,
    pub output_tokens: i64,
    pub unit: String,
    /// As the gateway recorded it.
    pub charge: Option<Amount>,
    /// As the ledger debited it.
    pub debited: Option<Amount>,
}

/// One account's part of a period.
#[derive(Debug)]
pub(crate) struct CustomerFacts<'a> {
    pub(crate) account_id: &'a str,
    pub(crate) name: &'a str,
    pub(crate) period: Period,
    pub(crate) zone: Zone,
    /// Sums of this account alone.
    pub(crate) sums: &'a Sums,
    /// The newest calls, newest first.
    pub(crate) latest: &'a [CallLine],
    pub(crate) calls: u64,
    /// Files with every call, in order.
    pub(crate) files: &'a [String],
}

/// One row a call, for its file.
pub(crate) fn call_table<'a>(calls: impl IntoIterator<Item = &'a CallLine>) -> Table {
    let columns = [
        "started_at",
        "call_id",
        "attempt",
        "model",
        "api_key_id",
        "outcome",
        "status",
        "input_tokens",
        "cached_tokens",
        "output_tokens",
        "unit",
        "charge",
        "debited",
    ];
    let mut table = Table::new(&columns);
    for c in calls {
        table.push(vec![
            c.started_at.into(),
            c.call_id.as_str().into(),
            u64::from(c.attempt).into(),
            c.model.as_str().into(),
            c.api_key_id.as_str().into(),
            c.outcome.into(),
            c.status.map(u64::from).into(),
            Cell::Count(c.input_tokens),
            Cell::Count(c.cached_tokens),
            Cell::Count(c.output_tokens),
            c.unit.as_str().into(),
            c.charge.into(),
            c.debited.into(),
        ]);
    }
    table
}

/// The same for a page, with what belongs together in one cell, and the unit only where there are several.
fn call_list(calls: &[CallLine], units: usize) -> Table {
    let columns = ["Time", "Call", "Model", "Key", "Status", "Input", "Cached", "Output", "Charge", "Debited", "Unit"];
    let columns = &columns[..columns.len() - usize::from(units < 2)];
    let mut table = Table::new(columns);
    for c in calls {
        let call = if c.attempt == 1 { c.call_id.clone() } else { format!("{} (attempt {})", c.call_id, c.attempt) };
        let status = c.status.map_or(c.outcome.to_owned(), |status| format!("{} {status}", c.outcome));
        let mut row: Vec<Cell> = vec![
            c.started_at.into(),
            call.into(),
            c.model.as_str().into(),
            c.api_key_id.as_str().into(),
            status.into(),
            Cell::Count(c.input_tokens),
            Cell::Count(c.cached_tokens),
            Cell::Count(c.output_tokens),
            c.charge.into(),
            c.debited.into(),
            c.unit.as_str().into(),
        ];
        row.truncate(columns.len());
        table.push(row);
    }
    table
}

pub(crate) fn customer_page(facts: &CustomerFacts<'_>) -> Page {
    let who = if facts.name.is_empty() { facts.account_id } else { facts.name };
    let mut page = Page {
        title: format!("Usage in {}", period_name(facts.period)),
        subtitle: vec![
            who.to_owned(),
            format!("account {}", facts.account_id),
            format!("{}, days of {}", span_name(facts.period), facts.zone.name()),
        ],
        trail: Vec::new(),
        sections: vec![top(facts)],
        foot: vec![
            "Charges are as the gateway recorded them with each call; debits as the account's ledger shows them."
                .to_owned(),
            "Amounts here have at most 8 decimal places; the files beside this page have every digit.".to_owned(),
        ],
        zone: facts.zone,
    };
    page.sections.push(by_day(facts));
    let keys = Named {
        title: "Keys",
        heads: &["Key"],
        cells: &|k: &(String, String)| vec![name_cell(&k.1)],
        bar: &|k: &(String, String)| k.1.clone(),
        link: &|_: &(String, String)| None,
        file: "by-key.csv",
        for_customer: true,
    };
    page.sections.push(models(facts.sums, true));
    let blocks = largest_of(facts.sums, &facts.sums.key, &keys);
    page.sections.push(Section { blocks, ..Section::new("keys", "By key", "") });
    page.sections.push(calls(facts));
    page
}

fn top(facts: &CustomerFacts<'_>) -> Section {
    let figure = |label: &str, value: Cell, unit: &str, note: String| Figure {
        label: label.to_owned(),
        value,
        unit: unit.to_owned(),
        note,
        tone: Tone::Plain,
    };
    let mut section = Section::new("total", "In total", "");
    for (unit, m) in &facts.sums.unit {
        section.blocks.push(Block::Figures(vec![
            figure("Charged", m.recorded.into(), unit, "for all calls".into()),
            figure("Debited", m.posted.into(), unit, "from the account".into()),
            figure("Calls", m.calls.into(), "", format!("on {}", count_of(days_used(&facts.sums.day, unit), "day"))),
            figure("Input tokens", Cell::Count(input_tokens(m)), "", "cached ones included".into()),
            figure("Output tokens", Cell::Count(output_tokens(m)), "", "reasoning included".into()),
        ]));
    }
    section
}

fn days_used(days: &Along<Day>, unit: &str) -> u64 {
    days.iter().filter(|(k, m)| k.1 == unit && m.calls > 0).count() as u64
}

/// The daily curve, its days, and the weeks they are in.
fn by_day(facts: &CustomerFacts<'_>) -> Section {
    let mut section = Section::new("days", "By day and week", "");
    for (unit, whole) in &facts.sums.unit {
        let title = format!("Charged per day, {unit}");
        let about = "One column a day, stacked by model. The table below has the same days with their sums.";
        let slots = day_slots(facts.period);
        let chart = curve(slots, (unit, whole), &facts.sums.day_model, &facts.sums.model, (title, about));
        let mut days = day_like("Day");
        let mut weeks: BTreeMap<Period, Measures> = BTreeMap::new();
        for ((day, of), m) in &facts.sums.day {
            if of == unit {
                days.push(row((*day).into(), m));
                // Sums of a unit that fits as a whole fit in part.
                let _ = weeks.entry(PeriodKind::Week.containing(*day)).or_default().add(m);
            }
        }
        let total = Some(row(Cell::text("All"), whole));
        let listing = Listing { total, ..Listing::new(format!("Days, amounts in {unit}"), days) };
        section.blocks.push(Block::Chart(chart, listing));
        let mut table = day_like("Week");
        for (week, m) in &weeks {
            table.push(row(Cell::text(week.to_string()), m));
        }
        let caption = format!("ISO weeks, as far as they lie in the period, amounts in {unit}");
        section = section.list(Listing::new(caption, table));
    }
    section
}

fn day_like(first: &str) -> Table {
    Table::new(&[first, "Calls", "Input tokens", "Output tokens", "Charged", "Debited"])
}

fn row(name: Cell, m: &Measures) -> Vec<Cell> {
    vec![
        name,
        m.calls.into(),
        Cell::Count(input_tokens(m)),
        Cell::Count(output_tokens(m)),
        m.recorded.into(),
        m.posted.into(),
    ]
}

fn calls(facts: &CustomerFacts<'_>) -> Section {
    let shown = facts.latest.len() as u64;
    let lead = match facts.calls.saturating_sub(shown) {
        0 => "Every call, newest first.".to_owned(),
        rest => format!("The newest {shown} calls; {} earlier ones are in the file.", super::thousands(rest)),
    };
    let units: Vec<&str> = facts.sums.units().collect();
    let caption = format!("Newest calls, amounts in {}", units.join(", "));
    let listing = Listing::new(caption, call_list(facts.latest, units.len())).or("There were no calls.");
    let links = facts.files.iter().map(|f| Link::new(format!("{f}: every call with every digit"), f.clone()));
    Section::new("calls", "Calls", lead).list(listing).with(Block::Links(links.collect()))
}

/// Tables the page has to cut, by file name: beside it they are whole.
pub(crate) fn customer_tables(sums: &Sums) -> Vec<(&'static str, Table)> {
    let is_cut = |rows: usize| rows > ROWS;
    let mut tables = Vec::new();
    if is_cut(sums.model.len()) {
        tables.push(("by-model.csv", along_table(sums, &sums.model, &["model"], |m| vec![m.as_str().into()])));
    }
    if is_cut(sums.key.len()) {
        tables.push(("by-key.csv", along_table(sums, &sums.key, &["api_key_id"], |k| vec![k.1.as_str().into()])));
    }
    tables
}
