//! What is odd, though it is accepted.

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
