//! How the program talks on stderr: lines for a person, or one JSON object a line for a collector.

use clap::ValueEnum;
use serde_json::{Value, json};

use crate::domain::period::Instant;
use crate::pipeline::AppError;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Log {
    #[default]
    Text,
    Json,
}

impl Log {
    pub(super) fn line(self, now: Instant, line: &str) -> String {
        match self {
            Log::Text => line.to_owned(),
            Log::Json => {
                let words: Vec<&str> = line.split_whitespace().collect();
                json!({ "time": now.to_string(), "level": "info", "message": words.join(" ") }).to_string()
            }
        }
    }

    pub(super) fn failure(self, now: Instant, failure: &AppError) -> String {
        match self {
            Log::Text => failure.told(),
            Log::Json => json!({
                "time": now.to_string(),
                "level": "error",
                "exit": failure.kind.exit_code(),
                "message": failure.what,
                "place": failure.place,
                "hints": failure.hints,
            })
            .to_string(),
        }
    }

    /// A record with members of its own; nothing for a person, who has read the lines.
    pub(super) fn record(self, now: Instant, message: &str, members: &[(&str, Value)]) -> Option<String> {
        if self == Log::Text {
            return None;
        }
        let mut record = json!({ "time": now.to_string(), "level": "info", "message": message });
        for (name, value) in members {
            record[*name] = value.clone();
        }
        Some(record.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_one_line_for_a_collector() {
        let failure = AppError::config("no such\nbook").at("trueup.toml:3:1").hint("name one");
        let line = Log::Json.failure(Instant::from_micros(0), &failure);
        let said = r#"{"exit":78,"hints":["name one"],"level":"error","message":"no such\nbook","place":"trueup.toml:3:1","time":"1970-01-01T00:00:00Z"}"#;
        assert_eq!(line, said);
        assert_eq!(Log::Text.line(Instant::from_micros(0), "ingest     2 files"), "ingest     2 files");
        assert!(
            Log::Json.line(Instant::from_micros(0), "ingest     2 files").contains(r#""message":"ingest 2 files""#)
        );
    }
}
