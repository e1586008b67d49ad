//! Books that are refused, and where they say so.

use super::*;

#[track_caller]
fn check(rows: Vec<PriceRow>, expect: &[(&str, &[u32])]) {
    let found = super::faults(vec![version(OCT, rows)]);
    let lines: Vec<(String, Vec<u32>)> =
        found.iter().map(|f| (f.to_string(), f.places().iter().map(|p| p.line).collect())).collect();
    assert_eq!(lines.len(), expect.len(), "{lines:?}");
    for ((text, places), (part, lines)) in lines.iter().zip(expect) {
        assert!(text.contains(part), "{text:?} does not say {part:?}");
        assert_eq!(places, lines, "{text}");
    }
    assert!(found.iter().all(|f| !f.hint().is_empty()));
}

fn with(variants: Vec<Variant>) -> Vec<PriceRow> {
    let mut row = one("m");
    row.variants =
        variants.into_iter().enumerate().map(|(i, v)| Variant { place: place(10 + i as u32), ..v }).collect();
    vec![row]
}

fn sets(meter: Meter, rate: &str) -> Components {
    components(&[(meter, rate)])
}

#[test]
fn two_versions_of_one_time() {
    let twice = vec![known(version(OCT, vec![]), OCT, 4), known(version(OCT, vec![]), OCT, 9)];
    let expect = BookFault::SameTimes { version: version(OCT, vec![]).id(), first: place(4), second: place(9) };
    assert_eq!(super::faults(twice), [expect]);
}

#[test]
fn rows_that_cannot_be_told_apart() {
    check(vec![row_at(one("m"), 3), row_at(one("m"), 8)], &[("\"m\"", &[3, 8])]);
    let mut vip = row_at(one("m"), 8);
    vip.matcher.group = Some("vip".to_owned());
    check(vec![row_at(one("m"), 3), vip.clone()], &[]);
    check(vec![vip.clone(), row_at(vip, 9)], &[("\"m\"", &[8, 9])]);
    let mut alias = row_at(one("n"), 8);
    alias.matcher.models.push(ModelName::Alias("m".to_owned()));
    check(vec![row_at(one("m"), 3), alias.clone()], &[]);
    let mut other = row_at(one("o"), 9);
    other.matcher.models.push(ModelName::Alias("m".to_owned()));
    check(vec![alias, other], &[("\"m\"", &[8, 9])]);
}

#[test]
fn variants_that_meet_must_be_nested() {
    let batch = || variant(Condition::Batch, sets(Input, "0.5"));
    let flex = || variant(tier("flex"), sets(Input, "0.7"));
    check(with(vec![batch(), flex()]), &[("batch and service tier flex", &[10, 11])]);
    check(with(vec![batch(), variant(tier("flex"), sets(Output, "1"))]), &[]);
    let mut both = flex();
    both.nested.push(variant(Condition::Batch, sets(Input, "0.3")));
    check(with(vec![batch(), both.clone()]), &[]);
    both.nested[0].components = sets(Output, "0.3");
    check(with(vec![batch(), both]), &[("batch and service tier flex", &[10, 11])]);
}

#[test]
fn tiers_of_one_kind_exclude_each_other() {
    check(with(vec![variant(tier("flex"), sets(Input, "1")), variant(tier("fast"), sets(Input, "2"))]), &[]);
    check(with(vec![variant(above(10), sets(Input, "1")), variant(from(20), sets(Input, "2"))]), &[]);
    let same = vec![variant(above(9), sets(Input, "1")), variant(from(10), sets(Output, "2"))];
    check(with(same), &[("input above 9", &[10, 11])]);
}

#[test]
fn windows_that_overlap() {
    let w = |from, until, zone, days: [bool; 7]| {
        let window = Window { weekdays: days, ..window(from, until, zone) };
        variant(Condition::Window(window), sets(Input, "1"))
    };
    let all = [true; 7];
    let monday = [true, false, false, false, false, false, false];
    let tuesday = [false, true, false, false, false, false, false];
    check(with(vec![w(0, 60, "UTC", all), w(60, 120, "UTC", all)]), &[]);
    check(with(vec![w(0, 61, "UTC", all), w(60, 120, "UTC", all)]), &[("both set input", &[10, 11])]);
    check(with(vec![w(0, 60, "UTC", all), w(60, 120, "Asia/Tokyo", all)]), &[("both set input", &[10, 11])]);
    check(with(vec![w(0, 60, "UTC", monday), w(0, 60, "UTC", tuesday)]), &[]);
    check(with(vec![w(1380, 30, "UTC", monday), w(0, 60, "UTC", tuesday)]), &[("both set input", &[10, 11])]);
    check(with(vec![w(1380, 30, "UTC", monday), w(30, 60, "UTC", tuesday)]), &[]);
}

