//! Members of TOML tables, read with the place of everything that is wrong.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{BookError, BookErrors};
use crate::domain::money::Exact;
use crate::domain::period::{Instant, InstantError};
use crate::domain::price::Place;

/// A text being read, and what was found wrong with it.
pub(super) struct Source<'t> {
    text: &'t str,
    file: &'t str,
    /// Offsets at which lines begin.
    lines: Vec<usize>,
    errors: RefCell<Vec<BookError>>,
}

impl<'t> Source<'t> {
    pub(super) fn new(text: &'t str, file: &'t str) -> Source<'t> {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Source { text, file, lines, errors: RefCell::default() }
    }

    pub(super) fn place(&self, at: usize) -> Place {
        let line = self.lines.partition_point(|start| *start <= at);
        Place { file: self.file.to_owned(), line: u32::try_from(line).unwrap_or(u32::MAX) }
    }

    pub(super) fn fail(&self, span: Range<usize>, message: impl Into<String>, hint: &str) {
        let error =
            BookError { place: self.place(span.start), also: None, message: message.into(), hint: hint.to_owned() };
        self.errors.borrow_mut().push(error);
    }

    pub(super) fn is_clean(&self) -> bool {
        self.errors.borrow().is_empty()
    }

    pub(super) fn into_errors(self) -> BookErrors {
        let mut errors = self.errors.into_inner();
        errors.sort_by_key(|e| e.place.line);
        BookErrors(errors)
    }
}

type Value<'t> = Spanned<DeValue<'t>>;

/// One table, and which of its members were asked for; [`Table::done`] refuses the others.
pub(super) struct Table<'a, 't> {
    pub(super) source: &'a Source<'t>,
    what: &'a str,
    entries: &'a DeTable<'t>,
    span: Range<usize>,
    asked: RefCell<BTreeSet<String>>,
}

impl<'a, 't> Table<'a, 't> {
    pub(super) fn new(source: &'a Source<'t>, what: &'a str, entries: &'a DeTable<'t>, span: Range<usize>) -> Self {
        Table { source, what, entries, span, asked: RefCell::default() }
    }

    pub(super) fn place(&self) -> Place {
        self.source.place(self.span.start)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    pub(super) fn get(&self, key: &str) -> Option<&'a Value<'t>> {
        self.asked.borrow_mut().insert(key.to_owned());
        self.entries.get(key)
    }

    /// Says what is wrong with a member (with the table, where it has no such member).
    pub(super) fn wrong(&self, key: &str, message: &str, hint: &str) {
        let span = self.entries.get(key).map_or(self.span.clone(), Spanned::span);
        self.source.fail(span, format!("{key} {message}"), hint);
    }

    pub(super) fn require(&self, key: &str) {
        if !self.has(key) {
            self.source.fail(self.span.clone(), format!("{} has no {key}", self.what), &format!("add {key}"));
        }
    }

    /// Refuses members nobody asked for.
    pub(super) fn done(&self) {
        let asked = self.asked.borrow();
        for key in self.entries.keys() {
            if !asked.contains(key.get_ref().as_ref()) {
                let known: Vec<&str> = asked.iter().map(String::as_str).collect();
                let hint = format!("known here: {}", known.join(", "));
                self.source.fail(key.span(), format!("unknown {:?} in {}", key.get_ref(), self.what), &hint);
            }
        }
    }

    pub(super) fn text(&self, key: &str) -> Option<String> {
        let value = self.get(key)?;
        match value.get_ref() {
            DeValue::String(text) if !text.trim().is_empty() => Some(text.clone().into_owned()),
            DeValue::String(_) => {
                self.wrong(key, "is empty", "name something, or leave it out");
                None
            }
            _ => {
                self.wrong(key, "is not a text", "write it in quotes");
                None
            }
        }
    }

    pub(super) fn required_text(&self, key: &str) -> Option<String> {
        self.require(key);
        self.text(key)
    }

    /// One text or a list of them, each with where it stands.
    pub(super) fn texts(&self, key: &str) -> Vec<(String, Range<usize>)> {
        let one = |value: &Value<'t>| match value.get_ref() {
            DeValue::String(text) if !text.is_empty() => Some((text.clone().into_owned(), value.span())),
            _ => {
                self.source.fail(
                    value.span(),
                    format!("{key} holds something that is no text"),
                    "write names in quotes",
                );
                None
            }
        };
        match self.get(key).map(|v| (v, v.get_ref())) {
            None => Vec::new(),
            Some((_, DeValue::Array(items))) => items.iter().filter_map(one).collect(),
            Some((value, _)) => one(value).into_iter().collect(),
        }
    }

