//! What goes into rating and what comes out.

use crate::domain::call::Meter;
use crate::domain::money::{Amount, Exact};
use crate::domain::period::Instant;
use crate::domain::price::{NoVariant, Rounding, VersionId};

/// Position of a price row inside its version.
pub type RowId = u32;

/// Why a call has no expected amount. Never confused with zero.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Unpriced {
    /// Before the first version known.
    NoVersion,
    /// No row answers to the model.
    NoRow,
    /// Two patterns fit equally well.
    Tie,
    /// A meter with a quantity and no rate anywhere.
    NoRate(Meter),
    /// A service tier the row does not know.
    NoServiceTier(String),
    /// A fact of the context that the row prices by, at a value it does not know: `speed=slow`.
    NoContext(String),
    /// A batch call, and the row has no batch price.
    NoBatch,
    /// The exact result has more than 38 digits.
    Overflow,
}

impl Unpriced {
    pub fn code(&self) -> &'static str {
        match self {
            Unpriced::NoVersion => "no_version",
            Unpriced::NoRow => "no_row",
            Unpriced::Tie => "tie",
            Unpriced::NoRate(_) => "no_rate",
            Unpriced::NoServiceTier(_) => "no_service_tier",
            Unpriced::NoContext(_) => "no_context",
            Unpriced::NoBatch => "no_batch",
            Unpriced::Overflow => "overflow",
        }
    }

    /// The code, and what it is about: `no_rate web_search`.
    pub fn reason(&self) -> String {
        match self {
            Unpriced::NoRate(meter) => format!("no_rate {}", meter.name()),
            Unpriced::NoServiceTier(tier) => format!("no_service_tier {tier}"),
            Unpriced::NoContext(fact) => format!("no_context {fact}"),
            other => other.code().to_owned(),
        }
    }
}

/// Why a call costs nothing, where it is not a matter of rates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Zero {
    Refusal,
    Failed,
    Cancelled,
    GatewayCache,
    FreeRow,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ChargeStatus {
    Priced,
    Zero(Zero),
    /// A call that costs but has no usage to price.
    NoUsage,
    Unpriced(Unpriced),
}

/// The expected charge of one call, in its book's unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    pub status: ChargeStatus,
    /// `None` where the status is [`ChargeStatus::NoUsage`] or [`ChargeStatus::Unpriced`].
    pub amount: Option<Amount>,
    pub version: Option<VersionId>,
    pub row: Option<RowId>,
}

/// Which book and which group hold for each row of a batch (they come from source and account).
#[derive(Clone, Debug, Default)]
pub struct Assignment {
    /// Index into the raters of the pass.
    pub book: Vec<u16>,
    /// Index into `groups`; the call's own group goes before it.
    pub group: Vec<u32>,
    pub groups: Vec<Option<String>>,
}

impl Assignment {
    /// The group of a row's account.
    pub fn group_of(&self, row: usize) -> Option<&str> {
        self.groups.get(*self.group.get(row)? as usize)?.as_deref()
    }
}

/// One component of a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub meter: Meter,
    pub quantity: i64,
    /// Per single unit, before multipliers.
    pub rate: Exact,
    /// The meter whose rate was used, where the row has none for this one.
    pub rate_of: Meter,
    /// Which variant the rate came from, in words; empty for the row itself.
    pub variant: String,
    /// quantity x rate x multipliers, exact.
    pub exact: Exact,
    /// After component rounding, if the book has it.
    pub amount: Exact,
}

/// A multiplier a receipt shows: `group vip 0.9`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MultiplierUsed {
    pub what: String,
    pub value: Exact,
}

/// A charge with everything needed to explain it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    pub amount: Amount,
    pub zero: Option<Zero>,
    pub unit: String,
    pub version: Option<VersionId>,
    pub row: Option<RowId>,
    /// Where the row is written.
    pub place: Option<crate::domain::price::Place>,
    pub lines: Vec<Line>,
    pub multipliers: Vec<MultiplierUsed>,
    /// Sum of the lines before call rounding and minimum.
    pub sum: Exact,
    pub rounding: Option<Rounding>,
    pub minimum_applied: bool,
}

/// One way of pricing a call otherwise than the book says. Several are applied together.
///
/// Edits act at three places: before the row is looked up (who, when, which variant), on the rates
/// and quantities found, and on the sum; at each in the order given. Where an edit takes a rate or
/// quantity from a meter (`like`, `from`) it is the one that was found, whatever other edits do to it.
/// A context tier is decided by the usage, not by edited quantities.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Edit {
    /// Use the version `by` places later (negative: earlier) among those the book has, known or not.
    /// One place later than before the first version is the first.
    ShiftVersion { by: i32 },
    /// Use this version, known or not.
    AtVersion(VersionId),
    /// Price as another model.
    Model(String),
    /// Price as another group (`None`: as no group).
    Group(Option<String>),
    /// Leave out every group, model and account multiplier of the version.
    NoMultipliers,
    /// Apply the version's matching multipliers twice.
    MultipliersTwice,
    /// Leave out the row's own `multiplier`, or put another in its place.
    RowMultiplier(Exact),
    /// Multiply every rate (of [`Edit::TokensAsUnits`], the number) once more.
    Times(Exact),
    /// Do not apply any context tier.
    NoContextTier,
    /// Charge one meter at what it costs without any context tier, the others as the tier says.
    NoContextTierOn(Meter),
    /// Decide the context tier as if the total input were this.
    ContextInput(i64),
    /// Price as a standard call (`false`) or a batch call (`true`).
    Batch(bool),
    /// What an unknown tier or batch costs.
    NoVariant(NoVariant),
    /// Price as another service tier.
    ServiceTier(Option<String>),
    /// Do not apply any daily window.
    NoWindow,
    /// Decide daily windows as if it were this time.
    WindowsAt(Instant),
    /// Price as if it had gone well, been served fresh and were no refusal.
    AsSuccess,
    /// Charge `meter` at the rate of `like`.
    RateOf { meter: Meter, like: Meter },
    /// Do not charge a meter.
    RateZero(Meter),
    /// Count the quantity of `from` once more in `into` (`from` stays as it is).
    CountAlso { from: Meter, into: Meter },
    /// Take the quantity of `from` off `of` once more (floored at zero where `floor`).
    CountLess { from: Meter, of: Meter, floor: bool },
    /// Set a quantity.
    Quantity { meter: Meter, to: i64 },
    /// Every rate (of [`Edit::TokensAsUnits`], the number), times 10^power.
    Shift(i32),
    /// Round as the book would with this (`None`: not at all).
    Rounding(Option<Rounding>),
    /// No minimum.
    NoMinimum,
    /// The number of tokens itself is the amount (no minimum; also of a free row).
    TokensAsUnits,
}
