//! The same work by others: what they read is written here, their times are read back.

use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Int32Type};
use parquet::arrow::ArrowWriter;
use trueup::domain::call::{Calls, Meter};
use trueup::domain::money::{Amount, SCALE};

use crate::Setting;
use crate::rows::{PLACES, Shape, model_name, rates, start_of};
use crate::table::{Table, Timing};

/// DuckDB's and Polars' joins of calls with the price in force, and whether they come to the same sum.
pub(crate) fn range_join(
    work: &str,
    shape: Shape,
    calls: &Calls,
    total: Amount,
    setting: &Setting,
    table: &mut Table,
) -> Result<(), String> {
    write(&setting.dir.join("calls.parquet"), call_columns(calls))?;
    write(&setting.dir.join("prices.parquet"), price_columns(shape))?;
    measure(work, "range_join.py", calls.len(), &|sum| same(sum, total), setting, table)
}

/// The times a script prints, a line a contender and repetition: name, seconds by the clock and of the processor,
/// and what its work comes to, which `right` looks at. What cannot be measured here is a remark.
pub(crate) fn measure(
    work: &str,
    script: &str,
    rows: usize,
    right: &dyn Fn(&str) -> bool,
    setting: &Setting,
    table: &mut Table,
) -> Result<(), String> {
    let said = match ask(script, setting) {
        Ok(said) => said,
        Err(why) => {
            table.remark(format!("{work}: others were not measured: {why}"));
            return Ok(());
        }
    };
    let mut timings: Vec<Timing> = Vec::new();
    for line in said.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [who, wall, cpu, sum] = fields[..] else {
            let missing = fields.last().copied().unwrap_or_default();
            table.remark(format!("{work}: not measured, the Python package {missing} is missing; see benches/run"));
            continue;
        };
        let seconds = |text: &str| text.parse::<f64>().map_err(|_| format!("{who}: {text} are no seconds"));
        let (wall, cpu) = (seconds(wall)?, seconds(cpu)?);
        if !right(sum) {
            return Err(format!("{work}: {who} comes to {sum}, which is not what this program says"));
        }
        match timings.iter_mut().find(|t| t.who == who) {
            Some(timing) => {
                timing.wall.push(wall);
                timing.cpu.push(cpu);
            }
            None => {
                let (work, who) = (work.to_owned(), who.to_owned());
                timings.push(Timing { work, who, rows, wall: vec![wall], cpu: vec![cpu] });
            }
        }
    }
    timings.into_iter().for_each(|timing| table.add(timing));
    Ok(())
}

/// A sum in units of 10^-[`PLACES`] against an amount.
fn same(sum: &str, total: Amount) -> bool {
    let step = 10i128.pow(SCALE - PLACES);
    sum.parse::<i128>().ok().and_then(|sum| sum.checked_mul(step)) == Some(total.raw())
}

fn ask(script: &str, setting: &Setting) -> Result<String, String> {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches").join(script);
    let out = Command::new(&python)
        .arg(script)
        .arg(&setting.dir)
        .arg(setting.repeat.to_string())
        .output()
        .map_err(|e| format!("{python}: {e}; see benches/run"))?;
    if !out.status.success() {
        return Err(format!("{python}: {}", String::from_utf8_lossy(&out.stderr).trim()));
    }
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}

type Columns = Vec<(&'static str, ArrayRef)>;

fn call_columns(calls: &Calls) -> Columns {
    let named = calls.batch().column_by_name("model").map(Arc::clone);
    let times = Int64Array::from(calls.started_at().values().to_vec());
    let quantity = |meter| -> ArrayRef { Arc::new(calls.quantity(meter).clone()) };
    let mut columns: Columns = named.into_iter().map(|model| ("model", model)).collect();
    columns.push(("started_at", Arc::new(times)));
    columns.push(("input", quantity(Meter::Input)));
    columns.push(("cache_read", quantity(Meter::CacheRead)));
    columns.push(("output", quantity(Meter::Output)));
    columns.push(("reasoning", quantity(Meter::Reasoning)));
    columns
}

fn price_columns(shape: Shape) -> Columns {
    let rows = || (0..shape.models).flat_map(|model| (0..shape.versions).map(move |version| (model, version)));
    let numbers = |of: &dyn Fn(u64, u64) -> i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(rows().map(|(model, version)| of(model, version))))
    };
    let until =
        |_, version| if version + 1 == shape.versions { i64::MAX } else { start_of(shape, version + 1).micros() };
    vec![
        ("model", Arc::new(StringArray::from(rows().map(|(model, _)| model_name(model)).collect::<Vec<_>>()))),
        ("version", numbers(&|_, version| i64::try_from(version).unwrap_or(0))),
        ("since", numbers(&|_, version| start_of(shape, version).micros())),
        ("until", numbers(&until)),
        ("input", numbers(&|model, version| rates(model, version).input)),
        ("cache_read", numbers(&|model, version| rates(model, version).cache_read)),
        ("output", numbers(&|model, version| rates(model, version).output)),
    ]
}

fn write(path: &Path, columns: Columns) -> Result<(), String> {
    let at = |e: String| format!("{}: {e}", path.display());
    // Others see names as plain text, as a table written by anyone has them.
    let plain: Columns = columns.into_iter().map(|(name, column)| (name, as_text(column))).collect();
    let batch = RecordBatch::try_from_iter(plain).map_err(|e| at(e.to_string()))?;
    let file = File::create(path).map_err(|e| at(e.to_string()))?;
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).map_err(|e| at(e.to_string()))?;
    writer.write(&batch).map_err(|e| at(e.to_string()))?;
    writer.close().map(drop).map_err(|e| at(e.to_string()))
}

fn as_text(column: ArrayRef) -> ArrayRef {
    match column.data_type() {
        DataType::Dictionary(..) => {
            let names = arrow::array::AsArray::as_dictionary::<Int32Type>(&column);
            let names = trueup::domain::call::DictColumn::new(names);
            Arc::new((0..names.len()).map(|row| names.get(row)).collect::<StringArray>())
        }
        _ => column,
    }
}
