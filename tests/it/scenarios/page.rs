//! The text of a scenario: a title, why it matters, sections of lists, tables and quoted lines.

use std::fmt;

/// Something wrong, and the line of the scenario it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) line: usize,
    pub(super) text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.line, self.text)
    }
}

pub(super) fn problem<T>(line: usize, text: impl Into<String>) -> Result<T, Problem> {
    Err(Problem { line, text: text.into() })
}

#[derive(Debug)]
pub(super) struct Page {
    pub(super) sections: Vec<Section>,
}

/// From one `##` heading to the next.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) title: String,
    pub(super) line: usize,
    pub(super) parts: Vec<Part>,
    /// The last line that is not empty.
    pub(super) last: usize,
}

#[derive(Debug)]
pub(super) enum Part {
    /// A `###` heading.
    Heading(usize, String),
    /// `- name: value`
    Item(usize, String, String),
    Table(Table),
    /// Lines between two fences.
    Quote(Vec<(usize, String)>),
    Prose(String),
}

#[derive(Clone, Debug)]
pub(super) struct Table {
    /// Of the column names.
    pub(super) line: usize,
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Row>,
}

#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) line: usize,
    /// As many as the table has columns; a dash alone is an empty cell.
    pub(super) cells: Vec<String>,
}

impl Section {
    pub(super) fn tables(&self) -> impl Iterator<Item = &Table> {
        self.parts.iter().filter_map(|part| match part {
            Part::Table(table) => Some(table),
            _ => None,
        })
    }

    /// The one table of the section; `Ok(None)` where it says `none`.
    pub(super) fn table(&self) -> Result<Option<&Table>, Problem> {
        let says_none = self.parts.iter().any(|p| matches!(p, Part::Prose(text) if text == "none"));
        match (self.tables().collect::<Vec<_>>().as_slice(), says_none) {
            ([table], false) => Ok(Some(table)),
            ([], true) => Ok(None),
            _ => problem(self.line, format!("{:?} needs one table, or the word none", self.title)),
        }
    }
}

impl Table {
    /// The cells of a row by column, empty ones left out.
    pub(super) fn filled<'a>(&'a self, row: &'a Row) -> impl Iterator<Item = (&'a str, &'a str)> {
        let pairs = self.columns.iter().map(String::as_str).zip(row.cells.iter().map(String::as_str));
        pairs.filter(|(_, cell)| !cell.is_empty())
    }

    pub(super) fn last_line(&self) -> usize {
        self.rows.last().map_or(self.line + 1, |row| row.line)
    }
}

pub(super) fn parse(text: &str) -> Result<Page, Problem> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let title = lines.first().and_then(|l| l.strip_prefix("# ")).unwrap_or_default();
    if title.is_empty() {
        return problem(1, "a scenario begins with `# ` and its title");
    }
    let mut sections: Vec<Section> = Vec::new();
    let mut why = false;
    let mut at = 1;
    while at < lines.len() {
        let (line, text) = (at + 1, lines[at].trim());
        at += 1;
        if text.is_empty() {
            continue;
        }
        if let Some(title) = text.strip_prefix("## ") {
            sections.push(Section { title: title.trim().to_owned(), line, parts: Vec::new(), last: line });
            continue;
        }
        let Some(section) = sections.last_mut() else {
            why = true;
            continue;
        };
        let part = if let Some(heading) = text.strip_prefix("### ") {
            Part::Heading(line, heading.trim().to_owned())
        } else if text.starts_with('|') {
            let count = lines[at - 1..].iter().take_while(|l| l.trim().starts_with('|')).count();
            let table = table(&lines[at - 1..at - 1 + count], line)?;
            at += count - 1;
            Part::Table(table)
        } else if text.starts_with("```") {
            let Some(count) = lines[at..].iter().position(|l| l.trim().starts_with("```")) else {
                return problem(line, "the fence is never closed");
            };
            let quoted = lines[at..at + count].iter().enumerate().map(|(n, l)| (at + n + 1, (*l).to_owned())).collect();
            at += count + 1;
            Part::Quote(quoted)
        } else if let Some(item) = text.strip_prefix("- ") {
            match item.split_once(": ") {
                Some((name, value)) => Part::Item(line, name.trim().to_owned(), value.trim().to_owned()),
                None => return problem(line, format!("{item:?} is not `name: value`")),
            }
        } else {
            Part::Prose(text.to_owned())
        };
        section.parts.push(part);
        section.last = at;
    }
    match (why, sections.is_empty()) {
        (false, _) => problem(1, "a sentence under the title says why it matters"),
        (_, true) => problem(1, "a scenario has sections"),
        _ => Ok(Page { sections }),
    }
}

fn cells(line: &str) -> Vec<String> {
    let inner = line.trim().trim_start_matches('|');
    let inner = inner.strip_suffix('|').unwrap_or(inner);
    inner.split('|').map(|cell| if cell.trim() == "-" { String::new() } else { cell.trim().to_owned() }).collect()
}

fn is_rule(line: &str) -> bool {
    line.chars().all(|c| matches!(c, '|' | '-' | ':' | ' '))
}

fn table(lines: &[&str], line: usize) -> Result<Table, Problem> {
    let columns = cells(lines[0]);
    if let Some(twice) = columns.iter().enumerate().find(|(n, c)| columns[..*n].contains(c)) {
        return problem(line, format!("the column {:?} is there twice", twice.1));
    }
    if lines.get(1).is_none_or(|l| !is_rule(l)) {
        return problem(line, "under the names of a table's columns stands a rule such as |---|---|");
    }
    let mut rows = Vec::new();
    for (n, text) in lines.iter().enumerate().skip(2) {
        let row = Row { line: line + n, cells: cells(text) };
        if row.cells.len() != columns.len() {
            let (has, wants) = (row.cells.len(), columns.len());
            return problem(row.line, format!("the row has {has} cells, the table {wants} columns"));
        }
        rows.push(row);
    }
    Ok(Table { line, columns, rows })
}

/// A table with its columns aligned.
pub(super) fn aligned(columns: &[String], rows: &[Vec<String>]) -> String {
    let width = |n: usize| {
        let cells = rows.iter().map(|row| row[n].chars().count());
        cells.chain([columns[n].chars().count(), 3]).max().unwrap_or(3)
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let line = |cells: &[String]| {
        let padded =
            cells.iter().zip(&widths).map(|(cell, w)| format!(" {cell}{} ", " ".repeat(w - cell.chars().count())));
        format!("|{}|\n", padded.collect::<Vec<_>>().join("|"))
    };
    let rule: Vec<String> = widths.iter().map(|w| "-".repeat(w + 2)).collect();
    let body: String = rows.iter().map(|row| line(row)).collect();
    format!("{}|{}|\n{body}", line(columns), rule.join("|"))
}
