//! One day after another: is what is sealed still what the input says? If not, one pass and a seal.

use std::collections::BTreeMap;

use super::books::Books;
use super::desk::Desk;
use super::fingerprint::{Fingerprint, sha256};
use super::pass::{self, Sealing};
use super::stop::Stop;
use super::view::View;
use super::window::{self, Window};
use crate::domain::ledger::{Carry, CarryRow, Parties};
use crate::domain::money::Amount;
use crate::domain::period::{Day, Instant};
use crate::edge::lake::schema::from_batch;
use crate::edge::lake::{KeptRef, Manifest};
use crate::edge::state::Checked;

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
    desk.latest(JOB, &day.to_string()).await
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
        let parts = parts_fingerprint(desk, view, books, parties.0, day, known, &opening);
        let checked = desk.state.checked(JOB, &day.to_string()).await?;
        let untouched = |m: &&Manifest| {
            checked.as_ref().is_some_and(|c| c.fingerprint == parts && c.revision == m.revision)
        };
        if let Some(manifest) = sealed.as_ref().filter(untouched) {
            opening = closing_carry(desk, manifest).await?;
            if day >= wanted.0 {
                reports.push(report(desk, manifest, day, true));
            }
        } else if day < oldest || (sealed.is_none() && day < wanted.0) {
            opening = pass::advance_only(desk, view, books, parties.0, day, &opening, known).await?;
        } else {
            let loaded = window::load(desk, view, day).await?;
            let facts = fingerprint(desk, view, books, parties.0, day, known, &opening, &loaded);
            let current = sealed.as_ref().filter(|m| m.notes.get("fingerprint") == Some(&facts)).cloned();
            let is_current = current.is_some();
            let (manifest, closing) = match current {
                Some(manifest) => {
                    let closing = closing_carry(desk, &manifest).await?;
                    (manifest, closing)
                }
                None => {
                    let sealing = Sealing { day, known, state, fingerprint: facts, replaces: sealed };
                    pass::pass(desk, view, books, parties, &opening, loaded, sealing).await?
                }
            };
            opening = closing;
            if !desk.dry_run {
                let checked = Checked { fingerprint: parts, revision: manifest.revision };
                desk.state.set_checked(JOB, &day.to_string(), &checked).await?;
            }
            if day >= wanted.0 || !is_current {
                reports.push(report(desk, &manifest, day, is_current));
            }
        }
        day = day.next();
    }
    Ok(reports)
}

/// What a pass finds depends on: the rows it reads, prices, rules, parties, and what earlier days left.
#[expect(clippy::too_many_arguments, reason = "everything a day depends on is named here, once")]
fn fingerprint(
    desk: &Desk,
    view: &View,
    books: &Books,
    parties: &Parties,
    day: Day,
    known: Instant,
    opening: &Carry,
    window: &Window,
) -> String {
    let mut facts = Fingerprint::default();
    facts.add("build", env!("CARGO_PKG_VERSION"));
    facts.add("rows", window.digest());
    facts.add("books", books.fingerprint(known));
    facts.add("rules", format_args!("{:?}", desk.config.rules));
    facts.add("parties", parties_on(parties, desk.config.zone.span_of(day)));
    facts.add("watermark", watermark(desk, view, window));
    facts.add("opening", carry_digest(opening));
    facts.finish()
}

/// A coarser question that needs no rows to be read: whether any file that could matter is new.
fn parts_fingerprint(
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
    let reach = desk.config.zone.start_of(day.plus(4)).plus(desk.config.rules.match_within);
    facts.add("watermark", view.watermark.min(reach));
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

/// The ledger's latest instant, as far as it matters to a day: once its rows are old enough, later
/// ones change nothing for it.
pub(crate) fn watermark(desk: &Desk, view: &View, window: &Window) -> Instant {
    view.watermark.min(window.last_instant.plus(desk.config.rules.match_within))
}

pub(crate) fn carry_digest(carry: &Carry) -> String {
    let rows: Vec<String> = carry.to_rows().iter().map(|r| format!("{r:?}")).collect();
    sha256(rows.join("\n").as_bytes())
}

async fn closing_carry(desk: &Desk, manifest: &Manifest) -> Result<Carry, Stop> {
    let mut rows: Vec<CarryRow> = Vec::new();
    for part in manifest.parts_of("carry") {
        for batch in desk.read(part).await? {
            rows.extend(from_batch::<CarryRow>(&batch)?);
        }
    }
    Carry::from_rows(&rows).map_err(|e| Stop::internal(format!("{}: {e}", manifest.path())))
}

pub(crate) fn report(desk: &Desk, manifest: &Manifest, day: Day, current: bool) -> DayReport {
    let mut open: BTreeMap<String, Amount> = BTreeMap::new();
    for total in manifest.totals.iter().filter(|t| t.name == "open") {
        open.insert(total.unit.clone(), total.amount);
    }
    let count = |name: &str| manifest.rows.get(name).copied().unwrap_or(0);
    DayReport {
        day,
        revision: manifest.revision,
        current,
        state: known_for(desk, day).1,
        calls: count("calls"),
        findings: count("findings"),
        open,
    }
}
