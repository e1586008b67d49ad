//! The repricer a case lies on while it is priced otherwise: each pricing is done once.

use super::case::Case;
use super::cause::{After, Change, Hypothesis, Mutation};
use crate::domain::money::{Amount, Ratio};
use crate::domain::rating::Edit;

/// Prices one case under many changes. Pricings without edits in common are not repeated.
pub(crate) struct Repricer<'c> {
    pub(crate) case: &'c Case<'c>,
    priced: Vec<(Vec<Edit>, Option<Amount>)>,
    /// How many times the call was re-rated.
    pub(crate) spent: u64,
}

impl<'c> Repricer<'c> {
    pub(crate) fn new(case: &'c Case<'c>) -> Repricer<'c> {
        Repricer { case, priced: Vec::new(), spent: 0 }
    }

    /// What the hypothesis changes for this case.
    pub(crate) fn mutation(&self, hypothesis: &Hypothesis) -> Option<Mutation> {
        match &hypothesis.change {
            Change::Fixed(mutation) => Some(mutation.clone()),
            Change::PerCall(change) => change(self.case),
        }
    }

    /// What the source would have written, in the compared unit; `None` where it has no price.
    pub(crate) fn amount(&mut self, mutation: &Mutation) -> Option<Amount> {
        if self.case.is_spared() && !mutation.edits.contains(&Edit::AsSuccess) && !mutation.after.is_empty() {
            return None;
        }
        if let Some(figure) = mutation.after.iter().find_map(|a| if let After::Is(f) = a { Some(*f) } else { None }) {
            return Some(figure);
        }
        let rated = self.rated(&mutation.edits)?;
        written(self.case, rated, &mutation.after)
    }

    /// The amount under a hypothesis; `None` where it does not concern the case or has no price.
    pub(crate) fn suppose(&mut self, hypothesis: &Hypothesis) -> Option<Amount> {
        match &hypothesis.change {
            Change::Fixed(mutation) => self.amount(mutation),
            Change::PerCall(change) => change(self.case).and_then(|mutation| self.amount(&mutation)),
        }
    }

    fn rated(&mut self, edits: &[Edit]) -> Option<Amount> {
        if let Some(known) = self.priced.iter().find(|p| p.0 == edits) {
            return known.1;
        }
        self.spent += 1;
        let amount = self.case.rater.price(&self.case.facts, edits).ok().map(|quote| quote.amount);
        self.priced.push((edits.to_vec(), amount));
        amount
    }

    /// As [`Repricer::amount`], without remembering: for the many pairs that are tried once.
    pub(crate) fn amount_once(&mut self, mutation: &Mutation) -> Option<Amount> {
        if let Some(known) = self.priced.iter().find(|p| p.0 == mutation.edits) {
            return written(self.case, known.1?, &mutation.after);
        }
        self.spent += 1;
        let rated = self.case.rater.price(&self.case.facts, &mutation.edits).ok()?.amount;
        written(self.case, rated, &mutation.after)
    }
}

/// The way of a rated amount into the log.
fn written(case: &Case, rated: Amount, after: &[After]) -> Option<Amount> {
    let (mut amount, mut ratio, mut representation) = (rated, case.ratio, case.representation);
    for step in after {
        match step {
            After::Shift(power) => amount = Amount::from_exact(amount.to_exact().shifted(*power)?)?,
            After::Unconverted => ratio = Ratio::ONE,
            After::Written(other) => representation = *other,
            After::AtLeast(_) | After::Twice | After::Plus(_) | After::Is(_) => {}
        }
    }
    let mut there = representation.of(ratio, amount)?;
    for step in after {
        match step {
            After::AtLeast(least) if amount.is_positive() => there = there.max(*least),
            After::Twice => there = there.checked_mul(2)?,
            After::Plus(more) => there = there.checked_add(*more)?,
            _ => {}
        }
    }
    Some(there)
}
