//! The page for finance: does it tie out, why not, what is to be corrected.

use std::collections::BTreeMap;

use super::super::corrections::{Correction, corrections};
use super::super::labels::{cause_in_words, certainty_in_words, class_in_words, line_in_words};
use super::super::table::{Cell, Table};
use super::super::tieout::{CauseSum, LineKind, ReportOverflow, TieOut, by_cause, tie_out};
use super::chart::{Bar, Bars, Chart};
use super::inputs::PeriodReport;
use super::lists::{BARS, ROWS, period_name, span_name};
use super::period::foot;
use super::{Block, Link, Listing, Page, Section, Tone, Verdict, sections, wallets};
use crate::domain::money::Amount;
use crate::domain::reconcile::{Class, Leg};

/// # Errors
/// When a sum overflows.
pub(crate) fn finance_page(report: &PeriodReport<'_>) -> Result<Page, ReportOverflow> {
    let ties = tie_out(report.classes, report.findings)?;
    let causes = by_cause(report.findings)?;
    let mut page = Page {
        title: format!("{} for finance", period_name(report.period)),
        subtitle: vec![format!("{}, days of {}", span_name(report.period), report.zone.name())],
        trail: vec![Link::new("All periods", "../../index.html"), Link::new("The whole report", "index.html")],
        sections: vec![sections::verdict(report, &ties)?],
        foot: foot(report),
        zone: report.zone,
    };
    page.sections.push(ties_out(&ties));
    page.sections.push(differences(&causes));
    page.sections.push(to_correct(&corrections(report.findings, &ties)?, report));
    page.sections.push(drift(report));
    page.sections.push(wallets::roll_forward(report)?);
    Ok(page)
}

/// The way from expected to debited, line by line, with a control of 0.
fn ties_out(ties: &[TieOut]) -> Section {
    let lead = "From what usage should have cost to what the ledger debited. Every step is a sum of findings or of a \
                class; the control is what is left when all are added up.";
    let mut section = Section::new("tie-out", "Tie-out", lead);
    for tie in ties {
        let mut table = Table::new(&["", "Rows", "Step", "Amount"]);
        let strong = (0..tie.lines.len()).filter(|i| tie.lines[*i].kind.is_stage()).collect();
        for line in &tie.lines {
            let words = line_in_words(&line.kind);
            let rows = if line.rows == 0 { Cell::Empty } else { line.rows.into() };
            let (step, amount) = match line.kind.is_stage() {
                true => (Cell::Empty, line.amount.into()),
                false => (line.amount.into(), Cell::Empty),
            };
            let text = if line.kind.is_stage() { words } else { format!("{} {words}", leg_mark(&line.kind)) };
            table.push(vec![Cell::text(text), rows, step, amount]);
        }
        let control = tie.control();
        let total = vec![Cell::text("Control"), Cell::Empty, Cell::Empty, control.into()];
        let (tone, title) = match control {
            Some(rest) if rest.is_zero() => (Tone::Good, format!("Ties out in {}: the control is 0", tie.unit)),
            _ => (Tone::Warn, format!("Does not tie out in {}", tie.unit)),
        };
        let text = if tie.has_ledger { "" } else { "There is no ledger to compare with." };
        section.blocks.push(Block::Verdict(Verdict { tone, title, text: text.to_owned() }));
        section = section.list(Listing {
            exact: true,
            strong,
            total: Some(total),
            ..Listing::new(format!("Tie-out in {}", tie.unit), table)
        });
    }
    section
}

fn leg_mark(kind: &LineKind) -> &'static str {
    match kind {
        LineKind::Cause(Leg::Charge, ..) | LineKind::Quiet(Leg::Charge, _) => "Charge:",
        LineKind::Cause(..) | LineKind::Quiet(..) => "Ledger:",
        _ => "",
    }
}

/// Differences by cause: bars of the money legs, and everything as a table.
fn differences(causes: &[CauseSum]) -> Section {
    let lead = "Above 0: more was charged or debited than should have been. Findings about conduct (policy) have their \
                amount at stake listed, and no part in the tie-out.";
    let mut section = Section::new("causes", "Differences by cause", lead);
    let mut units: BTreeMap<&str, Vec<&CauseSum>> = BTreeMap::new();
    for cause in causes {
        units.entry(&cause.unit).or_default().push(cause);
    }
    for (unit, mut causes) in units {
        causes.sort_by_key(|c| (matches!(c.leg, Leg::Policy | Leg::Usage), std::cmp::Reverse(c.size())));
        let money = causes.iter().filter(|c| matches!(c.leg, Leg::Charge | Leg::Posting) && !c.size().is_zero());
        let bars: Vec<Bar> = money
            .take(BARS)
            .map(|c| Bar {
                name: format!("{} ({})", cause_in_words(&c.cause), c.leg.name()),
                value: c.net,
                share: None,
            })
            .collect();
        let listing = cause_list(unit, &causes);
        if bars.is_empty() {
            section = section.list(listing);
            continue;
        }
        let chart = Chart::Bars(Bars {
            title: format!("Net difference by cause, {unit}"),
            about: "Bars to the right: too much was charged or debited; to the left: too little.".to_owned(),
            unit: unit.to_owned(),
            bars,
        });
        section.blocks.push(Block::Chart(chart, listing));
    }
    if section.blocks.is_empty() {
        section = section.list(Listing::default().or("There are no differences."));
    }
    section
}

