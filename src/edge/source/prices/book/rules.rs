//! Rules for names, and the providers of a version.

use super::fields::Table;
use crate::domain::price::{NameRule, ProviderRule};

pub(super) fn provider(table: &Table<'_, '_>) -> Option<ProviderRule> {
    let id = table.required_text("id");
    let provider =
        ProviderRule { id: id?, names: one(table, "names"), models: one(table, "models"), place: table.place() };
    table.done();
    Some(provider)
}

fn one(table: &Table<'_, '_>, key: &str) -> Option<NameRule> {
    rules(table, key).pop()
}

/// A rule or a list of them.
pub(super) fn rules(table: &Table<'_, '_>, key: &str) -> Vec<NameRule> {
    table.tables(key).iter().filter_map(rule).collect()
}

/// Exactly one of its members: `equals`, `starts_with`, `ends_with`, `contains`, `regex`, `any`, `all`, `not`.
fn rule(table: &Table<'_, '_>) -> Option<NameRule> {
    let mut found: Vec<NameRule> = Vec::new();
    let texts: [(&str, fn(String) -> NameRule); 5] = [
        ("equals", NameRule::Equals),
        ("starts_with", NameRule::StartsWith),
        ("ends_with", NameRule::EndsWith),
        ("contains", NameRule::Contains),
        ("regex", NameRule::Regex),
    ];
    for (key, make) in texts {
        found.extend(table.text(key).map(make));
    }
    for (key, make) in [("any", NameRule::Any as fn(Vec<NameRule>) -> NameRule), ("all", NameRule::All)] {
        if table.has(key) {
            found.push(make(rules(table, key)));
        }
    }
    found.extend(one(table, "not").map(|rule| NameRule::Not(Box::new(rule))));
    table.done();
    if found.len() != 1 {
        table.wrong(
            "match",
            "is not exactly one rule",
            "one of: equals, starts_with, ends_with, contains, regex, any, all, not",
        );
        return None;
    }
    found.pop()
}
