//! The parts of a price book, as values.

use super::name_rules::NameRule;
use crate::domain::call::{METERS, Meter};
use crate::domain::money::{Exact, Mode};
use crate::domain::period::{Day, Instant, Zone};

/// Where something was written: `prices/tokone.toml:12`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub file: String,
    pub line: u32,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Which instant of a call chooses version and daily window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PriceAt {
    #[default]
    Started,
    Ended,
}

impl PriceAt {
    /// Of what belongs to a call's start and to its end (two instants, or two columns of them) that which decides
    /// its price: version, daily window, terms of its account and the rate between two units.
    pub fn of<T>(self, started: T, ended: T) -> T {
        match self {
            PriceAt::Started => started,
            PriceAt::Ended => ended,
        }
    }
}

/// Which name of a call is priced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PriceBy {
    #[default]
    Billed,
    /// `model_served`, where the call has one.
    Served,
}

impl PriceBy {
    /// Of a call's two names the one it is priced by.
    pub fn of<'a>(self, billed: &'a str, served: Option<&'a str>) -> &'a str {
        served.filter(|_| self == PriceBy::Served).unwrap_or(billed)
    }
}

/// Whether an error or a client abort costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Charged {
    Free,
    Charged,
}

/// Whether an answer from the gateway's own cache costs.
pub type CacheHits = Charged;

/// What a service tier or batch that a row does not know costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum NoVariant {
    #[default]
    Unpriced,
    /// The row without the variant.
    Row,
    /// Batch at half the row; an unknown tier as the row.
    HalfBatch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RoundingPlace {
    Component,
    Call,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rounding {
    pub at: RoundingPlace,
    pub mode: Mode,
    pub scale: u32,
}

/// What holds for the whole book, in every version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    pub id: String,
    pub unit: String,
    pub price_at: PriceAt,
    pub price_by: PriceBy,
    pub failed_calls: Charged,
    pub cancelled_calls: Charged,
    pub cache_hits: CacheHits,
    pub no_variant: NoVariant,
    /// Absent: exact.
    pub rounding: Option<Rounding>,
}

/// A whole price list, in force from `effective_from` until the next one's start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    pub effective_from: Instant,
    pub known_from: Instant,
    pub rows: Vec<PriceRow>,
    pub multipliers: Vec<PriceMultiplier>,
    /// Where calls and rows name providers differently; none: names are compared as they are.
    pub providers: Vec<ProviderRule>,
    pub place: Place,
}

/// Which calls are a provider's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderRule {
    /// As rows name it, in lower case.
    pub id: String,
    /// Other names of it.
    pub names: Option<NameRule>,
    /// Models that are taken for its own where a call names no provider.
    pub models: Option<NameRule>,
    pub place: Place,
}

/// What names a version for people and findings: its two times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VersionId {
    pub effective_from: Instant,
    pub known_from: Instant,
}

impl Version {
    pub fn id(&self) -> VersionId {
        VersionId { effective_from: self.effective_from, known_from: self.known_from }
    }
}

impl std::fmt::Display for VersionId {
    /// The start; with the time it became known where that differs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.effective_from.fmt(f)?;
        if self.known_from != self.effective_from { write!(f, "/known {}", self.known_from) } else { Ok(()) }
    }
}

/// A name a row answers to, strongest kind first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ModelName {
    Exact(String),
    Alias(String),
    /// Text before and after the one `*`.
    Pattern(String, String),
    /// Of several that hold the first row's counts.
    Rule(NameRule),
}

impl ModelName {
    /// As a person would write it.
    pub fn shown(&self) -> String {
        match self {
            ModelName::Exact(text) | ModelName::Alias(text) => text.clone(),
            ModelName::Pattern(before, after) => format!("{before}*{after}"),
            ModelName::Rule(rule) => rule.example(),
        }
    }
}

/// Which calls a row is for. An absent member holds for every call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matcher {
    pub models: Vec<ModelName>,
    pub group: Option<String>,
    pub provider: Option<String>,
    pub endpoint: Option<String>,
    pub region: Option<String>,
}

