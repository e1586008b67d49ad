//! Accounts and keys: who is billed, under which terms. One bad row refuses the whole file, since a
//! customer read wrongly is billed wrongly.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use crate::domain::ledger::{Account, Key, KeyStatus, Mode, Threshold};
use crate::domain::money::{Amount, Exact};
use crate::domain::period::Zone;
use crate::edge::blob::Body;
use crate::edge::source::record::error::SourceError;
use crate::edge::source::record::fields::{Fault, Fields};
use crate::edge::source::record::schema::{Node, Shape, leaf, slots};
use crate::edge::source::record::{collector::OnRow, rows::read_rows};

/// The rows of a file of accounts or keys, and the columns no one knows, with how many rows had them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartyRows<T> {
    pub rows: Vec<T>,
    pub unknown: BTreeMap<String, u64>,
}

/// A file of accounts or keys that is refused, with every place that is wrong.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("{name} {error}")]
    File { name: String, error: SourceError },
    /// `file:line: field reason`, one for each bad row.
    #[error("{}", Lines(.0))]
    Rows(Vec<String>),
}

struct Lines<'a>(&'a [String]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, line) in self.0.iter().enumerate() {
            f.write_str(if at > 0 { "\n" } else { "" })?;
            f.write_str(line)?;
        }
        Ok(())
    }
}

mod account {
    use super::{Node, Shape, leaf, slots};

    slots! {
        ACCOUNT_ID NAME MODE CURRENCY PRICE_BOOK GROUP FROM EMAIL LOCALE TIME_ZONE TERMS_DAYS STREET CITY POSTCODE
        COUNTRY TAX_ID TAX LOW_BALANCE VOLUME_DISCOUNT COMMITMENT INVOICE_ON BILL
    }

    static ROOT: Node = Node {
        path: "",
        id: 0,
        entries: &[
            leaf("account_id", ACCOUNT_ID),
            leaf("name", NAME),
            leaf("mode", MODE),
            leaf("currency", CURRENCY),
            leaf("price_book", PRICE_BOOK),
            leaf("group", GROUP),
            leaf("from", FROM),
            leaf("email", EMAIL),
            leaf("locale", LOCALE),
            leaf("time_zone", TIME_ZONE),
            leaf("terms_days", TERMS_DAYS),
            leaf("street", STREET),
            leaf("city", CITY),
            leaf("postcode", POSTCODE),
            leaf("country", COUNTRY),
            leaf("tax_id", TAX_ID),
            leaf("tax", TAX),
            leaf("low_balance", LOW_BALANCE),
            leaf("volume_discount", VOLUME_DISCOUNT),
            leaf("commitment", COMMITMENT),
            leaf("invoice_on", INVOICE_ON),
            leaf("bill", BILL),
        ],
    };

    pub(crate) static SHAPE: Shape =
        Shape { what: "accounts", root: &ROOT, nodes: 1, required: &["account_id", "name"] };
}

mod key {
    use super::{Node, Shape, leaf, slots};

    slots! {
        API_KEY_ID ACCOUNT_ID SUPPLIER QUOTA QUOTA_UNIT USED_BEFORE EXPIRES_AT STATUS DISABLED_AT LAST_USED_AT FROM
    }

    static ROOT: Node = Node {
        path: "",
        id: 0,
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

    pub(crate) static SHAPE: Shape =
        Shape { what: "keys", root: &ROOT, nodes: 1, required: &["api_key_id", "account_id"] };
}

/// Reads a file of accounts; `name` is the file's, for messages.
///
/// # Errors
/// When the file cannot be read, or with `file:line: field reason` for every bad row.
pub fn read_accounts(body: Body, zone: Option<Zone>, name: &str) -> Result<PartyRows<Account>, Refused> {
    read_all(body, &account::SHAPE, zone, name, account, "account_id")
}

/// Reads a file of keys; `name` is the file's, for messages.
///
/// # Errors
/// As [`read_accounts`].
pub fn read_keys(body: Body, zone: Option<Zone>, name: &str) -> Result<PartyRows<Key>, Refused> {
    read_all(body, &key::SHAPE, zone, name, key, "api_key_id")
}

fn read_all<T: PartialEq + Ranked>(
    body: Body,
    shape: &'static Shape,
    zone: Option<Zone>,
    name: &str,
    make: impl Fn(&Fields<'_, '_>) -> Result<T, Fault>,
    id: &'static str,
) -> Result<PartyRows<T>, Refused> {
    let (mut rows, mut seen) = (Vec::<T>::new(), BTreeMap::<_, usize>::new());
    let on_row: &mut OnRow<'_> = &mut |fields, _| {
        let row = make(fields)?;
        match seen.get(&row.rank()) {
            Some(at) if rows[*at] == row => {}
            Some(_) => return Err(Fault::new(id, "is named twice for the same time, with other terms")),
            None => {
                seen.insert(row.rank(), rows.len());
                rows.push(row);
            }
        }
        Ok(())
    };
    let report = read_rows(body, shape, zone, on_row).map_err(|error| file(name, error))?;
    if report.rejects.is_empty() {
        return Ok(PartyRows { rows, unknown: report.unknown });
    }
    let lines = report.rejects.iter().map(|reject| match reject.field.as_ref() {
        "" => format!("{name}:{}: the row {}", reject.line, reject.reason),
        field => format!("{name}:{}: {field} {}", reject.line, reject.reason),
    });
    Err(Refused::Rows(lines.collect()))
}

