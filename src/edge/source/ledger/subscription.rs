//! One subscription a file: `ACCOUNT@INSTANT.json` with the JSON a gateway's subscription page gives (`tier`,
//! `status`, `expires_at`, `credits`), which is one balance of the wallet `main`.

use super::context::{LedgerContext, LedgerFormat};
use crate::domain::ledger::Balance;
use crate::domain::money::Representation;
use crate::domain::period::{Instant, Zone};
use crate::edge::source::record::fields::{Fault, Fields};
use crate::edge::source::record::format::{Fit, Framing, Out, RowFormat, ToRows};
use crate::edge::source::record::schema::{Node, Schema, leaf, slots};

slots! { TIER STATUS EXPIRES_AT CREDITS }

static ROOT: Node = Node {
    entries: &[leaf("tier", TIER), leaf("status", STATUS), leaf("expires_at", EXPIRES_AT), leaf("credits", CREDITS)],
};

static SCHEMA: Schema = Schema { what: "a subscription", root: &ROOT, required: &["credits"], spans_lines: false };

/// A subscription's JSON is small; a larger file is none.
const MOST: usize = 1 << 20;

pub(super) const FORMAT: LedgerFormat<Balance> = RowFormat {
    name: "subscription",
    aliases: &[],
    about: "the JSON of one account's subscription, in a file named ACCOUNT@INSTANT.json",
    versions: &[],
    conventions: &[],
    unit: None,
    recorded: Representation::Exact,
    framing: Framing::Whole(MOST),
    sniff: |members| if subscription_name(members.file).is_some() { Fit::Sure } else { Fit::No },
    schema: &SCHEMA,
    reader: |context| Box::new(Subscription(context)),
};

struct Subscription<'c>(&'c LedgerContext);

impl ToRows<Balance> for Subscription<'_> {
    fn row(&mut self, row: &Fields<'_, '_>, out: &mut Out<'_, Balance>) -> Result<(), Fault> {
        row.cow(TIER)?;
        row.cow(STATUS)?;
        row.instant(EXPIRES_AT)?;
        let balance = row.required_amount(CREDITS)?;
        let named = subscription_name(&self.0.name);
        let (account, at) = named
            .and_then(|(account, instant)| Some((account, instant_of(instant, self.0.zone)?)))
            .ok_or_else(|| Fault::new("at", "is not a time: the file's name must be ACCOUNT@INSTANT.json"))?;
        let unit = self.0.unit.as_deref();
        let unit = unit.ok_or_else(|| Fault::new("unit", "is missing: the ledger declares no unit"))?;
        let (account_id, wallet, unit) = (account.into(), "main".into(), unit.into());
        out.give(Balance { account_id, wallet, unit, at, balance, cut: None, file: self.0.file, offset: 0 })
    }
}

/// Account and instant of `ACCOUNT@INSTANT.json` (also `.json.gz`, `.json.zst`); an account may hold an `@`.
pub(super) fn subscription_name(name: &str) -> Option<(&str, &str)> {
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
