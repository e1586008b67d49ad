//! The files of a folder, day by day: late lines, lines exported twice, lines that cannot be read.

use std::io::{self, BufWriter, Write};

use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};

use super::accounts::BALANCE_COLUMNS;
use super::call::CALL_COLUMNS;
use super::random::Rng;
use super::spec::{BalanceFiles, CallFiles, Spec};
use super::write::csv_row;
use super::{Sink, Summary};
use crate::domain::period::Day;

/// At most so many lines of a day wait for a later file, however many calls there are.
const LATE_LIMIT: usize = 20_000;

/// A file under way.
enum Out {
    Plain(BufWriter<Box<dyn Write>>),
    Gz(Box<GzEncoder<BufWriter<Box<dyn Write>>>>),
}

impl Out {
    fn open(sink: &mut dyn Sink, path: &str, gz: bool) -> io::Result<Out> {
        let file = BufWriter::with_capacity(1 << 16, sink.file(path)?);
        Ok(match gz {
            true => Out::Gz(Box::new(GzBuilder::new().mtime(0).write(file, Compression::new(6)))),
            false => Out::Plain(file),
        })
    }

    fn put(&mut self, text: &str) -> io::Result<()> {
        match self {
            Out::Plain(file) => file.write_all(text.as_bytes()),
            Out::Gz(file) => file.write_all(text.as_bytes()),
        }
    }

    fn close(self) -> io::Result<()> {
        match self {
            Out::Plain(mut file) => file.flush(),
            Out::Gz(file) => file.finish()?.flush(),
        }
    }
}

/// One kind of daily file.
struct Daily {
    folder: &'static str,
    ending: &'static str,
    gz: bool,
    header: Option<String>,
    out: Option<Out>,
    lines: u64,
    rejects: u64,
    /// Lines for the files of tomorrow and the day after.
    later: [Vec<String>; 2],
}

impl Daily {
    fn new(folder: &'static str, ending: &'static str, header: Option<&[&str]>) -> Daily {
        let header = header.map(|columns| {
            let mut row = String::new();
            csv_row(&mut row, columns);
            row
        });
        Daily {
            folder,
            ending,
            gz: ending.ends_with(".gz"),
            header,
            out: None,
            lines: 0,
            rejects: 0,
            later: Default::default(),
        }
    }
}

/// Every file of one platform's folder.
pub(super) struct Files<'a> {
    sink: &'a mut dyn Sink,
    folder: String,
    spec: &'static Spec,
    first: Day,
    /// The day whose files are open, counted from the month's first.
    day: i64,
    calls: Daily,
    postings: Daily,
    balances: Daily,
    rng: Rng,
    pub(super) summary: Summary,
}

