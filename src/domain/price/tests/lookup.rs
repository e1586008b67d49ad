//! Which row answers to a name.

use super::*;

fn named(models: &[&str], [group, provider, endpoint, region]: [&str; 4]) -> PriceRow {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let names = models.iter().map(|m| match (m.strip_prefix('@'), m.split_once('*')) {
        (Some(alias), _) => ModelName::Alias(alias.to_owned()),
        (_, Some((before, after))) => ModelName::Pattern(before.to_owned(), after.to_owned()),
        _ => ModelName::Exact((*m).to_owned()),
    });
    let mut row = one("");
    row.matcher = Matcher {
        models: names.collect(),
        group: some(group),
        provider: some(provider),
        endpoint: some(endpoint),
        region: some(region),
    };
    row
}

fn check(rows: Vec<PriceRow>, model: &str, members: [&str; 4], expect: Result<usize, NotFound>) {
    let version = version(OCT, rows);
    let [group, provider, endpoint, region] = members.map(|m| (!m.is_empty()).then_some(m));
    let query = RowQuery { model, group, provider, endpoint, region };
    let found = NameIndex::new(&version).find(&version, &query).map(|f| f.row);
    assert_eq!(found, expect, "{model} {members:?}");
}

const ANY: [&str; 4] = [""; 4];

#[test]
fn exact_before_alias_before_pattern() {
    let rows = || vec![named(&["g*"], ANY), named(&["gpt-6", "@gpt-5"], ANY), named(&["gpt-5"], ANY)];
    check(rows(), "gpt-5", ANY, Ok(2));
    check(rows()[..2].to_vec(), "gpt-5", ANY, Ok(1));
    check(rows()[..1].to_vec(), "gpt-5", ANY, Ok(0));
    check(rows(), "llama", ANY, Err(NotFound::NoRow));
    check(rows(), "gpt", ANY, Ok(0));
}

#[test]
fn a_pattern_with_more_literal_characters_first() {
    let rows = vec![named(&["gpt-*"], ANY), named(&["gpt-5*"], ANY), named(&["*-mini"], ANY)];
    check(rows.clone(), "gpt-5.5", ANY, Ok(1));
    check(rows.clone(), "gpt-4", ANY, Ok(0));
    check(rows.clone(), "gpt-", ANY, Ok(0));
    check(rows.clone(), "o-mini", ANY, Ok(2));
    check(rows, "gpt-5-mini", ANY, Err(NotFound::Tie));
}

#[test]
fn both_ends_of_a_pattern_must_fit_side_by_side() {
    check(vec![named(&["aba*bab"], ANY)], "abab", ANY, Err(NotFound::NoRow));
    check(vec![named(&["aba*bab"], ANY)], "ababab", ANY, Ok(0));
}

#[test]
fn two_names_of_one_row_are_no_tie() {
    check(vec![named(&["a*", "*b"], ANY)], "ab", ANY, Ok(0));
}

#[test]
fn a_row_that_does_not_hold_does_not_hide_another() {
    let rows = vec![named(&["m"], ["vip", "", "", ""]), named(&["m*"], ANY)];
    check(rows.clone(), "m", ["vip", "", "", ""], Ok(0));
    check(rows.clone(), "m", ["std", "", "", ""], Ok(1));
    check(rows, "m", ANY, Ok(1));
}

#[test]
fn group_before_provider_before_endpoint_before_region() {
    let all = ["g", "p", "e", "r"];
    let rows = vec![
        named(&["m"], ANY),
        named(&["m"], ["", "", "", "r"]),
        named(&["m"], ["", "", "e", ""]),
        named(&["m"], ["", "p", "", ""]),
        named(&["m"], ["g", "", "", ""]),
        named(&["m"], ["g", "", "", "r"]),
    ];
    for count in 1..=rows.len() {
        check(rows[..count].to_vec(), "m", all, Ok(count - 1));
    }
    check(rows.clone(), "m", ["", "p", "e", "r"], Ok(3));
    check(rows, "m", ["", "", "e", ""], Ok(2));
}
