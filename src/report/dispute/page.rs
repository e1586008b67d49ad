//! The answer as a page: what is owed, why, and how it was found out.

use super::super::labels::{cause_in_words, class_in_words};
use super::super::page::{Block, Figure, Listing, Page, Section, Tone, Verdict as Headline};
use super::super::table::{Cell, Table};
use super::super::tieout::ReportOverflow;
use super::{Dispute, Verdict, cause_table, unit_table};
use crate::domain::money::Amount;

/// Calls listed on the page; the file beside it has all.
const LISTED: usize = 100;
const CALLS: &str = "calls.csv";

/// `wrong`: the calls that are not right, largest difference first, as `dispute_table` writes them.
///
/// # Errors
/// When a sum overflows.
pub(crate) fn dispute_page(dispute: &Dispute, wrong: Table) -> Result<Page, ReportOverflow> {
    let who = if dispute.name.is_empty() { &dispute.account_id } else { &dispute.name };
    let section =
        |id, title: &str, lead: &str, blocks| Section { id, title: title.to_owned(), lead: lead.to_owned(), blocks };
    Ok(Page {
        title: format!("Charges of {who}"),
        subtitle: vec![format!("{} to {}, days in {}", dispute.first, dispute.last, dispute.zone.name())],
        trail: Vec::new(),
        sections: vec![
            section(
                "answer",
                "The answer",
                "",
                vec![Block::Verdict(headline(dispute)?), Block::Figures(figures(dispute)?)],
            ),
            section(
                "money",
                "What was charged and what was right",
                "Expected is what the price list in force gives; recorded is what the gateway wrote down; debited is what \
                 the ledger took for these calls, from whose wallet ever. Wallets debited is what left the customer's own \
                 wallets on these days, for whose calls ever; wallets beyond is what lies between the two. Credit is what \
                 is owed to the customer.",
                vec![Block::Listing(Listing::new("By unit", headed(unit_table(dispute)?)).or("There were no calls."))],
            ),
            section(
                "causes",
                "Why it differs",
                "A difference above 0 was charged too much.",
                vec![Block::Listing(Listing::new("By cause", causes(dispute)).or("Nothing differs."))],
            ),
            section(
                "calls",
                "Calls that were not right",
                "Largest difference first, with the sum done in full. Receipts are in receipts.txt.",
                vec![Block::Listing(Listing::new("Calls", wrong).cut(LISTED, CALLS).or("Every call was right."))],
            ),
            section(
                "remarks",
                "Also noticed",
                "Not about the amount of a call.",
                vec![Block::Listing(remarks(dispute))],
            ),
        ],
        foot: foot(dispute),
        zone: dispute.zone,
    })
}

/// Names of columns as words of a heading.
fn headed(mut table: Table) -> Table {
    for column in &mut table.columns {
        let mut letters = column.name.replace('_', " ").chars().collect::<Vec<_>>();
        if let Some(first) = letters.first_mut() {
            first.make_ascii_uppercase();
        }
        column.name = letters.into_iter().collect();
    }
    table
}

/// Causes in words, without their codes.
fn causes(dispute: &Dispute) -> Table {
    let mut table = Table::new(&["Unit", "Difference", "Findings", "Not decided", "Why"]);
    for row in cause_table(dispute).rows {
        if let [_, words, findings, open, difference, unit] = &row[..] {
            table.push([unit, difference, findings, open, words].map(Cell::clone).to_vec());
        }
    }
    table
}

