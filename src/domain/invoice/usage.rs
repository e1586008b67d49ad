//! Lines of an invoice on usage.

use std::collections::BTreeMap;

use super::document::{Line, LineKind, Rate};
use crate::domain::money::{Amount, Units};
use crate::domain::period::{Instant, Period};

/// What calls are put together by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UsageKey {
    pub model: String,
    pub endpoint: String,
    /// Of the amounts.
    pub unit: String,
    /// When the unit's rates of that time began; the period's start where they did not change in it.
    pub rates_from: Instant,
}

/// Calls put together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsageSum {
    pub calls: u64,
    pub input_tokens: u64,
    pub output_tokens: u64,
    pub amount: Amount,
}

impl UsageSum {
    /// `None` on overflow.
    pub fn add(&mut self, other: &UsageSum) -> Option<()> {
        self.calls = self.calls.checked_add(other.calls)?;
        self.input_tokens = self.input_tokens.checked_add(other.input_tokens)?;
        self.output_tokens = self.output_tokens.checked_add(other.output_tokens)?;
        self.amount = self.amount.checked_add(other.amount)?;
        Some(())
    }
}

/// Why lines cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    #[error("there is no rate from {unit} to {currency}")]
    NoRate { unit: String, currency: String },
    #[error("a sum has more digits than can be held exactly")]
    Overflow,
}

/// Instants within a period at which declared rates change, its start first.
pub fn rate_changes(units: &Units, span: (Instant, Instant)) -> Vec<Instant> {
    let mut changes = vec![span.0];
    changes.extend(units.rates().iter().map(|r| r.from).filter(|at| span.0 < *at && *at < span.1));
    changes.sort_unstable();
    changes.dedup();
    changes
}

/// An amount in another unit, with the declared rates that lead there.
///
/// # Errors
/// NoRate, Overflow.
pub fn convert(
    units: &Units,
    amount: Amount,
    unit: &str,
    currency: &str,
    at: Instant,
) -> Result<(Amount, Vec<Rate>), LineError> {
    let no_rate = || LineError::NoRate { unit: unit.to_owned(), currency: currency.to_owned() };
    let ratio = units.ratio(unit, currency, at).ok_or_else(no_rate)?;
    let path = units.path(unit, currency, at).ok_or_else(no_rate)?;
    let rates = path.into_iter().map(|r| Rate {
        of: r.name.clone(),
        amount: r.amount,
        unit: r.unit.clone(),
        from: (r.from != Instant::MIN).then_some(r.from),
    });
    Ok((ratio.apply(amount).ok_or(LineError::Overflow)?, rates.collect()))
}

/// A line whose payable amount is not known yet, and its exact amount in the currency.
pub type OpenLine = (Line, Amount);

/// Sums between changes of rates, joined over changes that are of no rate on the unit's way to the currency.
fn joined(
    sums: &BTreeMap<UsageKey, UsageSum>,
    units: &Units,
    currency: &str,
) -> Result<Vec<(UsageKey, UsageSum, Vec<Rate>)>, LineError> {
    let mut all: Vec<(UsageKey, UsageSum, Vec<Rate>)> = Vec::new();
    for (key, sum) in sums {
        let (_, rate) = convert(units, Amount::ZERO, &key.unit, currency, key.rates_from)?;
        if let Some((last, so_far, before)) = all.last_mut() {
            let is_same = (&last.model, &last.endpoint, &last.unit) == (&key.model, &key.endpoint, &key.unit);
            if is_same && *before == rate {
                so_far.add(sum).ok_or(LineError::Overflow)?;
                continue;
            }
        }
        all.push((key.clone(), sum.clone(), rate));
    }
    Ok(all)
}

/// What gifts paid of usage, as lines that take it off again at the rates the usage was billed at.
///
/// # Errors
/// NoRate, Overflow.
pub fn gift_lines(
    given: &BTreeMap<(String, Instant), Amount>,
    units: &Units,
    currency: &str,
    period: Period,
) -> Result<Vec<OpenLine>, LineError> {
    let mut lines: Vec<OpenLine> = Vec::new();
    for ((unit, from), amount) in given {
        let (exact, rate) = convert(units, -*amount, unit, currency, *from)?;
        match lines.last_mut() {
            Some((line, so_far)) if line.unit == *unit && line.rate == rate => {
                line.usage_amount = line.usage_amount.checked_sub(*amount).ok_or(LineError::Overflow)?;
                *so_far = convert(units, line.usage_amount, unit, currency, *from)?.0;
            }
            _ => {
                let text = "Paid from free credit".to_owned();
                lines.push(plain_line(LineKind::Credit, text, (-*amount, unit), (exact, rate), period));
            }
        }
    }
    Ok(lines)
}

/// A line for every model, told apart by endpoint where a model has several, in their order.
///
/// # Errors
/// NoRate, Overflow.
pub fn usage_lines(
    sums: &BTreeMap<UsageKey, UsageSum>,
    units: &Units,
    currency: &str,
    period: Period,
) -> Result<Vec<OpenLine>, LineError> {
    let mut lines: Vec<OpenLine> = Vec::new();
    for (key, sum, rate) in joined(sums, units, currency)? {
        let key = &key;
        let exact = units.ratio(&key.unit, currency, key.rates_from).and_then(|r| r.apply(sum.amount));
        let exact = exact.ok_or(LineError::Overflow)?;
        let several = sums.keys().any(|k| k.model == key.model && k.endpoint != key.endpoint);
        let endpoint = (several && !key.endpoint.is_empty()).then(|| key.endpoint.clone());
        let text = endpoint.as_ref().map_or(key.model.clone(), |endpoint| format!("{} ({endpoint})", key.model));
        let line = Line {
            position: 0,
            text,
            kind: LineKind::Usage,
            model: Some(key.model.clone()),
            endpoint,
            unit: key.unit.clone(),
            quantity_calls: Some(sum.calls),
            input_tokens: Some(sum.input_tokens),
            output_tokens: Some(sum.output_tokens),
            usage_amount: sum.amount,
            rate,
            net: Amount::ZERO,
            drift: Amount::ZERO,
            period,
        };
        lines.push((line, exact));
    }
    Ok(lines)
}

/// A line without calls: money that came or went, or credit used up.
pub fn plain_line(
    kind: LineKind,
    text: String,
    (amount, unit): (Amount, &str),
    (exact, rate): (Amount, Vec<Rate>),
    period: Period,
) -> OpenLine {
    let line = Line {
        position: 0,
        text,
        kind,
        model: None,
        endpoint: None,
        unit: unit.to_owned(),
        quantity_calls: None,
        input_tokens: None,
        output_tokens: None,
        usage_amount: amount,
        rate,
        net: Amount::ZERO,
        drift: Amount::ZERO,
        period,
    };
    (line, exact)
}
