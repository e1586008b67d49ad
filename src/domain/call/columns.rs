//! A run of calls as Arrow columns: what the lake stores, rating and matching read.

use std::sync::{Arc, OnceLock};

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, BooleanBuilder, Decimal128Array, Decimal128Builder, FixedSizeBinaryArray,
    FixedSizeBinaryBuilder, Int64Array, Int64Builder, RecordBatch, StringArray, StringBuilder,
    TimestampMicrosecondArray, TimestampMicrosecondBuilder, UInt16Array, UInt16Builder, UInt32Array, UInt32Builder,
    UInt64Array, UInt64Builder,
};
use arrow::compute::{concat_batches, take_record_batch};
use arrow::datatypes::{
    Decimal128Type, Int32Type, Int64Type, SchemaRef, TimestampMicrosecondType, UInt16Type, UInt32Type, UInt64Type,
};
use arrow::error::ArrowError;

use super::schema::{AMOUNTS, BOOLS, FIRST_QUANTITY, NAMES, SCHEMA, TEXTS, amount_type, fitted, position};
use super::{
    Call, DictColumn, DictColumnBuilder, METERS, Meter, Outcome, Usage, UsageNote, UsageParts, content_hash, name_hash,
};
use crate::domain::money::Amount;
use crate::domain::period::Instant;

/// Calls in columns. Cheap to clone; rows are in the order they were pushed.
#[derive(Clone, Debug)]
pub struct Calls {
    batch: RecordBatch,
    /// Meters with a quantity in some row, by bit; looked for once.
    used: OnceLock<u32>,
}

macro_rules! column {
    ($name:ident, $array:ty, $read:ident $(::<$t:ty>)?) => {
        pub fn $name(&self) -> &$array {
            self.batch.column(const { position(stringify!($name)) }).$read$(::<$t>)?()
        }
    };
}

macro_rules! names {
    ($($name:ident),*) => { $(
        pub fn $name(&self) -> DictColumn<'_> {
            DictColumn::new(self.batch.column(const { position(stringify!($name)) }).as_dictionary::<Int32Type>())
        }
    )* };
}

impl Calls {
    pub fn schema() -> SchemaRef {
        SCHEMA.clone()
    }

    pub fn empty() -> Calls {
        Calls::of(RecordBatch::new_empty(Calls::schema()))
    }

    fn of(batch: RecordBatch) -> Calls {
        Calls { batch, used: OnceLock::new() }
    }

    /// # Errors
    /// When the batch does not have exactly [`Calls::schema`].
    pub fn from_batch(batch: RecordBatch) -> Result<Calls, ArrowError> {
        let same = batch
            .schema()
            .fields()
            .iter()
            .zip(SCHEMA.fields())
            .all(|(a, b)| a.name() == b.name() && a.data_type() == b.data_type());
        if !same || batch.num_columns() != SCHEMA.fields().len() {
            return Ok(Calls::of(fitted(&batch)?));
        }
        Ok(Calls::of(batch))
    }

    pub fn batch(&self) -> &RecordBatch {
        &self.batch
    }

    pub fn concat(parts: &[Calls]) -> Result<Calls, ArrowError> {
        let batch = concat_batches(&Calls::schema(), parts.iter().map(|p| &p.batch))?;
        Ok(Calls::of(batch))
    }

    /// The rows named, in that order.
    pub fn take(&self, rows: &[u32]) -> Result<Calls, ArrowError> {
        Ok(Calls::of(take_record_batch(&self.batch, &UInt32Array::from(rows.to_vec()))?))
    }

