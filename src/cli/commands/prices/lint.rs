//! `trueup prices lint`: what is allowed in a book and still looks wrong.

use std::path::Path;

use super::load;
use crate::cli::End;
use crate::cli::args::LintArgs;
use crate::cli::failure::Failure;
use crate::cli::out::Out;
use crate::pipeline::Tables;

pub(super) async fn lint(args: &LintArgs, dir: &Path, out: &mut Out) -> Result<End, Failure> {
    let tables = load::load_or_first(args.book.as_deref(), &args.book_format, dir)?;
    print(&tables, out)?;
    Ok(End::Done)
}

fn print(tables: &Tables, out: &mut Out) -> Result<(), Failure> {
    let book = &tables.book;
    let rows: usize = book.versions.iter().map(|v| v.rows.len()).sum();
    out.line(&format!("{}: {} versions, {rows} rows, in {}", book.header.id, book.versions.len(), book.header.unit))?;
    for remark in book.lint() {
        out.line(&format!("{}: {remark}", remark.place))?;
    }
    Ok(())
}
