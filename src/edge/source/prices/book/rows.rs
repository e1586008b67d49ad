//! Versions, prices and variants of a book.

use super::fields::Table;
use super::rules::{provider, rules};
use crate::domain::call::Meter;
use crate::domain::money::Exact;
use crate::domain::period::{Day, Zone};
use crate::domain::price::{
    Components, Condition, ImageRate, Matcher, ModelName, MultiplierOf, PriceMultiplier, PriceRow, Variant, Version,
    Window,
};

pub(super) fn version(table: &Table<'_, '_>) -> Option<Version> {
    table.require("effective_from");
    let effective_from = table.instant("effective_from");
    let known_from = table.instant("known_from").or(effective_from);
    let rows = table.tables("price").iter().map(row).collect();
    let multipliers = table.tables("multiplier").iter().filter_map(multiplier).collect();
    let providers = table.tables("provider").iter().filter_map(provider).collect();
    table.done();
    let (effective_from, known_from) = (effective_from?, known_from?);
    Some(Version { effective_from, known_from, rows, multipliers, providers, place: table.place() })
}

fn multiplier(table: &Table<'_, '_>) -> Option<PriceMultiplier> {
    let mut of: Vec<MultiplierOf> = Vec::new();
    of.extend(table.text("group").map(MultiplierOf::Group));
    of.extend(table.text("model").map(MultiplierOf::Model));
    of.extend(table.text("account").map(MultiplierOf::Account));
    table.require("value");
    let value = table.number("value");
    table.done();
    if of.len() != 1 {
        table.wrong("multiplier", "names not exactly one of group, model, account", "write one multiplier for each");
        return None;
    }
    Some(PriceMultiplier { of: of.pop()?, value: value?, place: table.place() })
}

fn row(table: &Table<'_, '_>) -> PriceRow {
    let row = PriceRow {
        matcher: Matcher {
            models: names(table),
            group: table.text("group"),
            provider: table.text("provider"),
            endpoint: table.text("endpoint"),
            region: table.text("region"),
        },
        components: components(table),
        variants: variants(table),
        free: table.boolean("free").unwrap_or(false),
        minimum: table.number("minimum"),
        place: table.place(),
    };
    table.done();
    row
}

fn names(table: &Table<'_, '_>) -> Vec<ModelName> {
    let mut names = Vec::new();
    for key in ["model", "models", "aliases"] {
        for (text, span) in table.texts(key) {
            if text.contains('*') {
                table.source.fail(span, format!("{key} {text:?} has a *"), "write it as pattern = \"...\"");
            } else {
                names.push(if key == "aliases" { ModelName::Alias(text) } else { ModelName::Exact(text) });
            }
        }
    }
    for (text, span) in table.texts("pattern") {
        match text.split_once('*') {
            Some((before, after)) if !after.contains('*') => {
                names.push(ModelName::Pattern(before.to_owned(), after.to_owned()));
            }
            _ => table.source.fail(span, format!("pattern {text:?} has not exactly one *"), "use one *, or model"),
        }
    }
    names.extend(rules(table, "match").into_iter().map(ModelName::Rule));
    names
}

fn components(table: &Table<'_, '_>) -> Components {
    let mut components = Components { multiplier: table.number("multiplier"), ..Components::default() };
    for meter in Meter::ALL.into_iter().filter(|m| *m != Meter::Image) {
        components.rates[meter.index()] = table.table(meter.name()).and_then(|t| {
            let rate = unit_rate(&t);
            t.done();
            rate
        });
    }
    for image in table.tables("image") {
        let (size, quality, rate) = (image.text("size"), image.text("quality"), unit_rate(&image));
        image.done();
        components.images.extend(rate.map(|rate| ImageRate { size, quality, rate }));
    }
    components
}

/// `rate` divided by `per`.
fn unit_rate(table: &Table<'_, '_>) -> Option<Exact> {
    table.require("rate");
    table.require("per");
    let (rate, per) = (table.number("rate"), table.integer("per"));
    let Ok(per @ 1..) = u64::try_from(per?) else {
        table.wrong("per", "is below 1", "use the number of units the rate is for, such as 1000000");
        return None;
    };
    let rate = rate?;
    let unit = rate.checked_div_int(per);
    if unit.is_none() {
        let why = format!("leaves no finite decimal for one unit ({rate} / {per})");
        table.wrong("per", &why, "use a number made of twos and fives, such as 1, 1000 or 1000000");
    }
    unit
}

