//! The parts a period's pages are put together from.

use std::collections::BTreeMap;

use super::super::labels::{cause_in_words, certainty_in_words, class_in_words, leg_in_words, local_times};
use super::super::table::{Cell, Table};
use super::super::tieout::{ReportOverflow, TieOut};
use super::inputs::PeriodReport;
use super::wallets::unexplained;
use super::{Block, Figure, Listing, Section, Tone, Verdict, count_of, spoken};
use crate::domain::money::Amount;
use crate::domain::reconcile::{Certainty, Incident, Leg};

/// Incidents of a page; all are in the file.
const INCIDENTS: usize = 15;

/// What is unexplained, whether the laws hold, what is open.
pub(super) fn verdict(report: &PeriodReport<'_>, ties: &[TieOut]) -> Result<Section, ReportOverflow> {
    let mut section = Section::new("verdict", "At a glance", "");
    let open: Vec<String> = ties
        .iter()
        .map(|t| (t.size(Certainty::Unexplained), &t.unit))
        .filter(|(size, _)| !size.1.is_zero())
        .map(|((findings, amount), unit)| format!("{} {unit} in {}", spoken(amount), count_of(findings, "finding")))
        .collect();
    let several: u64 = count(report, Certainty::Ambiguous);
    let unexplained_findings = count(report, Certainty::Unexplained);
    let wallets = unexplained(report.wallets)?;
    let judged = unjudged(report)?;
    let title = match (unexplained_findings, wallets.len(), several, report.findings.len()) {
        (0, 0, _, 0) if judged.is_some() => "Nothing differs of what was compared".to_owned(),
        (0, 0, _, 0) => "Nothing differs".to_owned(),
        (0, 0, 0, _) if judged.is_some() => "Every difference of what was compared is explained".to_owned(),
        (0, 0, 0, _) => "Every difference is explained".to_owned(),
        (0, 0, n, _) => format!("Every difference has a cause; of {} one of several", count_of(n, "finding")),
        (0, n, ..) => format!("{} with an unexplained rest", count_of(n as u64, "wallet")),
        (1, ..) if open.is_empty() => "No amount is unexplained, 1 finding is".to_owned(),
        (n, ..) if open.is_empty() => format!("No amount is unexplained, {} are", count_of(n, "finding")),
        _ => format!("Unexplained: {}", open.join(", ")),
    };
    let tone = if unexplained_findings + several == 0 && wallets.is_empty() { Tone::Good } else { Tone::Warn };
    section = section.with(Block::Verdict(Verdict { tone, title, text: found(report) }));
    section.blocks.extend(judged.map(Block::Verdict));
    let cases: u64 = report.laws.iter().map(|l| l.cases).sum();
    let law_text = format!(
        "{}, checked on {} at the sealing: {}. A day that breaks one is not sealed, and nothing is published.",
        count_of(report.laws.len() as u64, "law"),
        count_of(report.days.len() as u64, "day"),
        count_of(cases, "comparison"),
    );
    let laws = Verdict { tone: Tone::Good, title: "The laws hold".to_owned(), text: law_text };
    section = section.with(Block::Verdict(laws));
    Ok(section.with(Block::Verdict(completeness(report))))
}

fn count(report: &PeriodReport<'_>, certainty: Certainty) -> u64 {
    report.findings.iter().filter(|f| f.certainty == certainty).count() as u64
}

fn found(report: &PeriodReport<'_>) -> String {
    let findings = report.findings.len() as u64;
    if findings == 0 && report.days.iter().any(|day| !day.unjudged.is_empty()) {
        return "Every call that could be compared was charged and debited as it should have been.".to_owned();
    }
    if findings == 0 {
        return "Every call was charged and debited as it should have been.".to_owned();
    }
    let parts: Vec<String> = Certainty::ALL
        .into_iter()
        .map(|c| (count(report, c), certainty_in_words(c)))
        .filter(|(n, _)| *n > 0)
        .map(|(n, words)| format!("{} {words}", super::thousands(n)))
        .collect();
    let incidents = report.incidents.len() as u64;
    format!("{} in {}: {}.", count_of(findings, "finding"), count_of(incidents, "incident"), parts.join(", "))
}

