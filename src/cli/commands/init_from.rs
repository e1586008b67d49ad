//! Settings to start from, made of real files: what they are read as and why, and what no file says.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};

use crate::domain::money::Representation;
use crate::edge::source::{Body, CallContext, CallFormat, FileReport, ReadRow, call_format, explain_calls};
use crate::pipeline::{AppError, ErrorKind};

/// What was seen of one format.
#[derive(Default)]
struct Seen {
    /// Each file with the count of its rows.
    files: Vec<(PathBuf, FileReport, u64)>,
    accounts: BTreeSet<String>,
    nobody: u64,
    first: Option<String>,
    last: Option<String>,
    without_zone: u64,
}

/// The text of a `trueup.toml` that reads these files.
///
/// # Errors
/// When a file cannot be read, or is not one of calls.
pub(super) fn settings(files: &[PathBuf], dir: &Path, root: &Path) -> Result<String, AppError> {
    let mut seen: BTreeMap<&'static str, Seen> = BTreeMap::new();
    for file in files {
        let file = dir.join(file);
        let (report, looked) = look(&file)?;
        let of_format = seen.entry(report.format).or_default();
        of_format.files.push((file, report, looked.calls));
        of_format.accounts.extend(looked.seen.accounts);
        of_format.nobody += looked.seen.nobody;
        of_format.without_zone += looked.seen.without_zone;
        of_format.first = of_format.first.take().into_iter().chain(looked.seen.first).min();
        of_format.last = of_format.last.take().into_iter().chain(looked.seen.last).max();
    }
    let mut text = String::from(
        "# Written by `trueup init --from`. What was seen stands beside each line; lines with QUESTION say what no file\n\
         # does. `trueup doctor` checks it, `trueup ingest --explain FILE` shows how a file is read.\n\n\
         [time]\nzone = \"UTC\"   # QUESTION: where do your days and months end? Such as \"Asia/Shanghai\"\n",
    );
    for (name, seen) in &seen {
        source(&mut text, name, seen, root);
    }
    Ok(text)
}

struct Looked {
    seen: Seen,
    calls: u64,
}

fn look(file: &Path) -> Result<(FileReport, Looked), AppError> {
    let place = file.display().to_string();
    let opened = File::open(file).map_err(|e| AppError::usage(format!("{place} cannot be read: {e}")))?;
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let context = CallContext { source: "init".to_owned(), name, ..CallContext::default() };
    let mut looked = Looked { seen: Seen::default(), calls: 0 };
    let Looked { seen, calls } = &mut looked;
    let report = explain_calls(Body::File(opened), &context, &mut |_, row| match row {
        ReadRow::Call(call) => {
            *calls += 1;
            match call.get("account_id").and_then(|account| account.as_str()) {
                Some(account) => drop(seen.accounts.insert(account.to_owned())),
                None => seen.nobody += 1,
            }
            let at = call.get("started_at").and_then(|at| at.as_str()).map(str::to_owned);
            seen.first = seen.first.take().into_iter().chain(at.clone()).min();
            seen.last = seen.last.take().into_iter().chain(at).max();
        }
        ReadRow::Reject(_, why) if why.contains("declares no zone") => seen.without_zone += 1,
        ReadRow::Reject(..) | ReadRow::NotACall(_) => {}
    });
    let report = report.map_err(|e| AppError::new(ErrorKind::Input, format!("{place} {e}")).at(place.clone()))?;
    if looked.calls == 0 {
        let why = report.rejects.first().map_or_else(
            || "nothing that is a call".to_owned(),
            |reject| format!("line {}: {} {}", reject.line, reject.field, reject.reason),
        );
        let said = format!("{place}, read as {}, has no call: {why}", report.format);
        return Err(AppError::new(ErrorKind::Input, said).at(place).hint("`trueup ingest --explain` says more"));
    }
    Ok((report, looked))
}

