//! `## Prices` becomes a price book.

use std::fmt::Write;

use super::arithmetic::decimal;
use super::page::{Part, Problem, Row, Section, Table, problem};

const METERS: [&str; 15] = [
    "input",
    "cache read",
    "cache write",
    "cache write 1h",
    "input audio",
    "input image",
    "output",
    "reasoning",
    "output audio",
    "output image",
    "image",
    "second",
    "character",
    "request",
    "web search",
];

/// Versions of one section: `### From T` or `### From T, known T`, each with its tables.
pub(super) fn versions(section: &Section) -> Result<String, Problem> {
    let mut out = String::new();
    let mut begun = false;
    for part in &section.parts {
        match part {
            Part::Heading(line, text) => {
                out.push_str(&version(*line, text)?);
                begun = true;
            }
            Part::Table(table) => {
                if !begun {
                    out.push_str("[[version]]\neffective_from = \"2020-01-01T00:00:00Z\"\n");
                    begun = true;
                }
                if table.columns.iter().any(|c| c == "value") {
                    multipliers(table, &mut out)?;
                } else {
                    prices(table, &mut out)?;
                }
            }
            Part::Prose(..) => {}
            Part::Item(line, ..) => return problem(*line, "prices are tables under `### From`"),
            Part::Quote(lines) => {
                return problem(lines.first().map_or(section.line, |l| l.0), "prices are tables under `### From`");
            }
        }
    }
    if begun { Ok(out) } else { problem(section.line, "there is no table of prices") }
}

fn version(line: usize, text: &str) -> Result<String, Problem> {
    let Some(rest) = text.strip_prefix("From ") else {
        return problem(line, format!("{text:?} is not `From TIME` or `From TIME, known TIME`"));
    };
    let (from, known) = rest.split_once(", known ").map_or((rest, None), |(from, known)| (from, Some(known)));
    let known = known.map(|k| format!("known_from = {k:?}\n")).unwrap_or_default();
    Ok(format!("\n[[version]]\neffective_from = {from:?}\n{known}"))
}

fn multipliers(table: &Table, out: &mut String) -> Result<(), Problem> {
    for row in &table.rows {
        out.push_str("[[version.multiplier]]\n");
        for (column, cell) in table.filled(row) {
            match column {
                "group" | "model" | "account" | "value" => {
                    let _ = writeln!(out, "{column} = {cell:?}");
                }
                _ => return problem(table.line, format!("multipliers have no column {column:?}")),
            }
        }
    }
    Ok(())
}

/// Components of a row or of a variant of it.
#[derive(Default)]
struct Components {
    members: Vec<String>,
    images: Vec<String>,
    variants: Vec<(String, Components)>,
}

fn prices(table: &Table, out: &mut String) -> Result<(), Problem> {
    let mut rows: Vec<(Vec<String>, Components)> = Vec::new();
    for row in &table.rows {
        let (mut heads, mut when, mut part) = (Vec::new(), None, Components::default());
        let (mut image, mut look) = (None, Vec::new());
        for (column, cell) in table.filled(row) {
            match column {
                "model" | "alias" => heads.push(format!("{} = {}", names_key(column), names(cell))),
                "pattern" | "provider" | "endpoint" | "region" | "group" => heads.push(format!("{column} = {cell:?}")),
                "size" | "quality" => look.push(format!("{column} = {cell:?}")),
                "when" => when = Some(cell),
                "free" => part.members.push(format!("free = {}", cell == "yes")),
                "multiplier" | "minimum" => part.members.push(format!("{column} = {:?}", number(row, cell)?)),
                _ => {
                    let (meter, rate) = component(table, row, column, cell)?;
                    match meter {
                        "image" => image = Some(rate),
                        _ => part.members.push(format!("{} = {{ {rate} }}", meter.replace(' ', "_"))),
                    }
                }
            }
        }
        if let Some(rate) = image {
            look.push(rate);
            part.images.push(format!("{{ {} }}", look.join(", ")));
        }
        match (heads.is_empty(), when, rows.last_mut()) {
            (false, None, _) => rows.push((heads, part)),
            (true, None, Some((_, above))) if part.members.is_empty() => above.images.append(&mut part.images),
            (true, Some(when), Some((_, above))) => place(row, above, when, part)?,
            (false, Some(_), _) => return problem(row.line, "a row with a condition stands under its model's row"),
            _ => return problem(row.line, "the row names no model"),
        }
    }
    for (heads, part) in rows {
        let _ = writeln!(out, "[[version.price]]\n{}\n{}", heads.join("\n"), body(&part).join("\n"));
    }
    Ok(())
}

