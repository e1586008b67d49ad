//! The bookkeeping of a file's rows: what is taken is counted, what is not is a reject.

use std::cell::Cell;

use super::error::SourceError;
use super::fields::{Fault, Fields};
use super::report::{FileReport, MAX_REJECTS, Reject};
use super::schema::{Shape, Slots};
use crate::domain::period::Zone;

/// Where a row stands: see [`Reject`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spot {
    pub(crate) line: u64,
    pub(crate) offset: u64,
    pub(crate) length: u64,
}

pub(crate) type OnRow<'h> = dyn FnMut(&Fields<'_, '_>, Spot) -> Result<(), Fault> + 'h;

/// Counts rows and keeps rejects.
pub(crate) struct Collector<'h, 'f> {
    pub(crate) report: FileReport,
    pub(crate) shape: &'static Shape,
    zone: Option<Zone>,
    on_row: &'h mut OnRow<'f>,
}

impl Collector<'_, '_> {
    /// One row, which its format could make out or not.
    pub(crate) fn row(
        &mut self,
        made_out: Result<(), Fault>,
        slots: &Slots<'_>,
        spot: Spot,
        hash: impl FnOnce() -> u64,
    ) -> Result<(), SourceError> {
        let fields = Fields { slots, shape: self.shape, zone: self.zone, rounded: Cell::new(0) };
        match made_out.and_then(|()| (self.on_row)(&fields, spot)) {
            Ok(()) => {
                self.report.rows_read += 1;
                self.report.accepted += 1;
                self.report.rounded += fields.rounded.get();
                Ok(())
            }
            Err(fault) => self.reject(fault, spot, hash()),
        }
    }

    pub(crate) fn reject(&mut self, fault: Fault, spot: Spot, hash: u64) -> Result<(), SourceError> {
        self.report.rows_read += 1;
        let (Spot { line, offset, length }, (field, reason)) = (spot, fault.into_parts());
        self.report.rejects.push(Reject { line, offset, length, hash, field, reason });
        if self.report.rejects.len() > MAX_REJECTS {
            return Err(SourceError::TooManyRejects(MAX_REJECTS));
        }
        Ok(())
    }
}
