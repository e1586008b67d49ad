//! One text for one content: the native TOML, every member in a fixed order, rates per single unit.

use std::fmt::{Display, Write};

use sha2::{Digest, Sha256};

use super::book::{
    Book, Charged, Components, Condition, Header, ImageRate, ModelName, MultiplierOf, NoVariant, PriceAt, PriceBy,
    PriceRow, RoundingPlace, Variant, Version, Window,
};
use super::name_rules::NameRule;
use crate::domain::call::Meter;

impl Book {
    /// The whole book in the native format; reading it gives the same book, places aside.
    pub fn to_toml(&self) -> String {
        let mut text = self.header.to_toml();
        for version in &self.versions {
            text.push('\n');
            text.push_str(&version_text(version, false));
        }
        text
    }
}

impl Header {
    pub fn to_toml(&self) -> String {
        let charged = |c: Charged| if c == Charged::Charged { "charged" } else { "free" };
        let mut lines = vec![
            ("id", quoted(&self.id)),
            ("unit", quoted(&self.unit)),
            ("price_at", quoted(if self.price_at == PriceAt::Started { "started" } else { "ended" })),
            ("price_by", quoted(if self.price_by == PriceBy::Billed { "billed" } else { "served" })),
            ("failed_calls", quoted(charged(self.failed_calls))),
            ("cancelled_calls", quoted(charged(self.cancelled_calls))),
            ("cache_hits", quoted(charged(self.cache_hits))),
            ("no_variant", quoted(self.no_variant.name())),
        ];
        if let Some(r) = self.rounding {
            let at = if r.at == RoundingPlace::Component { "component" } else { "call" };
            let mode = r.mode.name();
            lines.push(("rounding", format!("{{ at = \"{at}\", mode = \"{mode}\", scale = {} }}", r.scale)));
        }
        lines.iter().fold("[book]\n".to_owned(), |text, (key, value)| text + key + " = " + value + "\n")
    }

    /// Hash of what holds for the whole book.
    pub fn content_hash(&self) -> String {
        sha256(&self.to_toml())
    }

    /// The first member in which two headers differ.
    pub(super) fn difference(&self, other: &Header) -> Option<&'static str> {
        [
            (self.unit != other.unit, "unit"),
            (self.price_at != other.price_at, "price_at"),
            (self.price_by != other.price_by, "price_by"),
            (self.failed_calls != other.failed_calls, "failed_calls"),
            (self.cancelled_calls != other.cancelled_calls, "cancelled_calls"),
            (self.cache_hits != other.cache_hits, "cache_hits"),
            (self.no_variant != other.no_variant, "no_variant"),
            (self.rounding != other.rounding, "rounding"),
        ]
        .into_iter()
        .find_map(|(differs, name)| differs.then_some(name))
    }
}

impl NoVariant {
    pub const ALL: [NoVariant; 3] = [NoVariant::Unpriced, NoVariant::Row, NoVariant::HalfBatch];

    pub fn name(self) -> &'static str {
        match self {
            NoVariant::Unpriced => "unpriced",
            NoVariant::Row => "row",
            NoVariant::HalfBatch => "half_batch",
        }
    }
}

impl Version {
    pub fn to_toml(&self) -> String {
        version_text(self, false)
    }

    /// Hash of times and content; where it is written and in which order do not matter.
    pub fn content_hash(&self) -> String {
        sha256(&version_text(self, true))
    }
}

fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// `sorted`: rows, names, variants and multipliers by their text, so that order is no content.
fn version_text(version: &Version, sorted: bool) -> String {
    let times = [("effective_from", version.effective_from), ("known_from", version.known_from)];
    let mut parts = vec!["[[version]]\n".to_owned()];
    parts.extend(times.map(|(key, at)| format!("{key} = \"{at}\"\n")));
    parts.extend(version.providers.iter().map(|provider| {
        let mut lines = vec![format!("id = {}", quoted(&provider.id))];
        lines.extend(provider.names.as_ref().map(|rule| format!("names = {}", rule_text(rule))));
        lines.extend(provider.models.as_ref().map(|rule| format!("models = {}", rule_text(rule))));
        format!("\n[[version.provider]]\n{}\n", lines.join("\n"))
    }));
    let rows = version.rows.iter().map(|row| row_text(row, sorted)).collect();
    parts.extend(in_order(rows, sorted && !has_rules(version)));
    let multipliers = version.multipliers.iter().map(|m| {
        let (key, name) = match &m.of {
            MultiplierOf::Group(name) => ("group", name),
            MultiplierOf::Model(name) => ("model", name),
            MultiplierOf::Account(name) => ("account", name),
        };
        format!("\n[[version.multiplier]]\n{key} = {}\nvalue = \"{}\"\n", quoted(name), m.value)
    });
    parts.extend(in_order(multipliers.collect(), sorted));
    parts.concat()
}

fn in_order(mut items: Vec<String>, sorted: bool) -> Vec<String> {
    if sorted {
        items.sort_unstable();
    }
    items
}

fn row_text(row: &PriceRow, sorted: bool) -> String {
    let mut lines = Vec::new();
    let named = |pick: fn(&ModelName) -> Option<String>| -> Vec<String> {
        in_order(row.matcher.models.iter().filter_map(pick).collect(), sorted)
    };
    let exact = named(|n| if let ModelName::Exact(text) = n { Some(quoted(text)) } else { None });
    let aliases = named(|n| if let ModelName::Alias(text) = n { Some(quoted(text)) } else { None });
    let patterns = named(|n| if let ModelName::Pattern(a, b) = n { Some(quoted(format!("{a}*{b}"))) } else { None });
    for (key, names) in [("models", exact), ("aliases", aliases), ("pattern", patterns)] {
        if !names.is_empty() {
            lines.push(format!("{key} = [{}]", names.join(", ")));
        }
    }
    let rules = named(|n| if let ModelName::Rule(rule) = n { Some(rule_text(rule)) } else { None });
    if !rules.is_empty() {
        lines.push(format!("match = [{}]", rules.join(", ")));
    }
    let m = &row.matcher;
    for (key, value) in
        [("group", &m.group), ("provider", &m.provider), ("endpoint", &m.endpoint), ("region", &m.region)]
    {
        lines.extend(value.as_ref().map(|v| format!("{key} = {}", quoted(v))));
    }
    lines.extend(components_text(&row.components));
    if row.free {
        lines.push("free = true".to_owned());
    }
    lines.extend(row.minimum.map(|v| format!("minimum = \"{v}\"")));
    lines.extend(variants_text(&row.variants, sorted));
    format!("\n[[version.price]]\n{}\n", lines.join("\n"))
}

/// Rules are tried in the order of their rows, so there order is content.
fn has_rules(version: &Version) -> bool {
    version.rows.iter().any(|row| row.matcher.models.iter().any(|name| matches!(name, ModelName::Rule(_))))
}

fn rule_text(rule: &NameRule) -> String {
    let list = |rules: &[NameRule]| rules.iter().map(rule_text).collect::<Vec<_>>().join(", ");
    match rule {
        NameRule::Equals(text) => format!("{{ equals = {} }}", quoted(text)),
        NameRule::StartsWith(text) => format!("{{ starts_with = {} }}", quoted(text)),
        NameRule::EndsWith(text) => format!("{{ ends_with = {} }}", quoted(text)),
        NameRule::Contains(text) => format!("{{ contains = {} }}", quoted(text)),
        NameRule::Regex(text) => format!("{{ regex = {} }}", quoted(text)),
        NameRule::Any(rules) => format!("{{ any = [{}] }}", list(rules)),
        NameRule::All(rules) => format!("{{ all = [{}] }}", list(rules)),
        NameRule::Not(rule) => format!("{{ not = {} }}", rule_text(rule)),
    }
}

