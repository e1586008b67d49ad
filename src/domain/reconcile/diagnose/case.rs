//! What diagnosis is asked, and what it answers.

use std::collections::BTreeMap;

use crate::domain::call::{Meter, Outcome, Usage};
use crate::domain::money::{Amount, Ratio, Representation};
use crate::domain::period::Instant;
use crate::domain::price::VersionId;
use crate::domain::rating::{CallAttributes, Rater};
use crate::domain::reconcile::findings::finding::{Certainty, Finding};

/// A call whose recorded (or posted) amount is to be explained.
#[derive(Clone, Debug)]
pub(crate) struct Case<'a> {
    /// The call's id; it only breaks ties of order, so that any order of cases gives the same answer.
    pub(crate) key: &'a str,
    pub(crate) source: &'a str,
    pub(crate) facts: CallAttributes<'a>,
    pub(crate) rater: &'a Rater,
    /// The amount to reproduce, in the compared unit; debits positive.
    pub(crate) target: Amount,
    /// What it should have been, in the compared unit, as the source would have written it.
    pub(crate) expected: Amount,
    /// From the book's unit to the compared one.
    pub(crate) ratio: Ratio,
    pub(crate) representation: Representation,
    pub(crate) stream: Option<bool>,
    pub(crate) service_tier_requested: Option<&'a str>,
    /// What the row says the provider took, in the compared unit.
    pub(crate) upstream_cost: Option<Amount>,
    /// Whether the gateway says it guessed the usage.
    pub(crate) estimated: bool,
    /// Of a matched call: how many like it there are.
    pub(crate) stands_for: u64,
}

/// What else is known while diagnosing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Context<'a> {
    /// Calls of the same days that are as expected (`target` = `expected`). They are never diagnosed;
    /// a cause that should have hit them too loses against one that should not.
    pub(crate) matched: &'a [Case<'a>],
    /// Model names and groups that occur in the log, beyond those of the cases.
    pub(crate) models: &'a [&'a str],
    pub(crate) groups: &'a [&'a str],
    /// The most decimal places that log or ledger has of a source's amounts other than 0.
    pub(crate) places: BTreeMap<&'a str, u32>,
    pub(crate) budget: Budget,
}

/// How far the search goes. What is left unsearched is said in the evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Budget {
    /// Re-ratings of calls that no cause found in their cohort explains.
    pub(crate) reratings: u64,
    /// Cases of a cohort that are searched first, spread over it.
    pub(crate) sample: usize,
    /// Differently priced models and versions tried for a call.
    pub(crate) models: usize,
    pub(crate) versions: usize,
}

impl Default for Budget {
    fn default() -> Budget {
        Budget { reratings: 500_000, sample: 8, models: 500, versions: 64 }
    }
}

/// Why an amount is what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Diagnosis {
    /// A code, or `a+b` in alphabetical order; empty where ambiguous or unexplained.
    pub(crate) cause: String,
    /// Where the cause comes from; the same for every call of one incident.
    pub(crate) origin: String,
    pub(crate) certainty: Certainty,
    /// Every cause that could not be ruled out, in alphabetical order.
    pub(crate) candidates: Vec<String>,
    /// The version that reproduces the amount, where the cause is one of versions.
    pub(crate) version_matched: Option<VersionId>,
    /// Facts a person would want to see, by name, in a fixed order.
    pub(crate) evidence: Vec<(String, String)>,
}

impl Diagnosis {
    /// Writes the diagnosis onto a finding; evidence the finding already has stays in front.
    #[must_use]
    pub(crate) fn onto(&self, finding: Finding) -> Finding {
        let mut finding = finding.because(&self.cause, &self.origin, self.certainty);
        finding.candidates = if self.candidates.len() > 1 { self.candidates.clone() } else { Vec::new() };
        finding.version_matched = self.version_matched.map(|v| v.to_string());
        finding.evidence.extend(self.evidence.iter().cloned());
        finding
    }
}

impl Case<'_> {
    pub(crate) fn usage(&self) -> Option<&Usage> {
        self.facts.usage.as_ref()
    }

    pub(crate) fn quantity(&self, meter: Meter) -> i64 {
        self.usage().map_or(0, |u| u.get(meter))
    }

    pub(crate) fn has(&self, meters: &[Meter]) -> bool {
        meters.iter().any(|m| self.quantity(*m) > 0)
    }

    /// The name the book prices.
    pub(crate) fn priced_model(&self) -> &str {
        self.rater.book().header.price_by.of(self.facts.model, self.facts.model_served)
    }

    /// The instant that chooses the version.
    pub(crate) fn price_instant(&self) -> Instant {
        self.rater.price_instant(&self.facts)
    }

    pub(crate) fn went_well(&self) -> bool {
        self.facts.outcome == Outcome::Ok && !self.facts.refusal
    }

    /// Whether the call costs nothing because of how it went: only what takes that away explains an amount.
    pub(crate) fn is_spared(&self) -> bool {
        self.expected.is_zero() && (self.facts.cache_hit || !self.went_well())
    }

    pub(crate) fn is_unexpected(&self, amount: Amount) -> bool {
        !self.representation.same(amount, self.expected)
    }

    pub(crate) fn reproduces(&self, amount: Amount) -> bool {
        self.representation.same(self.target, amount) && self.is_unexpected(amount)
    }
}
