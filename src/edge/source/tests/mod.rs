mod calls;
mod damage;
mod formats;
mod ledger;
mod parties;
mod text;
mod usage;

use std::io::Write;

use super::*;
use crate::domain::call::Call;

fn context() -> CallContext {
    CallContext { source: "gateway".into(), unit: Some("CNY".into()), file: 3, ..CallContext::default() }
}

fn try_calls(body: impl Into<Vec<u8>>) -> Result<(Vec<Call>, FileReport), SourceError> {
    let mut calls = Vec::new();
    let report = read_calls(Body::from_vec(body.into()), &context(), &mut |call| calls.push(call))?;
    assert_eq!(report.accepted, calls.len() as u64);
    assert_eq!(report.rows_read, report.accepted + report.rejects.len() as u64);
    Ok((calls, report))
}

fn calls(body: impl Into<Vec<u8>>) -> (Vec<Call>, FileReport) {
    try_calls(body).unwrap()
}

/// `line offset length field: reason` of each reject.
fn told(report: &FileReport) -> Vec<String> {
    let one = |r: &Reject| format!("{} {} {} {}: {}", r.line, r.offset, r.length, r.field, r.reason);
    report.rejects.iter().map(one).collect()
}

const ROW: &str =
    r#"{"call_id":"c-1","account_id":"alice","model":"gpt-x","started_at":"2026-10-01T00:00:00Z","charge":"0.0195"}"#;

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zstd(text: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(text, 3).unwrap()
}