#[test]
fn windows_of_other_days_do_not_meet() {
    let w = |since: Option<&str>, before: Option<&str>| {
        let day = |text: &str| Day::parse(text);
        let window = Window { since: since.and_then(day), before: before.and_then(day), ..window(990, 30, "UTC") };
        variant(Condition::Window(window), sets(Input, "1"))
    };
    let turn = Some("2026-09-10");
    check(with(vec![w(None, turn), w(turn, None)]), &[]);
    check(with(vec![w(None, turn), w(Some("2026-09-09"), None)]), &[("both set input", &[10, 11])]);
    check(with(vec![w(turn, Some("2026-12-01")), w(Some("2026-11-30"), None)]), &[("both set input", &[10, 11])]);
    check(with(vec![w(Some("2026-01-01"), None), w(Some("2027-01-01"), None)]), &[("both set", &[10, 11])]);
    check(with(vec![w(turn, turn)]), &[("since 2026-09-10 before 2026-09-10", &[10])]);
}

#[test]
fn facts_of_one_name_exclude_each_other() {
    let fast = || variant(when("speed", "fast"), sets(Input, "2"));
    check(with(vec![fast(), variant(when("speed", "slow"), sets(Input, "1"))]), &[]);
    check(with(vec![fast(), variant(when("route", "fast"), sets(Input, "1"))]), &[("speed fast", &[10, 11])]);
    check(with(vec![fast(), fast()]), &[("speed fast is written twice", &[10, 11])]);
    check(with(vec![variant(when("speed", "standard"), times("1"))]), &[("is the row itself", &[10])]);
    let mut outer = fast();
    outer.nested.push(variant(when("speed", "slow"), sets(Output, "2")));
    check(with(vec![outer]), &[("speed slow stands inside speed fast", &[1])]);
}

#[test]
fn nesting_that_adds_nothing() {
    let mut outer = variant(above(10), sets(Input, "1"));
    outer.nested.push(variant(above(20), sets(Input, "2")));
    check(with(vec![outer]), &[("input above 20 stands inside input above 10", &[1])]);
    check(with(vec![variant(tier("standard"), times("1"))]), &[("is the row itself", &[10])]);
}

#[test]
fn odd_values() {
    let mut negative = row_at(row("m", components(&[(Input, "-1")])), 3);
    negative.minimum = Some(x("-0.1"));
    check(vec![negative], &[("the minimum is negative", &[3]), ("input is negative", &[3])]);
    let closed = variant(Condition::Window(window(60, 60, "UTC")), times("1"));
    check(with(vec![closed]), &[("01:00-01:00 UTC", &[10])]);
    let mut nameless = one("m");
    nameless.matcher.models.clear();
    check(vec![nameless], &[("no model", &[1])]);
    let mut images = one("m");
    let image = ImageRate { size: None, quality: Some("hd".to_owned()), rate: x("1") };
    images.components.images = vec![image.clone(), image];
    check(vec![images], &[("same size and quality", &[1])]);
}

/// Random books found two that were accepted though nothing says what a plain image costs in them.
#[test]
fn images_of_every_kind_are_settled() {
    let image =
        |quality: Option<&str>, rate| ImageRate { size: None, quality: quality.map(str::to_owned), rate: x(rate) };
    let priced = |condition, images| variant(condition, Components { images, ..Components::default() });
    let row = |within: Vec<ImageRate>| {
        let mut flex = priced(tier("flex"), vec![image(None, "2")]);
        flex.nested.push(priced(Condition::Batch, within));
        with(vec![priced(Condition::Batch, vec![image(None, "1"), image(Some("hd"), "3")]), flex])
    };
    check(row(vec![image(None, "1")]), &[]);
    check(row(vec![image(Some("hd"), "1")]), &[("both set image", &[10, 11])]);
    check(row(vec![image(Some("hd"), "1"), image(Some("low"), "1")]), &[("both set image", &[10, 11])]);
    check(row(vec![image(Some("hd"), "1"), image(None, "1")]), &[]);
}
