//! The page at the end: what came in, what ties out, what was found, whether it was planted.

use std::collections::BTreeMap;
use std::path::Path;

use super::Platforms;
use super::compare::Fate;
use crate::domain::money::Amount;
use crate::domain::reconcile::{Class, Leg, incidents};
use crate::edge::render::to_text;
use crate::pipeline::InvoiceReport;
use crate::report::{Cell, Table};

pub(super) fn page(root: &Path, platforms: &[Platforms]) -> String {
    let mut page = String::from("\nWHAT CAME IN\n\n");
    page.push_str(&to_text(&came_in(platforms)));
    page.push_str("\nWHAT TIES OUT (the month, by platform and unit)\n\n");
    page.push_str(&to_text(&ties_out(platforms)));
    page.push_str("\nWHAT WAS FOUND, by cause\n\n");
    page.push_str(&to_text(&found(platforms)));
    page.push_str("\nTHE LARGEST INCIDENT OF EACH PLATFORM\n\n");
    page.push_str(&to_text(&largest(platforms)));
    page.push_str("\nWHAT WAS BILLED AND WHO WAS TOLD\n\n");
    page.push_str(&to_text(&billed(platforms)));
    for p in platforms {
        for held in p.bills.iter().flat_map(InvoiceReport::held).take(3) {
            let name = p.platform.name();
            page.push_str(&format!("  held: {name} {}: {}\n", held.title(), held.holds.join("; ")));
        }
    }
    page.push_str("\nFOUND AGAINST PLANTED\n\n");
    page.push_str(&to_text(&against(platforms)));
    for note in platforms.iter().flat_map(|p| p.comparison.notes.iter().take(10)) {
        page.push_str(&format!("  not as planted: {note}\n"));
    }
    page.push_str(&where_to_look(root, platforms));
    page
}

fn came_in(platforms: &[Platforms]) -> Table {
    let mut table =
        Table::new(&["platform", "files", "rows", "calls", "repeated", "late", "rejects", "days sealed", "ledger to"]);
    for p in platforms {
        let count = |name: &str| p.facts.days.iter().filter_map(|m| m.rows.get(name)).sum::<u64>();
        table.push(vec![
            p.platform.name().into(),
            p.read.files.into(),
            p.read.rows.into(),
            count("calls").into(),
            count("duplicates").into(),
            p.made.late.into(),
            p.read.rejects.into(),
            Cell::count(p.facts.days.len() as u64),
            p.read.watermark.into(),
        ]);
    }
    table
}

fn ties_out(platforms: &[Platforms]) -> Table {
    let mut table = Table::new(&[
        "platform",
        "unit",
        "expected",
        "recorded",
        "posted",
        "recorded - expected",
        "of it explained",
        "verified",
    ]);
    for p in platforms {
        let verified = match &p.verified {
            Some(v) if v.holds() => format!("{} digests equal", v.tables()),
            Some(_) => "DIGESTS DIFFER".to_owned(),
            None => "no".to_owned(),
        };
        for (unit, m) in p.facts.rollup.totals().unwrap_or_default() {
            let charge = p.facts.sums.iter().filter(|s| s.leg == Leg::Charge && s.unit == unit);
            let difference = Amount::sum(charge.map(|s| s.difference)).unwrap_or_default();
            let named = p.facts.findings.iter().filter(|f| {
                f.leg == Leg::Charge
                    && f.unit.as_deref() == Some(&unit)
                    && (!f.cause.is_empty() || !f.candidates.is_empty())
            });
            let explained = Amount::sum(named.filter_map(|f| f.difference)).unwrap_or_default();
            table.push(vec![
                p.platform.name().into(),
                unit.as_str().into(),
                m.expected.into(),
                m.recorded.into(),
                m.posted.into(),
                difference.into(),
                explained.into(),
                verified.as_str().into(),
            ]);
        }
    }
    table
}

