//! JSON documents: one list of rows, or objects with a list of rows in them.

use xxhash_rust::xxh3::xxh3_64;

use super::collector::{Collector, Spot};
use super::error::SourceError;
use super::fields::Fault;
use super::json::{Cursor, Syntax};
use super::json_lines::JsonRows;
use super::open::Text;
use super::report::MAX_ROW;
use super::schema::Slots;
use super::texts::Texts;

/// A document is read whole; a larger one is refused.
pub(crate) const MAX_DOCUMENT: usize = 256 << 20;

/// Where in an object the list at a dotted path begins, in bytes of the cursor's text.
pub(super) fn find_list(cursor: &mut Cursor<'_>, path: &str) -> Option<usize> {
    let (head, tail) = path.split_once('.').map_or((path, None), |(head, tail)| (head, Some(tail)));
    if cursor.peek() != b'{' {
        return None;
    }
    let mut more = cursor.enter(b'{').ok()?;
    while more {
        let name = cursor.name().ok()?.decode()?;
        if name == head {
            return match tail {
                None => (cursor.peek() == b'[').then(|| cursor.position()),
                Some(tail) => find_list(cursor, tail),
            };
        }
        cursor.value().ok()?;
        more = cursor.more(b'{').ok()?;
    }
    None
}

/// Whether a text that begins so is no JSON Lines: a list, an object with one of the lists, or an object over
/// several lines.
pub(super) fn is_document(head: &[u8], paths: &[&str]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let text = head.utf8_chunks().next().map_or("", |chunk| chunk.valid()).trim_ascii_start();
    match text.bytes().next() {
        Some(b'[') => true,
        Some(b'{') if paths.iter().any(|path| find_list(&mut Cursor::new(text), path).is_some()) => true,
        Some(b'{') => {
            let line = text.find('\n').unwrap_or(text.len());
            let mut cursor = Cursor::new(text);
            match cursor.value() {
                // Where one begins and ends with its line these are JSON Lines, and the first is damaged.
                Ok(_) => cursor.position() > line && !text.lines().any(is_row),
                Err(syntax) => syntax.at >= text.len() && line < text.len(),
            }
        }
        _ => false,
    }
}

/// Whether a line is an object, and nothing else.
fn is_row(line: &str) -> bool {
    let mut cursor = Cursor::new(line);
    line.starts_with('{') && cursor.value().is_ok() && cursor.end().is_ok()
}

/// Refuses objects that each spread over several lines. Where one begins and ends with its line these are JSON
/// Lines, and it is the first row that is damaged.
pub(super) fn refuse_spread(head: &[u8]) -> Result<(), SourceError> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let text = head.utf8_chunks().next().map_or("", |chunk| chunk.valid()).trim_ascii_start();
    let mut cursor = Cursor::new(text);
    let spreads = text.starts_with('{') && cursor.value().is_ok() && text[..cursor.position()].contains('\n');
    if spreads && !text.lines().any(is_row) {
        let what = "has objects that spread over several lines; it must be JSON Lines, one object a line";
        return Err(SourceError::NotRows(what.into()));
    }
    Ok(())
}

/// Reads a document, or several one after the other.
pub(super) fn read(text: &mut Text, paths: &[&str], collector: &mut Collector<'_>) -> Result<(), SourceError> {
    let bytes = text.whole(MAX_DOCUMENT)?;
    let bytes = bytes.ok_or_else(|| {
        SourceError::NotRows(format!("is one JSON document of more than {MAX_DOCUMENT} bytes; write it as JSON Lines"))
    })?;
    let mark = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let whole = std::str::from_utf8(&bytes).map_err(|_| SourceError::NotRows("is not UTF-8 text".into()))?;
    let texts = Texts::new();
    let rows = JsonRows::new(collector.schema);
    let mut reading = Reading { whole, rows, slots: Slots::new(), texts: &texts, collector, line: 1, counted: 0 };
    let mut at = mark;
    while !whole[at..].trim_ascii_start().is_empty() {
        let mut cursor = Cursor::new(&whole[at..]);
        let begin = at + {
            cursor.peek();
            cursor.position()
        };
        cursor.value().map_err(|syntax| no_json(&syntax, at))?;
        let end = at + cursor.position();
        let list = match whole.as_bytes()[begin] {
            b'[' => Some(begin),
            _ => paths.iter().find_map(|p| find_list(&mut Cursor::new(&whole[begin..end]), p)).map(|list| begin + list),
        };
        match list {
            Some(list) => reading.list(list)?,
            None => reading.row(begin, end)?,
        }
        at = end;
    }
    Ok(())
}

fn no_json(syntax: &Syntax, from: usize) -> SourceError {
    SourceError::NotRows(format!("is not JSON: expected {} at byte {}", syntax.expected, from + syntax.at + 1))
}

struct Reading<'a, 'c, 'h> {
    whole: &'a str,
    rows: JsonRows,
    slots: Slots<'a>,
    texts: &'a Texts,
    collector: &'c mut Collector<'h>,
    /// The line of byte `counted`.
    line: u64,
    counted: usize,
}

impl Reading<'_, '_, '_> {
    /// Every element of the list that begins there.
    fn list(&mut self, from: usize) -> Result<(), SourceError> {
        let mut cursor = Cursor::new(&self.whole[from..]);
        let fail = |syntax: Syntax| no_json(&syntax, from);
        let mut more = cursor.enter(b'[').map_err(fail)?;
        while more {
            cursor.peek();
            let begin = from + cursor.position();
            cursor.value().map_err(fail)?;
            self.row(begin, from + cursor.position())?;
            more = cursor.more(b'[').map_err(fail)?;
        }
        Ok(())
    }

    fn row(&mut self, begin: usize, end: usize) -> Result<(), SourceError> {
        let text = &self.whole[begin..end];
        self.line += self.whole[self.counted..begin].bytes().filter(|b| *b == b'\n').count() as u64;
        self.counted = begin;
        let spot = Spot { line: self.line, offset: begin as u64, length: text.len() as u64 };
        self.slots.clear();
        let made_out = if text.len() > MAX_ROW {
            Err(Fault::row(format!("is longer than {MAX_ROW} bytes")))
        } else {
            self.rows.read(text, &mut self.slots, &mut self.collector.report)
        };
        self.collector.row(made_out, &mut self.slots, self.texts, spot, || xxh3_64(text.as_bytes()))
    }
}
