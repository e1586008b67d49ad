//! What people read: rollups, findings, incidents, classes and wallets of a period, as files.
//!
//! Files first, the period's list of files last; a period whose files would be the same is left
//! untouched.

use std::collections::BTreeMap;

use super::day::{DayReport, latest_day};
use super::desk::Desk;
use super::fingerprint::sha256;
use super::rollup::day_rollup;
use super::stop::Stop;
use crate::domain::ledger::WalletDay;
use crate::domain::period::{Period, PeriodKind};
use crate::domain::reconcile::{Finding, LegSum, incidents};
use crate::domain::report::{class_table, finding_table, incident_table, rollup_table, wallet_table};
use crate::domain::rollup::{Rollup, regroup};
use crate::edge::lake::schema::{WalletDayRow, from_batch, rollup_batch};
use crate::edge::lake::{Manifest, to_parquet};
use crate::edge::render::{findings_to_json_lines, to_csv};

/// A period that was published.
#[derive(Debug)]
pub struct Published {
    pub period: Period,
    /// Folder below the publishing place.
    pub folder: String,
    /// Files are as they were.
    pub unchanged: bool,
}

/// Everything sealed of a period, put together from its days.
#[derive(Debug, Default)]
pub struct PeriodFacts {
    pub days: Vec<Manifest>,
    pub rollup: Rollup,
    pub findings: Vec<Finding>,
    pub sums: Vec<LegSum>,
    pub wallets: Vec<WalletDay>,
}

/// Publishes a period, and of a day's run every day it changed; of a month its weeks as well.
///
/// # Errors
/// When the publishing place cannot be written.
pub(crate) async fn publish(desk: &Desk, period: Period, days: &[DayReport]) -> Result<Vec<Published>, Stop> {
    let mut periods: Vec<Period> =
        days.iter().filter(|d| !d.current).map(|d| PeriodKind::Day.containing(d.day)).collect();
    if period.kind() == PeriodKind::Month {
        periods.extend(period.days().map(|d| PeriodKind::Day.containing(d)));
        let mut week = PeriodKind::Week.containing(period.first());
        while week.end() <= period.end() {
            periods.push(week);
            week = week.next();
        }
    }
    periods.push(period);
    periods.sort_unstable();
    periods.dedup();
    let mut published = Vec::new();
    for period in periods {
        let facts = facts(desk, period).await?;
        if facts.days.is_empty() {
            continue;
        }
        published.push(one(desk, period, &facts).await?);
    }
    Ok(published)
}

/// Reads what is sealed of a period.
///
/// # Errors
/// When a part is missing or damaged, or a sum overflows.
pub async fn facts(desk: &Desk, period: Period) -> Result<PeriodFacts, Stop> {
    let mut facts = PeriodFacts::default();
    let mut rollups = Vec::new();
    for day in period.days() {
        let Some(manifest) = latest_day(desk, day).await? else { continue };
        rollups.push(day_rollup(desk, &manifest).await?);
        for part in &manifest.parts {
            let read = matches!(part.table.as_str(), "findings" | "sums" | "wallets");
            let batches = if read { desk.read(part).await? } else { Vec::new() };
            for batch in batches {
                match part.table.as_str() {
                    "findings" => facts.findings.extend(from_batch::<Finding>(&batch)?),
                    "sums" => facts.sums.extend(from_batch::<LegSum>(&batch)?),
                    _ => facts.wallets.extend(from_batch::<WalletDayRow>(&batch)?.into_iter().map(WalletDay::from)),
                }
            }
        }
        facts.days.push(manifest);
    }
    facts.rollup = regroup(period.kind(), rollups.iter().flat_map(Rollup::rows)).map_err(Stop::internal)?;
    facts.sums = LegSum::add_up(&facts.sums).ok_or_else(|| Stop::internal("the classes' sums overflow"))?;
    facts.wallets = WalletDay::chain(&facts.wallets).ok_or_else(|| Stop::internal("a wallet's sums overflow"))?;
    Ok(facts)
}

async fn one(desk: &Desk, period: Period, facts: &PeriodFacts) -> Result<Published, Stop> {
    let folder = format!("{}/{period}", period.kind().name());
    let incidents = incidents(&facts.findings).map_err(Stop::internal)?;
    let files: BTreeMap<&str, Vec<u8>> = BTreeMap::from([
        ("rollup.csv", to_csv(&rollup_table(&facts.rollup))),
        ("rollup.parquet", to_parquet(&rollup_batch(&facts.rollup))?),
        ("findings.csv", to_csv(&finding_table(&facts.findings))),
        ("findings.jsonl", findings_to_json_lines(&facts.findings)),
        ("incidents.csv", to_csv(&incident_table(&incidents))),
        ("classes.csv", to_csv(&class_table(&facts.sums))),
        ("wallets.csv", to_csv(&wallet_table(&facts.wallets))),
    ]);
    let lines: Vec<String> = files
        .iter()
        .map(|(name, bytes)| {
            format!("    {{\"name\": \"{name}\", \"bytes\": {}, \"sha256\": \"{}\"}}", bytes.len(), sha256(bytes))
        })
        .collect();
    let list = format!("{{\n  \"period\": \"{period}\",\n  \"files\": [\n{}\n  ]\n}}\n", lines.join(",\n"));
    let blob = &desk.config.publish;
    let key = format!("{folder}/manifest.json");
    let unchanged = match blob.get(&key).await {
        Ok(bytes) => bytes.as_ref() == list.as_bytes(),
        Err(e) if e.is_not_found() => false,
        Err(e) => return Err(e.into()),
    };
    if !unchanged && !desk.dry_run {
        for (name, bytes) in files {
            blob.put(&format!("{folder}/{name}"), bytes).await?;
        }
        blob.put(&key, list.into_bytes()).await?;
    }
    Ok(Published { period, folder, unchanged })
}
