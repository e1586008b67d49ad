//! Aligned text for a terminal, readable without colour.

use super::plain::{self, short, visible};
use crate::report::{Cell, Table, thousands};

/// Characters of a text that are shown.
const MOST: usize = 240;

/// Columns padded to their widest cell, numbers to the right and on their decimal point.
pub fn to_text(table: &Table) -> String {
    let columns = table.columns.len();
    let places: Vec<usize> =
        (0..columns).map(|c| table.rows.iter().map(|r| decimals(&r[c])).max().unwrap_or(0)).collect();
    let shown: Vec<Vec<String>> =
        table.rows.iter().map(|row| row.iter().zip(&places).map(|(cell, p)| aligned(cell, *p)).collect()).collect();
    let header: Vec<String> = table.columns.iter().map(|c| c.name.clone()).collect();
    let width: Vec<usize> =
        (0..columns).map(|c| shown.iter().chain([&header]).map(|r| wide(&r[c])).max().unwrap_or(0)).collect();
    let right: Vec<bool> = (0..columns).map(|c| table.rows.iter().any(|r| r[c].is_number())).collect();
    let mut out = String::new();
    for row in std::iter::once(&header).chain(&shown) {
        let mut line = String::new();
        for (c, text) in row.iter().enumerate() {
            let pad = " ".repeat(width[c] - wide(text));
            let gap = if c == 0 { "" } else { "  " };
            line.push_str(&if right[c] { format!("{gap}{pad}{text}") } else { format!("{gap}{text}{pad}") });
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// Amounts with thousands apart and padded behind the point, so that points stand under points.
fn aligned(cell: &Cell, places: usize) -> String {
    match cell {
        Cell::Amount(amount) => {
            let text = amount.to_string();
            let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
            let point = if places == 0 {
                ""
            } else if fraction.is_empty() {
                " "
            } else {
                "."
            };
            format!("{}{point}{fraction:<places$}", thousands(whole))
        }
        Cell::Count(count) => thousands(&count.to_string()),
        Cell::Text(text) => visible(&short(text, MOST)),
        other => other.plain(),
    }
}

fn decimals(cell: &Cell) -> usize {
    match cell {
        Cell::Amount(amount) => plain::decimals(*amount),
        _ => 0,
    }
}

/// Terminal cells of a text: East Asian wide characters and emoji take two.
fn wide(text: &str) -> usize {
    text.chars()
        .map(|c| match u32::from(c) {
            0x0300..=0x036F | 0x200B..=0x200F | 0xFE00..=0xFE0F => 0,
            0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFE30..=0xFE6F => 2,
            0xFF00..=0xFF60 | 0xFFE0..=0xFFE6 | 0x1F300..=0x1FAFF | 0x20000..=0x3FFFD => 2,
            _ => 1,
        })
        .sum()
}

/// Lines for a terminal in which nothing acts: no escape sequence, no turned direction.
pub fn on_terminal(text: &str) -> String {
    text.split('\n').map(visible).collect::<Vec<_>>().join("\n")
}
