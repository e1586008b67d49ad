//! The roll-forward: what wallets held, what moved, what they hold, and what nobody can explain.

use std::collections::BTreeMap;

use super::super::table::{Cell, Table};
use super::super::tieout::ReportOverflow;
use super::inputs::PeriodReport;
use super::lists::ROWS;
use super::{Listing, Section};
use crate::domain::ledger::{PostingKind, WalletDay};
use crate::domain::money::Amount;

/// Wallets with a rest no finding names, by unit with the sum of its sizes.
pub(super) fn unexplained(wallets: &[WalletDay]) -> Result<Vec<(&WalletDay, Amount)>, ReportOverflow> {
    let mut found = Vec::new();
    for wallet in wallets {
        let rest = wallet.unexplained().ok_or(ReportOverflow)?;
        if !rest.is_zero() {
            found.push((wallet, rest));
        }
    }
    Ok(found)
}

/// One table a unit: the whole, and the wallets that need looking at first.
pub(super) fn roll_forward(report: &PeriodReport<'_>) -> Result<Section, ReportOverflow> {
    let lead = "Opening, every kind of movement, and closing of each wallet. Where a balance of the ledger does not \
                follow from its movements, the break is named by findings or left unexplained. Wallets with a break come \
                first, then those with the largest usage.";
    let mut section = Section::new("wallets", "Roll-forward of wallets", lead);
    let mut units: BTreeMap<&str, Vec<&WalletDay>> = BTreeMap::new();
    for wallet in report.wallets {
        units.entry(&wallet.wallet.unit).or_default().push(wallet);
    }
    if units.is_empty() {
        return Ok(section.list(Listing::default().or("No ledger was read, or nothing moved in it.")));
    }
    for (unit, mut wallets) in units {
        let moved = |w: &WalletDay| Amount::sum(w.movements.iter().map(|m| m.1.abs())).unwrap_or_default();
        wallets.sort_by_key(|w| (w.residual.is_zero(), std::cmp::Reverse(moved(w)), w.wallet.clone()));
        section = section.list(one(report, unit, &wallets)?);
    }
    Ok(section)
}

fn one(report: &PeriodReport<'_>, unit: &str, wallets: &[&WalletDay]) -> Result<Listing, ReportOverflow> {
    let kinds: Vec<&'static str> = PostingKind::ALL
        .into_iter()
        .map(PostingKind::name)
        .filter(|kind| wallets.iter().any(|w| w.movements.iter().any(|m| m.0 == *kind)))
        .collect();
    let heads: Vec<String> = kinds.iter().map(|k| heading(k)).collect();
    let mut columns = vec!["Account", "Wallet", "Opening"];
    columns.extend(heads.iter().map(String::as_str));
    columns.extend(["Named breaks", "Unexplained", "Closing"]);
    let mut table = Table::new(&columns);
    let mut sums = vec![Some(Amount::ZERO); columns.len()];
    let mut links = Vec::new();
    for w in wallets {
        let mut amounts = vec![w.opening];
        amounts.extend(kinds.iter().map(|kind| w.movements.iter().find(|m| m.0 == *kind).map(|m| m.1)));
        amounts.extend([Some(w.named), Some(w.unexplained().ok_or(ReportOverflow)?), w.closing]);
        for (sum, amount) in sums[2..].iter_mut().zip(&amounts) {
            *sum = sum.and_then(|s| s.checked_add(amount.unwrap_or_default()));
        }
        let mut row = vec![Cell::from(&*w.wallet.account_id), Cell::from(&*w.wallet.wallet)];
        row.push(amounts[0].map_or(Cell::text("not known"), Cell::from));
        row.extend(amounts[1..].iter().map(|a| Cell::from(*a)));
        table.push(row);
        links.push(report.customers.get(&*w.wallet.account_id).map(|f| format!("{f}/index.html")));
    }
    let mut total = vec![Cell::text("All"), Cell::count(wallets.len() as u64)];
    total.extend(sums[2..].iter().map(|s| Cell::from(*s)));
    // A wallet that is not known from the first day on has no opening to add.
    if wallets.iter().any(|w| w.opening.is_none()) {
        total[2] = Cell::Empty;
    }
    Ok(Listing { links, total: Some(total), ..Listing::new(format!("Wallets in {unit}"), table) }
        .cut(ROWS, "wallets.csv"))
}

/// `top_up` as a heading.
fn heading(kind: &str) -> String {
    let text = kind.replace('_', " ");
    let mut letters = text.chars();
    letters.next().map(|c| c.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
