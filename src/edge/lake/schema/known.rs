//! The columns each table has, for whoever opens a part of it.

use arrow::datatypes::FieldRef;

use super::{
    ChargesTable, CountedRows, FileRow, ROW_PLACE, RejectRow, RepresentationRow, SetAsideRow, WalletDayRow,
    mentions_batch, postings_batch, rollup_batch, schema,
};
use crate::domain::call::Calls;
use crate::domain::ledger::{Balance, StateRow};
use crate::domain::notice::WatchRow;
use crate::domain::reconcile::{Finding, LegSum, MovementRow};
use crate::domain::rollup::Rollup;

/// Columns of a call that its charge has as well.
const OF_THE_CALL: [&str; 7] = ["key", "source", "call_id", "attempt", "account_id", "model", "started_at"];

/// Columns a part of a table has, whatever build wrote it; those that may be empty may be absent. Of a table that
/// is not known, none.
pub(crate) fn known_columns(table: &str) -> Vec<FieldRef> {
    let of = |schema: arrow::datatypes::SchemaRef| schema.fields().iter().cloned().collect();
    match table {
        "calls" => of(Calls::schema()),
        "postings" => of(postings_batch(&[]).schema()),
        "balances" => of(schema::<Balance>()),
        "files" => of(schema::<FileRow>()),
        "rejects" => of(schema::<RejectRow>()),
        "set_aside" => of(schema::<SetAsideRow>()),
        "mentions" | "crossings" => of(mentions_batch(&[]).schema()),
        "charges" => {
            let calls = Calls::schema();
            let of_the_call = calls.fields().iter().filter(|f| OF_THE_CALL.contains(&f.name().as_str()));
            let said = ChargesTable::schema();
            of_the_call
                .chain(said.fields().iter().filter(|f| !ROW_PLACE.contains(&f.name().as_str())))
                .cloned()
                .collect()
        }
        "counted_postings" => of(schema::<CountedRows>()),
        "movements" => of(schema::<MovementRow>()),
        "findings" => of(schema::<Finding>()),
        "sums" => of(schema::<LegSum>()),
        "representation" => of(schema::<RepresentationRow>()),
        "rollup" => of(rollup_batch(&Rollup::default()).schema()),
        "wallets" => of(schema::<WalletDayRow>()),
        "carry" => of(schema::<StateRow>()),
        "watches" => of(schema::<WatchRow>()),
        _ => Vec::new(),
    }
}
