//! Diagnosis by counterfactual: why a recorded amount is not the expected one.
//!
//! Every known way to be wrong is a [`cause::Cause`]: data and one function that supposes changes to
//! the pricing of a call. A cause is a candidate where the changed price reproduces the amount exactly
//! as its source would have written it. What several calls have in common then decides between
//! candidates: support over distinct amounts, matched calls that speak against, marks on the call.
//! Adding a cause touches one file in `causes/` and its line in the table there.
//!
//! The answer does not depend on the order of the cases. Knows nothing of: where cases come from, how
//! a price is computed ([`Rater::price`](crate::domain::rating::Rater::price) does that), legs, classes.

mod case;
mod cause;
mod causes;
mod chance;
mod cohort;
mod cohort_search;
mod decide;
mod explanation;
mod pairs;
mod price_candidates;
mod repricer;
mod same_price;
mod search;
#[cfg(test)]
mod tests;
mod tie_break;

pub(crate) use case::{Budget, Case, Context, Diagnosis};
pub(crate) use cause::CauseWords;
pub(crate) use causes::catalogue;
pub use causes::codes as cause_codes;

use explanation::Labels;

/// Names the cause of each case's amount; the result is aligned with `cases`.
///
/// Cases may come from several sources and books. A case whose target is its expected amount belongs
/// into [`Context::matched`]; as a case it is answered as unexplained.
pub(crate) fn diagnose(cases: &[Case], context: &Context) -> Vec<Diagnosis> {
    let case_set = cohort::CaseSet::new(cases, context);
    let mut labels = Labels::default();
    let findings = search::search(&case_set, &context.budget, &mut labels);
    decide::decide(&case_set, &labels, &findings)
}
