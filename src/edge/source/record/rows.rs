//! From a file to rows: the walk over lines that all text formats share, and its bookkeeping.

use xxhash_rust::xxh3::xxh3_64;

use super::chunks::{Chunk, Chunks, find_newline};
use super::collector::{Collector, Spot, Take};
use super::csv::{CsvRows, Extent};
use super::error::SourceError;
use super::fields::Fault;
use super::format::Framing;
use super::json_lines::JsonRows;
use super::lists::{self, is_document};
use super::open::{Opened, Text, refuse_binary};
use super::parquet;
use super::report::{FileReport, MAX_ROW};
use super::schema::{Schema, Slots};
use super::sniff::HEAD;
use super::texts::Texts;
use crate::domain::period::Zone;

/// Reads every row of a file.
pub(crate) fn read_rows(
    opened: Opened,
    framing: Framing,
    schema: &'static Schema,
    zone: Option<Zone>,
    take: &mut dyn Take,
) -> Result<FileReport, SourceError> {
    let mut collector = Collector::new(schema, zone, take);
    match (opened, framing) {
        (Opened::Parquet(_), Framing::Whole(_)) => {
            return Err(not_rows(&format!("is Parquet, though its name is that of {}", schema.what)));
        }
        (Opened::Parquet(body), _) => parquet::read(body, &mut collector)?,
        (Opened::Text(mut text), Framing::Whole(most)) => read_whole(&mut text, most, &mut collector)?,
        (Opened::Text(mut text), Framing::Lists(paths)) => {
            if is_document(text.peek(HEAD)?, paths) {
                lists::read(&mut text, paths, &mut collector)?;
            } else {
                read_text(text, &mut collector)?;
            }
        }
        (Opened::Text(text), Framing::Rows) => read_text(text, &mut collector)?,
    }
    collector.finish()
}

/// A text that is one row.
fn read_whole(text: &mut Text, most: usize, collector: &mut Collector<'_>) -> Result<(), SourceError> {
    let Some(content) = text.whole(most)? else {
        let what = collector.schema.what;
        return Err(not_rows(&format!("is longer than {most} bytes, though its name is that of {what}")));
    };
    let texts = Texts::new();
    let mut slots = Slots::new();
    let row = std::str::from_utf8(content.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&content));
    let made_out = match row {
        Ok(row) => JsonRows::new(collector.schema).read(row, &mut slots, &mut collector.report),
        Err(_) => Err(Fault::row("is not UTF-8 text")),
    };
    let spot = Spot { line: 1, offset: 0, length: content.len() as u64 };
    collector.row(made_out, &mut slots, &texts, spot, || xxh3_64(&content))
}

enum Style {
    Json(JsonRows),
    Csv(CsvRows),
}

fn read_text(text: Text, collector: &mut Collector<'_>) -> Result<(), SourceError> {
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
            lists::refuse_spread(bytes)?;
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
    collector: &mut Collector<'_>,
) -> Result<usize, SourceError> {
    let texts = Texts::new();
    let mut slots = Slots::new();
    let mut at = 0;
    while at < bytes.len() {
        let begin = at;
        let rest = &bytes[begin..];
        let end = find_newline(rest).unwrap_or(rest.len());
        at = begin + end + 1;
        *line += 1;
        let start = offset + begin as u64;
        // Files put together, and exports that write it twice, have the mark before other lines as well.
        let mut mark = 0;
        while rest[mark..end].starts_with(BYTE_ORDER_MARK) {
            mark += BYTE_ORDER_MARK.len();
        }
        let mut raw = rest[mark..end].strip_suffix(b"\r").unwrap_or(&rest[mark..end]);
        if raw.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let mut spot = Spot { line: *line, offset: start + mark as u64, length: raw.len() as u64 };
        let Some(style) = style else {
            match style_of(raw, collector) {
                Ok(found) => *style = Some(found),
                Err(wrong) if !leads_in(raw, &bytes[at.min(bytes.len())..], collector) => return Err(wrong),
                Err(_) => {
                    collector.reject(Fault::row("stands before the rows, and is none"), spot, xxh3_64(raw))?;
                    collector.report.before_rows += 1;
                    continue;
                }
            }
            if matches!(style, Some(Style::Json(_))) {
                // The first line is itself a row: look at it again.
                at = begin;
                *line -= 1;
            }
            continue;
        };
        // A whole object is whole, whatever comes after; a cell that is cut off is still a cell.
        let is_csv = matches!(style, Style::Csv(_));
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
                        raw = without_end(&rest[mark..mark + length]);
                        spot.length = raw.len() as u64;
                        slots.clear();
                        read_record(rows, raw, &mut slots, collector)
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
        let before = (collector.report.accepted, collector.report.rejects.len());
        if made_out.is_err() && !is_csv && collector.report.rows_read == collector.report.before_rows {
            // A log that was rotated in the middle of a row begins with the rest of it.
            collector.report.before_rows += 1;
        }
        collector.row(made_out, &mut slots, &texts, spot, || xxh3_64(raw))?;
        if last && at >= bytes.len() && !bytes.ends_with(b"\n") {
            // Given later, it comes after others: such a file grows at its beginning, not here.
            let whole = !is_csv || collector.kept_back;
            collector.report.unended = if whole { 0 } else { collector.report.accepted - before.0 };
            collector.report.unended_reject = collector.report.rejects.len() > before.1;
        }
    }
    Ok(0)
}

fn without_end(record: &[u8]) -> &[u8] {
    let record = record.strip_suffix(b"\n").unwrap_or(record);
    record.strip_suffix(b"\r").unwrap_or(record)
}

/// A record of CSV over several lines.
fn read_record<'a>(
    rows: &CsvRows,
    raw: &'a [u8],
    slots: &mut Slots<'a>,
    collector: &mut Collector<'_>,
) -> Result<(), Fault> {
    if !collector.schema.spans_lines {
        return Err(Fault::row("has an end of line inside quotes"));
    }
    if raw.len() > MAX_ROW {
        return Err(too_long());
    }
    let row = std::str::from_utf8(raw).map_err(|_| Fault::row("is not UTF-8 text"))?;
    rows.read(row, slots, &mut collector.report)?
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

fn too_long() -> Fault {
    Fault::row(format!("is longer than {MAX_ROW} bytes"))
}

fn not_rows(what: &str) -> SourceError {
    SourceError::NotRows(what.to_owned())
}

/// Lines looked at for the first row or header.
const LEAD_IN: usize = 20;

/// Whether a line that begins no format stands before one that does: a banner, a comment, the end of a row that
/// was cut off. A list is no line of anything.
fn leads_in(line: &[u8], rest: &[u8], collector: &Collector<'_>) -> bool {
    let begins_list = line.trim_ascii_start().first() == Some(&b'[');
    let mut lines = rest.split(|b| *b == b'\n').filter(|line| !line.iter().all(u8::is_ascii_whitespace)).take(LEAD_IN);
    !begins_list && lines.any(|line| style_of(line.strip_suffix(b"\r").unwrap_or(line), collector).is_ok())
}

/// The format, told by the first line that is not blank.
fn style_of(first: &[u8], collector: &Collector<'_>) -> Result<Style, SourceError> {
    match first.trim_ascii_start().first() {
        Some(b'{') => Ok(Style::Json(JsonRows::new(collector.schema))),
        Some(b'[') => Err(not_rows("is one JSON list; it must be JSON Lines, one object a line")),
        _ => {
            let header = std::str::from_utf8(first).map_err(|_| not_rows("is not UTF-8 text"))?;
            CsvRows::new(header, collector.schema).map(Style::Csv)
        }
    }
}
