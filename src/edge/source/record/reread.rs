//! Looking at one row again, where a reject or a call says it stands.

use std::ops::Range;

use super::chunks::find_newline;
use super::error::SourceError;
use super::json::Cursor;
use super::open::{Opened, Text, open};
use super::parquet;
use super::report::MAX_ROW;
use crate::edge::blob::Body;

/// The text at `offset` of the decompressed content, `length` bytes of it (fewer where it ends).
/// Bytes that are not UTF-8 are shown as U+FFFD. Of a Parquet file, row `offset` as JSON.
///
/// # Errors
/// When the content cannot be read up to there.
pub fn read_span(body: Body, offset: u64, length: u64) -> Result<String, SourceError> {
    match open(body)? {
        Opened::Parquet(body) => Ok(parquet::show(body, offset)?.unwrap_or_default()),
        Opened::Text(mut text) => {
            let most = usize::try_from(length).map_or(MAX_ROW, |n| n.min(MAX_ROW));
            Ok(String::from_utf8_lossy(&at(&mut text, offset, most)?).into_owned())
        }
    }
}

/// The whole row that begins at `offset`, without its end of line.
///
/// # Errors
/// As [`read_span`].
pub fn read_row(body: Body, offset: u64) -> Result<String, SourceError> {
    match open(body)? {
        Opened::Parquet(body) => Ok(parquet::show(body, offset)?.unwrap_or_default()),
        Opened::Text(mut text) => {
            let mut row = at(&mut text, offset, BLOCK)?;
            while find_newline(&row).is_none() && row.len().is_multiple_of(BLOCK) && row.len() < MAX_ROW {
                let more = at(&mut text, 0, BLOCK)?;
                if more.is_empty() {
                    break;
                }
                row.extend(more);
            }
            if let Some(length) = object_in_document(&row) {
                row.truncate(length);
                return Ok(String::from_utf8_lossy(&row).into_owned());
            }
            row.truncate(find_newline(&row).unwrap_or(row.len()));
            Ok(String::from_utf8_lossy(row.strip_suffix(b"\r").unwrap_or(&row)).into_owned())
        }
    }
}

/// Where a line of the decompressed content lies, in bytes, with its end; of a Parquet file, the row of that number.
/// `line` is 1 and up; `None` where there are fewer.
///
/// # Errors
/// When the content cannot be read.
pub fn line_span(body: Body, line: u64) -> Result<Option<Range<u64>>, SourceError> {
    let Opened::Text(mut text) = open(body)? else { return Ok(Some(line.saturating_sub(1)..line)) };
    let (mut block, mut seen, mut begins, mut current) = (vec![0; BLOCK], 0u64, 0u64, 1u64);
    loop {
        let read = text.fill(&mut block)?;
        for (at, _) in block[..read].iter().enumerate().filter(|(_, byte)| **byte == b'\n') {
            let end = seen + at as u64 + 1;
            if current == line {
                return Ok(Some(begins..end));
            }
            (begins, current) = (end, current + 1);
        }
        seen += read as u64;
        if read == 0 {
            let has_rest = current == line && begins < seen;
            return Ok(has_rest.then_some(begins..seen));
        }
    }
}

const BLOCK: usize = 64 << 10;

/// The length of an object at the start that is one of a list, or goes on in the next line; `None` for a line.
fn object_in_document(bytes: &[u8]) -> Option<usize> {
    let text = bytes.utf8_chunks().next()?.valid();
    let mut cursor = Cursor::new(text);
    if !text.starts_with('{') || cursor.value().is_err() {
        return None;
    }
    let length = cursor.position();
    let listed = matches!(cursor.peek(), b',' | b']');
    (listed || text[..length].contains('\n')).then_some(length)
}

/// Skips `offset` bytes of what is left and reads `most`.
fn at(text: &mut Text, offset: u64, most: usize) -> Result<Vec<u8>, SourceError> {
    let mut block = vec![0; BLOCK];
    let mut left = offset;
    while left > 0 {
        let part = usize::try_from(left).map_or(BLOCK, |n| n.min(BLOCK));
        let read = text.fill(&mut block[..part])?;
        if read == 0 {
            return Ok(Vec::new());
        }
        left -= read as u64;
    }
    let mut found = Vec::new();
    while found.len() < most {
        let part = (most - found.len()).min(BLOCK);
        let read = text.fill(&mut block[..part])?;
        found.extend_from_slice(&block[..read]);
        if read < part {
            break;
        }
    }
    Ok(found)
}
