//! The name rules of one version, made ready for lookup.

use std::collections::BTreeMap;

use super::book::{ModelName, Version};
use super::name_rules::{NameRule, NameTest};
use super::row_query::{RowQuery, RowRef};

/// The rules of one version, made ready for lookup.
#[derive(Clone, Debug, Default)]
pub(super) struct RuleIndex {
    /// By the provider the row is for; none: for every provider.
    by_provider: BTreeMap<Option<String>, RuleList>,
    providers: Vec<(String, Option<NameTest>, Option<NameTest>)>,
}

/// Rules in the order of the rows; most hold for a few names and no others.
#[derive(Clone, Debug, Default)]
struct RuleList {
    named: BTreeMap<String, Vec<RowRef>>,
    tested: Vec<(RowRef, NameTest)>,
}

impl RuleList {
    /// The rows that answer to a lower-case name, first row first.
    fn answering(&self, name: &str) -> Vec<RowRef> {
        let mut found = self.named.get(name).cloned().unwrap_or_default();
        found.extend(self.tested.iter().filter(|(_, test)| test.holds(name)).map(|(found, _)| *found));
        found.sort_unstable_by_key(|f| (f.row, f.name));
        found
    }
}

impl RuleIndex {
    pub(super) fn new(version: &Version) -> RuleIndex {
        let mut index = RuleIndex::default();
        for (row, price) in version.rows.iter().enumerate() {
            for (name, model) in price.matcher.models.iter().enumerate() {
                let ModelName::Rule(rule) = model else { continue };
                let list = index.by_provider.entry(price.matcher.provider.clone()).or_default();
                match rule.only_names() {
                    Some(names) => {
                        for text in names {
                            list.named.entry(text).or_default().push(RowRef { row, name });
                        }
                    }
                    None => list.tested.push((RowRef { row, name }, NameTest::new(rule))),
                }
            }
        }
        let test = |rule: &Option<NameRule>| rule.as_ref().map(NameTest::new);
        index.providers = version.providers.iter().map(|p| (p.id.clone(), test(&p.names), test(&p.models))).collect();
        index
    }

    /// The provider a call means: the one of that id, else the first whose rule holds for the name it
    /// gives, else the name as it is; of a call that names none the first whose rule holds for the model.
    pub(super) fn provider<'a>(&'a self, query: &RowQuery<'a>) -> Option<&'a str> {
        if self.providers.is_empty() {
            return query.provider;
        }
        let Some(name) = query.provider else {
            let model = query.model.to_lowercase();
            let meant = self.providers.iter().find(|p| p.2.as_ref().is_some_and(|t| t.holds(&model)));
            return meant.map(|p| p.0.as_str());
        };
        let name = name.trim().to_lowercase();
        let by_id = self.providers.iter().find(|p| p.0 == name);
        let by_rule = || self.providers.iter().find(|p| p.1.as_ref().is_some_and(|t| t.holds(&name)));
        by_id.or_else(by_rule).map_or(query.provider, |p| Some(p.0.as_str()))
    }

    /// The first row, of those most specific, whose rule holds; where none does, the name is tried with
    /// a date such as `-20251211` written `-2025-12-11`.
    pub(super) fn find(&self, version: &Version, query: &RowQuery<'_>) -> Option<RowRef> {
        if self.by_provider.is_empty() {
            return None;
        }
        let name = query.model.to_lowercase();
        self.first(version, query, &name).or_else(|| self.first(version, query, &with_dashed_dates(&name)?))
    }

    fn first(&self, version: &Version, query: &RowQuery<'_>, name: &str) -> Option<RowRef> {
        let own = query.provider.and_then(|p| self.by_provider.get(&Some(p.to_owned())));
        let lists = own.into_iter().chain(self.by_provider.get(&None));
        let answering = lists.flat_map(|list| list.answering(name));
        let holding = answering.filter(|f| version.rows[f.row].matcher.holds(query));
        holding.min_by_key(|f| (std::cmp::Reverse(version.rows[f.row].matcher.specificity()), f.row, f.name))
    }
}

/// Compact dates of this century behind a dash, and before a dash, a colon or the end, get dashes.
fn with_dashed_dates(name: &str) -> Option<String> {
    let bytes = name.as_bytes();
    let (mut out, mut at, mut changed) = (String::new(), 0, false);
    while at < name.len() {
        let digits = name.get(at + 1..at + 9).filter(|d| bytes[at] == b'-' && d.bytes().all(|b| b.is_ascii_digit()));
        let ends = matches!(bytes.get(at + 9), None | Some(b'-' | b':'));
        if let Some(digits) = digits.filter(|d| ends && is_date(d)) {
            out.push_str(&format!("-{}-{}-{}", &digits[..4], &digits[4..6], &digits[6..]));
            (at, changed) = (at + 9, true);
            continue;
        }
        let width = name[at..].chars().next().map_or(1, char::len_utf8);
        out.push_str(&name[at..at + width]);
        at += width;
    }
    changed.then_some(out)
}

fn is_date(digits: &str) -> bool {
    let number = |range: std::ops::Range<usize>| digits[range].parse::<u32>().unwrap_or(0);
    let year = i32::try_from(number(0..4)).unwrap_or(0);
    digits.starts_with("20") && crate::domain::period::Day::new(year, number(4..6), number(6..8)).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compact_dates_get_dashes() {
        assert_eq!(with_dashed_dates("gpt-5.2-20251211").as_deref(), Some("gpt-5.2-2025-12-11"));
        assert_eq!(with_dashed_dates("a-20251211-b-20240229:free").as_deref(), Some("a-2025-12-11-b-2024-02-29:free"));
        for unchanged in ["gpt-5", "a-20251311", "a-20250229", "a-202512110", "a20251211", "a-19991211", "ü-2025121"] {
            assert_eq!(with_dashed_dates(unchanged), None, "{unchanged}");
        }
    }
}
