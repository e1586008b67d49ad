//! Numbers, instants and strings as the files write them.

use std::fmt::Write as _;

/// Amounts here are counts of 10^-18, as everywhere in the house.
pub(super) const ONE: i128 = 1_000_000_000_000_000_000;

/// Digits by hand: `write!` would take half the time of a whole month.
fn digits(out: &mut String, mut number: u64, width: usize) {
    let mut places = [b'0'; 20];
    let mut at = places.len();
    while number > 0 || places.len() - at < width.max(1) {
        at -= 1;
        places[at] = b'0' + u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
    }
    out.extend(places[at..].iter().map(|d| char::from(*d)));
}

fn padded(out: &mut String, number: i64, width: usize) {
    digits(out, number.unsigned_abs(), width);
}

/// A decimal without trailing zeros.
pub(super) fn decimal(out: &mut String, atoms: i128) {
    if atoms < 0 {
        out.push('-');
    }
    let (size, one) = (atoms.unsigned_abs(), ONE.unsigned_abs());
    let (whole, fraction) = match u64::try_from(size) {
        Ok(small) => (u128::from(small / 1_000_000_000_000_000_000), small % 1_000_000_000_000_000_000),
        Err(_) => (size / one, u64::try_from(size % one).unwrap_or(0)),
    };
    match u64::try_from(whole) {
        Ok(whole) => digits(out, whole, 1),
        Err(_) => out.push_str(&whole.to_string()),
    }
    if fraction > 0 {
        out.push('.');
        digits(out, fraction, 18);
        out.truncate(out.trim_end_matches('0').len());
    }
}

pub(super) fn shown(atoms: i128) -> String {
    let mut out = String::new();
    decimal(&mut out, atoms);
    out
}

/// A decimal with exactly two places; finer digits are cut.
pub(super) fn cents(out: &mut String, atoms: i128) {
    let hundredths = atoms / (ONE / 100);
    let sign = if hundredths < 0 { "-" } else { "" };
    let _ = write!(out, "{sign}{}.{:02}", hundredths.unsigned_abs() / 100, hundredths.unsigned_abs() % 100);
}

/// RFC 3339 at an offset of whole minutes (0: `Z`), with milliseconds where there are any.
pub(super) fn instant(out: &mut String, micros: i64, offset: i64) {
    let local = micros + offset * 60_000_000;
    let (day, rest) = (local.div_euclid(86_400_000_000), local.rem_euclid(86_400_000_000));
    let (year, month, of_month) = civil(day);
    let seconds = rest / 1_000_000;
    let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    padded(out, year, 4);
    for (mark, number) in [('-', month), ('-', of_month), ('T', h), (':', m), (':', s)] {
        out.push(mark);
        padded(out, number, 2);
    }
    let millis = rest / 1000 % 1000;
    if millis > 0 {
        out.push('.');
        padded(out, millis, 3);
    }
    if offset == 0 {
        out.push('Z');
    } else {
        let sign = if offset < 0 { '-' } else { '+' };
        out.push(sign);
        padded(out, offset.abs() / 60, 2);
        out.push(':');
        padded(out, offset.abs() % 60, 2);
    }
}

pub(super) fn shown_instant(micros: i64, offset: i64) -> String {
    let mut out = String::new();
    instant(&mut out, micros, offset);
    out
}

/// Year, month and day of a count of days since 1970-01-01 (eras of 400 years that begin in March).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year + era * 400 + i64::from(month <= 2), month, of_month)
}

/// A JSON string with its quotes.
pub(super) fn quoted(out: &mut String, text: &str) {
    out.push('"');
    if text.bytes().all(|b| b >= 0x20 && b != b'"' && b != b'\\') {
        out.push_str(text);
        out.push('"');
        return;
    }
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if u32::from(c) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// A JSON object under way: members in the order they are put.
pub(super) struct Object<'a>(pub(super) &'a mut String);

impl Object<'_> {
    fn name(&mut self, name: &str) {
        if !self.0.ends_with('{') {
            self.0.push(',');
        }
        self.0.push('"');
        self.0.push_str(name);
        self.0.push_str("\":");
    }

    pub(super) fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        quoted(self.0, value);
    }

    pub(super) fn number(&mut self, name: &str, value: i64) {
        self.name(name);
        if value < 0 {
            self.0.push('-');
        }
        padded(self.0, value, 1);
    }

    pub(super) fn amount(&mut self, name: &str, atoms: i128) {
        self.name(name);
        self.0.push('"');
        decimal(self.0, atoms);
        self.0.push('"');
    }

    pub(super) fn at(&mut self, name: &str, micros: i64, offset: i64) {
        self.name(name);
        self.0.push('"');
        instant(self.0, micros, offset);
        self.0.push('"');
    }

    /// JSON as it stands.
    pub(super) fn raw(&mut self, name: &str, json: &str) {
        self.name(name);
        self.0.push_str(json);
    }
}

/// A CSV row ended by a line feed; cells are quoted where they must be.
pub(super) fn csv_row<S: AsRef<str>>(out: &mut String, cells: &[S]) {
    for (i, cell) in cells.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        let cell = cell.as_ref();
        if cell.contains([',', '"', '\n', '\r']) {
            let _ = write!(out, "\"{}\"", cell.replace('"', "\"\""));
        } else {
            out.push_str(cell);
        }
    }
    out.push('\n');
}
