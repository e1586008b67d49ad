//! The lists and charts that several pages show.

use std::collections::BTreeMap;

use super::super::dimension::{Along, Drawn, Sums, input_tokens, largest, output_tokens};
use super::super::scale::share_of;
use super::super::table::{Cell, Table};
use super::chart::{Bar, Bars, Chart, Columns, Series, Slot};
use super::{Block, Listing, Section, count_of};
use crate::domain::money::Amount;
use crate::domain::period::{Day, Period, PeriodKind};
use crate::domain::rollup::Measures;

/// Rows of a list on a page; the rest is in its file.
pub(super) const ROWS: usize = 20;
/// Bars of a chart.
pub(super) const BARS: usize = 10;
/// Series told apart by colour; everything else is one more.
pub(super) const SERIES: usize = 5;

/// What a list is along.
pub(super) struct Named<'a, K> {
    pub(super) title: &'a str,
    /// Headings of the cells that name a group.
    pub(super) heads: &'a [&'a str],
    pub(super) cells: &'a dyn Fn(&K) -> Vec<Cell>,
    /// What a bar is called.
    pub(super) bar: &'a dyn Fn(&K) -> String,
    pub(super) link: &'a dyn Fn(&K) -> Option<String>,
    pub(super) file: &'a str,
    /// For the customer: what was charged and debited, nothing that was recomputed.
    pub(super) for_customer: bool,
}

/// The largest groups of each unit: bars, and under them their figures.
pub(super) fn largest_of<K: Ord>(sums: &Sums, along: &Along<K>, named: &Named<'_, K>) -> Vec<Block> {
    let mut blocks = Vec::new();
    for (unit, whole) in &sums.unit {
        let drawn = Drawn::of(whole);
        let groups = largest(along, unit, drawn);
        let bars = groups.iter().take(BARS).map(|(k, m)| Bar {
            name: (named.bar)(k),
            value: drawn.amount(m),
            share: share_of(drawn.amount(m), drawn.amount(whole)),
        });
        let chart = Chart::Bars(Bars {
            title: match named.for_customer {
                true => format!("{}, {unit}", named.title),
                false => format!("{}, {} in {unit}", named.title, drawn.name()),
            },
            about: format!(
                "The largest {} of {}, each with its share of the whole.",
                BARS.min(groups.len()),
                groups.len()
            ),
            unit: unit.clone(),
            bars: bars.collect(),
        });
        let columns: &[&str] = match named.for_customer {
            true => &["Calls", "Input tokens", "Output tokens", "Charged", "Debited", "Share"],
            false => &["Calls", "Input tokens", "Output tokens", "Expected", "Recorded", "Debited", "Share"],
        };
        let mut table = Table::new(&[named.heads, columns].concat());
        let mut listing = Listing::default();
        for (k, m) in &groups {
            let mut row = (named.cells)(k);
            row.extend(numbers(m, named.for_customer));
            row.push(share_of(drawn.amount(m), drawn.amount(whole)).map(Cell::Share).into());
            table.push(row);
            listing.links.push((named.link)(k));
        }
        let mut total = vec![Cell::Empty; named.heads.len()];
        total[0] = Cell::text("All");
        total.extend(numbers(whole, named.for_customer));
        total.push(Cell::Share(1000));
        let caption = format!("{}, amounts in {unit}", named.title);
        let listing = Listing { links: listing.links, total: Some(total), ..Listing::new(caption, table) };
        blocks.push(Block::Chart(chart, listing.cut(ROWS, named.file)));
    }
    blocks
}

/// The largest models, with bars.
pub(super) fn models(sums: &Sums, for_customer: bool) -> Section {
    let named = Named {
        title: "Models",
        heads: &["Model"],
        cells: &|k: &String| vec![name_cell(k)],
        bar: &|k: &String| k.clone(),
        link: &|_: &String| None,
        file: "by-model.csv",
        for_customer,
    };
    Section { blocks: largest_of(sums, &sums.model, &named), ..Section::new("models", "By model", "") }
}

