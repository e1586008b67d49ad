//! What is sealed of a period, put together from its days.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Decimal128Type, Int32Type, TimestampMicrosecondType, UInt32Type};

use crate::domain::call::DictColumn;
use crate::domain::hash::{Canonical, CanonicalBytes};
use crate::domain::ledger::WalletDay;
use crate::domain::money::Amount;
use crate::domain::period::{Day, Instant, Period, PeriodKind};
use crate::domain::reconcile::{Class, Finding, LegSum};
use crate::domain::rollup::{Measures, Rollup, regroup};
use crate::edge::blob::Body;
use crate::edge::lake::schema::{RepresentationRow, from_batch};
use crate::edge::lake::{Build, Manifest, Read, Total};
use crate::edge::source::read_accounts;
pub(super) use crate::pipeline::close::day_revisions::days_of as sealed;
use crate::pipeline::close::day_revisions::{JOB, wallet_days};
use crate::pipeline::close::rollup::day_rollup;
use crate::pipeline::close::silent_hours::{count as silent_count, silent, state_of};
use crate::pipeline::close::unjudged_calls::{UnjudgedCalls, UnjudgedKinds, noted};
use crate::pipeline::config::Unjudged;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::raw_catalog::RawCatalog;
use crate::report::{DayFact, InputFact, LawFact, Prices, Scope, Sums, UnjudgedFact, export_versions};

/// Everything sealed of a period, put together from its days.
#[derive(Debug, Default)]
pub(crate) struct PeriodFacts {
    pub days: Vec<Manifest>,
    pub rollup: Rollup,
    pub sums: Vec<LegSum>,
    pub findings: Vec<Finding>,
    pub wallets: Vec<WalletDay>,
    /// Along what pages draw.
    pub along: Sums,
    /// What writing amounts a source's way moved, by source and unit.
    pub representation: BTreeMap<(String, String), Amount>,
}

/// Reads what is sealed of a period.
///
/// # Errors
/// When a part is missing or damaged, or a sum overflows.
pub(crate) async fn facts(context: &RunContext, period: Period) -> Result<PeriodFacts, AppError> {
    let mut facts = PeriodFacts::default();
    let mut rollups = Vec::new();
    for manifest in sealed(context, period).await? {
        let rollup = day_rollup(context, &manifest).await?;
        for (dimensions, measures) in rollup.rows() {
            facts.along.add(dimensions, measures).map_err(AppError::internal)?;
        }
        rollups.push(rollup);
        for part in &manifest.parts {
            let wanted = matches!(part.table.as_str(), "findings" | "sums" | "representation");
            let batches = if wanted { context.read(part).await? } else { Vec::new() };
            for batch in batches {
                match part.table.as_str() {
                    "findings" => facts.findings.extend(from_batch::<Finding>(&batch)?),
                    "sums" => facts.sums.extend(from_batch::<LegSum>(&batch)?),
                    _ => {
                        for row in from_batch::<RepresentationRow>(&batch)? {
                            let sum = facts.representation.entry((row.source, row.unit)).or_default();
                            *sum = sum.checked_add(row.amount).ok_or_else(|| overflow("representation"))?;
                        }
                    }
                }
            }
        }
        facts.wallets.extend(wallet_days(context, &manifest).await?);
        if period.kind() == PeriodKind::Day {
            hours(context, &manifest, &mut facts.along).await?;
        }
        facts.days.push(manifest);
    }
    facts.rollup = regroup(period.kind(), rollups.iter().flat_map(Rollup::rows)).map_err(AppError::internal)?;
    facts.sums = LegSum::add_up(&facts.sums).ok_or_else(|| overflow("the classes"))?;
    facts.wallets = WalletDay::chain(&facts.wallets).ok_or_else(|| overflow("a wallet"))?;
    Ok(facts)
}

