//! Versions are kept, by their content.

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
