//! What messages say, in each language: one file a language, chosen by an account's locale.

mod en;
mod zh;

use super::page::Page;
use crate::domain::invoice::DocumentKind;
use crate::domain::ledger::Threshold;
use crate::domain::money::{Amount, Mode};
use crate::domain::notice::{Low, Pace};
use crate::domain::period::{Instant, Zone};

/// A wallet that is low, and whose it is.
#[derive(Clone, Copy, Debug)]
pub struct LowBalance<'a> {
    pub low: &'a Low,
    pub name: &'a str,
    /// Whose times are shown.
    pub zone: Zone,
    /// Where to top up.
    pub link: Option<&'a str>,
    /// Who writes.
    pub sender: &'a str,
}

/// An invoice, credit note or statement that goes with a message. Amounts as they are printed on it.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    pub kind: DocumentKind,
    /// An invoice's or credit note's number.
    pub number: Option<&'a str>,
    /// What it is about, such as `2026-10`.
    pub period: Option<&'a str>,
    pub name: &'a str,
    /// `119.00 EUR`; of a statement, the closing balance.
    pub total: &'a str,
    /// When it is to be paid, such as `2026-11-30`.
    pub due: Option<&'a str>,
    /// Where to pay or look.
    pub link: Option<&'a str>,
    pub sender: &'a str,
}

/// One language.
trait Language: Sync {
    fn low_balance(&self, facts: &LowBalance<'_>) -> Page;
    fn document(&self, facts: &Document<'_>) -> Page;
}

/// Every language, by the beginning of its locales; the first is for everybody else.
const LANGUAGES: [(&str, &dyn Language); 2] = [("en", &en::English), ("zh", &zh::Chinese)];

/// `zh`, `zh-CN`, `zh_Hans.UTF-8`: the part before the first mark counts.
fn language(locale: Option<&str>) -> &'static dyn Language {
    let wanted = locale.unwrap_or("").split(['-', '_', '.', '@']).next().unwrap_or("").to_ascii_lowercase();
    LANGUAGES.iter().find(|(code, _)| *code == wanted).unwrap_or(&LANGUAGES[0]).1
}

/// The mail about a low balance.
pub fn low_balance(facts: &LowBalance<'_>, locale: Option<&str>) -> Page {
    language(locale).low_balance(facts)
}

/// The mail a document goes with.
pub fn document(facts: &Document<'_>, locale: Option<&str>) -> Page {
    language(locale).document(facts)
}

/// Decimal places a mail shows; an amount with more is cut.
const PLACES: u32 = 6;

fn show(amount: Amount, unit: &str) -> String {
    format!("{} {unit}", amount.round(PLACES, Mode::Down).unwrap_or(amount))
}

/// Days and tenths a balance lasts.
fn days_left(pace: Pace, balance: Amount) -> Option<String> {
    pace.tenths_left(balance).map(|tenths| format!("{}.{}", tenths / 10, tenths % 10))
}

/// `2026-10-05 18:00 (Asia/Shanghai)`
fn when(at: Instant, zone: Zone) -> String {
    let (day, minute) = zone.local_minute(at);
    format!("{day} {:02}:{:02} ({})", minute / 60, minute % 60, zone.name())
}

/// What a threshold is, and what it came to.
enum Limit<'a> {
    Share(&'a Threshold, String),
    Amount(String),
    Days(u32, String),
}

fn limit<'a>(low: &'a Low) -> Limit<'a> {
    let level = show(low.crossing.level, &low.wallet.unit);
    match &low.crossing.threshold {
        share @ Threshold::Percent(_) => Limit::Share(share, level),
        Threshold::Amount(_) => Limit::Amount(level),
        Threshold::Days(days) => Limit::Days(*days, level),
    }
}

/// The wallet's name where the account has more than its main one.
fn wallet_name(low: &Low) -> Option<&str> {
    Some(&*low.wallet.wallet).filter(|name| *name != "main")
}