/// What no leg judged, a sentence a kind; nothing where everything was.
fn unjudged(report: &PeriodReport<'_>) -> Result<Option<Verdict>, ReportOverflow> {
    let mut kinds: BTreeMap<&str, (&str, u64, BTreeMap<&str, Amount>)> = BTreeMap::new();
    for fact in report.days.iter().flat_map(|day| &day.unjudged) {
        let (_, calls, money) = kinds.entry(fact.kind).or_insert((fact.words, 0, BTreeMap::new()));
        *calls += fact.calls;
        for (unit, amount) in &fact.money {
            let sum = money.entry(unit).or_default();
            *sum = sum.checked_add(*amount).ok_or(ReportOverflow)?;
        }
    }
    let sentence = |(words, calls, money): &(&str, u64, BTreeMap<&str, Amount>)| {
        let money: Vec<String> = money.iter().map(|(unit, sum)| format!("{} {unit}", spoken(*sum))).collect();
        format!("{} ({}): {words}.", count_of(*calls, "call"), money.join(", ")).replace(" ()", "")
    };
    let text: Vec<String> = kinds.values().map(sentence).collect();
    let title = format!("{} not judged", count_of(kinds.values().map(|kind| kind.1).sum(), "call"));
    Ok((!text.is_empty()).then(|| Verdict { tone: Tone::Warn, title, text: text.join(" ") }))
}

fn completeness(report: &PeriodReport<'_>) -> Verdict {
    let (sealed, missing, open) = (report.days.len() as u64, report.unsealed.len() as u64, report.open_days());
    let late = match report.late() {
        0 => "No call came after its day was first sealed.".to_owned(),
        n => format!(
            "{} came after the first sealing, and {} in.",
            count_of(n, "call"),
            if n == 1 { "is" } else { "are" }
        ),
    };
    let silent = match report.days.iter().map(|d| d.silent_hours).sum() {
        0 => String::new(),
        n => format!("{} without a row of a source that promised one in each. ", count_of(n, "hour")),
    };
    let title = match (missing, open) {
        (0, 0) if sealed == 1 => "The day is sealed and closed".to_owned(),
        (0, 0) => format!("All {sealed} days are sealed and closed"),
        (0, n) => format!("All {sealed} days are sealed, {n} may still change"),
        (m, 0) => format!("{sealed} of {} days are sealed", sealed + m),
        (m, n) => format!("{sealed} of {} days are sealed, {n} may still change", sealed + m),
    };
    let tone = if missing + open == 0 { Tone::Good } else { Tone::Warn };
    Verdict { tone, title, text: format!("{silent}{late}") }
}

