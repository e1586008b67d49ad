//! Balances: what the ledger says a wallet held at an instant.
//!
//! Rows like any other, or one subscription a file: `ACCOUNT@INSTANT.json` with the JSON a gateway's
//! subscription page gives (`tier`, `status`, `expires_at`, `credits`), which is one balance of the
//! wallet `main`.

use std::cell::Cell;

use xxhash_rust::xxh3::xxh3_64;

use super::LedgerContext;
use super::postings::Shared;
use crate::domain::ledger::Balance;
use crate::domain::period::{Instant, Zone};
use crate::edge::blob::Body;
use crate::edge::source::record::error::SourceError;
use crate::edge::source::record::fields::{Fault, Fields};
use crate::edge::source::record::open::{Opened, Text, open};
use crate::edge::source::record::report::{FileReport, Reject};
use crate::edge::source::record::schema::{Node, Shape, Slots, leaf, slots};
use crate::edge::source::record::{collector::Spot, json_lines::JsonRows, rows::read_rows};

slots! { ACCOUNT_ID UNIT AT BALANCE WALLET TIER STATUS EXPIRES_AT CREDITS }

static ROOT: Node = Node {
    path: "",
    id: 0,
    entries: &[
        leaf("account_id", ACCOUNT_ID),
        leaf("unit", UNIT),
        leaf("at", AT),
        leaf("balance", BALANCE),
        leaf("wallet", WALLET),
    ],
};

static SHAPE: Shape =
    Shape { what: "balances", root: &ROOT, nodes: 1, required: &["account_id", "unit", "at", "balance"] };

static SUBSCRIPTION_ROOT: Node = Node {
    path: "",
    id: 0,
    entries: &[leaf("tier", TIER), leaf("status", STATUS), leaf("expires_at", EXPIRES_AT), leaf("credits", CREDITS)],
};

static SUBSCRIPTION: Shape =
    Shape { what: "a subscription", root: &SUBSCRIPTION_ROOT, nodes: 1, required: &["credits"] };

/// Reads every balance of a file, in the file's order.
///
/// # Errors
/// When the file as a whole cannot be trusted; the balances it gave before belong to a refused file.
pub fn read_balances(
    body: Body,
    context: &LedgerContext,
    sink: &mut impl FnMut(Balance),
) -> Result<FileReport, SourceError> {
    if let Some((account, instant)) = subscription_name(&context.name) {
        return read_subscription(body, account, instant, context, sink);
    }
    let mut shared = Shared::default();
    read_rows(body, &SHAPE, context.zone, &mut |f, spot| {
        let account_id = shared.get(&f.required_cow(ACCOUNT_ID)?);
        let unit = shared.get(&f.required_cow(UNIT)?);
        let wallet = shared.get(f.cow(WALLET)?.as_deref().unwrap_or("main"));
        let (at, balance) = (f.required_instant(AT)?, f.required_amount(BALANCE)?);
        sink(Balance { account_id, wallet, unit, at, balance, file: context.file, offset: spot.offset });
        Ok(())
    })
}

/// Account and instant of `ACCOUNT@INSTANT.json` (also `.json.gz`, `.json.zst`); an account may hold an `@`.
fn subscription_name(name: &str) -> Option<(&str, &str)> {
    let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(name);
    let (account, instant) = name.strip_suffix(".json")?.rsplit_once('@')?;
    (!account.is_empty()).then_some((account, instant))
}

/// The instant in a file's name: RFC 3339, or with `-` for `:` or neither, as file systems demand.
fn instant_of(text: &str, zone: Option<Zone>) -> Option<Instant> {
    let parse = |text: &str| match zone {
        Some(zone) => Instant::parse_in(text, zone).ok(),
        None => Instant::parse(text).ok(),
    };
    if let Some(at) = parse(text) {
        return Some(at);
    }
    let (day, clock) = text.split_once(['T', 't', '_', ' '])?;
    let digits = |text: &str| text.chars().filter(|c| *c != '-' && *c != ':').collect::<String>();
    let day = digits(day);
    // The clock's own digits come first, then an offset, whose sign must not be taken for a separator.
    let mut rest = clock;
    let mut time = String::new();
    while time.len() < 6 {
        let digit = rest.chars().next()?;
        rest = &rest[digit.len_utf8()..];
        match digit {
            '0'..='9' => time.push(digit),
            '-' | ':' if time.len().is_multiple_of(2) && !time.is_empty() => {}
            _ => return None,
        }
    }
    if day.len() != 8 || !day.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let offset = match rest.split_at_checked(3) {
        Some((hours, minutes)) if minutes.len() == 2 && rest.starts_with(['+', '-']) => format!("{hours}:{minutes}"),
        _ => rest.to_owned(),
    };
    let date = format!("{}-{}-{}", &day[..4], &day[4..6], &day[6..]);
    parse(&format!("{date}T{}:{}:{}{offset}", &time[..2], &time[2..4], &time[4..]))
}

/// A subscription's JSON is small; a larger file is none.
const MOST: usize = 1 << 20;

fn read_subscription(
    body: Body,
    account: &str,
    instant: &str,
    context: &LedgerContext,
    sink: &mut impl FnMut(Balance),
) -> Result<FileReport, SourceError> {
    let Opened::Text(mut text) = open(body)? else {
        return Err(SourceError::NotRows("is Parquet, though its name is that of a subscription".into()));
    };
    let content = whole(&mut text)?;
    let mut report = FileReport { rows_read: 1, ..FileReport::default() };
    let spot = Spot { line: 1, offset: 0, length: content.len() as u64 };
    match subscription(&content, account, instant, context, &mut report) {
        Ok(balance) => {
            report.accepted = 1;
            sink(balance);
        }
        Err(fault) => {
            let (Spot { line, offset, length }, (field, reason)) = (spot, fault.into_parts());
            report.rejects.push(Reject { line, offset, length, hash: xxh3_64(&content), field, reason });
        }
    }
    Ok(report)
}

fn whole(text: &mut Text) -> Result<Vec<u8>, SourceError> {
    let mut content = vec![0; MOST + 1];
    let filled = text.fill(&mut content)?;
    if filled > MOST {
        return Err(SourceError::NotRows(format!(
            "is longer than {MOST} bytes, though its name is that of a subscription"
        )));
    }
    content.truncate(filled);
    Ok(content)
}

fn subscription(
    content: &[u8],
    account: &str,
    instant: &str,
    context: &LedgerContext,
    report: &mut FileReport,
) -> Result<Balance, Fault> {
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    let content = std::str::from_utf8(content).map_err(|_| Fault::row("is not UTF-8 text"))?;
    let mut slots = Slots::new();
    JsonRows::new(&SUBSCRIPTION).read(content, &mut slots, report)?;
    let f = Fields { slots: &slots, shape: &SUBSCRIPTION, zone: context.zone, rounded: Cell::new(0) };
    f.cow(TIER)?;
    f.cow(STATUS)?;
    f.instant(EXPIRES_AT)?;
    let balance = f.required_amount(CREDITS)?;
    report.rounded += f.rounded.get();
    let at = instant_of(instant, context.zone)
        .ok_or_else(|| Fault::new("at", "is not a time: the file's name must be ACCOUNT@INSTANT.json"))?;
    let unit = context.unit.as_deref().ok_or_else(|| Fault::new("unit", "is missing: the ledger declares no unit"))?;
    let wallet = "main".into();
    Ok(Balance { account_id: account.into(), wallet, unit: unit.into(), at, balance, file: context.file, offset: 0 })
}
