//! What a sealed day depends on: everything that can change its result, and nothing else.
//!
//! A day that was sealed is made again when this changes, so what only bills, mail or pages read stays out.

use std::collections::{BTreeSet, HashSet};

use super::day_inputs::{self, DayInputs};
use super::silent_hours;
use crate::domain::call::{Calls, DictColumn};
use crate::domain::hash::{Canonical, CanonicalBytes};
use crate::domain::ledger::{Account, Key, LedgerState, Parties};
use crate::domain::period::{Day, Instant};
use crate::domain::reconcile::{Rules, SourceRules};
use crate::edge::lake::schema::to_batch;
use crate::edge::lake::{Digest, Manifest};
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::raw_catalog::RawCatalog;
use crate::pipeline::registry::books::Books;

/// What the pass over a day makes of its input. Raised by hand with every change after which equal input
/// gives other tables (a new cause, another rule of matching, another column): days that may still change
/// are then made again. A change that gives the same tables, whatever else it is, does not raise it.
const RESULTS: u32 = 7;

/// The note of a sealed day that says under which [`RESULTS`] it was sealed.
pub(crate) const RULES: &str = "rules";

/// What a day is sealed with under [`RULES`].
pub(crate) fn rules() -> String {
    RESULTS.to_string()
}

/// Whether a sealed day is what other rules made of its input.
pub(crate) fn is_of_other_rules(sealed: &Manifest) -> bool {
    sealed.notes.get(RULES).is_none_or(|sealed_under| *sealed_under != rules())
}

/// The note of a sealed day that holds the stamp of what it was made from.
pub(crate) const FINGERPRINT: &str = "fingerprint";

/// What days of one run depend on, as far as it is the same for many of them.
pub(crate) struct InputIdentity<'a> {
    context: &'a RunContext,
    catalog: &'a RawCatalog,
    books: &'a Books,
    parties: &'a Parties,
    /// Of all accounts and keys.
    all_parties: u128,
}

/// What one day depends on beside rows, accounts and keys: prices, rules, what earlier days left.
pub(crate) struct DayFacts {
    day: Day,
    bytes: CanonicalBytes,
}

impl<'a> InputIdentity<'a> {
    pub(crate) fn new(
        context: &'a RunContext,
        catalog: &'a RawCatalog,
        books: &'a Books,
        parties: &'a Parties,
    ) -> InputIdentity<'a> {
        let all = CanonicalBytes::of_record("parties", |to| {
            to.member("accounts", &parties.accounts().collect::<Vec<&Account>>());
            to.member("keys", &parties.keys().collect::<Vec<&Key>>());
        });
        InputIdentity { context, catalog, books, parties, all_parties: all.hash128() }
    }

    /// `known`: prices learnt after it do not count. `opening`: of what the days before left.
    pub(crate) fn day(&self, day: Day, known: Instant, opening: Option<Digest>) -> DayFacts {
        let Rules { zone, match_within, tolerance, forbid, complete_from, units, sources: _, has_postings } =
            &self.context.config.rules;
        let bytes = CanonicalBytes::of_record("day", |to| {
            to.member("results", &RESULTS);
            to.member("books", &self.books.fingerprint(known));
            to.member("zone", zone);
            to.member("match_within", match_within);
            to.member("tolerance", tolerance);
            to.member("forbid", &forbid.iter().map(|kind| kind.name()).collect::<Vec<_>>());
            to.member("complete_from", complete_from);
            to.member("units", units);
            to.member("has_postings", has_postings);
            to.member("has_keys", &self.parties.keys().next().is_some());
            to.member("last_used", &self.last_used_on(day));
            to.member("opening", &opening);
            to.member("rows_every_hour", &silent_hours::promises(self.context));
        });
        DayFacts { day, bytes }
    }

    /// The exact question, once the day's rows are there: of accounts, keys and sources those that the
    /// rows name.
    pub(crate) fn of_rows(&self, facts: &DayFacts, inputs: &DayInputs) -> String {
        let named = Named::of(inputs);
        let accounts: Vec<&Account> = named.accounts.iter().flat_map(|id| self.parties.account_rows(id)).collect();
        let keys: Vec<&Key> = named.keys.iter().flat_map(|id| self.parties.key_rows(id)).collect();
        let sources: Vec<&SourceRules> =
            self.context.config.rules.sources.iter().filter(|s| named.sources.contains(s.name.as_str())).collect();
        CanonicalBytes::of_record("day_of_rows", |to| {
            to.member("facts", &facts.bytes.hash128());
            to.member("rows", &inputs.digest());
            to.member("watermark", &watermark(self.context, self.catalog, inputs));
            to.member("accounts", &accounts);
            to.member("keys", &keys);
            to.member("sources", &sources);
        })
        .stamp()
    }

    /// A coarser question that needs no rows to be read: whether anything that could matter is new.
    pub(crate) fn of_parts(&self, facts: &DayFacts) -> String {
        let (context, catalog) = (self.context, self.catalog);
        let (mut parts, mut crossing) = (Vec::new(), Vec::new());
        for at in day_inputs::days_read(context, catalog, facts.day) {
            for table in ["calls", "postings"] {
                parts.extend(catalog.parts(table, at).iter().map(|part| part.path.as_str()));
                parts.extend(catalog.set_aside.names(table, at));
            }
            crossing.extend(catalog.cross_day_ids.from(at));
        }
        for at in [facts.day, facts.day.next()] {
            parts.extend(catalog.parts("balances", at).iter().map(|part| part.path.as_str()));
            parts.extend(catalog.set_aside.names("balances", at));
        }
        let reach = context.config.zone.start_of(facts.day.plus(4)).plus(context.config.rules.match_within);
        CanonicalBytes::of_record("day_of_parts", |to| {
            to.member("facts", &facts.bytes.hash128());
            to.member("parts", &parts);
            to.member("crossing", &crossing);
            to.member("watermark", &catalog.watermark.min(reach));
            to.member("parties", &self.all_parties);
            to.member("sources", &context.config.rules.sources);
        })
        .stamp()
    }

    /// What key files say of the last use of keys, where that or the reading of it falls on the day.
    fn last_used_on(&self, day: Day) -> Vec<LastUsed<'a>> {
        let span = self.context.config.zone.span_of(day);
        let within = |at: Option<Instant>| at.is_some_and(|at| span.0 <= at && at < span.1);
        let used = self.parties.keys().filter(|k| within(k.last_used_at) || k.last_used_at.is_some() && within(k.from));
        used.map(LastUsed).collect()
    }
}

