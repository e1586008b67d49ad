//! Prices of single rows, by the rating code itself.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use crate::domain::call::Meter;
use crate::domain::money::Exact;
use crate::domain::period::Instant;
use crate::domain::price::{Book, Condition, Variant, VersionId};
use crate::domain::rating::{CachedRater, CallAttributes, ChargeStatus, Quote, Rater, RowId, Unpriced};
use crate::edge::source::{QuoteLines, QuoteReader, QuoteRow, QuoteText, RowError, SourceError};
use crate::pipeline::registry::price_tables::Report;

/// Every meter is on one side of a price.
const _: () = assert!(Meter::INPUTS.len() + Meter::OUTPUTS.len() + OTHERS.len() == Meter::ALL.len());

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
    pub(crate) version: Arc<str>,
    pub(crate) row: Arc<str>,
}

/// One thread's way to price rows: it remembers what rows have in common.
pub(crate) struct Quotes<'a> {
    quoter: &'a Quoter,
    rater: CachedRater<'a>,
    /// Versions and places as text.
    names: HashMap<(Option<VersionId>, Option<RowId>), (Arc<str>, Arc<str>)>,
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

    pub(crate) fn quotes(&self) -> Quotes<'_> {
        Quotes { quoter: self, rater: CachedRater::new(&self.rater), names: HashMap::new() }
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

impl Quotes<'_> {
    /// # Errors
    /// Why the row has no price; never a price of 0 in place of that.
    pub(crate) fn price(&mut self, row: &QuoteRow<'_>) -> Result<Price, RowError> {
        let quoter = self.quoter;
        let error = |code, message: String| RowError { id: row.id.clone(), code, message };
        let no_time = || error("no_ts", "the row has no ts, and what it costs depends on the time".to_owned());
        let at = row.at.or(quoter.timeless).ok_or_else(no_time)?;
        let facts = CallAttributes {
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
        let quote = self.rater.price(&facts).map_err(|status| {
            let (code, message) = quoter.why_not(&status, row, at);
            error(code, message)
        })?;
        if row.at.is_none() && quoter.has_windows(&quote) {
            return Err(no_time());
        }
        self.price_of(quote).ok_or_else(|| error("overflow", "costs more than 38 digits can say".to_owned()))
    }

    /// The sum as it is where the book does not round.
    fn price_of(&mut self, quote: Quote) -> Option<Price> {
        let rounded = quote.rounding.is_some() || quote.minimum_applied || quote.zero.is_some();
        let (input, output) = (quote.total_of(&Meter::INPUTS)?, quote.total_of(&Meter::OUTPUTS)?);
        let (version, row) = self.names.entry((quote.version, quote.row)).or_insert_with(|| {
            let version = quote.version.map(|version| version.to_string()).unwrap_or_default();
            (version.into(), quote.place.as_ref().map(ToString::to_string).unwrap_or_default().into())
        });
        Some(Price {
            amount: if rounded { quote.amount.to_exact() } else { quote.sum },
            input,
            output,
            other: quote.total_of(&OTHERS)?,
            unit: quote.unit,
            version: version.clone(),
            row: row.clone(),
        })
    }
}

/// What is no token.
const OTHERS: [Meter; 8] = [
    Meter::Image,
    Meter::Second,
    Meter::Character,
    Meter::Request,
    Meter::WebSearch,
    Meter::Page,
    Meter::FileSearch,
    Meter::CodeSession,
];

