//! One pass over a day: load, compute, seal.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, UInt32Array};
use arrow::datatypes::{DataType, Field, Schema};

use super::computed_again::{is_of_another_scheme, same_revision};
use super::day_inputs::{self, DayInputs};
use super::day_revisions::JOB;
use super::executor::Executor;
use super::input_identity::{FINGERPRINT, OPENING, RULES, carry_digest, rules, watermark};
use super::rollup::totals_of;
use super::row_places::{LocatedCalls, NamedParts, RowPlace};
use super::{backward_calls, named_rows, oversized_rows, silent_hours, unjudged_calls};
use crate::domain::call::{Calls, name_hash};
use crate::domain::ledger::{LedgerState, Parties, Posting, WalletId, broken_roll_forward};
use crate::domain::money::Amount;
use crate::domain::period::{Day, Instant};
use crate::domain::reconcile::{
    Class, CountedPosting, DayIndex, DayInput, DayResult, Partition, PassError, SourceRules, close_day, distinct_rows,
};
use crate::domain::rollup::{DayColumns, Rollup, roll_up_day};
use crate::edge::lake::schema::{
    ChargesTable, CountedRows, ROW_PLACE, RepresentationRow, WalletDayRow, rollup_batch, to_batch,
};
use crate::edge::lake::{Digest, KeptRef, LawRef, Manifest, PartRef, Total};
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::query::sealed_prices::book_note;
use crate::pipeline::raw_catalog::{INGESTED, RawCatalog};
use crate::pipeline::registry::books::Books;

/// What a day's new revision is sealed with.
pub(crate) struct Sealing {
    pub(crate) day: Day,
    pub(crate) known: Instant,
    pub(crate) fingerprint: String,
    pub(crate) replaces: Option<Manifest>,
}

/// A day computed.
pub(crate) struct Computed {
    pub(crate) calls: Calls,
    pub(crate) result: DayResult,
    pub(crate) rollup: Rollup,
    /// Rows as they came, and how many of them only repeat another.
    pub(crate) rows: u64,
    pub(crate) duplicates: u64,
    pub(crate) postings: u64,
    counted: CountedRaw,
}

/// Which raw rows counted.
struct CountedRaw {
    /// What the places of rows name.
    parts: Vec<PartRef>,
    /// Of each call.
    calls: Vec<RowPlace>,
    postings: Vec<CountedRows>,
    /// Over the postings, whichever files they came from.
    digest: Digest,
}

/// Computes a day and checks the laws; seals nothing.
pub(crate) fn compute(
    context: &RunContext,
    catalog: &RawCatalog,
    books: &Books,
    parties: &Parties,
    opening: &LedgerState,
    (day, known): (Day, Instant),
    mut inputs: DayInputs,
) -> Result<Computed, AppError> {
    let rows = inputs.calls.len() as u64;
    let located = LocatedCalls { calls: inputs.calls.clone(), places: std::mem::take(&mut inputs.call_places) };
    let LocatedCalls { calls, places } = located.take(&distinct_rows(&inputs.calls))?;
    let near = distinct(&inputs.near)?;
    let raters = books.raters(known);
    let span = context.config.zone.span_of(day);
    let own_postings = inputs.postings.iter().filter(|p| span.0 <= p.posted_at && p.posted_at < span.1).count() as u64;
    let input = DayInput {
        day,
        span,
        rules: &context.config.rules,
        raters: &raters,
        parties,
        calls: &calls,
        context_calls: &near,
        postings: &inputs.postings,
        watermark: watermark(context, catalog, &inputs),
        balances: &inputs.balances,
        opening,
    };
    let result = reconcile(&input, Executor::new(context.config.partitions, calls.len())).map_err(|e| match e {
        PassError::Law(law) => AppError::law(law).at(day.to_string()),
        other => AppError::config(other.to_string()).at(day.to_string()),
    })?;
    if let Some(wallet) = broken_roll_forward(opening, &result.roll_forward, &result.carry) {
        let WalletId { account_id, wallet, unit } = &wallet.wallet;
        let what = format!("opening + movements = closing for wallet {wallet} of {account_id} in {unit}");
        return Err(AppError::law(what).at(day.to_string()));
    }
    let duplicate = |row: usize| result.posting_class[row] == Class::DuplicateCall;
    let columns = DayColumns {
        calls: &calls,
        duplicate: &duplicate,
        unit: &result.unit,
        expected: &result.expected,
        posted: &result.posted,
    };
    let rollup = roll_up_day(day, &columns).map_err(AppError::internal)?;
    check_rollup(&result, &rollup).map_err(|e| e.at(day.to_string()))?;
    let duplicates = rows - calls.len() as u64;
    let counted = counted_raw(&inputs, places, &result.counted);
    Ok(Computed { calls, result, rollup, rows, duplicates, postings: own_postings, counted })
}