fn file(name: &str, error: SourceError) -> Refused {
    Refused::File { name: name.to_owned(), error }
}

/// What two rows must not share: the id and the start.
trait Ranked {
    fn rank(&self) -> (String, Option<i64>);
}

impl Ranked for Account {
    fn rank(&self) -> (String, Option<i64>) {
        (self.account_id.clone(), self.from.map(|at| at.micros()))
    }
}

impl Ranked for Key {
    fn rank(&self) -> (String, Option<i64>) {
        (self.api_key_id.clone(), self.from.map(|at| at.micros()))
    }
}

fn account(f: &Fields<'_, '_>) -> Result<Account, Fault> {
    use account::*;
    let mode = |name: &str| match name {
        "prepaid" => Some(Mode::Prepaid),
        "postpaid" => Some(Mode::Postpaid),
        _ => None,
    };
    Ok(Account {
        account_id: f.required_text(ACCOUNT_ID)?,
        name: f.required_text(NAME)?,
        mode: f.one_of(MODE, mode, "is not prepaid or postpaid")?.unwrap_or_default(),
        currency: f.text(CURRENCY)?,
        price_book: f.text(PRICE_BOOK)?,
        group: f.text(GROUP)?,
        other: other(f)?,
        from: f.instant(FROM)?,
    })
}

/// A column and the check its text must pass.
type Checked = (u8, &'static str, fn(&str) -> bool, &'static str);

fn other(f: &Fields<'_, '_>) -> Result<BTreeMap<String, String>, Fault> {
    use account::*;
    let columns: [Checked; 15] = [
        (EMAIL, "email", |text| text.contains('@') && !text.contains(' '), "is not a mail address"),
        (LOCALE, "locale", anything, ""),
        (TIME_ZONE, "time_zone", |text| Zone::parse(text).is_some(), "is not a time zone such as Asia/Shanghai"),
        (TERMS_DAYS, "terms_days", is_days, "is not a whole number of days up to 3650"),
        (STREET, "street", anything, ""),
        (CITY, "city", anything, ""),
        (POSTCODE, "postcode", anything, ""),
        (COUNTRY, "country", is_country, "is not a country code of two capital letters"),
        (TAX_ID, "tax_id", anything, ""),
        (TAX, "tax", is_tax, "is not standard:19, inclusive:6, reverse_charge or exempt:REASON"),
        (LOW_BALANCE, "low_balance", |text| Threshold::parse_all(text).is_some(), "is not 10%, 500 or 3d (or several)"),
        (VOLUME_DISCOUNT, "volume_discount", is_discount, "is not FROM:PERCENT;FROM:PERCENT in rising order"),
        (COMMITMENT, "commitment", |text| positive(text).is_some(), "is not an amount >= 0"),
        (INVOICE_ON, "invoice_on", is_invoice_on, "is not usage, top_up, request or none"),
        (BILL, "bill", |text| ["expected", "recorded"].contains(&text), "is not expected or recorded"),
    ];
    let mut found = BTreeMap::new();
    for (slot, name, check, reason) in columns {
        let text = match f.raw(slot) {
            // A JSON number is taken as it is written.
            crate::edge::source::record::value::Value::Number(text) => Some(Cow::Borrowed(text)),
            crate::edge::source::record::value::Value::Int(whole) => Some(Cow::Owned(whole.to_string())),
            _ => f.cow(slot)?,
        };
        let Some(text) = text else { continue };
        if !check(&text) {
            return Err(f.fault(slot, reason));
        }
        found.insert(name.to_owned(), text.into_owned());
    }
    Ok(found)
}

fn anything(_: &str) -> bool {
    true
}

fn positive(text: &str) -> Option<Amount> {
    text.parse().ok().filter(|amount: &Amount| !amount.is_negative())
}

fn is_days(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) && text.parse().is_ok_and(|days: u32| days <= 3650)
}

fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase())
}

/// A percentage from 0 to 100.
fn is_percent(text: &str) -> bool {
    text.parse::<Exact>().is_ok_and(|percent| !percent.is_negative() && percent <= Exact::from_int(100))
}

fn is_tax(text: &str) -> bool {
    match text.split_once(':') {
        Some(("standard" | "inclusive", percent)) => is_percent(percent),
        Some(("exempt", reason)) => !reason.trim().is_empty(),
        _ => text == "reverse_charge",
    }
}

fn is_discount(text: &str) -> bool {
    let steps: Option<Vec<Amount>> = text
        .split(';')
        .map(|step| {
            step.trim().split_once(':').filter(|(_, percent)| is_percent(percent)).and_then(|(from, _)| positive(from))
        })
        .collect();
    steps.is_some_and(|steps| steps.is_sorted_by(|a, b| a < b))
}

fn is_invoice_on(text: &str) -> bool {
    ["usage", "top_up", "request", "none"].contains(&text)
}

fn key(f: &Fields<'_, '_>) -> Result<Key, Fault> {
    use key::*;
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
