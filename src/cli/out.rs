//! stdout is data, stderr is talk.

#![expect(clippy::print_stderr, reason = "this is the one place that talks")]

use std::io::{self, IsTerminal, Write};

use super::args::Format;
use super::commands::clock;
use super::failure::{Failure, Kind};
use super::log::Log;
use crate::edge::render::{on_terminal, to_csv, to_json_lines, to_text};
use crate::report::Table;

/// Where a command prints.
pub(crate) struct Out {
    data: Box<dyn Write>,
    terminal: bool,
    log: Log,
}

impl Out {
    pub(crate) fn standard(log: Log) -> Out {
        Out { data: Box::new(io::BufWriter::new(io::stdout())), terminal: io::stderr().is_terminal(), log }
    }

    /// Whether a person is watching; in cron nobody is.
    pub(crate) fn is_watched(&self) -> bool {
        self.terminal
    }

    pub(crate) fn talk(&mut self, line: &str) {
        let line = self.log.line(clock(), line);
        self.say(&line);
    }

    pub(crate) fn fail(&mut self, failure: &Failure) {
        let text = self.log.failure(clock(), failure);
        self.say(&text);
    }

    /// For collectors only: figures under names.
    pub(crate) fn record(&mut self, message: &str, members: &[(&str, serde_json::Value)]) {
        if let Some(line) = self.log.record(clock(), message, members) {
            self.say(&line);
        }
    }

    fn say(&mut self, text: &str) {
        let _ = self.data.flush();
        eprintln!("{}", on_terminal(text));
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

/// A table that comes in pieces, printed as one.
pub(crate) struct Pieces<'a> {
    out: &'a mut Out,
    format: Format,
    rows: usize,
    failed: Option<Failure>,
}

impl<'a> Pieces<'a> {
    pub(crate) fn new(out: &'a mut Out, format: Format) -> Pieces<'a> {
        Pieces { out, format, rows: 0, failed: None }
    }

    /// What goes wrong is told at the end.
    pub(crate) fn print(&mut self, table: &Table) {
        let printed = match self.format {
            Format::Csv if self.rows > 0 => {
                let csv = to_csv(table);
                let header = csv.iter().position(|b| *b == b'\n').map_or(0, |end| end + 1);
                self.out.bytes(&csv[header..])
            }
            Format::Json if table.rows.is_empty() => Ok(()),
            Format::Json => {
                let rows = String::from_utf8_lossy(&to_json_lines(table)).trim_end().replace('\n', ",\n ");
                let before = if self.rows == 0 { "[" } else { ",\n " };
                self.out.bytes(format!("{before}{rows}").as_bytes())
            }
            format => self.out.table(table, format),
        };
        self.rows += table.rows.len();
        if let Err(failure) = printed {
            self.failed.get_or_insert(failure);
        }
    }

    pub(crate) fn finish(self) -> Result<(), Failure> {
        if let Some(failure) = self.failed {
            return Err(failure);
        }
        match self.format {
            Format::Json => self.out.line(if self.rows == 0 { "[]" } else { "]" }),
            _ => Ok(()),
        }
    }
}
