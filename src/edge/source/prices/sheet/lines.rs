//! A line as a price, a variant of one, or a multiplier.

use std::collections::BTreeMap;

use super::cells::{Row, Wrong};
use crate::domain::call::Meter;
use crate::domain::money::Exact;
use crate::domain::period::{Instant, Zone};
use crate::domain::price::{
    Components, Condition, ImageRate, Matcher, ModelName, MultiplierOf, Place, PriceMultiplier, PriceRow, Variant,
    Version, Window,
};
use crate::edge::source::prices::book::parse_clock;

type Versions = BTreeMap<(Instant, Instant), Version>;

pub(super) fn add(row: &Row, file: &str, versions: &mut Versions) -> Result<(), Wrong> {
    let place = Place { file: file.to_owned(), line: row.line };
    let effective_from = instant(row, "effective_from")?
        .ok_or_else(|| row.wrong("has no effective_from", "say from when the price holds"))?;
    let known_from = instant(row, "known_from")?.unwrap_or(effective_from);
    let version = versions.entry((effective_from, known_from)).or_insert_with(|| Version {
        effective_from,
        known_from,
        rows: Vec::new(),
        multipliers: Vec::new(),
        providers: Vec::new(),
        place: place.clone(),
    });
    if row.text("value").is_some() {
        version.multipliers.push(multiplier(row, place)?);
        return Ok(());
    }
    let matcher = matcher(row)?;
    let index = match version.rows.iter().position(|r| r.matcher == matcher) {
        Some(index) => index,
        None => {
            let (components, variants, minimum) = Default::default();
            version.rows.push(PriceRow { matcher, components, variants, free: false, minimum, place: place.clone() });
            version.rows.len() - 1
        }
    };
    fill(row, &mut version.rows[index], place)
}

fn instant(row: &Row, column: &str) -> Result<Option<Instant>, Wrong> {
    let Some(text) = row.text(column) else { return Ok(None) };
    let hint = "write date, time and offset, such as 2026-10-01T00:00:00+08:00";
    Instant::parse(text).map(Some).map_err(|why| row.wrong(format!("{column} {text:?} {why}"), hint))
}

fn matcher(row: &Row) -> Result<Matcher, Wrong> {
    let mut models: Vec<ModelName> = Vec::new();
    for (column, make) in [("model", ModelName::Exact as fn(String) -> ModelName), ("aliases", ModelName::Alias)] {
        for name in row.list(column) {
            if name.contains('*') {
                return Err(row.wrong(format!("{column} {name:?} has a *"), "write it in the column pattern"));
            }
            models.push(make(name.to_owned()));
        }
    }
    for pattern in row.list("pattern") {
        match pattern.split_once('*') {
            Some((before, after)) if !after.contains('*') => {
                models.push(ModelName::Pattern(before.to_owned(), after.to_owned()));
            }
            _ => return Err(row.wrong(format!("pattern {pattern:?} has not exactly one *"), "use one, or model")),
        }
    }
    let text = |column| row.text(column).map(str::to_owned);
    let (group, provider, endpoint, region) = (text("group"), text("provider"), text("endpoint"), text("region"));
    Ok(Matcher { models, group, provider, endpoint, region })
}

fn multiplier(row: &Row, place: Place) -> Result<PriceMultiplier, Wrong> {
    let text = |column| row.text(column).map(str::to_owned);
    let mut of: Vec<MultiplierOf> = Vec::new();
    of.extend(text("group").map(MultiplierOf::Group));
    of.extend(text("model").map(MultiplierOf::Model));
    of.extend(text("account").map(MultiplierOf::Account));
    let value = row.number("value")?;
    match (of.pop(), of.is_empty(), value) {
        (Some(of), true, Some(value)) => Ok(PriceMultiplier { of, value, place }),
        _ => Err(row.wrong("multiplies not exactly one of group, model, account", "write a line for each")),
    }
}

fn fill(row: &Row, price: &mut PriceRow, place: Place) -> Result<(), Wrong> {
    let path = match row.text("when") {
        Some(text) => text.split(" + ").map(|part| condition(row, part.trim())).collect::<Result<Vec<_>, _>>()?,
        None => Vec::new(),
    };
    if path.is_empty() {
        if let Some(minimum) = row.number("minimum")? {
            set(row, "minimum", &mut price.minimum, minimum)?;
        }
        price.free |= match row.text("free") {
            None | Some("false") => false,
            Some("true") => true,
            Some(other) => return Err(row.wrong(format!("free cannot be {other:?}"), "write true, or leave it empty")),
        };
        return components(row, &mut price.components);
    }
    if row.text("minimum").is_some() || row.text("free").is_some() {
        return Err(row.wrong("has a minimum or free beside when", "they hold for the whole price: leave when empty"));
    }
    let mut variants = &mut price.variants;
    let (last, outer) = path.split_last().unwrap_or((&path[0], &[]));
    for condition in outer {
        let index = variant(variants, condition, &place);
        variants = &mut variants[index].nested;
    }
    let index = variant(variants, last, &place);
    components(row, &mut variants[index].components)
}

