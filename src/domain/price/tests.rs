use super::samples::{
    above, at, components, faults, from, header, multiplier, per_million, place, row, tier, times, variant, version,
    when, window, x,
};
use super::*;
use crate::domain::call::Meter::{self, CacheRead, Input, Output};
use crate::domain::period::Day;

const OCT: &str = "2026-10-01T00:00:00Z";

fn known(mut version: Version, from: &str, line: u32) -> Version {
    version.known_from = at(from);
    version.place = place(line);
    version
}

fn one(model: &str) -> PriceRow {
    row(model, components(&[(Input, "1")]))
}

fn row_at(mut row: PriceRow, line: u32) -> PriceRow {
    row.place = place(line);
    row
}

mod in_force {
    use super::*;

    fn check(t: &str, known_at: &str, expect: Option<usize>) {
        let book = Book::new(
            header(),
            vec![
                known(version("2026-10-10T00:00:00Z", vec![]), "2026-10-12T00:00:00Z", 3),
                known(version("2026-10-01T00:00:00Z", vec![]), "2026-09-01T00:00:00Z", 1),
                known(version("2026-10-01T00:00:00Z", vec![]), "2026-10-05T00:00:00Z", 2),
                known(version("2026-10-20T00:00:00Z", vec![]), "2026-10-20T00:00:00Z", 4),
            ],
        )
        .expect("a book");
        assert_eq!(book.in_force(at(t), at(known_at)), expect, "{t} known {known_at}");
    }

    #[test]
    fn half_open_at_the_start() {
        check("2026-09-30T23:59:59.999999Z", "2027-01-01T00:00:00Z", None);
        check("2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z", Some(1));
        check("2026-10-09T23:59:59.999999Z", "2027-01-01T00:00:00Z", Some(1));
        check("2026-10-10T00:00:00Z", "2027-01-01T00:00:00Z", Some(2));
    }

    #[test]
    fn a_correction_counts_once_known() {
        check("2026-10-02T00:00:00Z", "2026-10-04T23:59:59.999999Z", Some(0));
        check("2026-10-02T00:00:00Z", "2026-10-05T00:00:00Z", Some(1));
        check("2026-10-02T00:00:00Z", "2026-08-31T00:00:00Z", None);
    }

    #[test]
    fn a_later_start_not_yet_known_leaves_the_earlier_in_force() {
        check("2026-10-11T00:00:00Z", "2026-10-11T00:00:00Z", Some(1));
        check("2026-10-11T00:00:00Z", "2026-10-12T00:00:00Z", Some(2));
    }

    #[test]
    fn a_later_start_beats_a_later_knowledge() {
        check("2026-10-21T00:00:00Z", "2027-01-01T00:00:00Z", Some(3));
    }
}

mod lookup {
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
        let wanted = Wanted { model, group, provider, endpoint, region };
        let found = NameIndex::new(&version).find(&version, &wanted).map(|f| f.row);
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
}

mod faults {
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
}

mod windows {
    use super::*;

    fn check(window: &Window, t: &str, expect: bool) {
        assert_eq!(window.holds(at(t)), expect, "{window} at {t}");
    }

    #[test]
    fn half_open_edges() {
        let night = window(0, 90, "UTC");
        check(&night, "2026-10-01T00:00:00Z", true);
        check(&night, "2026-10-01T01:29:59.999999Z", true);
        check(&night, "2026-10-01T01:30:00Z", false);
        check(&night, "2026-09-30T23:59:59.999999Z", false);
        check(&window(0, 1440, "UTC"), "2026-10-01T23:59:59.999999Z", true);
    }

    #[test]
    fn past_midnight_on_the_day_it_starts() {
        let mut monday = window(16 * 60 + 30, 30, "UTC");
        monday.weekdays = [true, false, false, false, false, false, false];
        // 2026-10-05 is a Monday.
        check(&monday, "2026-10-05T16:29:59.999999Z", false);
        check(&monday, "2026-10-05T16:30:00Z", true);
        check(&monday, "2026-10-06T00:29:59.999999Z", true);
        check(&monday, "2026-10-06T00:30:00Z", false);
        check(&monday, "2026-10-05T00:10:00Z", false);
        check(&monday, "2026-10-06T16:30:00Z", false);
        assert_eq!(monday.to_string(), "16:30-00:30 UTC (mon)");
    }

    #[test]
    fn dates_are_those_on_which_it_starts() {
        let mut night = window(16 * 60 + 30, 30, "Asia/Shanghai");
        (night.since, night.before) = (Day::new(2026, 8, 17), Day::new(2026, 9, 10));
        check(&night, "2026-08-16T16:10:00Z", false);
        check(&night, "2026-08-17T08:30:00Z", true);
        check(&night, "2026-08-17T16:10:00Z", true);
        check(&night, "2026-09-09T08:30:00Z", true);
        check(&night, "2026-09-09T16:29:59.999999Z", true);
        check(&night, "2026-09-10T08:30:00Z", false);
        assert_eq!(night.to_string(), "16:30-00:30 Asia/Shanghai since 2026-08-17 before 2026-09-10");
    }

