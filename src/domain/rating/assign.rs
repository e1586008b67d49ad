//! Which book and which group hold for a row of a batch.

use std::collections::BTreeMap;

use super::rater::Rater;
use super::types::Assignment;
use crate::domain::call::Calls;
use crate::domain::period::Instant;

/// What an account's row says about pricing, from an instant on (`None`: always).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountTerms {
    pub from: Option<Instant>,
    /// Index of a rater, in place of the source's.
    pub book: Option<u16>,
    pub group: Option<String>,
}

impl Assignment {
    /// The group of a row's account.
    pub fn group_of(&self, row: usize) -> Option<&str> {
        self.groups.get(*self.group.get(row)? as usize)?.as_deref()
    }
}

/// The terms in force: the last that have begun.
fn in_force(terms: &[AccountTerms], at: Instant) -> Option<&AccountTerms> {
    terms.iter().rev().find(|t| t.from.is_none_or(|from| from <= at))
}

/// Assigns a book and an account group to every row.
///
/// `book_of_source` gives the rater of a source, `terms_of` every row of an account, oldest first;
/// both are asked once for each name that occurs. The account's row is the one in force at the price
/// instant of the source's book; its group is the one in force at that of the book it leads to.
pub fn assign(
    raters: &[Rater],
    calls: &Calls,
    book_of_source: impl Fn(&str) -> u16,
    terms_of: impl Fn(&str) -> Vec<AccountTerms>,
) -> Assignment {
    let (sources, accounts) = (calls.source(), calls.account_id());
    let books: Vec<u16> = (0..sources.entries()).map(|i| book_of_source(sources.entry(i))).collect();
    let terms: Vec<Vec<AccountTerms>> = (0..accounts.entries()).map(|i| terms_of(accounts.entry(i))).collect();
    let mut numbers: BTreeMap<Option<&str>, u32> = BTreeMap::from([(None, 0)]);
    for group in terms.iter().flatten().map(|t| t.group.as_deref()) {
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        numbers.entry(group).or_insert(next);
    }
    let mut groups = vec![None; numbers.len()];
    for (name, number) in &numbers {
        groups[*number as usize] = name.map(str::to_owned);
    }
    let (mut book, mut group) = (Vec::with_capacity(calls.len()), Vec::with_capacity(calls.len()));
    let (started, ended) = (calls.started_at().values(), calls.ended_at().values());
    for row in 0..calls.len() {
        let of_source = sources.index(row).map_or(0, |i| books[i]);
        let terms: &[AccountTerms] = accounts.index(row).map_or(&[], |i| &terms[i]);
        if terms.is_empty() {
            book.push(of_source);
            group.push(0);
            continue;
        }
        let at = |book: u16| {
            let (started, ended) = (Instant::from_micros(started[row]), Instant::from_micros(ended[row]));
            raters.get(usize::from(book)).map_or(started, |r| r.price_instant(started, ended))
        };
        let chosen = in_force(terms, at(of_source)).and_then(|t| t.book).unwrap_or(of_source);
        let name = in_force(terms, at(chosen)).and_then(|t| t.group.as_deref());
        book.push(chosen);
        group.push(numbers.get(&name).copied().unwrap_or(0));
    }
    Assignment { book, group, groups }
}