/// The day's partitions are run wherever the executor runs them; the result is the same.
fn reconcile(input: &DayInput<'_>, executor: Executor) -> Result<DayResult, PassError> {
    let index = DayIndex::new(input);
    let partitions = index.partitions(executor.partitions);
    let results = executor.run(&partitions, Partition::reconcile);
    close_day(&index, &partitions, results)
}

/// Calls without rows that only repeat another; where there are none, the same columns.
fn distinct(calls: &Calls) -> Result<Calls, AppError> {
    let kept = distinct_rows(calls);
    if kept.len() == calls.len() { Ok(calls.clone()) } else { calls.take(&kept).map_err(AppError::internal) }
}

/// Names the rows that counted, in the parts they lie in.
fn counted_raw(inputs: &DayInputs, mut calls: Vec<RowPlace>, counted: &[CountedPosting]) -> CountedRaw {
    let mut parts = NamedParts::of(&inputs.raw);
    calls.iter_mut().for_each(|place| place.part = parts.name(place.part));
    let (mut postings, mut digest): (Vec<CountedRows>, _) = (Vec::new(), Digest::default());
    for one in counted {
        let RowPlace { part, row } = inputs.posting_places[one.posting as usize];
        let part = parts.name(part);
        add_content(&mut digest, &inputs.postings[one.posting as usize], one);
        let follows = |run: &&mut CountedRows| {
            (run.part, run.first + run.rows, run.own, run.class) == (part, row, one.own, one.class)
        };
        match postings.last_mut().filter(follows) {
            Some(run) => run.rows += 1,
            None => postings.push(CountedRows { part, first: row, rows: 1, own: one.own, class: one.class }),
        }
    }
    CountedRaw { parts: parts.finish(), calls, postings, digest }
}

/// What the digest of a day's postings is over: which they are, and what each counted as.
fn add_content(digest: &mut Digest, posting: &Posting, counted: &CountedPosting) {
    let mut row = [0u8; 48];
    row[..8].copy_from_slice(&name_hash(&posting.posting_id).to_le_bytes());
    row[8] = u8::from(counted.own);
    let class = counted.class.map_or("", Class::name).as_bytes();
    let length = class.len().min(row.len() - 9);
    row[9..9 + length].copy_from_slice(&class[..length]);
    digest.add_row(&row[..9 + length]);
}

/// Charges sum to the rollup, by unit.
fn check_rollup(result: &DayResult, rollup: &Rollup) -> Result<(), AppError> {
    let mut charges: BTreeMap<&str, Amount> = BTreeMap::new();
    for (unit, expected) in result.unit.iter().zip(&result.expected) {
        let sum = charges.entry(unit).or_default();
        *sum =
            sum.checked_add(expected.unwrap_or_default()).ok_or_else(|| AppError::internal("the charges overflow"))?;
    }
    for (unit, measures) in rollup.totals().map_err(AppError::internal)? {
        if charges.get(unit.as_str()).copied().unwrap_or_default() != measures.expected {
            return Err(AppError::law(format!("the sum of charges in {unit} is the day's")));
        }
    }
    Ok(())
}

/// Moves wallets and keys over a day that is not sealed.
pub(crate) async fn advance_only(
    context: &RunContext,
    catalog: &RawCatalog,
    books: &Books,
    parties: &Parties,
    day: Day,
    opening: &LedgerState,
    known: Instant,
) -> Result<LedgerState, AppError> {
    // A balance at the day's very end is filed with the next day.
    if !catalog.has_rows(day) && catalog.parts("balances", day.next()).is_empty() {
        return Ok(opening.clone());
    }
    let inputs = day_inputs::load(context, catalog, day).await?;
    Ok(compute(context, catalog, books, parties, opening, (day, known), inputs)?.result.carry)
}

