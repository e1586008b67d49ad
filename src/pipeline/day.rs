//! One day after another: is what is sealed still what the input says? If not, one pass and a seal.

use std::collections::BTreeMap;

use super::books::Books;
use super::desk::Desk;
use super::fingerprint::{Fingerprint, sha256};
use super::hours::{self, SilentHours, silent, state_of};
use super::pass::{self, Sealing};
use super::stop::Stop;
use super::view::View;
use super::window::{self, Window};
use crate::domain::ledger::{Key, LedgerState, Parties, StateRow, WalletDay};
use crate::domain::money::Amount;
use crate::domain::period::{Day, Instant, Period};
use crate::edge::lake::schema::{WalletDayRow, from_batch, to_batch};
use crate::edge::lake::{Digest, KeptRef, Manifest};
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
    /// Hours without a row that hold the day open.
    pub silent: Vec<SilentHours>,
    pub calls: u64,
    pub findings: u64,
    /// Sum of absolute differences of the findings, by unit.
    pub open: BTreeMap<String, Amount>,
}

/// The latest sealed revision of a day.
pub(crate) async fn latest_day(desk: &Desk, day: Day) -> Result<Option<Manifest>, Stop> {
    desk.latest(JOB, &day.to_string()).await
}

/// The sealed days of a period, latest revisions.
pub(crate) async fn days_of(desk: &Desk, period: Period) -> Result<Vec<Manifest>, Stop> {
    let mut days = Vec::new();
    for day in period.days() {
        days.extend(latest_day(desk, day).await?);
    }
    Ok(days)
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
pub(crate) async fn reconcile_days(
    desk: &Desk,
    view: &View,
    books: &Books,
    parties: (&Parties, &[KeptRef]),
    wanted: (Day, Day),
) -> Result<Vec<DayReport>, Stop> {
    let mut reports = Vec::new();
    let Some(first) = view.days().into_iter().next() else { return Ok(reports) };
    let oldest = desk.config.zone.day_of(desk.now.minus(desk.config.max_late));
    let parties_text = parties_text(parties.0);
    let mut opening = Opening::ready(LedgerState::default())?;
    let mut day = first;
    while day <= wanted.1 {
        let (known, _) = known_for(desk, day);
        let sealed = latest_day(desk, day).await?;
        let common = facts(desk, books, (parties.0, &parties_text), day, known, &opening.digest);
        let parts = parts_fingerprint(desk, view, &common, day);
        let checked = desk.state.checked(JOB, &day.to_string()).await?;
        let untouched =
            |m: &&Manifest| checked.as_ref().is_some_and(|c| c.fingerprint == parts && c.revision == m.revision);
        if let Some(manifest) = sealed.as_ref().filter(untouched) {
            opening = Opening::after(manifest);
            if day >= wanted.0 {
                reports.push(report(desk, manifest, day, true));
            }
        } else if day < oldest || (sealed.is_none() && day < wanted.0) {
            let carry = opening.load(desk).await?;
            let closing = pass::advance_only(desk, view, books, parties.0, day, carry, known).await?;
            opening = Opening::ready(closing)?;
        } else {
            let loaded = window::load(desk, view, day).await?;
            let facts = fingerprint(desk, view, &common, &loaded);
            let current = sealed.as_ref().filter(|m| m.notes.get("fingerprint") == Some(&facts)).cloned();
            let is_current = current.is_some();
            let manifest = match current {
                Some(manifest) => {
                    opening = Opening::after(&manifest);
                    manifest
                }
                None => {
                    let sealing = Sealing { day, known, fingerprint: facts, replaces: sealed };
                    let carry = opening.load(desk).await?;
                    let (manifest, closing) = pass::pass(desk, view, books, parties, carry, loaded, sealing).await?;
                    opening = Opening::ready(closing)?;
                    manifest
                }
            };
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

/// What a day begins with, read only when a pass needs it.
struct Opening {
    digest: String,
    carry: Option<LedgerState>,
    sealed: Option<Manifest>,
}

impl Opening {
    fn ready(carry: LedgerState) -> Result<Opening, Stop> {
        Ok(Opening { digest: carry_digest(&carry)?, carry: Some(carry), sealed: None })
    }

    fn after(manifest: &Manifest) -> Opening {
        let digest = manifest.digests.get("carry").map(|d| format!("{d:?}")).unwrap_or_default();
        Opening { digest, carry: None, sealed: Some(manifest.clone()) }
    }

    async fn load(&mut self, desk: &Desk) -> Result<&LedgerState, Stop> {
        if let Some(manifest) = self.sealed.take() {
            self.carry = Some(closing_carry(desk, &manifest).await?);
        }
        Ok(self.carry.get_or_insert_default())
    }
}

/// What a pass finds depends on, beside the rows it reads: prices, rules, parties, and what earlier
/// days left.
fn facts(
    desk: &Desk,
    books: &Books,
    (parties, parties_text): (&Parties, &str),
    day: Day,
    known: Instant,
    opening: &str,
) -> String {
    let mut facts = Fingerprint::default();
    facts.add("build", env!("CARGO_PKG_VERSION"));
    facts.add("books", books.fingerprint(known));
    facts.add("rules", format_args!("{:?}", desk.config.rules));
    facts.add("parties", parties_text);
    facts.add("last used", last_used_on(parties, desk.config.zone.span_of(day)));
    facts.add("opening", opening);
    if let Some(promises) = hours::promises(desk) {
        facts.add("rows every hour", promises);
    }
    facts.finish()
}

fn fingerprint(desk: &Desk, view: &View, common: &str, window: &Window) -> String {
    let mut facts = Fingerprint::default();
    facts.add("facts", common);
    facts.add("rows", window.digest());
    facts.add("watermark", watermark(desk, view, window));
    facts.finish()
}

/// A coarser question that needs no rows to be read: whether any file that could matter is new.
fn parts_fingerprint(desk: &Desk, view: &View, common: &str, day: Day) -> String {
    let mut facts = Fingerprint::default();
    facts.add("facts", common);
    for at in window::days_read(desk, view, day) {
        for table in ["calls", "postings"] {
            for part in view.parts(table, at) {
                facts.add(table, &part.path);
            }
        }
        for mention in view.cross_day_ids.from(at) {
            facts.add("crossing", format_args!("{mention:?}"));
        }
    }
    for part in view.parts("balances", day) {
        facts.add("balances", &part.path);
    }
    let reach = desk.config.zone.start_of(day.plus(4)).plus(desk.config.rules.match_within);
    facts.add("watermark", view.watermark.min(reach));
    facts.finish()
}

/// Accounts and keys but for `last_used_at`, which counts only on its own day.
fn parties_text(parties: &Parties) -> String {
    let mut text = String::new();
    for account in parties.accounts() {
        text.push_str(&format!("{account:?}\n"));
    }
    for key in parties.keys() {
        text.push_str(&format!("{:?}\n", Key { last_used_at: None, ..key.clone() }));
    }
    sha256(text.as_bytes())
}

fn last_used_on(parties: &Parties, span: (Instant, Instant)) -> String {
    let within = |at: &Instant| span.0 <= *at && *at < span.1;
    let used = parties.keys().filter_map(|k| Some((&k.api_key_id, k.last_used_at.filter(within)?)));
    used.map(|(key, at)| format!("{key} {at}\n")).collect()
}

/// The ledger's latest instant, as far as it matters to a day: once its rows are old enough, later
/// ones change nothing for it.
pub(crate) fn watermark(desk: &Desk, view: &View, window: &Window) -> Instant {
    view.watermark.min(window.last_instant.plus(desk.config.rules.match_within))
}

pub(crate) fn carry_digest(carry: &LedgerState) -> Result<String, Stop> {
    Ok(format!("{:?}", Digest::of(&to_batch(&carry.to_rows()), &[])?))
}

pub(crate) async fn closing_carry(desk: &Desk, manifest: &Manifest) -> Result<LedgerState, Stop> {
    let mut rows: Vec<StateRow> = Vec::new();
    for part in manifest.parts_of("carry") {
        for batch in desk.read(part).await? {
            rows.extend(from_batch::<StateRow>(&batch)?);
        }
    }
    LedgerState::from_rows(&rows).map_err(|e| Stop::internal(format!("{}: {e}", manifest.path())))
}

/// A sealed day's wallets: what each opened and closed with, and what moved.
pub(crate) async fn wallet_days(desk: &Desk, manifest: &Manifest) -> Result<Vec<WalletDay>, Stop> {
    let mut wallets = Vec::new();
    for part in manifest.parts_of("wallets") {
        for batch in desk.read(part).await? {
            wallets.extend(from_batch::<WalletDayRow>(&batch)?.into_iter().map(WalletDay::from));
        }
    }
    Ok(wallets)
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
        state: state_of(desk, manifest, day),
        silent: silent(desk, manifest),
        calls: count("calls"),
        findings: count("findings"),
        open,
    }
}
