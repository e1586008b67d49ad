//! Which ids show up on days far apart, among all that were ever read.
//!
//! Every file read leaves its mentions in the lake, in the order of their ids. New ones are looked up
//! among the old slice by slice of the ids, so that memory follows neither of them.

use std::ops::RangeInclusive;

use crate::domain::call::{IdSighting, cross_day_ids, of_known_ids};
use crate::edge::lake::schema::{mentions_batch, mentions_from};
use crate::edge::lake::{Lake, PartRef, Read, Rows};
use crate::pipeline::error::AppError;

pub(crate) const TABLE: &str = "mentions";
/// New mentions held in memory at a time.
const SLICE_ROWS: u64 = 2 * 1024 * 1024;

/// Writes mentions as a part; `None` where there are none.
pub(crate) async fn write(lake: &Lake, mut mentions: Vec<IdSighting>) -> Result<Option<PartRef>, AppError> {
    mentions.sort_unstable();
    mentions.dedup();
    if mentions.is_empty() {
        return Ok(None);
    }
    Ok(Some(lake.write_batch(TABLE, "all", mentions_batch(&mentions)).await?))
}

/// Newly mentioned ids that cross days, with all their mentions.
pub(crate) async fn crossing(
    lake: &Lake,
    new: &[&PartRef],
    old: &[&PartRef],
    reach: i64,
) -> Result<Vec<IdSighting>, AppError> {
    let rows: u64 = new.iter().map(|part| part.rows).sum();
    crossing_in(lake, new, old, reach, rows.div_ceil(SLICE_ROWS)).await
}

async fn crossing_in(
    lake: &Lake,
    new: &[&PartRef],
    old: &[&PartRef],
    reach: i64,
    count: u64,
) -> Result<Vec<IdSighting>, AppError> {
    let mut found = Vec::new();
    for slice in slices(count) {
        let mut fresh = Vec::new();
        for part in new {
            fresh.extend(of_part(lake, part, &slice, |all| all.collect()).await?);
        }
        fresh.sort_unstable();
        fresh.dedup();
        let mut known = Vec::new();
        for part in old {
            known.extend(of_part(lake, part, &slice, |all| of_known_ids(&fresh, all)).await?);
        }
        found.extend(cross_day_ids(&fresh, &known, reach));
    }
    Ok(found)
}

/// All mentions of an id.
pub(crate) async fn of_id(lake: &Lake, parts: &[&PartRef], key: u64) -> Result<Vec<IdSighting>, AppError> {
    let mut found = Vec::new();
    for part in parts {
        found.extend(of_part(lake, part, &(key..=key), |all| all.collect()).await?);
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// Ids are hashes, so equal ranges of them have about as many each.
fn slices(count: u64) -> Vec<RangeInclusive<u64>> {
    let count = count.max(1);
    let width = u64::MAX / count;
    (0..count).map(|n| n * width..=if n + 1 == count { u64::MAX } else { (n + 1) * width - 1 }).collect()
}

/// What `pick` takes of a part's mentions in a slice, which come in the order of their ids.
async fn of_part(
    lake: &Lake,
    part: &PartRef,
    slice: &RangeInclusive<u64>,
    pick: impl Fn(&mut dyn Iterator<Item = IdSighting>) -> Vec<IdSighting>,
) -> Result<Vec<IdSighting>, AppError> {
    let how = Read { rows: Some(Rows::Near("key", slice)), batch_rows: 1 << 16, ..Read::default() };
    let mut found = Vec::new();
    for batch in lake.open_part(part, how).await? {
        let mentions = mentions_from(&batch?)?;
        let within = &mut mentions.into_iter().filter(|m| slice.contains(&m.key));
        found.extend(pick(within));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::call::{IdSightingKind, name_hash};
    use crate::domain::period::Day;
    use crate::edge::blob::Blob;
    use crate::edge::blob::tests::block_on;

    /// Ids `from..until`, each called on one day and paid for on another, some far apart.
    fn mentions(from: u64, until: u64) -> Vec<IdSighting> {
        let first = Day::parse("2026-10-01").unwrap();
        let pair = |n: u64| {
            let called = i64::try_from(n % 20).unwrap();
            let paid = called + if n.is_multiple_of(97) { 9 } else { 1 };
            let key = name_hash(&format!("call-{n}"));
            [(called, IdSightingKind::Call), (paid, IdSightingKind::Posting)].map(|(d, by)| IdSighting {
                key,
                day: first.plus(d),
                by,
            })
        };
        (from..until).flat_map(pair).collect()
    }

    #[test]
    fn slices_and_parts_do_not_show_in_what_crosses() {
        let dir = tempfile::tempdir().unwrap();
        let lake = Lake::new(Blob::folder(dir.path()));
        let all = mentions(0, 150_000);
        block_on(async {
            let mut parts = Vec::new();
            for run in [&all[..7], &all[7..180_001], &all[180_001..180_001], &all[180_001..]] {
                parts.extend(write(&lake, run.to_vec()).await.unwrap());
            }
            assert_eq!(parts.len(), 3);
            let (old, new) = ([&parts[0], &parts[1]], [&parts[2]]);
            let wanted = cross_day_ids(&all[180_001..], &all[..180_001], 3);
            assert!(wanted.len() > 600);
            for count in [0, 1, 5, 64] {
                assert!(crossing_in(&lake, &new, &old, 3, count).await.unwrap() == wanted, "{count} slices");
            }
            let everything = crossing(&lake, &[&parts[0], &parts[1], &parts[2]], &[], 3).await.unwrap();
            assert!(everything == cross_day_ids(&all, &[], 3) && everything.len() == 2 * 150_000_usize.div_ceil(97));
            let one = of_id(&lake, &[&parts[0], &parts[1], &parts[2]], all[97 * 2].key).await.unwrap();
            assert_eq!(one, &all[97 * 2..97 * 2 + 2]);
        });
    }

    #[test]
    fn slices_cover_every_id_once() {
        for count in [0, 1, 2, 3, 7, 100] {
            let slices = slices(count);
            assert_eq!(slices.len() as u64, count.max(1));
            assert_eq!((*slices[0].start(), *slices[slices.len() - 1].end()), (0, u64::MAX));
            assert!(slices.windows(2).all(|w| w[0].end() + 1 == *w[1].start()));
        }
    }
}
