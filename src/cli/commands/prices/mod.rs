//! Price books: check and look up.

use std::path::Path;

use super::{as_of, load_settings};
use crate::cli::End;
use crate::cli::args::PricesCommand;
use crate::cli::failure::Failure;
use crate::cli::out::Out;
use crate::domain::call::{Meter, Outcome, Usage};
use crate::domain::price::Book;
use crate::domain::rating::{ChargeStatus, Facts, Rater};
use crate::edge::source::parse_book;

pub(super) fn prices(command: &PricesCommand, dir: &Path, out: &mut Out) -> Result<End, Failure> {
    match command {
        PricesCommand::Lint { book } => lint(&read(&dir.join(book))?, out),
        PricesCommand::Show { model, at, book } => {
            let path = match book {
                Some(book) => dir.join(book),
                None => {
                    let settings = load_settings(dir)?;
                    let first =
                        settings.config.books.first().ok_or_else(|| Failure::config("there is no price book"))?;
                    settings.dir.join(&first.key)
                }
            };
            show(&read(&path)?, model, at.as_deref(), out)
        }
    }
}

fn read(path: &Path) -> Result<Book, Failure> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|e| Failure::config(format!("the price book cannot be read: {e}")).at(name.clone()))?;
    parse_book(&text, &name).map_err(|e| Failure::config(e.to_string()).at(name))
}

fn lint(book: &Book, out: &mut Out) -> Result<End, Failure> {
    let rows: usize = book.versions.iter().map(|v| v.rows.len()).sum();
    out.line(&format!("{}: {} versions, {rows} rows, in {}", book.header.id, book.versions.len(), book.header.unit))?;
    for remark in book.lint() {
        out.line(&format!("{}: {remark}", remark.place))?;
    }
    Ok(End::Done)
}

/// The price of one unit of each meter, from the rating code itself.
fn show(book: &Book, model: &str, at: Option<&str>, out: &mut Out) -> Result<End, Failure> {
    let at = as_of(at)?;
    let rater = Rater::new(book.clone(), at);
    let facts = |usage: Usage| Facts {
        model,
        model_served: None,
        provider: None,
        endpoint: None,
        region: None,
        group: None,
        account_id: "",
        started_at: at,
        ended_at: at,
        outcome: Outcome::Ok,
        refusal: false,
        cache_hit: false,
        service_tier: None,
        batch: false,
        context: None,
        usage: Some(usage),
    };
    let mut shown = 0;
    for meter in Meter::ALL {
        let mut usage = Usage::default();
        usage.quantity[meter.index()] = 1_000_000;
        match rater.price(&facts(usage), &[]) {
            Ok(quote) => {
                if shown == 0 {
                    let version = quote.version.map(|v| v.to_string()).unwrap_or_default();
                    let place = quote.place.as_ref().map(ToString::to_string).unwrap_or_default();
                    out.line(&format!("{model} in {}, version {version}, {place}", book.header.id))?;
                }
                let line = quote.lines.iter().find(|l| l.meter == meter);
                let of = line.filter(|l| l.rate_of != meter).map(|l| format!(" (rate of {})", l.rate_of.name()));
                let rate = line.map(|l| l.rate.to_string()).unwrap_or_else(|| "free".into());
                out.line(&format!("  {:<15} {rate} {} each{}", meter.name(), quote.unit, of.unwrap_or_default()))?;
                shown += 1;
            }
            Err(ChargeStatus::Unpriced(crate::domain::rating::Unpriced::NoRate(_))) => {}
            Err(ChargeStatus::Unpriced(why)) => {
                return Err(Failure::config(format!("no price for {model} at {at} ({})", why.code()))
                    .hint("exact names, aliases and patterns are looked for; `trueup prices lint` checks the book"));
            }
            Err(_) => {}
        }
    }
    Ok(End::Done)
}
