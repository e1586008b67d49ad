//! From a file to rows: the walk over lines that all text formats share, and its bookkeeping.

use std::borrow::Cow;
use std::cell::Cell;

use xxhash_rust::xxh3::xxh3_64;

use super::chunks::{Chunk, Chunks, find_newline};
use super::csv::{CsvRows, Extent};
use super::error::SourceError;
use super::fields::{Fault, Fields};
use super::json::{Cursor, RawText, Syntax};
use super::open::{Opened, Text, open};
use super::parquet;
use super::report::{FileReport, MAX_REJECTS, MAX_ROW, Reject, shortened};
use super::schema::{Entry, EntryKind, Node, Shape, Slots, dotted};
use super::value::{Value, name_of};
use crate::domain::period::Zone;
use crate::edge::blob::Body;

/// Where a row stands: see [`Reject`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spot {
    pub(crate) line: u64,
    pub(crate) offset: u64,
    pub(crate) length: u64,
}

pub(crate) type OnRow<'h> = dyn FnMut(&Fields<'_, '_>, Spot) -> Result<(), Fault> + 'h;

/// Reads every row of a file; `on_row` takes it or says why not.
pub(crate) fn read_rows(
    body: Body,
    shape: &'static Shape,
    zone: Option<Zone>,
    on_row: &mut OnRow<'_>,
) -> Result<FileReport, SourceError> {
    let mut collector = Collector { report: FileReport::default(), shape, zone, on_row };
    match open(body)? {
        Opened::Parquet(body) => parquet::read(body, &mut collector)?,
        Opened::Text(text) => read_text(text, &mut collector)?,
    }
    Ok(collector.report)
}

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

enum Style {
    Json(JsonRows),
    Csv(CsvRows),
}

fn read_text(text: Text, collector: &mut Collector<'_, '_>) -> Result<(), SourceError> {
    let mut chunks = Chunks::new(text);
    let (mut style, mut line) = (None, 0u64);
    while let Some(chunk) = chunks.next()? {
        let (offset, bytes, last) = match chunk {
            Chunk::Lines { offset, bytes, last } => (offset, bytes, last),
            Chunk::TooLong { offset, length, hash } if style.is_some() => {
                line += 1;
                collector.reject(too_long(), Spot { line, offset, length }, hash)?;
                continue;
            }
            Chunk::TooLong { .. } => return Err(not_rows("is not text in lines")),
        };
        if offset == 0 {
            refuse_binary(bytes)?;
        }
        let back = read_lines(offset, bytes, last, &mut style, &mut line, collector)?;
        chunks.give_back(back);
    }
    Ok(())
}

/// Reads a run of lines; returns how many bytes at its end need what follows to be understood.
fn read_lines(
    offset: u64,
    bytes: &[u8],
    last: bool,
    style: &mut Option<Style>,
    line: &mut u64,
    collector: &mut Collector<'_, '_>,
) -> Result<usize, SourceError> {
    let mut slots = Slots::new();
    let mut at = 0;
    while at < bytes.len() {
        let begin = at;
        let rest = &bytes[begin..];
        let end = find_newline(rest).unwrap_or(rest.len());
        at = begin + end + 1;
        *line += 1;
        let start = offset + begin as u64;
        let mark = if start == 0 && rest.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        let raw = rest[mark..end].strip_suffix(b"\r").unwrap_or(&rest[mark..end]);
        if raw.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let spot = Spot { line: *line, offset: start + mark as u64, length: raw.len() as u64 };
        let Some(style) = style else {
            *style = Some(style_of(raw, collector)?);
            if matches!(style, Some(Style::Json(_))) {
                // The first line is itself a row: look at it again.
                at = begin;
                *line -= 1;
            }
            continue;
        };
        slots.clear();
        let made_out = match (raw.len() > MAX_ROW, style, std::str::from_utf8(raw)) {
            (true, ..) => Err(too_long()),
            (_, _, Err(_)) => Err(Fault::row("is not UTF-8 text")),
            (_, Style::Json(rows), Ok(row)) => rows.read(row, &mut slots, &mut collector.report),
            (_, Style::Csv(rows), Ok(row)) => match rows.read(row, &mut slots, &mut collector.report) {
                Ok(made_out) => made_out,
                Err(unclosed) => match rows.extent(&rest[mark..]) {
                    Extent::Record { length, lines } => {
                        at = begin + mark + length;
                        *line += lines - 1;
                        let record = &rest[mark..mark + length];
                        let record = record.strip_suffix(b"\n").unwrap_or(record);
                        let record = record.strip_suffix(b"\r").unwrap_or(record);
                        let fault = Fault::row("has an end of line inside quotes");
                        let spot = Spot { length: record.len() as u64, ..spot };
                        collector.reject(fault, spot, xxh3_64(record))?;
                        continue;
                    }
                    Extent::Open if !last && begin > 0 => {
                        *line -= 1;
                        return Ok(bytes.len() - begin);
                    }
                    Extent::Open if !last => {
                        return Err(not_rows(&format!("has a quote on line {line} that is not closed")));
                    }
                    Extent::Open | Extent::Stray => Err(unclosed),
                },
            },
        };
        collector.row(made_out, &slots, spot, || xxh3_64(raw))?;
    }
    Ok(0)
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

fn too_long() -> Fault {
    Fault::row(format!("is longer than {MAX_ROW} bytes"))
}

fn not_rows(what: &str) -> SourceError {
    SourceError::NotRows(what.to_owned())
}

/// What no text of ours begins with.
fn refuse_binary(bytes: &[u8]) -> Result<(), SourceError> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(not_rows("is UTF-16 text; it must be UTF-8"));
    }
    if bytes[..bytes.len().min(8192)].contains(&0) {
        return Err(not_rows("is not text: it has NUL bytes"));
    }
    Ok(())
}

