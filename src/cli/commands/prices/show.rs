//! `trueup prices show`: what a model costs at a moment.

use std::path::Path;

use super::load;
use crate::cli::End;
use crate::cli::args::ShowArgs;
use crate::cli::context::as_of;
use crate::cli::output::Out;
use crate::domain::call::Meter;
use crate::domain::period::Instant;
use crate::domain::price::{Book, Components, NameIndex, NotFound, PriceRow, RowQuery, Variant, Version};
use crate::pipeline::AppError;

pub(super) fn show(args: &ShowArgs, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    let at = as_of(args.at.as_deref())?;
    let known = args.known.as_deref().map_or(Ok(Instant::MAX), load::moment)?;
    let tables = load::load_or_first(args.book.as_deref(), &args.book_format, dir)?;
    let book = &tables.book;
    let model = &args.model;
    let version = book.in_force(at, known).map(|index| &book.versions[index]).ok_or_else(|| {
        AppError::config(format!("no version of {} is in force at {at}", book.header.id))
            .hint("the first version begins later, or was not known by then")
    })?;
    let text = |option: &Option<String>| option.clone();
    let (provider, group) = (text(&args.provider), text(&args.group));
    let (endpoint, region) = (text(&args.endpoint), text(&args.region));
    let query = RowQuery {
        model,
        group: group.as_deref(),
        provider: provider.as_deref(),
        endpoint: endpoint.as_deref(),
        region: region.as_deref(),
    };
    let found = NameIndex::new(version).find(version, &query).map_err(|why| {
        let refused = tables.reports.iter().flat_map(|r| &r.refused).find(|row| row.name == *model);
        let failure = match why {
            NotFound::Tie => AppError::config(format!("two patterns fit {model} equally well")),
            NotFound::NoRow => AppError::config(format!("no price for {model} at {at} (no_row)")),
        };
        match refused {
            Some(row) => failure.hint(format!("its row was refused: {}", row.reason)),
            None => failure.hint("exact names, aliases, patterns and rules are looked for; a provider narrows them"),
        }
    })?;
    let row = &version.rows[found.row];
    print(book, version, row, model, out)?;
    Ok(End::Done)
}

fn print(book: &Book, version: &Version, row: &PriceRow, model: &str, out: &mut Out) -> Result<(), AppError> {
    let unit = &book.header.unit;
    out.line(&format!("{model} in {}, version {}, {}", book.header.id, version.id(), row.place))?;
    let m = &row.matcher;
    let only = [("group", &m.group), ("provider", &m.provider), ("endpoint", &m.endpoint), ("region", &m.region)];
    for (name, value) in only {
        if let Some(value) = value {
            out.line(&format!("  only for {name} {value}"))?;
        }
    }
    if row.free {
        out.line("  free")?;
    }
    components(&row.components, unit, 2, out)?;
    for meter in Meter::ALL {
        let own = row.components.rate(meter).is_some();
        let mut parents = std::iter::successors(meter.parent(), |m| m.parent());
        if let Some(parent) = parents.find(|m| row.components.rate(*m).is_some()).filter(|_| !own) {
            out.line(&format!("  {:<15} as {}", meter.name(), parent.name()))?;
        }
    }
    if let Some(minimum) = row.minimum {
        out.line(&format!("  at least {minimum} {unit} a call"))?;
    }
    variants(&row.variants, unit, 2, out)?;
    for multiplier in &version.multipliers {
        out.line(&format!("  {:?} times {}", multiplier.of, multiplier.value))?;
    }
    out.line(&format!("  a tier or batch that is not named: {}", book.header.no_variant.name()))
}

fn components(components: &Components, unit: &str, indent: usize, out: &mut Out) -> Result<(), AppError> {
    let pad = " ".repeat(indent);
    for meter in Meter::ALL {
        if let Some(rate) = components.rate(meter) {
            let million = if meter.is_token() { rate.shifted(6) } else { None };
            let beside = million.map(|m| format!(" ({m} a million)")).unwrap_or_default();
            out.line(&format!("{pad}{:<15} {rate} {unit} each{beside}", meter.name()))?;
        }
    }
    for image in &components.images {
        let named = [image.size.as_deref(), image.quality.as_deref()].into_iter().flatten();
        let which = named.map(|name| format!(" {name}")).collect::<String>();
        out.line(&format!("{pad}{:<15} {} {unit} each", format!("image{which}"), image.rate))?;
    }
    if let Some(multiplier) = components.multiplier {
        out.line(&format!("{pad}all times {multiplier}"))?;
    }
    Ok(())
}

fn variants(variants_of: &[Variant], unit: &str, indent: usize, out: &mut Out) -> Result<(), AppError> {
    for variant in variants_of {
        out.line(&format!("{}{}", " ".repeat(indent), variant.condition))?;
        components(&variant.components, unit, indent + 2, out)?;
        variants(&variant.nested, unit, indent + 2, out)?;
    }
    Ok(())
}
