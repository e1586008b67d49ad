//! What rows are apart from their names: why one might cost nothing, or have nothing to price.

use arrow::array::{Array, BooleanArray};

use super::rater::zero_of;
use super::types::Zero;
use crate::domain::call::{Bitmap, Calls, Outcome};
use crate::domain::price::Header;

const ERROR: u8 = 1;
const CANCELLED: u8 = 2;
const CACHE_HIT: u8 = 4;
const NO_USAGE: u8 = 8;
/// A status that is a refusal where nothing was used.
const REFUSED: u8 = 16;

/// A bit a fact, for every row; most have none.
pub(super) struct OutcomeFlags(Vec<u8>);

impl OutcomeFlags {
    pub(super) fn new(calls: &Calls) -> OutcomeFlags {
        let mut flags = OutcomeFlags(vec![0u8; calls.len()]);
        flags.outcomes(calls);
        flags.mark(calls.cache_hit(), true, CACHE_HIT);
        flags.mark(calls.has_usage(), false, NO_USAGE);
        flags.refused(calls);
        flags
    }

    /// Whether nothing sets a row apart.
    #[inline]
    pub(super) fn is_plain(&self, row: usize) -> bool {
        self.0[row] == 0
    }

    pub(super) fn has_usage(&self, row: usize) -> bool {
        self.0[row] & NO_USAGE == 0
    }

    /// Why a row costs nothing whatever its price; `empty`: it has no quantity of anything.
    pub(super) fn zero(&self, row: usize, header: &Header, empty: bool) -> Option<Zero> {
        let row_flags = self.0[row];
        let outcome = match row_flags {
            m if m & ERROR != 0 => Outcome::Error,
            m if m & CANCELLED != 0 => Outcome::Cancelled,
            _ => Outcome::Ok,
        };
        let refusal = row_flags & REFUSED != 0 && (empty || row_flags & NO_USAGE != 0);
        zero_of(header, refusal, outcome, row_flags & CACHE_HIT != 0)
    }

    fn outcomes(&mut self, calls: &Calls) {
        let outcomes = calls.outcome();
        let table: Vec<u8> = (0..outcomes.entries())
            .map(|entry| match Outcome::from_name(outcomes.entry(entry)) {
                Some(Outcome::Error) => ERROR,
                Some(Outcome::Cancelled) => CANCELLED,
                Some(Outcome::Ok) | None => 0,
            })
            .collect();
        if table.iter().any(|m| *m != 0) {
            for (row, row_flags) in self.0.iter_mut().enumerate() {
                *row_flags |= outcomes.index(row).map_or(0, |entry| table[entry]);
            }
        }
    }

    fn mark(&mut self, column: &BooleanArray, when: bool, bit: u8) {
        let marked = if when { column.true_count() } else { column.false_count() };
        if marked == 0 {
            return;
        }
        let bits = Bitmap::new(column.values());
        for (row, row_flags) in self.0.iter_mut().enumerate() {
            *row_flags |= if bits.get(row) == when { bit } else { 0 };
        }
    }

    fn refused(&mut self, calls: &Calls) {
        let status = calls.status();
        for (row, (row_flags, value)) in self.0.iter_mut().zip(&status.values()[..]).enumerate() {
            if matches!(*value, 401 | 402 | 403 | 429) && status.is_valid(row) {
                *row_flags |= REFUSED;
            }
        }
    }
}
