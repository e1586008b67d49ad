//! The list of everything published.

use super::super::table::{Cell, Table};
use super::{Block, Link, Listing, Page, Section, spoken};
use crate::domain::money::Amount;
use crate::domain::period::{Period, PeriodKind, Zone};

/// One published period, as the list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub period: Period,
    /// `closed`, `provisional` or `incomplete`.
    pub state: String,
    pub calls: u64,
    pub findings: u64,
    pub unexplained: u64,
    /// What differs in sum, by unit.
    pub difference: Vec<(Amount, String)>,
}

/// Periods of a kind on the page; the rest is in the file.
const ROWS: usize = 100;

/// Newest first, months before weeks before days.
pub(crate) fn index_page(entries: &[Entry], zone: Zone) -> Page {
    let mut sections = Vec::new();
    let latest: Vec<Link> = [PeriodKind::Day, PeriodKind::Week, PeriodKind::Month]
        .into_iter()
        .filter_map(|kind| entries.iter().map(|e| e.period).filter(|p| p.kind() == kind).max())
        .map(|p| Link::new(format!("Latest {}: {p}", p.kind().name()), format!("{}/{p}/index.html", p.kind().name())))
        .collect();
    sections.push(Section::new("latest", "Latest", "").with(Block::Links(latest)));
    for (kind, id, title) in [
        (PeriodKind::Month, "months", "Months"),
        (PeriodKind::Week, "weeks", "ISO weeks"),
        (PeriodKind::Day, "days", "Days"),
    ] {
        let mut of_kind: Vec<&Entry> = entries.iter().filter(|e| e.period.kind() == kind).collect();
        of_kind.sort_by_key(|e| std::cmp::Reverse(e.period));
        if of_kind.is_empty() {
            continue;
        }
        let mut table =
            Table::new(&["Period", "State", "Calls", "Findings", "Unexplained", "Debited or recorded − expected"]);
        let mut links = Vec::new();
        for e in of_kind {
            let differences: Vec<String> =
                e.difference.iter().map(|(a, unit)| format!("{} {unit}", spoken(*a))).collect();
            table.push(vec![
                Cell::text(e.period.to_string()),
                e.state.as_str().into(),
                e.calls.into(),
                e.findings.into(),
                e.unexplained.into(),
                differences.join("; ").into(),
            ]);
            links.push(Some(format!("{}/{}/index.html", kind.name(), e.period)));
        }
        let listing = Listing { links, ..Listing::new(title, table) };
        sections.push(Section::new(id, title, "").list(listing.cut(ROWS, "index.json")));
    }
    Page {
        title: "Reports".to_owned(),
        subtitle: vec![format!("Every published day, week and month, days of {}", zone.name())],
        trail: Vec::new(),
        sections,
        foot: Vec::new(),
        zone,
    }
}