fn names_key(column: &str) -> &'static str {
    if column == "alias" { "aliases" } else { "models" }
}

fn names(cell: &str) -> String {
    let quoted: Vec<String> = cell.split(',').map(|name| format!("{:?}", name.trim())).collect();
    format!("[{}]", quoted.join(", "))
}

fn number(row: &Row, cell: &str) -> Result<String, Problem> {
    match decimal(cell) {
        Some(_) => Ok(cell.replace(',', "")),
        None => problem(row.line, format!("{cell:?} is not a decimal number")),
    }
}

/// `input per 1M` and its cell.
fn component<'c>(table: &Table, row: &Row, column: &'c str, cell: &str) -> Result<(&'c str, String), Problem> {
    let split = column.split_once(" per ").filter(|(meter, _)| METERS.contains(meter));
    let per = split.and_then(|(_, per)| match per {
        "1" => Some(1),
        "1K" => Some(1_000),
        "1M" => Some(1_000_000),
        _ => None,
    });
    match (split, per) {
        (Some((meter, _)), Some(per)) => Ok((meter, format!("rate = {:?}, per = {per}", number(row, cell)?))),
        _ => problem(table.line, format!("prices have no column {column:?}; a rate is headed such as `input per 1M`")),
    }
}

/// Hangs a variant where its condition says: `batch`, or `input above 200000 + batch` below the former.
fn place(row: &Row, above: &mut Components, when: &str, part: Components) -> Result<(), Problem> {
    let mut node = above;
    let mut steps: Vec<&str> = when.split(" + ").map(str::trim).collect();
    let last = steps.pop().unwrap_or_default();
    for step in steps {
        match node.variants.iter().position(|(known, _)| known == step) {
            Some(at) => node = &mut node.variants[at].1,
            None => return problem(row.line, format!("there is no row {step:?} above for {when:?}")),
        }
    }
    condition(last).map_err(|text| Problem { line: row.line, text })?;
    node.variants.push((last.to_owned(), part));
    Ok(())
}

enum Condition {
    Tier(String),
    Batch,
    Service(String),
    Window(String),
}

fn condition(when: &str) -> Result<Condition, String> {
    for (words, key) in [("input above ", "input_above"), ("input from ", "input_from")] {
        if let Some(tokens) = when.strip_prefix(words) {
            return Ok(Condition::Tier(format!("{key} = {}", tokens.replace(',', ""))));
        }
    }
    if when == "batch" {
        return Ok(Condition::Batch);
    }
    if let Some(name) = when.strip_prefix("tier ") {
        return Ok(Condition::Service(name.to_owned()));
    }
    let (window, days) = when.split_once(" on ").map_or((when, None), |(window, days)| (window, Some(days)));
    let Some((clock, zone)) = window.split_once(' ') else {
        return Err(format!("{when:?} is no condition"));
    };
    let Some((from, until)) = clock.split_once('-') else {
        return Err(format!("{when:?} is no condition"));
    };
    let days = days.map(|d| format!(", days = {}", names(&d.replace(' ', ",")))).unwrap_or_default();
    Ok(Condition::Window(format!("from = {from:?}, until = {until:?}, zone = {zone:?}{days}")))
}

/// The members of a row or variant.
fn body(part: &Components) -> Vec<String> {
    let mut members = part.members.clone();
    if !part.images.is_empty() {
        members.push(format!("image = [{}]", part.images.join(", ")));
    }
    let (mut tiers, mut windows, mut services) = (Vec::new(), Vec::new(), Vec::new());
    for (when, variant) in &part.variants {
        let inner = body(variant);
        let with = |head: &str| {
            let all: Vec<&str> =
                [head].into_iter().filter(|h| !h.is_empty()).chain(inner.iter().map(String::as_str)).collect();
            format!("{{ {} }}", all.join(", "))
        };
        match condition(when) {
            Ok(Condition::Tier(head)) => tiers.push(with(&head)),
            Ok(Condition::Window(head)) => windows.push(with(&head)),
            Ok(Condition::Service(name)) => services.push(format!("{name:?} = {}", with(""))),
            Ok(Condition::Batch) => members.push(format!("batch = {}", with(""))),
            Err(_) => {}
        }
    }
    for (key, list) in [("tiers", tiers), ("windows", windows)] {
        if !list.is_empty() {
            members.push(format!("{key} = [{}]", list.join(", ")));
        }
    }
    if !services.is_empty() {
        members.push(format!("service_tier = {{ {} }}", services.join(", ")));
    }
    members
}
