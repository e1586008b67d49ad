//! The rows of a pass as one run: those of the day first, context rows after them.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, Decimal128Array, FixedSizeBinaryArray, Int64Array, StringArray};

use crate::domain::call::{Calls, DictColumn};
use crate::domain::money::Amount;
use crate::domain::period::Instant;

/// Small numbers for names, so that grouping compares no text. A number says nothing of order.
#[derive(Debug, Default)]
pub(super) struct Interner {
    ids: HashMap<Arc<str>, u32>,
    names: Vec<Arc<str>>,
}

impl Interner {
    pub(super) fn id(&mut self, name: &str) -> u32 {
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        let id = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        let name: Arc<str> = Arc::from(name);
        self.names.push(name.clone());
        self.ids.insert(name, id);
        id
    }

    pub(super) fn name(&self, id: u32) -> &Arc<str> {
        &self.names[id as usize]
    }
}

/// A dictionary column with its entries numbered across both parts.
#[derive(Debug)]
struct Column<'a> {
    names: DictColumn<'a>,
    ids: Vec<u32>,
}

impl<'a> Column<'a> {
    fn new(names: DictColumn<'a>, interner: &mut Interner) -> Column<'a> {
        let ids = (0..names.entries()).map(|i| interner.id(names.entry(i))).collect();
        Column { names, ids }
    }

    fn get(&self, row: usize) -> Option<u32> {
        self.names.index(row).map(|entry| self.ids[entry])
    }
}

/// Columns of one part, looked up once.
#[derive(Debug)]
struct Part<'a> {
    key: &'a [u64],
    content: &'a FixedSizeBinaryArray,
    call_id: &'a StringArray,
    usage_note: &'a StringArray,
    attempt: &'a [u32],
    started: &'a [i64],
    ended: &'a [i64],
    row_version: &'a Int64Array,
    charge: &'a Decimal128Array,
    source: Column<'a>,
    account: Column<'a>,
    api_key: Column<'a>,
    charge_unit: Column<'a>,
    model: DictColumn<'a>,
}

impl<'a> Part<'a> {
    fn new(calls: &'a Calls, names: &mut Interner) -> Part<'a> {
        Part {
            key: calls.key().values(),
            content: calls.content(),
            call_id: calls.call_id(),
            usage_note: calls.usage_note(),
            attempt: calls.attempt().values(),
            started: calls.started_at().values(),
            ended: calls.ended_at().values(),
            row_version: calls.row_version(),
            charge: calls.charge(),
            source: Column::new(calls.source(), names),
            account: Column::new(calls.account_id(), names),
            api_key: Column::new(calls.api_key_id(), names),
            charge_unit: Column::new(calls.charge_unit(), names),
            model: calls.model(),
        }
    }
}

/// Rows `0..day` are the day's own, the rest is context.
#[derive(Debug)]
pub(super) struct Rows<'a> {
    pub(super) names: Interner,
    /// How many rows are the day's own.
    pub(super) day: usize,
    len: usize,
    parts: [Part<'a>; 2],
    no_name: u32,
}

impl<'a> Rows<'a> {
    pub(super) fn new(calls: &'a Calls, context: &'a Calls) -> Rows<'a> {
        let mut names = Interner::default();
        let no_name = names.id("");
        let parts = [Part::new(calls, &mut names), Part::new(context, &mut names)];
        Rows { names, day: calls.len(), len: calls.len() + context.len(), parts, no_name }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The number of the empty name.
    pub(super) fn no_name(&self) -> u32 {
        self.no_name
    }

    fn at(&self, row: usize) -> (&Part<'a>, usize) {
        if row < self.day { (&self.parts[0], row) } else { (&self.parts[1], row - self.day) }
    }

    /// Hash of the call id.
    pub(super) fn key(&self, row: usize) -> u64 {
        let (part, row) = self.at(row);
        part.key[row]
    }

    pub(super) fn content(&self, row: usize) -> u128 {
        let (part, row) = self.at(row);
        part.content.value(row).try_into().map_or(0, u128::from_be_bytes)
    }

    pub(super) fn call_id(&self, row: usize) -> &'a str {
        let (part, row) = self.at(row);
        part.call_id.value(row)
    }

    pub(super) fn usage_note(&self, row: usize) -> Option<&'a str> {
        let (part, row) = self.at(row);
        part.usage_note.is_valid(row).then(|| part.usage_note.value(row))
    }

    pub(super) fn attempt(&self, row: usize) -> u32 {
        let (part, row) = self.at(row);
        part.attempt[row]
    }

    pub(super) fn started(&self, row: usize) -> Instant {
        let (part, row) = self.at(row);
        Instant::from_micros(part.started[row])
    }

    pub(super) fn ended(&self, row: usize) -> Instant {
        let (part, row) = self.at(row);
        Instant::from_micros(part.ended[row])
    }

    pub(super) fn row_version(&self, row: usize) -> Option<i64> {
        let (part, row) = self.at(row);
        part.row_version.is_valid(row).then(|| part.row_version.value(row))
    }

    pub(super) fn recorded(&self, row: usize) -> Option<Amount> {
        let (part, row) = self.at(row);
        part.charge.is_valid(row).then(|| Amount::from_raw(part.charge.value(row)))?
    }

    pub(super) fn source(&self, row: usize) -> u32 {
        let (part, row) = self.at(row);
        part.source.get(row).unwrap_or(self.no_name)
    }

    pub(super) fn account(&self, row: usize) -> u32 {
        let (part, row) = self.at(row);
        part.account.get(row).unwrap_or(self.no_name)
    }

    pub(super) fn api_key(&self, row: usize) -> Option<u32> {
        let (part, row) = self.at(row);
        part.api_key.get(row)
    }

    pub(super) fn charge_unit(&self, row: usize) -> Option<u32> {
        let (part, row) = self.at(row);
        part.charge_unit.get(row)
    }

    pub(super) fn model(&self, row: usize) -> &'a str {
        let (part, row) = self.at(row);
        part.model.get(row).unwrap_or_default()
    }

    pub(super) fn source_name(&self, row: usize) -> &Arc<str> {
        self.names.name(self.source(row))
    }

    pub(super) fn account_name(&self, row: usize) -> &Arc<str> {
        self.names.name(self.account(row))
    }

    /// What tells one call from another, in the order of reports.
    pub(super) fn identity(&self, row: usize) -> (&str, &str, u32) {
        (self.call_id(row), self.source_name(row), self.attempt(row))
    }
}
