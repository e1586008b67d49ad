//! Digits as people read them.

use crate::domain::money::Amount;

/// `-1234567` as `-1,234,567`.
pub(crate) fn thousands(whole: &str) -> String {
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |d| ("-", d));
    let mut out = String::from(sign);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Thousands apart, and filled up with zeros to `places`.
pub(crate) fn grouped(amount: Amount, places: usize) -> String {
    let text = amount.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let point = if places == 0 && fraction.is_empty() { "" } else { "." };
    format!("{}{point}{fraction:0<places$}", thousands(whole))
}

/// With the sign that numbers are set with.
pub(crate) fn minus(text: &str) -> String {
    text.replacen('-', "−", 1)
}
