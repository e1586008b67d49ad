//! What rating and reconciliation say of every call, row-aligned with the calls.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Decimal128Array, DictionaryArray, Int32Array, RecordBatch, StringArray, UInt32Array,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{Decimal128Type, Field, Int32Type, Schema, SchemaRef, UInt32Type};

use super::{Kind, TableError};
use crate::domain::call::{DictColumn, Meter};
use crate::domain::money::Amount;
use crate::domain::period::Instant;
use crate::domain::price::VersionId;
use crate::domain::rating::{ChargeKind, ChargeStatus, Charges, Unpriced, Zero};
use crate::domain::reconcile::Class;

/// Charges and classes of a run of calls. Every vector has a value for each call.
#[derive(Clone, Debug, Default)]
pub struct ChargesTable {
    /// Amounts in the unit of the call's book.
    pub charges: Charges,
    /// The unit in which the amounts below are compared.
    pub unit: Vec<Arc<str>>,
    /// As the source would have written it.
    pub expected: Vec<Option<Amount>>,
    pub recorded: Vec<Option<Amount>>,
    pub posted: Vec<Option<Amount>>,
    pub charge_class: Vec<Class>,
    pub posting_class: Vec<Class>,
}

const COLUMNS: [(&str, Kind, bool); 11] = [
    ("status", Kind::Name, false),
    ("detail", Kind::Name, true),
    ("amount", Kind::Amount, true),
    ("version", Kind::Name, true),
    ("row", Kind::U32, true),
    ("unit", Kind::Name, false),
    ("expected", Kind::Amount, true),
    ("recorded", Kind::Amount, true),
    ("posted", Kind::Amount, true),
    ("charge_class", Kind::Name, false),
    ("posting_class", Kind::Name, false),
];

fn wrong(column: &str, what: impl Into<String>) -> TableError {
    TableError { table: ChargesTable::TABLE, column: column.to_owned(), what: what.into() }
}

/// A dictionary column from values that repeat: each distinct one is written out once, and a run of equal
/// ones is not even looked up.
fn dictionary<T: Clone + Eq + Hash>(values: impl Iterator<Item = Option<T>>, show: impl Fn(&T) -> String) -> ArrayRef {
    let mut known: HashMap<T, i32> = HashMap::new();
    let (mut entries, mut last): (Vec<String>, Option<(T, i32)>) = (Vec::new(), None);
    let keys: Int32Array = values
        .map(|value| {
            let value = value?;
            if let Some((same, key)) = &last
                && *same == value
            {
                return Some(*key);
            }
            let key = *known.entry(value.clone()).or_insert_with(|| {
                entries.push(show(&value));
                i32::try_from(entries.len() - 1).unwrap_or(i32::MAX)
            });
            last = Some((value, key));
            Some(key)
        })
        .collect();
    let entries = Arc::new(StringArray::from(entries));
    Arc::new(DictionaryArray::<Int32Type>::new(keys, entries))
}

fn amounts(values: impl Iterator<Item = Option<Amount>>) -> ArrayRef {
    let array: Decimal128Array = values.map(|v| v.map(Amount::raw)).collect();
    Arc::new(array.with_data_type(Kind::Amount.data_type()))
}

fn code(status: &ChargeStatus) -> &'static str {
    match status {
        ChargeStatus::Priced => "priced",
        ChargeStatus::Zero(Zero::Refusal) => "refusal",
        ChargeStatus::Zero(Zero::Failed) => "failed",
        ChargeStatus::Zero(Zero::Cancelled) => "cancelled",
        ChargeStatus::Zero(Zero::GatewayCache) => "gateway_cache",
        ChargeStatus::Zero(Zero::FreeRow) => "free_row",
        ChargeStatus::NoUsage => "no_usage",
        ChargeStatus::Unpriced(why) => why.code(),
    }
}

fn detail(status: &ChargeStatus) -> Option<&str> {
    match status {
        ChargeStatus::Unpriced(Unpriced::NoRate(meter)) => Some(meter.name()),
        ChargeStatus::Unpriced(Unpriced::NoServiceTier(tier)) => Some(tier),
        ChargeStatus::Unpriced(Unpriced::NoContext(fact)) => Some(fact),
        _ => None,
    }
}

