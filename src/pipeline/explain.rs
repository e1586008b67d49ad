//! One call, explained from the same code that charged it.

use std::collections::{HashMap, HashSet};

use super::books::{load_books, load_parties};
use super::day::{closing_carry, known_for, latest_day};
use super::desk::Desk;
use super::hours::state_of;
use super::mentions;
use super::query::sealed_findings;
use super::stop::{Stop, StopKind};
use super::view::View;
use super::window::{balances_of, calls_of, postings_of, reach_days};
use crate::domain::call::{Call, Calls, IdSightingKind, charge_unit, name_hash};
use crate::domain::ledger::{Around, Carry, DayMovements, Posting, balances_around};
use crate::domain::money::Amount;
use crate::domain::period::{Day, PeriodKind};
use crate::domain::rating::CallAttributes;
use crate::domain::reconcile::{Class, Finding, assign, distinct_postings, distinct_rows};
use crate::domain::report::{Explanation, Paid};

/// Finds a call by its id and explains every row of it, the call itself first.
///
/// # Errors
/// Input: nobody knows the id.
pub async fn explain(desk: &Desk, call_id: &str, source: Option<&str>) -> Result<Vec<Explanation>, Stop> {
    let view = View::load(desk).await?;
    let key = name_hash(call_id);
    let parts: Vec<_> = view.loose_parts(mentions::TABLE).collect();
    let days: Vec<(Day, IdSightingKind)> =
        mentions::of_id(&desk.lake, &parts, key).await?.into_iter().map(|m| (m.day, m.by)).collect();
    let only = HashSet::from([key]);
    let mut found = Vec::new();
    for (day, _) in days.iter().filter(|(_, by)| *by == IdSightingKind::Call) {
        let calls = calls_of(desk, &view, *day, Some(&only)).await?;
        let rows: Vec<u32> = (0u32..)
            .zip(0..calls.len())
            .filter(|(_, row)| calls.call_id().value(*row) == call_id)
            .filter(|(_, row)| source.is_none_or(|s| calls.source().get(*row) == Some(s)))
            .map(|(n, _)| n)
            .collect();
        let calls = calls.take(&rows).map_err(Stop::internal)?;
        let calls = calls.take(&distinct_rows(&calls)).map_err(Stop::internal)?;
        found.extend(explain_rows(desk, &view, *day, &calls).await?);
    }
    if found.is_empty() {
        let stop = Stop::new(StopKind::Input, format!("no call {call_id} is in the lake"));
        let posted = days.iter().find(|(_, by)| *by == IdSightingKind::Posting);
        return Err(match posted {
            Some((day, _)) => stop.hint(format!("the ledger has a posting for it on {day}; see `trueup findings`")),
            None => stop.hint("ids are exact; `trueup ingest` reads new files"),
        });
    }
    found.sort_by_key(|e| e.duplicate);
    Ok(found)
}

pub(super) async fn explain_rows(desk: &Desk, view: &View, day: Day, calls: &Calls) -> Result<Vec<Explanation>, Stop> {
    let (known, state) = known_for(desk, day);
    let sealed = latest_day(desk, day).await?;
    let state = sealed.as_ref().map_or(state, |m| state_of(desk, m, day));
    let known = sealed.as_ref().map_or(known, |m| m.known);
    let books = load_books(desk).await?;
    let (parties, _) = load_parties(desk).await?;
    let raters = books.raters(known);
    let assignment = assign(&desk.config.rules, &raters, &parties, calls).map_err(Stop::internal)?;
    let findings = sealed_findings(desk, Some(PeriodKind::Day.containing(day))).await?;
    let postings = paying(desk, view, day, calls).await?;
    let (by_call, posted) =
        (grouped(&findings, |f| f.call_id.as_deref()), grouped(&postings, |p| p.posting.call_id.as_deref()));
    let mut rows_of: HashMap<&str, usize> = HashMap::new();
    (0..calls.len()).for_each(|row| *rows_of.entry(calls.call_id().value(row)).or_default() += 1);
    let mut explained = Vec::new();
    for row in 0..calls.len() {
        let call = calls.row(row);
        let rater = &raters[usize::from(assignment.book[row])];
        let facts = CallAttributes::of_row(calls, row, assignment.group_of(row));
        let quote = rater.price(&facts, &[]);
        let rule = desk.config.rules.sources.iter().find(|s| s.name == call.source);
        let book_unit = rater.book().header.unit.clone();
        let unit = charge_unit(call.charge_unit.clone(), rule.and_then(|r| r.unit.clone()), book_unit.clone());
        let at = rater.price_instant(&facts);
        let ratio = desk.config.rules.units.ratio(&book_unit, &unit, at);
        let named = by_call.get(call.call_id.as_str()).map_or(&[][..], Vec::as_slice);
        let own = named.iter().filter(|f| f.attempt.is_none_or(|a| a == call.attempt)).map(|f| (*f).clone()).collect();
        let duplicate = rows_of[call.call_id.as_str()] > 1 && is_duplicate(named, calls, row);
        let own_price = quote.as_ref().ok().and_then(|q| rule?.recorded.of(ratio?, q.amount));
        let expected = if duplicate { Some(Amount::ZERO) } else { own_price };
        let conversion = if unit == book_unit { String::new() } else { format!("from {book_unit}") };
        let file = view.file(call.file).map_or_else(|| "?".to_owned(), |f| f.path.clone());
        explained.push(Explanation {
            place: format!("{file} at byte {}", call.offset),
            duplicate,
            zone: desk.config.zone,
            book: rater.book().header.id.clone(),
            known,
            quote,
            expected,
            unit,
            conversion,
            postings: posted
                .get(call.call_id.as_str())
                .into_iter()
                .flatten()
                .filter(|p| names(&p.posting, &call))
                .map(|p| (*p).clone())
                .collect(),
            findings: own,
            state: sealed.as_ref().map_or("not sealed yet", |_| state.name()).to_owned(),
            call,
        });
    }
    Ok(explained)
}