struct LastUsed<'a>(&'a Key);

impl Canonical for LastUsed<'_> {
    fn write(&self, to: &mut CanonicalBytes) {
        to.record("last_used", |to| {
            to.member("key", self.0);
            to.member("at", &self.0.last_used_at);
        });
    }
}

/// Accounts, keys and sources that the rows of a day's pass name.
#[derive(Default)]
struct Named<'a> {
    accounts: BTreeSet<&'a str>,
    keys: BTreeSet<&'a str>,
    sources: HashSet<&'a str>,
}

impl<'a> Named<'a> {
    fn of(inputs: &'a DayInputs) -> Named<'a> {
        let mut named = Named::default();
        for calls in [&inputs.calls, &inputs.near] {
            named.calls(calls);
        }
        for posting in &inputs.postings {
            named.accounts.insert(&posting.account_id);
            named.keys.extend(posting.api_key_id.as_deref());
        }
        named.accounts.extend(inputs.balances.iter().map(|balance| &*balance.account_id));
        named
    }

    fn calls(&mut self, calls: &'a Calls) {
        self.accounts.extend(used(calls.account_id()));
        self.keys.extend(used(calls.api_key_id()));
        self.sources.extend(used(calls.source()));
    }
}

/// Names that a row has; a dictionary may hold others.
fn used(names: DictColumn<'_>) -> impl Iterator<Item = &str> {
    let mut used = vec![false; names.entries()];
    (0..names.len()).filter_map(|row| names.index(row)).for_each(|entry| used[entry] = true);
    (0..used.len()).filter(move |entry| used[*entry]).map(move |entry| names.entry(entry))
}

/// The ledger's latest instant, as far as it matters to a day: once its rows are old enough, later
/// ones change nothing for it.
pub(crate) fn watermark(context: &RunContext, catalog: &RawCatalog, inputs: &DayInputs) -> Instant {
    catalog.watermark.min(inputs.last_instant.plus(context.config.rules.match_within))
}

pub(crate) fn carry_digest(carry: &LedgerState) -> Result<Digest, AppError> {
    Ok(Digest::of(&to_batch(&carry.to_rows()), &[])?)
}

/// The note of a sealed day that says what it began with.
pub(crate) const OPENING: &str = "opening";

/// What a day began with, as its manifest says.
pub(crate) fn opening_of(manifest: &Manifest) -> Option<Digest> {
    manifest.notes.get(OPENING).and_then(|text| Digest::parse(text))
}