fn headline(dispute: &Dispute) -> Result<Headline, ReportOverflow> {
    let mut owed = Vec::new();
    let mut short = Vec::new();
    let mut open = Vec::new();
    let mut both = Vec::new();
    for (unit, sum) in &dispute.units {
        let credit = sum.credit()?;
        if credit.is_positive() {
            owed.push(format!("{credit} {unit}"));
        } else if credit.is_negative() {
            short.push(format!("{} {unit}", credit.abs()));
        }
        if !sum.too_much.is_zero() && !sum.too_little.is_zero() {
            both.push(format!("{} {unit} too much and {} {unit} too little", sum.too_much, sum.too_little.abs()));
        }
        if sum.open != Amount::ZERO {
            open.push(format!("{} {unit}", sum.open));
        }
    }
    let wrong: u64 = dispute.verdicts.iter().filter(|(v, _)| v.is_wrong()).map(|(_, n)| n).sum();
    let (all, second) = (dispute.verdicts.values().sum::<u64>(), dispute.units.values().map(|sum| sum.second_loggings));
    let rows = if second.sum::<u64>() > 0 { "calls and second loggings" } else { "calls" };
    let mut text = vec![format!("{wrong} of {all} {rows} {} not right.", if wrong == 1 { "was" } else { "were" })];
    if !both.is_empty() {
        text.push(format!("Some were charged {}; one is set off against the other.", both.join(", ")));
    }
    if !short.is_empty() {
        text.push(format!("The customer was charged {} too little.", short.join(" and ")));
    }
    if !open.is_empty() {
        text.push(format!("{} could not be put down to one cause.", open.join(" and ")));
    }
    if !dispute.unsealed.is_empty() {
        text.push(match dispute.unsealed.len() {
            1 => "1 day of the range is not checked yet.".to_owned(),
            days => format!("{days} days of the range are not checked yet."),
        });
    }
    if !dispute.provisional.is_empty() {
        text.push(match dispute.provisional.len() {
            1 => "1 day may still change.".to_owned(),
            days => format!("{days} days may still change."),
        });
    }
    let (tone, title) = match (owed.is_empty(), wrong) {
        (false, _) => (Tone::Warn, format!("We owe {}.", owed.join(" and "))),
        (true, 0) if dispute.unsealed.is_empty() => (Tone::Good, "Every call was charged as it should be.".to_owned()),
        (true, 0) => (Tone::Plain, "Every call that was checked was charged as it should be.".to_owned()),
        (true, _) => (Tone::Warn, "Nothing is owed to the customer.".to_owned()),
    };
    Ok(Headline { tone, title, text: text.join(" ") })
}

fn figures(dispute: &Dispute) -> Result<Vec<Figure>, ReportOverflow> {
    let figure = |label: String, value: Cell, unit: &str, tone| Figure {
        label,
        value,
        unit: unit.to_owned(),
        note: String::new(),
        tone,
    };
    let mut figures = Vec::new();
    for (unit, sum) in &dispute.units {
        let credit = sum.credit()?;
        let tone = if credit.is_zero() { Tone::Good } else { Tone::Warn };
        figures.push(figure("Credit proposed".to_owned(), credit.into(), unit, tone));
    }
    for (verdict, count) in &dispute.verdicts {
        let tone = if *verdict == Verdict::Right { Tone::Good } else { Tone::Plain };
        figures.push(figure(format!("Calls: {}", verdict.name()), (*count).into(), "", tone));
    }
    Ok(figures)
}

fn remarks(dispute: &Dispute) -> Listing {
    let mut table = Table::new(&["Time", "Rule", "About", "In words", "Difference", "Unit"]);
    for f in &dispute.remarks {
        let about = [&f.call_id, &f.posting_id, &f.api_key_id, &f.wallet].into_iter().flatten().next();
        let words = if f.cause.is_empty() { class_in_words(f.class).to_owned() } else { cause_in_words(&f.cause) };
        table.push(vec![
            f.at.or(f.until).into(),
            class_in_words(f.class).into(),
            about.cloned().into(),
            words.into(),
            f.difference.into(),
            f.unit.clone().into(),
        ]);
    }
    Listing::new("Remarks", table).cut(LISTED, "findings.jsonl").or("Nothing else.")
}

fn foot(dispute: &Dispute) -> Vec<String> {
    vec![
        format!("Made again by: {}", dispute.command),
        "What it was made from, with hashes, is in pack.json. Keys are shown in part; it holds no prompt and no answer."
            .to_owned(),
    ]
}
