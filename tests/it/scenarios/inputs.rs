//! Tables of calls, movements, balances, accounts and keys become CSV files.

use super::arithmetic::decimal;
use super::page::{Problem, Table, problem};

/// A kind of table: its columns by the names scenarios use, and by those of the file.
pub(super) struct Kind {
    pub(super) columns: &'static [(&'static str, &'static str)],
    /// Written in every row that does not say otherwise.
    unit: bool,
}

pub(super) const CALLS: Kind = Kind {
    unit: false,
    columns: &[
        ("call", "call_id"),
        ("attempt", "attempt"),
        ("account", "account_id"),
        ("key", "api_key_id"),
        ("provider", "provider"),
        ("model", "model"),
        ("model served", "model_served"),
        ("endpoint", "endpoint"),
        ("region", "region"),
        ("group", "group"),
        ("started", "started_at"),
        ("ended", "ended_at"),
        ("status", "status"),
        ("outcome", "outcome"),
        ("stream", "stream"),
        ("tier", "service_tier"),
        ("tier asked", "service_tier_requested"),
        ("batch", "batch"),
        ("estimated", "estimated"),
        ("gateway cache", "gateway_cache"),
        ("upstream cost", "upstream_cost"),
        ("row version", "row_version"),
        ("charge", "charge"),
        ("charge unit", "charge_unit"),
        ("balance after", "balance_after"),
        ("input", "usage.input_tokens"),
        ("cache read", "usage.cache_read_tokens"),
        ("cache write", "usage.cache_write_tokens"),
        ("cache write 1h", "usage.cache_write_1h_tokens"),
        ("input audio", "usage.input_audio_tokens"),
        ("input image", "usage.input_image_tokens"),
        ("output", "usage.output_tokens"),
        ("reasoning", "usage.reasoning_tokens"),
        ("output audio", "usage.output_audio_tokens"),
        ("output image", "usage.output_image_tokens"),
        ("images", "usage.images"),
        ("image size", "usage.image_size"),
        ("image quality", "usage.image_quality"),
        ("seconds", "usage.seconds"),
        ("characters", "usage.characters"),
        ("requests", "usage.requests"),
        ("web searches", "usage.web_searches"),
    ],
};

pub(super) const LEDGER: Kind = Kind {
    unit: true,
    columns: &[
        ("posting", "posting_id"),
        ("account", "account_id"),
        ("wallet", "wallet"),
        ("kind", "kind"),
        ("amount", "amount"),
        ("unit", "unit"),
        ("at", "posted_at"),
        ("source", "source"),
        ("call", "call_id"),
        ("attempt", "attempt"),
        ("key", "api_key_id"),
        ("covers from", "covers_from"),
        ("covers until", "covers_until"),
        ("reference", "reference"),
        ("money", "money"),
        ("currency", "currency"),
        ("valid from", "valid_from"),
        ("valid until", "valid_until"),
        ("models", "models"),
    ],
};

pub(super) const BALANCES: Kind = Kind {
    unit: true,
    columns: &[("account", "account_id"), ("wallet", "wallet"), ("unit", "unit"), ("at", "at"), ("balance", "balance")],
};

pub(super) const ACCOUNTS: Kind = Kind {
    unit: false,
    columns: &[
        ("account", "account_id"),
        ("name", "name"),
        ("mode", "mode"),
        ("currency", "currency"),
        ("price book", "price_book"),
        ("group", "group"),
        ("street", "street"),
        ("city", "city"),
        ("country", "country"),
        ("tax", "tax"),
        ("volume discount", "volume_discount"),
        ("commitment", "commitment"),
        ("low balance", "low_balance"),
        ("email", "email"),
        ("invoice on", "invoice_on"),
        ("from", "from"),
    ],
};

pub(super) const KEYS: Kind = Kind {
    unit: false,
    columns: &[
        ("key", "api_key_id"),
        ("account", "account_id"),
        ("supplier", "supplier"),
        ("quota", "quota"),
        ("quota unit", "quota_unit"),
        ("used before", "used_before"),
        ("expires", "expires_at"),
        ("status", "status"),
        ("disabled", "disabled_at"),
        ("last used", "last_used_at"),
        ("from", "from"),
    ],
};

impl Kind {
    /// The table as CSV; `unit` fills the cells of a ledger that name none.
    pub(super) fn csv(&self, table: &Table, unit: &str) -> Result<String, Problem> {
        let mut names = Vec::new();
        for column in &table.columns {
            match self.columns.iter().find(|(known, _)| known == column) {
                Some((_, name)) => names.push((*name).to_owned()),
                // A provider's own usage, by the names it is logged under.
                None if column.starts_with("usage.") => names.push(column.clone()),
                None => {
                    let known: Vec<&str> = self.columns.iter().map(|c| c.0).collect();
                    return problem(table.line, format!("no column {column:?} here; known are {}", known.join(", ")));
                }
            }
        }
        let add_unit = self.unit && !names.iter().any(|n| n == "unit");
        if add_unit {
            names.push("unit".to_owned());
        }
        let mut out = names.join(",");
        for row in &table.rows {
            let mut cells: Vec<String> =
                names.iter().zip(&row.cells).map(|(name, cell)| quoted(&value(name, cell))).collect();
            cells.extend(add_unit.then(|| quoted(unit)));
            out.push('\n');
            out.push_str(&cells.join(","));
        }
        out.push('\n');
        Ok(out)
    }
}

/// What stands in the file: numbers without their group commas, times with their seconds.
fn value(name: &str, cell: &str) -> String {
    let is_time = name == "at" || name == "from" || ["_at", "_from", "_until"].iter().any(|end| name.ends_with(end));
    if is_time {
        return seconds(cell);
    }
    match cell {
        "yes" => "true".to_owned(),
        "no" => "false".to_owned(),
        _ if !name.ends_with("_id") && decimal(cell).is_some() => cell.replace(',', ""),
        _ => cell.to_owned(),
    }
}

/// `2026-10-05 10:00` with its seconds.
pub(super) fn seconds(cell: &str) -> String {
    if cell.len() == 16 { format!("{cell}:00") } else { cell.to_owned() }
}

fn quoted(text: &str) -> String {
    if text.contains(['"', ',']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}
