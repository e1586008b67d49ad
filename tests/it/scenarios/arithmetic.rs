//! Exact arithmetic of the scenarios themselves, so that an expected figure is worked out twice.

use num_bigint::BigInt;
use num_rational::BigRational;

type Number = BigRational;

/// `1,234.50` exactly; `None` where it is no decimal number.
pub(super) fn decimal(text: &str) -> Option<Number> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let groups: Vec<&str> = whole.split(',').collect();
    let grouped = groups.len() == 1 || (groups[0].len() <= 3 && groups[1..].iter().all(|g| g.len() == 3));
    let whole = groups.concat();
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !grouped || !is_digits(&whole) || !is_digits(fraction) || digits.ends_with('.') {
        return None;
    }
    let all: BigInt = format!("{whole}{fraction}").parse().ok()?;
    let scale = BigInt::from(10).pow(u32::try_from(fraction.len()).ok()?);
    Some(Number::new(all * sign, scale))
}

/// The shortest decimal; a number that has none is written as a fraction.
pub(super) fn show(number: &Number) -> String {
    let zero = BigInt::from(0);
    let ten = BigInt::from(10);
    let (mut digits, mut scale) = (number.clone(), 0usize);
    while !digits.is_integer() && scale < 60 {
        digits *= &ten;
        scale += 1;
    }
    if !digits.is_integer() {
        return number.to_string();
    }
    let sign = if *number.numer() < zero { "-" } else { "" };
    let text = digits.to_integer().to_string().trim_start_matches('-').to_owned();
    let text = format!("{text:0>width$}", width = scale + 1);
    let (whole, fraction) = text.split_at(text.len() - scale);
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// How two cells are compared: numbers by value, everything else as text.
pub(super) fn canonical(cell: &str) -> String {
    decimal(cell).map_or_else(|| cell.to_owned(), |n| show(&n))
}

/// Works out `3,000 x 2.5 / 1M + 800 x 15 / 1M`; also brackets and `half_up(…, 2)`, `half_even`, `up`,
/// `down` (to so many places), `max(…, …)`, and the suffixes K and M.
pub(super) fn evaluate(text: &str) -> Result<Number, String> {
    let mut reader = Reader { rest: text.trim() };
    let value = reader.sum()?;
    if reader.rest.is_empty() { Ok(value) } else { Err(format!("cannot go on at {:?}", reader.rest)) }
}

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    fn take(&mut self, sign: &str) -> bool {
        match self.rest.trim_start().strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    fn sum(&mut self) -> Result<Number, String> {
        let mut value = self.product()?;
        loop {
            if self.take("+") {
                value += self.product()?;
            } else if self.take("-") {
                value -= self.product()?;
            } else {
                return Ok(value);
            }
        }
    }

    fn product(&mut self) -> Result<Number, String> {
        let mut value = self.factor()?;
        loop {
            if self.take("x ") {
                value *= self.factor()?;
            } else if self.take("/") {
                let divisor = self.factor()?;
                if *divisor.numer() == BigInt::from(0) {
                    return Err("divides by zero".into());
                }
                value /= divisor;
            } else {
                return Ok(value);
            }
        }
    }

    fn factor(&mut self) -> Result<Number, String> {
        if self.take("(") {
            let value = self.sum()?;
            return if self.take(")") { Ok(value) } else { Err("a bracket is never closed".into()) };
        }
        for name in ["half_up", "half_even", "up", "down", "max"] {
            if self.take(&format!("{name}(")) {
                return self.function(name);
            }
        }
        self.number()
    }

    fn number(&mut self) -> Result<Number, String> {
        let bytes = self.rest.as_bytes();
        let part = |at: usize| match bytes[at] {
            b'0'..=b'9' | b'.' => true,
            // A comma between groups of digits, not the one before the next argument.
            b',' => bytes.get(at + 1).is_some_and(u8::is_ascii_digit),
            _ => false,
        };
        let end = (0..bytes.len()).find(|at| !part(*at)).unwrap_or(bytes.len());
        let value =
            decimal(&self.rest[..end]).ok_or_else(|| format!("{:?} does not begin with a number", self.rest))?;
        self.rest = &self.rest[end..];
        let times = if self.take("K") {
            1_000
        } else if self.take("M") {
            1_000_000
        } else {
            1
        };
        self.rest = self.rest.trim_start();
        Ok(value * BigInt::from(times))
    }

    fn function(&mut self, name: &str) -> Result<Number, String> {
        let value = self.sum()?;
        if !self.take(",") {
            return Err(format!("{name} needs two arguments"));
        }
        let second = self.sum()?;
        if !self.take(")") {
            return Err(format!("{name}( is never closed"));
        }
        if name == "max" {
            return Ok(value.max(second));
        }
        let places = u32::try_from(second.to_integer()).map_err(|_| format!("{name} needs a number of places"))?;
        Ok(rounded(&value, name, places))
    }
}

fn rounded(value: &Number, mode: &str, places: u32) -> Number {
    let scale = Number::from(BigInt::from(10).pow(places));
    let zero = Number::from(BigInt::from(0));
    let negative = *value < zero;
    let size = if negative { -value.clone() } else { value.clone() } * &scale;
    let (floor, half) = (size.floor(), Number::new(1.into(), 2.into()));
    let rest = &size - &floor;
    let even = (floor.to_integer() % BigInt::from(2)) == BigInt::from(0);
    let raise = match mode {
        "up" => rest > zero,
        "half_up" => rest >= half,
        "half_even" => rest > half || (rest == half && !even),
        _ => false,
    };
    let size = if raise { floor + BigInt::from(1) } else { floor };
    (if negative { -size } else { size }) / scale
}
