//! A workbook as XLSX: a sheet a table, numbers where a double holds them exactly, else exact text.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Worksheet};

use super::plain::{cut, decimals, is_risky, short, visible};
use crate::domain::money::Amount;
use crate::domain::period::Zone;
use crate::report::{Cell, Sheet, Table, Workbook};

/// Why no workbook was made.
#[derive(Debug, thiserror::Error)]
#[error("the workbook cannot be written: {0}")]
pub struct XlsxError(#[from] rust_xlsxwriter::XlsxError);

/// Rows of a sheet below its header, one kept free to say that there are more.
const ROWS: usize = 1_048_574;
/// Significant digits a double always holds.
const DIGITS: u32 = 15;
/// Characters of a cell.
const TEXT: usize = 32_767;
/// Rows looked at for the width of a column.
const SAMPLE: usize = 200;

/// Bytes that depend on the workbook alone: no clock, no name of who made it.
///
/// # Errors
/// When the library refuses a sheet.
pub fn to_xlsx(book: &Workbook) -> Result<Vec<u8>, XlsxError> {
    let mut file = rust_xlsxwriter::Workbook::new();
    let year = u16::try_from(book.dated.year()).unwrap_or(1900).clamp(1900, 9999);
    let (month, day) = (book.dated.month() as u8, book.dated.of_month() as u8);
    let made = ExcelDateTime::from_ymd(year, month, day)?;
    file.set_properties(&DocProperties::new().set_title(&book.title).set_creation_datetime(&made));
    let looks = Looks::new();
    for sheet in &book.sheets {
        write(file.add_worksheet(), sheet, book.zone, &looks)?;
    }
    Ok(file.save_to_buffer()?)
}

struct Looks {
    head: Format,
    head_right: Format,
    text: Format,
    right: Format,
    count: Format,
    share: Format,
    date: Format,
    time: Format,
    /// By decimal places.
    amounts: Vec<Format>,
}

impl Looks {
    fn new() -> Looks {
        let amount = |places: usize| match places {
            0 => Format::new().set_num_format("#,##0;[Red]-#,##0"),
            n => {
                let zeros = "0".repeat(n);
                Format::new().set_num_format(format!("#,##0.{zeros};[Red]-#,##0.{zeros}"))
            }
        };
        let head =
            || Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Bottom).set_background_color(0xEEF1F4);
        Looks {
            head: head(),
            head_right: head().set_align(FormatAlign::Right),
            text: Format::new().set_num_format("@"),
            right: Format::new().set_num_format("@").set_align(FormatAlign::Right),
            count: Format::new().set_num_format("#,##0"),
            share: Format::new().set_num_format("0.0%"),
            date: Format::new().set_num_format("yyyy-mm-dd"),
            time: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
            amounts: (0..=18).map(amount).collect(),
        }
    }
}

fn write(out: &mut Worksheet, sheet: &Sheet, zone: Zone, looks: &Looks) -> Result<(), XlsxError> {
    let table = &sheet.table;
    let columns = u16::try_from(table.columns.len()).unwrap_or(u16::MAX);
    out.set_name(sheet.name)?;
    for (c, column) in (0u16..).zip(&table.columns) {
        let right = table.rows.iter().take(SAMPLE).any(|r| r[usize::from(c)].is_number());
        out.write_string_with_format(0, c, &column.name, if right { &looks.head_right } else { &looks.head })?;
        out.set_column_width(c, width(table, usize::from(c), zone))?;
    }
    let places: Vec<usize> =
        (0..table.columns.len()).map(|c| table.rows.iter().map(|r| places(&r[c])).max().unwrap_or(0)).collect();
    for (r, row) in (1u32..).zip(table.rows.iter().take(ROWS)) {
        for (c, value) in (0u16..).zip(row) {
            cell(out, (r, c), value, places[usize::from(c)], (zone, looks))?;
        }
    }
    let last = u32::try_from(table.rows.len().min(ROWS)).unwrap_or(u32::MAX);
    if table.rows.len() > ROWS {
        let rest = table.rows.len() - ROWS;
        out.write_string(last + 1, 0, format!("and {rest} more, in {}.csv", sheet.file))?;
    }
    out.set_freeze_panes(1, 1)?;
    if last > 0 {
        out.autofilter(0, 0, last, columns.saturating_sub(1))?;
    }
    out.set_repeat_rows(0, 0)?;
    out.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    out.set_header(format!("&L{}&RPage &P of &N", sheet.name));
    Ok(())
}

