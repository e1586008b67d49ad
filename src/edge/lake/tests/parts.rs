use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch, UInt64Array};
use arrow::datatypes::{DataType, Field, UInt64Type};
use parquet::arrow::ArrowWriter;

use super::{Sample, rows, split};
use crate::edge::blob::Blob;
use crate::edge::blob::tests::block_on;
use crate::edge::lake::part::{PART_SCHEMA, SCHEMA_KEY, properties_of};
use crate::edge::lake::schema::{from_batch, schema, to_batch};
use crate::edge::lake::{Lake, LakeError, PartRef, Read, Rows};

fn lake(dir: &Path) -> Lake {
    Lake::new(Blob::folder(dir))
}

async fn write(lake: &Lake, rows: &[Sample], sizes: &[usize]) -> PartRef {
    lake.write_part("samples", "2026-10-01", &schema::<Sample>(), &split(rows, sizes)).await.unwrap()
}

#[test]
fn equal_rows_are_equal_bytes_however_they_arrive() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one, two) = (lake(one.path()), lake(two.path()));
    // More than one row group.
    let rows = rows(140_001);
    block_on(async {
        let expected = write(&one, &rows, &[rows.len()]).await;
        assert_eq!(expected.rows, 140_001);
        assert!(expected.path.starts_with("tables/samples/2026-10-01/"));
        for sizes in [&[8_192][..], &[1, 5_000, 77], &[130_000, 3]] {
            assert_eq!(write(&two, &rows, sizes).await, expected, "{sizes:?}");
        }
        assert_eq!(one.blob().get(&expected.path).await.unwrap(), two.blob().get(&expected.path).await.unwrap());
        assert_eq!(two.blob().list("").await.unwrap().len(), 1);
        let back = two.read_part(&expected, Read::default()).await.unwrap();
        let back: Vec<Sample> = back.iter().flat_map(|b| from_batch(b).unwrap()).collect();
        assert!(back == rows);
        let mut other = rows.clone();
        other[70_000].n = Some(123);
        assert_ne!(write(&two, &other, &[9_000]).await.path, expected.path);
    });
}

#[test]
fn a_part_without_rows_is_a_part() {
    let dir = tempfile::tempdir().unwrap();
    let lake = lake(dir.path());
    block_on(async {
        let part = write(&lake, &[], &[1]).await;
        assert_eq!(part.rows, 0);
        assert!(lake.read_part(&part, Read::default()).await.unwrap().iter().all(|b| b.num_rows() == 0));
    });
}

#[test]
fn columns_come_as_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let lake = lake(dir.path());
    block_on(async {
        let part = write(&lake, &rows(20_000), &[3_000]).await;
        let read = Read { columns: Some(&["n", "kind", "amount"]), batch_rows: 6_000, ..Read::default() };
        let batches = lake.read_part(&part, read).await.unwrap();
        assert_eq!(batches.iter().map(|b| b.num_rows()).collect::<Vec<_>>(), [6_000, 6_000, 6_000, 2_000]);
        let whole = to_batch(&rows(20_000)).slice(18_000, 2_000);
        for (i, name) in ["n", "kind", "amount"].into_iter().enumerate() {
            let last = &batches[3];
            assert_eq!(last.schema().field(i).name(), name);
            let (got, expected) = (last.column(i), whole.column_by_name(name).unwrap());
            assert_eq!(
                arrow::compute::cast(got, &arrow::datatypes::DataType::Utf8).unwrap().as_ref(),
                arrow::compute::cast(expected, &arrow::datatypes::DataType::Utf8).unwrap().as_ref(),
            );
        }
        let unknown = Read { columns: Some(&["nothing"]), ..Read::default() };
        assert!(matches!(lake.read_part(&part, unknown).await, Err(LakeError::Damaged { .. })));
    });
}

#[test]
fn only_the_rows_asked_for_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let lake = lake(dir.path());
    block_on(async {
        let all = rows(300_000);
        let part = write(&lake, &all, &[all.len()]).await;
        let places = [0..1, 7..7, 8_190..8_195, 131_071..131_073, 299_999..300_000];
        for columns in [None, Some(&["k4"][..])] {
            let how = Read { columns, rows: Some(Rows::At(&places)), ..Read::default() };
            let names: Vec<String> = (lake.read_part(&part, how).await.unwrap().iter())
                .flat_map(|b| b.column_by_name("k4").unwrap().as_string::<i32>().iter().flatten().map(str::to_owned))
                .collect();
            let wanted: Vec<String> = places.iter().cloned().flatten().map(|i| format!("call-{i:08}")).collect();
            assert_eq!(names, wanted);
        }
        let nothing = Read { rows: Some(Rows::At(&[])), ..Read::default() };
        assert!(lake.read_part(&part, nothing).await.unwrap().iter().all(|b| b.num_rows() == 0));
    });
}

