//! stdout is data, stderr is talk.

use std::io::{self, IsTerminal, Write};

use super::args::Format;
use super::clock::clock;
use super::log::Log;
use crate::edge::render::{TableWriter, on_terminal, to_text};
use crate::pipeline::{AppError, ErrorKind};
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

    pub(crate) fn fail(&mut self, failure: &AppError) {
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
        // A message that cannot be written is dropped: the exit code tells.
        let _ = writeln!(io::stderr(), "{}", on_terminal(text));
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), AppError> {
        match self.data.write_all(bytes).and_then(|()| self.data.flush()) {
            // Whoever reads has seen enough.
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other.map_err(|e| AppError::new(ErrorKind::Temporary, format!("cannot print: {e}"))),
        }
    }

    pub(crate) fn line(&mut self, line: &str) -> Result<(), AppError> {
        self.bytes(format!("{line}\n").as_bytes())
    }

    pub(crate) fn table(&mut self, table: &Table, format: Format) -> Result<(), AppError> {
        match writer_of(format) {
            Some(writer) => self.bytes(&writer.whole(table)),
            None => self.bytes(to_text(table).as_bytes()),
        }
    }
}

/// Aligned text has none: its columns are as wide as all their cells.
fn writer_of(format: Format) -> Option<TableWriter> {
    match format {
        Format::Text => None,
        Format::Csv => Some(TableWriter::csv()),
        Format::Jsonl => Some(TableWriter::json_lines()),
        Format::Json => Some(TableWriter::json_array()),
    }
}

/// A table that comes in pieces, printed as one; as text, each piece stands for itself.
pub(crate) struct Pieces<'a> {
    out: &'a mut Out,
    writer: Option<TableWriter>,
    failed: Option<AppError>,
}

impl<'a> Pieces<'a> {
    pub(crate) fn new(out: &'a mut Out, format: Format) -> Pieces<'a> {
        Pieces { out, writer: writer_of(format), failed: None }
    }

    /// What goes wrong is told at the end.
    pub(crate) fn print(&mut self, table: &Table) {
        let printed = match &mut self.writer {
            Some(writer) => self.out.bytes(&writer.rows(table)),
            None => self.out.table(table, Format::Text),
        };
        if let Err(failure) = printed {
            self.failed.get_or_insert(failure);
        }
    }

    pub(crate) fn finish(self) -> Result<(), AppError> {
        if let Some(failure) = self.failed {
            return Err(failure);
        }
        self.writer.map_or(Ok(()), |writer| self.out.bytes(writer.end()))
    }
}
