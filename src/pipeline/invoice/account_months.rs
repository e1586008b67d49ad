//! A month read from sealed days, for the bills to be made of.

use std::collections::{BTreeMap, BTreeSet};

use super::debits::debits;
use super::wallets::read_wallets;
use crate::domain::hash::{CanonicalBytes, sha256};
use crate::domain::invoice::{AccountMonths, CallDebits, CallPlacer, SourceRef, rate_changes};
use crate::domain::ledger::{Parties, WalletDay};
use crate::domain::period::Period;
use crate::edge::lake::Manifest;
use crate::pipeline::close::sealed_day::SealedDay;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::raw_catalog::{INGESTED, RawCatalog};

/// The rows that days are read with.
#[derive(Debug)]
pub(super) enum RawCatalogs<'a> {
    /// All of them: for the latest revisions.
    Now(&'a RawCatalog),
    /// Those that were there when each day was sealed, by the log's revision; the last holds all.
    AsSealed(BTreeMap<u32, RawCatalog>),
}

impl RawCatalogs<'_> {
    /// What was there when each of these days was sealed.
    pub(super) async fn as_sealed(run: &RunContext, days: &[Manifest]) -> Result<RawCatalogs<'static>, AppError> {
        let revisions: BTreeSet<u32> = days.iter().filter_map(ingested).chain([u32::MAX]).collect();
        let mut catalogs = BTreeMap::new();
        for revision in revisions {
            catalogs.insert(revision, RawCatalog::load_until(run, revision).await?);
        }
        Ok(RawCatalogs::AsSealed(catalogs))
    }

    fn of(&self, day: Option<&Manifest>) -> &RawCatalog {
        match self {
            RawCatalogs::Now(catalog) => catalog,
            // Days that were sealed before this was noted are read with all there is.
            RawCatalogs::AsSealed(catalogs) => &catalogs[&day.and_then(ingested).unwrap_or(u32::MAX)],
        }
    }
}

fn ingested(day: &Manifest) -> Option<u32> {
    day.notes.get(INGESTED)?.parse().ok()
}

/// The revisions a month's documents are made from.
pub(super) fn sources(days: &[Manifest]) -> Vec<SourceRef> {
    days.iter()
        .map(|m| source(m, CanonicalBytes::of_record("tables", |to| to.member("digests", &m.digests)).stamp()))
        .collect()
}

/// As [`sources`], each with a digest of the kind that a document made from it has: those of the first builds
/// were taken over another text.
pub(super) fn sources_like(days: &[Manifest], named: &[SourceRef]) -> Vec<SourceRef> {
    let of_first = |m: &Manifest| {
        let lines: Vec<String> =
            m.digests.iter().map(|(table, digest)| format!("{table} {}", digest.text_of_the_first_scheme())).collect();
        source(m, sha256(lines.join("\n").as_bytes()))
    };
    let is_first = |s: &SourceRef| {
        let like = named.iter().find(|n| (&n.job, &n.period, n.revision) == (&s.job, &s.period, s.revision));
        like.is_some_and(|n| !n.digest.contains(':'))
    };
    let like = |(m, s): (&Manifest, SourceRef)| if is_first(&s) { of_first(m) } else { s };
    days.iter().zip(sources(days)).map(like).collect()
}

fn source(m: &Manifest, digest: String) -> SourceRef {
    SourceRef { job: m.job.clone(), period: m.period.clone(), revision: m.revision, digest }
}

/// Changes what a sealed day is taken to say of its calls, once it has been checked.
pub(crate) type CallOverride<'a> = &'a (dyn Fn(&Manifest, &mut SealedDay) -> Result<(), AppError> + Sync);

/// Reads a month as given revisions of its days have it, or with `changed` as it would have been.
///
/// # Errors
/// Law: a call in no place or in two, a sum that is not the sealed one.
pub(super) async fn gather(
    run: &RunContext,
    catalogs: &RawCatalogs<'_>,
    parties: &Parties,
    period: Period,
    days: &[Manifest],
    changed: Option<CallOverride<'_>>,
) -> Result<AccountMonths, AppError> {
    let span = period.span(run.config.zone);
    let findings = crate::pipeline::query::sealed::findings_of(run, days).await?;
    let call_debits = CallDebits::of(&findings);
    let mut months = AccountMonths { sources: sources(days), call_debits, ..AccountMonths::default() };
    let debits = debits(run, catalogs.of(days.last()), parties, period, days).await?;
    months.filled.clone_from(debits.filled());
    let units = &run.config.rules.units;
    let changes = rate_changes(units, span);
    let mut placer = CallPlacer::new(parties, units, debits, span.1);
    let mut rolled: Vec<WalletDay> = Vec::new();
    for manifest in days {
        let catalog = catalogs.of(Some(manifest));
        let mut calls = SealedDay::load(run, catalog, manifest).await?;
        let expected = |unit: &str| manifest.totals.iter().find(|t| t.name == "expected" && t.unit == unit);
        let sealed = manifest.rows.get("calls").copied().unwrap_or_default();
        let sums = |unit: &str| expected(unit).map(|t| t.amount).unwrap_or_default();
        calls.charged().check(sealed, sums).map_err(|e| AppError::from(e).at(manifest.path()))?;
        if let Some(change) = changed {
            change(manifest, &mut calls)?;
        }
        months.add_calls(&mut placer, &changes, &calls.charged())?;
        rolled.extend(read_wallets(run, catalog, manifest, &calls, &mut months).await?);
    }
    months.rolled = WalletDay::chain(&rolled).ok_or_else(|| AppError::internal("a wallet's sums overflow"))?;
    months.settle_places()?;
    months.add_findings(findings);
    Ok(months)
}