fn variant(variants: &mut Vec<Variant>, condition: &Condition, place: &Place) -> usize {
    let found = variants.iter().position(|v| v.condition == *condition);
    found.unwrap_or_else(|| {
        let (condition, place) = (condition.clone(), place.clone());
        variants.push(Variant { condition, components: Components::default(), nested: Vec::new(), place });
        variants.len() - 1
    })
}

fn set(row: &Row, what: &str, into: &mut Option<Exact>, value: Exact) -> Result<(), Wrong> {
    match into.replace(value) {
        None => Ok(()),
        Some(_) => Err(row.wrong(format!("{what} is priced on another line as well"), "keep one of them")),
    }
}

fn components(row: &Row, into: &mut Components) -> Result<(), Wrong> {
    if let Some(value) = row.number("multiplier")? {
        set(row, "multiplier", &mut into.multiplier, value)?;
    }
    for meter in Meter::ALL {
        let Some(rate) = row.number(meter.name())? else { continue };
        let rate = one(row, meter, rate)?;
        if meter != Meter::Image {
            set(row, meter.name(), &mut into.rates[meter.index()], rate)?;
            continue;
        }
        let (size, quality) = (row.text("image_size"), row.text("image_quality"));
        let (size, quality) = (size.map(str::to_owned), quality.map(str::to_owned));
        into.images.push(ImageRate { size, quality, rate });
    }
    Ok(())
}

/// The rate of one unit.
fn one(row: &Row, meter: Meter, rate: Exact) -> Result<Exact, Wrong> {
    let own = format!("{}_per", meter.name());
    let per = match (row.number(&own)?, row.number("per")?) {
        (Some(per), _) => per,
        (None, Some(per)) if meter.is_token() => per,
        (None, None) if meter.is_token() => {
            return Err(row.wrong(format!("{} has no per", meter.name()), "say for how many tokens, such as 1000000"));
        }
        (None, _) => Exact::ONE,
    };
    let per = per.at_scale(0).and_then(|per| u64::try_from(per).ok()).filter(|per| *per > 0);
    let hint = "use 1, 1000 or 1000000";
    let per = per.ok_or_else(|| row.wrong("per is not a whole number above 0", hint))?;
    rate.checked_div_int(per)
        .ok_or_else(|| row.wrong(format!("{rate} for {per} leaves no finite decimal for one"), hint))
}

fn condition(row: &Row, text: &str) -> Result<Condition, Wrong> {
    let hint = "one of: batch, service_tier=NAME, input_above=TOKENS, input_from=TOKENS, \
                window=HH:MM-HH:MM ZONE DAYS, or NAME=VALUE of the call's context";
    let wrong = || row.wrong(format!("when {text:?} is not understood"), hint);
    if text == "batch" {
        return Ok(Condition::Batch);
    }
    let (name, value) = text.split_once('=').ok_or_else(wrong)?;
    let tokens = || value.parse::<i64>().map_err(|_| wrong());
    match name {
        "" => Err(wrong()),
        _ if value.is_empty() => Err(wrong()),
        "service_tier" => Ok(Condition::ServiceTier(value.to_owned())),
        "input_above" => Ok(Condition::Context { tokens: tokens()?, inclusive: false }),
        "input_from" => Ok(Condition::Context { tokens: tokens()?, inclusive: true }),
        "window" => window(value).map(Condition::Window).ok_or_else(wrong),
        _ => Ok(Condition::When { name: name.to_owned(), value: value.to_owned() }),
    }
}

/// `16:30-00:30 UTC mon;tue`.
fn window(text: &str) -> Option<Window> {
    let mut words = text.split_whitespace();
    let (from, until) = words.next()?.split_once('-')?;
    let zone = Zone::parse(words.next()?)?;
    let mut weekdays = [words.next().is_none(); 7];
    if let Some(days) = text.split_whitespace().nth(2) {
        for day in days.split(';') {
            weekdays[Window::WEEKDAYS.iter().position(|name| *name == day)?] = true;
        }
    }
    let (from_minute, until_minute) = (parse_clock(from)?, parse_clock(until)?);
    Some(Window { from_minute, until_minute, zone, weekdays, since: None, before: None })
}
