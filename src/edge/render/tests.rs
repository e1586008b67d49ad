use super::*;
use crate::report::{Cell, Table};

fn table() -> Table {
    let mut table = Table::new(&["account", "amount", "calls"]);
    table.push(vec![Cell::text("王小明"), Cell::Amount("-1234567.5".parse().unwrap()), Cell::Count(12)]);
    table.push(vec![Cell::text("=1+1"), Cell::Amount("0.0195".parse().unwrap()), Cell::Count(1_000)]);
    table.push(vec![Cell::text("a,\"b\"\nc"), Cell::Empty, Cell::Count(-3)]);
    table
}

#[test]
fn text_stands_in_columns() {
    let expect = "\
account           amount  calls
王小明   -1,234,567.5        12
=1+1              0.0195  1,000
a,\"b\"\u{fffd}c                      -3
";
    assert_eq!(to_text(&table()), expect);
}

#[test]
fn csv_runs_nothing_in_a_spreadsheet() {
    let csv = String::from_utf8(to_csv(&table())).unwrap();
    assert_eq!(csv, "account,amount,calls\n王小明,-1234567.5,12\n'=1+1,0.0195,1000\n\"a,\"\"b\"\"\nc\",,-3\n");
}

#[test]
fn json_keeps_amounts_exact_and_leaves_out_what_is_absent() {
    let json = String::from_utf8(to_json_lines(&table())).unwrap();
    assert_eq!(
        json,
        "{\"account\":\"王小明\",\"amount\":\"-1234567.5\",\"calls\":12}\n\
         {\"account\":\"=1+1\",\"amount\":\"0.0195\",\"calls\":1000}\n\
         {\"account\":\"a,\\\"b\\\"\\nc\",\"calls\":-3}\n"
    );
}
