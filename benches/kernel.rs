//! The rating kernel over calls in memory: every call its amount, version and row.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant as Clock;

use trueup::domain::call::Calls;
use trueup::domain::money::Amount;
use trueup::domain::period::{Day, Instant, Zone};
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
        let (raters, calls) = ([Rater::new(book(shape), Instant::MAX)], calls(shape));
        let total = timed(&work, "trueup, 1 core, one batch", &raters, std::slice::from_ref(&calls), setting, table)?;
        others::range_join(&work, shape, &calls, total, setting, table)?;
        // As the jobs do it, and so that the memory of one batch serves the next.
        let days = by_day(&calls)?;
        if timed(&work, "trueup, 1 core, day by day", &raters, &days, setting, table)? != total {
            return Err(format!("{work}: the days do not add up to the month"));
        }
    }
    Ok(())
}

fn timed(
    work: &str,
    who: &str,
    raters: &[Rater],
    batches: &[Calls],
    setting: &Setting,
    table: &mut Table,
) -> Result<Amount, String> {
    let assignment = Assignment::default();
    let rows = batches.iter().map(Calls::len).sum();
    let mut timing = Timing { work: work.to_owned(), who: who.to_owned(), rows, wall: Vec::new(), cpu: Vec::new() };
    for _ in 0..setting.repeat {
        let (begin, before) = (Clock::now(), processor_time());
        for batch in batches {
            black_box(rate(raters, batch, &assignment));
        }
        timing.wall.push(begin.elapsed().as_secs_f64());
        timing.cpu.extend(processor_time().zip(before).map(|(now, before)| now - before));
    }
    table.add(timing);
    let sum = |batch| {
        let charges = rate(raters, batch, &assignment);
        Amount::sum((0..charges.len()).filter_map(|row| charges.expected(row)))
    };
    let total = batches.iter().map(sum).try_fold(Amount::ZERO, |total, more| total.checked_add(more?));
    total.ok_or_else(|| format!("{work}: the sum of all charges does not fit"))
}

fn by_day(calls: &Calls) -> Result<Vec<Calls>, String> {
    let mut days: BTreeMap<Day, Vec<u32>> = BTreeMap::new();
    for row in 0..calls.len() {
        days.entry(Zone::UTC.day_of(calls.started(row)))
            .or_default()
            .push(u32::try_from(row).map_err(|e| e.to_string())?);
    }
    days.into_values().map(|rows| calls.take(&rows).map_err(|e| e.to_string())).collect()
}
