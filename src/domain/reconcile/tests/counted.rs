//! Which postings count for a day, and as what.

use std::collections::BTreeMap;

use super::World;
use crate::domain::period::Day;

const WORLD: &str = "
    call c1 alice 02T10:00 5 5
    call c2 alice 02T23:59 5 5
    call c3 alice 01T23:59 5 5
    call c4 bob 02T14:00 4 4
    call c5 bob 02T15:00 6 6
    call c6 alice 02T16:00 3 3 attempt=1
    call c6 alice 02T16:01 4 4 attempt=2
    post p1 alice 02T10:01 usage 5 call=c1
    post p1 alice 02T10:01 usage 5 call=c1
    post p1 alice 02T10:00 usage 4 call=c1
    post p2 alice 03T00:05 usage 5 call=c2
    post p3 alice 02T00:05 usage 5 call=c3
    post p4 alice 02T12:00 top_up -100
    post p5 alice 02T13:00 hold 7 call=gone
    post p6 alice 02T13:01 usage 1 call=gone
    post p7 bob 03T00:10 usage 10 from=02T13:00 until=02T20:00
    post p8 alice 02T17:00 usage 7 call=c6
    post p9 bob 03T12:00 usage 2 call=c7";

/// `ID own CLASS` or `ID other CLASS` of what counts on a day of October.
fn told(world: &mut World, day: u32) -> Vec<String> {
    world.day = Day::new(2026, 10, day).unwrap();
    let tell = |c: &super::CountedPosting| {
        let whose = if c.own { "own" } else { "other" };
        let id = &world.postings[c.posting as usize].posting_id;
        format!("{id} {whose} {}", c.class.map_or("-", super::Class::name))
    };
    world.run().unwrap().counted.iter().map(tell).collect()
}

#[test]
fn a_day_counts_its_own_postings_and_those_that_pay_for_its_calls() {
    let mut world = World::read(WORLD);
    assert_eq!(
        told(&mut world, 2),
        [
            "p1 own matched",
            "p2 other timing",
            "p3 own -",
            "p4 own -",
            "p5 own no_call",
            "p6 own no_call",
            "p7 other matched",
            "p8 own matched"
        ]
    );
    assert_eq!(told(&mut world, 1), ["p3 other timing"]);
    assert_eq!(told(&mut world, 3), ["p2 own -", "p7 own matched", "p9 own no_call"]);
}

#[test]
fn over_all_days_each_posting_is_counted_once() {
    let mut world = World::read(WORLD);
    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    for day in 1..=4 {
        for line in told(&mut world, day).iter().filter(|line| line.contains(" own ")) {
            *times.entry(line[..2].to_owned()).or_default() += 1;
        }
    }
    assert_eq!(times.len(), 9);
    assert!(times.values().all(|n| *n == 1), "{times:?}");
}
