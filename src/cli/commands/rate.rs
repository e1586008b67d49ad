//! What the calls of a period should have cost.

use std::path::Path;

use super::{as_of, day, load_settings, open, period};
use crate::cli::End;
use crate::cli::args::{Format, RateArgs};
use crate::cli::failure::Failure;
use crate::cli::out::Out;
use crate::domain::period::{Period, PeriodKind};
use crate::domain::report::{RatedTotals, Table, rated_table};
use crate::edge::render::{to_csv, to_json_lines};
use crate::pipeline::{self, Stop};

pub(super) async fn rate(args: &RateArgs, dir: &Path, out: &mut Out) -> Result<End, Failure> {
    let now = as_of(args.when.as_of.as_deref())?;
    let chosen = match &args.when.date {
        Some(date) => Some(day(date)?),
        None => period(args.when.period.as_deref())?,
    };
    let desk = open(load_settings(dir)?, now, true).await?;
    let period = chosen.unwrap_or_else(|| Period::last_complete(PeriodKind::Day, desk.config.zone, now));
    let mut totals = RatedTotals::default();
    let mut printed = Printed { out, format: args.output.format, rows: 0, failed: None };
    pipeline::rate(&desk, period, &mut |rated| {
        let unit = |row: usize| rated.unit(row);
        if printed.format == Format::Text {
            return totals
                .add(&rated.calls, &rated.charges, unit)
                .ok_or_else(|| Stop::internal("the charges of a model overflow"));
        }
        printed.print(&rated_table(&rated.calls, &rated.charges, unit));
        Ok(())
    })
    .await?;
    printed.finish(&totals)?;
    Ok(End::Done)
}

/// A table that comes in pieces, a day each.
struct Printed<'a> {
    out: &'a mut Out,
    format: Format,
    rows: usize,
    failed: Option<Failure>,
}

impl Printed<'_> {
    fn print(&mut self, table: &Table) {
        let printed = match self.format {
            Format::Csv if self.rows > 0 => {
                let csv = to_csv(table);
                let header = csv.iter().position(|b| *b == b'\n').map_or(0, |end| end + 1);
                self.out.bytes(&csv[header..])
            }
            Format::Json => {
                let rows = String::from_utf8_lossy(&to_json_lines(table)).trim_end().replace('\n', ",\n ");
                let before = if self.rows == 0 { "[" } else { ",\n " };
                self.out.bytes(format!("{before}{rows}").as_bytes())
            }
            format => self.out.table(table, format),
        };
        self.rows += table.rows.len();
        if let Err(failure) = printed {
            self.failed.get_or_insert(failure);
        }
    }

    fn finish(self, totals: &RatedTotals) -> Result<(), Failure> {
        if let Some(failure) = self.failed {
            return Err(failure);
        }
        match self.format {
            Format::Text => self.out.table(&totals.table(), Format::Text),
            Format::Json => self.out.line(if self.rows == 0 { "[]" } else { "]" }),
            _ => Ok(()),
        }
    }
}
