//! Declared units: every name known, no two ways from one unit to another.

use std::collections::BTreeMap;
use std::ops::Range;
use std::str::FromStr;

use toml::Spanned;

use super::file::Unit;
use super::page::{Page, Text};
use crate::cli::failure::Failure;
use crate::domain::money::{Exact, UnitRate, Units};
use crate::domain::period::Zone;

/// The units a name may be: currencies, and what the file declares.
pub(super) struct Declared {
    pub(super) names: Vec<String>,
    pub(super) units: Units,
}

impl Declared {
    pub(super) fn check(&self, page: &Page<'_>, unit: &str, span: Range<usize>) -> Result<(), Failure> {
        check(page, &self.names, unit, span)
    }

    pub(super) fn unit(&self, page: &Page<'_>, text: &Text) -> Result<String, Failure> {
        self.check(page, text.get_ref(), text.span())?;
        Ok(text.get_ref().clone())
    }
}

/// Three capital letters are a currency (ISO 4217).
fn is_currency(unit: &str) -> bool {
    unit.len() == 3 && unit.bytes().all(|b| b.is_ascii_uppercase())
}

fn check(page: &Page<'_>, names: &[String], unit: &str, span: Range<usize>) -> Result<(), Failure> {
    if is_currency(unit) || names.iter().any(|name| name == unit) {
        return Ok(());
    }
    let what = format!("the unit {unit:?} is neither a currency nor declared");
    Err(page.failure(
        span,
        what,
        format!("Declare it: [[unit]] with name = {unit:?}, and its rate to money if it has one."),
    ))
}

pub(super) fn read(page: &Page<'_>, tables: &[Spanned<Unit>], zone: Zone) -> Result<Declared, Failure> {
    let mut names = Vec::new();
    for table in tables {
        let Some(name) = &table.get_ref().name else {
            return Err(page.failure(
                table.span(),
                "a [[unit]] has no name",
                "Give it one, such as name = \"credit\".",
            ));
        };
        let written = page.words(name, "the unit's name")?;
        if is_currency(&written) && table.get_ref().rate.is_none() {
            return Err(page.failure(name.span(), format!("{written} is a currency already"), "Leave it out."));
        }
        if !names.contains(&written) {
            names.push(written);
        }
    }
    let mut rates: Vec<(UnitRate, Range<usize>)> = Vec::new();
    for table in tables {
        let Unit { name: Some(name), rate: Some(rate) } = table.get_ref() else { continue };
        let read = one(page, &names, name.get_ref(), rate, zone)?;
        let again = rates.iter().find(|(r, _)| (&r.name, &r.unit, r.from) == (&read.name, &read.unit, read.from));
        if again.is_some_and(|(r, _)| r.amount != read.amount) {
            let what = format!("{} has two rates to {} from {}", read.name, read.unit, read.from);
            return Err(page.failure(rate.span(), what, "Leave one of them out, or give it another `from`."));
        }
        if again.is_none() {
            rates.push((read, rate.span()));
        }
    }
    no_two_ways(page, &rates)?;
    Ok(Declared { names, units: Units::new(rates.into_iter().map(|(rate, _)| rate).collect()) })
}

fn one(
    page: &Page<'_>,
    names: &[String],
    name: &str,
    rate: &Spanned<super::file::Rate>,
    zone: Zone,
) -> Result<UnitRate, Failure> {
    let table = rate.get_ref();
    let (Some(unit), Some(amount), Some(from)) = (&table.unit, &table.amount, &table.from) else {
        let hint = "Write rate = { unit = \"EUR\", amount = \"0.00001\", from = \"2026-01-01\" }.";
        return Err(page.failure(rate.span(), format!("the rate of {name:?} lacks unit, amount or from"), hint));
    };
    check(page, names, unit.get_ref(), unit.span())?;
    if unit.get_ref() == name {
        return Err(page.failure(unit.span(), format!("{name:?} converts to itself"), "Name another unit."));
    }
    let positive = |text: &str| Exact::from_str(text).ok().filter(|rate| !rate.is_negative() && !rate.is_zero());
    let amount = page.parse(amount, "the rate", positive, "Write a decimal above 0 in quotes, such as \"0.00001\".")?;
    let from = page.since(from, "the start of the rate", zone)?;
    Ok(UnitRate { name: name.to_owned(), unit: unit.get_ref().clone(), amount, from })
}

/// Rates between units must be a tree: with two ways round, amounts would depend on the way taken.
fn no_two_ways(page: &Page<'_>, rates: &[(UnitRate, Range<usize>)]) -> Result<(), Failure> {
    let mut group: BTreeMap<&str, usize> = BTreeMap::new();
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for (rate, span) in rates {
        let pair = (rate.name.as_str(), rate.unit.as_str());
        if pairs.contains(&pair) {
            continue;
        }
        pairs.push(pair);
        let next = group.len();
        let a = *group.entry(pair.0).or_insert(next);
        let next = group.len();
        let b = *group.entry(pair.1).or_insert(next);
        if a == b {
            let what = format!("{} and {} already convert into each other by another way", pair.0, pair.1);
            return Err(page.failure(span.clone(), what, "Leave out one of the rates that make the circle."));
        }
        group.values_mut().filter(|id| **id == b).for_each(|id| *id = a);
    }
    Ok(())
}