    pub(super) fn boolean(&self, key: &str) -> Option<bool> {
        let value = self.get(key)?.get_ref().as_bool();
        if value.is_none() {
            self.wrong(key, "is neither true nor false", "write true or false, without quotes");
        }
        value
    }

    pub(super) fn integer(&self, key: &str) -> Option<i64> {
        let found = match self.get(key)?.get_ref() {
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        if found.is_none() {
            self.wrong(key, "is not a whole number", "write digits only, without quotes");
        }
        found
    }

    /// An exact number that is not negative: a text, or a whole number.
    pub(super) fn number(&self, key: &str) -> Option<Exact> {
        const HINT: &str = "write it as a decimal in quotes, such as \"0.25\"";
        let number = match self.get(key)?.get_ref() {
            DeValue::String(text) => text.parse::<Exact>().map_err(|why| why.to_string()),
            DeValue::Integer(_) => return self.integer(key).and_then(|n| self.not_negative(key, Exact::from_int(n))),
            DeValue::Float(_) => Err("is a float, which cannot hold a price exactly".to_owned()),
            _ => Err("is not a decimal number".to_owned()),
        };
        match number {
            Ok(number) => self.not_negative(key, number),
            Err(why) => {
                self.wrong(key, &why, HINT);
                None
            }
        }
    }

    fn not_negative(&self, key: &str, number: Exact) -> Option<Exact> {
        if number.is_negative() {
            self.wrong(key, "is negative", "prices are zero or more; money given back is a posting");
            return None;
        }
        Some(number)
    }

    /// An RFC 3339 time with an offset, as text or as a TOML date-time.
    pub(super) fn instant(&self, key: &str) -> Option<Instant> {
        let value = self.get(key)?;
        let text = match value.get_ref() {
            DeValue::String(text) => text.as_ref(),
            DeValue::Datetime(_) => self.source.text.get(value.span()).unwrap_or_default(),
            _ => "",
        };
        match Instant::parse(text.trim()) {
            Ok(at) => Some(at),
            Err(InstantError::NoOffset) => {
                self.wrong(key, "has no offset", "add the offset, such as +08:00, or Z for UTC");
                None
            }
            Err(why) => {
                self.wrong(key, &why.to_string(), "write date, time and offset, such as 2026-10-01T00:00:00+08:00");
                None
            }
        }
    }

    pub(super) fn choice<T: Copy>(&self, key: &str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(key)?;
        let found = choices.iter().find(|c| c.0 == text).map(|c| c.1);
        if found.is_none() {
            let names: Vec<&str> = choices.iter().map(|c| c.0).collect();
            self.wrong(key, &format!("cannot be {text:?}"), &format!("one of: {}", names.join(", ")));
        }
        found
    }

    pub(super) fn table<'b>(&'b self, key: &'b str) -> Option<Table<'b, 't>> {
        let value = self.get(key)?;
        self.as_table(key, value)
    }

    fn as_table<'b>(&'b self, key: &'b str, value: &'b Value<'t>) -> Option<Table<'b, 't>> {
        match value.get_ref() {
            DeValue::Table(entries) => Some(Table::new(self.source, key, entries, value.span())),
            _ => {
                self.source.fail(value.span(), format!("{key} is not a table"), "write it as { member = value, ... }");
                None
            }
        }
    }

    /// A list of tables (one table alone is a list of one).
    pub(super) fn tables<'b>(&'b self, key: &'b str) -> Vec<Table<'b, 't>> {
        match self.get(key).map(|v| (v, v.get_ref())) {
            None => Vec::new(),
            Some((_, DeValue::Array(items))) => items.iter().filter_map(|item| self.as_table(key, item)).collect(),
            Some((value, _)) => self.as_table(key, value).into_iter().collect(),
        }
    }

    /// The members of a table by name, each itself a table.
    pub(super) fn named_tables<'b>(&'b self) -> Vec<(&'b str, Table<'b, 't>)> {
        let named = self.entries.iter().filter_map(|(key, value)| {
            let name = key.get_ref().as_ref();
            self.asked.borrow_mut().insert(name.to_owned());
            Some((name, self.as_table(name, value)?))
        });
        named.collect()
    }
}
