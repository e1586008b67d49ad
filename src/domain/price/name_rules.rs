//! Rules that tell which names a price or a provider answers to, where one text is not enough.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use regex::Regex;

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
        NameTest::new(self).holds(&name.to_lowercase())
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

    /// The names it says in full, in lower case, each by itself enough for it to hold.
    pub fn names(&self) -> Vec<String> {
        match self {
            NameRule::Equals(text) => vec![text.to_lowercase()],
            NameRule::Any(rules) => rules.iter().flat_map(NameRule::names).collect(),
            _ => Vec::new(),
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
pub(super) enum NameTest {
    Equals(String),
    StartsWith(String),
    EndsWith(String),
    Contains(String),
    /// Nothing for an expression that is none; such a book is refused before.
    Regex(Option<Regex>),
    Any(Vec<NameTest>),
    All(Vec<NameTest>),
    Not(Box<NameTest>),
}

impl NameTest {
    pub(super) fn new(rule: &NameRule) -> NameTest {
        let all = |rules: &[NameRule]| rules.iter().map(NameTest::new).collect();
        match rule {
            NameRule::Equals(text) => NameTest::Equals(text.to_lowercase()),
            NameRule::StartsWith(text) => NameTest::StartsWith(text.to_lowercase()),
            NameRule::EndsWith(text) => NameTest::EndsWith(text.to_lowercase()),
            NameRule::Contains(text) => NameTest::Contains(text.to_lowercase()),
            NameRule::Regex(text) => NameTest::Regex(expression(text)),
            NameRule::Any(rules) => NameTest::Any(all(rules)),
            NameRule::All(rules) => NameTest::All(all(rules)),
            NameRule::Not(rule) => NameTest::Not(Box::new(NameTest::new(rule))),
        }
    }

    /// `name` is in lower case.
    pub(super) fn holds(&self, name: &str) -> bool {
        match self {
            NameTest::Equals(text) => name == text,
            NameTest::StartsWith(text) => name.starts_with(text.as_str()),
            NameTest::EndsWith(text) => name.ends_with(text.as_str()),
            NameTest::Contains(text) => name.contains(text.as_str()),
            NameTest::Regex(regex) => regex.as_ref().is_some_and(|r| r.is_match(name)),
            NameTest::Any(tests) => tests.iter().any(|t| t.holds(name)),
            NameTest::All(tests) => tests.iter().all(|t| t.holds(name)),
            NameTest::Not(test) => !test.holds(name),
        }
    }
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
    fn an_expression_that_is_none_is_named() {
        let rule = NameRule::Any(vec![NameRule::Regex(text("(")), NameRule::Regex(text("^a$"))]);
        assert_eq!(rule.bad_expressions(), ["("]);
    }
}
