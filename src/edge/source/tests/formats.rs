//! The same rows written in three formats are the same calls.

use std::collections::BTreeMap;
use std::sync::Arc;

use ::parquet::arrow::ArrowWriter;
use arrow::array::{
    ArrayRef, BooleanArray, Decimal128Array, Float64Array, Int32Array, Int64Array, ListBuilder, RecordBatch,
    StringArray, StringBuilder, StringDictionaryBuilder, StructArray, TimestampMillisecondArray,
    TimestampNanosecondArray, UInt64Array,
};
use arrow::datatypes::{Field, Int32Type};
use proptest::prelude::*;

use super::*;
use crate::domain::money::Amount;
use crate::domain::period::{Instant, Zone};

/// A row by dotted name: text, whole numbers, amounts and booleans as they are written.
#[derive(Clone, Debug)]
enum Cell {
    Text(String),
    Count(i64),
    Amount(Amount),
    Bool(bool),
}

type Row = BTreeMap<&'static str, Cell>;

const TEXTS: [&str; 10] = [
    "api_key_id",
    "provider",
    "model_served",
    "endpoint",
    "region",
    "group",
    "service_tier",
    "trace_id",
    "charge_unit",
    "usage.image_size",
];
const COUNTS: [&str; 15] = [
    "attempt",
    "row_version",
    "usage.input_tokens",
    "usage.cache_read_tokens",
    "usage.cache_write_tokens",
    "usage.cache_write_1h_tokens",
    "usage.input_audio_tokens",
    "usage.output_tokens",
    "usage.reasoning_tokens",
    "usage.images",
    "usage.seconds",
    "usage.web_searches",
    "usage.pages",
    "usage.file_searches",
    "usage.code_sessions",
];
const AMOUNTS: [&str; 3] = ["charge", "upstream_cost", "balance_after"];
const BOOLS: [&str; 3] = ["stream", "batch", "estimated"];

fn row() -> impl Strategy<Value = Row> {
    let text = "[a-zA-Z0-9 ,;\"'/é中{}:-]{1,12}".prop_filter("not blank", |text| !text.trim().is_empty());
    let texts = proptest::collection::vec(proptest::option::of(text.clone()), TEXTS.len());
    let counts = proptest::collection::vec(proptest::option::of(0..5_000_000i64), COUNTS.len());
    let amounts = proptest::collection::vec(proptest::option::of(-10i128.pow(30)..10i128.pow(30)), AMOUNTS.len());
    let bools = proptest::collection::vec(proptest::option::of(any::<bool>()), BOOLS.len());
    let times = (946_684_800_000_000..4_000_000_000_000_000i64, proptest::option::of(0..4_000_000_000_000_000i64));
    let status = proptest::option::of(100..600i64);
    let ids = (text.clone(), text.clone(), text);
    (ids, texts, counts, amounts, bools, times, status).prop_map(
        |(ids, texts, counts, amounts, bools, times, status)| {
            let instant = |micros: i64| Cell::Text(Instant::from_micros(micros).to_string());
            let mut row = Row::from([
                ("call_id", Cell::Text(ids.0)),
                ("account_id", Cell::Text(ids.1)),
                ("model", Cell::Text(ids.2)),
                ("started_at", instant(times.0)),
            ]);
            row.extend(times.1.map(|micros| ("ended_at", instant(micros))));
            row.extend(status.map(|status| ("status", Cell::Count(status))));
            row.extend(TEXTS.iter().zip(texts).filter_map(|(n, v)| Some((*n, Cell::Text(v?)))));
            row.extend(COUNTS.iter().zip(counts).filter_map(|(n, v)| Some((*n, Cell::Count(v?)))));
            row.extend(
                AMOUNTS.iter().zip(amounts).filter_map(|(n, v)| Some((*n, Cell::Amount(Amount::from_raw(v?)?)))),
            );
            row.extend(BOOLS.iter().zip(bools).filter_map(|(n, v)| Some((*n, Cell::Bool(v?)))));
            row
        },
    )
}

fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => text.clone(),
        Cell::Count(count) => count.to_string(),
        Cell::Amount(amount) => amount.to_string(),
        Cell::Bool(value) => value.to_string(),
    }
}