/// Computes a day, checks the laws, writes its parts and seals them with one manifest. A revision of another
/// build that says the same stays the current one.
pub(crate) async fn pass(
    context: &RunContext,
    catalog: &RawCatalog,
    books: &Books,
    parties: (&Parties, &[KeptRef]),
    opening: &LedgerState,
    inputs: DayInputs,
    sealing: Sealing,
) -> Result<(Manifest, LedgerState), AppError> {
    let (day, known) = (sealing.day, sealing.known);
    let silent_hours = silent_hours::notes(context, day, &inputs);
    let oversized = named_rows::note(oversized_rows::NOTE, &inputs.oversized);
    let computed = compute(context, catalog, books, parties.0, opening, (day, known), inputs)?;
    let replaces = sealing.replaces.as_ref().map(|m| m.revision);
    let mut manifest = Manifest::new(JOB, &day.to_string(), replaces, context.now, known);
    manifest.notes.insert(FINGERPRINT.into(), sealing.fingerprint);
    manifest.notes.insert(RULES.into(), rules());
    manifest.notes.extend(silent_hours);
    manifest.notes.extend(oversized);
    manifest.notes.extend(named_rows::note(backward_calls::NOTE, &backward_calls::named(&computed.calls)));
    manifest.notes.extend(books_of_sources(context, books));
    manifest.notes.insert("state".into(), silent_hours::state_of(context, &manifest, day).name().into());
    manifest.notes.insert(OPENING.into(), carry_digest(opening)?.to_string());
    manifest.notes.insert(INGESTED.into(), catalog.revision().to_string());
    manifest.books = books.refs.iter().flatten().cloned().collect();
    manifest.parties = parties.1.to_vec();
    manifest.rows = counts(&computed);
    manifest.totals = totals(&computed)?;
    unjudged_calls::note(&computed.calls, &computed.result, &mut manifest)?;
    manifest.laws = laws(&computed);
    manifest.raw_parts = Some(computed.counted.parts.clone());
    let tables = tables(&computed)?;
    for (table, batch) in &tables {
        manifest.rows.insert((*table).to_owned(), batch.num_rows() as u64);
        let (name, digest) = digest_of(&computed, table, batch)?;
        manifest.digests.insert(name.to_owned(), digest);
    }
    if let Some(sealed) = sealing.replaces.filter(is_of_another_scheme)
        && same_revision(context, &sealed, &manifest, &tables).await?
    {
        return Ok((sealed, computed.result.carry));
    }
    for (table, batch) in tables {
        if batch.num_rows() > 0 && !context.dry_run {
            manifest.parts.push(context.lake.write_batch(table, &day.to_string(), batch).await?);
        }
    }
    if !context.dry_run {
        let prepared = context.lake.prepare(manifest.clone()).await?;
        context.seal(prepared).await?;
    }
    Ok((manifest, computed.result.carry))
}

/// Which book each source's calls are priced by, so that they can be explained whatever the settings say later.
fn books_of_sources(context: &RunContext, books: &Books) -> Vec<(String, String)> {
    let of = |source: &SourceRules| {
        let book = books.books.get(usize::from(source.book))?;
        Some((book_note(&source.name), book.header.id.clone()))
    };
    context.config.rules.sources.iter().filter_map(of).collect()
}

/// Every table a day is sealed with.
pub(crate) fn tables(computed: &Computed) -> Result<Vec<(&'static str, RecordBatch)>, AppError> {
    let result = &computed.result;
    let wallets: Vec<WalletDayRow> = result.roll_forward.iter().map(WalletDayRow::from).collect();
    let carry = result.carry.to_rows();
    Ok(vec![
        ("charges", charges(computed)?),
        (COUNTED, to_batch(&computed.counted.postings)),
        ("movements", to_batch(&result.movements)),
        ("findings", to_batch(&result.findings)),
        ("sums", to_batch(&result.sums)),
        ("representation", to_batch(&RepresentationRow::of(&result.representation))),
        ("rollup", rollup_batch(&computed.rollup)),
        ("wallets", to_batch(&wallets)),
        ("carry", to_batch(&carry)),
    ])
}

/// The table of the postings that counted.
pub(crate) const COUNTED: &str = "counted_postings";

