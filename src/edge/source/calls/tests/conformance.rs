//! Every format is run over its samples: `fixtures/gateways/NAME/` holds files as its system writes them and
//! `EXPECTED.jsonl`, one line a call, reject or row set aside.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use crate::domain::call::{Call, Meter};
use crate::edge::blob::Body;
use crate::edge::source::calls::context::CallContext;
use crate::edge::source::calls::registry::{FORMATS, format_of_calls, read_calls};

fn samples(name: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/gateways").join(name);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|e| panic!("format {name} has no samples in {}: {e}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| !path.file_name().unwrap().to_string_lossy().starts_with("EXPECTED"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{}", folder.display());
    files
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// What the file was read as, a line each: calls in their order, then rejects, then what was set aside.
fn lines(path: &Path) -> Vec<String> {
    let name = file_name(path);
    let context = CallContext { source: "gateway".into(), name: name.clone(), ..CallContext::default() };
    let body = || Body::File(fs::File::open(path).unwrap());
    let mut lines = Vec::new();
    let report = read_calls(body(), &context, &mut |call| lines.push(shown(&name, &call)))
        .unwrap_or_else(|e| panic!("{name} {e}"));
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    for reject in &report.rejects {
        let (field, reason) = (quoted(&reject.field), quoted(&reject.reason));
        lines.push(format!(r#"{{"file":"{name}","row":{},"field":{field},"reject":{reason}}}"#, reject.line));
    }
    for (reason, rows) in &report.aside {
        lines.push(format!(r#"{{"file":"{name}","rows":{rows},"aside":{}}}"#, quoted(reason)));
    }
    lines
}

fn shown(file: &str, call: &Call) -> String {
    let mut line = format!(r#"{{"file":"{file}""#);
    let mut member = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = write!(line, ",\"{name}\":{}", serde_json::Value::from(value));
        }
    };
    member("call_id", Some(call.call_id.clone()));
    member("attempt", Some(call.attempt.to_string()));
    member("account_id", Some(call.account_id.clone()));
    member("api_key_id", call.api_key_id.clone());
    member("model", Some(call.model.clone()));
    member("model_served", call.model_served.clone());
    member("provider", call.provider.clone());
    member("endpoint", call.endpoint.clone());
    member("started_at", Some(call.started_at.to_string()));
    member("ended_at", Some(call.ended_at.to_string()));
    member("status", call.status.map(|status| status.to_string()));
    member("outcome", Some(call.outcome.name().to_owned()));
    member("service_tier", call.service_tier.clone());
    member("gateway_cache", call.cache_hit.then(|| "hit".to_owned()));
    member("charge", call.charge.map(|charge| charge.to_string()));
    member("charge_unit", call.charge_unit.clone());
    member("upstream_cost", call.upstream_cost.map(|cost| cost.to_string()));
    if let Some(usage) = &call.usage {
        let buckets: BTreeMap<&str, i64> = Meter::ALL
            .into_iter()
            .filter(|meter| usage.get(*meter) != 0)
            .map(|meter| (meter.name(), usage.get(meter)))
            .collect();
        let _ = write!(line, ",\"buckets\":{}", serde_json::to_string(&buckets).unwrap());
    }
    line + "}"
}

#[test]
fn every_format_reads_its_samples_as_expected() {
    for format in FORMATS {
        let files = samples(format.name);
        let read: Vec<String> = files.iter().flat_map(|file| lines(file)).collect();
        let expected = files[0].with_file_name("EXPECTED.jsonl");
        let expect = fs::read_to_string(&expected).unwrap();
        let expect: Vec<&str> = expect.lines().collect();
        let first = read.iter().zip(&expect).position(|(is, expected)| is != expected);
        let line = first.unwrap_or(read.len().min(expect.len())) + 1;
        assert!(read == expect, "{}:{line} is not what was read:\n{}", expected.display(), read.join("\n"));
    }
}

#[test]
fn samples_of_every_format_are_told_by_their_members() {
    for format in FORMATS {
        for file in samples(format.name) {
            let body = Body::File(fs::File::open(&file).unwrap());
            assert_eq!(format_of_calls(body, &file_name(&file)).unwrap(), format.name, "{}", file.display());
        }
    }
}

#[test]
fn names_of_formats_are_one_formats_alone() {
    let mut names: Vec<&str> = FORMATS.iter().flat_map(|f| [&[f.name], f.aliases].concat()).collect();
    names.push("auto");
    let many = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), many, "{names:?}");
    assert!(FORMATS.iter().all(|f| !f.about.is_empty()));
}
