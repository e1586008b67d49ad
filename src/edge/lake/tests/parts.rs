use std::fs;
use std::path::Path;

use super::{rows, split};
use crate::edge::blob::Blob;
use crate::edge::blob::tests::block_on;
use crate::edge::lake::schema::{CarryRow, from_batch, schema, to_batch};
use crate::edge::lake::{Lake, LakeError, PartRef, Read};

fn lake(dir: &Path) -> Lake {
    Lake::new(Blob::folder(dir))
}

async fn write(lake: &Lake, rows: &[CarryRow], sizes: &[usize]) -> PartRef {
    lake.write_part("carry", "2026-10-01", &schema::<CarryRow>(), &split(rows, sizes)).await.unwrap()
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
        assert!(expected.path.starts_with("tables/carry/2026-10-01/"));
        for sizes in [&[8_192][..], &[1, 5_000, 77], &[130_000, 3]] {
            assert_eq!(write(&two, &rows, sizes).await, expected, "{sizes:?}");
        }
        assert_eq!(one.blob().get(&expected.path).await.unwrap(), two.blob().get(&expected.path).await.unwrap());
        assert_eq!(two.blob().list("").await.unwrap().len(), 1);
        let back = two.read_part(&expected, Read { verify: true, ..Read::default() }).await.unwrap();
        let back: Vec<CarryRow> = back.iter().flat_map(|b| from_batch(b).unwrap()).collect();
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

#[test]
fn a_writer_given_up_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let lake = lake(dir.path());
    let columns = schema::<CarryRow>();
    let mut writer = lake.part_writer("carry", "all", &columns).unwrap();
    writer.push(&to_batch(&rows(10_000))).unwrap();
    assert_eq!(writer.rows(), 10_000);
    assert!(writer.push(&to_batch::<crate::domain::ledger::Balance>(&[])).is_err());
    drop(writer);
    let finished = lake.part_writer("carry", "all", &columns).unwrap().finish().unwrap();
    drop(finished);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    for (table, partition) in [("", "all"), ("a/b", "all"), ("carry", ".."), ("carry", "a b")] {
        assert!(matches!(lake.part_writer(table, partition, &columns), Err(LakeError::Name { .. })));
    }
}
