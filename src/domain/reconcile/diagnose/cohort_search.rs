//! What both ways of searching a cohort share: what is tried, what was found, what may be spent.

use std::collections::BTreeSet;

use super::case::Case;
use super::cause::{Cause, Hypothesis, Mutation};
use super::cohort::{CaseSet, Cohort};
use super::explanation::LabelId;
use super::repricer::Repricer;
use crate::domain::money::Amount;

/// What the search found out about one case.
#[derive(Clone, Default)]
pub(crate) struct Found {
    pub(crate) fits: Vec<Fit>,
    /// How many different amounts were tried on it, or on the calls like it that were searched whole.
    pub(crate) tried: u64,
    /// The supposition that came nearest, in words, and what it gives.
    pub(crate) closest: Option<(String, Amount)>,
    /// The budget ended before everything was tried.
    pub(crate) cut_short: bool,
}

/// A label that reproduces a case's amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fit {
    pub(crate) label: LabelId,
    pub(crate) marked: bool,
    /// A matched call of the same cohort speaks against it.
    pub(crate) contradicted: bool,
    /// Position of the fit's hypothesis in its cohort, to try it on other calls; `None` for a pair.
    pub(crate) hypothesis: Option<usize>,
}

pub(crate) type Suppositions = Vec<(&'static Cause, Hypothesis)>;

/// What is known of one cohort while it is searched.
pub(crate) struct Table<'d> {
    pub(crate) case_set: &'d CaseSet<'d>,
    pub(crate) cohort: &'d Cohort<'d>,
    pub(crate) suppositions: Suppositions,
}

/// Re-ratings that may still be spent on single cases.
pub(crate) struct RerateBudget {
    pub(crate) left: u64,
    shares: u64,
}

impl RerateBudget {
    pub(crate) fn new(left: u64, shares: usize) -> RerateBudget {
        RerateBudget { left, shares: shares as u64 }
    }

    /// The next cohort's fair share; what others did not spend is shared out too.
    pub(crate) fn share(&mut self) -> u64 {
        let share = self.left / self.shares.max(1);
        self.shares = self.shares.saturating_sub(1);
        share
    }

    pub(crate) fn pay(&mut self, spent: u64) {
        self.left = self.left.saturating_sub(spent);
    }
}

/// Whether a cause is tried on a case at all.
pub(crate) fn concerns(cause: &Cause, case: &Case) -> bool {
    (cause.applies)(case) && (cause.explains_zero || !case.target.is_zero())
}

/// The mutations of a cohort's hypotheses that change a case's amount (or a case that costs nothing),
/// each amount once a cause: what pairs are made from.
pub(crate) fn mutations(table: &Table, repricer: &mut Repricer) -> Vec<(usize, Mutation)> {
    let (mut all, mut known) = (Vec::new(), BTreeSet::new());
    for (index, (cause, hypothesis)) in table.suppositions.iter().enumerate() {
        if !hypothesis.pairs || !concerns(cause, repricer.case) {
            continue;
        }
        let Some(mutation) = repricer.mutation(hypothesis) else { continue };
        let Some(amount) = repricer.amount(&mutation) else { continue };
        let changes = repricer.case.expected.is_zero()
            || (repricer.case.is_unexpected(amount) && known.insert((cause.code, amount)));
        if changes {
            all.push((index, mutation));
        }
    }
    all
}
