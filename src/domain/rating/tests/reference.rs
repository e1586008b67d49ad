//! The rules of pricing written down as slowly and plainly as possible, in fractions.

use num_rational::BigRational;

use crate::domain::call::{METERS, Meter, Outcome};
use crate::domain::money::{Exact, Mode};
use crate::domain::period::Instant;
use crate::domain::price::{
    Book, Charged, Components, Condition, ModelName, MultiplierOf, NameRule, NoVariant, PriceAt, PriceBy, PriceRow,
    RoundingPlace, Variant, Version,
};
use crate::domain::rating::{CallAttributes, ChargeStatus, Unpriced, Zero};

/// A whole number of 10^-18, or why nothing can be said.
pub(super) type Answer = Result<BigRational, ChargeStatus>;

pub(super) fn whole(n: i128) -> BigRational {
    BigRational::from_integer(n.into())
}

fn ten(power: u32) -> BigRational {
    BigRational::from_integer(num_bigint::BigInt::from(10).pow(power))
}

pub(super) fn fraction(value: Exact) -> BigRational {
    whole(value.mantissa()) / ten(value.scale())
}

fn round(value: &BigRational, scale: u32, mode: Mode) -> BigRational {
    let scaled = value * ten(scale);
    let (size, zero) = (if scaled < whole(0) { -scaled.clone() } else { scaled.clone() }, whole(0));
    let (floor, rest) = (size.floor(), size.clone() - size.floor());
    let half = whole(1) / whole(2);
    let even = (floor.clone() / whole(2)).is_integer();
    let up = match mode {
        Mode::Up => rest > zero,
        Mode::Down => false,
        Mode::HalfUp => rest >= half,
        Mode::HalfEven => rest > half || (rest == half && !even),
    };
    let rounded = if up { floor + whole(1) } else { floor };
    (if scaled < whole(0) { -rounded } else { rounded }) / ten(scale)
}

pub(super) fn price(book: &Book, known: Instant, facts: &CallAttributes<'_>) -> Answer {
    let header = &book.header;
    let t = if header.price_at == PriceAt::Ended { facts.ended_at } else { facts.started_at };
    if facts.refusal {
        return Err(ChargeStatus::Zero(Zero::Refusal));
    }
    if facts.outcome == Outcome::Error && header.failed_calls == Charged::Free {
        return Err(ChargeStatus::Zero(Zero::Failed));
    }
    if facts.outcome == Outcome::Cancelled && header.cancelled_calls == Charged::Free {
        return Err(ChargeStatus::Zero(Zero::Cancelled));
    }
    if facts.cache_hit && header.cache_hits == Charged::Free {
        return Err(ChargeStatus::Zero(Zero::GatewayCache));
    }
    let known_versions = book.versions.iter().filter(|v| v.known_from <= known && v.effective_from <= t);
    let version = known_versions.max_by_key(|v| (v.effective_from, v.known_from));
    let name = match header.price_by {
        PriceBy::Served => facts.model_served.unwrap_or(facts.model),
        PriceBy::Billed => facts.model,
    };
    let found = version.ok_or(Unpriced::NoVersion).and_then(|v| Ok((v, row_for(v, name, facts)?)));
    let Some(usage) = &facts.usage else {
        let free = found.is_ok_and(|(_, row)| row.free);
        return Err(if free { ChargeStatus::Zero(Zero::FreeRow) } else { ChargeStatus::NoUsage });
    };
    let (version, row) = found.map_err(ChargeStatus::Unpriced)?;
    if row.free {
        return Err(ChargeStatus::Zero(Zero::FreeRow));
    }
    let (rates, multiplier) = rates_for(book, version, row, name, facts, t).map_err(ChargeStatus::Unpriced)?;
    let mut quantity = usage.quantity;
    if quantity[Meter::Request.index()] == 0 && rates[Meter::Request.index()].is_some() {
        quantity[Meter::Request.index()] = 1;
    }
    let mut sum = whole(0);
    for (q, rate) in quantity.iter().zip(&rates).filter(|(q, _)| **q != 0) {
        let Some(rate) = rate else {
            let missing = Meter::ALL.into_iter().find(|m| quantity[m.index()] != 0 && rates[m.index()].is_none());
            return Err(ChargeStatus::Unpriced(Unpriced::NoRate(missing.expect("one is missing"))));
        };
        let part = whole(i128::from(*q)) * fraction(*rate) * &multiplier;
        sum += match header.rounding.filter(|r| r.at == RoundingPlace::Component) {
            Some(r) => round(&part, r.scale, r.mode),
            None => part,
        };
    }
    if let Some(r) = header.rounding.filter(|r| r.at == RoundingPlace::Call) {
        sum = round(&sum, r.scale, r.mode);
    }
    let least = row.minimum.map(fraction).filter(|_| quantity.iter().any(|q| *q > 0));
    if let Some(least) = least.filter(|least| *least > sum) {
        sum = least;
    }
    let raw = round(&sum, 18, Mode::HalfEven) * ten(18);
    if raw >= ten(38) {
        return Err(ChargeStatus::Unpriced(Unpriced::Overflow));
    }
    Ok(raw)
}