impl<'a> Files<'a> {
    pub(super) fn new(sink: &'a mut dyn Sink, folder: &str, spec: &'static Spec, first: Day, rng: Rng) -> Files<'a> {
        let calls = match spec.call_files {
            CallFiles::Jsonl => Daily::new("raw/calls", "jsonl", None),
            CallFiles::JsonlGz => Daily::new("raw/calls", "jsonl.gz", None),
            CallFiles::Csv => Daily::new("raw/calls", "csv", Some(&CALL_COLUMNS)),
        };
        let balances = match spec.balance_files {
            BalanceFiles::Csv => Daily::new("raw/balances", "csv", Some(&BALANCE_COLUMNS)),
            BalanceFiles::Jsonl | BalanceFiles::Subscription => Daily::new("raw/balances", "jsonl", None),
        };
        let postings = Daily::new("raw/postings", "jsonl", None);
        let folder = folder.to_owned();
        Files { sink, folder, spec, first, day: 0, calls, postings, balances, rng, summary: Summary::default() }
    }

    /// A file of its own, whole.
    pub(super) fn whole(&mut self, path: &str, text: &str) -> io::Result<()> {
        let path = format!("{}/{path}", self.folder);
        self.elsewhere(&path, text)
    }

    /// As [`Files::whole`], outside the folder.
    pub(super) fn elsewhere(&mut self, path: &str, text: &str) -> io::Result<()> {
        let mut file = self.sink.file(path)?;
        file.write_all(text.as_bytes())?;
        self.summary.files += 1;
        file.flush()
    }

    /// Closes the day's files and goes to another day's; lines that waited for it come first.
    pub(super) fn turn(&mut self, day: i64) -> io::Result<()> {
        for daily in [&mut self.calls, &mut self.postings, &mut self.balances] {
            if let Some(out) = daily.out.take() {
                out.close()?;
            }
        }
        self.day = day;
        let [tomorrow, after] = std::mem::take(&mut self.calls.later);
        self.calls.later = [after, Vec::new()];
        for line in tomorrow {
            self.put_call(&line)?;
        }
        Ok(())
    }

    /// A line of the call log, of a call that started on a day counted from the month's first.
    pub(super) fn call(&mut self, line: String, started_day: i64, ordinary: bool) -> io::Result<()> {
        self.summary.calls += 1;
        if !ordinary {
            return self.put_call(&line);
        }
        if self.rng.chance(3) {
            self.summary.duplicates += 1;
            match self.later_slot(started_day, 1) {
                Some(slot) => self.calls.later[slot].push(line.clone()),
                None => self.put_call(&line)?,
            }
        }
        if self.rng.chance(25) {
            let days = if self.rng.chance(800) { 1 } else { 2 };
            if let Some(slot) = self.later_slot(started_day, days) {
                self.summary.late += 1;
                self.calls.later[slot].push(line);
                return Ok(());
            }
        }
        self.put_call(&line)?;
        if self.reject(true) {
            let broken = self.broken_call(&line);
            self.put_call(&broken)?;
        }
        Ok(())
    }

    /// Where a line waits that is to come `days` after its call started, if that is still ahead.
    fn later_slot(&self, started_day: i64, days: i64) -> Option<usize> {
        let slot = usize::try_from(started_day + days - self.day - 1).ok()?;
        self.calls.later.get(slot).filter(|lines| lines.len() < LATE_LIMIT).map(|_| slot)
    }

    pub(super) fn posting(&mut self, line: &str) -> io::Result<()> {
        self.summary.postings += 1;
        Self::put(self.sink, &self.folder, self.first.plus(self.day), &mut self.postings, &mut self.summary, line)?;
        if self.rng.chance(2) {
            self.summary.duplicates += 1;
            Self::put(self.sink, &self.folder, self.first.plus(self.day), &mut self.postings, &mut self.summary, line)?;
        }
        if self.reject(false) {
            let broken = String::from("{\"posting_id\":\"broken\",\"account_id\":\n");
            let day = self.first.plus(self.day);
            Self::put(self.sink, &self.folder, day, &mut self.postings, &mut self.summary, &broken)?;
        }
        Ok(())
    }

    pub(super) fn balance(&mut self, line: &str) -> io::Result<()> {
        self.summary.balances += 1;
        Self::put(self.sink, &self.folder, self.first.plus(self.day), &mut self.balances, &mut self.summary, line)
    }

    fn put_call(&mut self, line: &str) -> io::Result<()> {
        Self::put(self.sink, &self.folder, self.first.plus(self.day), &mut self.calls, &mut self.summary, line)
    }

    fn put(
        sink: &mut dyn Sink,
        folder: &str,
        day: Day,
        daily: &mut Daily,
        summary: &mut Summary,
        line: &str,
    ) -> io::Result<()> {
        if daily.out.is_none() {
            let path = format!("{folder}/{}/{day}.{}", daily.folder, daily.ending);
            let mut out = Out::open(sink, &path, daily.gz)?;
            if let Some(header) = &daily.header {
                out.put(header)?;
            }
            daily.out = Some(out);
            (daily.lines, daily.rejects) = (0, 0);
            summary.files += 1;
        }
        daily.lines += 1;
        daily.out.as_mut().map_or(Ok(()), |out| out.put(line))
    }

    /// Whether a line that cannot be read follows; never more than one in 250.
    fn reject(&mut self, call: bool) -> bool {
        let daily = if call { &mut self.calls } else { &mut self.postings };
        let now = (daily.rejects + 1) * 250 <= daily.lines && self.rng.chance(4);
        daily.rejects += u64::from(now);
        self.summary.rejects += u64::from(now);
        now
    }

    /// An extra line that no reader can take for a call.
    fn broken_call(&mut self, line: &str) -> String {
        let number = self.summary.rejects;
        if self.spec.call_files == CallFiles::Csv {
            let mut cells = vec![String::new(); CALL_COLUMNS.len()];
            cells[0] = format!("broken-{number}");
            cells[7] = "yesterday".to_owned();
            let mut row = String::new();
            csv_row(&mut row, &cells);
            return row;
        }
        match self.rng.below(4) {
            0 => format!("{{\"call_id\":\"broken-{number}\",\"account_id\":\"?\"\n"),
            1 => format!("{{\"call_id\":\"broken-{number}\",\"account_id\":\"?\",\"started_at\":\"yesterday\"}}\n"),
            2 => {
                let start = line.find("\"started_at\"").map_or("", |at| &line[at..]);
                let at = start.split(',').next().unwrap_or_default();
                format!("{{\"call_id\":\"broken-{number}\",\"account_id\":\"?\",{at}}}\n")
            }
            _ => "502 Bad Gateway\n".to_owned(),
        }
    }
}
