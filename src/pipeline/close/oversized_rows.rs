//! Rows with an amount that no row may have. None is read any more; those that an earlier build took are left
//! out of a day as the rejects they would be, and its manifest names them.
//!
//! Knows nothing of: how rows are read, what a pass makes of the others.

use super::row_places::RowPlace;
use crate::domain::call::Calls;
use crate::domain::ledger::{Balance, Posting};
use crate::domain::money::Amount;
use crate::pipeline::error::AppError;

/// The note of a sealed day that names such rows.
pub(crate) const NOTE: &str = "oversized rows";

/// Rows left out, in words.
pub(crate) type Oversized = Vec<String>;

fn fits(amounts: [Option<Amount>; 3]) -> bool {
    amounts.into_iter().flatten().all(Amount::fits_a_row)
}

fn call_fits(calls: &Calls, row: usize) -> bool {
    fits([calls.recorded(row), calls.recorded_upstream(row), calls.recorded_balance(row)])
}

fn posting_fits(posting: &Posting) -> bool {
    fits([Some(posting.amount), posting.money, None])
}

/// The calls that fit.
pub(crate) fn calls_that_fit(calls: Calls) -> Result<Calls, AppError> {
    Ok(split_calls(calls, &mut Vec::new())?.0)
}

/// The calls that fit with their places, and what the others are called.
pub(crate) fn split_calls(calls: Calls, places: &mut Vec<RowPlace>) -> Result<(Calls, Oversized), AppError> {
    let out: Vec<usize> = (0..calls.len()).filter(|row| !call_fits(&calls, *row)).collect();
    if out.is_empty() {
        return Ok((calls, Vec::new()));
    }
    let kept: Vec<u32> = (0u32..).take(calls.len()).filter(|row| call_fits(&calls, *row as usize)).collect();
    if !places.is_empty() {
        *places = kept.iter().map(|row| places[*row as usize]).collect();
    }
    let name = |row: &usize| {
        format!("call {} of {}", calls.call_id().value(*row), calls.account_id().get(*row).unwrap_or_default())
    };
    let named = out.iter().map(name).collect();
    Ok((calls.take(&kept).map_err(AppError::internal)?, named))
}

/// Takes out the postings that do not fit, with their places.
pub(crate) fn split_postings(postings: &mut Vec<Posting>, places: &mut Vec<RowPlace>) -> Oversized {
    if postings.iter().all(posting_fits) {
        return Vec::new();
    }
    let mut kept = postings.iter().map(posting_fits);
    places.retain(|_| kept.next().unwrap_or(true));
    let name = |p: &Posting| format!("posting {} of {}", p.posting_id, p.account_id);
    let named = postings.iter().filter(|p| !posting_fits(p)).map(name).collect();
    postings.retain(posting_fits);
    named
}

/// Takes out the balances that do not fit.
pub(crate) fn split_balances(balances: &mut Vec<Balance>) -> Oversized {
    let named = balances.iter().filter(|b| !b.balance.fits_a_row());
    let named = named.map(|b| format!("balance of {} at {}", b.account_id, b.at)).collect();
    balances.retain(|b| b.balance.fits_a_row());
    named
}