fn cause_list(unit: &str, causes: &[&CauseSum]) -> Listing {
    let mut table = Table::new(&["Leg", "Cause", "Class", "How sure", "Findings", "Too much", "Too little", "Net"]);
    for c in causes {
        let words = match (c.cause.is_empty(), c.class) {
            (true, Class::Undecided) => "Several debits fit several calls".to_owned(),
            _ => cause_in_words(&c.cause),
        };
        table.push(vec![
            c.leg.name().into(),
            words.into(),
            class_in_words(c.class).into(),
            certainty_in_words(c.certainty).into(),
            c.findings.into(),
            c.above.into(),
            c.below.into(),
            c.net.into(),
        ]);
    }
    let caption =
        if unit.is_empty() { "Causes without an amount".to_owned() } else { format!("Causes, amounts in {unit}") };
    Listing::new(caption, table).cut(60, "causes.csv")
}

/// What would put the ledger right, by account.
fn to_correct(corrections: &[Correction], report: &PeriodReport<'_>) -> Section {
    let lead = "For each account what was debited too much and too little by causes that are certain or suspected, and \
                the movement that would put it right (above 0: a credit). Differences that are one of several causes or \
                unexplained stand apart: look at them first. Nothing is booked by this page.";
    let mut section = Section::new("corrections", "What to correct", lead);
    let mut units: BTreeMap<&str, Vec<&Correction>> = BTreeMap::new();
    for correction in corrections {
        units.entry(&correction.unit).or_default().push(correction);
    }
    for (unit, mut rows) in units {
        rows.sort_by_key(|c| (std::cmp::Reverse(c.proposed.abs()), c.account_id.clone()));
        let columns =
            ["Account", "Name", "Findings", "Too much", "Too little", "Proposed correction", "Not certain yet"];
        let mut table = Table::new(&columns);
        let mut sums = [Some(Amount::ZERO); 4];
        for c in &rows {
            let amounts = [c.above, c.below, c.proposed, c.open];
            for (sum, amount) in sums.iter_mut().zip(amounts) {
                *sum = sum.and_then(|s| s.checked_add(amount));
            }
            let name = report.name_of(&c.account_id);
            let mut row = vec![super::lists::name_cell(&c.account_id), name.into(), c.findings.into()];
            row.extend(amounts.map(Cell::from));
            table.push(row);
        }
        let mut total = vec![Cell::text("All"), Cell::Empty, rows.iter().map(|c| c.findings).sum::<u64>().into()];
        total.extend(sums.map(Cell::from));
        let listing = Listing { total: Some(total), ..Listing::new(format!("Corrections in {unit}"), table) };
        section = section.list(listing.cut(ROWS, "corrections.csv"));
    }
    if corrections.is_empty() {
        section = section.list(Listing::default().or("Nothing is to be corrected."));
    }
    section
}

/// What writing amounts down moved, and what is tolerated.
fn drift(report: &PeriodReport<'_>) -> Section {
    let lead = "Expected amounts are kept exact and then written as the source writes them. What that moved is summed \
                here, so that it cannot hide. Tolerated differences are a class of their own.";
    let mut moved = Table::new(&["Source", "Unit", "Moved by writing amounts down"]);
    for ((source, unit), amount) in report.representation {
        moved.push(vec![source.as_str().into(), unit.as_str().into(), (*amount).into()]);
    }
    let mut tolerated = Table::new(&["Unit", "Of a row", "Of a day", "Used: rows", "Used: net"]);
    let mut units: Vec<&str> = report.sums.units().chain(report.tolerance.keys().map(String::as_str)).collect();
    units.sort_unstable();
    units.dedup();
    for unit in units {
        let limit = report.tolerance.get(unit).copied().unwrap_or_default();
        let used = || report.classes.iter().filter(|c| c.class == Class::WithinTolerance && c.unit == unit);
        tolerated.push(vec![
            unit.into(),
            limit.row.into(),
            limit.sum.into(),
            used().map(|c| c.rows).sum::<u64>().into(),
            Amount::sum(used().map(|c| c.difference)).into(),
        ]);
    }
    Section::new("drift", "Drift, representation and tolerance", lead)
        .list(Listing::new("Representation", moved).or("Every source writes amounts exactly."))
        .list(Listing::new("Tolerance", tolerated))
}
