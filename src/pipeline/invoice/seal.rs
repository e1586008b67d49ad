//! The manifest of a month's bills: what they were made from, what waits, what was equal.

use super::context::{BillingContext, JOB};
use super::late::sources_text;
use super::report::InvoiceReport;
use crate::domain::invoice::{AccountMonths, Draft};
use crate::domain::period::Period;
use crate::edge::lake::{LawRef, Manifest};
use crate::pipeline::fingerprint::Fingerprint;
use crate::pipeline::stop::Stop;

/// Seals the month's bills where they are not what is sealed already.
pub(super) async fn seal(
    context: &BillingContext<'_>,
    period: Period,
    months: &AccountMonths,
    drafts: &[Draft],
    report: &InvoiceReport,
) -> Result<(), Stop> {
    let pending: Vec<&str> =
        drafts.iter().filter(|d| context.history.documents.of_key(&d.key).is_none()).map(|d| d.key.as_str()).collect();
    let pending = pending.join("\n");
    let finals = context.history.of_period(period);
    let finals: Vec<String> = finals.iter().map(|d| format!("{} {}", d.0.number, d.0.sha256)).collect();
    let name = period.to_string();
    let latest = context.desk.latest(JOB, &name).await?;
    // The revisions the documents were made from: days that were sealed again later are late for them.
    let sources = match latest.as_ref().and_then(|m| m.notes.get("sources")) {
        Some(first) => first.clone(),
        None => sources_text(&months.sources),
    };
    let mut facts = Fingerprint::default();
    facts.add("sources", &sources);
    facts.add("final", finals.join("\n"));
    facts.add("pending", &pending);
    facts.add("calls", format_args!("{:?}", report.calls));
    let fingerprint = facts.finish();
    if latest.as_ref().is_some_and(|m| m.notes.get("fingerprint") == Some(&fingerprint)) {
        return Ok(());
    }
    let desk = context.desk;
    let mut manifest = Manifest::new(JOB, &name, latest.map(|m| m.revision), desk.now, desk.now);
    manifest.parties.clone_from(&context.kept);
    manifest.rows.insert("final".into(), finals.len() as u64);
    manifest.rows.insert("pending".into(), report.documents.len() as u64 - finals.len() as u64);
    for (place, calls) in &report.calls {
        manifest.rows.insert(format!("calls_{place}"), *calls);
    }
    let law = |name: &str, cases: u64| LawRef { name: name.into(), cases };
    manifest
        .laws
        .push(law("every call is on one statement, one invoice line, or unbilled", report.calls.values().sum()));
    manifest.laws.push(law("a document's sums are its totals", report.laws));
    manifest.laws.push(law("numbers run on without gap or repeat", context.history.len()));
    for (note, text) in
        [("fingerprint", fingerprint), ("sources", sources), ("pending", pending), ("documents", finals.join("\n"))]
    {
        manifest.notes.insert(note.into(), text);
    }
    let prepared = desk.lake.prepare(manifest).await?;
    desk.lake.seal(prepared).await?;
    Ok(())
}