#[test]
fn row_groups_far_from_a_range_are_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let lake = lake(dir.path());
    let columns = arrow::datatypes::Schema::new(vec![Field::new("key", DataType::UInt64, false)]);
    let step = u64::MAX / 400_000;
    let keys = UInt64Array::from_iter_values((0..400_000).map(|n| n * step));
    block_on(async {
        let batch = RecordBatch::try_new(Arc::new(columns), vec![Arc::new(keys)]).unwrap();
        let part = lake.write_batch("keys", "all", batch).await.unwrap();
        let read = async |range: std::ops::RangeInclusive<u64>| -> Vec<u64> {
            let how = Read { rows: Some(Rows::Near("key", &range)), ..Read::default() };
            let batches = lake.read_part(&part, how).await.unwrap();
            batches.iter().flat_map(|b| b.column(0).as_primitive::<UInt64Type>().values().to_vec()).collect()
        };
        // Above the half, where a number read as signed would be below 0.
        for at in [0, 1, 199_999, 200_001, 399_999] {
            let found = read(at * step..=at * step).await;
            assert!(found.contains(&(at * step)) && found.len() <= 131_072, "{at}: {} rows", found.len());
        }
        assert_eq!(read(0..=u64::MAX).await.len(), 400_000);
        assert_eq!(read(400_000 * step..=u64::MAX).await.len(), 0);
    });
}

#[test]
fn damage_is_seen_and_mended_by_writing_again() {
    let dir = tempfile::tempdir().unwrap();
    let lake = lake(dir.path());
    block_on(async {
        let part = write(&lake, &rows(5_000), &[500]).await;
        let file = dir.path().join(&part.path);
        let good = fs::read(&file).unwrap();
        lake.verify_part(&part).await.unwrap();
        let flipped: Vec<u8> = good.iter().enumerate().map(|(i, b)| if i == 700 { b ^ 1 } else { *b }).collect();
        let versions = [Some(flipped), Some(good[..good.len() - 1].to_vec()), Some(Vec::new()), None];
        for damaged in versions {
            match damaged {
                Some(bytes) => fs::write(&file, bytes).unwrap(),
                None => fs::remove_file(&file).unwrap(),
            }
            let seen = lake.verify_part(&part).await.unwrap_err();
            assert!(matches!(&seen, LakeError::Damaged { place, .. } if place.ends_with(&part.path)), "{seen}");
            assert_eq!(write(&lake, &rows(5_000), &[500]).await, part);
            assert_eq!(fs::read(&file).unwrap(), good);
        }
        let fewer = PartRef { rows: 4_999, ..part.clone() };
        assert!(matches!(lake.read_part(&fewer, Read::default()).await, Err(LakeError::Damaged { .. })));
        let more = PartRef { rows: 5_001, ..part };
        assert!(matches!(lake.read_part(&more, Read::default()).await, Err(LakeError::Damaged { .. })));
    });
}

/// A disk that flips a bit changed a closing balance, and the month was billed with it.
#[test]
fn nothing_is_decoded_that_is_not_what_was_sealed() {
    let dir = tempfile::tempdir().unwrap();
    block_on(async {
        // Small parts are not compressed, larger ones are.
        for (count, step) in [(300, 3), (2_500, 97)] {
            let part = write(&lake(dir.path()), &rows(count), &[count]).await;
            let file = dir.path().join(&part.path);
            let good = fs::read(&file).unwrap();
            for at in (0..good.len()).step_by(step) {
                let mut bytes = good.clone();
                bytes[at] ^= 1 << (at % 8);
                fs::write(&file, &bytes).unwrap();
                let read = Read { columns: Some(&["n"]), ..Read::default() };
                for read in [
                    lake(dir.path()).read_part(&part, read).await,
                    lake(dir.path()).read_part(&part, Read::default()).await,
                ] {
                    assert!(
                        matches!(&read, Err(LakeError::Damaged { place, .. }) if place.ends_with(&part.path)),
                        "{at}"
                    );
                }
            }
            fs::write(&file, &good).unwrap();
            assert!(lake(dir.path()).part_columns(&part).await.is_ok());
        }
    });
}

