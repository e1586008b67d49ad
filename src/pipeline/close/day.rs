//! One day after another: is what is sealed still what the input says? If not, one pass and a seal.

use std::collections::{BTreeMap, BTreeSet};

use super::backward_calls;
use super::day_inputs;
use super::day_pass::{self, Sealing};
use super::day_revisions::{DayState, JOB, closing_carry, known_for, latest_day};
use super::input_identity::{FINGERPRINT, InputIdentity, carry_digest};
use super::named_rows::noted;
use super::oversized_rows;
use super::silent_hours::{SilentHours, silent, state_of, told};
use super::unjudged_calls::{self, UnjudgedKinds};
use crate::domain::ledger::{LedgerState, Parties};
use crate::domain::money::Amount;
use crate::domain::period::Day;
use crate::edge::lake::{Digest, KeptRef, Manifest};
use crate::edge::state::Checked;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::query::sealed::sealed_days;
use crate::pipeline::raw_catalog::RawCatalog;
use crate::pipeline::registry::books::Books;

/// The name that checks have of days which say in the words of another build what they were made from, and
/// were found to be the same.
const BY_ROWS: &str = "reconcile by rows";

/// A day after a run.
#[derive(Clone, Debug)]
pub(crate) struct DayReport {
    pub day: Day,
    pub revision: u32,
    /// Nothing changed since the revision was sealed.
    pub current: bool,
    pub state: DayState,
    /// Hours without a row that hold the day open.
    pub silent: Vec<SilentHours>,
    /// How many rows it left out for an amount that no row may have, and their names.
    pub oversized: Option<(u64, String)>,
    /// How many of its calls ended before they began, and their names.
    pub backward: Option<(u64, String)>,
    /// Calls that no leg judged.
    pub unjudged: UnjudgedKinds,
    pub calls: u64,
    pub findings: u64,
    /// Sum of absolute differences of the findings, by unit.
    pub open: BTreeMap<String, Amount>,
}

/// Brings the days of `wanted` (first and last, inclusive) up to date, and every earlier day that was
/// sealed before and is no longer what its input says: each day starts from what the one before it
/// left in wallets and keys.
///
/// # Errors
/// Law: a law does not hold for a day; nothing of that day is sealed.
pub(crate) async fn reconcile_days(
    context: &RunContext,
    catalog: &RawCatalog,
    books: &Books,
    parties: (&Parties, &[KeptRef]),
    wanted: (Day, Day),
) -> Result<Vec<DayReport>, AppError> {
    let mut reports = Vec::new();
    let Some(first) = catalog.days().into_iter().next() else { return Ok(reports) };
    let oldest = context.config.zone.day_of(context.now.minus(context.config.max_late));
    let identity = InputIdentity::new(context, catalog, books, parties.0);
    let (mut day, mut opening) = (first, Opening::ready(LedgerState::default())?);
    // Days too old to change stand as they are sealed, and so does what they left.
    let sealed_before = sealed_days(context).await?;
    let standing: Vec<Day> = sealed_before.iter().copied().filter(|old| *old < oldest && *old <= wanted.1).collect();
    // Before these days, those without a row and without a seal leave everything as it was: none is visited.
    let every_day_from = oldest.max(wanted.0);
    let visits: BTreeSet<Day> = catalog.days().into_iter().chain(sealed_before).collect();
    let after = |day: Day| match day.next() {
        next if next >= every_day_from => next,
        next => visits.range(next..every_day_from).next().copied().unwrap_or(every_day_from),
    };
    for (at, old) in standing.iter().enumerate().filter(|(at, old)| **old >= wanted.0 || at + 1 == standing.len()) {
        let Some(manifest) = latest_day(context, *old).await? else { continue };
        if *old >= wanted.0 {
            reports.push(report(context, &manifest, *old, true));
        }
        if at + 1 == standing.len() {
            (day, opening) = (old.next(), Opening::after(&manifest));
        }
    }
    while day <= wanted.1 {
        let (known, _) = known_for(context, day);
        let sealed = latest_day(context, day).await?;
        if sealed.is_none() && (day < oldest || day < wanted.0) {
            let carry = opening.load(context).await?;
            let closing = day_pass::advance_only(context, catalog, books, parties.0, day, carry, known).await?;
            opening = Opening::ready(closing)?;
            day = after(day);
            continue;
        }
        let facts = identity.day(day, known, opening.digest);
        let parts = identity.of_parts(&facts);
        let checked = context.state.checked(JOB, &day.to_string()).await?;
        let untouched =
            |m: &&Manifest| checked.as_ref().is_some_and(|c| c.fingerprint == parts && c.revision == m.revision);
        if let Some(manifest) = sealed.as_ref().filter(untouched) {
            opening = Opening::after(manifest);
            if day >= wanted.0 {
                reports.push(report(context, manifest, day, true));
            }
        } else {
            let loaded = day_inputs::load(context, catalog, day).await?;
            let fingerprint = identity.of_rows(&facts, &loaded);
            let before = sealed.as_ref().map(|m| m.revision);
            let by_rows = Checked { fingerprint: fingerprint.clone(), revision: before.unwrap_or_default() };
            let known_same = context.state.checked(BY_ROWS, &day.to_string()).await?.as_ref() == Some(&by_rows);
            let manifest = match sealed {
                Some(sealed) if known_same || sealed.notes.get(FINGERPRINT) == Some(&fingerprint) => {
                    opening = Opening::after(&sealed);
                    sealed
                }
                replaces => {
                    let sealing = Sealing { day, known, fingerprint, replaces };
                    let carry = opening.load(context).await?;
                    let (manifest, closing) =
                        day_pass::pass(context, catalog, books, parties, carry, loaded, sealing).await?;
                    opening = Opening::ready(closing)?;
                    if before == Some(manifest.revision) && !context.dry_run {
                        context.state.set_checked(BY_ROWS, &day.to_string(), &by_rows).await?;
                    }
                    manifest
                }
            };
            let is_current = before == Some(manifest.revision);
            if !context.dry_run {
                let checked = Checked { fingerprint: parts, revision: manifest.revision };
                context.state.set_checked(JOB, &day.to_string(), &checked).await?;
            }
            if day >= wanted.0 || !is_current {
                reports.push(report(context, &manifest, day, is_current));
            }
        }
        day = after(day);
    }
    Ok(reports)
}

