//! Reading a file by its format.

use super::collector::{Spot, Take, Tally};
use super::error::SourceError;
use super::fields::{Fault, Fields};
use super::format::{Out, ReadContext, RowFormat, ToRows, named};
use super::open::open;
use super::report::FileReport;
use super::rows::read_rows;
use super::sniff::tell;
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

/// Reads a file by the format its context asks for, else by the one its members tell.
pub(crate) fn read<C: ReadContext, T>(
    formats: &'static [RowFormat<C, T>],
    body: Body,
    context: &C,
    sink: &mut dyn FnMut(T) -> Result<(), Fault>,
) -> Result<FileReport, SourceError> {
    let mut opened = open(body)?;
    let format = match context.format().and_then(|name| named(formats, name)) {
        Some(format) => format,
        None => tell(formats, &mut opened, context.file_name())?,
    };
    let in_own_unit = format.unit.map(|unit| context.in_unit(unit));
    let context = in_own_unit.as_ref().unwrap_or(context);
    let mut taker = Taker { reader: (format.reader)(context), sink };
    let mut report = read_rows(opened, format.framing, format.schema, context.zone(), &mut taker)?;
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
