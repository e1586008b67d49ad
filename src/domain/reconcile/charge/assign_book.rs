//! Which book and which group hold for each call.

use std::collections::HashMap;

use crate::domain::call::{Calls, DictColumn};
use crate::domain::ledger::{Account, Parties};
use crate::domain::period::Instant;
use crate::domain::rating::{Assignment, Rater};
use crate::domain::reconcile::error::PassError;
use crate::domain::reconcile::input::Rules;

/// The account's book where it names one, else the source's; the group of the account row in force
/// at the call's price instant.
///
/// # Errors
/// [`PassError::NoSource`] and [`PassError::NoBook`].
pub fn assign(rules: &Rules, raters: &[Rater], parties: &Parties, calls: &Calls) -> Result<Assignment, PassError> {
    let (sources, accounts) = (calls.source(), calls.account_id());
    let source_book = books_of_sources(rules, raters, sources);
    let account_rows: Vec<&[Account]> =
        (0..accounts.entries()).map(|i| parties.account_rows(accounts.entry(i))).collect();
    let mut groups = Groups::default();
    let mut assignment = Assignment { groups: vec![None], ..Assignment::default() };
    let (started, ended) = (calls.started_at().values(), calls.ended_at().values());
    for row in 0..calls.len() {
        let own_book = match sources.index(row).and_then(|i| source_book[i]) {
            Some(book) => book,
            None => return Err(PassError::NoSource(sources.get(row).unwrap_or_default().to_owned())),
        };
        let rows = accounts.index(row).map_or(&[][..], |i| account_rows[i]);
        if rows.is_empty() {
            assignment.book.push(own_book);
            assignment.group.push(0);
            continue;
        }
        let price_at = |book: u16| raters[usize::from(book)].book().header.price_at;
        let at = |book: u16| Instant::from_micros(price_at(book).of(started[row], ended[row]));
        let book = match in_force(rows, at(own_book)).and_then(|a| a.price_book.as_deref().map(|b| (a, b))) {
            Some((account, named)) => book_named(raters, account, named)?,
            None => own_book,
        };
        assignment.book.push(book);
        let group = in_force(rows, at(book)).and_then(|a| a.group.as_deref());
        assignment.group.push(groups.number(group, &mut assignment.groups));
    }
    Ok(assignment)
}

/// By dictionary entry; an entry that no row uses may name anything.
fn books_of_sources(rules: &Rules, raters: &[Rater], sources: DictColumn<'_>) -> Vec<Option<u16>> {
    let book_of = |i: usize| {
        let source = rules.sources.iter().find(|s| s.name == sources.entry(i))?;
        (usize::from(source.book) < raters.len()).then_some(source.book)
    };
    (0..sources.entries()).map(book_of).collect()
}

fn in_force(rows: &[Account], at: Instant) -> Option<&Account> {
    rows.iter().rev().find(|row| row.from.is_none_or(|from| from <= at))
}

fn book_named(raters: &[Rater], account: &Account, named: &str) -> Result<u16, PassError> {
    let found = raters.iter().position(|r| r.book().header.id == named).and_then(|i| u16::try_from(i).ok());
    found.ok_or_else(|| PassError::NoBook { account_id: account.account_id.clone(), book: named.to_owned() })
}

/// Numbers for group names; 0 is no group.
#[derive(Default)]
struct Groups<'a>(HashMap<&'a str, u32>);

impl<'a> Groups<'a> {
    fn number(&mut self, group: Option<&'a str>, names: &mut Vec<Option<String>>) -> u32 {
        let Some(group) = group else { return 0 };
        *self.0.entry(group).or_insert_with(|| {
            names.push(Some(group.to_owned()));
            u32::try_from(names.len() - 1).unwrap_or(0)
        })
    }
}
