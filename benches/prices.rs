//! Prices at the command line: a large table imported, and rows quoted by it.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant as Clock;

use serde_json::Value;
use trueup::domain::money::Exact;

use crate::rows::{Dice, PLACES, Rates, model_name, rates};
use crate::table::{Table, Timing, children_time};
use crate::{Setting, others};

/// As many as the largest table there is.
const MODELS: u64 = 4000;

pub(crate) fn measure(setting: &Setting, table: &mut Table) -> Result<(), String> {
    let at = |name: &str| setting.dir.join(name);
    write(&at("table.json"), &litellm_table())?;
    let theirs = std::env::var_os("TABLE").map_or_else(|| at("table.json"), PathBuf::from);
    import(&theirs, setting, table)?;
    // Rows are quoted by the made table, whatever was imported.
    run(&["prices", "import", "litellm"], &[&at("table.json")], &[("--out", &at("book.toml"))])?;
    quote(setting, table)
}

fn import(theirs: &Path, setting: &Setting, table: &mut Table) -> Result<(), String> {
    let text = fs::read_to_string(theirs).map_err(|e| format!("{}: {e}", theirs.display()))?;
    let rows = serde_json::from_str::<Value>(&text).ok().and_then(|t| t.as_object().map(|t| t.len()));
    let rows = rows.ok_or_else(|| format!("{}: not a LiteLLM table", theirs.display()))?;
    let out = setting.dir.join("imported.toml");
    write(&setting.dir.join("read.json"), &text)?;
    let work = format!("import of {rows} models");
    let import = || run(&["prices", "import", "litellm"], &[theirs], &[("--out", &out)]);
    timed(&work, rows, setting, table, &|| fs::remove_file(&out).or(Ok(())), &import)?;
    others::measure(&work, "read_table.py", rows, &|models| models == rows.to_string(), setting, table)
}

fn quote(setting: &Setting, table: &mut Table) -> Result<(), String> {
    let at = |name: &str| setting.dir.join(name);
    let (rows, out) = (setting.rows / 4, at("quotes.jsonl"));
    write_rows(rows, setting)?;
    let work = format!("quote, {rows} rows");
    let files: [(&str, &Path); 3] = [("--book", &at("book.toml")), ("--in", &at("rows.jsonl")), ("--out", &out)];
    timed(&work, rows, setting, table, &|| fs::remove_file(&out).or(Ok(())), &|| {
        run(&["prices", "quote"], &[], &files)
    })?;
    let total = sum_of(&out)?;
    others::measure(&work, "quote.py", rows, &|sum| sum.parse() == Ok(total), setting, table)
}

fn timed(
    work: &str,
    rows: usize,
    setting: &Setting,
    table: &mut Table,
    before: &dyn Fn() -> std::io::Result<()>,
    each: &dyn Fn() -> Result<(), String>,
) -> Result<(), String> {
    let who = "trueup, the whole command".to_owned();
    let mut timing = Timing { work: work.to_owned(), who, rows, wall: Vec::new(), cpu: Vec::new() };
    for _ in 0..setting.repeat {
        before().map_err(|e| e.to_string())?;
        let (begin, spent) = (Clock::now(), children_time());
        each()?;
        timing.wall.push(begin.elapsed().as_secs_f64());
        timing.cpu.extend(children_time().zip(spent).map(|(now, before)| now - before));
    }
    table.add(timing);
    Ok(())
}

fn run(words: &[&str], files: &[&Path], options: &[(&str, &Path)]) -> Result<(), String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trueup"));
    command.args(words).args(files);
    for (option, path) in options {
        command.arg(option).arg(path);
    }
    let out = command.output().map_err(|e| e.to_string())?;
    if out.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&out.stderr).into_owned()) }
}

/// A whole number of the last of [`PLACES`] as LiteLLM writes it.
fn written(rate: i64) -> String {
    format!("{rate}e-{PLACES}")
}

fn litellm_table() -> String {
    let models = (0..MODELS).map(|model| {
        let Rates { input, cache_read, output } = rates(model, 0);
        let mut entry = String::new();
        let _ = write!(
            entry,
            r#"  "{}": {{
    "cache_read_input_token_cost": {},
    "input_cost_per_token": {},
    "litellm_provider": "provider-{}",
    "max_input_tokens": 200000,
    "max_output_tokens": 64000,
    "mode": "chat",
    "output_cost_per_token": {},
    "supports_function_calling": true,
    "supports_prompt_caching": true
  }}"#,
            model_name(model),
            written(cache_read),
            written(input),
            model % 7,
            written(output),
        );
        entry
    });
    format!("{{\n{}\n}}\n", models.collect::<Vec<_>>().join(",\n"))
}

/// The rows, and the prices as a table that others read.
fn write_rows(rows: usize, setting: &Setting) -> Result<(), String> {
    let create = |name: &str| fs::File::create(setting.dir.join(name)).map(BufWriter::new);
    let all = || -> std::io::Result<()> {
        let mut prices = create("prices.csv")?;
        writeln!(prices, "model,input,cache_read,output")?;
        for model in 0..MODELS {
            let Rates { input, cache_read, output } = rates(model, 0);
            writeln!(prices, "{},{input},{cache_read},{output}", model_name(model))?;
        }
        prices.flush()?;
        let (mut file, mut dice) = (create("rows.jsonl")?, Dice::new(11));
        for n in 0..rows {
            let model = model_name(dice.below(MODELS).min(dice.below(MODELS)));
            let (input, output) = (1 + dice.below(50_000), dice.below(3_000));
            let cached = dice.below(input);
            writeln!(
                file,
                r#"{{"id":"{n}","model":"{model}","ts":"2026-10-05T12:00:00Z","usage":{{"input_tokens":{input},"cache_read_tokens":{cached},"output_tokens":{output}}}}}"#
            )?;
        }
        file.flush()
    };
    all().map_err(|e| format!("{}: {e}", setting.dir.display()))
}

/// The amounts of all quotes, in whole numbers of the last of [`PLACES`].
fn sum_of(quotes: &Path) -> Result<i128, String> {
    let text = fs::read_to_string(quotes).map_err(|e| format!("{}: {e}", quotes.display()))?;
    let amount = |line: &str| -> Option<i128> {
        let quote: Value = serde_json::from_str(line).ok()?;
        quote["amount"].as_str()?.parse::<Exact>().ok()?.at_scale(PLACES)
    };
    text.lines().map(|line| amount(line).ok_or_else(|| format!("not a quote: {line}"))).sum()
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))
}
