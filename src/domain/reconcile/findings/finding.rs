//! A finding: one difference or broken rule, with a stable id.

use sha2::{Digest, Sha256};

use crate::domain::ledger::Posting;
use crate::domain::money::Amount;
use crate::domain::period::Instant;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Leg {
    Usage,
    Charge,
    Posting,
    Balance,
    Policy,
    Funding,
}

impl Leg {
    pub const ALL: [Leg; 6] = [Leg::Usage, Leg::Charge, Leg::Posting, Leg::Balance, Leg::Policy, Leg::Funding];

    pub fn name(self) -> &'static str {
        match self {
            Leg::Usage => "usage",
            Leg::Charge => "charge",
            Leg::Posting => "posting",
            Leg::Balance => "balance",
            Leg::Policy => "policy",
            Leg::Funding => "funding",
        }
    }
}

macro_rules! classes {
    ($($variant:ident = $name:literal),* $(,)?) => {
        /// What a row of a leg is. In the charge and posting legs the classes partition the rows and
        /// come in the order in which they are tried; elsewhere the class is the rule that broke.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Class { $($variant),* }

        impl Class {
            pub const ALL: &'static [Class] = &[$(Class::$variant),*];

            pub fn name(self) -> &'static str {
                match self { $(Class::$variant => $name),* }
            }
        }
    };
}

classes! {
    NotCompared = "not_compared",
    Undecided = "undecided",
    DuplicateCall = "duplicate_call",
    Unpriced = "unpriced",
    DuplicatePosting = "duplicate_posting",
    WrongAccount = "wrong_account",
    Pending = "pending",
    NotPosted = "not_posted",
    NoCall = "no_call",
    AmountMismatch = "amount_mismatch",
    WithinTolerance = "within_tolerance",
    Timing = "timing",
    Matched = "matched",
    UsageOverlap = "usage_overlap",
    BalanceBreak = "balance_break",
    ServedAtZero = "served_at_zero",
    Overrun = "overrun",
    OverQuota = "over_quota",
    KeyExpired = "key_expired",
    KeyDisabled = "key_disabled",
    OtherSupplier = "other_supplier",
    KeyOfOtherAccount = "key_of_other_account",
    PackageNotValid = "package_not_valid",
    RefusedWithBalance = "refused_with_balance",
    LastUsedMismatch = "last_used_mismatch",
    ForbiddenKind = "forbidden_kind",
    TopUpMismatch = "top_up_mismatch",
    ReferenceTwice = "reference_twice",
    PayoutAbovePaid = "payout_above_paid",
    PostingConflict = "posting_conflict",
}

impl Class {
    pub fn from_name(name: &str) -> Option<Class> {
        Class::ALL.iter().copied().find(|c| c.name() == name)
    }

    /// Counted only; every other class makes a finding.
    pub fn is_quiet(self) -> bool {
        matches!(self, Class::Matched | Class::WithinTolerance | Class::Timing | Class::Pending)
    }
}

/// How sure the named cause is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Certainty {
    /// One candidate, and an accidental fit is implausible.
    Exact,
    /// One candidate, thin evidence.
    Suspected,
    /// Several candidates, listed.
    Ambiguous,
    /// No candidate fits.
    Unexplained,
}

impl Certainty {
    pub const ALL: [Certainty; 4] =
        [Certainty::Exact, Certainty::Suspected, Certainty::Ambiguous, Certainty::Unexplained];

    pub fn name(self) -> &'static str {
        match self {
            Certainty::Exact => "exact",
            Certainty::Suspected => "suspected",
            Certainty::Ambiguous => "ambiguous",
            Certainty::Unexplained => "unexplained",
        }
    }

    pub fn from_name(name: &str) -> Option<Certainty> {
        Certainty::ALL.into_iter().find(|c| c.name() == name)
    }
}

