//! What every writer for people's eyes does to numbers and names.

use crate::domain::money::{Amount, Mode};

/// Decimal places shown where there is no room for all.
pub(super) const PLACES: u32 = 8;

/// Decimal places an amount is written with.
pub(super) fn decimals(amount: Amount) -> usize {
    amount.to_string().split_once('.').map_or(0, |(_, f)| f.len())
}

/// An amount for people: cut to [`PLACES`], unless that would hide that it is not 0.
pub(super) fn cut(amount: Amount) -> Amount {
    let short = amount.round(PLACES, Mode::HalfEven).unwrap_or(amount);
    if short.is_zero() { amount } else { short }
}

/// Text in which nothing acts: control characters, and those that turn the direction of writing or
/// cannot be seen, become U+FFFD.
pub(super) fn visible(text: &str) -> String {
    text.chars().map(|c| if acts(c) { '\u{fffd}' } else { c }).collect()
}

fn acts(c: char) -> bool {
    let hidden = matches!(c, '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    c.is_control() || hidden
}

/// The beginning of a text, with an ellipsis where there is more.
pub(super) fn short(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// Text that a spreadsheet would take for a formula, or begins with what it drops (CWE-1236).
pub(super) fn is_risky(text: &str) -> bool {
    let risky = |c: char| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\0' | '＝' | '＋' | '－' | '＠');
    text.trim_start().starts_with(risky) || text.starts_with(risky)
}
