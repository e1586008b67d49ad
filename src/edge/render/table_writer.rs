//! A table that comes in pieces, as one file: what stands before, between and after its rows stands once.

use super::csv::{csv_header, csv_rows};
use super::json::json_objects;
use crate::report::Table;

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Csv,
    JsonLines,
    JsonArray,
}

/// Turns pieces of one table into the bytes of one file, in order. Every piece has the same columns.
#[derive(Debug)]
pub struct TableWriter {
    shape: Shape,
    /// Whether a header or a row was given out.
    begun: bool,
}

impl TableWriter {
    /// RFC 4180 under one header, which stands there as soon as there is a piece, even without rows.
    pub fn csv() -> TableWriter {
        TableWriter { shape: Shape::Csv, begun: false }
    }

    /// One object a row.
    pub fn json_lines() -> TableWriter {
        TableWriter { shape: Shape::JsonLines, begun: false }
    }

    /// One array of objects, an object a line.
    pub fn json_array() -> TableWriter {
        TableWriter { shape: Shape::JsonArray, begun: false }
    }

    /// The bytes of a piece.
    pub fn rows(&mut self, piece: &Table) -> Vec<u8> {
        let is_first = !self.begun;
        self.begun |= self.shape == Shape::Csv || !piece.rows.is_empty();
        match self.shape {
            Shape::Csv => {
                let mut bytes = if is_first { csv_header(piece) } else { Vec::new() };
                bytes.append(&mut csv_rows(piece));
                bytes
            }
            Shape::JsonLines => {
                json_objects(piece).map(|object| format!("{object}\n")).collect::<String>().into_bytes()
            }
            Shape::JsonArray => {
                let mut text = String::new();
                for (row, object) in json_objects(piece).enumerate() {
                    text.push_str(if is_first && row == 0 { "[" } else { ",\n " });
                    text.push_str(&object);
                }
                text.into_bytes()
            }
        }
    }

    /// What stands after the last row.
    pub fn end(self) -> &'static [u8] {
        match (self.shape, self.begun) {
            (Shape::JsonArray, false) => b"[]\n",
            (Shape::JsonArray, true) => b"]\n",
            _ => b"",
        }
    }

    /// A table that is there as a whole.
    pub fn whole(mut self, table: &Table) -> Vec<u8> {
        let mut bytes = self.rows(table);
        bytes.extend_from_slice(self.end());
        bytes
    }
}

/// RFC 4180 with LF line ends and a header. Text that a spreadsheet would take for a formula gets
/// a leading apostrophe (CWE-1236); numbers are written from typed cells and stay numbers.
pub fn to_csv(table: &Table) -> Vec<u8> {
    TableWriter::csv().whole(table)
}

/// JSON Lines: amounts as decimal strings, counts as numbers, instants as RFC 3339.
pub fn to_json_lines(table: &Table) -> Vec<u8> {
    TableWriter::json_lines().whole(table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Cell;

    fn table(rows: &[(&str, i64)]) -> Table {
        let mut table = Table::new(&["name", "n"]);
        for (name, n) in rows {
            table.push(vec![Cell::from(*name), Cell::Count(*n)]);
        }
        table
    }

    const ROWS: [(&str, i64); 4] = [("a,b", 1), ("", 2), ("=1", 3), ("c\nd", -4)];

    fn in_pieces(mut writer: TableWriter, cuts: &[usize]) -> String {
        let mut bytes = Vec::new();
        for ends in cuts.windows(2) {
            bytes.extend(writer.rows(&table(&ROWS[ends[0]..ends[1]])));
        }
        bytes.extend_from_slice(writer.end());
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn pieces_are_the_file_that_the_whole_is() {
        for make in [TableWriter::csv, TableWriter::json_lines, TableWriter::json_array] {
            let whole = String::from_utf8(make().whole(&table(&ROWS))).unwrap();
            for cuts in [&[0, 4][..], &[0, 1, 2, 3, 4], &[0, 0, 0, 2, 2, 4, 4]] {
                assert_eq!(in_pieces(make(), cuts), whole, "{cuts:?}");
            }
        }
    }

    #[test]
    fn what_frames_the_rows_stands_once() {
        let cuts = [0, 1, 4];
        assert_eq!(in_pieces(TableWriter::csv(), &cuts), "name,n\n\"a,b\",1\n,2\n'=1,3\n\"c\nd\",-4\n");
        assert_eq!(
            in_pieces(TableWriter::json_array(), &cuts),
            "[{\"name\":\"a,b\",\"n\":1},\n {\"n\":2},\n {\"name\":\"=1\",\"n\":3},\n {\"name\":\"c\\nd\",\"n\":-4}]\n"
        );
    }

    #[test]
    fn a_file_without_rows_is_still_whole() {
        assert_eq!(TableWriter::csv().whole(&table(&[])), b"name,n\n");
        assert_eq!(TableWriter::json_lines().whole(&table(&[])), b"");
        assert_eq!(TableWriter::json_array().whole(&table(&[])), b"[]\n");
        assert_eq!(TableWriter::csv().end(), b"");
    }
}
