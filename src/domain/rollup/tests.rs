use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::domain::call::CallsBuilder;
use crate::domain::call::tests::call;
use crate::domain::period::PeriodKind;

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn roll(rows: &[(&str, &str, i64)], date: &str) -> Rollup {
    let mut builder = CallsBuilder::default();
    for (i, (account, model, _)) in rows.iter().enumerate() {
        let mut c = call(&format!("c{i}"));
        c.account_id = (*account).into();
        c.model = (*model).into();
        builder.push(&c);
    }
    let calls = builder.finish();
    let expected: Vec<_> = rows.iter().map(|r| Some(Amount::from_int(r.2))).collect();
    let unit: Vec<Arc<str>> = rows.iter().map(|_| "CNY".into()).collect();
    let posted = vec![None; rows.len()];
    let input = DayColumns {
        calls: &calls,
        duplicate: &|row| rows[row].2 == 0,
        unit: &unit,
        expected: &expected,
        posted: &posted,
    };
    roll_up_day(day(date), &input).unwrap()
}

#[test]
fn calls_are_summed_along_every_dimension() {
    let rollup = roll(&[("a", "m", 1), ("b", "m", 2), ("a", "m", 4), ("a", "n", 8), ("a", "m", 0)], "2026-10-01");
    let shown: Vec<String> = rollup
        .rows()
        .map(|(d, m)| {
            format!("{} {} {} {} {} {}", d.account_id, d.model, m.calls, m.duplicate_rows, m.expected, m.recorded)
        })
        .collect();
    assert_eq!(shown, ["a m 2 1 5 0.0585", "a n 1 0 8 0.0195", "b m 1 0 2 0.0195"]);
}

#[test]
fn weeks_cut_at_the_month_sum_to_the_month() {
    let days: Vec<Rollup> =
        ["2026-10-01", "2026-10-04", "2026-10-05", "2026-10-31"].map(|d| roll(&[("a", "m", 3)], d)).into();
    let all = || days.iter().flat_map(Rollup::rows);
    let weeks = regroup(PeriodKind::Week, all()).unwrap();
    let firsts: Vec<String> = weeks.rows().map(|(d, m)| format!("{} {}", d.first, m.expected)).collect();
    assert_eq!(firsts, ["2026-09-28 6", "2026-10-05 3", "2026-10-26 3"]);
    let month = regroup(PeriodKind::Month, all()).unwrap();
    assert_eq!(month.totals(), weeks.totals());
}

proptest! {
    #[test]
    fn the_order_of_calls_does_not_matter(mut rows in prop::collection::vec((0usize..3, 0usize..3, 1i64..100), 0..40), seed: u64) {
        let names = ["x", "y", "z"];
        let named = |rows: &[(usize, usize, i64)]| -> Vec<(&'static str, &'static str, i64)> {
            rows.iter().map(|r| (names[r.0], names[r.1], r.2)).collect()
        };
        let before = roll(&named(&rows), "2026-10-01");
        let n = rows.len().max(1);
        rows.rotate_left(seed as usize % n);
        rows.reverse();
        prop_assert_eq!(before, roll(&named(&rows), "2026-10-01"));
    }
}
