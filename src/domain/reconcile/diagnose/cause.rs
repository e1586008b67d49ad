//! What a cause is: data, and one function that supposes changes to a call's pricing.

use super::case::{Budget, Case};
use super::price_candidates::Books;
use crate::domain::call::Meter;
use crate::domain::money::{Amount, Representation};
use crate::domain::price::{PriceRow, Rounding, RoundingPlace, Version, VersionId};
use crate::domain::rating::Edit;

/// One known way to be wrong.
#[derive(Clone, Copy)]
pub(crate) struct Cause {
    pub(crate) code: &'static str,
    pub(crate) words: CauseWords,
    /// Two causes of one family are never supposed together.
    pub(crate) family: &'static str,
    /// The lower goes first where two causes that both show on the call cannot be told apart.
    pub(crate) rank: u8,
    pub(crate) nature: Nature,
    /// Whether it can explain an amount of 0.
    pub(crate) explains_zero: bool,
    /// What would decide where this cause is one of several.
    pub(crate) decided_by: &'static str,
    /// Whether the call has what the cause is about.
    pub(crate) applies: fn(&Case) -> bool,
    pub(crate) suppose: fn(&Scene) -> Vec<Hypothesis>,
}

/// What a cause is called, for people who have not read the manual.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CauseWords {
    /// For reports: a sentence without a full stop.
    pub(crate) sentence: &'static str,
    /// For a customer's statement: a few words in English. Empty where no statement proposes a correction
    /// for the cause.
    pub(crate) english: &'static str,
    /// The same in Chinese.
    pub(crate) chinese: &'static str,
}

impl CauseWords {
    /// Of what the causes of a family have in common.
    pub(crate) const NONE: CauseWords = CauseWords::of_reports("");

    /// Words of a cause that no statement names.
    pub(crate) const fn of_reports(sentence: &'static str) -> CauseWords {
        CauseWords { sentence, english: "", chinese: "" }
    }
}

/// What a call that is as expected says about a cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nature {
    /// Hits every like call; a matched one speaks against it.
    Systematic,
    /// Hits every like call for some time; only a matched one in that time speaks against it.
    Spell,
    /// Hits one call and not the next.
    Incidental,
    /// As systematic, but moves amounts so little that fitting one call says little.
    Slight,
}

/// What the calls of a cohort have in common, and what the book offers for them.
pub(crate) struct Scene<'s> {
    pub(crate) case: &'s Case<'s>,
    pub(crate) version: Option<&'s Version>,
    /// Rows of the version in force that answer to the model.
    pub(crate) rows: Vec<&'s PriceRow>,
    pub(crate) books: &'s Books<'s>,
    pub(crate) budget: &'s Budget,
}

impl Scene<'_> {
    pub(crate) fn at_source(&self) -> String {
        format!("source {}", self.case.source)
    }

    pub(crate) fn at_route(&self) -> String {
        let facts = &self.case.facts;
        let route: Vec<&str> = [facts.provider, facts.endpoint].into_iter().flatten().collect();
        if route.is_empty() { self.at_source() } else { format!("{}, route {}", self.at_source(), route.join("/")) }
    }

    /// What a gateway that does not tell meters apart from another gives: one component of them all. `None`
    /// where components are not rounded, and one component costs what several do.
    pub(crate) fn merged(&self, meters: &[Meter], into: Meter) -> Option<Vec<Edit>> {
        let by_component = |r: Rounding| r.at == RoundingPlace::Component;
        let merge = |from: &Meter| [Edit::CountAlso { from: *from, into }, Edit::Quantity { meter: *from, to: 0 }];
        let rounding = self.case.rater.book().header.rounding;
        rounding.is_some_and(by_component).then(|| meters.iter().flat_map(merge).collect())
    }

    pub(crate) fn at_model(&self) -> String {
        format!("{}, model {}", self.at_source(), self.case.facts.model)
    }
}

/// A change to a call's pricing that a cause supposes.
pub(crate) struct Hypothesis {
    /// What it is the case of; several where the book cannot tell them apart. The likeliest first.
    pub(crate) members: Vec<Member>,
    pub(crate) change: Change,
    /// The call itself shows what the cause needs (a flag, a status, cached tokens, a name).
    pub(crate) marked: bool,
    /// Whether it is tried together with others.
    pub(crate) pairs: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) origin: String,
    /// Which of the cause's ways, in words; the same words for every call it fits.
    pub(crate) variant: String,
    pub(crate) version: Option<VersionId>,
}

pub(crate) enum Change {
    /// The same for every call of the cohort.
    Fixed(Mutation),
    /// Made from the call's own figures; `None` where it does not concern the call.
    PerCall(fn(&Case) -> Option<Mutation>),
}

/// Prices a call otherwise, and then does something else with the amount.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mutation {
    pub(crate) edits: Vec<Edit>,
    pub(crate) after: Vec<After>,
}

/// What happens to the rated amount on its way into the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// Times 10^n, in the book's unit.
    Shift(i32),
    /// The book's unit is taken for the compared one.
    Unconverted,
    /// The source writes it down otherwise than declared.
    Written(Representation),
    /// At least this, in the compared unit, where there is anything.
    AtLeast(Amount),
    /// Written down twice.
    Twice,
    /// Something else on top, in the compared unit.
    Plus(Amount),
    /// This figure, whatever the price.
    Is(Amount),
}

impl Hypothesis {
    /// A hypothesis that the call shows, tried alone and in pairs.
    pub(crate) fn new(origin: String, variant: &str, edits: Vec<Edit>) -> Hypothesis {
        Hypothesis::changing(origin, variant, Change::Fixed(Mutation { edits, after: Vec::new() }))
    }

    pub(crate) fn after(origin: String, variant: &str, after: Vec<After>) -> Hypothesis {
        Hypothesis::changing(origin, variant, Change::Fixed(Mutation { edits: Vec::new(), after }))
    }

    pub(crate) fn per_call(origin: String, variant: &str, change: fn(&Case) -> Option<Mutation>) -> Hypothesis {
        Hypothesis::changing(origin, variant, Change::PerCall(change))
    }

    fn changing(origin: String, variant: &str, change: Change) -> Hypothesis {
        let member = Member { origin, variant: variant.to_owned(), version: None };
        Hypothesis { members: vec![member], change, marked: true, pairs: true }
    }

    /// Nothing on the call itself hints at it.
    pub(crate) fn unmarked(mut self) -> Hypothesis {
        self.marked = false;
        self
    }

    /// Never tried together with others.
    pub(crate) fn alone(mut self) -> Hypothesis {
        self.pairs = false;
        self
    }
}

impl Mutation {
    pub(crate) fn edits(edits: Vec<Edit>) -> Mutation {
        Mutation { edits, after: Vec::new() }
    }

    pub(crate) fn after(after: After) -> Mutation {
        Mutation { edits: Vec::new(), after: vec![after] }
    }
}