fn jsonl(rows: &[Row]) -> String {
    let member = |name: &str, cell: &Cell| match cell {
        Cell::Text(text) => format!("{}:{}", serde_json::json!(name), serde_json::json!(text)),
        Cell::Amount(amount) => format!("\"{name}\":\"{amount}\""),
        cell => format!("\"{name}\":{}", plain(cell)),
    };
    let line = |row: &Row| {
        let (inner, outer): (Vec<_>, Vec<_>) = row.iter().partition(|(name, _)| name.starts_with("usage."));
        let mut members: Vec<_> = outer.iter().map(|(name, cell)| member(name, cell)).collect();
        let inner: Vec<_> = inner.iter().map(|(name, cell)| member(&name["usage.".len()..], cell)).collect();
        members.push(format!("\"usage\":{{{}}}", inner.join(",")));
        format!("{{{}}}\n", members.join(","))
    };
    rows.iter().map(line).collect()
}

fn names() -> Vec<&'static str> {
    let required = ["call_id", "account_id", "model", "started_at", "ended_at", "status"];
    required.into_iter().chain(TEXTS).chain(COUNTS).chain(AMOUNTS).chain(BOOLS).collect()
}

fn csv(rows: &[Row]) -> String {
    let cell = |cell: Option<&Cell>| match cell.map(plain) {
        Some(text) if text.contains([',', '"']) => format!("\"{}\"", text.replace('"', "\"\"")),
        Some(text) => text,
        None => String::new(),
    };
    let line = |row: &Row| names().iter().map(|name| cell(row.get(name))).collect::<Vec<_>>().join(",") + "\n";
    names().join(",") + "\n" + &rows.iter().map(line).collect::<String>()
}

fn column(rows: &[Row], name: &str) -> ArrayRef {
    let cells = rows.iter().map(|row| row.get(name));
    let is = |list: &[&str]| list.contains(&name);
    if is(&AMOUNTS) {
        let raw = cells.map(|c| c.map(|c| if let Cell::Amount(a) = c { a.raw() } else { unreachable!() }));
        return Arc::new(raw.collect::<Decimal128Array>().with_precision_and_scale(38, 18).unwrap());
    }
    if is(&BOOLS) {
        return Arc::new(cells.map(|c| c.map(|c| matches!(c, Cell::Bool(true)))).collect::<BooleanArray>());
    }
    if is(&COUNTS) || name == "status" {
        return Arc::new(cells.map(|c| c.map(|c| plain(c).parse::<i64>().unwrap())).collect::<Int64Array>());
    }
    if name == "ended_at" {
        let micros = cells.map(|c| c.map(|c| Instant::parse(&plain(c)).unwrap().micros() * 1000 + 999));
        return Arc::new(micros.collect::<TimestampNanosecondArray>().with_timezone("Asia/Shanghai"));
    }
    if name == "model" || name == "region" {
        let mut builder = StringDictionaryBuilder::<Int32Type>::new();
        cells.for_each(|c| builder.append_option(c.map(plain)));
        return Arc::new(builder.finish());
    }
    Arc::new(cells.map(|c| c.map(plain)).collect::<StringArray>())
}

fn write(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true))).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

fn parquet(rows: &[Row], nested: bool) -> Vec<u8> {
    let (inner, outer): (Vec<_>, Vec<_>) = names().into_iter().partition(|n| nested && n.starts_with("usage."));
    let mut columns: Vec<(&str, ArrayRef)> = outer.into_iter().map(|name| (name, column(rows, name))).collect();
    if nested {
        let members = inner.into_iter().map(|name| {
            let array = column(rows, name);
            (Arc::new(Field::new(&name["usage.".len()..], array.data_type().clone(), true)), array)
        });
        columns.push(("usage", Arc::new(StructArray::from(members.collect::<Vec<_>>()))));
    }
    write(columns)
}

pub(super) fn parquet_sample() -> Vec<u8> {
    let row = |i: i64| {
        Row::from([
            ("call_id", Cell::Text(format!("c-{i}"))),
            ("account_id", Cell::Text("alice".into())),
            ("model", Cell::Text("gpt-x".into())),
            ("started_at", Cell::Text("2026-10-01T00:00:00Z".into())),
            ("usage.input_tokens", Cell::Count(i)),
            ("charge", Cell::Amount(Amount::from_int(i))),
        ])
    };
    parquet(&(0..20).map(row).collect::<Vec<_>>(), true)
}

