//! The page about stored shapes is what the code writes.

use std::collections::BTreeMap;

use arrow::datatypes::{DataType, Schema, SchemaRef, TimeUnit};

use super::close::day_pass::{COUNTED, charges_schema};
use crate::domain::call::Calls;
use crate::domain::ledger::{Balance, StateRow};
use crate::domain::notice::WatchRow;
use crate::domain::reconcile::{Finding, LegSum, MovementRow};
use crate::domain::rollup::Rollup;
use crate::edge::lake::schema::{
    CountedRows, FileRow, RejectRow, RepresentationRow, SetAsideRow, WalletDayRow, mentions_batch, postings_batch,
    rollup_batch, schema,
};
use crate::edge::lake::{Build, MANIFEST_SCHEMA, Manifest};

const PAGE: &str = include_str!("../../docs/lake-format.md");

fn tables() -> Vec<(&'static str, SchemaRef)> {
    vec![
        ("calls", Calls::schema()),
        ("postings", postings_batch(&[]).schema()),
        ("balances", schema::<Balance>()),
        ("files", schema::<FileRow>()),
        ("rejects", schema::<RejectRow>()),
        ("set_aside", schema::<SetAsideRow>()),
        ("mentions", mentions_batch(&[]).schema()),
        ("crossings", mentions_batch(&[]).schema()),
        ("charges", charges_schema()),
        (COUNTED, schema::<CountedRows>()),
        ("movements", schema::<MovementRow>()),
        ("findings", schema::<Finding>()),
        ("sums", schema::<LegSum>()),
        ("representation", schema::<RepresentationRow>()),
        ("rollup", rollup_batch(&Rollup::default()).schema()),
        ("wallets", schema::<WalletDayRow>()),
        ("carry", schema::<StateRow>()),
        ("watches", schema::<WatchRow>()),
    ]
}

fn word(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Utf8 => "text",
        DataType::Dictionary(..) => "name",
        DataType::Decimal128(38, 18) => "amount",
        DataType::Timestamp(TimeUnit::Microsecond, _) => "instant",
        DataType::Date32 => "date",
        DataType::Int64 => "int64",
        DataType::UInt8 => "uint8",
        DataType::UInt16 => "uint16",
        DataType::UInt32 => "uint32",
        DataType::UInt64 => "uint64",
        DataType::Boolean => "flag",
        DataType::FixedSizeBinary(16) => "hash",
        other => panic!("the page has no word for {other}"),
    }
}

fn rows(schema: &Schema) -> Vec<String> {
    let row = |f: &std::sync::Arc<arrow::datatypes::Field>| {
        format!("`{}` {} {}", f.name(), word(f.data_type()), if f.is_nullable() { "yes" } else { "no" })
    };
    schema.fields().iter().map(row).collect()
}

/// Tables of the page by heading: column, type and whether it may be empty; each has a meaning.
fn on_the_page() -> BTreeMap<&'static str, Vec<String>> {
    let mut tables: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut table = None;
    for line in PAGE.lines() {
        if let Some(heading) = line.strip_prefix("##") {
            table = heading.trim_start_matches('#').trim().strip_prefix('`').and_then(|h| h.strip_suffix('`'));
            continue;
        }
        let Some(table) = table.filter(|_| line.starts_with("| `")) else { continue };
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        assert!(cells.len() == 4 && !cells[3].is_empty(), "{table}: {line}");
        tables.entry(table).or_default().push(cells[..3].join(" "));
    }
    tables
}

#[test]
fn the_page_has_every_table_as_it_is_written() {
    let page = on_the_page();
    let written: BTreeMap<&str, Vec<String>> = tables().iter().map(|(name, schema)| (*name, rows(schema))).collect();
    for (name, columns) in &written {
        let told = page.get(name).unwrap_or_else(|| panic!("docs/lake-format.md has no table {name}"));
        assert_eq!(told, columns, "docs/lake-format.md, table {name}");
    }
    let unknown: Vec<_> = page.keys().filter(|name| !written.contains_key(*name)).collect();
    assert!(unknown.is_empty(), "docs/lake-format.md has tables that are not written: {unknown:?}");
}

#[test]
fn the_page_has_every_member_of_a_manifest() {
    let mut manifest = Manifest::new("job", "period", None, Default::default(), Default::default());
    manifest.raw_parts = Some(Vec::new());
    manifest.withdraw(["part".to_owned()]);
    let value = serde_json::to_value(&manifest).unwrap();
    for member in value.as_object().unwrap().keys() {
        assert!(PAGE.contains(&format!("\n| `{member}` |")), "docs/lake-format.md has no member {member}");
    }
    assert!(PAGE.contains(&format!("version of this shape: {MANIFEST_SCHEMA}")));
    assert_eq!(Build::this().program, "trueup");
}
