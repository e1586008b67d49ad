//! What a book must satisfy before anything is priced with it.

use std::collections::BTreeMap;

use super::book::{Book, Header, ModelName, Place, PriceRow, Version};
use super::component_rules::{check_components, not_negative};
use super::conflicts;
use super::fault::BookFault;
use super::name_rules::NameRule;
use crate::domain::money::SCALE;

impl Book {
    /// A book whose versions are in order and contradict neither each other nor themselves.
    ///
    /// # Errors
    /// Every fault found, in the order of the versions.
    pub fn new(header: Header, mut versions: Vec<Version>) -> Result<Book, Vec<BookFault>> {
        versions.sort_by_key(Version::id);
        let book = Book { header, versions };
        let faults = book.faults();
        if faults.is_empty() { Ok(book) } else { Err(faults) }
    }

    fn faults(&self) -> Vec<BookFault> {
        let mut faults = Vec::new();
        if let Some(rounding) = self.header.rounding.filter(|r| r.scale > SCALE) {
            faults.push(BookFault::FineRounding { scale: rounding.scale });
        }
        for pair in self.versions.windows(2) {
            if pair[0].id() == pair[1].id() {
                let (first, second) = (pair[0].place.clone(), pair[1].place.clone());
                faults.push(BookFault::SameTimes { version: pair[0].id(), first, second });
            }
        }
        for version in &self.versions {
            check_version(version, &mut faults);
        }
        faults
    }
}

fn check_version(version: &Version, faults: &mut Vec<BookFault>) {
    for multiplier in &version.multipliers {
        not_negative("a multiplier", Some(multiplier.value), &multiplier.place, faults);
    }
    row_ties(version, faults);
    for row in &version.rows {
        check_row(row, faults);
    }
    for provider in &version.providers {
        for rule in provider.names.iter().chain(&provider.models) {
            check_rule(rule, &provider.place, faults);
        }
    }
}

fn check_rule(rule: &NameRule, at: &Place, faults: &mut Vec<BookFault>) {
    faults.extend(rule.bad_expressions().into_iter().map(|text| BookFault::BadExpression { text, at: at.clone() }));
}

/// Rows with one name and the same named members hold for the same calls.
fn row_ties(version: &Version, faults: &mut Vec<BookFault>) {
    let mut seen: BTreeMap<_, usize> = BTreeMap::new();
    for (i, row) in version.rows.iter().enumerate() {
        let m = &row.matcher;
        for name in &m.models {
            let (exact, text) = match name {
                ModelName::Exact(text) => (true, text),
                ModelName::Alias(text) => (false, text),
                ModelName::Pattern(..) | ModelName::Rule(_) => continue,
            };
            let first = *seen.entry((exact, text, &m.group, &m.provider, &m.endpoint, &m.region)).or_insert(i);
            if first != i {
                let (first, second) = (version.rows[first].place.clone(), row.place.clone());
                faults.push(BookFault::RowTie { name: text.clone(), first, second });
            }
        }
    }
}

fn check_row(row: &PriceRow, faults: &mut Vec<BookFault>) {
    if row.matcher.models.is_empty() {
        faults.push(BookFault::NoModel { at: row.place.clone() });
    }
    for name in &row.matcher.models {
        if let ModelName::Rule(rule) = name {
            check_rule(rule, &row.place, faults);
        }
    }
    not_negative("the minimum", row.minimum, &row.place, faults);
    check_components(&row.components, &row.place, faults);
    conflicts::check(row, faults);
}
