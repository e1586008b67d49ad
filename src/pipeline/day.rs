//! One day after another: is what is sealed still what the input says? If not, one pass and a seal.

use std::collections::BTreeMap;

use super::books::Books;
use super::desk::Desk;
use super::fingerprint::{Fingerprint, sha256};
use super::pass::{self, Sealing};
use super::stop::Stop;
use super::view::View;
use super::window;
use crate::domain::ledger::{Carry, CarryRow, Parties};
use crate::domain::money::Amount;
use crate::domain::period::{Day, Instant};
use crate::edge::lake::schema::from_batch;
use crate::edge::lake::{KeptRef, Manifest, Read};

/// The job whose manifests hold days.
pub(crate) const JOB: &str = "reconcile";

/// How final a sealed day is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayState {
    Provisional,
    Closed,
}

impl DayState {
    pub fn name(self) -> &'static str {
        match self {
            DayState::Provisional => "provisional",
            DayState::Closed => "closed",
        }
    }
}

/// A day after a run.
#[derive(Clone, Debug)]
pub struct DayReport {
    pub day: Day,
    pub revision: u32,
    /// Nothing changed since the revision was sealed.
    pub current: bool,
    pub state: DayState,
    pub calls: u64,
    pub findings: u64,
    /// Sum of absolute differences of the findings, by unit.
    pub open: BTreeMap<String, Amount>,
}

/// The latest sealed revision of a day.
pub(crate) async fn latest_day(desk: &Desk, day: Day) -> Result<Option<Manifest>, Stop> {
    Ok(desk.lake.latest(JOB, &day.to_string()).await?.map(|s| s.manifest))
}

/// When the prices and rows of a day were final, as a run at `now` knows it.
pub(crate) fn known_for(desk: &Desk, day: Day) -> (Instant, DayState) {
    let closes = desk.config.known_at(desk.config.zone.start_of(day.next()));
    if desk.now >= closes { (closes, DayState::Closed) } else { (desk.now, DayState::Provisional) }
}

/// Brings the days of `wanted` (first and last, inclusive) up to date, and every earlier day that was
/// sealed before and is no longer what its input says: each day starts from what the one before it
/// left in wallets and keys.
///
/// # Errors
/// Law: a law does not hold for a day; nothing of that day is sealed.
pub async fn reconcile_days(
    desk: &Desk,
    view: &View,
    books: &Books,
    parties: (&Parties, &[KeptRef]),
    wanted: (Day, Day),
) -> Result<Vec<DayReport>, Stop> {
    let mut reports = Vec::new();
    let Some(first) = view.days().into_iter().next() else { return Ok(reports) };
    let oldest = desk.config.zone.day_of(desk.now.minus(desk.config.max_late));
    let mut opening = Carry::default();
    let mut day = first;
    while day <= wanted.1 {
        let (known, state) = known_for(desk, day);
        let sealed = latest_day(desk, day).await?;
        let facts = fingerprint(desk, view, books, parties.0, day, known, &opening);
        let is_current = sealed.as_ref().is_some_and(|m| m.notes.get("fingerprint") == Some(&facts));
        if let Some(manifest) = sealed.as_ref().filter(|_| is_current) {
            opening = closing_carry(desk, manifest).await?;
            if day >= wanted.0 {
                reports.push(report(manifest, day, true)?);
            }
        } else if day < oldest || (sealed.is_none() && day < wanted.0) {
            opening = pass::advance_only(desk, view, books, parties.0, day, &opening, known).await?;
        } else {
            let sealing = Sealing { day, known, state, fingerprint: facts, replaces: sealed };
            let (manifest, closing) = pass::pass(desk, view, books, parties, &opening, sealing).await?;
            opening = closing;
            reports.push(report(&manifest, day, false)?);
        }
        day = day.next();
    }
    Ok(reports)
}

/// Everything that can change what a pass finds, in one line.
fn fingerprint(
    desk: &Desk,
    view: &View,
    books: &Books,
    parties: &Parties,
    day: Day,
    known: Instant,
    opening: &Carry,
) -> String {
    let mut facts = Fingerprint::default();
    facts.add("build", env!("CARGO_PKG_VERSION"));
    for at in window::days_read(desk, view, day) {
        for table in ["calls", "postings"] {
            for part in view.parts(table, at) {
                facts.add(table, &part.path);
            }
        }
        for mention in view.crossings.from(at) {
            facts.add("crossing", format_args!("{mention:?}"));
        }
    }
    for part in view.parts("balances", day) {
        facts.add("balances", &part.path);
    }
    facts.add("books", books.fingerprint(known));
    facts.add("rules", format_args!("{:?}", desk.config.rules));
    facts.add("parties", parties_on(parties, desk.config.zone.span_of(day)));
    facts.add("watermark", watermark(desk, view, day));
    facts.add("opening", carry_digest(opening));
    facts.finish()
}

/// Accounts and keys but for `last_used_at`, which counts only on its own day.
fn parties_on(parties: &Parties, span: (Instant, Instant)) -> String {
    let mut text = String::new();
    for account in parties.accounts() {
        text.push_str(&format!("{account:?}\n"));
    }
    for key in parties.keys() {
        let mut key = key.clone();
        key.last_used_at = key.last_used_at.filter(|at| span.0 <= *at && *at < span.1);
        text.push_str(&format!("{key:?}\n"));
    }
    sha256(text.as_bytes())
}

/// The ledger's latest instant, as far as it matters to a day: later ones change nothing for it.
pub(crate) fn watermark(desk: &Desk, view: &View, day: Day) -> Instant {
    let end = desk.config.zone.start_of(day.plus(2));
    let within = desk.config.rules.match_within;
    view.watermark.min(end.plus(within).plus(within))
}

pub(crate) fn carry_digest(carry: &Carry) -> String {
    let rows: Vec<String> = carry.to_rows().iter().map(|r| format!("{r:?}")).collect();
    sha256(rows.join("\n").as_bytes())
}

async fn closing_carry(desk: &Desk, manifest: &Manifest) -> Result<Carry, Stop> {
    let mut rows: Vec<CarryRow> = Vec::new();
    for part in manifest.parts_of("carry") {
        for batch in desk.lake.read_part(part, Read::default()).await? {
            rows.extend(from_batch::<CarryRow>(&batch)?);
        }
    }
    Carry::from_rows(&rows).map_err(|e| Stop::internal(format!("{}: {e}", manifest.path())))
}

pub(crate) fn report(manifest: &Manifest, day: Day, current: bool) -> Result<DayReport, Stop> {
    let mut open: BTreeMap<String, Amount> = BTreeMap::new();
    for total in manifest.totals.iter().filter(|t| t.name == "open") {
        open.insert(total.unit.clone(), total.amount);
    }
    let count = |name: &str| manifest.rows.get(name).copied().unwrap_or(0);
    let closed = manifest.notes.get("state").is_some_and(|s| s == DayState::Closed.name());
    Ok(DayReport {
        day,
        revision: manifest.revision,
        current,
        state: if closed { DayState::Closed } else { DayState::Provisional },
        calls: count("calls"),
        findings: count("findings"),
        open,
    })
}
