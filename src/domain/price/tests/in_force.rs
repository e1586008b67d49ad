//! Which version is in force.

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
