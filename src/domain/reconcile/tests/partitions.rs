//! However a day is cut, the same comes of it.

use proptest::prelude::*;

use super::reference::any_world;
use super::*;

/// Everything a day's pass gives, as text.
fn all_of(result: &DayResult) -> String {
    let charges: Vec<_> = result.charges.rows().collect();
    let rows = (&result.unit, &result.expected, &result.posted, &result.charge_class, &result.posting_class);
    let found = (&result.movements, &result.conflicts, &result.findings, &result.sums, &result.representation);
    format!("{charges:#?} {rows:#?} {found:#?} {:#?} {:#?}", result.carry.to_rows(), result.roll_forward)
}

/// Some days with a tolerance that runs out, and a source that rounds.
fn any_day() -> impl Strategy<Value = World> {
    (any_world(3), 0..4i64, 0..6i64).prop_map(|(mut world, row, sum)| {
        let tolerance = Tolerance { row: Amount::from_int(row), sum: Amount::from_int(sum) };
        world.rules.tolerance.insert("CNY".into(), tolerance);
        world.rules.sources[1].recorded = Representation::Decimal { scale: 1, mode: money::Mode::HalfUp };
        for one in world.calls.iter_mut().filter(|c| c.call.source == "gw2") {
            one.expected = Amount::from_raw(one.expected.raw() / 3).unwrap();
        }
        world
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn any_count_of_partitions_gives_the_same_day(world in any_day()) {
        let whole = all_of(&world.run_in(1).unwrap());
        for count in [2, 3, 7, 64] {
            prop_assert_eq!(&all_of(&world.run_in(count).unwrap()), &whole, "{} partitions", count);
        }
    }
}

/// Every way a posting and a call may meet, on one day of several accounts.
#[test]
fn a_day_of_everything_in_any_count_of_partitions() {
    let mut text = String::from("tolerance CNY 1 3\nrate credit 0.5 CNY\n");
    for n in 0..40 {
        let (charge, expected, minute) = (n % 7, (n * 3) % 7, n % 60);
        let source = ["gw", "gw2", "six", "double"][n % 4];
        let more = if n % 5 == 0 { " unit=credit" } else { "" };
        let _ = writeln!(text, "call c{n} a{} 02T10:{minute:02} {charge} {expected} source={source}{more}", n % 3);
        if n % 6 == 0 {
            let _ = writeln!(text, "call c{n} a{} 02T09:{minute:02} {charge} 1 source={source}", n % 3);
        }
        match n % 8 {
            0 => {}
            1 => text += &format!("post p{n} a{} 02T11:{minute:02} usage {}\n", n % 3, charge),
            2 => text += &format!("post p{n} a{} 02T11:{minute:02} usage 9 from=02T10:00 until=02T10:30\n", n % 3),
            3 => text += &format!("post p{n} b 02T11:{minute:02} usage {charge} call=c{n}\n"),
            4 => text += &format!("post p{n} a{} 08T11:00 usage {charge} call=c{n}\n", n % 3),
            5 => text += &format!("post p{n} a{} 02T11:00 hold {charge} call=gone{n}\n", n % 3),
            _ => text += &format!("post p{n} a{} 02T11:00 usage {} call=c{n}\n", n % 3, charge + n % 2),
        }
    }
    let world = World::read(&text);
    let result = world.run_in(1).unwrap();
    assert!(!result.representation.is_empty() || result.findings.len() > 20, "{}", result.findings.len());
    let classes: std::collections::BTreeSet<Class> = result.posting_class.iter().copied().collect();
    assert!(classes.len() >= 6, "{classes:?}");
    for count in [2, 3, 7, 64, 1000] {
        assert_eq!(all_of(&world.run_in(count).unwrap()), all_of(&result), "{count} partitions");
    }
}

/// A day with several errors tells the same one.
#[test]
fn an_error_does_not_depend_on_the_cut() {
    let calls = |of: &str| (0..30).map(|n| format!("call c{n} a 02T10:{n:02} 5 5 source={of}{}\n", n % 5)).collect();
    let text: String = calls("undeclared");
    let error = |count: usize| {
        World::read(&text).in_day(|input, _| {
            let index = DayIndex::new(input);
            let partitions = index.partitions(count);
            let results = partitions.iter().map(Partition::reconcile).collect();
            close_day(&index, &partitions, results).unwrap_err()
        })
    };
    assert_eq!(error(1), PassError::NoSource("undeclared0".into()));
    for count in [2, 3, 7, 64] {
        assert_eq!(error(count), error(1), "{count} partitions");
    }
}
