//! The laws, and errors that end a pass.

use super::*;

fn day() -> (World, DayResult) {
    let world = World::read(
        "call c1 alice 02T10:00 7 5
         call c1 alice 02T10:00 6 5 version=1
         call c2 alice 02T10:00 - 5
         call c3 alice 02T10:00 5 no_row
         post p1 alice 02T10:00 usage 8 call=c1
         post p2 alice 02T10:00 usage 4 call=c2
         post p3 alice 02T10:00 usage 2 call=gone",
    );
    let result = world.run().unwrap();
    (world, result)
}

fn calls(world: &World) -> Calls {
    CallsBuilder::collect(world.own_calls())
}

#[test]
fn sums_by_class() {
    let (world, result) = day();
    assert_eq!(check(&calls(&world), &result), Ok(()));
    let told: Vec<String> = result
        .sums
        .iter()
        .filter(|s| s.leg != Leg::Usage)
        .map(|s| {
            let (leg, class, rows) = (s.leg.name(), s.class.name(), s.rows);
            format!("{leg} {class} {rows}: {} {} {} {}", s.expected, s.recorded, s.posted, s.difference)
        })
        .collect();
    assert_eq!(
        told,
        [
            "charge not_compared 1: 5 0 0 0",
            "charge duplicate_call 1: 0 7 0 7",
            "charge unpriced 1: 0 5 0 0",
            "charge amount_mismatch 1: 5 6 0 1",
            "posting not_posted 1: 0 5 0 -5",
            "posting no_call 1: 0 0 2 2",
            "posting amount_mismatch 2: 5 6 12 1",
        ]
    );
}

#[test]
fn a_broken_law_is_seen() {
    let (world, good) = day();
    let broken = |change: fn(&mut DayResult)| {
        let mut result = world.run().unwrap();
        change(&mut result);
        check(&calls(&world), &result).map_err(|e| e.law)
    };
    let one_class = Err("every row of a leg is in exactly one class");
    let total = Err("class differences sum to the total difference");
    assert_eq!(broken(|_| ()), Ok(()));
    assert_eq!(broken(|r| r.charge_class[1] = Class::Matched), one_class);
    assert_eq!(broken(|r| drop(r.movements.pop())), one_class);
    assert_eq!(broken(|r| r.posted[1] = Some(amount("1"))), total);
    assert_eq!(broken(|r| r.expected[1] = Some(amount("1"))), total);
    let of_class = Err("a class's difference is that of its totals");
    assert_eq!(broken(|r| r.sums.iter_mut().for_each(|s| s.recorded = amount("1"))), of_class);
    assert_eq!(good.findings.len(), 8);
}

#[test]
fn what_ends_a_pass() {
    let fails = |text: &str| World::read(text).run().err();
    let twice = PassError::IdenticalRows { source_name: "gw".into(), call_id: "c1".into() };
    assert_eq!(fails("call c1 a 02T10:00 5 5\ncall c1 a 02T10:00 5 5"), Some(twice));
    assert_eq!(fails("call c1 a 02T10:00 5 5 source=other"), Some(PassError::NoSource("other".into())));
    let large = "9".repeat(20);
    let sum = format!("call c1 a 02T10:00 {large} 5\ncall c2 a 02T10:00 {large} 5");
    assert!(matches!(fails(&sum), Some(PassError::Overflow(_))));
}

#[test]
fn copies_are_dropped_before_a_pass() {
    let mut world =
        World::read("call c1 a 02T10:00 5 5\ncall c2 a 02T10:00 5 5\ncall c1 a 02T10:00 5 5\ncall c1 a 02T10:00 6 5");
    world.calls[0].call.offset = 9;
    assert_eq!(distinct_rows(&calls(&world)), [1, 2, 3]);
}

#[test]
fn books_and_groups_follow_the_account() {
    let rater = |id: &str| {
        let header = Header { id: id.into(), ..header("CNY") };
        Rater::new(Book { header, versions: Vec::new() }, Instant::MAX)
    };
    let raters = [rater("list"), rater("special")];
    let row = |from: Option<&str>, book: Option<&str>, group: Option<&str>| Account {
        account_id: "alice".into(),
        price_book: book.map(Into::into),
        group: group.map(Into::into),
        from: from.map(at),
        ..Account::default()
    };
    let rows = vec![row(None, None, None), row(Some("02T10:00"), Some("special"), Some("vip"))];
    let mut world = World::read("call c1 alice 02T09:59 5 5\ncall c2 alice 02T10:00 5 5\ncall c3 bob 02T10:00 5 5");
    let parties = Parties::new(rows, Vec::new());
    let assigned = assign(&world.rules, &raters, &parties, &calls(&world)).unwrap();
    let group = |row: usize| assigned.groups[assigned.group[row] as usize].as_deref();
    assert_eq!(assigned.book, [0, 1, 0]);
    assert_eq!([group(0), group(1), group(2)], [None, Some("vip"), None]);

    let unknown = Parties::new(vec![row(None, Some("gone"), None)], Vec::new());
    let error = PassError::NoBook { account_id: "alice".into(), book: "gone".into() };
    assert_eq!(assign(&world.rules, &raters, &unknown, &calls(&world)).err(), Some(error));
    world.rules.sources.clear();
    let error = assign(&world.rules, &raters, &parties, &calls(&world)).err();
    assert_eq!(error, Some(PassError::NoSource("gw".into())));
}