fn cell(
    out: &mut Worksheet,
    (row, column): (u32, u16),
    value: &Cell,
    places: usize,
    (zone, looks): (Zone, &Looks),
) -> Result<(), XlsxError> {
    match value {
        Cell::Empty => {}
        Cell::Text(text) => {
            out.write_string_with_format(row, column, guarded(text), &looks.text)?;
        }
        Cell::Amount(amount) => match number(*amount) {
            Some(number) => {
                out.write_number_with_format(row, column, number, &looks.amounts[places.min(18)])?;
            }
            None => {
                out.write_string_with_format(row, column, amount.to_string(), &looks.right)?;
            }
        },
        // Excel holds whole numbers up to 2^53; beyond, text keeps every digit.
        Cell::Count(count) => match i32::try_from(*count) {
            Ok(small) => {
                out.write_number_with_format(row, column, small, &looks.count)?;
            }
            Err(_) => match number(Amount::from_int(*count)) {
                Some(number) => {
                    out.write_number_with_format(row, column, number, &looks.count)?;
                }
                None => {
                    out.write_string_with_format(row, column, count.to_string(), &looks.right)?;
                }
            },
        },
        Cell::Share(tenths) => {
            let share = Amount::from_exact(crate::domain::money::Exact::new(i128::from(*tenths), 3)).and_then(number);
            if let Some(share) = share {
                out.write_number_with_format(row, column, share, &looks.share)?;
            }
        }
        Cell::Day(day) => match ExcelDateTime::parse_from_str(&day.to_string()) {
            Ok(date) => {
                out.write_datetime_with_format(row, column, &date, &looks.date)?;
            }
            Err(_) => {
                out.write_string_with_format(row, column, day.to_string(), &looks.text)?;
            }
        },
        // As clocks of the zone show it, to the second.
        Cell::Instant(_) => {
            let local = shown(value, zone);
            match local.get(..19).map(ExcelDateTime::parse_from_str) {
                Some(Ok(time)) => {
                    out.write_datetime_with_format(row, column, &time, &looks.time)?;
                }
                _ => {
                    out.write_string_with_format(row, column, local, &looks.text)?;
                }
            }
        }
    }
    Ok(())
}

/// The double nearest to an amount, where it gives the amount back.
fn number(amount: Amount) -> Option<f64> {
    (amount.significant_digits() <= DIGITS).then(|| amount.to_string().parse().ok()).flatten()
}

fn places(cell: &Cell) -> usize {
    match cell {
        Cell::Amount(amount) if number(*amount).is_some() => decimals(*amount),
        _ => 0,
    }
}

/// As in CSV, so that both say the same; without what XML cannot hold.
fn guarded(text: &str) -> String {
    let shown = short(&visible(text), TEXT - 1);
    if is_risky(text) { format!("'{shown}") } else { shown }
}

fn shown(cell: &Cell, zone: Zone) -> String {
    match cell {
        Cell::Instant(at) => zone.show(*at),
        Cell::Amount(amount) => cut(*amount).to_string(),
        other => other.plain(),
    }
}

/// Characters, between 8 and 60, by the widest of the first rows.
fn width(table: &Table, column: usize, zone: Zone) -> u32 {
    let head = table.columns[column].name.chars().count() * 3 / 4;
    let cells = table.rows.iter().take(SAMPLE).map(|r| match &r[column] {
        Cell::Text(text) => text.chars().take(60).map(|c| if c.is_ascii() { 1 } else { 2 }).sum(),
        number if number.is_number() => shown(number, zone).chars().count() * 5 / 4,
        other => shown(other, zone).chars().count(),
    });
    let widest = cells.max().unwrap_or(0).max(head) + 2;
    u32::try_from(widest.clamp(8, 60)).unwrap_or(60)
}
