//! Telling a file's format by the members of its first rows.

use std::collections::BTreeSet;

use super::csv::{cells, header_names, separator_of};
use super::error::SourceError;
use super::format::{Fit, Members, RowFormat};
use super::json::{Cursor, Syntax};
use super::lists::find_list;
use super::open::{Opened, refuse_binary};
use super::parquet;
use super::raw_text::unescape;
use super::report::shortened;
use super::value::Value;

/// How much of a text is looked at.
pub(super) const HEAD: usize = 256 << 10;
/// How many rows of it.
const ROWS: usize = 20;
/// How deep objects inside a row are looked into.
const DEPTH: usize = 3;
/// Names a message lists.
const SHOWN: usize = 12;

/// The format that fits best.
///
/// # Errors
/// When the file cannot be read, or none fits, or several fit equally.
pub(super) fn tell<C, T>(
    formats: &'static [RowFormat<C, T>],
    opened: &mut Opened,
    file: &str,
) -> Result<&'static RowFormat<C, T>, SourceError> {
    let columns: Option<BTreeSet<String>> = match opened {
        Opened::Parquet(body) => Some(parquet::names(body)?.into_iter().collect()),
        Opened::Text(_) => None,
    };
    let head = match opened {
        Opened::Parquet(_) => &[],
        Opened::Text(text) => text.peek(HEAD)?,
    };
    refuse_binary(head)?;
    let (mut best, mut fitting, mut seen) = (Fit::No, Vec::new(), BTreeSet::new());
    for format in formats {
        let names = columns.clone().unwrap_or_else(|| names_in(head, format.framing.lists()));
        let members = Members { file, names };
        let fit = (format.sniff)(&members);
        if fit > best {
            best = fit;
            fitting.clear();
        }
        if fit == best && fit > Fit::No {
            fitting.push(format);
        }
        seen.extend(members.names);
    }
    match (&fitting[..], formats.first()) {
        ([format], _) => Ok(format),
        // What has no names at all says itself what is wrong with it, or nothing is.
        ([], Some(first)) if seen.is_empty() => Ok(first),
        ([], _) => Err(SourceError::NotRows(format!(
            "fits no format that is known: its first rows have {}; where it is one of {}, say so with format = \"NAME\"",
            shown(&seen),
            listed(formats.iter().map(|format| format.name), "and"),
        ))),
        (several, _) => Err(SourceError::NotRows(format!(
            "fits several formats equally, by {}; say which it is: {}",
            shown(&seen),
            listed(several.iter().map(|format| format.name), "or"),
        ))),
    }
}

fn shown(names: &BTreeSet<String>) -> String {
    let tops: Vec<String> = names.iter().filter(|name| !name.contains('.')).map(|name| shortened(name)).collect();
    let more = tops.len().saturating_sub(SHOWN);
    let first = tops[..tops.len() - more].join(", ");
    if more > 0 { format!("{first} and {more} more") } else { first }
}

fn listed<'n>(names: impl Iterator<Item = &'n str>, word: &str) -> String {
    let names: Vec<String> = names.map(|name| format!("format = \"{name}\"")).collect();
    names.join(&format!(" {word} "))
}

/// The names in a text's first rows.
fn names_in(head: &[u8], lists: &[&str]) -> BTreeSet<String> {
    let head = without_marks(head);
    // The last character may be cut in two.
    let text = head.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let mut names = BTreeSet::new();
    let text = first_rows(text);
    match text.trim_ascii_start().bytes().next() {
        Some(b'{' | b'[') => of_json(text, lists, &mut names),
        Some(_) => of_table(text, &mut names),
        None => {}
    }
    names
}

/// Some writers put the mark of UTF-8 twice.
fn without_marks(mut head: &[u8]) -> &[u8] {
    while let Some(rest) = head.strip_prefix(b"\xef\xbb\xbf") {
        head = rest;
    }
    head
}