/// Adds a day's calls by the hour they began in.
async fn hours(context: &RunContext, manifest: &Manifest, along: &mut Sums) -> Result<(), AppError> {
    let columns = ["started_at", "model", "unit", "expected", "recorded", "posting_class"];
    let duplicate = Class::DuplicateCall.name();
    for part in manifest.parts_of("charges") {
        let how = Read { columns: Some(&columns), ..Read::default() };
        for batch in context.lake.open_part(part, how).await? {
            let batch = batch?;
            let names = |name: &str| DictColumn::new(batch[name].as_dictionary::<Int32Type>());
            let (model, unit, class) = (names("model"), names("unit"), names("posting_class"));
            let amount = |name: &str, row: usize| {
                let amounts = batch[name].as_primitive::<Decimal128Type>();
                amounts.is_valid(row).then(|| Amount::from_raw(amounts.value(row))).flatten().unwrap_or_default()
            };
            let started = batch["started_at"].as_primitive::<TimestampMicrosecondType>();
            for row in 0..batch.num_rows() {
                let at = Instant::from_micros(started.value(row));
                let hour = context.config.zone.local_minute(at).1 / 60;
                let text = |names: &DictColumn<'_>| names.get(row).unwrap_or_default().to_owned();
                let measures = Measures {
                    calls: u64::from(class.get(row) != Some(duplicate)),
                    expected: amount("expected", row),
                    recorded: amount("recorded", row),
                    ..Measures::default()
                };
                let sum = along.hour_model.entry(((hour, text(&model)), text(&unit))).or_default();
                sum.add(&measures).map_err(AppError::internal)?;
            }
        }
    }
    Ok(())
}

fn overflow(what: &str) -> AppError {
    AppError::internal(format!("a sum of {what} has more digits than can be held exactly"))
}

/// What decides which files a period has.
pub(super) fn scope(context: &RunContext, period: Period) -> Scope {
    Scope { kind: period.kind(), customers: context.config.customers }
}

/// Everything a period's files depend on, in one line; no row is read for it.
pub(super) fn made_from(context: &RunContext, catalog: &RawCatalog, period: Period, days: &[Manifest]) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for day in period.days() {
        for table in ["calls", "postings", "balances"] {
            parts.extend(catalog.parts(table, day).iter().map(|part| part.path.as_str()));
            parts.extend(catalog.set_aside.names(table, day));
        }
    }
    let days: Vec<ShownDay> = days.iter().map(|day| ShownDay { context, day }).collect();
    CanonicalBytes::of_record("pages", |to| {
        // The page names the build that made it.
        to.member("build", &Build::this());
        to.member("exports", &export_versions(scope(context, period)));
        to.member("period", &period.to_string());
        to.member("zone", &context.config.zone);
        to.member("tolerance", &context.config.rules.tolerance);
        to.member("days", &days);
        to.member("parts", &parts);
    })
    .stamp()
}

/// What pages show of a sealed day.
struct ShownDay<'a> {
    context: &'a RunContext,
    day: &'a Manifest,
}

impl Canonical for ShownDay<'_> {
    fn write(&self, to: &mut CanonicalBytes) {
        let ShownDay { context, day } = self;
        to.record("day", |to| {
            to.member("path", &day.path());
            to.member("as_of", &day.as_of);
            to.member("known", &day.known);
            to.member("digests", &day.digests);
            to.member("totals", &day.totals);
            to.member("rows", &day.rows);
            to.member("laws", &day.laws);
            to.member("books", &day.books);
            to.member("parties", &day.parties);
            to.member("state", &Day::parse(&day.period).map(|of| state_of(context, day, of).name()));
            to.member("silent", &silent(context, day));
        });
    }
}

/// Sealed days for pages, each held against how it was first sealed.
pub(super) async fn day_facts(context: &RunContext, days: &[Manifest]) -> Result<Vec<DayFact>, AppError> {
    let mut list = Vec::new();
    for manifest in days {
        let Some(day) = Day::parse(&manifest.period) else { continue };
        let first = context.revision(JOB, &manifest.period, 1).await?;
        let count = |m: &Manifest, name: &str| m.rows.get(name).copied().unwrap_or(0);
        let expected = first.totals.iter().filter(|t| t.name == "expected");
        list.push(DayFact {
            day,
            state: state_of(context, manifest, day).name(),
            silent_hours: silent_count(&silent(context, manifest)),
            revision: manifest.revision,
            sealed_at: manifest.as_of,
            calls: count(manifest, "calls"),
            duplicates: count(manifest, "duplicates"),
            duplicate_rows: count(manifest, "duplicate_rows"),
            postings: count(manifest, "postings"),
            findings: count(manifest, "findings"),
            totals: measures(&manifest.totals),
            unjudged: unjudged(&noted(manifest, day)),
            first_calls: count(&first, "calls"),
            first_expected: expected.map(|t| (t.unit.clone(), t.amount)).collect(),
        });
    }
    Ok(list)
}