fn found(platforms: &[Platforms]) -> Table {
    let mut table = Table::new(&["leg", "class", "cause", "findings", "platforms"]);
    let mut rows: BTreeMap<(Leg, Class, String), (u64, Vec<&str>)> = Default::default();
    for p in platforms {
        for f in &p.facts.findings {
            let cause = if f.cause.is_empty() {
                format!("{}: {}", f.certainty.name(), f.candidates.join(" or "))
            } else {
                f.cause.clone()
            };
            let row = rows.entry((f.leg, f.class, cause)).or_default();
            row.0 += 1;
            if !row.1.contains(&p.platform.name()) {
                row.1.push(p.platform.name());
            }
        }
    }
    for ((leg, class, cause), (findings, names)) in rows {
        table.push(vec![
            leg.name().into(),
            class.name().into(),
            cause.into(),
            findings.into(),
            names.join(", ").into(),
        ]);
    }
    table
}

fn largest(platforms: &[Platforms]) -> Table {
    let mut table = Table::new(&["platform", "cause", "findings", "accounts", "difference", "unit", "from", "to"]);
    for p in platforms {
        let all = incidents(&p.facts.findings).unwrap_or_default();
        let Some((i, unit, stake)) = all.iter().find_map(|i| i.stakes.iter().next().map(|(u, s)| (i, u, s))) else {
            continue;
        };
        table.push(vec![
            p.platform.name().into(),
            i.cause.as_str().into(),
            Cell::count(i.findings.len() as u64),
            Cell::count(i.accounts.len() as u64),
            stake.difference.into(),
            unit.as_str().into(),
            i.first_at.into(),
            i.last_at.into(),
        ]);
    }
    table
}

fn billed(platforms: &[Platforms]) -> Table {
    let columns =
        ["platform", "statements", "invoices", "invoiced", "currency", "held", "low-balance mails", "bills mailed"];
    let mut table = Table::new(&columns);
    for p in platforms {
        let Some(bills) = &p.bills else { continue };
        let of = |kind: &'static str| bills.documents.iter().filter(move |d| d.state == "final" && d.kind == kind);
        let mut invoiced: BTreeMap<&str, Amount> = BTreeMap::new();
        for document in of("invoice") {
            let sum = invoiced.entry(&document.currency).or_default();
            *sum = sum.checked_add(document.total.unwrap_or_default()).unwrap_or(*sum);
        }
        let sums: Vec<String> = invoiced.values().map(ToString::to_string).collect();
        let currencies: Vec<&str> = invoiced.keys().copied().collect();
        table.push(vec![
            p.platform.name().into(),
            Cell::count(of("statement").count() as u64),
            Cell::count(of("invoice").count() as u64),
            sums.join(" + ").into(),
            currencies.join(" + ").into(),
            Cell::count(bills.held().count() as u64),
            p.mails.low_balance.into(),
            p.mails.documents.into(),
        ]);
    }
    table
}

fn against(platforms: &[Platforms]) -> Table {
    let mut table = Table::new(&["platform", "planted", "found", "ambiguous", "other cause", "missed", "not planted"]);
    for p in platforms {
        let c = &p.comparison;
        let mut row: Vec<Cell> = vec![p.platform.name().into(), c.total().into()];
        row.extend([Fate::Found, Fate::Ambiguous, Fate::OtherCause, Fate::Missed].map(|f| Cell::from(c.count(f))));
        row.push(c.extra.into());
        table.push(row);
    }
    table
}

fn where_to_look(root: &Path, platforms: &[Platforms]) -> String {
    let first = platforms.iter().find(|p| p.platform == crate::synth::Platform::TokOne).or(platforms.first());
    let Some(first) = first else { return String::new() };
    let (folder, root) = (first.folder.display(), root.display());
    let call = first.facts.findings.iter().find_map(|f| f.call_id.clone()).unwrap_or_else(|| "CALL".into());
    format!(
        "\nWHERE TO LOOK NEXT\n\n  \
         {folder}/out/month/2026-10/index.html       the month as a page\n  \
         {folder}/out/month/2026-10/finance.html     what ties out, for finance\n  \
         {folder}/out/documents/2026-10/             statements and invoices, PDF and JSON\n  \
         {folder}/outbox/                            what was mailed\n  \
         {folder}/out/month/2026-10/incidents.csv    what to write to the gateway's team\n  \
         {folder}/out/month/2026-10/rollup.csv       usage and money by account, model, key\n  \
         {folder}/out/month/2026-10/classes.csv      every leg, every class, and their sums\n  \
         {root}/truth/                               what was planted\n\n  \
         trueup -C {folder} explain {call}\n  \
         trueup -C {folder} findings --leg charge\n  \
         trueup -C {folder} status\n"
    )
}