    pub fn len(&self) -> usize {
        self.batch.num_rows()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    column!(key, UInt64Array, as_primitive::<UInt64Type>);
    column!(content, FixedSizeBinaryArray, as_fixed_size_binary);
    column!(call_id, StringArray, as_string::<i32>);
    column!(trace_id, StringArray, as_string::<i32>);
    column!(usage_note, StringArray, as_string::<i32>);
    column!(stream, BooleanArray, as_boolean);
    column!(has_usage, BooleanArray, as_boolean);
    column!(charge, Decimal128Array, as_primitive::<Decimal128Type>);
    column!(balance_after, Decimal128Array, as_primitive::<Decimal128Type>);
    column!(upstream_cost, Decimal128Array, as_primitive::<Decimal128Type>);
    column!(started_at, TimestampMicrosecondArray, as_primitive::<TimestampMicrosecondType>);
    column!(ended_at, TimestampMicrosecondArray, as_primitive::<TimestampMicrosecondType>);
    column!(attempt, UInt32Array, as_primitive::<UInt32Type>);
    column!(status, UInt16Array, as_primitive::<UInt16Type>);
    column!(row_version, Int64Array, as_primitive::<Int64Type>);
    column!(file, UInt32Array, as_primitive::<UInt32Type>);
    column!(offset, UInt64Array, as_primitive::<UInt64Type>);
    names!(source, account_id, api_key_id, provider, model, model_served, endpoint, region, group, service_tier);
    names!(service_tier_requested, charge_unit, image_size, image_quality, outcome, context);

    /// Whether it was a batch call.
    pub fn is_batch(&self) -> &BooleanArray {
        self.batch.column(const { position("batch") }).as_boolean()
    }

    pub fn estimated(&self) -> &BooleanArray {
        self.batch.column(const { position("estimated") }).as_boolean()
    }

    /// Answered from the gateway's own response cache.
    pub fn cache_hit(&self) -> &BooleanArray {
        self.batch.column(const { position("cache_hit") }).as_boolean()
    }

    /// Quantities of one meter, a whole number a row.
    pub fn quantity(&self, meter: Meter) -> &Int64Array {
        self.batch.column(FIRST_QUANTITY + meter.index()).as_primitive()
    }

    /// What a row has of several meters together.
    pub(crate) fn tokens(&self, row: usize, meters: &[Meter]) -> u64 {
        meters.iter().map(|m| self.quantity(*m).value(row).unsigned_abs()).fold(0, u64::saturating_add)
    }

    pub fn quantities(&self) -> [&Int64Array; METERS] {
        Meter::ALL.map(|m| self.quantity(m))
    }

    /// Meters of which some row has a quantity.
    pub fn meters(&self) -> impl Iterator<Item = Meter> {
        let look =
            || Meter::ALL.into_iter().fold(0, |bits, m| bits | u32::from(any(self.quantity(m).values())) << m.index());
        let used = *self.used.get_or_init(look);
        Meter::ALL.into_iter().filter(move |m| used >> m.index() & 1 == 1)
    }

    pub fn started(&self, row: usize) -> Instant {
        Instant::from_micros(self.started_at().value(row))
    }

    pub fn ended(&self, row: usize) -> Instant {
        Instant::from_micros(self.ended_at().value(row))
    }

    pub fn recorded(&self, row: usize) -> Option<Amount> {
        amount_at(self.charge(), row)
    }

    pub fn row_stream(&self, row: usize) -> Option<bool> {
        self.stream().is_valid(row).then(|| self.stream().value(row))
    }

    pub fn recorded_upstream(&self, row: usize) -> Option<Amount> {
        amount_at(self.upstream_cost(), row)
    }

    pub fn recorded_balance(&self, row: usize) -> Option<Amount> {
        amount_at(self.balance_after(), row)
    }

    pub fn outcome_of(&self, row: usize) -> Outcome {
        self.outcome().get(row).and_then(Outcome::from_name).unwrap_or(Outcome::Ok)
    }

    pub fn usage_of(&self, row: usize) -> Option<Usage> {
        self.has_usage().value(row).then(|| Usage {
            quantity: Meter::ALL.map(|m| self.quantity(m).value(row)),
            image_size: self.image_size().get(row).map(str::to_owned),
            image_quality: self.image_quality().get(row).map(str::to_owned),
            parts: self.parts_of(row),
        })
    }

    fn parts_of(&self, row: usize) -> UsageParts {
        UsageParts::of_values(std::array::from_fn(|part| {
            let column: &Int64Array = self.batch.column(const { position("offset") } + 1 + part).as_primitive();
            if column.is_valid(row) { column.value(row) } else { 0 }
        }))
    }

    pub fn content_of(&self, row: usize) -> u128 {
        self.content().value(row).try_into().map_or(0, u128::from_be_bytes)
    }

    /// One row as a whole.
    pub fn row(&self, row: usize) -> Call {
        let text = |names: DictColumn<'_>| names.get(row).map(str::to_owned);
        let string = |array: &StringArray| array.is_valid(row).then(|| array.value(row).to_owned());
        Call {
            source: text(self.source()).unwrap_or_default(),
            call_id: self.call_id().value(row).to_owned(),
            attempt: self.attempt().value(row),
            account_id: text(self.account_id()).unwrap_or_default(),
            api_key_id: text(self.api_key_id()),
            provider: text(self.provider()),
            model: text(self.model()).unwrap_or_default(),
            model_served: text(self.model_served()),
            endpoint: text(self.endpoint()),
            region: text(self.region()),
            group: text(self.group()),
            started_at: self.started(row),
            ended_at: self.ended(row),
            status: self.status().is_valid(row).then(|| self.status().value(row)),
            outcome: self.outcome_of(row),
            stream: self.row_stream(row),
            service_tier: text(self.service_tier()),
            service_tier_requested: text(self.service_tier_requested()),
            batch: self.is_batch().value(row),
            context: text(self.context()),
            estimated: self.estimated().value(row),
            cache_hit: self.cache_hit().value(row),
            upstream_cost: self.recorded_upstream(row),
            row_version: self.row_version().is_valid(row).then(|| self.row_version().value(row)),
            trace_id: string(self.trace_id()),
            usage: self.usage_of(row),
            usage_note: string(self.usage_note()).map(UsageNote),
            charge: self.recorded(row),
            charge_unit: text(self.charge_unit()),
            balance_after: self.recorded_balance(row),
            file: self.file().value(row),
            offset: self.offset().value(row),
        }
    }
}

/// Whether there is a quantity, looked at in ranges, which is fast where there is none.
fn any(column: &[i64]) -> bool {
    column.chunks(1024).any(|range| range.iter().fold(0, |bits, q| bits | q) != 0)
}

fn amount_at(column: &Decimal128Array, row: usize) -> Option<Amount> {
    column.is_valid(row).then(|| Amount::from_raw(column.value(row)))?
}

/// Collects calls into columns.
#[derive(Debug)]
pub struct CallsBuilder {
    key: UInt64Builder,
    content: FixedSizeBinaryBuilder,
    texts: [StringBuilder; TEXTS.len()],
    names: [DictColumnBuilder; NAMES.len()],
    bools: [BooleanBuilder; BOOLS.len()],
    amounts: [Decimal128Builder; AMOUNTS.len()],
    instants: [TimestampMicrosecondBuilder; 2],
    attempt: UInt32Builder,
    status: UInt16Builder,
    row_version: Int64Builder,
    quantities: [Int64Builder; METERS],
    used: u32,
    usage_note: StringBuilder,
    file: UInt32Builder,
    offset: UInt64Builder,
    parts: [Int64Builder; UsageParts::NAMES.len()],
    len: usize,
}

impl Default for CallsBuilder {
    fn default() -> CallsBuilder {
        CallsBuilder {
            key: UInt64Builder::new(),
            content: FixedSizeBinaryBuilder::new(16),
            texts: Default::default(),
            names: Default::default(),
            bools: Default::default(),
            amounts: std::array::from_fn(|_| Decimal128Builder::new().with_data_type(amount_type())),
            instants: std::array::from_fn(|_| TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            attempt: UInt32Builder::new(),
            status: UInt16Builder::new(),
            row_version: Int64Builder::new(),
            quantities: Default::default(),
            used: 0,
            usage_note: StringBuilder::new(),
            file: UInt32Builder::new(),
            offset: UInt64Builder::new(),
            parts: Default::default(),
            len: 0,
        }
    }
}

impl CallsBuilder {
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn push(&mut self, call: &Call) {
        self.len += 1;
        self.key.append_value(name_hash(&call.call_id));
        // A fixed width of 16 is what the builder was made with.
        let _ = self.content.append_value(content_hash(call).to_be_bytes());
        self.texts[0].append_value(&call.call_id);
        self.texts[1].append_option(call.trace_id.as_deref());
        let usage = call.usage.as_ref();
        let names = [
            Some(call.source.as_str()),
            Some(&call.account_id),
            call.api_key_id.as_deref(),
            call.provider.as_deref(),
            Some(&call.model),
            call.model_served.as_deref(),
            call.endpoint.as_deref(),
            call.region.as_deref(),
            call.group.as_deref(),
            call.service_tier.as_deref(),
            call.service_tier_requested.as_deref(),
            call.charge_unit.as_deref(),
            usage.and_then(|u| u.image_size.as_deref()),
            usage.and_then(|u| u.image_quality.as_deref()),
            Some(call.outcome.name()),
            call.context.as_deref(),
        ];
        for (builder, value) in self.names.iter_mut().zip(names) {
            builder.push(value);
        }
        let bools = [call.stream, Some(call.batch), Some(call.estimated), Some(call.cache_hit), Some(usage.is_some())];
        for (builder, value) in self.bools.iter_mut().zip(bools) {
            builder.append_option(value);
        }
        for (builder, value) in self.amounts.iter_mut().zip([call.charge, call.balance_after, call.upstream_cost]) {
            builder.append_option(value.map(Amount::raw));
        }
        self.instants[0].append_value(call.started_at.micros());
        self.instants[1].append_value(call.ended_at.micros());
        self.attempt.append_value(call.attempt);
        self.status.append_option(call.status);
        self.row_version.append_option(call.row_version);
        for meter in Meter::ALL {
            let quantity = usage.map_or(0, |u| u.get(meter));
            self.used |= u32::from(quantity != 0) << meter.index();
            self.quantities[meter.index()].append_value(quantity);
        }
        self.usage_note.append_option(call.usage_note.as_ref().map(|n| n.0.as_str()));
        self.file.append_value(call.file);
        self.offset.append_value(call.offset);
        let parts = usage.map_or([0; UsageParts::NAMES.len()], |u| u.parts.values());
        for (builder, value) in self.parts.iter_mut().zip(parts) {
            builder.append_option((value != 0).then_some(value));
        }
    }

