//! Tables with their numbers on the decimal point.

use maud::{Markup, html};

use super::super::plain::{PLACES, cut, decimals, short, visible};
use super::name;
use crate::domain::money::Amount;
use crate::domain::period::{Instant, Zone};
use crate::report::{Cell, Listing, grouped, minus, thousands};

/// A caption that only says the heading above it again is there for those who do not see.
pub(super) fn listing(zone: Zone, listing: &Listing, heading: &str) -> Markup {
    let table = &listing.table;
    if table.rows.is_empty() {
        return html! { p.none { @if !listing.caption.is_empty() { (name(&listing.caption)) ": " } (listing.none) } };
    }
    let rows = || table.rows.iter().chain(listing.total.as_ref());
    let places: Vec<usize> = (0..table.columns.len())
        .map(|c| rows().map(|r| if listing.exact { exact_places(&r[c]) } else { places(&r[c]) }).max().unwrap_or(0))
        .collect();
    let right: Vec<bool> = (0..table.columns.len()).map(|c| rows().any(|r| r[c].is_number())).collect();
    html! {
        div.scroll tabindex="0" role="region" aria-label=(name(&listing.caption)) {
            table {
                caption class=[(listing.caption == heading).then_some("same")] { (name(&listing.caption)) }
                thead {
                    tr { @for (column, right) in table.columns.iter().zip(&right) {
                        th scope="col" class=[right.then_some("n")] { (visible(&column.name)) }
                    } }
                }
                tbody { @for (i, row) in table.rows.iter().enumerate() {
                    (line(zone, row, &places, &right, (listing.links.get(i).and_then(Option::as_deref), listing.strong.contains(&i))))
                } }
                @if let Some(total) = &listing.total { tfoot { (line(zone, total, &places, &right, (None, false))) } }
            }
        }
        @if let Some(more) = &listing.more {
            p.more { "and " (thousands(&more.rows.to_string())) " more, in " a href=(more.file) { (more.file) } }
        }
    }
}

fn line(zone: Zone, row: &[Cell], places: &[usize], right: &[bool], (link, strong): (Option<&str>, bool)) -> Markup {
    html! {
        tr class=[strong.then_some("strong")] { @for (c, cell) in row.iter().enumerate() {
            @let class = right[c].then_some("n");
            @if c == 0 {
                th scope="row" class=[class] {
                    @if let Some(href) = link { a href=(href) { (show(zone, cell, places[c])) } }
                    @else { (show(zone, cell, places[c])) }
                }
            } @else {
                td class=[class] { (show(zone, cell, places[c])) }
            }
        } }
    }
}

/// Characters of a cell.
const MOST: usize = 160;
/// Characters of a word that is not broken.
const WORD: usize = 24;

/// A text that may be of either direction, broken inside words only where they are very long.
fn said(text: &str) -> Markup {
    let longest = text.split_whitespace().map(|word| word.chars().count()).max().unwrap_or(0);
    let class = match (longest > WORD, text.contains(' ')) {
        (true, _) => Some("long"),
        (false, false) => Some("word"),
        _ => None,
    };
    html! { bdi class=[class] { (text) } }
}

/// Places a cell would like to be shown with.
pub(super) fn places(cell: &Cell) -> usize {
    match cell {
        Cell::Amount(amount) => decimals(cut(*amount)).min(PLACES as usize),
        _ => 0,
    }
}

fn exact_places(cell: &Cell) -> usize {
    match cell {
        Cell::Amount(amount) => decimals(*amount),
        _ => 0,
    }
}

/// A cell outside of any column, with as many places as its neighbours.
pub(super) fn alone(cell: &Cell, places: usize) -> Markup {
    show(Zone::UTC, cell, places)
}

fn show(zone: Zone, cell: &Cell, places: usize) -> Markup {
    match cell {
        Cell::Empty => html! {},
        Cell::Text(text) => said(&short(&visible(text), MOST)),
        Cell::Amount(value) => amount(*value, places),
        Cell::Count(count) => html! { (minus(&thousands(&count.to_string()))) },
        Cell::Share(_) => html! { (minus(&cell.plain().replace('%', " %"))) },
        Cell::Instant(at) => moment(zone, *at),
        Cell::Day(day) => html! { time datetime=(day) { (day) } },
    }
}

/// The exact amount is kept where it is not shown in full.
fn amount(value: Amount, places: usize) -> Markup {
    if value.is_zero() {
        // Its digits behind the point only hold the place.
        let fraction = grouped(value, places).split_off(1);
        return html! { span.nil { "0" span.pad aria-hidden="true" { (fraction) } } };
    }
    let shown = if decimals(value) <= places { value } else { cut(value) };
    let text = minus(&grouped(shown, places));
    html! { @if shown == value { (text) } @else { data value=(value) { (text) } } }
}

/// Local time to the second; the offset is in the attribute.
fn moment(zone: Zone, at: Instant) -> Markup {
    let full = zone.show(at);
    let text = full.get(..19).unwrap_or(&full).replacen('T', " ", 1);
    html! { time datetime=(full) { (text) } }
}