/// Whether a posting names a call: its id, and its attempt and source where it says any.
fn names(posting: &Posting, call: &Call) -> bool {
    posting.call_id.as_deref() == Some(&call.call_id)
        && posting.attempt.is_none_or(|a| a == call.attempt)
        && posting.source.as_deref().is_none_or(|s| *s == *call.source)
}

/// Every movement that names one of the calls, as far away as one may lie, in order of time.
async fn paying(desk: &Desk, view: &View, day: Day, calls: &Calls) -> Result<Vec<Paid>, Stop> {
    let ids: HashSet<&str> = (0..calls.len()).map(|row| calls.call_id().value(row)).collect();
    let reach = reach_days(desk.config.rules.match_within);
    let mut paying = Vec::new();
    let keys: HashSet<u64> = calls.key().values().iter().copied().collect();
    for at in (-reach..=reach).map(|n| day.plus(n)) {
        if postings_of(desk, view, at, Some(&keys)).await?.is_empty() {
            continue;
        }
        let all = postings_of(desk, view, at, None).await?;
        let standing: Vec<Posting> = distinct_postings(&all).into_iter().map(|p| all[p as usize].clone()).collect();
        let wanted: Vec<u32> = (0u32..)
            .zip(&standing)
            .filter(|(_, p)| p.call_id.as_deref().is_some_and(|id| ids.contains(id)))
            .map(|(position, _)| position)
            .collect();
        if wanted.is_empty() {
            continue;
        }
        let around = around(desk, view, at, &standing, &wanted).await?;
        for position in wanted {
            let around = around.iter().find(|a| a.posting == position).map(|a| (a.before, a.after));
            paying.push(Paid { posting: standing[position as usize].clone(), around });
        }
    }
    paying.sort_by(|a, b| {
        (a.posting.posted_at, &a.posting.posting_id).cmp(&(b.posting.posted_at, &b.posting.posting_id))
    });
    Ok(paying)
}

/// What wallets held around some movements of a day, from what the day before left in them.
async fn around(desk: &Desk, view: &View, day: Day, postings: &[Posting], wanted: &[u32]) -> Result<Vec<Around>, Stop> {
    let opening = match latest_day(desk, day.previous()).await? {
        Some(before) => closing_carry(desk, &before).await?,
        None if view.days().first().is_some_and(|first| *first >= day) => Carry::default(),
        // Days between are not sealed, so what the wallets held is not known.
        None => return Ok(Vec::new()),
    };
    let balances = balances_of(desk, view, day).await?;
    let movements = DayMovements {
        span: desk.config.zone.span_of(day),
        complete_from: desk.config.rules.complete_from,
        postings,
        balances: &balances,
        keys: &[],
        named: &[],
    };
    Ok(balances_around(&opening, &movements, wanted))
}

fn grouped<T>(rows: &[T], id: impl Fn(&T) -> Option<&str>) -> HashMap<String, Vec<&T>> {
    let mut by_id: HashMap<String, Vec<&T>> = HashMap::new();
    for row in rows {
        if let Some(id) = id(row) {
            by_id.entry(id.to_owned()).or_default().push(row);
        }
    }
    by_id
}

/// Whether the sealed day says that a row is a second logging of another.
fn is_duplicate(findings: &[&Finding], calls: &Calls, row: usize) -> bool {
    let (id, recorded) = (calls.call_id().value(row), calls.recorded(row));
    let says_so =
        |f: &&Finding| f.class == Class::DuplicateCall && f.call_id.as_deref() == Some(id) && f.recorded == recorded;
    findings.iter().any(says_so)
}
