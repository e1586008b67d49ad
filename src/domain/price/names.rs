//! Rules that tell which names a price or a provider answers to, where one text is not enough.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use regex::Regex;

use super::book::{ModelName, Version};
use super::lookup::{Found, Wanted};

/// A test of a name. Names are compared in lower case; so are the texts, but not the expressions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameRule {
    Equals(String),
    StartsWith(String),
    EndsWith(String),
    Contains(String),
    /// Found anywhere in the name, unless it is anchored.
    Regex(String),
    Any(Vec<NameRule>),
    All(Vec<NameRule>),
    Not(Box<NameRule>),
}

impl NameRule {
    /// The expressions in it that are none, each with what is wrong.
    pub fn bad_expressions(&self) -> Vec<String> {
        match self {
            NameRule::Regex(text) if expression(text).is_none() => vec![text.clone()],
            NameRule::Any(rules) | NameRule::All(rules) => rules.iter().flat_map(NameRule::bad_expressions).collect(),
            NameRule::Not(rule) => rule.bad_expressions(),
            _ => Vec::new(),
        }
    }

    pub fn holds(&self, name: &str) -> bool {
        Test::new(self).holds(&name.to_lowercase())
    }

    /// A name it holds for, to be shown where the rule has none of its own.
    pub fn example(&self) -> String {
        match self {
            NameRule::Equals(text) => text.clone(),
            NameRule::StartsWith(text) => format!("{text}*"),
            NameRule::EndsWith(text) => format!("*{text}"),
            NameRule::Contains(text) => format!("*{text}*"),
            NameRule::Regex(text) => format!("/{text}/"),
            NameRule::Any(rules) | NameRule::All(rules) => rules.first().map(NameRule::example).unwrap_or_default(),
            NameRule::Not(rule) => format!("not {}", rule.example()),
        }
    }

    /// The names it holds for, where those are all it holds for.
    pub(super) fn only_names(&self) -> Option<Vec<String>> {
        match self {
            NameRule::Equals(text) => Some(vec![text.to_lowercase()]),
            NameRule::Any(rules) => {
                let lists: Option<Vec<Vec<String>>> = rules.iter().map(NameRule::only_names).collect();
                lists.map(|lists| lists.concat())
            }
            _ => None,
        }
    }
}

/// Expressions made ready, by their text: every version of a book repeats them, and it takes long.
static READY: Mutex<BTreeMap<String, Option<Regex>>> = Mutex::new(BTreeMap::new());

/// Expressions kept; a book that has more begins afresh.
const MOST_READY: usize = 4096;

/// `None` where the text is no expression.
fn expression(text: &str) -> Option<Regex> {
    let mut ready = READY.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = ready.get(text) {
        return known.clone();
    }
    if ready.len() >= MOST_READY {
        ready.clear();
    }
    let made = Regex::new(text).ok();
    ready.insert(text.to_owned(), made.clone());
    made
}

/// A rule made ready.
#[derive(Clone, Debug)]
enum Test {
    Equals(String),
    StartsWith(String),
    EndsWith(String),
    Contains(String),
    /// Nothing for an expression that is none; such a book is refused before.
    Regex(Option<Regex>),
    Any(Vec<Test>),
    All(Vec<Test>),
    Not(Box<Test>),
}

impl Test {
    fn new(rule: &NameRule) -> Test {
        let all = |rules: &[NameRule]| rules.iter().map(Test::new).collect();
        match rule {
            NameRule::Equals(text) => Test::Equals(text.to_lowercase()),
            NameRule::StartsWith(text) => Test::StartsWith(text.to_lowercase()),
            NameRule::EndsWith(text) => Test::EndsWith(text.to_lowercase()),
            NameRule::Contains(text) => Test::Contains(text.to_lowercase()),
            NameRule::Regex(text) => Test::Regex(expression(text)),
            NameRule::Any(rules) => Test::Any(all(rules)),
            NameRule::All(rules) => Test::All(all(rules)),
            NameRule::Not(rule) => Test::Not(Box::new(Test::new(rule))),
        }
    }

    /// `name` is in lower case.
    fn holds(&self, name: &str) -> bool {
        match self {
            Test::Equals(text) => name == text,
            Test::StartsWith(text) => name.starts_with(text.as_str()),
            Test::EndsWith(text) => name.ends_with(text.as_str()),
            Test::Contains(text) => name.contains(text.as_str()),
            Test::Regex(regex) => regex.as_ref().is_some_and(|r| r.is_match(name)),
            Test::Any(tests) => tests.iter().any(|t| t.holds(name)),
            Test::All(tests) => tests.iter().all(|t| t.holds(name)),
            Test::Not(test) => !test.holds(name),
        }
    }
}

/// The rules of one version, made ready for lookup.
#[derive(Clone, Debug, Default)]
pub(super) struct RuleIndex {
    /// By the provider the row is for; none: for every provider.
    shelves: BTreeMap<Option<String>, Shelf>,
    providers: Vec<(String, Option<Test>, Option<Test>)>,
}

