//! What the calls of a period should have cost.

use std::path::Path;

use crate::cli::End;
use crate::cli::args::{Format, RateArgs};
use crate::cli::context::{as_of, day, load_settings, open, period};
use crate::cli::output::{Out, Pieces};
use crate::domain::period::{Period, PeriodKind};
use crate::pipeline;
use crate::pipeline::AppError;
use crate::report::{RatedTotals, rated_table};

pub(super) async fn rate(args: &RateArgs, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    let now = as_of(args.when.as_of.as_deref())?;
    let chosen = match &args.when.date {
        Some(date) => Some(day(date)?),
        None => period(args.when.period.as_deref())?,
    };
    let context = open(load_settings(dir)?, now, true).await?;
    let period = chosen.unwrap_or_else(|| Period::last_complete(PeriodKind::Day, context.config.zone, now));
    let mut totals = RatedTotals::default();
    let mut printed = Pieces::new(out, args.output.format);
    let since_seal = pipeline::rate(&context, period, &mut |rated| {
        if args.output.format == Format::Text {
            return totals.add(&rated.rows()).ok_or_else(|| AppError::internal("the charges of a model overflow"));
        }
        printed.print(&rated_table(&rated.rows()));
        Ok(())
    })
    .await?;
    printed.finish()?;
    if args.output.format == Format::Text {
        out.table(&totals.table(), Format::Text)?;
    }
    for (day, calls) in since_seal {
        let calls = if calls == 1 { "1 call".to_owned() } else { format!("{calls} calls") };
        out.talk(&format!("{day}: {calls} came after the day was sealed, in none of these figures"));
    }
    Ok(End::Done)
}