/// The format, told by the first line that is not blank.
fn style_of(first: &[u8], collector: &mut Collector<'_, '_>) -> Result<Style, SourceError> {
    match first.trim_ascii_start().first() {
        Some(b'{') => Ok(Style::Json(JsonRows::new(collector.shape))),
        Some(b'[') => Err(not_rows("is one JSON list; it must be JSON Lines, one object a line")),
        _ => {
            let header = std::str::from_utf8(first).map_err(|_| not_rows("is not UTF-8 text"))?;
            CsvRows::new(header, collector.shape).map(Style::Csv)
        }
    }
}

/// JSON Lines, with what was learnt of the order its writer puts names in.
pub(crate) struct JsonRows {
    root: &'static Node,
    /// By node, then by the entry before (0: none): the entry that came next last time.
    learnt: Vec<Vec<usize>>,
}

/// Names that no one reads and one row may have.
const MAX_STRANGERS: usize = 1000;

/// Names of one row that no one reads, by the node they are in.
type Strangers<'a> = Vec<(usize, Cow<'a, str>)>;

impl From<Syntax> for Fault {
    fn from(syntax: Syntax) -> Fault {
        Fault::row(format!("is not JSON: expected {} at byte {}", syntax.expected, syntax.at + 1))
    }
}

impl JsonRows {
    pub(crate) fn new(shape: &'static Shape) -> JsonRows {
        JsonRows { root: shape.root, learnt: vec![Vec::new(); shape.nodes] }
    }

    pub(crate) fn read<'a>(
        &mut self,
        row: &'a str,
        slots: &mut Slots<'a>,
        report: &mut FileReport,
    ) -> Result<(), Fault> {
        let mut cursor = Cursor::new(row);
        if cursor.peek() != b'{' {
            return Err(Fault::row("is not a JSON object"));
        }
        self.walk(&mut cursor, self.root, slots, &mut Vec::new(), report)?;
        Ok(cursor.end()?)
    }

    fn walk<'a>(
        &mut self,
        cursor: &mut Cursor<'a>,
        node: &'static Node,
        slots: &mut Slots<'a>,
        strangers: &mut Strangers<'a>,
        report: &mut FileReport,
    ) -> Result<(), Fault> {
        let mut before = 0;
        let mut more = cursor.enter(b'{')?;
        while more {
            let guess = self.learnt[node.id].get(before).and_then(|guess| Some((*guess, node.entries.get(*guess)?)));
            if let Some((index, entry)) = guess
                && cursor.skip_name(entry.name)?
            {
                before = index + 1;
                self.member(cursor, node, entry, slots, strangers, report)?;
                more = cursor.more(b'{')?;
                continue;
            }
            let name = cursor.name()?;
            if let Some(index) = self.find(node, before, name)? {
                before = index + 1;
                self.member(cursor, node, &node.entries[index], slots, strangers, report)?;
            } else {
                let name = name_of(name).map_err(Fault::row)?;
                cursor.value()?;
                if node.path.is_empty() {
                    report.count_unknown(&name, 1);
                } else {
                    report.count_unknown(&format!("{}{name}", node.path), 1);
                }
                stranger(node, name, strangers)?;
            }
            more = cursor.more(b'{')?;
        }
        Ok(())
    }

    fn member<'a>(
        &mut self,
        cursor: &mut Cursor<'a>,
        node: &'static Node,
        entry: &'static Entry,
        slots: &mut Slots<'a>,
        strangers: &mut Strangers<'a>,
        report: &mut FileReport,
    ) -> Result<(), Fault> {
        let (value, inner) = match entry.kind {
            EntryKind::Ignored => {
                cursor.value()?;
                return stranger(node, Cow::Borrowed(entry.name), strangers);
            }
            EntryKind::Object(inner) | EntryKind::ObjectOrList(inner) if cursor.peek() == b'{' => {
                (Value::True, Some(inner))
            }
            _ => (cursor.value()?, None),
        };
        let fault = |reason: &'static str| Err(Fault::new(dotted(node.path, entry.name), reason));
        if !slots.put(entry.slot, value) {
            return fault("is named twice");
        }
        match (entry.kind, inner, value) {
            (_, Some(inner), _) => self.walk(cursor, inner, slots, strangers, report),
            (EntryKind::Object(_), _, Value::Absent) | (EntryKind::Leaf | EntryKind::List, ..) => Ok(()),
            (EntryKind::ObjectOrList(_), _, Value::Absent | Value::Json(_)) => Ok(()),
            _ => fault("is not an object"),
        }
    }

    /// Writers keep to one order of names, so what is found here is tried first in the next row.
    fn find(&mut self, node: &'static Node, before: usize, name: RawText<'_>) -> Result<Option<usize>, Fault> {
        let learnt = &mut self.learnt[node.id];
        let name = name_of(name).map_err(Fault::row)?;
        let found = node.entries.iter().position(|entry| entry.name == name);
        if let Some(index) = found {
            if learnt.len() <= before {
                learnt.resize(before + 1, usize::MAX);
            }
            learnt[before] = index;
        }
        Ok(found)
    }
}

/// A name without a slot: it too may stand only once.
fn stranger<'a>(node: &'static Node, name: Cow<'a, str>, strangers: &mut Strangers<'a>) -> Result<(), Fault> {
    if strangers.len() == MAX_STRANGERS {
        return Err(Fault::row(format!("has more than {MAX_STRANGERS} fields that no one reads")));
    }
    if strangers.iter().any(|(id, other)| *id == node.id && *other == name) {
        return Err(Fault::new(shortened(&format!("{}{name}", node.path)), "is named twice"));
    }
    strangers.push((node.id, name));
    Ok(())
}
