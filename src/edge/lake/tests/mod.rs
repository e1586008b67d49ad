mod digest;
mod parts;
mod seal;

use arrow::array::RecordBatch;

use super::schema::to_batch;
use crate::domain::money::Amount;
use crate::domain::period::Instant;
use crate::record;

/// A row of a table that only the tests have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Sample {
    kind: String,
    k1: Option<String>,
    k2: Option<String>,
    k3: Option<String>,
    k4: Option<String>,
    at: Option<Instant>,
    amount: Option<Amount>,
    n: Option<i64>,
    text: Option<String>,
}

record! { "sample" => Sample {
    kind: Name, k1: Name, k2: Name, k3: Name, k4: Text, at: Instant, amount: Amount, n: I64, text: Text,
} }

/// Rows with every kind of column the digest and the parts meet.
fn rows(n: usize) -> Vec<Sample> {
    let row = |i: usize| Sample {
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
fn split(rows: &[Sample], sizes: &[usize]) -> Vec<RecordBatch> {
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