fn status(code: &str, detail: Option<&str>) -> Option<ChargeStatus> {
    Some(match code {
        "priced" => ChargeStatus::Priced,
        "refusal" => ChargeStatus::Zero(Zero::Refusal),
        "failed" => ChargeStatus::Zero(Zero::Failed),
        "cancelled" => ChargeStatus::Zero(Zero::Cancelled),
        "gateway_cache" => ChargeStatus::Zero(Zero::GatewayCache),
        "free_row" => ChargeStatus::Zero(Zero::FreeRow),
        "no_usage" => ChargeStatus::NoUsage,
        "no_version" => ChargeStatus::Unpriced(Unpriced::NoVersion),
        "no_row" => ChargeStatus::Unpriced(Unpriced::NoRow),
        "tie" => ChargeStatus::Unpriced(Unpriced::Tie),
        "no_rate" => ChargeStatus::Unpriced(Unpriced::NoRate(Meter::from_name(detail?)?)),
        "no_service_tier" => ChargeStatus::Unpriced(Unpriced::NoServiceTier(detail?.to_owned())),
        "no_context" => ChargeStatus::Unpriced(Unpriced::NoContext(detail?.to_owned())),
        "no_batch" => ChargeStatus::Unpriced(Unpriced::NoBatch),
        "overflow" => ChargeStatus::Unpriced(Unpriced::Overflow),
        _ => return None,
    })
}

/// An instant that always reads back: as people write it, or in microseconds where that cannot be.
fn instant_text(at: Instant) -> String {
    let text = at.to_string();
    if Instant::parse(&text) == Ok(at) { text } else { format!("@{}", at.micros()) }
}

fn instant_of(text: &str) -> Option<Instant> {
    match text.strip_prefix('@') {
        Some(micros) => micros.parse().ok().map(Instant::from_micros),
        None => Instant::parse(text).ok(),
    }
}

/// As a version shows itself: its start, and `/known T` where that differs.
fn version_text(id: &VersionId) -> String {
    let start = instant_text(id.effective_from);
    if id.known_from == id.effective_from { start } else { format!("{start}/known {}", instant_text(id.known_from)) }
}

fn version_of(text: &str) -> Option<VersionId> {
    let (start, known) = text.split_once("/known ").unwrap_or((text, text));
    Some(VersionId { effective_from: instant_of(start)?, known_from: instant_of(known)? })
}

/// Where the raw row of a charge's call lies: the place of its part in the manifest's list of raw parts,
/// and its place in that part, from 0. Beside the columns of [`ChargesTable`]; days sealed by earlier builds
/// have neither. Of several equal rows one is named, whichever lies first, so content digests leave them out.
pub(crate) const ROW_PLACE: [&str; 2] = ["call_part", "call_row"];

impl ChargesTable {
    pub const TABLE: &'static str = "charges";

    pub fn schema() -> SchemaRef {
        let fields: Vec<Field> =
            COLUMNS.iter().map(|(name, kind, nullable)| Field::new(*name, kind.data_type(), *nullable)).collect();
        Arc::new(Schema::new(fields))
    }

    pub fn len(&self) -> usize {
        self.charges.len()
    }

    pub fn is_empty(&self) -> bool {
        self.charges.is_empty()
    }

    /// The rows named, in that order.
    pub(crate) fn take(&self, rows: &[u32]) -> ChargesTable {
        fn of<T: Clone>(column: &[T], rows: &[u32]) -> Vec<T> {
            rows.iter().map(|row| column[*row as usize].clone()).collect()
        }
        let charge = |row: &u32| (self.charges.kind(*row as usize).clone(), self.charges.amount[*row as usize]);
        ChargesTable {
            charges: rows.iter().map(charge).collect(),
            unit: of(&self.unit, rows),
            expected: of(&self.expected, rows),
            recorded: of(&self.recorded, rows),
            posted: of(&self.posted, rows),
            charge_class: of(&self.charge_class, rows),
            posting_class: of(&self.posting_class, rows),
        }
    }

