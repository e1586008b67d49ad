use super::*;
use crate::edge::render::{to_csv, to_xlsx};

const INVOICE: &str = include_str!("../../../../fixtures/documents/invoice-usage.json");
const STATEMENT: &str = include_str!("../../../../fixtures/documents/statement.json");

fn csv(json: &str, name: &str) -> String {
    let sheets = document_tables(json.as_bytes()).unwrap();
    let sheet = sheets.iter().find(|sheet| sheet.name == name).unwrap();
    String::from_utf8(to_csv(&sheet.table)).unwrap()
}

#[test]
fn lines_have_exact_usage_its_rate_and_money() {
    let lines = csv(INVOICE, "Lines");
    let second = lines.lines().nth(2).unwrap();
    assert_eq!(
        second,
        "2,claude-sonnet-4.6 · chat,usage,claude-sonnet-4.6,chat,2026-10,12044,30221900,9120044,227495810.125,credit,\
         1 credit = 0.00001 EUR since 2026-01-01T00:00:00+01:00,2274.96,0.00189875,EUR"
    );
    assert_eq!(lines.lines().count(), 7);
}

/// Amounts of a column of a table; empty cells count as nothing.
fn amounts(json: &str, name: &str, column: &str, only: impl Fn(&[Cell]) -> bool) -> Amount {
    let sheets = document_tables(json.as_bytes()).unwrap();
    let table = &sheets.iter().find(|sheet| sheet.name == name).unwrap().table;
    let at = table.columns.iter().position(|c| c.name == column).unwrap();
    let cells = table.rows.iter().filter(|row| only(row)).map(|row| match &row[at] {
        Cell::Amount(amount) => *amount,
        other => panic!("{other:?} is no amount"),
    });
    Amount::sum(cells).unwrap()
}

#[test]
fn totals_lead_from_the_lines_to_what_is_due() {
    let what = |names: &'static [&'static str]| move |row: &[Cell]| names.contains(&row[0].plain().as_str());
    let lines = amounts(INVOICE, "Lines", "net", |_| true);
    let totals = |names| amounts(INVOICE, "Totals", "amount", what(names));
    assert_eq!(lines, totals(&["subtotal"]));
    assert_eq!(totals(&["subtotal", "volume discount", "tax S"]), totals(&["total"]));
    assert_eq!(totals(&["total", "paid"]), totals(&["payable"]));
}

#[test]
fn a_statement_ties_out_in_its_movements() {
    let all_but_closing = amounts(STATEMENT, "Movements", "amount", |row| row[0].plain() != "closing");
    assert_eq!(all_but_closing, amounts(STATEMENT, "Movements", "amount", |row| row[0].plain() == "closing"));
    for name in ["By day", "By model", "By key"] {
        assert_eq!(amounts(STATEMENT, name, "amount", |_| true), "237.198935".parse().unwrap(), "{name}");
    }
}

#[test]
fn a_workbook_has_a_sheet_a_table_and_the_same_bytes_each_time() {
    let book = document_workbook(STATEMENT.as_bytes()).unwrap();
    let names: Vec<&str> = book.sheets.iter().map(|sheet| sheet.name).collect();
    assert_eq!(names, ["Document", "Movements", "Proposed", "By day", "By model", "By key", "Sources", "Laws"]);
    assert_eq!((book.title.as_str(), book.dated.to_string().as_str()), ("statement ST-2026-10-alice", "2026-11-03"));
    assert!(to_xlsx(&book).unwrap() == to_xlsx(&document_workbook(STATEMENT.as_bytes()).unwrap()).unwrap());
}

#[test]
fn names_run_nothing_in_a_spreadsheet_and_figures_stay_figures() {
    let lines = csv(&INVOICE.replace("gpt-5.5 · chat", "=HYPERLINK(\\\"http://x\\\")"), "Lines");
    assert!(lines.contains("\"'=HYPERLINK(\"\"http://x\"\")\""), "{lines}");
    assert!(lines.contains(",-0.004325,"), "{lines}");
}

#[test]
fn what_is_no_document_is_told_with_its_place() {
    let fault = document_tables(INVOICE.replace("\"4987.65\"", "\"4987,65\"").as_bytes()).unwrap_err();
    assert_eq!(fault.to_string(), "lines[0].net is no decimal amount: \"4987,65\"");
    assert!(matches!(document_tables(b"[]"), Err(DocumentTableError::Format(_))));
    assert!(matches!(document_tables(b"{}"), Err(DocumentTableError::Format(_))));
}

#[test]
fn the_samples_are_what_the_program_itself_would_write() {
    use crate::edge::render::{document_from_json, document_to_json};
    for sample in [
        INVOICE,
        STATEMENT,
        include_str!("../../../../fixtures/documents/invoice-top-up.json"),
        include_str!("../../../../fixtures/documents/invoice-draft.json"),
        include_str!("../../../../fixtures/documents/credit-note.json"),
        include_str!("../../../../fixtures/documents/statement-zh.json"),
    ] {
        let document = document_from_json(sample.as_bytes()).unwrap();
        assert_eq!(String::from_utf8(document_to_json(&document)).unwrap(), sample);
    }
}