fn unjudged(kinds: &UnjudgedKinds) -> Vec<UnjudgedFact> {
    let fact = |(kind, sum): (&Unjudged, &UnjudgedCalls)| UnjudgedFact {
        kind: kind.name(),
        words: kind.words(),
        calls: sum.calls,
        money: sum.money.iter().filter_map(|(unit, sum)| Some((unit.clone(), (*sum)?))).collect(),
    };
    kinds.iter().map(fact).collect()
}

fn measures(totals: &[Total]) -> BTreeMap<String, Measures> {
    let mut units: BTreeMap<String, Measures> = BTreeMap::new();
    for total in totals {
        let measures = units.entry(total.unit.clone());
        match total.name.as_str() {
            "expected" => measures.or_default().expected = total.amount,
            "recorded" => measures.or_default().recorded = total.amount,
            "posted" => measures.or_default().posted = total.amount,
            _ => {}
        }
    }
    units
}

/// Laws by name, over all days.
pub(super) fn law_facts(days: &[Manifest]) -> Vec<LawFact> {
    let mut laws: Vec<LawFact> = Vec::new();
    for law in days.iter().flat_map(|d| &d.laws) {
        match laws.iter_mut().find(|l| l.name == law.name) {
            Some(known) => (known.days, known.cases) = (known.days + 1, known.cases + law.cases),
            None => laws.push(LawFact { name: law.name.clone(), days: 1, cases: law.cases }),
        }
    }
    laws
}

/// Price books as the last day knew them: the newest file of each.
pub(super) fn prices(days: &[Manifest]) -> Vec<Prices> {
    let mut books: BTreeMap<&str, (BTreeSet<&str>, &str)> = BTreeMap::new();
    for book in days.last().into_iter().flat_map(|d| &d.books) {
        let known = books.entry(&book.id).or_default();
        known.0.extend(book.versions.iter().map(String::as_str));
        known.1 = &book.sha256;
    }
    let show = |(id, (versions, sha256)): (&str, (BTreeSet<&str>, &str))| Prices {
        book: id.to_owned(),
        versions: versions.len() as u64,
        sha256: sha256.to_owned(),
    };
    books.into_iter().map(show).collect()
}

/// What came in for a period: its rows by kind, and the files they lie in.
pub(super) async fn inputs(
    context: &RunContext,
    catalog: &RawCatalog,
    period: Period,
) -> Result<Vec<InputFact>, AppError> {
    let mut rows: BTreeMap<u32, u64> = BTreeMap::new();
    for day in period.days() {
        for table in ["calls", "postings", "balances"] {
            for part in catalog.parts(table, day) {
                let how = Read { columns: Some(&["file"]), batch_rows: 65_536, ..Read::default() };
                for batch in context.lake.open_part(part, how).await? {
                    let batch = batch?;
                    let numbers = batch.column(0).as_primitive::<UInt32Type>().values();
                    for run in numbers.chunk_by(|a, b| a == b) {
                        *rows.entry(run[0]).or_default() += run.len() as u64;
                    }
                }
            }
        }
    }
    let mut facts: BTreeMap<&str, InputFact> = BTreeMap::new();
    for file in catalog.files() {
        let Some(rows) = rows.get(&file.number) else { continue };
        let fact = facts.entry(&file.kind).or_default();
        *fact = InputFact {
            kind: file.kind.clone(),
            files: fact.files + 1,
            rows: fact.rows + rows,
            rejects: fact.rejects + file.rejects,
        };
    }
    Ok(facts.into_values().collect())
}

/// Names of accounts as the last sealed day knew them.
pub(super) async fn account_names(
    context: &RunContext,
    days: &[Manifest],
) -> Result<BTreeMap<String, String>, AppError> {
    let kept = days.iter().rev().flat_map(|d| &d.parties).find(|p| p.name == "accounts" && !p.path.is_empty());
    let Some(kept) = kept else { return Ok(BTreeMap::new()) };
    let bytes = context.lake.fetch(&kept.path).await?;
    let read =
        read_accounts(Body::from_vec(bytes.to_vec()), Some(context.config.zone), &Default::default(), &kept.path);
    let accounts = read.map_err(|e| AppError::internal(e.to_string()).at(&kept.path))?.rows;
    Ok(accounts.into_iter().map(|a| (a.account_id, a.name)).collect())
}
