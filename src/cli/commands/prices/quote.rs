//! `trueup prices quote`: rows in, prices out, a line for each.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::load;
use crate::cli::End;
use crate::cli::args::QuoteArgs;
use crate::cli::failure::{Failure, Kind};
use crate::cli::out::Out;
use crate::edge::source::{Body, RowError, SourceError, read_quotes};
use crate::pipeline::{Price, Quoter};

pub(super) fn quote(args: &QuoteArgs, dir: &Path, out: &mut Out) -> Result<End, Failure> {
    let tables = load::load(dir, &args.book, &args.format)?;
    let quoter = Quoter::new(tables.book, &tables.reports);
    let standard = |path: &Path| path == Path::new("-");
    let source = if standard(&args.rows) { Path::new("/dev/stdin").to_owned() } else { dir.join(&args.rows) };
    let rows = File::open(&source).map_err(|e| {
        Failure::new(Kind::Input, format!("the rows cannot be read: {e}")).at(source.display().to_string())
    })?;
    let mut writer: Box<dyn Write> = if standard(&args.out) {
        Box::new(BufWriter::new(io::stdout()))
    } else {
        let target = dir.join(&args.out);
        let file = File::create(&target).map_err(|e| {
            Failure::new(Kind::Temporary, format!("the prices cannot be written: {e}")).at(target.display().to_string())
        })?;
        Box::new(BufWriter::with_capacity(1 << 18, file))
    };
    let (mut priced, mut wrong, mut line) = (0u64, 0u64, String::new());
    let read = read_quotes::<Broken>(Body::File(rows), &mut |row| {
        line.clear();
        match row.and_then(|row| quoter.price(&row).map(|price| (row.id, price))) {
            Ok((id, price)) => {
                priced += 1;
                write_price(&mut line, &id, &price);
            }
            Err(error) => {
                wrong += 1;
                write_error(&mut line, &error);
            }
        }
        Ok(writer.write_all(line.as_bytes())?)
    });
    match read.and_then(|()| Ok(writer.flush()?)) {
        Ok(()) => {}
        // Whoever reads has seen enough.
        Err(Broken::Write(e)) if e.kind() == io::ErrorKind::BrokenPipe => {}
        Err(Broken::Write(e)) => {
            return Err(Failure::new(Kind::Temporary, format!("the prices cannot be written: {e}")));
        }
        Err(Broken::Read(e)) => {
            return Err(Failure::new(Kind::Input, format!("the file of rows {e}")).at(source.display().to_string()));
        }
    }
    if wrong > 0 {
        out.talk(&format!("{priced} rows priced, {wrong} with an error"));
    }
    Ok(if wrong > 0 { End::Partial } else { End::Done })
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