/// Money per `per` units of a meter.
type Rate = Exact;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageRate {
    pub size: Option<String>,
    pub quality: Option<String>,
    /// Per image.
    pub rate: Rate,
}

/// Rates per single unit (a token, an image, a second), already divided by the row's `per`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Components {
    pub rates: [Option<Rate>; METERS],
    pub images: Vec<ImageRate>,
    /// 1 where none is written.
    pub multiplier: Option<Exact>,
}

impl Components {
    pub fn rate(&self, meter: Meter) -> Option<Rate> {
        self.rates[meter.index()]
    }
}

/// One price of a model. A free row and a missing row are different things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceRow {
    pub matcher: Matcher,
    pub components: Components,
    pub variants: Vec<Variant>,
    pub free: bool,
    /// The least a call costs that consumed something.
    pub minimum: Option<Exact>,
    pub place: Place,
}

/// What is laid over a row when its condition holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    pub condition: Condition,
    pub components: Components,
    /// Variants that hold only inside this one (a batch rate above a context tier).
    pub nested: Vec<Variant>,
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Total input above (`inclusive`: from) a number of tokens.
    Context {
        tokens: i64,
        inclusive: bool,
    },
    Batch,
    ServiceTier(String),
    /// A named fact of the call's context, such as `speed` = `fast`.
    When {
        name: String,
        value: String,
    },
    Window(Window),
}

/// The kind of a condition, for telling which variants may hold at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum ConditionKind {
    Context,
    ServiceTier,
    Batch,
    When,
    Window,
}

impl Condition {
    pub(super) fn kind(&self) -> ConditionKind {
        match self {
            Condition::Context { .. } => ConditionKind::Context,
            Condition::Batch => ConditionKind::Batch,
            Condition::ServiceTier(_) => ConditionKind::ServiceTier,
            Condition::When { .. } => ConditionKind::When,
            Condition::Window(_) => ConditionKind::Window,
        }
    }

    /// The least total input that passes a context tier: `input_above = 9` and `input_from = 10` are one.
    pub fn least_input(&self) -> Option<i64> {
        match self {
            Condition::Context { tokens, inclusive } => Some(tokens.saturating_add(i64::from(!*inclusive))),
            _ => None,
        }
    }
}

impl std::fmt::Display for Condition {
    /// In words, for receipts: `input above 200000`, `batch`, `service tier flex`, `speed fast`, `window 16:30-00:30 UTC`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Condition::Context { tokens, inclusive: false } => write!(f, "input above {tokens}"),
            Condition::Context { tokens, inclusive: true } => write!(f, "input from {tokens}"),
            Condition::Batch => f.write_str("batch"),
            Condition::ServiceTier(name) => write!(f, "service tier {name}"),
            Condition::When { name, value } => write!(f, "{name} {value}"),
            Condition::Window(window) => write!(f, "window {window}"),
        }
    }
}

/// `default`, `standard` and `auto` are no service tier (or speed) of their own.
pub fn named_tier(tier: Option<&str>) -> Option<&str> {
    tier.filter(|t| !["default", "standard", "auto"].iter().any(|s| t.eq_ignore_ascii_case(s)))
}

/// Wall-clock minutes of the day, half-open, wrapping past midnight when `from` > `until`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    pub from_minute: u32,
    /// At most 1440, the end of the day.
    pub until_minute: u32,
    pub zone: Zone,
    /// Days on which it starts, Monday first.
    pub weekdays: [bool; 7],
    /// The first day on which it starts, and the day from which it no longer does.
    pub since: Option<Day>,
    pub before: Option<Day>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MultiplierOf {
    Group(String),
    Model(String),
    Account(String),
}

/// Times every component, not the minimum. Those that match multiply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceMultiplier {
    pub of: MultiplierOf,
    pub value: Exact,
    pub place: Place,
}

/// A validated book: versions ordered by (`effective_from`, `known_from`), no two with both equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Book {
    pub header: Header,
    pub versions: Vec<Version>,
}
