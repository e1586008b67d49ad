//! What a platform is made of: its models and prices, formats, units and the faults that befall it.

use super::fault::Kind;
use super::rates::{Rates, Tokens, Work};
use super::write::ONE;

/// In which shape a model's usage is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Native,
    OpenAi,
    Anthropic,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Serves {
    Chat,
    Embedding,
    Image,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Model {
    pub(super) name: &'static str,
    pub(super) provider: &'static str,
    pub(super) weight: u32,
    pub(super) style: Style,
    pub(super) serves: Serves,
    pub(super) median_input: i64,
    pub(super) median_output: i64,
    pub(super) rates: Rates,
}

/// A later price list: the one before it with some rows changed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    /// Days into the month and local hour at which it comes into force.
    pub(super) day: i64,
    pub(super) hour: i64,
    pub(super) known_days_before: i64,
    pub(super) rows: &'static [(usize, Rates)],
}

/// How the gateway writes its charges: every digit, or so many places, half up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recorded {
    Exact,
    Places(u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallFiles {
    Jsonl,
    JsonlGz,
    Csv,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BalanceFiles {
    Jsonl,
    Csv,
    /// One JSON document an account and instant, each Monday and at the month's edges.
    Subscription,
}

/// Where an account may live, for bills.
#[derive(Clone, Copy, Debug)]
pub(super) struct Home {
    pub(super) country: &'static str,
    pub(super) city: &'static str,
    pub(super) postcode: &'static str,
    pub(super) locale: &'static str,
    pub(super) tax: &'static str,
    pub(super) tax_id: &'static str,
}

#[derive(Debug)]
pub(super) struct Spec {
    pub(super) name: &'static str,
    pub(super) zone: &'static str,
    /// Minutes east of UTC in which its log writes instants.
    pub(super) offset: i64,
    pub(super) prefix: &'static str,
    /// The unit of its log and ledger.
    pub(super) unit: &'static str,
    pub(super) book_unit: &'static str,
    /// Units of the log in one unit of the book.
    pub(super) per_book: i128,
    pub(super) recorded: Recorded,
    /// Whether the book itself rounds as the log does.
    pub(super) book_rounds: bool,
    /// For how many tokens the book states its rates.
    pub(super) per: i64,
    pub(super) models: &'static [Model],
    pub(super) changes: &'static [Change],
    /// Groups and their multipliers in thousandths.
    pub(super) groups: &'static [(&'static str, i64)],
    pub(super) currency: &'static str,
    /// 10^-18 of the unit for one of the currency.
    pub(super) per_money: i128,
    /// Another currency taken, and 10^-18 of the unit for one of it.
    pub(super) other_money: Option<(&'static str, i128)>,
    /// The smallest top-up, in whole currency.
    pub(super) least_money: i128,
    /// About what a call costs, in 10^-18 of the unit.
    pub(super) typical: i128,
    pub(super) call_files: CallFiles,
    pub(super) balance_files: BalanceFiles,
    /// Prepaid packages as wallets of their own, and keys with suppliers, quotas and expiry.
    pub(super) packages: bool,
    /// Debits at the very end of the call, balance told on each.
    pub(super) immediate: bool,
    /// Whether postings name the attempt.
    pub(super) attempts: bool,
    /// Some calls are paid by hold, release and usage.
    pub(super) holds: bool,
    /// Some accounts pay later; new ones come with a grant of this much of the unit.
    pub(super) postpaid: bool,
    pub(super) grant: i128,
    /// `last_used_at` of keys is kept.
    pub(super) last_used: bool,
    /// Status of a call refused for want of credit.
    pub(super) refusal: u16,
    /// Whether a slipped unit makes charges a thousand times larger (else smaller).
    pub(super) slips_up: bool,
    pub(super) forbid: &'static [&'static str],
    /// `[[unit]]` tables of the settings.
    pub(super) units: &'static str,
    pub(super) complete: bool,
    pub(super) low_balance: &'static str,
    pub(super) volume_discount: &'static str,
    pub(super) issuer_tax_id: &'static str,
    pub(super) homes: &'static [Home],
    /// Faults and how many findings each makes in a month of 20,000 calls.
    pub(super) faults: &'static [(Kind, u32)],
}

impl Spec {
    /// The step of round balances: whole credits or tokens, cents of a currency.
    pub(super) fn opening_step(&self) -> i128 {
        if self.unit == self.currency { ONE / 100 } else { ONE }
    }
}

impl Model {
    /// A chat model; `median` is of its input and output tokens.
    pub(super) const fn chat(
        name: &'static str,
        provider: &'static str,
        weight: u32,
        style: Style,
        median: (i64, i64),
        rates: Rates,
    ) -> Model {
        let (median_input, median_output) = median;
        Model { name, provider, weight, style, serves: Serves::Chat, median_input, median_output, rates }
    }

    pub(super) const fn serving(mut self, serves: Serves) -> Model {
        self.serves = serves;
        self
    }

    pub(super) fn endpoint(&self) -> &'static str {
        match self.serves {
            Serves::Chat => "chat",
            Serves::Embedding => "embedding",
            Serves::Image => "image",
        }
    }

    pub(super) fn caches(&self) -> bool {
        self.rates.cache_read.is_some()
    }

    /// Whether a charge fault can be told on its calls at all.
    pub(super) fn can_fail(&self, kind: Kind, packages: bool) -> bool {
        self.serves == Serves::Chat
            && !self.rates.free
            && match kind {
                Kind::CachedAtFullRate => self.caches(),
                Kind::CachedNotCharged | Kind::CachedDoubleCounted => self.caches() || packages,
                Kind::ContextTierNotApplied => self.rates.tier.is_some(),
                Kind::BatchDiscountMissing => self.rates.batch,
                _ => true,
            }
    }
}

/// Some work on a chat model large enough for its charge to have many digits.
pub(super) fn plain_work(input: i64, output: i64, group: i64) -> Work {
    Work { tokens: Tokens { input, output, ..Tokens::default() }, batch: false, group }
}
