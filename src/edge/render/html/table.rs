//! Tables with their numbers on the decimal point.

use maud::{Markup, html};

use super::super::plain::{PLACES, cut, decimals, grouped, short, thousands, visible};
use super::{MOST, name};
use crate::domain::money::Amount;
use crate::domain::period::{Instant, Zone};
use crate::domain::report::{Cell, Listing};

pub(super) fn listing(zone: Zone, listing: &Listing) -> Markup {
    let table = &listing.table;
    if table.rows.is_empty() {
        return html! { p.none { @if !listing.caption.is_empty() { (name(&listing.caption)) ": " } (listing.none) } };
    }
    let rows = || table.rows.iter().chain(listing.total.as_ref());
    let places: Vec<usize> =
        (0..table.columns.len()).map(|c| rows().map(|r| places(&r[c])).max().unwrap_or(0)).collect();
    let right: Vec<bool> = (0..table.columns.len()).map(|c| rows().any(|r| r[c].is_number())).collect();
    html! {
        div.scroll tabindex="0" role="region" aria-label=(name(&listing.caption)) {
            table {
                caption { (name(&listing.caption)) }
                thead {
                    tr { @for (column, right) in table.columns.iter().zip(&right) {
                        th scope="col" class=[right.then_some("n")] { (visible(&column.name)) }
                    } }
                }
                tbody { @for (i, row) in table.rows.iter().enumerate() {
                    (line(zone, row, &places, &right, listing.links.get(i).and_then(Option::as_deref)))
                } }
                @if let Some(total) = &listing.total { tfoot { (line(zone, total, &places, &right, None)) } }
            }
        }
        @if let Some(more) = &listing.more {
            p.more { "and " (thousands(&more.rows.to_string())) " more, in " a href=(more.file) { (more.file) } }
        }
    }
}

fn line(zone: Zone, row: &[Cell], places: &[usize], right: &[bool], link: Option<&str>) -> Markup {
    html! {
        tr { @for (c, cell) in row.iter().enumerate() {
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

/// Places a cell would like to be shown with.
fn places(cell: &Cell) -> usize {
    match cell {
        Cell::Amount(amount) => decimals(cut(*amount)).min(PLACES as usize),
        _ => 0,
    }
}

/// A cell outside of any column.
pub(super) fn alone(cell: &Cell) -> Markup {
    show(Zone::UTC, cell, places(cell))
}

fn show(zone: Zone, cell: &Cell, places: usize) -> Markup {
    match cell {
        Cell::Empty => html! {},
        Cell::Text(text) => html! { bdi { (short(&visible(text), MOST)) } },
        Cell::Amount(value) => amount(*value, places),
        Cell::Count(count) => html! { (minus(&thousands(&count.to_string()))) },
        Cell::Share(_) => html! { (minus(&cell.plain().replace('%', " %"))) },
        Cell::Instant(at) => moment(zone, *at),
        Cell::Day(day) => html! { time datetime=(day) { (day) } },
    }
}

/// The exact amount is kept where it is not shown in full.
fn amount(value: Amount, places: usize) -> Markup {
    let shown = cut(value);
    let text = minus(&grouped(shown, places));
    html! { @if shown == value { (text) } @else { data value=(value) { (text) } } }
}

fn minus(text: &str) -> String {
    text.replacen('-', "−", 1)
}

/// Local time to the second; the offset is in the attribute.
fn moment(zone: Zone, at: Instant) -> Markup {
    let full = zone.show(at);
    let text = full.get(..19).unwrap_or(&full).replacen('T', " ", 1);
    html! { time datetime=(full) { (text) } }
}