fn rule_holds(rule: &NameRule, name: &str) -> bool {
    let (name, lower) = (name.to_lowercase(), |text: &String| text.to_lowercase());
    match rule {
        NameRule::Equals(text) => name == lower(text),
        NameRule::StartsWith(text) => name.starts_with(&lower(text)),
        NameRule::EndsWith(text) => name.ends_with(&lower(text)),
        NameRule::Contains(text) => name.contains(&lower(text)),
        NameRule::Regex(_) => panic!("books made at random have no expressions"),
        NameRule::Any(rules) => rules.iter().any(|rule| rule_holds(rule, &name)),
        NameRule::All(rules) => rules.iter().all(|rule| rule_holds(rule, &name)),
        NameRule::Not(rule) => !rule_holds(rule, &name),
    }
}

/// Which provider a call means where a version says how they are named.
fn provider_of<'a>(version: &'a Version, name: &str, facts: &CallAttributes<'a>) -> Option<&'a str> {
    let holds = |rule: &Option<NameRule>, text: &str| rule.as_ref().is_some_and(|rule| rule_holds(rule, text));
    let Some(called) = facts.provider else {
        return version.providers.iter().find(|p| holds(&p.models, name)).map(|p| p.id.as_str());
    };
    let tidy = called.trim().to_lowercase();
    let by_id = version.providers.iter().find(|p| p.id == tidy);
    let by_rule = version.providers.iter().find(|p| holds(&p.names, &tidy));
    if version.providers.is_empty() { Some(called) } else { by_id.or(by_rule).map_or(Some(called), |p| Some(&p.id)) }
}

