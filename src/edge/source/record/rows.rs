//! From a file to rows: the walk over lines that all text formats share, and its bookkeeping.

use xxhash_rust::xxh3::xxh3_64;

use super::chunks::{Chunk, Chunks, find_newline};
use super::collector::{Collector, OnRow, Spot};
use super::csv::{CsvRows, Extent};
use super::error::SourceError;
use super::fields::Fault;
use super::json_lines::JsonRows;
use super::open::{Opened, Text, open};
use super::parquet;
use super::report::{FileReport, MAX_ROW};
use super::schema::{Shape, Slots};
use crate::domain::period::Zone;
use crate::edge::blob::Body;

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
