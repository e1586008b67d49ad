//! A table of what must be against a table of what is.

use std::collections::BTreeMap;

use super::arithmetic::canonical;
use super::page::{Problem, Row, Section, Table, aligned, problem};

/// A row of what is, by column.
pub(super) type Found = BTreeMap<String, String>;

/// Lines of the scenario (first and last) and what would stand there if all were as it is.
#[derive(Clone, Debug)]
pub(super) struct Edit {
    pub(super) first: usize,
    pub(super) last: usize,
    pub(super) text: String,
}

#[derive(Debug, Default)]
pub(super) struct Verdict {
    pub(super) problems: Vec<Problem>,
    pub(super) edit: Option<Edit>,
}

/// Compares a section's table, in any order of rows, in the columns it has; `usual` are those a table
/// gets where the section says `none`.
pub(super) fn compare(section: &Section, usual: &[&str], known: &[&str], found: &[Found]) -> Result<Verdict, Problem> {
    let Some(table) = section.table()? else {
        return Ok(if found.is_empty() { Verdict::default() } else { unexpected(section, usual, found) });
    };
    if let Some(strange) = table.columns.iter().find(|c| !known.contains(&c.as_str())) {
        return problem(table.line, format!("no column {strange:?} here; known are {}", known.join(", ")));
    }
    let shown: Vec<Vec<String>> = found.iter().map(|row| projected(&table.columns, row)).collect();
    let (kept, left) = pair(table, &shown);
    let mut verdict = Verdict::default();
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (row, kept) in table.rows.iter().zip(&kept) {
        if *kept {
            rows.push(row.cells.iter().map(|cell| dashed(cell)).collect());
        } else {
            let text = format!("expected, but is not: {}", said(&table.columns, row));
            verdict.problems.push(Problem { line: row.line, text });
        }
    }
    for cells in left {
        let text = format!("is, but was not expected: {}", spoken(&table.columns, cells));
        verdict.problems.push(Problem { line: table.line, text });
        rows.push(cells.iter().map(|cell| dashed(cell)).collect());
    }
    if !verdict.problems.is_empty() {
        let text = if rows.is_empty() { "none\n".to_owned() } else { aligned(&table.columns, &rows) };
        verdict.edit = Some(Edit { first: table.line, last: table.last_line(), text });
    }
    Ok(verdict)
}

/// Which expected rows are there, and what is there besides.
fn pair<'f>(table: &Table, shown: &'f [Vec<String>]) -> (Vec<bool>, Vec<&'f Vec<String>>) {
    let same = |cells: &[String]| cells.iter().map(|cell| canonical(cell)).collect::<Vec<_>>();
    let mut left: Vec<&Vec<String>> = shown.iter().collect();
    let kept = table.rows.iter().map(|row| {
        let wanted = same(&row.cells);
        let at = left.iter().position(|cells| same(cells) == wanted);
        at.map(|at| left.remove(at)).is_some()
    });
    (kept.collect(), left)
}

fn unexpected(section: &Section, usual: &[&str], found: &[Found]) -> Verdict {
    let columns: Vec<String> = usual.iter().map(|c| (*c).to_owned()).collect();
    let rows: Vec<Vec<String>> = found.iter().map(|row| projected(&columns, row)).collect();
    let say = |cells: &Vec<String>| Problem {
        line: section.line,
        text: format!("is, but was not expected: {}", spoken(&columns, cells)),
    };
    let problems = rows.iter().map(say).collect();
    let dashed: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| dashed(cell)).collect()).collect();
    Verdict { problems, edit: Some(Edit { first: section.last, last: section.last, text: aligned(&columns, &dashed) }) }
}

fn projected(columns: &[String], row: &Found) -> Vec<String> {
    columns.iter().map(|column| row.get(column).cloned().unwrap_or_default()).collect()
}

pub(super) fn dashed(cell: &str) -> String {
    if cell.is_empty() { "-".to_owned() } else { cell.to_owned() }
}

fn said(columns: &[String], row: &Row) -> String {
    spoken(columns, &row.cells)
}

fn spoken(columns: &[String], cells: &[String]) -> String {
    let pairs = columns.iter().zip(cells).map(|(column, cell)| format!("{column} {}", dashed(cell)));
    pairs.collect::<Vec<_>>().join(", ")
}