/// Exact name, then alias, then the pattern with most literal characters, then a rule; of those by what is named.
fn row_for<'a>(version: &'a Version, name: &str, facts: &CallAttributes<'_>) -> Result<&'a PriceRow, Unpriced> {
    let is = |named: &Option<String>, value: Option<&str>| named.is_none() || named.as_deref() == value;
    let provider = provider_of(version, name, facts);
    let holds = |row: &&PriceRow| {
        let m = &row.matcher;
        is(&m.group, facts.group)
            && is(&m.provider, provider)
            && is(&m.endpoint, facts.endpoint)
            && is(&m.region, facts.region)
    };
    let holding: Vec<&PriceRow> = version.rows.iter().filter(holds).collect();
    let most_specific = |fits: &dyn Fn(&ModelName) -> bool| {
        let mut fitting: Vec<&PriceRow> =
            holding.iter().copied().filter(|row| row.matcher.models.iter().any(fits)).collect();
        let members: [fn(&PriceRow) -> bool; 4] = [
            |r| r.matcher.group.is_some(),
            |r| r.matcher.provider.is_some(),
            |r| r.matcher.endpoint.is_some(),
            |r| r.matcher.region.is_some(),
        ];
        for names_it in members {
            if fitting.iter().any(|row| names_it(row)) {
                fitting.retain(|row| names_it(row));
            }
        }
        fitting
    };
    let literal = |before: &str, after: &str| before.chars().count() + after.chars().count();
    let mut steps: Vec<Box<dyn Fn(&ModelName) -> bool>> = vec![
        Box::new(|n| *n == ModelName::Exact(name.to_owned())),
        Box::new(|n| *n == ModelName::Alias(name.to_owned())),
    ];
    for chars in (0..=name.chars().count()).rev() {
        steps.push(Box::new(move |n| match n {
            ModelName::Pattern(before, after) => {
                let rest = name.strip_prefix(before.as_str()).and_then(|rest| rest.strip_suffix(after.as_str()));
                literal(before, after) == chars && rest.is_some()
            }
            _ => false,
        }));
    }
    for step in steps {
        match most_specific(&*step)[..] {
            [] => {}
            [only] => return Ok(only),
            _ => return Err(Unpriced::Tie),
        }
    }
    // A rule may be written for a date with dashes. Of rules that hold alike the first is meant.
    for name in [name, &name.replace("-20261005", "-2026-10-05")] {
        let by_rule = most_specific(&|n| matches!(n, ModelName::Rule(rule) if rule_holds(rule, name)));
        if let Some(first) = by_rule.first() {
            return Ok(first);
        }
    }
    Err(Unpriced::NoRow)
}

/// A way from the row to a variant: its conditions, and what it sets.
type Way<'a> = (Vec<&'a Condition>, &'a Components);

fn ways<'a>(variants: &'a [Variant], above: &[&'a Condition], all: &mut Vec<Way<'a>>) {
    for variant in variants {
        let conditions: Vec<&Condition> = above.iter().copied().chain([&variant.condition]).collect();
        all.push((conditions.clone(), &variant.components));
        ways(&variant.nested, &conditions, all);
    }
}

type Rates = [Option<Exact>; METERS];