/// One difference or broken rule. Debits are positive in `expected`, `recorded` and `posted`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub finding_id: String,
    pub incident_id: String,
    pub leg: Leg,
    pub class: Class,
    /// A code in snake_case, or `a+b` in alphabetical order; empty where unexplained.
    pub cause: String,
    /// Where the cause comes from (a version, a model, a route, an hour); part of the incident.
    pub origin: String,
    pub certainty: Certainty,
    /// Every cause that fits, where several do.
    pub candidates: Vec<String>,
    pub source: Option<String>,
    pub account_id: Option<String>,
    pub api_key_id: Option<String>,
    pub wallet: Option<String>,
    pub call_id: Option<String>,
    pub attempt: Option<u32>,
    pub posting_id: Option<String>,
    pub at: Option<Instant>,
    /// Bounds of a balance finding.
    pub from: Option<Instant>,
    pub until: Option<Instant>,
    pub unit: Option<String>,
    pub expected: Option<Amount>,
    pub recorded: Option<Amount>,
    pub posted: Option<Amount>,
    pub difference: Option<Amount>,
    pub version_in_force: Option<String>,
    /// The version that reproduces the amount, where the cause is one of versions.
    pub version_matched: Option<String>,
    /// Facts a person would want to see, by name, in a fixed order.
    pub evidence: Vec<(String, String)>,
}

impl Finding {
    /// A finding with only what every finding has; its id is derived from leg, key and rule.
    ///
    /// `key` names the row the rule is about (a call, a posting, a wallet and instant); `rule` is the
    /// leg's own rule, so that the class of a row may change while the id stays.
    pub fn new(leg: Leg, class: Class, rule: &str, key: &[&str]) -> Finding {
        Finding {
            finding_id: finding_id(leg, rule, key),
            incident_id: String::new(),
            leg,
            class,
            cause: String::new(),
            origin: String::new(),
            certainty: Certainty::Unexplained,
            candidates: Vec::new(),
            source: None,
            account_id: None,
            api_key_id: None,
            wallet: None,
            call_id: None,
            attempt: None,
            posting_id: None,
            at: None,
            from: None,
            until: None,
            unit: None,
            expected: None,
            recorded: None,
            posted: None,
            difference: None,
            version_in_force: None,
            version_matched: None,
            evidence: Vec::new(),
        }
    }

    /// About one posting, with what it says; `key` names it.
    pub fn of_posting(leg: Leg, class: Class, rule: &str, key: &[&str], p: &Posting) -> Finding {
        let mut finding = Finding::new(leg, class, rule, key);
        finding.account_id = Some(p.account_id.to_string());
        finding.api_key_id = p.api_key_id.as_deref().map(str::to_owned);
        finding.wallet = Some(p.wallet.to_string());
        finding.call_id.clone_from(&p.call_id);
        finding.attempt = p.attempt;
        finding.posting_id = Some(p.posting_id.clone());
        finding.at = Some(p.posted_at);
        finding.unit = Some(p.unit.to_string());
        finding.posted = Some(-p.amount);
        finding
    }

    /// Names the cause, where it comes from and how sure it is; sets the incident.
    #[must_use]
    pub fn because(mut self, cause: &str, origin: &str, certainty: Certainty) -> Finding {
        self.cause = cause.to_owned();
        self.origin = origin.to_owned();
        self.certainty = certainty;
        self.incident_id = incident_id(cause, origin);
        self
    }

    /// Adds a fact; of several of one name the later ones are numbered, so that each has a name of its own.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Finding {
        let is_new = |known: &String| !self.evidence.iter().any(|(name, _)| name == known);
        let numbered = (2..).map(|n| format!("{name}_{n}"));
        if let Some(free) = std::iter::once(name.to_owned()).chain(numbered).find(is_new) {
            self.evidence.push((free, value.to_string()));
        }
        self
    }
}

fn short_hash(prefix: &str, parts: &[&str]) -> String {
    let mut h = Sha256::new();
    for part in parts {
        h.update((part.len() as u64).to_le_bytes());
        h.update(part.as_bytes());
    }
    let mut id = String::from(prefix);
    for byte in &h.finalize()[..10] {
        for digit in [byte >> 4, byte & 15] {
            id.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
    }
    id
}

/// Hash of leg, rule and key.
pub fn finding_id(leg: Leg, rule: &str, key: &[&str]) -> String {
    let mut parts = vec![leg.name(), rule];
    parts.extend(key);
    short_hash("f-", &parts)
}

/// Hash of cause and origin.
pub fn incident_id(cause: &str, origin: &str) -> String {
    short_hash("i-", &[cause, origin])
}