/// The digest of a table's content, and its name: that of the table, but for the runs of postings, which
/// follow how rows lie in files; what they stand for is `postings`.
pub(crate) fn digest_of(
    computed: &Computed,
    table: &'static str,
    batch: &RecordBatch,
) -> Result<(&'static str, Digest), AppError> {
    Ok(match table {
        COUNTED => ("postings", computed.counted.digest),
        _ => (table, Digest::of(batch, &ROW_PLACE)?),
    })
}

/// What names a call, beside what is said of it.
const IDENTITY: [&str; 7] = ["key", "source", "call_id", "attempt", "account_id", "model", "started_at"];

/// Where a call's raw row lies.
fn place_fields() -> [Arc<Field>; 2] {
    ROW_PLACE.map(|name| Arc::new(Field::new(name, DataType::UInt32, false)))
}

/// The columns of [`charges`].
#[cfg(test)]
pub(crate) fn charges_schema() -> Arc<Schema> {
    let calls = Calls::schema();
    let named = IDENTITY.iter().map(|name| Arc::new(calls.field_with_name(name).expect("a column of calls").clone()));
    let fields: Vec<_> = named.chain(ChargesTable::schema().fields().iter().cloned()).chain(place_fields()).collect();
    Arc::new(Schema::new(fields))
}

fn charges(computed: &Computed) -> Result<RecordBatch, AppError> {
    let (calls, result) = (&computed.calls, &computed.result);
    let table = ChargesTable {
        charges: result.charges.clone(),
        unit: result.unit.clone(),
        expected: result.expected.clone(),
        recorded: (0..calls.len()).map(|row| calls.recorded(row)).collect(),
        posted: result.posted.clone(),
        charge_class: result.charge_class.clone(),
        posting_class: result.posting_class.clone(),
    };
    let said = table.to_batch().map_err(AppError::internal)?;
    let (mut fields, mut columns) = (Vec::new(), Vec::new());
    let named =
        IDENTITY.iter().filter_map(|name| calls.batch().schema().column_with_name(name).map(|c| (c.0, c.1.clone())));
    for (index, field) in named.collect::<Vec<_>>() {
        fields.push(Arc::new(field));
        columns.push(calls.batch().column(index).clone());
    }
    fields.extend(said.schema().fields().iter().cloned());
    columns.extend(said.columns().iter().cloned());
    let places = &computed.counted.calls;
    let place: [ArrayRef; 2] = [
        Arc::new(places.iter().map(|place| place.part).collect::<UInt32Array>()),
        Arc::new(places.iter().map(|place| place.row).collect::<UInt32Array>()),
    ];
    fields.extend(place_fields());
    columns.extend(place);
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(AppError::internal)
}

fn counts(computed: &Computed) -> BTreeMap<String, u64> {
    let duplicate_rows = computed.result.posting_class.iter().filter(|c| **c == Class::DuplicateCall).count() as u64;
    BTreeMap::from([
        ("call_rows".to_owned(), computed.rows),
        ("duplicates".to_owned(), computed.duplicates),
        ("duplicate_rows".to_owned(), duplicate_rows),
        ("calls".to_owned(), computed.calls.len() as u64 - duplicate_rows),
        ("postings".to_owned(), computed.postings),
    ])
}

fn totals(computed: &Computed) -> Result<Vec<Total>, AppError> {
    let mut totals = totals_of(&computed.rollup.totals().map_err(AppError::internal)?);
    let mut open: BTreeMap<&str, Amount> = BTreeMap::new();
    for finding in &computed.result.findings {
        let (Some(unit), Some(difference)) = (&finding.unit, finding.difference) else { continue };
        let sum = open.entry(unit).or_default();
        *sum = sum.checked_add(difference.abs()).ok_or_else(|| AppError::internal("open differences overflow"))?;
    }
    let open = open.into_iter().map(|(unit, amount)| Total { name: "open".into(), unit: unit.to_owned(), amount });
    totals.extend(open);
    Ok(totals)
}

fn laws(computed: &Computed) -> Vec<LawRef> {
    let law = |name: &str, cases: u64| LawRef { name: name.to_owned(), cases };
    vec![
        law("rows = calls + duplicate rows + duplicates", computed.rows),
        law("every row of a leg in one class, class differences sum to the leg's", computed.result.sums.len() as u64),
        law("sum of charges = day", computed.calls.len() as u64),
        law("opening + movements = closing + residual, per wallet", computed.result.roll_forward.len() as u64),
    ]
}
