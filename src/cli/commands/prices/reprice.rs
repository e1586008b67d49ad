//! `trueup prices reprice`: what prices learnt late change, and what to give back.

use std::path::Path;

use super::load;
use super::rehearse::{MOST, left_out, many, too_large};
use crate::cli::End;
use crate::cli::args::{Format, RepriceArgs};
use crate::cli::context::{open_to_read, period};
use crate::cli::output::{Out, Pieces};
use crate::pipeline::AppError;
use crate::pipeline::{self, RepriceAsk, Repriced};
use crate::report::{Table, repriced_table};

pub(super) async fn reprice(args: &RepriceArgs, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    let known = load::moment(&args.known)?;
    let ask = RepriceAsk { known, period: period(args.period.as_deref())?, account: args.account.clone() };
    let context = open_to_read(dir).await?;
    let format = args.output.format;
    let listed = format != Format::Text || args.calls;
    let mut pieces = Pieces::new(out, format);
    let done = pipeline::reprice(&context, &ask, &mut |day| {
        if listed {
            pieces.print(&repriced_table(&day.calls));
        }
        Ok(())
    })
    .await?;
    let none = done.sums.account.is_empty();
    if none && format == Format::Csv {
        pieces.print(&repriced_table(&[]));
    }
    pieces.finish()?;
    if format == Format::Text {
        if listed && !none {
            out.line("")?;
        }
        text(&done, args, out)?;
    }
    if done.known_later > 0 {
        let days = many(done.known_later, "day");
        out.talk(&format!("{days} sealed with prices known later than {known}: nothing changes there"));
    }
    left_out(&done.unsealed, done.outdated, out);
    Ok(if done.unsealed.is_empty() && done.outdated == 0 { End::Done } else { End::Partial })
}

fn text(done: &Repriced, args: &RepriceArgs, out: &mut Out) -> Result<(), AppError> {
    let known = load::moment(&args.known)?;
    if done.sums.account.is_empty() {
        return out.line(&format!("prices known by {known} change no call of {}", many(done.days, "sealed day")));
    }
    out.line(&format!("prices known by {known}, in place of those each day was sealed with"))?;
    out.line(&format!(
        "{} of {} with calls that cost something else",
        done.touched_days,
        many(done.days, "sealed day")
    ))?;
    out.line("")?;
    out.table(&done.sums.totals().ok_or_else(too_large)?, Format::Text)?;
    out.line("\nTO SETTLE, by account (difference below 0: give back)")?;
    let named = |id: &str| {
        let at = done.customers.binary_search_by(|c| c.0.as_str().cmp(id)).ok();
        at.map_or_else(String::new, |at| done.customers[at].1.clone())
    };
    let accounts = done.sums.accounts(named, args.limit.unwrap_or(MOST)).ok_or_else(too_large)?;
    out.table(&accounts, Format::Text)?;
    out.line("\nWHY")?;
    out.table(&done.sums.causes().ok_or_else(too_large)?, Format::Text)?;
    invoices(done, out)
}

fn invoices(done: &Repriced, out: &mut Out) -> Result<(), AppError> {
    if done.billed.is_empty() {
        return out.line("\nNo final invoice billed these calls: settle them in the ledger, by the list above.");
    }
    out.line("\nINVOICES THAT BILLED THESE CALLS (before tax, with the month's discount computed again)")?;
    let columns = ["number", "account", "month", "currency", "difference", "credited_already", "left_of_it"];
    let mut table = Table::new(&columns);
    for billed in &done.billed {
        let s = &billed.shift;
        table.push(vec![
            s.number.as_str().into(),
            s.account_id.as_str().into(),
            billed.month.to_string().into(),
            s.currency.as_str().into(),
            s.difference.into(),
            s.credited.into(),
            s.left.into(),
        ]);
    }
    out.table(&table, Format::Text)?;
    let commands: Vec<_> = done.billed.iter().filter_map(|b| b.command()).collect();
    if !commands.is_empty() {
        out.line("\nTO GIVE BACK (nothing was written; --dry-run shows a note first)")?;
    }
    for command in &commands {
        let note = command.note.as_ref().map_or_else(String::new, |note| format!("   # {note}"));
        out.line(&format!("  {}{note}", command.text))?;
    }
    let billed = |id: &String| done.billed.iter().any(|b| b.shift.account_id == *id);
    match done.sums.account.keys().filter(|(id, _)| !billed(id)).count() {
        0 => Ok(()),
        n => {
            let accounts = many(n as u64, "account");
            out.line(&format!("\n{accounts} without an invoice over these calls: settle them in the ledger."))
        }
    }
}