/// Rules in the order of the rows; most hold for a few names and no others.
#[derive(Clone, Debug, Default)]
struct Shelf {
    named: BTreeMap<String, Vec<Found>>,
    tested: Vec<(Found, Test)>,
}

impl Shelf {
    /// The rows that answer to a lower-case name, first row first.
    fn answering(&self, name: &str) -> Vec<Found> {
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
                let shelf = index.shelves.entry(price.matcher.provider.clone()).or_default();
                match rule.only_names() {
                    Some(names) => {
                        for text in names {
                            shelf.named.entry(text).or_default().push(Found { row, name });
                        }
                    }
                    None => shelf.tested.push((Found { row, name }, Test::new(rule))),
                }
            }
        }
        let test = |rule: &Option<NameRule>| rule.as_ref().map(Test::new);
        index.providers = version.providers.iter().map(|p| (p.id.clone(), test(&p.names), test(&p.models))).collect();
        index
    }

    /// The provider a call means: the one of that id, else the first whose rule holds for the name it
    /// gives, else the name as it is; of a call that names none the first whose rule holds for the model.
    pub(super) fn provider<'a>(&'a self, wanted: &Wanted<'a>) -> Option<&'a str> {
        if self.providers.is_empty() {
            return wanted.provider;
        }
        let Some(name) = wanted.provider else {
            let model = wanted.model.to_lowercase();
            let meant = self.providers.iter().find(|p| p.2.as_ref().is_some_and(|t| t.holds(&model)));
            return meant.map(|p| p.0.as_str());
        };
        let name = name.trim().to_lowercase();
        let by_id = self.providers.iter().find(|p| p.0 == name);
        let by_rule = || self.providers.iter().find(|p| p.1.as_ref().is_some_and(|t| t.holds(&name)));
        by_id.or_else(by_rule).map_or(wanted.provider, |p| Some(p.0.as_str()))
    }

    /// The first row, of those most specific, whose rule holds; where none does, the name is tried with
    /// a date such as `-20251211` written `-2025-12-11`.
    pub(super) fn find(&self, version: &Version, wanted: &Wanted<'_>) -> Option<Found> {
        if self.shelves.is_empty() {
            return None;
        }
        let name = wanted.model.to_lowercase();
        self.first(version, wanted, &name).or_else(|| self.first(version, wanted, &with_dashed_dates(&name)?))
    }

    fn first(&self, version: &Version, wanted: &Wanted<'_>, name: &str) -> Option<Found> {
        let own = wanted.provider.and_then(|p| self.shelves.get(&Some(p.to_owned())));
        let shelves = own.into_iter().chain(self.shelves.get(&None));
        let answering = shelves.flat_map(|shelf| shelf.answering(name));
        let holding = answering.filter(|f| version.rows[f.row].matcher.holds(wanted));
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

    fn holds(rule: &NameRule, name: &str) -> bool {
        rule.holds(name)
    }

    fn text(text: &str) -> String {
        text.to_owned()
    }

    #[test]
    fn rules_hold_whatever_the_case() {
        assert!(
            holds(&NameRule::Equals(text("GPT-5")), "gpt-5") && !holds(&NameRule::Equals(text("gpt-5")), "gpt-5.5")
        );
        assert!(holds(&NameRule::StartsWith(text("gpt-")), "GPT-5") && holds(&NameRule::EndsWith(text("-5")), "gpt-5"));
        assert!(holds(&NameRule::Contains(text("pt")), "gpt-5") && holds(&NameRule::Regex(text("^g.t")), "GPT"));
        let both = vec![NameRule::StartsWith(text("g")), NameRule::Not(Box::new(NameRule::Contains(text("mini"))))];
        assert!(holds(&NameRule::All(both.clone()), "gpt") && !holds(&NameRule::All(both.clone()), "gpt-mini"));
        assert!(holds(&NameRule::Any(both), "llama"));
        assert!(!holds(&NameRule::Any(Vec::new()), "x") && holds(&NameRule::All(Vec::new()), "x"));
    }

    #[test]
    fn compact_dates_get_dashes() {
        assert_eq!(with_dashed_dates("gpt-5.2-20251211").as_deref(), Some("gpt-5.2-2025-12-11"));
        assert_eq!(with_dashed_dates("a-20251211-b-20240229:free").as_deref(), Some("a-2025-12-11-b-2024-02-29:free"));
        for unchanged in ["gpt-5", "a-20251311", "a-20250229", "a-202512110", "a20251211", "a-19991211", "ü-2025121"] {
            assert_eq!(with_dashed_dates(unchanged), None, "{unchanged}");
        }
    }

    #[test]
    fn an_expression_that_is_none_is_named() {
        let rule = NameRule::Any(vec![NameRule::Regex(text("(")), NameRule::Regex(text("^a$"))]);
        assert_eq!(rule.bad_expressions(), ["("]);
    }
}