fn source(text: &mut String, name: &str, seen: &Seen, root: &Path) {
    let Some(format) = call_format(name) else { return };
    let _ = write!(text, "\n[[source]]\nname = {}\n", quoted(if name == "trueup" { "gateway" } else { name }));
    for (file, report, calls) in &seen.files {
        let (bad, none) = (report.rejects.len() as u64, report.rows_read - calls - report.rejects.len() as u64);
        let file = file.display();
        let _ = writeln!(
            text,
            "# {file}: {} rows = {calls} calls + {none} that are none + {bad} rejects",
            report.rows_read
        );
        for (reason, rows) in &report.aside {
            let _ = writeln!(text, "#   {rows} {reason}");
        }
        for (member, rows) in report.unknown.iter().take(10) {
            let _ = writeln!(text, "#   {member} in {rows} rows is read by no one");
        }
        if let Some(reject) = report.rejects.first() {
            let _ = writeln!(text, "#   first reject, line {}: {} {}", reject.line, reject.field, reject.reason);
        }
    }
    if let (Some(first), Some(last)) = (&seen.first, &seen.last) {
        let _ = writeln!(text, "# calls from {first} to {last}");
    }
    let _ = writeln!(text, "path = {}   # QUESTION: where do such files arrive?", quoted(&pattern(seen, root)));
    let _ = writeln!(text, "format = {}   # told by the members of the first rows: {}", quoted(name), format.about);
    version(text, format);
    let _ = writeln!(text, "book = \"prices/main.toml\"   # QUESTION: your prices; `trueup prices import --help`");
    match format.unit {
        Some(unit) => {
            let _ = writeln!(text, "# unit: {unit}, as this format writes charges; {}", written(format.recorded));
        }
        None => {
            let _ = writeln!(
                text,
                "unit = \"USD\"   # QUESTION: the unit of charges whose row names none; {}",
                written(format.recorded)
            );
        }
    }
    let some: Vec<&str> = seen.accounts.iter().take(3).map(String::as_str).collect();
    let _ = writeln!(
        text,
        "# accounts: {} seen, such as {}; {} calls name none",
        seen.accounts.len(),
        some.join(", "),
        seen.nobody
    );
    if seen.without_zone > 0 {
        let _ = writeln!(
            text,
            "zone = \"UTC\"   # QUESTION: {} times have no offset; the zone they are in",
            seen.without_zone
        );
    }
    if format.unit == Some("quota") {
        text.push_str(
            "\n[[unit]]\nname = \"quota\"\n\
             rate = { unit = \"USD\", amount = \"0.000002\" }   # QUESTION: is QuotaPerUnit 500,000, as it is by default?\n",
        );
    }
}

fn version(text: &mut String, format: &CallFormat) {
    if format.versions.is_empty() {
        return;
    }
    let _ = writeln!(
        text,
        "# version = {}   # QUESTION: which release wrote the files? No row says so",
        quoted(format.versions[0])
    );
    for (version, words) in format.conventions.iter().filter(|(version, _)| !version.is_empty()) {
        let _ = writeln!(text, "#   {version}: {words}");
    }
}

fn written(recorded: Representation) -> &'static str {
    match recorded {
        Representation::Exact => "every digit is written",
        Representation::Decimal { .. } => "rounded decimals",
        Representation::Integer { .. } => "whole numbers",
        Representation::Float64 => "doubles, compared as such",
    }
}

/// Files of the folder the first one lies in.
fn pattern(seen: &Seen, root: &Path) -> String {
    let Some((file, ..)) = seen.files.first() else { return String::new() };
    let folder = file.parent().unwrap_or(Path::new(""));
    match folder.strip_prefix(root) {
        Ok(inside) if !inside.as_os_str().is_empty() => format!("{}/*", inside.display()),
        _ => "raw/calls/*".to_owned(),
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(files: &[&str]) -> Result<String, AppError> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let files: Vec<PathBuf> = files.iter().map(|file| Path::new("fixtures/gateways").join(file)).collect();
        settings(&files, root, root)
    }

    #[test]
    fn real_files_make_settings_that_name_what_they_do_not_say() {
        let text = of(&["new-api/v2-logs.csv", "litellm/slp-1.84.0.jsonl.gz", "new-api/v2-api-log.json"]).unwrap();
        let table: toml::Table = toml::from_str(&text).unwrap();
        let sources = table["source"].as_array().unwrap();
        let of_source = |n: usize, name: &str| sources[n][name].as_str().unwrap();
        assert_eq!((sources.len(), of_source(0, "format"), of_source(1, "format")), (2, "litellm", "new-api"));
        assert_eq!(of_source(1, "path"), "fixtures/gateways/new-api/*");
        assert_eq!(table["unit"][0]["name"].as_str(), Some("quota"));
        for said in [
            "a top-up",
            "v2-logs.csv: 41 rows = 30 calls + 11 that are none + 0 rejects",
            "usage_semantic",
            "QUESTION: which release",
        ] {
            assert!(text.contains(said), "{said}\n{text}");
        }
        let own = of(&["trueup/calls.jsonl"]).unwrap();
        assert!(own.contains("unit = \"USD\"   # QUESTION") && own.contains("first reject"), "{own}");
    }

    #[test]
    fn a_file_that_is_none_is_refused() {
        let said = of(&["new-api/EXPECTED.jsonl"]).unwrap_err();
        assert!(said.to_string().contains("has no call: line 1: charge"), "{said}");
        assert!(of(&["no-such-file"]).unwrap_err().to_string().contains("cannot be read"));
    }
}
