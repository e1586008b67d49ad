//! The bookkeeping of a file's rows: what is taken is counted, what is not is a reject.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use super::error::SourceError;
use super::fields::{Fault, Fields};
use super::json_lines::JsonRows;
use super::report::{FileReport, MAX_REJECTS, Reject};
use super::schema::{Schema, Slots};
use super::texts::Texts;
use crate::domain::period::Zone;

/// Where a row stands: see [`Reject`].
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spot {
    pub(crate) line: u64,
    pub(crate) offset: u64,
    pub(crate) length: u64,
}

/// What was made of one row of a file.
#[derive(Default)]
pub(crate) struct Tally {
    pub(super) given: u64,
    pub(super) aside: Vec<Cow<'static, str>>,
    pub(super) faults: Vec<Fault>,
    /// Something of it is given later.
    pub(super) kept: bool,
    /// Why the whole file is nothing that may be read.
    pub(super) refused: Option<&'static str>,
}

impl Tally {
    fn is_empty(&self) -> bool {
        self.given == 0 && self.aside.is_empty() && self.faults.is_empty() && !self.kept
    }
}

/// Takes rows one after the other.
pub(crate) trait Take {
    /// A fault is a reject of its own, beside what was given of the row before.
    fn row(&mut self, fields: &Fields<'_, '_>, spot: Spot, tally: &mut Tally) -> Result<(), Fault>;

    /// Nothing comes after.
    fn end(&mut self, last: Spot, tally: &mut Tally) -> Result<(), Fault>;

    /// A row begins, counted from 1 and not by lines.
    fn begins(&mut self, _row: u64, _offset: u64) {}

    /// The row, or a part of it, is whole and nothing that is read.
    fn set_aside(&mut self, _row: u64, _reason: &str) {}

    /// The row, or a part of it, is a reject.
    fn rejected(&mut self, _row: u64, _field: &str, _reason: &str) {}
}

/// Counts rows and keeps rejects.
pub(crate) struct Collector<'h> {
    pub(crate) report: FileReport,
    pub(crate) schema: &'static Schema,
    zone: Option<Zone>,
    /// Where a member may be text with an object in it.
    packed: Option<JsonRows>,
    tally: Tally,
    last: Spot,
    /// How many rows there were.
    rows: u64,
    /// Whether what the last row holds is given later.
    pub(super) kept_back: bool,
    take: &'h mut dyn Take,
}

impl<'h> Collector<'h> {
    pub(super) fn new(schema: &'static Schema, zone: Option<Zone>, take: &'h mut dyn Take) -> Collector<'h> {
        let packed = Some(JsonRows::new(schema)).filter(JsonRows::has_packed);
        let (report, tally, last) = (FileReport::default(), Tally::default(), Spot::default());
        Collector { report, schema, zone, packed, tally, last, rows: 0, kept_back: false, take }
    }

    /// One row, which its format could make out or not.
    pub(super) fn row<'a>(
        &mut self,
        mut made_out: Result<(), Fault>,
        slots: &mut Slots<'a>,
        texts: &'a Texts,
        spot: Spot,
        hash: impl FnOnce() -> u64,
    ) -> Result<(), SourceError> {
        self.rows += 1;
        self.take.begins(self.rows, spot.offset);
        if let (Ok(()), Some(packed)) = (&made_out, &mut self.packed) {
            made_out = packed.unpack(slots, texts, &mut self.report);
        }
        self.last = spot;
        let fields = Fields {
            slots,
            schema: self.schema,
            zone: self.zone,
            rounded: Cell::new(0),
            unrounded: RefCell::default(),
        };
        let taken = made_out.and_then(|()| self.take.row(&fields, spot, &mut self.tally));
        if taken.is_ok() {
            self.report.rounded += fields.rounded.get();
            if self.tally.is_empty() {
                self.tally.aside.push(Cow::Borrowed("holds nothing that is read"));
            }
        }
        self.settle(taken, spot, hash)
    }

    /// After the last row.
    pub(super) fn finish(mut self) -> Result<FileReport, SourceError> {
        let last = self.last;
        let ended = self.take.end(last, &mut self.tally);
        self.settle(ended, last, || 0)?;
        Ok(self.report)
    }

    fn settle(&mut self, taken: Result<(), Fault>, spot: Spot, hash: impl FnOnce() -> u64) -> Result<(), SourceError> {
        if let Some(why) = self.tally.refused {
            return Err(SourceError::NotRows(why.to_owned()));
        }
        let given = std::mem::take(&mut self.tally.given);
        self.kept_back = std::mem::take(&mut self.tally.kept);
        self.report.rows_read += given;
        self.report.accepted += given;
        for reason in self.tally.aside.drain(..) {
            self.report.rows_read += 1;
            self.take.set_aside(self.rows, &reason);
            *self.report.aside.entry(reason).or_default() += 1;
        }
        let mut faults = std::mem::take(&mut self.tally.faults);
        faults.extend(taken.err());
        if faults.is_empty() {
            return Ok(());
        }
        let hash = hash();
        faults.into_iter().try_for_each(|fault| self.refuse(fault, spot, hash))
    }

    /// A row that was not even looked at.
    pub(super) fn reject(&mut self, fault: Fault, spot: Spot, hash: u64) -> Result<(), SourceError> {
        self.rows += 1;
        self.refuse(fault, spot, hash)
    }

    fn refuse(&mut self, fault: Fault, spot: Spot, hash: u64) -> Result<(), SourceError> {
        self.report.rows_read += 1;
        let (Spot { line, offset, length }, (field, reason)) = (spot, fault.into_parts());
        self.take.rejected(self.rows, &field, &reason);
        self.report.rejects.push(Reject { line, offset, length, hash, field, reason });
        if self.report.rejects.len() > MAX_REJECTS {
            return Err(SourceError::TooManyRejects(MAX_REJECTS));
        }
        Ok(())
    }
}