    pub fn finish(&mut self) -> Calls {
        self.len = 0;
        let mut columns: Vec<ArrayRef> = vec![Arc::new(self.key.finish()), Arc::new(self.content.finish())];
        columns.extend(self.texts.iter_mut().map(|b| Arc::new(b.finish()) as ArrayRef));
        columns.extend(self.names.iter_mut().map(|b| Arc::new(b.finish()) as ArrayRef));
        columns.extend(self.bools.iter_mut().map(|b| Arc::new(b.finish()) as ArrayRef));
        columns.extend(self.amounts.iter_mut().map(|b| Arc::new(b.finish()) as ArrayRef));
        columns.extend(self.instants.iter_mut().map(|b| Arc::new(b.finish()) as ArrayRef));
        columns.push(Arc::new(self.attempt.finish()));
        columns.push(Arc::new(self.status.finish()));
        columns.push(Arc::new(self.row_version.finish()));
        columns.extend(self.quantities.iter_mut().map(|b| Arc::new(b.finish()) as ArrayRef));
        columns.push(Arc::new(self.usage_note.finish()));
        columns.push(Arc::new(self.file.finish()));
        columns.push(Arc::new(self.offset.finish()));
        columns.extend(self.parts.iter_mut().map(|b| Arc::new(b.finish()) as ArrayRef));
        let batch = RecordBatch::try_new(Calls::schema(), columns).expect("columns are built to the schema");
        Calls { batch, used: OnceLock::from(std::mem::take(&mut self.used)) }
    }

    /// Columns of these calls.
    pub fn collect<'a>(calls: impl IntoIterator<Item = &'a Call>) -> Calls {
        let mut builder = CallsBuilder::default();
        for call in calls {
            builder.push(call);
        }
        builder.finish()
    }
}