/// The large numbers of each unit.
pub(super) fn figures(report: &PeriodReport<'_>, ties: &[TieOut]) -> Vec<Block> {
    let plain = |label: &str, value: Cell, unit: &str, note: String| Figure {
        label: label.to_owned(),
        value,
        unit: unit.to_owned(),
        note,
        tone: Tone::Plain,
    };
    let mut rows: Vec<Block> = Vec::new();
    for tie in ties {
        let rest = tie.size(Certainty::Unexplained);
        let step = |from: Amount, to: Amount| Cell::from(to.checked_sub(from));
        let mut row = vec![
            plain("Expected", tie.expected.into(), &tie.unit, "usage at the price in force".into()),
            plain("Recorded", tie.recorded.into(), &tie.unit, "by the gateway's log".into()),
        ];
        if tie.has_ledger {
            row.push(plain("Debited", tie.posted.into(), &tie.unit, "by the ledger".into()));
            row.push(plain("Difference", step(tie.expected, tie.posted), &tie.unit, "debited − expected".into()));
        } else {
            row.push(plain("Difference", step(tie.expected, tie.recorded), &tie.unit, "recorded − expected".into()));
        }
        let tone = if rest.0 == 0 { Tone::Good } else { Tone::Warn };
        row.push(Figure { tone, ..plain("Unexplained", rest.1.into(), &tie.unit, count_of(rest.0, "finding")) });
        rows.push(Block::Figures(row));
    }
    let calls = report.total(|d| d.calls);
    let failed = report.total(|d| d.duplicates + d.duplicate_rows);
    let rejects: u64 = report.inputs.iter().map(|i| i.rejects).sum();
    rows.push(Block::Figures(vec![
        plain("Calls", calls.into(), "", format!("{} late", super::thousands(report.late()))),
        plain("Movements", report.total(|d| d.postings).into(), "", "of the ledger".into()),
        plain("Repeated rows", failed.into(), "", "counted, dropped".into()),
        plain("Rejects", rejects.into(), "", "rows that could not be read".into()),
        plain("Findings", Cell::count(report.findings.len() as u64), "", found_note(report)),
    ]));
    rows
}

fn found_note(report: &PeriodReport<'_>) -> String {
    count_of(report.incidents.len() as u64, "incident")
}

pub(super) fn came_in(report: &PeriodReport<'_>) -> Section {
    let mut table = Table::new(&["What", "Files", "Rows", "Rejects"]);
    for i in report.inputs {
        table.push(vec![i.kind.as_str().into(), i.files.into(), i.rows.into(), i.rejects.into()]);
    }
    let lead = "Rows that belong to the period, and the files they came in. Rejects are rows of those files that could \
                not be read; trueup rejects lists each with its place and reason.";
    Section::new("input", "What came in", lead).list(Listing::new("Input by kind", table).or("Nothing came in."))
}

pub(super) fn classes(report: &PeriodReport<'_>) -> Section {
    let mut section = Section::new(
        "classes",
        "Legs and classes",
        "Every row of a leg is in exactly one class, and the classes' differences sum to the leg's.",
    );
    let mut legs: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for class in report.classes {
        legs.entry(class.leg).or_default().push(class);
    }
    for (leg, classes) in legs {
        let amounts: &[&str] = match leg {
            Leg::Usage => &[],
            Leg::Charge => &["Unit", "Expected", "Recorded", "Difference"],
            _ => &["Unit", "Expected", "Recorded", "Debited", "Difference"],
        };
        let mut table = Table::new(&[&["Class", "Code", "Source", "Rows"], amounts].concat());
        for c in classes {
            let mut row = vec![
                Cell::text(class_in_words(c.class)),
                c.class.name().into(),
                if c.source.is_empty() { Cell::text("ledger only") } else { c.source.as_str().into() },
                c.rows.into(),
            ];
            row.extend(amounts.iter().map(|column| match *column {
                "Unit" => c.unit.as_str().into(),
                "Expected" => c.expected.into(),
                "Recorded" => c.recorded.into(),
                "Debited" => c.posted.into(),
                _ => Cell::from(c.difference),
            }));
            table.push(row);
        }
        section = section.list(Listing::new(leg_in_words(leg), table).cut(40, "classes.csv"));
    }
    section
}

