//! The rating kernel over calls in memory: every call its amount, version and row.

use std::time::Instant as Clock;

use trueup::domain::call::Calls;
use trueup::domain::money::Amount;
use trueup::domain::period::Instant;
use trueup::domain::rating::{Assignment, Rater, rate};

use crate::rows::{Shape, book, calls};
use crate::table::{Table, Timing, processor_time};
use crate::{Setting, others};

/// Name, models, versions, and the days over which the versions begin; the calls are of the last 31, so
/// that of a year's versions two are met.
const SHAPES: [(&str, u64, u64, u64); 3] = [
    ("60 models, 12 versions a month", 60, 12, 31),
    ("2400 models, 12 versions a year", 2400, 12, 365),
    ("2400 models, 12 versions a month", 2400, 12, 31),
];

pub(crate) fn measure(setting: &Setting, table: &mut Table) -> Result<(), String> {
    for (name, models, versions, days) in SHAPES {
        let shape = Shape { models, versions, days, calls: setting.rows };
        let work = format!("kernel, {name}");
        let calls = calls(shape);
        let total = ours(&work, shape, &calls, setting, table)?;
        others::range_join(&work, shape, &calls, total, setting, table)?;
    }
    Ok(())
}

fn ours(work: &str, shape: Shape, calls: &Calls, setting: &Setting, table: &mut Table) -> Result<Amount, String> {
    let raters = [Rater::new(book(shape), Instant::MAX)];
    let assignment = Assignment::default();
    let (mut wall, mut cpu, mut total) = (Vec::new(), Vec::new(), None);
    for _ in 0..setting.repeat {
        let (begin, before) = (Clock::now(), processor_time());
        let charges = rate(&raters, calls, &assignment);
        cpu.extend(processor_time().zip(before).map(|(now, before)| now - before));
        wall.push(begin.elapsed().as_secs_f64());
        total = Amount::sum((0..charges.len()).filter_map(|row| charges.expected(row)));
    }
    table.add(Timing { work: work.to_owned(), who: "trueup, 1 core".to_owned(), rows: calls.len(), wall, cpu });
    total.ok_or_else(|| format!("{work}: the sum of all charges does not fit"))
}