/// What a day begins with, read only when a pass needs it.
struct Opening {
    /// Absent: the day before was sealed without one.
    digest: Option<Digest>,
    carry: Option<LedgerState>,
    sealed: Option<Manifest>,
}

impl Opening {
    fn ready(carry: LedgerState) -> Result<Opening, AppError> {
        Ok(Opening { digest: Some(carry_digest(&carry)?), carry: Some(carry), sealed: None })
    }

    fn after(manifest: &Manifest) -> Opening {
        Opening { digest: manifest.digests.get("carry").copied(), carry: None, sealed: Some(manifest.clone()) }
    }

    async fn load(&mut self, context: &RunContext) -> Result<&LedgerState, AppError> {
        if let Some(manifest) = self.sealed.take() {
            self.carry = Some(closing_carry(context, &manifest).await?);
        }
        Ok(self.carry.get_or_insert_default())
    }
}

pub(crate) fn report(context: &RunContext, manifest: &Manifest, day: Day, current: bool) -> DayReport {
    let mut open: BTreeMap<String, Amount> = BTreeMap::new();
    for total in manifest.totals.iter().filter(|t| t.name == "open") {
        open.insert(total.unit.clone(), total.amount);
    }
    let named = |what: &str| noted(what, manifest).map(|(count, names)| (count, names.to_owned()));
    let count = |name: &str| manifest.rows.get(name).copied().unwrap_or(0);
    DayReport {
        day,
        revision: manifest.revision,
        current,
        state: state_of(context, manifest, day),
        silent: silent(context, manifest),
        oversized: named(oversized_rows::NOTE),
        backward: named(backward_calls::NOTE),
        unjudged: unjudged_calls::noted(manifest, day),
        calls: count("calls"),
        findings: count("findings"),
        open,
    }
}

/// Silent hours of some days, for a person.
pub(crate) fn silent_hours(context: &RunContext, days: &[DayReport]) -> Vec<String> {
    days.iter().flat_map(|day| told(context, &day.silent)).collect()
}
