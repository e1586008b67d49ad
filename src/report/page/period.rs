//! The page of a day, week or month: what finance reads first.

use std::collections::BTreeMap;

use super::super::dimension::Drawn;
use super::super::table::{Cell, Table};
use super::super::tieout::{ReportOverflow, tie_out};
use super::inputs::PeriodReport;
use super::lists::{Named, curve, day_slots, hour_slots, largest_of, models, name_cell, period_name, span_name};
use super::{Block, Link, Listing, Page, Section, sections, wallets};
use crate::domain::period::PeriodKind;
use crate::domain::rollup::Measures;

/// # Errors
/// When a sum overflows.
pub(crate) fn period_page(report: &PeriodReport<'_>) -> Result<Page, ReportOverflow> {
    let ties = tie_out(report.classes, report.findings)?;
    let mut top = sections::verdict(report, &ties)?;
    top.blocks.extend(sections::figures(report, &ties));
    let mut page = Page {
        title: period_name(report.period),
        subtitle: vec![format!("{}, days of {}", span_name(report.period), report.zone.name())],
        trail: vec![Link::new("All periods", "../../index.html"), Link::new("For finance", "finance.html")],
        sections: vec![top],
        foot: foot(report),
        zone: report.zone,
    };
    page.sections.push(match report.period.kind() {
        PeriodKind::Day => by_hour(report),
        _ => spend(report),
    });
    page.sections.extend(shares(report));
    page.sections.push(sections::incidents(report));
    page.sections.push(sections::classes(report));
    page.sections.push(wallets::roll_forward(report)?);
    page.sections.push(sections::came_in(report));
    page.sections.push(sections::days(report));
    page.sections.push(sections::method(report));
    page.sections.push(files(report));
    Ok(page)
}

/// How to check the page.
pub(super) fn foot(report: &PeriodReport<'_>) -> Vec<String> {
    let mut lines = vec![
        format!(
            "Made by trueup {} from sealed days; trueup verify {} makes them again from the raw input.",
            report.build, report.period
        ),
        "Amounts here have at most 8 decimal places; the files beside this page have every digit.".to_owned(),
    ];
    if let Some(last) = report.days.iter().map(|d| d.sealed_at).max() {
        lines.push(format!("Last sealed {}.", report.zone.show(last)));
    }
    lines
}

/// The curve of each unit, and its days.
fn spend(report: &PeriodReport<'_>) -> Section {
    let lead = "Debits are those paired with the calls of the day. Debits without a call stand in the tie-out.";
    let mut section = Section::new("spend", "Spend by day", lead);
    for (unit, whole) in &report.sums.unit {
        let drawn = Drawn::of(whole);
        let title = format!("{} per day, {unit}", if drawn == Drawn::Recorded { "Recorded" } else { "Expected" });
        let about = "One column a day, stacked by model. The table below has the same days with their sums.";
        let days = day_slots(report.period);
        let chart = curve(days, (unit, whole), &report.sums.day_model, &report.sums.model, (title, about));
        let mut table = Table::new(&[
            "Day",
            "Calls",
            "Expected",
            "Recorded",
            "Debited",
            "Recorded − expected",
            "Debited − recorded",
        ]);
        let mut links = Vec::new();
        for ((day, of), m) in &report.sums.day {
            if of == unit {
                table.push(vec![
                    (*day).into(),
                    m.calls.into(),
                    m.expected.into(),
                    m.recorded.into(),
                    m.posted.into(),
                    m.recorded.checked_sub(m.expected).into(),
                    m.posted.checked_sub(m.recorded).into(),
                ]);
                links.push(Some(format!("../../day/{day}/index.html")));
            }
        }
        let total = vec![
            Cell::text("All"),
            whole.calls.into(),
            whole.expected.into(),
            whole.recorded.into(),
            whole.posted.into(),
            whole.recorded.checked_sub(whole.expected).into(),
            whole.posted.checked_sub(whole.recorded).into(),
        ];
        let caption = format!("Days, amounts in {unit}");
        section.blocks.push(Block::Chart(chart, Listing { links, total: Some(total), ..Listing::new(caption, table) }));
    }
    section
}

/// The hours of a day, and their figures.
fn by_hour(report: &PeriodReport<'_>) -> Section {
    let mut section = Section::new("spend", "Spend by hour", "Hours of the calls' beginning.");
    for (unit, whole) in &report.sums.unit {
        let drawn = Drawn::of(whole);
        let title = format!("{} per hour, {unit}", if drawn == Drawn::Recorded { "Recorded" } else { "Expected" });
        let about = "One column an hour, stacked by model. The table below has the same hours with their sums.";
        let chart = curve(hour_slots(), (unit, whole), &report.sums.hour_model, &report.sums.model, (title, about));
        let mut hours: BTreeMap<u32, Measures> = BTreeMap::new();
        for (((hour, _), of), m) in &report.sums.hour_model {
            if of == unit {
                // Sums of a unit that fits as a whole fit in part.
                let _ = hours.entry(*hour).or_default().add(m);
            }
        }
        let mut table = Table::new(&["Hour", "Calls", "Expected", "Recorded"]);
        for (hour, m) in &hours {
            table.push(vec![Cell::text(format!("{hour:02}:00")), m.calls.into(), m.expected.into(), m.recorded.into()]);
        }
        let total = Some(vec![Cell::text("All"), whole.calls.into(), whole.expected.into(), whole.recorded.into()]);
        let listing = Listing { total, ..Listing::new(format!("Hours, amounts in {unit}"), table) };
        section.blocks.push(Block::Chart(chart, listing));
    }
    section
}

/// Who and what the money was for.
fn shares(report: &PeriodReport<'_>) -> [Section; 3] {
    let accounts = Named {
        title: "Accounts",
        heads: &["Account", "Name"],
        cells: &|k: &String| vec![name_cell(k), report.name_of(k).into()],
        bar: &|k: &String| match report.name_of(k) {
            "" => k.clone(),
            name => format!("{name} ({k})"),
        },
        link: &|k: &String| report.customers.get(k).map(|folder| format!("{folder}/index.html")),
        file: "by-account.csv",
        for_customer: false,
    };
    let keys = Named {
        title: "Keys",
        heads: &["Key", "Account"],
        cells: &|k: &(String, String)| vec![name_cell(&k.1), name_cell(&k.0)],
        bar: &|k: &(String, String)| if k.1.is_empty() { format!("no key, of {}", k.0) } else { k.1.clone() },
        link: &|_: &(String, String)| None,
        file: "by-key.csv",
        for_customer: false,
    };
    let section = |id, title, blocks| Section { blocks, ..Section::new(id, title, "") };
    [
        models(report.sums, false),
        section("accounts", "By account", largest_of(report.sums, &report.sums.account, &accounts)),
        section("keys", "By key", largest_of(report.sums, &report.sums.key, &keys)),
    ]
}

fn files(report: &PeriodReport<'_>) -> Section {
    let links = report.files.iter().map(|(file, what)| Link::new(format!("{file}: {what}"), *file)).collect();
    Section::new("files", "Files", "With every row and every digit.").with(Block::Links(links))
}
