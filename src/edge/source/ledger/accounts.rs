//! Accounts: who is billed, under which terms.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::context::LedgerFormat;
use crate::domain::ledger::{Account, Mode, Threshold};
use crate::domain::money::{Amount, Exact, UnitNames};
use crate::domain::period::Zone;
use crate::edge::source::record::fields::{Fault, Fields};
use crate::edge::source::record::format::{Out, RowFormat, ToRows};
use crate::edge::source::record::schema::{Node, Schema, leaf, slots};
use crate::edge::source::record::value::Value;

slots! {
    ACCOUNT_ID NAME MODE CURRENCY PRICE_BOOK GROUP FROM EMAIL LOCALE TIME_ZONE TERMS_DAYS STREET CITY POSTCODE
    COUNTRY TAX_ID TAX LOW_BALANCE VOLUME_DISCOUNT COMMITMENT INVOICE_ON BILL
}

static ROOT: Node = Node {
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

static SCHEMA: Schema = Schema { what: "accounts", root: &ROOT, required: &["account_id", "name"], spans_lines: false };

pub(super) const FORMAT: LedgerFormat<Account> = RowFormat::own(
    "our own accounts",
    &SCHEMA,
    |members| members.fit(SCHEMA.required),
    |context| Box::new(Accounts(context.units.clone())),
);

struct Accounts(Arc<UnitNames>);

impl ToRows<Account> for Accounts {
    fn row(&mut self, row: &Fields<'_, '_>, out: &mut Out<'_, Account>) -> Result<(), Fault> {
        let mut faults = Vec::new();
        let mut account = account(row, &self.0, &mut faults)?;
        account.faults = faults.iter().map(ToString::to_string).collect();
        out.give(account)?;
        faults.into_iter().for_each(|fault| out.reject(fault));
        Ok(())
    }
}

/// What a field says; where it cannot be understood that is noted, and it says nothing.
fn noted<T>(read: Result<Option<T>, Fault>, faults: &mut Vec<Fault>) -> Option<T> {
    read.unwrap_or_else(|fault| {
        faults.push(fault);
        None
    })
}

/// An account by what of its row can be understood; only a row that does not say whose it is is none.
fn account(f: &Fields<'_, '_>, units: &UnitNames, faults: &mut Vec<Fault>) -> Result<Account, Fault> {
    let mode = |name: &str| match name {
        "prepaid" => Some(Mode::Prepaid),
        "postpaid" => Some(Mode::Postpaid),
        _ => None,
    };
    let account_id = f.required_text(ACCOUNT_ID)?;
    let mode = match f.one_of(MODE, mode, "is not prepaid or postpaid") {
        Ok(mode) => mode.unwrap_or_default(),
        // There is a bill that can wait for it, and nobody is told that a wallet is low.
        Err(fault) => {
            faults.push(fault);
            Mode::Postpaid
        }
    };
    Ok(Account {
        name: noted(f.required_text(NAME).map(Some), faults).unwrap_or_else(|| account_id.clone()),
        account_id,
        mode,
        currency: noted(f.unit(CURRENCY, units), faults).map(Cow::into_owned),
        price_book: noted(f.text(PRICE_BOOK), faults),
        group: noted(f.text(GROUP), faults),
        other: other(f, faults),
        from: noted(f.instant(FROM), faults),
        faults: Vec::new(),
    })
}

/// A column and the check its text must pass.
type Checked = (u8, &'static str, fn(&str) -> bool, &'static str);

fn other(f: &Fields<'_, '_>, faults: &mut Vec<Fault>) -> BTreeMap<String, String> {
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
        (COMMITMENT, "commitment", |text| positive(text).is_some(), "is not an amount from 0 to 1000000000000000"),
        (INVOICE_ON, "invoice_on", is_invoice_on, "is not usage, top_up, request or none"),
        (BILL, "bill", |text| ["expected", "recorded"].contains(&text), "is not expected or recorded"),
    ];
    let mut found = BTreeMap::new();
    for (slot, name, check, reason) in columns {
        let text = match f.raw(slot) {
            // A JSON number is taken as it is written.
            Value::Number(text) => Some(Cow::Borrowed(text)),
            Value::Int(whole) => Some(Cow::Owned(whole.to_string())),
            _ => noted(f.cow(slot), faults),
        };
        match text {
            Some(text) if check(&text) => drop(found.insert(name.to_owned(), text.into_owned())),
            Some(_) => faults.push(f.fault(slot, reason)),
            None => {}
        }
    }
    found
}

fn anything(_: &str) -> bool {
    true
}

fn positive(text: &str) -> Option<Amount> {
    text.parse().ok().filter(|amount: &Amount| !amount.is_negative() && amount.fits_a_row())
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
