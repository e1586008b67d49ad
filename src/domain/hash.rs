//! Canonical bytes of named, typed values, and their hashes: the same on every machine and in every build.
//!
//! What is stored or compared over time is hashed from here and from nowhere else. Names are fixed words
//! that stand in the code as text, so renaming a field or a type changes no hash; a type gives its bytes by
//! taking itself apart member by member, so that a new member is decided on before it compiles.
//!
//! A value is one byte for its type and then:
//!
//! | type | bytes |
//! | --- | --- |
//! | absent | none |
//! | text | length (64 bits), UTF-8 |
//! | whole number | 128 bits, signed |
//! | flag | 0 or 1 |
//! | hash | 128 bits |
//! | list | count (64 bits), values |
//! | map | count (64 bits), a key and a value each |
//! | record | kind, members (a name, a value each), an empty name |
//!
//! Kinds and names are a length (16 bits) and UTF-8; numbers are little-endian. No value is the beginning of
//! another, so no two different values have the same bytes.
//! Knows nothing of: which values there are.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::xxh3_128;

/// How canonical bytes are made. It stands before every hash of them that is stored, so that a hash of
/// another scheme is told from one of another content.
pub(crate) const SCHEME: &str = "c1";

/// A value that has canonical bytes.
pub(crate) trait Canonical {
    /// Writes exactly one value.
    fn write(&self, to: &mut CanonicalBytes);
}

/// Canonical bytes being written.
#[derive(Default)]
pub(crate) struct CanonicalBytes {
    bytes: Vec<u8>,
}

#[derive(Clone, Copy)]
enum Tag {
    Absent = 0,
    Text = 1,
    Whole = 2,
    Flag = 3,
    Hash = 4,
    List = 5,
    Map = 6,
    Record = 7,
}

impl CanonicalBytes {
    /// The bytes of one value.
    pub(crate) fn of(value: &(impl Canonical + ?Sized)) -> CanonicalBytes {
        let mut bytes = CanonicalBytes::default();
        value.write(&mut bytes);
        bytes
    }

    /// The bytes of a record whose members are put by `members`.
    pub(crate) fn of_record(kind: &str, members: impl FnOnce(&mut CanonicalBytes)) -> CanonicalBytes {
        let mut bytes = CanonicalBytes::default();
        bytes.record(kind, members);
        bytes
    }

    fn tag(&mut self, tag: Tag) {
        self.bytes.push(tag as u8);
    }

    fn word(&mut self, word: &str) {
        debug_assert!(!word.is_empty() && word.len() < 0x1_0000, "names are short words");
        self.bytes.extend((word.len() as u16).to_le_bytes());
        self.bytes.extend(word.as_bytes());
    }

    fn count(&mut self, count: usize) {
        self.bytes.extend((count as u64).to_le_bytes());
    }

    pub(crate) fn absent(&mut self) {
        self.tag(Tag::Absent);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.tag(Tag::Text);
        self.count(text.len());
        self.bytes.extend(text.as_bytes());
    }

    pub(crate) fn whole(&mut self, number: i128) {
        self.tag(Tag::Whole);
        self.bytes.extend(number.to_le_bytes());
    }

    pub(crate) fn flag(&mut self, flag: bool) {
        self.tag(Tag::Flag);
        self.bytes.push(u8::from(flag));
    }

    pub(crate) fn hash(&mut self, hash: u128) {
        self.tag(Tag::Hash);
        self.bytes.extend(hash.to_le_bytes());
    }

    pub(crate) fn list<'a, T: Canonical + 'a>(&mut self, values: impl ExactSizeIterator<Item = &'a T>) {
        self.tag(Tag::List);
        self.count(values.len());
        values.for_each(|value| value.write(self));
    }

    /// A record; `members` puts each by [`CanonicalBytes::member`], in a fixed order.
    pub(crate) fn record(&mut self, kind: &str, members: impl FnOnce(&mut CanonicalBytes)) {
        self.tag(Tag::Record);
        self.word(kind);
        members(self);
        self.bytes.extend([0, 0]);
    }

    /// One member of the record under way.
    pub(crate) fn member(&mut self, name: &str, value: &(impl Canonical + ?Sized)) {
        self.word(name);
        value.write(self);
    }