/// What follows a banner, a comment or the end of a row that was cut off: from the first line that is an object, or
/// has as many cells as the one after it.
fn first_rows(text: &str) -> &str {
    let width = |line: &str, separator: u8| cells(line.trim_end_matches('\r'), separator, |_, _| {});
    let mut at = 0;
    for line in text.split_inclusive('\n').take(ROWS) {
        let begins = line.trim_ascii_start().bytes().next();
        if matches!(begins, Some(b'{' | b'[')) {
            return &text[at..];
        }
        let next = text[at + line.len()..].lines().find(|next| !next.trim().is_empty());
        let separator = separator_of(line.trim_end());
        let own = width(line.trim_end_matches('\n'), separator).ok().filter(|own| *own > 1);
        // A line whose quotes are not in order says nothing of the one before it.
        if own.is_some_and(|own| next.map_or(own, |next| width(next, separator).unwrap_or(own)) == own) {
            return &text[at..];
        }
        at += line.len();
    }
    text
}

fn of_json(text: &str, lists: &[&str], names: &mut BTreeSet<String>) {
    let (mut at, mut rows) = (0, 0);
    while at < text.len() && rows < ROWS {
        let mut cursor = Cursor::new(&text[at..]);
        let begins = cursor.peek();
        let begin = at + cursor.position();
        let list = match begins {
            b'[' if !lists.is_empty() => Some(0),
            b'{' => lists.iter().find_map(|path| find_list(&mut Cursor::new(&text[begin..]), path)),
            _ => None,
        };
        let read = match list {
            Some(list) => of_list(&mut Cursor::new(&text[begin + list..]), names, &mut rows),
            None => {
                rows += 1;
                member_names(&mut cursor, "", DEPTH, names)
            }
        };
        // A row that is cut off or damaged ends with its line.
        let line = text[begin..].find('\n').map_or(text.len(), |end| begin + end + 1);
        at = match read {
            Ok(()) if list.is_none() => at + cursor.position(),
            _ => line,
        };
    }
}

fn of_list(cursor: &mut Cursor<'_>, names: &mut BTreeSet<String>, rows: &mut usize) -> Result<(), Syntax> {
    let mut more = cursor.enter(b'[')?;
    while more && *rows < ROWS {
        *rows += 1;
        member_names(cursor, "", DEPTH, names)?;
        more = cursor.more(b'[')?;
    }
    Ok(())
}

fn member_names(cursor: &mut Cursor<'_>, path: &str, depth: usize, names: &mut BTreeSet<String>) -> Result<(), Syntax> {
    if cursor.peek() != b'{' || depth == 0 {
        return cursor.value().map(drop);
    }
    let mut more = cursor.enter(b'{')?;
    while more {
        let name = format!("{path}{}", cursor.name()?.decode().unwrap_or_default());
        let inner = format!("{name}.");
        // It is there even where its value goes on beyond what is looked at.
        names.insert(name);
        if cursor.peek() == b'{' {
            member_names(cursor, &inner, depth - 1, names)?;
        } else if let Some(text) = object_in(cursor.value()?) {
            // It is the member that was read, whatever its text holds.
            let _ = member_names(&mut Cursor::new(&text), &inner, depth - 1, names);
        }
        more = cursor.more(b'{')?;
    }
    Ok(())
}

/// The text of a value that seems to hold an object.
fn object_in(value: Value<'_>) -> Option<String> {
    let text = match value {
        Value::Text(text) | Value::Cell(text) => text.to_owned(),
        Value::Escaped(raw) => unescape(raw)?,
        Value::Doubled(raw) => raw.replace("\"\"", "\""),
        _ => return None,
    };
    text.starts_with('{').then_some(text)
}

fn of_table(text: &str, names: &mut BTreeSet<String>) {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next().unwrap_or_default();
    let (header, separator) = (header_names(first), separator_of(first));
    // One name is a line of any text.
    if header.len() < 2 {
        return;
    }
    for line in lines.take(ROWS) {
        // A line that is no row has told what it has.
        let _ = cells(line, separator, |index, cell| {
            if let (Some(column), Some(text)) = (header.get(index), object_in(cell)) {
                let _ = member_names(&mut Cursor::new(&text), &format!("{column}."), DEPTH - 1, names);
            }
        });
    }
    names.extend(header);
}