fn variants(table: &Table<'_, '_>) -> Vec<Variant> {
    let mut variants: Vec<Variant> = table.tables("tiers").iter().filter_map(|t| variant(t, context(t))).collect();
    variants.extend(table.table("batch").and_then(|t| variant(&t, Some(Condition::Batch))));
    if let Some(tiers) = table.table("service_tier") {
        for (name, tier) in tiers.named_tables() {
            variants.extend(variant(&tier, Some(Condition::ServiceTier(name.to_owned()))));
        }
    }
    variants.extend(table.tables("when").iter().filter_map(|t| variant(t, when(t))));
    variants.extend(table.tables("windows").iter().filter_map(|t| variant(t, window(t))));
    variants
}

fn variant(table: &Table<'_, '_>, condition: Option<Condition>) -> Option<Variant> {
    let (components, nested) = (components(table), variants(table));
    table.done();
    Some(Variant { condition: condition?, components, nested, place: table.place() })
}

fn context(table: &Table<'_, '_>) -> Option<Condition> {
    let (above, from) = (table.integer("input_above"), table.integer("input_from"));
    match (above, from) {
        (Some(tokens), None) => Some(Condition::Context { tokens, inclusive: false }),
        (None, Some(tokens)) => Some(Condition::Context { tokens, inclusive: true }),
        _ => {
            if table.has("input_above") == table.has("input_from") {
                table.wrong("tiers", "needs one of input_above (>) and input_from (>=)", "name the number of tokens");
            }
            None
        }
    }
}

fn when(table: &Table<'_, '_>) -> Option<Condition> {
    let (name, value) = (table.required_text("name"), table.required_text("value"));
    Some(Condition::When { name: name?, value: value? })
}

fn window(table: &Table<'_, '_>) -> Option<Condition> {
    for key in ["from", "until", "zone"] {
        table.require(key);
    }
    let (from, until) = (clock(table, "from"), clock(table, "until"));
    let zone = table.text("zone").and_then(|name| {
        let zone = Zone::parse(&name);
        if zone.is_none() {
            table.wrong("zone", &format!("{name:?} is not known"), "use an IANA name, such as UTC or Asia/Shanghai");
        }
        zone
    });
    let (weekdays, since, before) = (days(table), date(table, "since"), date(table, "before"));
    let (from_minute, until_minute) = (from?, until?);
    Some(Condition::Window(Window { from_minute, until_minute, zone: zone?, weekdays, since, before }))
}

fn days(table: &Table<'_, '_>) -> [bool; 7] {
    if !table.has("days") {
        return [true; 7];
    }
    let mut weekdays = [false; 7];
    for (text, span) in table.texts("days") {
        match Window::WEEKDAYS.iter().position(|name| *name == text) {
            Some(day) => weekdays[day] = true,
            None => {
                let hint = format!("one of: {}", Window::WEEKDAYS.join(", "));
                table.source.fail(span, format!("days holds {text:?}"), &hint);
            }
        }
    }
    weekdays
}

/// A civil day of the window's zone.
fn date(table: &Table<'_, '_>, key: &str) -> Option<Day> {
    let text = table.text(key)?;
    let day = Day::parse(&text);
    if day.is_none() {
        table.wrong(key, &format!("{text:?} is not a date"), "write YYYY-MM-DD, in quotes");
    }
    day
}

/// Minutes since midnight of `HH:MM`, at most 24:00.
fn clock(table: &Table<'_, '_>, key: &str) -> Option<u32> {
    let text = table.text(key)?;
    let minutes = parse_clock(&text);
    if minutes.is_none() {
        table.wrong(key, &format!("{text:?} is not a time of day"), "write HH:MM, from 00:00 to 24:00");
    }
    minutes
}

pub(in crate::edge::source) fn parse_clock(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let two = |part: &str| -> Option<u32> {
        (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse().ok())?
    };
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    (minutes < 60 && hours * 60 + minutes <= 24 * 60).then_some(hours * 60 + minutes)
}
