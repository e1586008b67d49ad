//! Prices of single rows, by the rating code itself.

use std::collections::HashMap;

use super::tables::Report;
use crate::domain::call::Meter;
use crate::domain::money::Exact;
use crate::domain::period::Instant;
use crate::domain::price::{Book, Condition, Variant};
use crate::domain::rating::{ChargeStatus, Facts, Quote, Rater, Unpriced};
use crate::edge::source::{QuoteRow, RowError};

/// A book ready to price rows.
pub(crate) struct Quoter {
    rater: Rater,
    /// Where nothing depends on time, a row needs none.
    timeless: Option<Instant>,
    refused: HashMap<String, String>,
}

/// What a row costs, each number exact.
pub(crate) struct Price {
    pub(crate) amount: Exact,
    pub(crate) input: Exact,
    pub(crate) output: Exact,
    /// What is no token: images, searches, requests, ...
    pub(crate) other: Exact,
    pub(crate) unit: String,
    pub(crate) version: String,
    pub(crate) row: String,
}

impl Quoter {
    /// With everything the book knows. `reports` say why a model may be missing.
    pub(crate) fn new(book: Book, reports: &[Report]) -> Quoter {
        let refused = reports.iter().flat_map(|r| &r.refused).map(|row| (row.name.clone(), row.reason.clone()));
        let timeless = match book.versions.as_slice() {
            [only] => Some(only.effective_from),
            _ => None,
        };
        Quoter { rater: Rater::new(book, Instant::MAX), timeless, refused: refused.collect() }
    }

    /// # Errors
    /// Why the row has no price; never a price of 0 in place of that.
    pub(crate) fn price(&self, row: &QuoteRow<'_>) -> Result<Price, RowError> {
        let error = |code, message: String| RowError { id: row.id.clone(), code, message };
        let no_time = || error("no_ts", "the row has no ts, and what it costs depends on the time".to_owned());
        let at = row.at.or(self.timeless).ok_or_else(no_time)?;
        let facts = Facts {
            model: &row.model,
            model_served: None,
            provider: row.provider.as_deref(),
            endpoint: row.endpoint.as_deref(),
            region: row.region.as_deref(),
            group: row.group.as_deref(),
            account_id: "",
            started_at: at,
            ended_at: at,
            outcome: row.outcome,
            refusal: false,
            cache_hit: false,
            service_tier: row.service_tier.as_deref(),
            batch: row.batch,
            context: row.context.as_deref(),
            usage: row.usage.clone(),
        };
        let quote = self.rater.price(&facts, &[]).map_err(|status| {
            let (code, message) = self.why_not(&status, row, at);
            error(code, message)
        })?;
        if row.at.is_none() && self.has_windows(&quote) {
            return Err(no_time());
        }
        price_of(&quote).ok_or_else(|| error("overflow", "costs more than 38 digits can say".to_owned()))
    }

    fn has_windows(&self, quote: &Quote) -> bool {
        fn any(variants: &[Variant]) -> bool {
            variants.iter().any(|v| matches!(v.condition, Condition::Window(_)) || any(&v.nested))
        }
        let version = self.rater.book().versions.iter().find(|v| Some(v.id()) == quote.version);
        let row = version.zip(quote.row).and_then(|(version, row)| version.rows.get(row as usize));
        row.is_some_and(|row| any(&row.variants))
    }

    fn why_not(&self, status: &ChargeStatus, row: &QuoteRow<'_>, at: Instant) -> (&'static str, String) {
        let provider = row.provider.as_deref().unwrap_or_default();
        let of = if provider.is_empty() { String::new() } else { format!(" of {provider}") };
        let model = format!("{}{of}", row.model);
        match status {
            ChargeStatus::Unpriced(why) => {
                let message = match why {
                    Unpriced::NoVersion => format!("no version of the book is in force at {at}"),
                    Unpriced::NoRow => match self.refusal(&row.model, provider) {
                        Some(reason) => format!("the price of {model} was refused: {reason}"),
                        None => format!("the book has no price for {model}"),
                    },
                    Unpriced::Tie => format!("two patterns fit {model} equally well"),
                    Unpriced::NoRate(meter) => format!("the price of {model} says nothing of {}", meter.name()),
                    Unpriced::NoServiceTier(tier) => format!("the price of {model} knows no service tier {tier}"),
                    Unpriced::NoContext(fact) => format!("the price of {model} does not know {fact}"),
                    Unpriced::NoBatch => format!("the price of {model} knows no batch"),
                    Unpriced::Overflow => "costs more than 38 digits can say".to_owned(),
                };
                (why.code(), message)
            }
            _ => ("no_usage", "has no usage to price".to_owned()),
        }
    }

    fn refusal(&self, model: &str, provider: &str) -> Option<&String> {
        let names = [model.to_owned(), format!("{provider}/{model}"), format!("{provider}: {model}")];
        names.iter().find_map(|name| self.refused.get(name))
    }
}

/// The sum as it is where the book does not round.
fn price_of(quote: &Quote) -> Option<Price> {
    let rounded = quote.rounding.is_some() || quote.minimum_applied || quote.zero.is_some();
    let (input, output) = (quote.total_of(&Meter::INPUTS)?, quote.total_of(&Meter::OUTPUTS)?);
    let others: Vec<Meter> = Meter::ALL.into_iter().filter(|meter| !meter.is_token()).collect();
    Some(Price {
        amount: if rounded { quote.amount.to_exact() } else { quote.sum },
        input,
        output,
        other: quote.total_of(&others)?,
        unit: quote.unit.clone(),
        version: quote.version.map(|version| version.to_string()).unwrap_or_default(),
        row: quote.place.as_ref().map(ToString::to_string).unwrap_or_default(),
    })
}
