use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema};
use proptest::prelude::*;

use super::{rows, split};
use crate::edge::lake::Digest;
use crate::edge::lake::schema::to_batch;

fn whole(n: usize) -> Digest {
    Digest::of(&to_batch(&rows(n)), &[]).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn neither_order_nor_split_counts(
        n in 1usize..700,
        sizes in proptest::collection::vec(1usize..300, 1..4),
        seed in any::<u64>(),
    ) {
        let mut shuffled = rows(n);
        shuffled.sort_by_key(|r| xxhash_rust::xxh3::xxh3_64_with_seed(format!("{r:?}").as_bytes(), seed));
        let batches = split(&shuffled, &sizes);
        prop_assert_eq!(Digest::of_all(&batches, &[]).unwrap(), whole(n));
    }

    #[test]
    fn any_change_of_a_row_counts(n in 1usize..300, at in any::<prop::sample::Index>(), what in 0..7) {
        let mut changed = rows(n);
        let row = &mut changed[at.index(n)];
        match what {
            0 => row.kind.push('x'),
            1 => row.k1 = row.k1.is_none().then(String::new),
            2 => row.k2 = row.k2.is_none().then(String::new),
            3 => row.k3 = Some(String::new()),
            4 => row.amount = if row.amount.is_some() { None } else { Some(Default::default()) },
            5 => row.n = row.n.map_or(Some(0), |_| None),
            _ => std::mem::swap(&mut row.k3, &mut row.k4),
        }
        prop_assert_ne!(Digest::of(&to_batch(&changed), &[]).unwrap(), whole(n));
    }
}

#[test]
fn rows_twice_count_twice() {
    let mut twice = rows(10);
    twice.extend(rows(10));
    let digest = Digest::of(&to_batch(&twice), &[]).unwrap();
    assert_eq!(digest.rows, 20);
    assert_ne!(digest.hash, 0);
    assert_ne!(digest.hash, whole(10).hash);
    assert_eq!(Digest::of(&to_batch(&rows(0)), &[]).unwrap(), Digest::default());
}

#[test]
fn columns_left_out_do_not_count_and_their_order_does_not() {
    let (mut moved, all) = (rows(50), to_batch(&rows(50)));
    for row in &mut moved {
        row.n = Some(-1);
        row.text = Some("elsewhere".to_owned());
    }
    let moved = to_batch(&moved);
    assert_ne!(Digest::of(&moved, &[]).unwrap(), Digest::of(&all, &[]).unwrap());
    let left_out = Digest::of(&all, &["n", "text"]).unwrap();
    assert_eq!(Digest::of(&moved, &["n", "text"]).unwrap(), left_out);
    let turned: Vec<usize> = (0..all.num_columns()).rev().collect();
    assert_eq!(Digest::of(&all.project(&turned).unwrap(), &["n", "text"]).unwrap(), left_out);
    assert_ne!(Digest::of(&all, &["n"]).unwrap(), left_out);
}

#[test]
fn a_dictionary_counts_by_its_values() {
    let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None, Some("b"), Some("a"), Some("")]));
    let names = cast(&texts, &DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))).unwrap();
    let of = |array: ArrayRef| {
        let schema = Schema::new(vec![Field::new("x", array.data_type().clone(), true)]);
        Digest::of(&RecordBatch::try_new(Arc::new(schema), vec![array]).unwrap(), &[]).unwrap()
    };
    assert_eq!(of(texts), of(names));
}

#[test]
fn a_digest_stays_what_it_was() {
    // Stored in manifests: a change here makes every old digest wrong.
    assert_eq!(format!("{:032x}", whole(1000).hash), "37450f9fe1dc93a4ed9ed7b1f089db97");
}

#[test]
fn types_the_lake_does_not_use_are_refused() {
    let array: ArrayRef = Arc::new(arrow::array::Float64Array::from(vec![1.0]));
    let schema = Schema::new(vec![Field::new("x", DataType::Float64, true)]);
    let batch = RecordBatch::try_new(Arc::new(schema), vec![array]).unwrap();
    assert!(Digest::of(&batch, &[]).is_err());
    assert!(Digest::of(&batch, &["x"]).is_ok());
}

#[test]
fn a_digest_is_read_from_its_text_and_from_that_of_the_first_builds() {
    let digest = Digest { rows: 12, hash: 0xab };
    assert_eq!(digest.to_string(), "12 rows 000000000000000000000000000000ab");
    assert_eq!(digest.text_of_the_first_scheme(), "Digest { rows: 12, hash: 171 }");
    for text in [digest.to_string(), digest.text_of_the_first_scheme()] {
        assert_eq!(Digest::parse(&text), Some(digest));
    }
    let largest = Digest { rows: u64::MAX, hash: u128::MAX };
    for text in [largest.to_string(), largest.text_of_the_first_scheme()] {
        assert_eq!(Digest::parse(&text), Some(largest));
    }
    for text in ["", "12", "12 rows ab", "x rows 000000000000000000000000000000ab", "Digest { rows: 12 }"] {
        assert_eq!(Digest::parse(text), None, "{text}");
    }
}
