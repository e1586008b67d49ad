//! Reading a file by its format.

use super::collector::{Spot, Take, Tally};
use super::error::SourceError;
use super::fields::{Fault, Fields};
use super::format::{Out, ReadContext, RowFormat, ToRows, named};
use super::open::{Opened, open};
use super::report::FileReport;
use super::rows::read_rows;
use super::sniff::tell;
use crate::domain::money::Exact;
use crate::edge::blob::Body;

struct Taker<'r, T> {
    reader: Box<dyn ToRows<T> + 'r>,
    sink: &'r mut dyn FnMut(T) -> Result<(), Fault>,
}

impl<T> Take for Taker<'_, T> {
    fn row(&mut self, fields: &Fields<'_, '_>, spot: Spot, tally: &mut Tally) -> Result<(), Fault> {
        self.reader.row(fields, &mut Out { spot, sink: &mut *self.sink, tally })
    }

    fn end(&mut self, last: Spot, tally: &mut Tally) -> Result<(), Fault> {
        self.reader.end(&mut Out { spot: last, sink: &mut *self.sink, tally })
    }
}

/// What is told of a row, in the order it comes.
pub(crate) enum Told<'t, T> {
    /// The name of the format the file is read as, before its first row.
    Format(&'static str),
    /// A row begins: its number from 1, and where it stands.
    Begins(u64, u64),
    /// With the amounts of its row that have more places than amounts hold, as they are written.
    Given(T, &'t [Exact]),
    /// The row's number, and why it is nothing that is read.
    SetAside(u64, &'t str),
    /// The row's number, the field, and what is wrong with it.
    Rejected(u64, &'t str, &'t str),
}

struct Teller<'r, T> {
    reader: Box<dyn ToRows<T> + 'r>,
    sink: &'r mut dyn FnMut(Told<'_, T>) -> Result<(), Fault>,
}

impl<T> Take for Teller<'_, T> {
    fn row(&mut self, fields: &Fields<'_, '_>, spot: Spot, tally: &mut Tally) -> Result<(), Fault> {
        let Teller { reader, sink } = self;
        reader.row(
            fields,
            &mut Out { spot, sink: &mut |given| sink(Told::Given(given, &fields.unrounded.borrow())), tally },
        )
    }

    fn end(&mut self, last: Spot, tally: &mut Tally) -> Result<(), Fault> {
        let Teller { reader, sink } = self;
        reader.end(&mut Out { spot: last, sink: &mut |given| sink(Told::Given(given, &[])), tally })
    }

    fn begins(&mut self, row: u64, offset: u64) {
        let _ = (self.sink)(Told::Begins(row, offset));
    }

    fn set_aside(&mut self, row: u64, reason: &str) {
        let _ = (self.sink)(Told::SetAside(row, reason));
    }

    fn rejected(&mut self, row: u64, field: &str, reason: &str) {
        let _ = (self.sink)(Told::Rejected(row, field, reason));
    }
}

/// As [`read`], row by row.
pub(crate) fn read_telling<C: ReadContext, T>(
    formats: &'static [RowFormat<C, T>],
    body: Body,
    context: &C,
    sink: &mut dyn FnMut(Told<'_, T>) -> Result<(), Fault>,
) -> Result<FileReport, SourceError> {
    let (opened, format) = open_as(formats, body, context)?;
    let in_own_unit = format.unit.map(|unit| context.in_unit(unit));
    let context = in_own_unit.as_ref().unwrap_or(context);
    let _ = sink(Told::Format(format.name));
    read_by(opened, format, context, &mut Teller { reader: (format.reader)(context), sink })
}

/// Reads a file by the format its context asks for, else by the one its members tell.
pub(crate) fn read<C: ReadContext, T>(
    formats: &'static [RowFormat<C, T>],
    body: Body,
    context: &C,
    sink: &mut dyn FnMut(T) -> Result<(), Fault>,
) -> Result<FileReport, SourceError> {
    let (opened, format) = open_as(formats, body, context)?;
    let in_own_unit = format.unit.map(|unit| context.in_unit(unit));
    let context = in_own_unit.as_ref().unwrap_or(context);
    read_by(opened, format, context, &mut Taker { reader: (format.reader)(context), sink })
}

fn open_as<C: ReadContext, T>(
    formats: &'static [RowFormat<C, T>],
    body: Body,
    context: &C,
) -> Result<(Opened, &'static RowFormat<C, T>), SourceError> {
    let mut opened = open(body)?;
    let format = match context.format().and_then(|name| named(formats, name)) {
        Some(format) => format,
        None => tell(formats, &mut opened, context.file_name())?,
    };
    Ok((opened, format))
}

fn read_by<C: ReadContext, T>(
    opened: Opened,
    format: &RowFormat<C, T>,
    context: &C,
    take: &mut dyn Take,
) -> Result<FileReport, SourceError> {
    let mut report = read_rows(opened, format.framing, format.schema, context.zone(), take)?;
    report.format = format.name;
    Ok(report)
}

/// The name of the format that a file's members tell.
pub(crate) fn format_of<C, T>(
    formats: &'static [RowFormat<C, T>],
    body: Body,
    file_name: &str,
) -> Result<&'static str, SourceError> {
    tell(formats, &mut open(body)?, file_name).map(|format| format.name)
}
