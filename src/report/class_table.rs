//! Classes of the legs and wallets, as tables.

use super::table::{Cell, Table};
use crate::domain::ledger::WalletDay;
use crate::domain::reconcile::LegSum;

/// One row a (leg, class, source, unit): how many rows, and how their amounts differ.
pub(crate) fn class_table(sums: &[LegSum]) -> Table {
    let mut table =
        Table::new(&["leg", "class", "source", "unit", "rows", "expected", "recorded", "posted", "difference"]);
    for s in sums {
        table.push(vec![
            s.leg.name().into(),
            s.class.name().into(),
            s.source.as_str().into(),
            s.unit.as_str().into(),
            s.rows.into(),
            s.expected.into(),
            s.recorded.into(),
            s.posted.into(),
            s.difference.into(),
        ]);
    }
    table
}

/// One row a wallet: opening, movements by kind, closing, and what of the residual is named.
pub(crate) fn wallet_table(wallets: &[WalletDay]) -> Table {
    let mut table =
        Table::new(&["account_id", "wallet", "unit", "opening", "movements", "closing", "residual", "named", "kinds"]);
    for w in wallets {
        let kinds: Vec<String> = w.movements.iter().map(|(kind, amount)| format!("{kind} {amount}")).collect();
        let total = crate::domain::money::Amount::sum(w.movements.iter().map(|m| m.1));
        table.push(vec![
            Cell::from(w.wallet.account_id.as_ref()),
            Cell::from(w.wallet.wallet.as_ref()),
            Cell::from(w.wallet.unit.as_ref()),
            w.opening.into(),
            total.into(),
            w.closing.into(),
            w.residual.into(),
            w.named.into(),
            kinds.join("; ").into(),
        ]);
    }
    table
}