fn without_offsets(body: Vec<u8>) -> (Vec<Call>, Vec<String>) {
    let (mut calls, report) = calls(body);
    calls.iter_mut().for_each(|call| call.offset = 0);
    let reasons = report.rejects.iter().map(|r| format!("{} {} {}", r.line, r.field, r.reason));
    (calls, reasons.collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn formats_agree(rows in proptest::collection::vec(row(), 1..8)) {
        let expect = without_offsets(jsonl(&rows).into());
        prop_assert_eq!(&expect.1, &Vec::<String>::new());
        prop_assert_eq!(expect.0.len(), rows.len());
        prop_assert_eq!(&without_offsets(csv(&rows).into()), &expect);
        prop_assert_eq!(&without_offsets(parquet(&rows, true)), &expect);
        prop_assert_eq!(&without_offsets(parquet(&rows, false)), &expect);
    }

    #[test]
    fn a_mutated_field_is_read_or_named(row in row(), at in 0..34usize, value in 0..14usize) {
        let values = ["null", "true", "0", "-1", "1.5", "1e3", "1e40", "\"\"", "\"x\"", "\"1\"", "[]", "{}", "[1,{\"a\":2}]", "\"2026-10-01T00:00:00\""];
        let name = names()[at];
        let mut row = row;
        row.remove(name);
        let mutated = jsonl(&[row]).trim_end().to_owned();
        let last = name.rsplit('.').next().unwrap();
        let member = format!("\"{last}\":{}", values[value]);
        let mutated = if name.starts_with("usage.") {
            let comma = if mutated.contains("\"usage\":{}") { "" } else { "," };
            mutated.replacen("\"usage\":{", &format!("\"usage\":{{{member}{comma}"), 1)
        } else {
            format!("{{{member},{}", &mutated[1..])
        };
        let (read, report) = calls(mutated.clone());
        match &report.rejects[..] {
            [] => prop_assert_eq!(read.len(), 1),
            [reject] => prop_assert_eq!(reject.field.as_ref(), name, "{} {}", mutated, reject.reason),
            _ => prop_assert!(false),
        }
    }
}

fn texts(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn required() -> Vec<(&'static str, ArrayRef)> {
    vec![
        ("call_id", texts(&["a", "b"])),
        ("account_id", texts(&["x", "x"])),
        ("model", texts(&["m", "m"])),
        ("started_at", texts(&["2026-10-01T00:00:00Z", "2026-10-01T00:00:00Z"])),
    ]
}

#[test]
fn parquet_types_are_taken_for_what_they_hold() {
    let check = |name: &'static str, array: ArrayRef, expect: &[&str]| {
        let mut columns = required();
        columns.push((name, array));
        let (read, report) = calls(write(columns));
        let mut said: Vec<_> = read
            .iter()
            .map(|call| match name {
                "charge" => format!("{:?}", call.charge),
                "ended_at" => call.ended_at.to_string(),
                "usage.images" => format!("{:?}", call.usage.as_ref().map(|u| u.quantity[10])),
                _ => format!("{:?}", call.region),
            })
            .collect();
        said.extend(report.rejects.iter().map(|r| format!("{} {} {} {}", r.line, r.offset, r.field, r.reason)));
        assert_eq!(said, expect, "{name}");
    };
    let float = "is a binary float, which holds no exact amount; write it as decimal or as text";
    check("charge", Arc::new(Float64Array::from(vec![None, Some(0.1)])), &["None", &format!("2 1 charge {float}")]);
    let most = 1_000_000_000_000_000u64;
    check("charge", Arc::new(UInt64Array::from(vec![most, 0])), &["Some(1000000000000000)", "Some(0)"]);
    let beyond = format!("1 0 charge is above {most}, which no amount of one row may be");
    check("charge", Arc::new(UInt64Array::from(vec![u64::MAX, 0])), &["Some(0)", &beyond]);
    check("charge", texts(&["0.1", "x"]), &["Some(0.1)", "2 1 charge is not a decimal number"]);
    check("charge", Arc::new(Int32Array::from(vec![-3, 4])), &["Some(-3)", "Some(4)"]);
    check(
        "usage.images",
        Arc::new(Float64Array::from(vec![42.0, 1.5])),
        &["Some(42)", "2 1 usage.images is not a whole number"],
    );
    check("usage.images", Arc::new(Int64Array::from(vec![None, Some(-1)])), &["None", "2 1 usage.images is below 0"]);
    check("region", Arc::new(Int64Array::from(vec![None, Some(1)])), &["None", "2 1 region is not text"]);
    let day = 1_790_812_800_000;
    let millis = TimestampMillisecondArray::from(vec![Some(day), Some(i64::MAX)]);
    check(
        "ended_at",
        Arc::new(millis.clone().with_timezone("UTC")),
        &["2026-10-01T00:00:00Z", "2 1 ended_at is not an RFC 3339 time such as 2026-10-01T08:00:00+08:00"],
    );
    let local = TimestampMillisecondArray::from(vec![None, Some(day)]);
    check(
        "ended_at",
        Arc::new(local.clone()),
        &["2026-10-01T00:00:00Z", "2 1 ended_at has no offset (such as Z or +08:00) and the source declares no zone"],
    );
    let mut columns = required();
    columns.push(("ended_at", Arc::new(local)));
    let zoned = CallContext { zone: Zone::parse("Asia/Shanghai"), ..context() };
    let mut ended = Vec::new();
    read_calls(Body::from_vec(write(columns)), &zoned, &mut |call| ended.push(call.ended_at.to_string())).unwrap();
    assert_eq!(ended[1], "2026-09-30T16:00:00Z");
}

#[test]
fn parquet_columns_are_checked_before_rows() {
    let mut columns = required();
    columns.remove(1);
    let said = try_calls(write(columns)).unwrap_err();
    assert_eq!(said.to_string(), "has no column account_id");
    let mut columns = required();
    columns.push(("usage", texts(&["{}", "{}"])));
    assert_eq!(try_calls(write(columns)).unwrap_err().to_string(), "has a column usage that is no struct");
    let mut columns = required();
    columns.push(("prompt", texts(&["secret", "secret"])));
    assert_eq!(calls(write(columns)).1.unknown["prompt"], 2);
}

#[test]
fn parquet_rows_are_shown_again() {
    let mut columns = required();
    columns.push(("charge", Arc::new(Float64Array::from(vec![None, Some(0.5)]))));
    let bytes = write(columns);
    let (_, report) = calls(bytes.clone());
    let reject = &report.rejects[0];
    let shown = read_span(Body::from_vec(bytes.clone()), reject.offset, reject.length).unwrap();
    let expect = r#"{"call_id":"b","account_id":"x","model":"m","started_at":"2026-10-01T00:00:00Z","charge":0.5}"#;
    assert_eq!(shown, expect);
    assert_eq!(reject.hash, xxhash_rust::xxh3::xxh3_64(expect.as_bytes()));
    assert_eq!(read_row(Body::from_vec(bytes), 9).unwrap(), "");
}

#[test]
fn files_on_disk_are_read_as_those_in_memory() {
    let dir = tempfile::tempdir().unwrap();
    let text = format!("{ROW}\n{ROW}\n");
    for (index, bytes) in
        [text.clone().into_bytes(), gzip(text.as_bytes()), parquet_sample(), b"x".to_vec()].into_iter().enumerate()
    {
        let path = dir.path().join(index.to_string());
        std::fs::write(&path, &bytes).unwrap();
        let mut read = Vec::new();
        let file = Body::File(std::fs::File::open(&path).unwrap());
        let report = read_calls(file, &context(), &mut |call| read.push(call));
        match try_calls(bytes) {
            Ok(expect) => assert_eq!((read, report.unwrap()), expect),
            Err(error) => assert_eq!(report.unwrap_err().to_string(), error.to_string()),
        }
    }
}

#[test]
fn a_list_of_models_is_one_in_every_format() {
    let mut builder = ListBuilder::new(StringBuilder::new());
    builder.append_value([Some("a"), Some("b")]);
    let bytes = write(vec![
        ("posting_id", texts(&["p"])),
        ("account_id", texts(&["x"])),
        ("kind", texts(&["grant"])),
        ("amount", texts(&["1"])),
        ("unit", texts(&["CNY"])),
        ("posted_at", texts(&["2026-10-01T00:00:00Z"])),
        ("models", Arc::new(builder.finish())),
    ]);
    let csv = "posting_id,account_id,kind,amount,unit,posted_at,models\np,x,grant,1,CNY,2026-10-01T00:00:00Z,a;b\n";
    let json = r#"{"posting_id":"p","account_id":"x","kind":"grant","amount":1,"unit":"CNY","posted_at":"2026-10-01T00:00:00Z","models":["a","b"]}"#;
    for body in [bytes, csv.into(), json.into()] {
        let mut read = Vec::new();
        let report = read_postings(Body::from_vec(body), &LedgerContext::default(), &mut |p| read.push(p)).unwrap();
        assert_eq!(told(&report), Vec::<String>::new());
        assert_eq!(read[0].models, ["a", "b"]);
    }
}