/// Prices every line of a text on `threads` threads; `write` makes a line's answer, `out` gets the answers
/// in the order of the lines. Bytes do not depend on the number of threads.
///
/// # Errors
/// When the text as a whole cannot be read, or `out` fails.
pub(crate) fn quote_all<E: From<SourceError>>(
    quoter: &Quoter,
    mut text: QuoteText,
    threads: usize,
    write: &(dyn Fn(Result<(&str, &Price), &RowError>, &mut String) + Sync),
    out: &mut dyn FnMut(&str) -> Result<(), E>,
) -> Result<Counted, E> {
    let threads = threads.max(1);
    std::thread::scope(|scope| {
        let mut ways = Vec::with_capacity(threads);
        for _ in 0..threads {
            let (send, lines) = sync_channel::<QuoteLines>(AHEAD);
            let (answer, answers) = sync_channel::<(String, Counted)>(AHEAD);
            scope.spawn(move || {
                let (mut quotes, mut reader) = (quoter.quotes(), QuoteReader::default());
                for lines in lines {
                    let (mut text, mut counted) = (String::new(), Counted::default());
                    reader.read(&lines, &mut |row| counted.one(&mut quotes, row, write, &mut text));
                    if answer.send((text, counted)).is_err() {
                        return;
                    }
                }
            });
            ways.push((send, answers));
        }
        // A thread that is gone has panicked, and the scope says so.
        let (mut sent, mut taken, mut all) = (0usize, 0usize, Counted::default());
        let mut take = |taken: &mut usize, all: &mut Counted| -> Result<(), E> {
            if let Ok((text, counted)) = ways[*taken % threads].1.recv() {
                out(&text)?;
                all.priced += counted.priced;
                all.wrong += counted.wrong;
            }
            *taken += 1;
            Ok(())
        };
        while let Some(lines) = text.next_lines()? {
            if sent - taken == threads * AHEAD {
                take(&mut taken, &mut all)?;
            }
            let _ = ways[sent % threads].0.send(lines);
            sent += 1;
        }
        while taken < sent {
            take(&mut taken, &mut all)?;
        }
        Ok(all)
    })
}

/// Runs of lines on their way to a thread, and from it.
const AHEAD: usize = 2;

/// Lines that got a price, and those with an error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) priced: u64,
    pub(crate) wrong: u64,
}

impl Counted {
    fn one(
        &mut self,
        quotes: &mut Quotes<'_>,
        row: Result<QuoteRow<'_>, RowError>,
        write: &(dyn Fn(Result<(&str, &Price), &RowError>, &mut String) + Sync),
        text: &mut String,
    ) {
        match row.and_then(|row| quotes.price(&row).map(|price| (row.id, price))) {
            Ok((id, price)) => {
                self.priced += 1;
                write(Ok((&id, &price)), text);
            }
            Err(error) => {
                self.wrong += 1;
                write(Err(&error), text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::call::Meter::{Input, Output};
    use crate::domain::price::samples::{components, header, row, version};
    use crate::edge::source::Body;

    fn all(rows: &str, threads: usize) -> (String, Counted) {
        let price = row("m", components(&[(Input, "0.0000025"), (Output, "3")]));
        let book = Book::new(header(), vec![version("2026-10-01T00:00:00Z", vec![price])]).expect("a book");
        let quoter = Quoter::new(book, &[]);
        let write = |priced: Result<(&str, &Price), &RowError>, text: &mut String| match priced {
            Ok((id, price)) => text.push_str(&format!("{id} {} {} {}\n", price.amount, price.output, price.other)),
            Err(error) => text.push_str(&format!("{} {} {}\n", error.id, error.code, error.message)),
        };
        let text = QuoteText::open(Body::from_vec(rows.as_bytes().to_vec())).expect("text");
        let mut out = String::new();
        let counted = quote_all::<SourceError>(&quoter, text, threads, &write, &mut |lines| {
            out.push_str(lines);
            Ok(())
        });
        (out, counted.expect("readable"))
    }

    #[test]
    fn any_number_of_threads_gives_the_same_bytes() {
        let row = |n: u32| {
            let model = if n.is_multiple_of(11) { "x" } else { "m" };
            format!(
                "{{\"id\":{n},\"model\":\"{model}\",\"usage\":{{\"input_tokens\":{n},\"output_tokens\":{}}}}}\n",
                n % 3
            )
        };
        let rows: String = (0..90_000).map(row).collect();
        assert!(rows.len() > 5 << 20);
        let (alone, counted) = all(&rows, 1);
        assert_eq!((counted.priced, counted.wrong), (81_818, 8_182));
        for threads in [2, 3, 8] {
            assert_eq!(all(&rows, threads), (alone.clone(), counted));
        }
    }
}
