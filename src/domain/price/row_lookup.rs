//! Which version is in force, and which of its rows answers to a call.

use std::ops::Range;

use super::book::{Book, Matcher, ModelName, Version};
use super::row_query::{NotFound, RowQuery, RowRef};
use super::rule_index::RuleIndex;
use crate::domain::call::name_hash;
use crate::domain::period::Instant;

/// Versions in force over time, as known at one moment: each holds until the next begins.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    steps: Vec<(Instant, usize)>,
}

impl Timeline {
    /// Index into the book's versions, and the half-open span over which the answer stays the same.
    pub fn at(&self, t: Instant) -> (Option<usize>, Instant, Instant) {
        let next = self.steps.partition_point(|step| step.0 <= t);
        let until = self.steps.get(next).map_or(Instant::MAX, |step| step.0);
        match next.checked_sub(1).map(|i| self.steps[i]) {
            Some((from, version)) => (Some(version), from, until),
            None => (None, Instant::MIN, until),
        }
    }
}

impl Book {
    /// Of versions with one start the latest known at `known` is the one in force.
    pub fn timeline(&self, known: Instant) -> Timeline {
        let mut steps: Vec<(Instant, Instant, usize)> = self
            .versions
            .iter()
            .enumerate()
            .filter(|(_, v)| v.known_from <= known)
            .map(|(i, v)| (v.effective_from, v.known_from, i))
            .collect();
        steps.sort_unstable();
        steps.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                *kept = *later;
            }
            same
        });
        Timeline { steps: steps.into_iter().map(|s| (s.0, s.2)).collect() }
    }

    /// The version in force at `t` as known at `known`, as an index.
    pub fn in_force(&self, t: Instant, known: Instant) -> Option<usize> {
        self.timeline(known).at(t).0
    }
}

impl Matcher {
    /// Whether every member that is named agrees.
    pub(super) fn holds(&self, query: &RowQuery<'_>) -> bool {
        let agrees = |named: &Option<String>, value: Option<&str>| named.as_deref().is_none_or(|n| value == Some(n));
        agrees(&self.group, query.group)
            && agrees(&self.provider, query.provider)
            && agrees(&self.endpoint, query.endpoint)
            && agrees(&self.region, query.region)
    }

    /// Which members are named, the one that decides first in front.
    pub(super) fn specificity(&self) -> [bool; 4] {
        [self.group.is_some(), self.provider.is_some(), self.endpoint.is_some(), self.region.is_some()]
    }
}

/// Characters of a pattern that are not its `*`.
pub(super) fn literal_chars(name: &ModelName) -> usize {
    match name {
        ModelName::Pattern(before, after) => before.chars().count() + after.chars().count(),
        ModelName::Exact(text) | ModelName::Alias(text) => text.chars().count(),
        ModelName::Rule(_) => 0,
    }
}

fn fits(before: &str, after: &str, model: &str) -> bool {
    model.len() >= before.len() + after.len() && model.starts_with(before) && model.ends_with(after)
}

/// A name without wildcards. Its text stands in the index, so that a row need not be fetched to compare it.
#[derive(Clone, Debug)]
struct Literal {
    found: RowRef,
    text: Range<usize>,
    /// Its row asks for nothing but the name.
    alone: bool,
}

/// The names of one version, sorted for lookup. Positions refer to the version it was made from.
#[derive(Clone, Debug, Default)]
pub struct NameIndex {
    /// Hashes of names, in order, and beside them what they are of.
    hashes: Vec<u64>,
    literal: Vec<Literal>,
    /// The names' texts, one behind the other.
    texts: String,
    /// More literal characters first.
    patterns: Vec<(usize, RowRef)>,
    rules: RuleIndex,
}

impl NameIndex {
    pub fn new(version: &Version) -> NameIndex {
        let mut index = NameIndex { rules: RuleIndex::new(version), ..NameIndex::default() };
        let mut literal = Vec::new();
        for (row, price) in version.rows.iter().enumerate() {
            for (name, model) in price.matcher.models.iter().enumerate() {
                match model {
                    ModelName::Pattern(..) => index.patterns.push((literal_chars(model), RowRef { row, name })),
                    ModelName::Exact(text) | ModelName::Alias(text) => {
                        let begin = index.texts.len();
                        index.texts.push_str(text);
                        let alone = price.matcher.specificity() == [false; 4];
                        let found = RowRef { row, name };
                        literal.push((name_hash(text), Literal { found, text: begin..index.texts.len(), alone }));
                    }
                    ModelName::Rule(_) => {}
                }
            }
        }
        literal.sort_by_key(|l| l.0);
        (index.hashes, index.literal) = literal.into_iter().unzip();
        index.patterns.sort_by_key(|p| std::cmp::Reverse(p.0));
        index
    }

    /// The row that answers; a tie that load cannot refuse (patterns) is told apart from no row.
    pub fn find(&self, version: &Version, query: &RowQuery<'_>) -> Result<RowRef, NotFound> {
        let hash = name_hash(query.model);
        let start = self.hashes.partition_point(|h| *h < hash);
        let alike = self.hashes[start..].iter().take_while(|h| **h == hash).zip(&self.literal[start..]);
        let named = alike.map(|(_, literal)| literal).filter(|l| self.texts[l.text.clone()] == *query.model);
        if let (Some(only), None) = (named.clone().next(), named.clone().nth(1))
            && only.alone
        {
            return Ok(only.found);
        }
        let query = &RowQuery { provider: self.rules.provider(query), ..*query };
        match best(version, query, named.map(|l| (0, l.found))) {
            Err(NotFound::NoRow) => {}
            found => return found,
        }
        let fitting =
            self.patterns.iter().copied().filter(|(_, f)| match &version.rows[f.row].matcher.models[f.name] {
                ModelName::Pattern(before, after) => fits(before, after, query.model),
                _ => false,
            });
        match best(version, query, fitting) {
            Err(NotFound::NoRow) => self.rules.find(version, query).ok_or(NotFound::NoRow),
            found => found,
        }
    }
}

/// The candidate of highest rank among those that hold for the call.
fn best(
    version: &Version,
    query: &RowQuery<'_>,
    candidates: impl Iterator<Item = (usize, RowRef)>,
) -> Result<RowRef, NotFound> {
    let mut top: Option<((bool, usize, [bool; 4]), RowRef)> = None;
    let mut tie = false;
    for (chars, found) in candidates {
        let matcher = &version.rows[found.row].matcher;
        if !matcher.holds(query) {
            continue;
        }
        let exact = matches!(matcher.models[found.name], ModelName::Exact(_));
        let rank = (exact, chars, matcher.specificity());
        match &top {
            Some((high, _)) if *high > rank => {}
            Some((high, held)) if *high == rank => tie |= held.row != found.row,
            _ => (top, tie) = (Some((rank, found)), false),
        }
    }
    match top {
        Some(_) if tie => Err(NotFound::Tie),
        Some((_, found)) => Ok(found),
        None => Err(NotFound::NoRow),
    }
}