fn numbers(m: &Measures, for_customer: bool) -> Vec<Cell> {
    let mut row = vec![m.calls.into(), Cell::Count(input_tokens(m)), Cell::Count(output_tokens(m))];
    if !for_customer {
        row.push(m.expected.into());
    }
    row.extend([Cell::from(m.recorded), m.posted.into()]);
    row
}

/// The days of a period as places on an axis.
pub(super) fn day_slots(period: Period) -> Vec<(Day, Slot)> {
    period.days().map(|d| (d, Slot { name: day_name(d), mark: mark(period, d) })).collect()
}

/// Hours of a day; every third has its mark.
pub(super) fn hour_slots() -> Vec<(u32, Slot)> {
    let mark = |hour: u32| if hour.is_multiple_of(3) { format!("{hour:02}") } else { String::new() };
    (0..24).map(|h| (h, Slot { name: format!("{h:02}:00 to {:02}:00", h + 1), mark: mark(h) })).collect()
}

/// Columns over time, stacked by model: the largest apart, the rest as one.
pub(super) fn curve<K: Ord + Copy>(
    slots: Vec<(K, Slot)>,
    (unit, whole): (&str, &Measures),
    along: &Along<(K, String)>,
    models: &Along<String>,
    (title, about): (String, &str),
) -> Chart {
    let drawn = Drawn::of(whole);
    let order: Vec<&String> = largest(models, unit, drawn).into_iter().map(|(model, _)| model).collect();
    let place: BTreeMap<K, usize> = slots.iter().enumerate().map(|(i, (k, _))| (*k, i)).collect();
    let apart = &order[..order.len().min(SERIES)];
    let empty = |name: String| Series { name, values: vec![Amount::ZERO; slots.len()] };
    let mut series: Vec<Series> = apart.iter().map(|name| empty(shown(name))).collect();
    if order.len() > SERIES {
        series.push(empty(count_of((order.len() - SERIES) as u64, "other")));
    }
    for (((at, name), of), m) in along {
        let (Some(slot), true) = (place.get(at), of == unit) else { continue };
        let index = apart.iter().position(|n| *n == name).unwrap_or(SERIES);
        if let Some(series) = series.get_mut(index) {
            let value = &mut series.values[*slot];
            *value = value.checked_add(drawn.amount(m)).unwrap_or(*value);
        }
    }
    let slots = slots.into_iter().map(|(_, slot)| slot).collect();
    Chart::Columns(Columns { title, about: about.to_owned(), unit: unit.to_owned(), slots, series })
}

fn shown(name: &str) -> String {
    if name.is_empty() { "not named".to_owned() } else { name.to_owned() }
}

/// An empty name in words.
pub(super) fn name_cell(name: &str) -> Cell {
    Cell::text(shown(name))
}

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

pub(super) fn day_name(day: Day) -> String {
    format!("{} {day}", WEEKDAYS[day.weekday() as usize % 7])
}

/// Every day of a week, every fifth of a month.
fn mark(period: Period, day: Day) -> String {
    let n = day.of_month();
    match period.kind() {
        PeriodKind::Month if n != 1 && !n.is_multiple_of(5) => String::new(),
        PeriodKind::Month => n.to_string(),
        _ => format!("{} {n}", WEEKDAYS[day.weekday() as usize % 7]),
    }
}

/// A period's days as people name them.
pub(super) fn period_name(period: Period) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let month = |day: Day| MONTHS[(day.month() as usize + 11) % 12];
    let full = |day: Day| format!("{} {} {}", day.of_month(), month(day), day.year());
    match period.kind() {
        PeriodKind::Day => full(period.first()),
        PeriodKind::Week => format!("Week {period}"),
        PeriodKind::Month => format!("{} {}", month(period.first()), period.first().year()),
    }
}

/// First to last day.
pub(super) fn span_name(period: Period) -> String {
    let last = period.end().previous();
    match period.kind() {
        PeriodKind::Day => day_name(period.first()),
        _ => format!("{} to {}", day_name(period.first()), day_name(last)),
    }
}
