//! stdout is data, stderr is talk.

#![expect(clippy::print_stderr, reason = "this is the one place that talks")]

use std::io::{self, IsTerminal, Write};

use super::args::Format;
use super::failure::{Failure, Kind};
use crate::domain::report::Table;
use crate::edge::render::{on_terminal, to_csv, to_json_lines, to_text};

/// Where a command prints.
pub(crate) struct Out {
    data: Box<dyn Write>,
    terminal: bool,
}

impl Out {
    pub(crate) fn standard() -> Out {
        Out { data: Box::new(io::BufWriter::new(io::stdout())), terminal: io::stderr().is_terminal() }
    }

    /// Whether a person is watching; in cron nobody is.
    pub(crate) fn is_watched(&self) -> bool {
        self.terminal
    }

    pub(crate) fn talk(&mut self, line: &str) {
        let _ = self.data.flush();
        eprintln!("{}", on_terminal(line));
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match self.data.write_all(bytes).and_then(|()| self.data.flush()) {
            // Whoever reads has seen enough.
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other.map_err(|e| Failure::new(Kind::Temporary, format!("cannot print: {e}"))),
        }
    }

    pub(crate) fn line(&mut self, line: &str) -> Result<(), Failure> {
        self.bytes(format!("{line}\n").as_bytes())
    }

    pub(crate) fn table(&mut self, table: &Table, format: Format) -> Result<(), Failure> {
        match format {
            Format::Text => self.bytes(to_text(table).as_bytes()),
            Format::Csv => self.bytes(&to_csv(table)),
            Format::Jsonl => self.bytes(&to_json_lines(table)),
            Format::Json => {
                let lines = String::from_utf8_lossy(&to_json_lines(table)).into_owned();
                let rows: Vec<&str> = lines.lines().collect();
                self.line(&format!("[{}]", rows.join(",\n ")))
            }
        }
    }
}
