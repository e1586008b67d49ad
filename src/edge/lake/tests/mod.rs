mod digest;
mod parts;
mod seal;

use arrow::array::RecordBatch;

use super::schema::{CarryRow, to_batch};
use crate::domain::money::Amount;
use crate::domain::period::Instant;

/// Rows with every kind of column the digest and the parts meet.
fn rows(n: usize) -> Vec<CarryRow> {
    let row = |i: usize| CarryRow {
        kind: ["wallet", "key", "seen"][i % 3].to_owned(),
        k1: (!i.is_multiple_of(4)).then(|| format!("account-{}", i % 50)),
        k2: (!i.is_multiple_of(5)).then(String::new),
        k3: None,
        k4: Some(format!("call-{i:08}")),
        at: Some(Instant::from_micros(1_790_812_800_000_000 + (i as i64) * 7_919)),
        amount: (i % 7 != 3).then(|| Amount::from_raw((i as i128) * 1_234_567_890_123 - 5).unwrap()),
        n: i.is_multiple_of(2).then_some(i as i64 - 9),
        text: None,
    };
    (0..n).map(row).collect()
}

/// The rows in batches of the sizes given, again and again, each with its own dictionaries.
fn split(rows: &[CarryRow], sizes: &[usize]) -> Vec<RecordBatch> {
    let (mut rest, mut batches) = (rows, Vec::new());
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            return batches;
        }
        let (head, tail) = rest.split_at((*size).min(rest.len()));
        batches.push(to_batch(head));
        rest = tail;
    }
    batches
}