    /// A number that fits no narrower type.
    pub(crate) fn whole_member(&mut self, name: &str, value: i128) {
        self.word(name);
        self.whole(value);
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// For comparing in memory and for sums over many rows; of no use against somebody who wants two alike.
    pub(crate) fn hash128(&self) -> u128 {
        xxh3_128(&self.bytes)
    }

    /// What is stored: the scheme, a colon, the SHA-256 in hex.
    pub(crate) fn stamp(&self) -> String {
        format!("{SCHEME}:{}", sha256(&self.bytes))
    }
}

/// Whether a stored hash was made as this build makes them. Those of the first builds have no scheme.
pub(crate) fn is_of_this_scheme(stamp: &str) -> bool {
    stamp.split_once(':').is_some_and(|(scheme, _)| scheme == SCHEME)
}

/// SHA-256 in lower-case hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

impl<T: Canonical + ?Sized> Canonical for &T {
    fn write(&self, to: &mut CanonicalBytes) {
        (**self).write(to);
    }
}

impl<T: Canonical> Canonical for Option<T> {
    fn write(&self, to: &mut CanonicalBytes) {
        match self {
            Some(value) => value.write(to),
            None => to.absent(),
        }
    }
}

impl<T: Canonical> Canonical for [T] {
    fn write(&self, to: &mut CanonicalBytes) {
        to.list(self.iter());
    }
}

impl<T: Canonical> Canonical for Vec<T> {
    fn write(&self, to: &mut CanonicalBytes) {
        self[..].write(to);
    }
}

impl<K: Canonical, V: Canonical> Canonical for BTreeMap<K, V> {
    fn write(&self, to: &mut CanonicalBytes) {
        to.tag(Tag::Map);
        to.count(self.len());
        for (key, value) in self {
            key.write(to);
            value.write(to);
        }
    }
}

macro_rules! canonical {
    ($($type:ty: |$value:ident, $to:ident| $write:expr;)*) => { $(
        impl Canonical for $type {
            fn write(&self, $to: &mut CanonicalBytes) {
                let $value = self;
                $write;
            }
        }
    )* };
}

canonical! {
    str: |v, to| to.text(v);
    String: |v, to| to.text(v);
    Arc<str>: |v, to| to.text(v);
    bool: |v, to| to.flag(*v);
    u16: |v, to| to.whole(i128::from(*v));
    u32: |v, to| to.whole(i128::from(*v));
    u64: |v, to| to.whole(i128::from(*v));
    i32: |v, to| to.whole(i128::from(*v));
    i64: |v, to| to.whole(i128::from(*v));
    u128: |v, to| to.hash(*v);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(name: Option<&str>) -> CanonicalBytes {
        CanonicalBytes::of_record("sample", |to| {
            to.member("name", &name);
            to.member("count", &-3i64);
            to.member("open", &true);
            to.member("key", &0x0102_u128);
            to.member("models", &["a".to_owned(), String::new()][..]);
            to.member("sums", &BTreeMap::from([("CNY", 7u32)]));
        })
    }

    #[test]
    fn bytes_are_what_the_page_says() {
        let number = |n: i128| n.to_le_bytes().to_vec();
        let text = |t: &str| [&[1][..], &(t.len() as u64).to_le_bytes(), t.as_bytes()].concat();
        let word = |w: &str| [&(w.len() as u16).to_le_bytes()[..], w.as_bytes()].concat();
        let wanted = [
            vec![7],
            word("sample"),
            [word("name"), text("Ann")].concat(),
            [word("count"), vec![2], number(-3)].concat(),
            [word("open"), vec![3, 1]].concat(),
            [word("key"), vec![4], number(0x0102)].concat(),
            [word("models"), vec![5], 2u64.to_le_bytes().to_vec(), text("a"), text("")].concat(),
            [word("sums"), vec![6], 1u64.to_le_bytes().to_vec(), text("CNY"), vec![2], number(7)].concat(),
            vec![0, 0],
        ];
        assert_eq!(sample(Some("Ann")).into_bytes(), wanted.concat());
    }

    #[test]
    fn hashes_never_change() {
        assert_eq!(sample(Some("Ann")).stamp(), "c1:ca196f8436579607575a1131aebb6bc62aee70b74867ca445c154a5e4ac78d4a");
        assert_eq!(format!("{:032x}", sample(None).hash128()), "4623bc344501238e698b41e1f9c33048");
        assert_eq!(sha256(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    #[test]
    fn different_values_have_different_bytes() {
        let record = |members: &[(&str, Option<&str>)]| {
            let put = |to: &mut CanonicalBytes| members.iter().for_each(|(name, value)| to.member(name, value));
            CanonicalBytes::of_record("r", put).into_bytes()
        };
        let all = [
            record(&[]),
            record(&[("a", None)]),
            record(&[("a", Some(""))]),
            record(&[("a", Some("b"))]),
            record(&[("ab", Some(""))]),
            record(&[("a", Some("")), ("b", None)]),
            record(&[("b", None), ("a", Some(""))]),
            CanonicalBytes::of(&vec!["a", "b"]).into_bytes(),
            CanonicalBytes::of(&vec!["ab"]).into_bytes(),
            CanonicalBytes::of(&1u32).into_bytes(),
            CanonicalBytes::of(&1u128).into_bytes(),
            CanonicalBytes::of("1").into_bytes(),
        ];
        for (i, one) in all.iter().enumerate() {
            assert!(all[i + 1..].iter().all(|other| !other.starts_with(one) && !one.starts_with(other)), "{i}");
        }
    }

    #[test]
    fn a_hash_of_the_first_builds_has_no_scheme() {
        assert!(is_of_this_scheme(&sample(None).stamp()));
        assert!(!is_of_this_scheme(&sha256(b"")) && !is_of_this_scheme("c0:12") && !is_of_this_scheme(""));
    }
}
