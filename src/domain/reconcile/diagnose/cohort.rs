//! Cases that share everything a hypothesis is made from, in an order that is only theirs.

use std::collections::BTreeMap;

use super::case::{Budget, Case, Context};
use super::cause::{Cause, Hypothesis, Scene};
use super::causes::catalogue;
use super::price_candidates::{Books, rows_for};
use crate::domain::call::{METERS, Outcome};
use crate::domain::money::Amount;
use crate::domain::period::Instant;
use crate::domain::price::VersionId;

/// Every case in canonical order, and the cohorts they fall into.
pub(crate) struct CaseSet<'a> {
    /// In canonical order; everything below speaks of positions in here.
    pub(crate) cases: Vec<&'a Case<'a>>,
    /// Where each was in what the caller gave.
    pub(crate) given: Vec<usize>,
    pub(crate) cohorts: Vec<Cohort<'a>>,
    pub(crate) books: Books<'a>,
    /// The version in force for each case.
    pub(crate) versions: Vec<Option<VersionId>>,
    /// For each case a number that is the same for equal amounts of one source, expected and target.
    pub(crate) amounts: Vec<u32>,
    /// The most decimal places that a source wrote, of what is not 0.
    pub(crate) places: BTreeMap<&'a str, u32>,
    /// When calls that cost something were charged as expected, by source and model, in order.
    pub(crate) right: BTreeMap<(&'a str, &'a str), Vec<Instant>>,
}

pub(crate) struct Cohort<'a> {
    pub(crate) members: Vec<usize>,
    pub(crate) matched: Vec<&'a Case<'a>>,
}

/// What a hypothesis may depend on without looking at a call's figures.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key<'a> {
    source: &'a str,
    book: &'a str,
    model: &'a str,
    served: Option<&'a str>,
    /// Provider, endpoint, region, and what else the call says of itself.
    route: [Option<&'a str>; 4],
    tiers: [Option<&'a str>; 2],
    group: Option<&'a str>,
    stream: Option<bool>,
    outcome: Outcome,
    flags: [bool; 5],
    version: Option<VersionId>,
}

fn key<'a>(case: &'a Case<'a>, version: Option<VersionId>) -> Key<'a> {
    let facts = &case.facts;
    Key {
        source: case.source,
        book: &case.rater.book().header.id,
        model: facts.model,
        served: facts.model_served,
        route: [facts.provider, facts.endpoint, facts.region, facts.context],
        tiers: [facts.service_tier, case.service_tier_requested],
        group: facts.group,
        stream: case.stream,
        outcome: facts.outcome,
        flags: [facts.batch, facts.cache_hit, facts.refusal, case.ratio.is_one(), case.upstream_cost.is_some()],
        version,
    }
}

/// Time first, so that samples are spread over it; the rest makes the order independent of the caller's.
fn order<'a>(case: &Case<'a>) -> (&'a str, i64, &'a str, Amount, Amount, &'a str, Option<[i64; METERS]>) {
    let facts = &case.facts;
    let usage = facts.usage.as_ref().map(|u| u.quantity);
    (case.source, case.price_instant().micros(), facts.account_id, case.target, case.expected, case.key, usage)
}

impl<'a> CaseSet<'a> {
    pub(crate) fn new(given: &'a [Case<'a>], context: &Context<'a>) -> CaseSet<'a> {
        let mut positions: Vec<usize> = (0..given.len()).collect();
        positions.sort_by(|a, b| order(&given[*a]).cmp(&order(&given[*b])));
        let cases: Vec<&Case> = positions.iter().map(|p| &given[*p]).collect();
        let versions: Vec<Option<VersionId>> = cases.iter().map(|c| c.rater.version_for(&c.facts)).collect();
        let mut groups: BTreeMap<Key, Cohort> = BTreeMap::new();
        for (at, case) in cases.iter().copied().enumerate() {
            let empty = || Cohort { members: Vec::new(), matched: Vec::new() };
            groups.entry(key(case, versions[at])).or_insert_with(empty).members.push(at);
        }
        let mut matched: Vec<&Case> = context.matched.iter().collect();
        matched.sort_by(|a, b| order(a).cmp(&order(b)));
        let mut right: BTreeMap<(&str, &str), Vec<Instant>> = BTreeMap::new();
        for case in matched.iter().filter(|case| case.expected.is_positive()) {
            right.entry((case.source, case.facts.model)).or_default().push(case.price_instant());
        }
        for case in matched {
            if let Some(cohort) = groups.get_mut(&key(case, case.rater.version_for(&case.facts))) {
                cohort.matched.push(case);
            }
        }
        CaseSet {
            amounts: number_amounts(&cases),
            books: Books::new(&cases, context),
            cohorts: groups.into_values().collect(),
            right,
            places: context.places.clone(),
            given: positions,
            cases,
            versions,
        }
    }

    /// Everything that can be supposed about a cohort, in the order of the catalogue.
    pub(crate) fn hypotheses(&self, cohort: &Cohort, budget: &Budget) -> Vec<(&'static Cause, Hypothesis)> {
        let Some(first) = cohort.members.first() else { return Vec::new() };
        let case = self.cases[*first];
        let book = case.rater.book();
        let version = self.versions[*first].and_then(|id| book.versions.iter().find(|v| v.id() == id));
        let rows = version.map(|v| rows_for(v, case.priced_model())).unwrap_or_default();
        let scene = Scene { case, version, rows, books: &self.books, budget };
        catalogue()
            .filter(|cause| cohort.members.iter().any(|at| (cause.applies)(self.cases[*at])))
            .flat_map(|cause| (cause.suppose)(&scene).into_iter().map(move |hypothesis| (cause, hypothesis)))
            .collect()
    }
}

fn number_amounts(cases: &[&Case]) -> Vec<u32> {
    let mut numbers = BTreeMap::new();
    let mut next = 0u32;
    cases
        .iter()
        .map(|case| {
            *numbers.entry((case.source, case.expected, case.target)).or_insert_with(|| {
                next += 1;
                next - 1
            })
        })
        .collect()
}

/// At most `count` of them, evenly spread, the first and the last among them.
pub(crate) fn spread(members: &[usize], count: usize) -> Vec<usize> {
    if members.len() <= count {
        return members.to_vec();
    }
    let last = members.len() - 1;
    (0..count).map(|i| members[i * last / (count - 1).max(1)]).collect()
}