    /// # Errors
    /// Where the vectors are not of one length.
    pub fn to_batch(&self) -> Result<RecordBatch, TableError> {
        let rows = self.len();
        let class = |classes: &[Class]| dictionary(classes.iter().map(|c| Some(*c)), |c| c.name().to_owned());
        let columns: Vec<ArrayRef> = vec![
            dictionary(self.charges.rows().map(|(kind, _)| Some(code(&kind.status))), |c| (*c).to_owned()),
            dictionary(self.charges.rows().map(|(kind, _)| detail(&kind.status)), |d| (*d).to_owned()),
            amounts((0..rows).map(|row| self.charges.expected(row))),
            dictionary(self.charges.rows().map(|(kind, _)| kind.version), version_text),
            Arc::new(self.charges.rows().map(|(kind, _)| kind.row).collect::<UInt32Array>()),
            dictionary(self.unit.iter().map(|u| Some(&**u)), |u| (*u).to_owned()),
            amounts(self.expected.iter().copied()),
            amounts(self.recorded.iter().copied()),
            amounts(self.posted.iter().copied()),
            class(&self.charge_class),
            class(&self.posting_class),
        ];
        RecordBatch::try_new(ChargesTable::schema(), columns).map_err(|e| wrong("*", e.to_string()))
    }

    /// # Errors
    /// A column missing or of another type, a status, version or class that is not known.
    pub fn from_batch(batch: &RecordBatch) -> Result<ChargesTable, TableError> {
        let codes = names(batch, "status")?;
        let details = names(batch, "detail")?;
        let versions = entries(names(batch, "version")?, "version", version_of)?;
        let priced = decimals(batch, "amount")?;
        let rows = column(batch, "row")?.as_primitive::<UInt32Type>();
        let units = entries(names(batch, "unit")?, "unit", |u| Some(Arc::<str>::from(u)))?;
        let mut table = ChargesTable {
            expected: decimals(batch, "expected")?,
            recorded: decimals(batch, "recorded")?,
            posted: decimals(batch, "posted")?,
            charge_class: required(entries(names(batch, "charge_class")?, "charge_class", Class::from_name)?)
                .ok_or_else(|| wrong("charge_class", "is empty"))?,
            posting_class: required(entries(names(batch, "posting_class")?, "posting_class", Class::from_name)?)
                .ok_or_else(|| wrong("posting_class", "is empty"))?,
            unit: required(units).ok_or_else(|| wrong("unit", "is empty"))?,
            charges: Charges::default(),
        };
        let charges = versions.into_iter().zip(rows).zip(priced).enumerate().map(|(at, ((version, row), amount))| {
            let status = codes.get(at).and_then(|c| status(c, details.get(at)));
            let status = status.ok_or_else(|| wrong("status", format!("row {at} is not known")))?;
            Ok((ChargeKind { status, version, row }, amount.unwrap_or_default()))
        });
        table.charges = charges.collect::<Result<_, TableError>>()?;
        Ok(table)
    }
}

fn column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a ArrayRef, TableError> {
    let array = batch.column_by_name(name).ok_or_else(|| wrong(name, "is missing"))?;
    let kind = COLUMNS.iter().find(|(n, ..)| *n == name).map(|(_, kind, _)| kind.data_type());
    match kind {
        Some(kind) if kind == *array.data_type() => Ok(array),
        _ => Err(wrong(name, format!("is {}", array.data_type()))),
    }
}

fn names<'a>(batch: &'a RecordBatch, name: &str) -> Result<DictColumn<'a>, TableError> {
    Ok(DictColumn::new(column(batch, name)?.as_dictionary::<Int32Type>()))
}

/// Values of a dictionary column, each entry read once.
fn entries<T: Clone>(
    names: DictColumn<'_>,
    column: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Vec<Option<T>>, TableError> {
    let mut values: Vec<Option<T>> = vec![None; names.entries()];
    (0..names.len())
        .map(|row| {
            let Some(index) = names.index(row) else { return Ok(None) };
            if values[index].is_none() {
                let text = names.entry(index);
                values[index] = Some(read(text).ok_or_else(|| wrong(column, format!("{text:?} is not known")))?);
            }
            Ok(values[index].clone())
        })
        .collect()
}

fn required<T>(values: Vec<Option<T>>) -> Option<Vec<T>> {
    values.into_iter().collect()
}

fn decimals(batch: &RecordBatch, name: &str) -> Result<Vec<Option<Amount>>, TableError> {
    let array = column(batch, name)?.as_primitive::<Decimal128Type>();
    let nulls: Option<&NullBuffer> = array.nulls();
    array
        .values()
        .iter()
        .enumerate()
        .map(|(row, raw)| {
            if nulls.is_some_and(|n| n.is_null(row)) {
                return Ok(None);
            }
            Amount::from_raw(*raw).map(Some).ok_or_else(|| wrong(name, format!("row {row} has too many digits")))
        })
        .collect()
}