/// The hash of a large part is compared once a run; what is read of it later is still what was hashed.
#[test]
fn a_large_part_that_changes_after_it_was_hashed_is_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let lake = lake(dir.path());
    block_on(async {
        let part = write(&lake, &rows(400_000), &[400_000]).await;
        assert!(part.bytes > 1 << 20, "{}", part.bytes);
        let file = dir.path().join(&part.path);
        let good = fs::read(&file).unwrap();
        let all = lake.read_part(&part, Read::default()).await.unwrap();
        let name_of = |b: &RecordBatch| b.column_by_name("k4").unwrap().as_string::<i32>().value(0).to_owned();
        let mut refused = 0;
        for at in (4..good.len() - 8).step_by(40_000) {
            let mut bytes = good.clone();
            bytes[at] ^= 16;
            fs::write(&file, &bytes).unwrap();
            assert!(matches!(lake.read_part(&part, Read::default()).await, Err(LakeError::Damaged { .. })), "{at}");
            // Rows whose own bytes are as they were may be read.
            let places = [250_000..250_001, 250_007..250_008];
            match lake.read_part(&part, Read { rows: Some(Rows::At(&places)), ..Read::default() }).await {
                Ok(batches) => assert_eq!(name_of(&batches[0]), "call-00250000"),
                Err(LakeError::Damaged { .. }) => refused += 1,
                Err(other) => panic!("{other}"),
            }
        }
        assert!(refused > 0);
        fs::write(&file, &good[..good.len() / 2]).unwrap();
        assert!(matches!(lake.read_part(&part, Read::default()).await, Err(LakeError::Damaged { .. })));
        fs::write(&file, &good).unwrap();
        assert_eq!(lake.read_part(&part, Read::default()).await.unwrap().len(), all.len());
    });
}

/// A part whose hash is right and whose columns are not: another table's, under a manifest made by hand.
#[test]
fn a_part_without_the_columns_of_its_table_is_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let lake = lake(dir.path());
    block_on(async {
        let part = write(&lake, &rows(10), &[10]).await;
        for table in ["calls", "postings", "charges", "carry", "rollup", "files", "mentions"] {
            let other = PartRef { table: table.to_owned(), ..part.clone() };
            let read = lake.read_part(&other, Read::default()).await;
            assert!(matches!(&read, Err(LakeError::Damaged { .. })), "{table}");
        }
    });
}

#[test]
fn a_writer_given_up_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let lake = lake(dir.path());
    let columns = schema::<Sample>();
    let mut writer = lake.part_writer("samples", "all", &columns).unwrap();
    writer.push(&to_batch(&rows(10_000))).unwrap();
    assert_eq!(writer.rows(), 10_000);
    assert!(writer.push(&to_batch::<crate::domain::ledger::Balance>(&[])).is_err());
    drop(writer);
    let finished = lake.part_writer("samples", "all", &columns).unwrap().finish().unwrap();
    drop(finished);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    for (table, partition) in [("", "all"), ("a/b", "all"), ("samples", ".."), ("samples", "a b")] {
        assert!(matches!(lake.part_writer(table, partition, &columns), Err(LakeError::Name { .. })));
    }
}

/// The bytes of some rows as a build with another version of the tables' columns would write them.
fn bytes_of_version(version: u32) -> Vec<u8> {
    let batch = to_batch(&rows(10));
    let properties = properties_of(&batch.schema(), true, version).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

#[test]
fn a_part_of_a_later_version_is_refused_and_the_first_says_none() {
    let dir = tempfile::tempdir().unwrap();
    let lake = lake(dir.path());
    block_on(async {
        let part = write(&lake, &rows(10), &[10]).await;
        let has_key = |bytes: &[u8]| bytes.windows(SCHEMA_KEY.len()).any(|w| w == SCHEMA_KEY.as_bytes());
        assert!(!has_key(&fs::read(dir.path().join(&part.path)).unwrap()));
        for (version, is_read) in [(1, true), (PART_SCHEMA + 1, false), (900, false)] {
            let bytes = bytes_of_version(version);
            assert_eq!(has_key(&bytes), version > 1);
            fs::write(dir.path().join(&part.path), &bytes).unwrap();
            let (size, sha256) = (bytes.len() as u64, crate::domain::hash::sha256(&bytes));
            let part = PartRef { bytes: size, sha256, ..part.clone() };
            match lake.read_part(&part, Read::default()).await {
                Ok(batches) => assert!(is_read && batches[0].num_rows() == 10),
                Err(LakeError::Newer { schema, known, .. }) => assert!(!is_read && schema == version && known == 1),
                Err(other) => panic!("{other}"),
            }
        }
    });
}
