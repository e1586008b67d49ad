//! Balances: what the ledger says a wallet held at an instant.

use super::context::{LedgerContext, LedgerFormat};
use super::postings::Shared;
use super::subscription::subscription_name;
use crate::domain::ledger::Balance;
use crate::edge::source::record::fields::{Fault, Fields};
use crate::edge::source::record::format::{Fit, Members, Out, RowFormat, ToRows};
use crate::edge::source::record::schema::{Node, Schema, leaf, slots};

slots! { ACCOUNT_ID UNIT AT BALANCE WALLET }

static ROOT: Node = Node {
    entries: &[
        leaf("account_id", ACCOUNT_ID),
        leaf("unit", UNIT),
        leaf("at", AT),
        leaf("balance", BALANCE),
        leaf("wallet", WALLET),
    ],
};

static SCHEMA: Schema =
    Schema { what: "balances", root: &ROOT, required: &["account_id", "unit", "at", "balance"], spans_lines: false };

pub(super) const FORMAT: LedgerFormat<Balance> = RowFormat::own("our own balances", &SCHEMA, sniff, |context| {
    Box::new(Balances { context, shared: Shared::default() })
});

/// A file with the name of a subscription is one.
fn sniff(members: &Members<'_>) -> Fit {
    if subscription_name(members.file).is_some() { Fit::No } else { members.fit(SCHEMA.required) }
}

struct Balances<'c> {
    context: &'c LedgerContext,
    shared: Shared,
}

impl ToRows<Balance> for Balances<'_> {
    fn row(&mut self, row: &Fields<'_, '_>, out: &mut Out<'_, Balance>) -> Result<(), Fault> {
        let account_id = self.shared.get(&row.required_cow(ACCOUNT_ID)?);
        let unit = self.shared.get(&row.required_unit(UNIT, &self.context.units)?);
        let wallet = self.shared.get(row.cow(WALLET)?.as_deref().unwrap_or("main"));
        let at = row.required_instant(AT)?;
        let (balance, cut) = row.required_amount_cut(BALANCE)?;
        let (cut, file) = (cut.then_some(true), self.context.file);
        out.give(Balance { account_id, wallet, unit, at, balance, cut, file, offset: out.spot.offset })
    }
}
