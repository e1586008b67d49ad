use super::super::samples::{at, components, header, place, row, variant, version, x};
use super::super::{Book, Condition, Matcher, ModelName, NameRule, PriceRow};
use super::*;
use crate::domain::call::Meter::{CacheRead, Input, Output};

const TIMES: [&str; 3] = ["2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"];

fn kinds(versions: Vec<Vec<PriceRow>>) -> Vec<RemarkKind> {
    let versions = versions.into_iter().zip(TIMES).map(|(rows, from)| version(from, rows)).collect();
    let book = Book::new(header(), versions).expect("a book");
    book.lint().into_iter().map(|remark| remark.kind).collect()
}

fn priced(model: &str, input: &str, output: &str) -> PriceRow {
    row(model, components(&[(Input, input), (Output, output)]))
}

fn named(names: Vec<ModelName>) -> PriceRow {
    let mut row = priced("x", "1", "2");
    row.matcher = Matcher { models: names, ..Matcher::default() };
    row
}

#[test]
fn an_ordinary_book_has_no_remarks() {
    let rows = || vec![priced("a", "1", "4"), priced("b", "0.5", "2")];
    assert_eq!(kinds(vec![rows(), rows()]), []);
}

#[test]
fn prices_out_of_proportion() {
    let relation = |rate: &str, other: &str| RemarkKind::Relation {
        meter: Output,
        rate: x(rate),
        beside: Input,
        other: x(other),
        under: String::new(),
    };
    assert_eq!(kinds(vec![vec![priced("a", "15", "2.5")]]), [relation("2.5", "15")]);
    assert_eq!(kinds(vec![vec![priced("a", "0.3", "15")]]), [relation("15", "0.3")]);
    assert_eq!(kinds(vec![vec![priced("a", "0.3", "14.9")]]), []);
    let dear_cache = row("a", components(&[(Input, "1"), (CacheRead, "1.1")]));
    assert!(matches!(kinds(vec![vec![dear_cache]])[..], [RemarkKind::Relation { meter: CacheRead, .. }]));
    let mut dear_batch = priced("a", "1", "2");
    dear_batch.variants = vec![variant(Condition::Batch, components(&[(Input, "1.5")]))];
    let found = kinds(vec![vec![dear_batch]]);
    assert!(matches!(&found[..], [RemarkKind::Relation { under, .. }] if under == "batch"), "{found:?}");
}

#[test]
fn tenfold_steps_and_gaps_between_versions() {
    let found = kinds(vec![vec![priced("a", "1", "2")], vec![priced("a", "0.1", "2")]]);
    assert!(matches!(found[..], [RemarkKind::Jump { meter: Input, .. }]), "{found:?}");
    let gone = kinds(vec![vec![priced("a", "1", "2")], vec![], vec![priced("a", "1", "2")]]);
    let (since, until) = (at(TIMES[1]), at(TIMES[2]));
    assert!(
        matches!(&gone[..], [RemarkKind::Vanished, RemarkKind::Gap { since: s, until: u }]
            if s.effective_from == since && u.effective_from == until),
        "{gone:?}"
    );
}

#[test]
fn what_is_said_once_is_not_said_of_every_version() {
    let rows = || vec![priced("a", "15", "2.5")];
    assert_eq!(kinds(vec![rows(), rows(), rows()]).len(), 1);
}

#[test]
fn rows_that_nothing_reaches() {
    let alias = || named(vec![ModelName::Exact("b".to_owned()), ModelName::Alias("a".to_owned())]);
    let found = kinds(vec![vec![priced("a", "1", "2"), alias()]]);
    assert_eq!(found, [RemarkKind::Unreachable { name: "a".to_owned() }]);
    let mut of_group = priced("a", "1", "2");
    of_group.matcher.group = Some("vip".to_owned());
    assert_eq!(kinds(vec![vec![of_group, alias()]]), []);
    let equals = |name: &str| named(vec![ModelName::Rule(NameRule::Equals(name.to_owned()))]);
    assert_eq!(kinds(vec![vec![equals("a"), equals("A")]]), [RemarkKind::Unreachable { name: "A".to_owned() }]);
    assert_eq!(kinds(vec![vec![equals("a"), equals("b")]]), []);
}

#[test]
fn patterns_that_fit_one_name() {
    let pattern = |before: &str, after: &str| named(vec![ModelName::Pattern(before.to_owned(), after.to_owned())]);
    let found = kinds(vec![vec![pattern("gpt-", "x"), pattern("gpt", "-x")]]);
    assert_eq!(found, [RemarkKind::Overlap("gpt-*x".to_owned())]);
    assert_eq!(kinds(vec![vec![pattern("gpt-", ""), pattern("llm-", "")]]), []);
    assert_eq!(kinds(vec![vec![pattern("gpt-", ""), pattern("gpt-5", "")]]), []);
}

#[test]
fn a_remark_tells_where_it_is() {
    let mut row = priced("a", "15", "2.5");
    row.place = place(7);
    let book = Book::new(header(), vec![version(TIMES[0], vec![row])]).expect("a book");
    let told: Vec<String> = book.lint().iter().map(ToString::to_string).collect();
    assert_eq!(told, ["book.toml:7: a: output costs 2.5 where input costs 15"]);
}
