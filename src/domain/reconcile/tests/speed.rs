//! Large days stay near-linear, also where everything looks alike.

use super::*;

/// `count` calls and postings; `named` postings say which call they are for.
fn large(count: i64, named: bool, alike: bool) -> World {
    let mut world = World::default();
    let start = at("02T00:00");
    for i in 0..count {
        let time = start.plus(Span::from_micros(i * 86_000_000_000 / count));
        let size = Amount::from_int(if alike { 1 } else { i + 1 });
        let account = if alike { "a".to_owned() } else { format!("a{}", i % 1000) };
        let call = Call {
            call_id: format!("c{i}"),
            account_id: account.clone(),
            started_at: time,
            ended_at: time,
            charge: Some(size),
            ..blank_call()
        };
        world.calls.push(Rated { call, status: ChargeStatus::Priced, expected: size });
        world.postings.push(Posting {
            posting_id: format!("p{i}"),
            account_id: account.into(),
            amount: -size,
            posted_at: time,
            call_id: named.then(|| format!("c{i}")),
            ..blank_posting()
        });
    }
    world
}

fn classes(world: &World) -> Vec<Class> {
    let mut classes = world.run().unwrap().posting_class;
    classes.dedup();
    classes
}

#[test]
fn many_calls_by_name_by_amount_and_all_alike() {
    assert_eq!(classes(&large(30_000, true, false)), [Class::Matched]);
    assert_eq!(classes(&large(30_000, false, false)), [Class::Matched]);
    assert_eq!(classes(&large(30_000, false, true)), [Class::Undecided]);
}

/// `cargo test --release --lib one_and_a_half_million -- --ignored`
#[test]
#[ignore = "a day of 1.5 million calls takes gigabytes"]
fn one_and_a_half_million() {
    assert_eq!(classes(&large(1_500_000, true, false)), [Class::Matched]);
}
