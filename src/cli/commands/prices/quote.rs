//! `trueup prices quote`: rows in, prices out, a line for each.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::load;
use crate::cli::End;
use crate::cli::args::QuoteArgs;
use crate::cli::output::Out;
use crate::edge::blob::WholeFile;
use crate::edge::source::{Body, QuoteText, RowError, SourceError};
use crate::pipeline::{AppError, ErrorKind};
use crate::pipeline::{Price, Quoter, quote_all};

/// Where they go: to whoever reads along, or to a file that is there once it is whole.
enum Quotes {
    Printed(BufWriter<io::Stdout>),
    Filed(BufWriter<WholeFile>),
}

impl Quotes {
    fn as_write(&mut self) -> &mut dyn Write {
        match self {
            Quotes::Printed(out) => out,
            Quotes::Filed(file) => file,
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Quotes::Printed(mut out) => out.flush(),
            Quotes::Filed(file) => file.into_inner().map_err(io::IntoInnerError::into_error)?.finish(),
        }
    }
}

pub(super) fn quote(args: &QuoteArgs, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    let tables = load::load(dir, &args.book, &args.format)?;
    let quoter = Quoter::new(tables.book, &tables.reports);
    let standard = |path: &Path| path == Path::new("-");
    let source = if standard(&args.rows) { Path::new("/dev/stdin").to_owned() } else { dir.join(&args.rows) };
    let rows = File::open(&source).map_err(|e| {
        AppError::new(ErrorKind::Input, format!("the rows cannot be read: {e}")).at(source.display().to_string())
    })?;
    let unwritten = |e: io::Error| AppError::new(ErrorKind::Temporary, format!("the prices cannot be written: {e}"));
    let mut writer = if standard(&args.out) {
        Quotes::Printed(BufWriter::new(io::stdout()))
    } else {
        let target = dir.join(&args.out);
        let file = WholeFile::create(&target).map_err(|e| unwritten(e).at(target.display().to_string()))?;
        Quotes::Filed(BufWriter::with_capacity(1 << 18, file))
    };
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let write = |priced: Result<(&str, &Price), &RowError>, line: &mut String| match priced {
        Ok((id, price)) => write_price(line, id, price),
        Err(error) => write_error(line, error),
    };
    let done = QuoteText::open(Body::File(rows)).map_err(Broken::Read).and_then(|text| {
        quote_all::<Broken>(&quoter, text, threads, &write, &mut |lines| {
            Ok(writer.as_write().write_all(lines.as_bytes())?)
        })
    });
    let counted = match done.and_then(|counted| {
        writer.finish()?;
        Ok(counted)
    }) {
        Ok(counted) => counted,
        // Whoever reads has seen enough.
        Err(Broken::Write(e)) if e.kind() == io::ErrorKind::BrokenPipe => return Ok(End::Done),
        Err(Broken::Write(e)) => {
            return Err(unwritten(e));
        }
        Err(Broken::Read(e)) => {
            return Err(
                AppError::new(ErrorKind::Input, format!("the file of rows {e}")).at(source.display().to_string())
            );
        }
    };
    if counted.wrong > 0 {
        out.talk(&format!("{} rows priced, {} with an error", counted.priced, counted.wrong));
    }
    Ok(if counted.wrong > 0 { End::Partial } else { End::Done })
}

enum Broken {
    Read(SourceError),
    Write(io::Error),
}

impl From<SourceError> for Broken {
    fn from(e: SourceError) -> Broken {
        Broken::Read(e)
    }
}

impl From<io::Error> for Broken {
    fn from(e: io::Error) -> Broken {
        Broken::Write(e)
    }
}

fn write_price(line: &mut String, id: &str, price: &Price) {
    use std::fmt::Write;
    let Price { amount, input, output, other, unit, version, row } = price;
    // Writing to a string cannot fail.
    let _ = writeln!(
        line,
        "{{\"id\":{id},\"amount\":\"{amount}\",\"unit\":{},\"input\":\"{input}\",\"output\":\"{output}\",\
         \"other\":\"{other}\",\"version\":\"{version}\",\"row\":{}}}",
        json(unit),
        json(row)
    );
}

fn write_error(line: &mut String, error: &RowError) {
    use std::fmt::Write;
    let RowError { id, code, message } = error;
    let _ = writeln!(line, "{{\"id\":{id},\"error\":{{\"code\":\"{code}\",\"message\":{}}}}}", json(message));
}

fn json(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}