fn components_text(components: &Components) -> Vec<String> {
    let mut items: Vec<String> = Meter::ALL
        .iter()
        .filter(|m| **m != Meter::Image)
        .filter_map(|m| Some(format!("{} = {{ rate = \"{}\", per = 1 }}", m.name(), components.rate(*m)?)))
        .collect();
    let whole = components.rate(Meter::Image).map(|rate| ImageRate { size: None, quality: None, rate });
    let images: Vec<String> = components.images.iter().chain(&whole).map(image_text).collect();
    if !images.is_empty() {
        items.push(format!("image = [{}]", images.join(", ")));
    }
    items.extend(components.multiplier.map(|v| format!("multiplier = \"{v}\"")));
    items
}

fn image_text(image: &ImageRate) -> String {
    let size = image.size.as_ref().map(|s| format!("size = {}, ", quoted(s))).unwrap_or_default();
    let quality = image.quality.as_ref().map(|q| format!("quality = {}, ", quoted(q))).unwrap_or_default();
    format!("{{ {size}{quality}rate = \"{}\", per = 1 }}", image.rate)
}

/// The members `tiers`, `batch`, `service_tier`, `when` and `windows` of a row or variant.
fn variants_text(variants: &[Variant], sorted: bool) -> Vec<String> {
    let (mut tiers, mut batch, mut service, mut windows) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut when = Vec::new();
    for variant in variants {
        let mut items = Vec::new();
        match &variant.condition {
            Condition::Context { tokens, inclusive } => {
                items.push(format!("{} = {tokens}", if *inclusive { "input_from" } else { "input_above" }));
            }
            Condition::Window(window) => items.push(window_text(window)),
            Condition::When { name, value } => {
                items.push(format!("name = {}, value = {}", quoted(name), quoted(value)));
            }
            Condition::Batch | Condition::ServiceTier(_) => {}
        }
        items.extend(components_text(&variant.components));
        items.extend(variants_text(&variant.nested, sorted));
        let table = if items.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", items.join(", ")) };
        match &variant.condition {
            Condition::Context { .. } => tiers.push(table),
            Condition::Batch => batch.push(format!("batch = {table}")),
            Condition::ServiceTier(name) => service.push(format!("{} = {table}", quoted(name))),
            Condition::When { .. } => when.push(table),
            Condition::Window(_) => windows.push(table),
        }
    }
    let list = |key: &str, open: &str, items: Vec<String>, close: &str| {
        let items = in_order(items, sorted);
        (!items.is_empty()).then(|| format!("{key} = {open}{}{close}", items.join(", ")))
    };
    let mut lines: Vec<String> = list("tiers", "[", tiers, "]").into_iter().collect();
    lines.extend(in_order(batch, sorted));
    lines.extend(list("service_tier", "{ ", service, " }"));
    lines.extend(list("when", "[", when, "]"));
    lines.extend(list("windows", "[", windows, "]"));
    lines
}

fn window_text(w: &Window) -> String {
    let clock = |m: u32| format!("\"{:02}:{:02}\"", m / 60, m % 60);
    let (from, until, zone) = (clock(w.from_minute), clock(w.until_minute), w.zone.name());
    let days: Vec<String> = Window::WEEKDAYS.iter().zip(w.weekdays).filter(|d| d.1).map(|d| quoted(d.0)).collect();
    let mut text = format!("from = {from}, until = {until}, zone = \"{zone}\", days = [{}]", days.join(", "));
    for (key, day) in [("since", w.since), ("before", w.before)] {
        text.extend(day.map(|day| format!(", {key} = \"{day}\"")));
    }
    text
}

/// A TOML basic string.
fn quoted(text: impl Display) -> String {
    let mut out = String::from("\"");
    for c in text.to_string().chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\U{:08X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
