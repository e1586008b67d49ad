//! Names that no call can reach, and patterns that two rows share.

use std::collections::BTreeMap;

use super::super::book::{Matcher, ModelName, Version};
use super::super::row_lookup::literal_chars;
use super::{Remark, RemarkKind, remark};

pub(super) fn check(version: &Version, remarks: &mut Vec<Remark>) {
    aliases(version, remarks);
    patterns(version, remarks);
    rules(version, remarks);
}

/// Whether every call that the second is for is one the first is for.
fn covers(first: &Matcher, second: &Matcher) -> bool {
    let pairs = [
        (&first.group, &second.group),
        (&first.provider, &second.provider),
        (&first.endpoint, &second.endpoint),
        (&first.region, &second.region),
    ];
    pairs.iter().all(|(first, second)| first.is_none() || first == second)
}

/// An alias that is another row's exact name.
fn aliases(version: &Version, remarks: &mut Vec<Remark>) {
    let mut exact: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, row) in version.rows.iter().enumerate() {
        for name in &row.matcher.models {
            if let ModelName::Exact(text) = name {
                exact.entry(text).or_default().push(i);
            }
        }
    }
    for (i, row) in version.rows.iter().enumerate() {
        for name in &row.matcher.models {
            let ModelName::Alias(text) = name else { continue };
            let mut rivals = exact.get(text.as_str()).into_iter().flatten().map(|j| (*j, &version.rows[*j]));
            let first = rivals.find(|(j, rival)| *j != i && covers(&rival.matcher, &row.matcher));
            if let Some((_, rival)) = first {
                remarks.push(remark(RemarkKind::Unreachable { name: text.clone() }, row, Some(rival)));
            }
        }
    }
}

/// Of two patterns with as many characters neither goes first.
fn patterns(version: &Version, remarks: &mut Vec<Remark>) {
    let mut all: Vec<(usize, &ModelName)> = Vec::new();
    for (i, row) in version.rows.iter().enumerate() {
        all.extend(row.matcher.models.iter().filter(|n| matches!(n, ModelName::Pattern(..))).map(|name| (i, name)));
    }
    for (at, (i, a)) in all.iter().enumerate() {
        for (j, b) in &all[at + 1..] {
            let (ModelName::Pattern(a0, a1), ModelName::Pattern(b0, b1)) = (a, b) else { continue };
            let (first, second) = (&version.rows[*i], &version.rows[*j]);
            let meet = (a0.starts_with(b0.as_str()) || b0.starts_with(a0.as_str()))
                && (a1.ends_with(b1.as_str()) || b1.ends_with(a1.as_str()));
            let equal = literal_chars(a) == literal_chars(b)
                && first.matcher.specificity() == second.matcher.specificity()
                && covers(&first.matcher, &second.matcher);
            if i != j && meet && equal {
                remarks.push(remark(RemarkKind::Overlap(a.shown()), second, Some(first)));
            }
        }
    }
}

/// Rules of names that earlier rows answer to.
fn rules(version: &Version, remarks: &mut Vec<Remark>) {
    let mut answered: BTreeMap<(Option<&str>, String), usize> = BTreeMap::new();
    for (i, row) in version.rows.iter().enumerate() {
        let provider = row.matcher.provider.as_deref();
        for name in &row.matcher.models {
            let ModelName::Rule(rule) = name else { continue };
            let Some(names) = rule.only_names() else { continue };
            let taken: Vec<usize> =
                names.iter().filter_map(|n| answered.get(&(provider, n.clone())).copied()).collect();
            let first = taken.first().map(|t| &version.rows[*t]);
            if let Some(first) = first.filter(|f| taken.len() == names.len() && covers(&f.matcher, &row.matcher)) {
                remarks.push(remark(RemarkKind::Unreachable { name: name.shown() }, row, Some(first)));
            }
            for text in names {
                answered.entry((provider, text)).or_insert(i);
            }
        }
    }
}
