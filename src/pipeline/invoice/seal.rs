//! The manifest of a month's bills: what they were made from, what waits, what was equal.

use std::collections::BTreeMap;

use super::context::{BillingContext, JOB};
use super::late::sources_text;
use super::report::InvoiceReport;
use super::waiting::{PENDING, held_text, note_held};
use crate::domain::hash::CanonicalBytes;
use crate::domain::invoice::{AccountMonths, Draft};
use crate::domain::period::Period;
use crate::edge::lake::{LawRef, Manifest};
use crate::pipeline::close::computed_again::is_of_another_scheme;
use crate::pipeline::close::input_identity::FINGERPRINT;
use crate::pipeline::error::AppError;

/// What counts of calls by where they are billed begin with.
const CALLS: &str = "calls_";

/// Final documents of the month with their hashes, as they are noted.
struct Finals {
    count: u64,
    text: String,
}

/// Whether a manifest says, in words, what is to be sealed.
fn says(sealed: &Manifest, pending: &str, documents: &str, calls: &BTreeMap<&'static str, u64>) -> bool {
    let note = |name: &str| sealed.notes.get(name).map_or("", String::as_str);
    let counted: BTreeMap<&str, u64> =
        sealed.rows.iter().filter_map(|(name, n)| Some((name.strip_prefix(CALLS)?, *n))).collect();
    note("pending") == pending && note("documents") == documents && counted == *calls
}

/// Seals the month's bills where they are not what is sealed already.
pub(super) async fn seal(
    context: &BillingContext<'_>,
    period: Period,
    months: &AccountMonths,
    drafts: &[Draft],
    report: &InvoiceReport,
) -> Result<(), AppError> {
    let pending: Vec<&str> =
        drafts.iter().filter(|d| context.history.documents.of_key(&d.key).is_none()).map(|d| d.key.as_str()).collect();
    let pending = pending.join("\n");
    let held = held_text(&context.history, drafts);
    let finals = context.history.of_period(period);
    let finals: Vec<String> = finals.iter().map(|d| format!("{} {}", d.0.number, d.0.sha256)).collect();
    let name = period.to_string();
    let latest = context.run.latest(JOB, &name).await?;
    // The revisions the documents were made from: days that were sealed again later are late for them.
    let sources = match latest.as_ref().and_then(|m| m.notes.get("sources")) {
        Some(first) => first.clone(),
        None => sources_text(&months.sources),
    };
    let fingerprint = CanonicalBytes::of_record("bills", |to| {
        to.member("sources", &sources);
        to.member("final", &finals);
        to.member("pending", &pending);
        to.member("calls", &report.calls);
        if !held.is_empty() {
            to.member("held", &held);
        }
    })
    .stamp();
    let finals = Finals { count: finals.len() as u64, text: finals.join("\n") };
    let is_same = |m: &Manifest| match is_of_another_scheme(m) {
        true => says(m, &pending, &finals.text, &report.calls),
        false => m.notes.get(FINGERPRINT) == Some(&fingerprint),
    };
    if latest.as_ref().is_some_and(is_same) {
        return Ok(());
    }
    let run = context.run;
    let mut manifest = Manifest::new(JOB, &name, latest.map(|m| m.revision), run.now, run.now);
    manifest.parties.clone_from(&context.kept);
    manifest.rows.insert("final".into(), finals.count);
    manifest.rows.insert("pending".into(), report.documents.len() as u64 - finals.count);
    for (place, calls) in &report.calls {
        manifest.rows.insert(format!("{CALLS}{place}"), *calls);
    }
    let law = |name: &str, cases: u64| LawRef { name: name.into(), cases };
    manifest
        .laws
        .push(law("every call is on one statement, one invoice line, or unbilled", report.calls.values().sum()));
    manifest.laws.push(law("a document's sums are its totals", report.laws));
    manifest.laws.push(law("numbers run on without gap or repeat", context.history.len()));
    for (note, text) in
        [(FINGERPRINT, fingerprint), ("sources", sources), (PENDING, pending), ("documents", finals.text)]
    {
        manifest.notes.insert(note.into(), text);
    }
    note_held(&mut manifest.notes, held);
    let prepared = run.lake.prepare(manifest).await?;
    run.seal(prepared).await?;
    Ok(())
}