/// Incidents, most money first.
pub(super) fn incidents(report: &PeriodReport<'_>) -> Section {
    let columns =
        ["What went wrong", "Where from", "Findings", "Accounts", "First", "Last", "Difference", "Unit", "How sure"];
    let mut table = Table::new(&columns);
    for i in report.incidents {
        let (unit, stake) = match i.stakes.iter().next() {
            Some((unit, stake)) => (unit.as_str(), Cell::from(stake.difference)),
            None => ("", Cell::Empty),
        };
        table.push(vec![
            cause_of(i).into(),
            local_times(&i.origin, report.zone).into(),
            Cell::count(i.findings.len() as u64),
            Cell::count(i.accounts.len() as u64),
            i.first_at.into(),
            i.last_at.filter(|last| Some(*last) != i.first_at).into(),
            stake,
            unit.into(),
            sure(i).into(),
        ]);
    }
    let lead = "All findings of one cause and one origin, those with most money at stake first. A difference above 0 \
                means that more was charged or debited than should have been.";
    let listing = Listing::new("Incidents", table).cut(INCIDENTS, "incidents.csv").or("There are none.");
    Section::new("incidents", "Incidents", lead).list(listing)
}

fn cause_of(i: &Incident) -> String {
    if !i.cause.is_empty() {
        return cause_in_words(&i.cause);
    }
    let candidates: Vec<&str> = i.candidates.iter().map(String::as_str).collect();
    if candidates.is_empty() {
        let classes: Vec<&str> = i.classes.keys().map(|c| class_in_words(*c)).collect();
        return format!("No known cause fits: {}", classes.join(", "));
    }
    format!("One of: {}", cause_in_words(&candidates.join(" or ")))
}

fn sure(i: &Incident) -> String {
    match i.certainties.len() {
        1 => i.certainties.keys().map(|c| certainty_in_words(*c)).collect(),
        _ => {
            let each: Vec<String> = i
                .certainties
                .iter()
                .map(|(c, n)| format!("{} {}", super::thousands(*n), certainty_in_words(*c)))
                .collect();
            each.join(", ")
        }
    }
}

/// Days with their state; those that were sealed more than once show what changed.
pub(super) fn days(report: &PeriodReport<'_>) -> Section {
    let mut table = Table::new(&[
        "Day",
        "State",
        "Revision",
        "Calls",
        "Late calls",
        "Findings",
        "Unit",
        "Expected",
        "Changed since first sealed",
    ]);
    let mut links = Vec::new();
    let is_long = report.days.len() > 1;
    for d in report.days {
        let mut push = |unit: &str, expected: Cell, changed: Cell| {
            table.push(vec![
                d.day.into(),
                d.state.into(),
                u64::from(d.revision).into(),
                d.calls.into(),
                d.late().into(),
                d.findings.into(),
                unit.into(),
                expected,
                changed,
            ]);
            links.push(is_long.then(|| format!("../../day/{}/index.html", d.day)));
        };
        if d.totals.is_empty() {
            push("", Cell::Empty, Cell::Empty);
        }
        for (unit, m) in &d.totals {
            let first = d.first_expected.get(unit).copied().unwrap_or_default();
            push(unit, m.expected.into(), m.expected.checked_sub(first).into());
        }
    }
    for day in report.unsealed {
        let mut row = vec![Cell::Empty; 9];
        row[0] = (*day).into();
        row[1] = "not sealed".into();
        table.push(row);
    }
    let lead = "A day is provisional once sealed and closed after its time of grace. Rows that come later make another \
                revision; no revision is overwritten.";
    Section::new("days", "Days", lead)
        .list(Listing { links, ..Listing::new("Days of the period", table) }.cut(80, "days.csv"))
}

/// Laws, prices, how to make it again.
pub(super) fn method(report: &PeriodReport<'_>) -> Section {
    let mut laws = Table::new(&["Law", "Days", "Comparisons", "Held"]);
    for l in report.laws {
        laws.push(vec![l.name.as_str().into(), l.days.into(), l.cases.into(), "every time".into()]);
    }
    let mut prices = Table::new(&["Price book", "Versions", "SHA-256 of the file"]);
    for p in report.prices {
        prices.push(vec![p.book.as_str().into(), p.versions.into(), p.sha256.as_str().into()]);
    }
    Section::new("method", "How it was made", "")
        .list(Listing::new("Laws checked", laws))
        .list(Listing::new("Price books", prices).or("No price book was used."))
}
