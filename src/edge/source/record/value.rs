//! One value of one row in any format, and what it may be read as.

use std::borrow::Cow;

use super::raw_text::{RawText, unescape};
use super::report::{MAX_COUNT, MAX_TEXT};
use crate::domain::money::{Amount, Exact, NumberError, SCALE};
use crate::domain::period::{Instant, InstantError, Zone};

/// A value as its format gives it. Borrowed, so that a row costs no allocation to look at; and every
/// payload is made of whole words, which copies much faster than bytes beside words.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Value<'a> {
    /// Not there, null, or an empty CSV cell.
    #[default]
    Absent,
    /// JSON or Parquet text.
    Text(&'a str),
    /// JSON text between its quotes, escapes not yet decoded.
    Escaped(&'a str),
    /// A JSON number as written.
    Number(&'a str),
    True,
    False,
    /// A JSON list or object as written.
    Json(&'a str),
    /// A CSV cell: text, number or whatever its column is.
    Cell(&'a str),
    /// A quoted CSV cell in which quotes are doubled.
    Doubled(&'a str),
    Int(i64),
    /// Mantissa and scale.
    Decimal(&'a i128, i64),
    Float(f64),
    /// Microseconds since 1970, in UTC and on a clock without a zone.
    Micros(i64),
    Local(i64),
    /// A Parquet value of a type no field has.
    Other,
}

/// Why a value is not what its field holds, without the value.
pub(crate) type Reason = Cow<'static, str>;

const NOT_TEXT: Reason = Cow::Borrowed("is not text");
const NOT_WHOLE: Reason = Cow::Borrowed("is not a whole number");
const BAD_ESCAPE: Reason = Cow::Borrowed("is not text: half of a surrogate pair");
const FLOAT: Reason = Cow::Borrowed("is a binary float, which holds no exact amount; write it as decimal or as text");

impl<'a> Value<'a> {
    pub(crate) fn of_bool(value: bool) -> Value<'a> {
        if value { Value::True } else { Value::False }
    }

    pub(crate) fn is_absent(self) -> bool {
        self == Value::Absent
    }

    /// Text of at most [`MAX_TEXT`] bytes, without control characters; empty text is absent.
    pub(crate) fn text(self) -> Result<Option<Cow<'a, str>>, Reason> {
        let text = match self {
            Value::Absent => return Ok(None),
            Value::Text(text) | Value::Cell(text) => Cow::Borrowed(text),
            Value::Escaped(raw) => Cow::Owned(unescape(raw).ok_or(BAD_ESCAPE)?),
            Value::Doubled(raw) => Cow::Owned(raw.replace("\"\"", "\"")),
            _ => return Err(NOT_TEXT),
        };
        if text.len() > MAX_TEXT {
            return Err(format!("is longer than {MAX_TEXT} bytes").into());
        }
        if text.bytes().any(|b| b < 0x20 || b == 0x7f) {
            return Err("has a control character".into());
        }
        Ok((!text.is_empty()).then_some(text))
    }

    /// An amount of at most [`Amount::LARGEST_OF_A_ROW`], and whether it had more places than amounts have and got
    /// rounded.
    pub(crate) fn amount(self) -> Result<Option<(Amount, bool)>, Reason> {
        match self.any_amount()? {
            Some((amount, _)) if !amount.fits_a_row() => Err(beyond(amount)),
            fits => Ok(fits),
        }
    }

    fn any_amount(self) -> Result<Option<(Amount, bool)>, Reason> {
        let amount = match self {
            Value::Absent => return Ok(None),
            Value::Escaped(_) | Value::Doubled(_) => return Err(number_reason(NumberError::NotANumber)),
            Value::Number(text) | Value::Cell(text) | Value::Text(text) => return rounded_amount(text).map(Some),
            Value::Int(whole) => Amount::from_int(whole),
            Value::Decimal(mantissa, scale) => {
                let scale = u32::try_from(scale).map_err(|_| "is a decimal of a negative scale")?;
                return near(Exact::new(*mantissa, scale)).map(Some);
            }
            Value::Float(_) => return Err(FLOAT),
            _ => return Err("is not an amount (a number or text)".into()),
        };
        Ok(Some((amount, false)))
    }

    /// A whole number from 0 to [`MAX_COUNT`].
    pub(crate) fn count(self) -> Result<Option<i64>, Reason> {
        let Some(whole) = self.whole()? else { return Ok(None) };
        match whole {
            0..=MAX_COUNT => Ok(Some(whole)),
            i64::MIN..0 => Err("is below 0".into()),
            _ => Err(format!("is above {MAX_COUNT}").into()),
        }
    }

    /// A whole number of either sign; `42.0` is 42 and `1e3` is 1000.
    pub(crate) fn whole(self) -> Result<Option<i64>, Reason> {
        let whole = match self {
            Value::Absent => return Ok(None),
            Value::Number(text) | Value::Cell(text) => whole_of(text),
            Value::Int(whole) => Some(whole),
            Value::Decimal(mantissa, scale) => {
                u32::try_from(scale).ok().and_then(|scale| Exact::new(*mantissa, scale).at_scale(0)).and_then(fit)
            }
            Value::Float(float) => whole_of_float(float),
            _ => None,
        };
        whole.map(Some).ok_or(NOT_WHOLE)
    }

    /// A time with an offset, or a local one of `zone`.
    pub(crate) fn instant(self, zone: Option<Zone>) -> Result<Option<Instant>, Reason> {
        let parsed = match self {
            Value::Absent => return Ok(None),
            Value::Text(text) | Value::Cell(text) => parse_instant(text, zone),
            Value::Escaped(raw) => parse_instant(&unescape(raw).ok_or(BAD_ESCAPE)?, zone),
            Value::Micros(micros) => Ok(Instant::from_micros(micros)),
            Value::Local(micros) => zone.map_or(Err(InstantError::NoOffset), |z| z.instant_of_local(micros)),
            _ => Err(InstantError::NotATime),
        };
        parsed.map(Some).map_err(|e| instant_reason(e).into())
    }

    pub(crate) fn boolean(self) -> Result<Option<bool>, Reason> {
        match self {
            Value::Absent => Ok(None),
            Value::True => Ok(Some(true)),
            Value::False => Ok(Some(false)),
            // One letter where a database wrote the table.
            Value::Cell(text) if text.eq_ignore_ascii_case("true") || text == "t" => Ok(Some(true)),
            Value::Cell(text) if text.eq_ignore_ascii_case("false") || text == "f" => Ok(Some(false)),
            _ => Err("is not true or false".into()),
        }
    }

    /// A list of texts: in JSON a list, in a cell or text one separated by `;` or `,`.
    pub(crate) fn texts(self) -> Result<Vec<String>, Reason> {
        if let Value::Json(list) = self {
            let list: Vec<Cow<'_, str>> = serde_json::from_str(list).map_err(|_| "is not a list of texts")?;
            return list.into_iter().map(|one| checked(Value::Text(&one))).collect();
        }
        let Some(text) = self.text()? else { return Ok(Vec::new()) };
        text.split([';', ',']).map(|one| checked(Value::Text(one.trim()))).collect()
    }
}

fn checked(one: Value<'_>) -> Result<String, Reason> {
    one.text()?.map(Cow::into_owned).ok_or(Cow::Borrowed("has an empty entry"))
}

fn fit(wide: i128) -> Option<i64> {
    i64::try_from(wide).ok()
}

fn whole_of(text: &str) -> Option<i64> {
    let digits = text.as_bytes();
    if !digits.is_empty() && digits.len() <= 18 && digits.iter().all(u8::is_ascii_digit) {
        return Some(digits.iter().fold(0, |n, d| n * 10 + i64::from(d - b'0')));
    }
    text.parse::<Exact>().ok()?.at_scale(0).and_then(fit)
}

/// Table writers turn whole numbers with gaps into floats; up to 2^53 those are exact.
fn whole_of_float(float: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (float.fract() == 0.0 && float.abs() <= EXACT).then_some(float as i64)
}

/// A number; more than 18 decimals (a float's shortest text) are rounded half-even.
fn rounded_amount(text: &str) -> Result<(Amount, bool), Reason> {
    match text.parse::<Amount>() {
        Ok(amount) => Ok((amount, false)),
        Err(NumberError::TooManyDecimals) => near(text.parse().map_err(number_reason)?),
        Err(NumberError::NotANumber) => {
            Err(spreadsheet(text).unwrap_or_else(|| number_reason(NumberError::NotANumber)))
        }
        Err(other) => Err(number_reason(other)),
    }
}

/// What a spreadsheet makes of numbers.
fn spreadsheet(text: &str) -> Option<Reason> {
    let figures = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b',' | b'.' | b'-' | b'+' | b' '));
    (figures && text.contains(',')).then_some(Cow::Borrowed(
        "is not a decimal number: its comma separates decimals or thousands; write it with a point and nothing else",
    ))
}

fn near(exact: Exact) -> Result<(Amount, bool), Reason> {
    let amount = Amount::from_exact(exact).ok_or_else(|| number_reason(NumberError::TooLarge))?;
    Ok((amount, exact.scale() > SCALE))
}

#[cold]
fn beyond(amount: Amount) -> Reason {
    let (side, most) =
        if amount.is_negative() { ("below", -Amount::LARGEST_OF_A_ROW) } else { ("above", Amount::LARGEST_OF_A_ROW) };
    format!("is {side} {most}, which no amount of one row may be").into()
}

fn number_reason(error: NumberError) -> Reason {
    match error {
        NumberError::NotANumber => "is not a decimal number".into(),
        NumberError::TooManyDecimals => "has more than 18 decimal places".into(),
        NumberError::TooLarge => "has more digits than can be held exactly".into(),
    }
}

fn parse_instant(text: &str, zone: Option<Zone>) -> Result<Instant, InstantError> {
    match zone {
        Some(zone) => Instant::parse_in(text, zone),
        None => Instant::parse(text),
    }
}

fn instant_reason(error: InstantError) -> &'static str {
    match error {
        InstantError::NotATime => "is not an RFC 3339 time such as 2026-10-01T08:00:00+08:00",
        InstantError::NoOffset => "has no offset (such as Z or +08:00) and the source declares no zone",
        InstantError::Nonexistent => "is a local time that does not exist in the declared zone",
        InstantError::Ambiguous => "is a local time that exists twice in the declared zone",
    }
}

/// What a member's name means once its escapes are decoded.
pub(crate) fn name_of(raw: RawText<'_>) -> Result<Cow<'_, str>, Reason> {
    raw.decode().ok_or(Cow::Borrowed("has a name with half of a surrogate pair"))
}
