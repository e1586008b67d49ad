//! Proofs of the domain that take minutes to hours. How deep they go is said in the environment, which the
//! domain does not know.

#![expect(clippy::disallowed_methods, reason = "how deep a test goes is said from outside")]

use crate::domain::rating::tests::property::{CALLS, check};
use crate::fuzz_tests;

/// As many calls as `TRUEUP_CASES` says, ten million where it says nothing, on every core.
#[test]
#[ignore = "minutes to hours: TRUEUP_CASES=100000000 cargo test --release --lib same_digits_in_depth -- --ignored --nocapture"]
fn same_digits_in_depth() {
    let calls: u64 = std::env::var("TRUEUP_CASES").map_or(10_000_000, |n| n.parse().expect("a number"));
    let (cases, cores) =
        (calls.div_ceil(CALLS as u64), std::thread::available_parallelism().map_or(1, |n| n.get() as u64));
    let priced: usize = std::thread::scope(|scope| {
        // Seeds of their own: the quick tests go over the small ones.
        let part = |core: u64| {
            let seeds = (0..cases).filter(move |case| case % cores == core).map(|case| (1 << 40) + case);
            seeds.map(|seed| check(seed).unwrap_or_else(|why| panic!("seed {seed}: {why}"))).sum::<usize>()
        };
        let running: Vec<_> = (0..cores).map(|core| scope.spawn(move || part(core))).collect();
        running.into_iter().map(|one| one.join().expect("a core's cases agree")).sum()
    });
    assert!(priced as u64 * 5 > cases * CALLS as u64, "{priced} of {} are priced", cases * CALLS as u64);
}

/// A minute for each reader of a text, or as many seconds as `TRUEUP_FUZZ_SECONDS` says; `TRUEUP_FUZZ_ONLY=calls` is one
/// reader, `TRUEUP_FUZZ_FROM` the first case; `TRUEUP_FUZZ_CASE=calls:7` shows and tries one.
#[test]
#[ignore = "minutes: cargo test --release --lib no_reader_falls_over -- --ignored --nocapture"]
fn no_reader_falls_over() {
    let said = |name: &str| std::env::var(name).ok();
    let number = |name: &str| said(name).map(|n| n.parse::<u64>().expect("a number"));
    if let Some(case) = said("TRUEUP_FUZZ_CASE") {
        let (reader, case) = case.split_once(':').expect("READER:CASE");
        return fuzz_tests::one(reader, case.parse().expect("a number"));
    }
    let (seconds, from) = (number("TRUEUP_FUZZ_SECONDS").unwrap_or(60), number("TRUEUP_FUZZ_FROM").unwrap_or(1000));
    fuzz_tests::storm(seconds, said("TRUEUP_FUZZ_ONLY").as_deref(), from);
}