fn rates_for(
    book: &Book,
    version: &Version,
    row: &PriceRow,
    name: &str,
    facts: &CallAttributes<'_>,
    t: Instant,
) -> Result<(Rates, BigRational), Unpriced> {
    let usage = facts.usage.as_ref().expect("there is usage");
    let tier = facts.service_tier.filter(|t| !["default", "standard", "auto"].contains(t));
    let fact = |name: &str| {
        let facts = facts.context.unwrap_or_default().split(';').filter_map(|f| f.split_once('='));
        facts.into_iter().find(|f| f.0 == name).map(|f| f.1.to_owned())
    };
    let holds = |condition: &Condition| match condition {
        Condition::Batch => facts.batch,
        Condition::ServiceTier(name) => tier == Some(name),
        Condition::When { name, value } => fact(name).as_ref() == Some(value),
        Condition::Window(window) => window.holds(t),
        Condition::Context { .. } => true,
    };
    let mut all = Vec::new();
    ways(&row.variants, &[], &mut all);
    let names_of = |all: &[Way<'_>]| -> Vec<String> {
        let name = |c: &&&Condition| if let Condition::When { name, .. } = c { Some(name.clone()) } else { None };
        all.iter().flat_map(|w| w.0.iter().filter_map(|c| name(&c))).collect()
    };
    let priced_by = names_of(&all);
    all.retain(|(conditions, _)| conditions.iter().all(|c| holds(c)));
    let input: i64 = Meter::INPUTS.iter().map(|m| usage.get(*m)).sum();
    // "Above 9" and "from 10" are one: the first total that passes.
    let first = |c: &Condition| match c {
        Condition::Context { tokens, inclusive } => Some(if *inclusive { *tokens } else { tokens + 1 }),
        _ => None,
    };
    let passed: Option<i64> =
        all.iter().flat_map(|(c, _)| c.iter().filter_map(|c| first(c))).filter(|f| *f <= input).max();
    all.retain(|(conditions, _)| conditions.iter().all(|c| first(c).is_none() || first(c) == passed));
    let mut multiplier = whole(1);
    let knows_tier = all.iter().any(|w| w.0.iter().any(|c| matches!(c, Condition::ServiceTier(_))));
    let knows_batch = all.iter().any(|w| w.0.contains(&&Condition::Batch));
    let known = names_of(&all);
    let stray = priced_by.iter().filter(|name| !known.contains(name)).find_map(|name| {
        let value = fact(name).filter(|v| !["default", "standard", "auto"].contains(&v.as_str()))?;
        Some(format!("{name}={value}"))
    });
    match (book.header.no_variant, tier) {
        (NoVariant::Unpriced, Some(tier)) if !knows_tier => return Err(Unpriced::NoServiceTier(tier.to_owned())),
        (NoVariant::Unpriced, _) if stray.is_some() => return Err(Unpriced::NoContext(stray.unwrap_or_default())),
        (NoVariant::Unpriced, _) if facts.batch && !knows_batch => return Err(Unpriced::NoBatch),
        (NoVariant::HalfBatch, _) if facts.batch && !knows_batch => multiplier /= whole(2),
        _ => {}
    }
    for components in all.iter().map(|w| w.1).chain([&row.components]) {
        multiplier *= fraction(components.multiplier.unwrap_or(Exact::ONE));
    }
    for m in &version.multipliers {
        let matches = match &m.of {
            MultiplierOf::Group(group) => facts.group == Some(group),
            MultiplierOf::Account(account) => facts.account_id == account,
            MultiplierOf::Model(model) => name == model,
        };
        if matches {
            multiplier *= fraction(m.value);
        }
    }
    let own = |meter: Meter| -> Option<Exact> {
        let setting: Vec<(&Way<'_>, Exact)> =
            all.iter().filter_map(|way| Some((way, rate_in(way.1, meter, facts)?))).collect();
        let contains = |outer: &Way<'_>, inner: &Way<'_>| inner.0.iter().all(|c| outer.0.contains(c));
        let most = setting.iter().filter(|(way, _)| setting.iter().all(|(other, _)| contains(way, other)));
        let most: Vec<Exact> = most.map(|m| m.1).collect();
        assert!(setting.is_empty() || most.len() == 1, "a book with a clash passed: {row:?}");
        most.first().copied().or_else(|| rate_in(&row.components, meter, facts))
    };
    let rates = Meter::ALL.map(|meter| {
        let parents: &[Meter] = match meter {
            Meter::CacheRead | Meter::CacheWrite | Meter::InputAudio | Meter::InputImage => &[Meter::Input],
            Meter::CacheWrite1h => &[Meter::CacheWrite, Meter::Input],
            Meter::Reasoning | Meter::OutputAudio | Meter::OutputImage => &[Meter::Output],
            _ => &[],
        };
        parents.iter().fold(own(meter), |rate, parent| rate.or_else(|| own(*parent)))
    });
    Ok((rates, multiplier))
}

fn rate_in(components: &Components, meter: Meter, facts: &CallAttributes<'_>) -> Option<Exact> {
    if meter != Meter::Image {
        return components.rates[meter.index()];
    }
    let usage = facts.usage.as_ref()?;
    let (size, quality) = (&usage.image_size, &usage.image_quality);
    let sought = [(size.is_some(), quality.is_some()), (size.is_some(), false), (false, quality.is_some())];
    for (by_size, by_quality) in sought.into_iter().chain([(false, false)]) {
        let (size, quality) = (size.clone().filter(|_| by_size), quality.clone().filter(|_| by_quality));
        if let Some(image) = components.images.iter().find(|i| i.size == size && i.quality == quality) {
            return Some(image.rate);
        }
    }
    None
}
