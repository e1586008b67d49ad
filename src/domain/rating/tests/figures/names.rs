//! Which row of which book answers.

use super::*;

#[test]
fn served_where_the_book_says_so() {
    let book = |price_by| {
        let rows = vec![seed(), row("n", components(&[(Input, "1")]))];
        rater(Header { price_by, ..header() }, vec![version(OCT, rows)])
    };
    let served = Call { model_served: Some("n".to_owned()), ..call(&[(Input, 2)]) };
    check(book(PriceBy::Billed), &served, "0.000005");
    check(book(PriceBy::Served), &served, "2");
    check(book(PriceBy::Served), &call(&[(Input, 2)]), "0.000005");
}

#[test]
fn a_tie_between_patterns_is_unpriced() {
    let pattern = |before: &str, after: &str| {
        let mut row = seed();
        row.matcher.models = vec![ModelName::Pattern(before.to_owned(), after.to_owned())];
        row
    };
    let used = Call { model: "ab".to_owned(), ..call(&[(Input, 1_000_000)]) };
    check(rows(vec![pattern("a", ""), pattern("", "b")]), &used, "tie");
    check(rows(vec![pattern("ab", ""), pattern("", "b")]), &used, "2.5");
}

/// Calls of a batch were once taken for alike where no row names their providers, though rules make them different
/// ones: each cost what the first of them did.
#[test]
fn rules_say_which_provider_is_meant() {
    let of = |provider: &str, rate| {
        let mut row = row("m", components(&[(Input, rate)]));
        row.matcher.provider = Some(provider.to_owned());
        row
    };
    let rule = |id: &str, names: &str| ProviderRule {
        id: id.to_owned(),
        names: Some(NameRule::Contains(names.to_owned())),
        models: None,
        place: samples::place(1),
    };
    let mut version = version(OCT, vec![of("azure", "3"), of("google", "5")]);
    version.providers = vec![rule("azure", "msft"), rule("google", "vertex")];
    let by = |provider: &str| Call { provider: Some(provider.to_owned()), ..call(&[(Input, 1)]) };
    let calls = one_row(&["azure", "google", "msft-eu", "Vertex", "other"].map(by));
    let charges = rate(&[rater(header(), vec![version])], &calls, &Assignment::default());
    assert_eq!(charges.amount.map_each(), ["3", "5", "3", "5", "0"]);
    assert_eq!(charges.status(4), &ChargeStatus::Unpriced(Unpriced::NoRow));
}

#[test]
fn a_calls_group_beats_its_accounts() {
    let mut version = version(OCT, vec![seed()]);
    for (name, value) in [("vip", "0.5"), ("staff", "0")] {
        version.multipliers.push(multiplier(MultiplierOf::Group(name.to_owned()), value));
    }
    let raters = [rater(header(), vec![version])];
    let own = Call { group: Some("vip".to_owned()), ..call(&[(Input, 1_000_000)]) };
    let calls = one_row(&[own.clone(), Call { group: None, ..own.clone() }, Call { group: None, ..own }]);
    let groups = vec![None, Some("staff".to_owned())];
    let assigned = Assignment { book: vec![0; 3], group: vec![1; 3], groups };
    let charges = rate(&raters, &calls, &assigned);
    let amounts: Vec<String> = charges.amount.iter().map(ToString::to_string).collect();
    assert_eq!(amounts, ["1.25", "0", "0"]);
    let none = rate(&raters, &calls, &Assignment { group: vec![0; 3], ..assigned });
    assert_eq!(none.amount[1].to_string(), "2.5");
}

#[test]
fn an_account_may_have_another_book() {
    let dear = rater(header(), vec![version(OCT, vec![row("m", components(&[(Input, "1")]))])]);
    let raters = [rows(vec![seed()]), dear];
    let calls = one_row(&[call(&[(Input, 2)]), Call { account_id: "bob".to_owned(), ..call(&[(Input, 2)]) }]);
    let assigned = Assignment { book: vec![0, 1], ..Assignment::default() };
    let charges = rate(&raters, &calls, &assigned);
    assert_eq!(charges.amount.map_each(), ["0.000005", "2"]);
}

trait MapEach {
    fn map_each(&self) -> Vec<String>;
}
impl MapEach for Vec<Amount> {
    fn map_each(&self) -> Vec<String> {
        self.iter().map(ToString::to_string).collect()
    }
}

#[test]
fn a_multiplier_for_a_model_reaches_its_alias() {
    let mut aliased = seed();
    aliased.matcher.models.push(ModelName::Alias("latest".to_owned()));
    let mut version = version(OCT, vec![aliased]);
    version.multipliers.push(multiplier(MultiplierOf::Model("m".to_owned()), "2"));
    let book = || rater(header(), vec![version.clone()]);
    check(book(), &call(&[(Input, 1_000_000)]), "5");
    check(book(), &Call { model: "latest".to_owned(), ..call(&[(Input, 1_000_000)]) }, "5");
}

#[test]
fn the_version_in_force_is_named_also_where_nothing_is_due() {
    let calls = one_row(&[Call { status: Some(403), outcome: Outcome::Error, usage: None, ..call(&[]) }]);
    let rater = rows(vec![seed()]);
    let facts = CallAttributes::of_row(&calls, 0, None);
    assert_eq!(rater.version_for(&facts).map(|v| v.effective_from), Some(at(OCT)));
    assert_eq!(rater.price(&facts, &[]).map(|q| (q.version, q.sum)), Ok((rater.version_for(&facts), Exact::ZERO)));
}
