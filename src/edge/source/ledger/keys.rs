//! Keys: whose they are, and what they may be used for.

use super::context::LedgerFormat;
use crate::domain::ledger::{Key, KeyStatus};
use crate::edge::source::record::fields::{Fault, Fields};
use crate::edge::source::record::format::{EachRow, RowFormat};
use crate::edge::source::record::schema::{Node, Schema, leaf, slots};

slots! {
    API_KEY_ID ACCOUNT_ID SUPPLIER QUOTA QUOTA_UNIT USED_BEFORE EXPIRES_AT STATUS DISABLED_AT LAST_USED_AT FROM
}

static ROOT: Node = Node {
    entries: &[
        leaf("api_key_id", API_KEY_ID),
        leaf("account_id", ACCOUNT_ID),
        leaf("supplier", SUPPLIER),
        leaf("quota", QUOTA),
        leaf("quota_unit", QUOTA_UNIT),
        leaf("used_before", USED_BEFORE),
        leaf("expires_at", EXPIRES_AT),
        leaf("status", STATUS),
        leaf("disabled_at", DISABLED_AT),
        leaf("last_used_at", LAST_USED_AT),
        leaf("from", FROM),
    ],
};

static SCHEMA: Schema =
    Schema { what: "keys", root: &ROOT, required: &["api_key_id", "account_id"], spans_lines: false };

pub(super) const FORMAT: LedgerFormat<Key> =
    RowFormat::own("our own keys", &SCHEMA, |members| members.fit(SCHEMA.required), |_| Box::new(EachRow(key)));

fn key(f: &Fields<'_, '_>) -> Result<Key, Fault> {
    let status = |name: &str| match name {
        "enabled" => Some(KeyStatus::Enabled),
        "disabled" => Some(KeyStatus::Disabled),
        _ => None,
    };
    let amount = |slot| match f.amount(slot)? {
        Some(amount) if amount.is_negative() => Err(f.fault(slot, "is below 0")),
        amount => Ok(amount),
    };
    Ok(Key {
        api_key_id: f.required_text(API_KEY_ID)?,
        account_id: f.required_text(ACCOUNT_ID)?,
        supplier: f.text(SUPPLIER)?,
        quota: amount(QUOTA)?,
        quota_unit: f.text(QUOTA_UNIT)?,
        used_before: amount(USED_BEFORE)?,
        expires_at: f.instant(EXPIRES_AT)?,
        status: f.one_of(STATUS, status, "is not enabled or disabled")?.unwrap_or_default(),
        disabled_at: f.instant(DISABLED_AT)?,
        last_used_at: f.instant(LAST_USED_AT)?,
        from: f.instant(FROM)?,
    })
}