    #[test]
    fn wall_clock_over_daylight_saving() {
        let morning = window(60, 180, "Europe/Berlin");
        // Clocks go back at 03:00 on 2026-10-25: the hour from 02:00 comes twice.
        check(&morning, "2026-10-24T23:00:00Z", true);
        check(&morning, "2026-10-25T00:30:00Z", true);
        check(&morning, "2026-10-25T01:59:59.999999Z", true);
        check(&morning, "2026-10-25T02:00:00Z", false);
        // Clocks go forward at 02:00 on 2026-03-29.
        check(&morning, "2026-03-29T00:59:59.999999Z", true);
        check(&morning, "2026-03-29T01:00:00Z", false);
    }
}

mod history {
    use super::*;

    fn book(versions: Vec<Version>) -> Book {
        Book::new(header(), versions).expect("a book")
    }

    #[test]
    fn states_of_one_book_become_one() {
        let (a, b) = (version(OCT, vec![one("m"), one("n")]), version("2026-11-01T00:00:00Z", vec![one("m")]));
        let mut reordered = known(a.clone(), OCT, 77);
        reordered.rows.reverse();
        let merged = merge(&[book(vec![a.clone()]), book(vec![b.clone(), reordered])]).expect("fits").expect("some");
        assert_eq!(merged.versions, [a, b]);
        assert_eq!(merge(&[]), Ok(None));
    }

    #[test]
    fn a_version_once_known_may_not_change() {
        let old = known(version(OCT, vec![one("m")]), OCT, 5);
        let new = known(version(OCT, vec![row("m", components(&[(Input, "2")]))]), OCT, 6);
        let fault = BookFault::ChangedVersion { version: old.id(), first: place(5), second: place(6) };
        assert_eq!(merge(&[book(vec![old]), book(vec![new])]), Err(vec![fault]));
    }

    #[test]
    fn rules_and_names_must_agree() {
        let mut other = book(vec![]);
        other.header.unit = "USD".to_owned();
        let fault = BookFault::OtherHeader { id: "b".to_owned(), what: "unit" };
        assert_eq!(merge(&[book(vec![]), other.clone()]), Err(vec![fault]));
        other.header.id = "c".to_owned();
        let fault = BookFault::OtherBook { id: "b".to_owned(), other: "c".to_owned() };
        assert_eq!(merge(&[book(vec![]), other]), Err(vec![fault]));
    }

    #[test]
    fn hashes_tell_content() {
        let plain = version(OCT, vec![one("m"), one("n")]);
        let moved = known(version(OCT, vec![row_at(one("n"), 9), one("m")]), OCT, 44);
        assert_eq!(plain.content_hash(), moved.content_hash());
        assert_eq!(plain.content_hash().len(), 64);
        let mut changed = plain.clone();
        changed.multipliers.push(multiplier(MultiplierOf::Group("vip".to_owned()), "0.9"));
        assert_ne!(plain.content_hash(), changed.content_hash());
        let mut free = plain.clone();
        free.rows[0].free = true;
        assert_ne!(plain.content_hash(), free.content_hash());
    }
}

mod lint {
    use super::*;

    fn check(versions: Vec<Version>, expect: &[&str]) {
        let remarks = Book::new(header(), versions).expect("a book").lint();
        let found: Vec<String> = remarks.iter().map(ToString::to_string).collect();
        assert_eq!(found, expect);
    }

    #[test]
    fn jumps_and_losses() {
        let old = vec![row("m", per_million(&[(Input, "1"), (Output, "5")])), one("gone")];
        let new = vec![row("m", per_million(&[(Input, "10"), (Output, "0.6")]))];
        let (old, new) = (version(OCT, old), version("2026-11-01T00:00:00Z", new));
        check(
            vec![old, new],
            &[
                "book.toml:1: m: output costs 0.0000006 where input costs 0.00001",
                "book.toml:1: gone has no price any more (before: book.toml:1)",
                "book.toml:1: m: input went from 0.000001 to 0.00001 (before: book.toml:1)",
            ],
        );
    }

    #[test]
    fn zero_and_fine_rates() {
        let fine = row("m", components(&[(Input, "0.0000000000000001"), (CacheRead, "0")]));
        let mut version = version(OCT, vec![fine]);
        version.multipliers.push(multiplier(MultiplierOf::Group("vip".to_owned()), "0.955"));
        check(
            vec![version],
            &[
                "book.toml:1: m: cache_read costs 0 and the row is not free",
                "book.toml:1: m: up to 19 decimal places, rounded to 18 a call",
            ],
        );
    }
}
