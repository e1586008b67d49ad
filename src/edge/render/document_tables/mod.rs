//! A document's canonical JSON as tables, for CSV and XLSX: exact amounts, nothing computed.
//! `to_csv` and `to_xlsx` write them as they write every other table.

use serde_json::Value;
use thiserror::Error;

use crate::domain::money::Amount;
use crate::domain::period::{Day, Zone};
use crate::report::{Cell, Sheet, Table, Workbook};

/// Where a document is not what its format promises.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DocumentTableError {
    #[error("not a document of format trueup/document/1: {0}")]
    Format(String),
    #[error("{place} is no decimal amount: {text:?}")]
    Amount { place: String, text: String },
}

/// The document's tables in reading order; those without a row are left out.
///
/// Amounts of `Lines` and `Totals` are in the document's currency, usage in the unit beside it.
///
/// # Errors
/// Not a `trueup/document/1`, or an amount that is no decimal.
pub fn document_tables(canonical_json: &[u8]) -> Result<Vec<Sheet>, DocumentTableError> {
    let value = parsed(canonical_json)?;
    tables_of(&Part { value: &value, place: String::new() })
}

/// The same tables as sheets of one workbook, dated on the day of issue.
///
/// # Errors
/// As [`document_tables`].
pub fn document_workbook(canonical_json: &[u8]) -> Result<Workbook, DocumentTableError> {
    let value = parsed(canonical_json)?;
    let document = Part { value: &value, place: String::new() };
    let [kind, number, issued] = ["kind", "number", "issued_on"].map(|name| document.text(name).plain());
    let period = document.part("period").map(|p| (p.text("name").plain(), p.text("zone").plain()));
    let (period, zone) = period.unwrap_or_default();
    let dated = Day::parse(&issued).ok_or_else(|| DocumentTableError::Format("issued_on is no date".to_owned()))?;
    let zone = Zone::parse(&zone).ok_or_else(|| DocumentTableError::Format("period.zone is no zone".to_owned()))?;
    let name = if number.is_empty() { period } else { number };
    Ok(Workbook { title: format!("{} {name}", kind.replace('_', " ")), dated, zone, sheets: tables_of(&document)? })
}

fn parsed(canonical_json: &[u8]) -> Result<Value, DocumentTableError> {
    let value: Value = serde_json::from_slice(canonical_json).map_err(|e| DocumentTableError::Format(e.to_string()))?;
    match value.get("format").and_then(Value::as_str) {
        Some("trueup/document/1") => Ok(value),
        _ => Err(DocumentTableError::Format("another format, or none".to_owned())),
    }
}

fn tables_of(document: &Part<'_>) -> Result<Vec<Sheet>, DocumentTableError> {
    let mut sheets = vec![
        Sheet { name: "Document", file: "document", table: facts(document) },
        Sheet { name: "Lines", file: "lines", table: lines(document)? },
        Sheet { name: "Totals", file: "totals", table: totals(document)? },
    ];
    if let Some(statement) = document.part("statement") {
        sheets.push(Sheet { name: "Movements", file: "movements", table: movements(&statement)? });
        sheets.push(Sheet { name: "Proposed", file: "proposed", table: proposed(&statement)? });
        sheets.push(Sheet { name: "By day", file: "by-day", table: usage(&statement, "by_day")? });
        sheets.push(Sheet { name: "By model", file: "by-model", table: usage(&statement, "by_model")? });
        sheets.push(Sheet { name: "By key", file: "by-key", table: usage(&statement, "by_key")? });
    }
    sheets.push(Sheet { name: "Sources", file: "sources", table: sources(document) });
    sheets.push(Sheet { name: "Laws", file: "laws", table: laws(document) });
    sheets.retain(|sheet| !sheet.table.rows.is_empty());
    Ok(sheets)
}

/// An object of the document, and where it stands.
struct Part<'a> {
    value: &'a Value,
    place: String,
}

impl<'a> Part<'a> {
    fn part(&self, name: &str) -> Option<Part<'a>> {
        let value = self.value.get(name).filter(|v| v.is_object())?;
        Some(Part { value, place: self.place_of(name) })
    }

    fn list(&self, name: &str) -> Vec<Part<'a>> {
        let items = self.value.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let place = self.place_of(name);
        items.iter().enumerate().map(|(i, value)| Part { value, place: format!("{place}[{i}]") }).collect()
    }

    fn place_of(&self, name: &str) -> String {
        if self.place.is_empty() { name.to_owned() } else { format!("{}.{name}", self.place) }
    }

    fn text(&self, name: &str) -> Cell {
        match self.value.get(name) {
            Some(Value::String(text)) => Cell::from(text.as_str()),
            Some(Value::Number(number)) => Cell::text(number.to_string()),
            _ => Cell::Empty,
        }
    }

    /// A whole number.
    fn count(&self, name: &str) -> Cell {
        let value = self.value.get(name);
        value.and_then(Value::as_i64).map_or_else(|| self.text(name), Cell::Count)
    }

    /// A decimal in a string; absent is an empty cell.
    fn amount(&self, name: &str) -> Result<Cell, DocumentTableError> {
        let Some(text) = self.value.get(name).and_then(Value::as_str) else { return Ok(Cell::Empty) };
        let fault = || DocumentTableError::Amount { place: self.place_of(name), text: text.to_owned() };
        text.parse::<Amount>().map(Cell::Amount).map_err(|_| fault())
    }

    /// `2026-10`, of a period given as its name or as an object.
    fn period(&self) -> Cell {
        match self.part("period") {
            Some(period) => period.text("name"),
            None => self.text("period"),
        }
    }

    /// `1 credit = 0.00001 EUR since 2026-01-01T00:00:00Z`, one after the other.
    fn rates(&self) -> Cell {
        let one = |rate: &Part<'_>| {
            let [of, amount, unit, from] = ["of", "amount", "unit", "from"].map(|name| rate.text(name).plain());
            let since = if from.is_empty() { String::new() } else { format!(" since {from}") };
            format!("1 {of} = {amount} {unit}{since}")
        };
        let rates = self.list("rate");
        if rates.is_empty() {
            self.text("rate")
        } else {
            Cell::from(rates.iter().map(one).collect::<Vec<_>>().join(", "))
        }
    }
}

fn facts(document: &Part<'_>) -> Table {
    let mut table = Table::new(&["what", "value"]);
    let mut push = |what: String, value: Cell| {
        if value != Cell::Empty {
            table.push(vec![Cell::text(what), value]);
        }
    };
    for name in
        ["kind", "basis", "status", "number", "issued_on", "due_on", "terms_days", "currency", "corrects", "reason"]
    {
        push(name.replace('_', " "), document.text(name));
    }
    for (party, names) in [
        ("period", &["name", "from", "until", "zone"][..]),
        ("issuer", &["name", "street", "postcode", "city", "country", "tax_id", "registration", "email"]),
        ("customer", &["account_id", "name", "street", "postcode", "city", "country", "tax_id", "email"]),
        ("statement", &["wallet", "unit"]),
    ] {
        if let Some(part) = document.part(party) {
            names.iter().for_each(|name| push(format!("{party} {}", name.replace('_', " ")), part.text(name)));
        }
    }
    table
}

fn lines(document: &Part<'_>) -> Result<Table, DocumentTableError> {
    let mut table = Table::new(&[
        "position",
        "text",
        "kind",
        "model",
        "endpoint",
        "period",
        "calls",
        "input_tokens",
        "output_tokens",
        "usage",
        "unit",
        "rate",
        "net",
        "drift",
        "currency",
    ]);
    let currency = document.text("currency");
    for line in document.list("lines") {
        table.push(vec![
            line.count("position"),
            line.text("text"),
            line.text("kind"),
            line.text("model"),
            line.text("endpoint"),
            line.period(),
            line.count("quantity_calls"),
            line.count("input_tokens"),
            line.count("output_tokens"),
            line.amount("usage_amount")?,
            line.text("unit"),
            line.rates(),
            line.amount("net")?,
            line.amount("drift")?,
            currency.clone(),
        ]);
    }
    Ok(table)
}

/// The way from the sum of the lines to what is to be paid; what is taken off is negative.
fn totals(document: &Part<'_>) -> Result<Table, DocumentTableError> {
    let mut table = Table::new(&["what", "percent", "base", "amount", "currency"]);
    let currency = document.text("currency");
    let mut push = |what: Cell, percent: Cell, base: Cell, amount: Cell| {
        if amount != Cell::Empty {
            table.push(vec![what, percent, base, amount, currency.clone()]);
        }
    };
    let plain = |name: &str| Ok::<_, DocumentTableError>((Cell::text(name.replace('_', " ")), document.amount(name)?));
    let (what, amount) = plain("subtotal")?;
    push(what, Cell::Empty, Cell::Empty, amount);
    for step in document.list("discounts") {
        push("volume discount".into(), step.amount("percent")?, step.amount("base")?, negative(step.amount("amount")?));
    }
    for name in ["commitment", "net"] {
        let (what, amount) = plain(name)?;
        push(what, Cell::Empty, Cell::Empty, amount);
    }
    for tax in document.list("tax") {
        let what = Cell::text(format!("tax {}", tax.text("category").plain()));
        push(what, tax.amount("percent")?, tax.amount("base")?, tax.amount("amount")?);
    }
    for name in ["total", "paid", "payable", "rounding_drift"] {
        let (what, amount) = plain(name)?;
        push(what, Cell::Empty, Cell::Empty, if name == "paid" { negative(amount) } else { amount });
    }
    Ok(table)
}

fn negative(cell: Cell) -> Cell {
    match cell {
        Cell::Amount(amount) => Cell::Amount(-amount),
        other => other,
    }
}

fn movements(statement: &Part<'_>) -> Result<Table, DocumentTableError> {
    let mut table = Table::new(&["kind", "count", "amount", "unit"]);
    let unit = statement.text("unit");
    let mut push = |kind: Cell, count: Cell, amount: Cell| {
        if amount != Cell::Empty {
            table.push(vec![kind, count, amount, unit.clone()]);
        }
    };
    push("opening".into(), Cell::Empty, statement.amount("opening")?);
    for movement in statement.list("movements") {
        push(movement.text("kind"), movement.count("count"), movement.amount("amount")?);
    }
    push("not explained".into(), Cell::Empty, statement.amount("residual")?);
    push("closing".into(), Cell::Empty, statement.amount("closing")?);
    Ok(table)
}

fn proposed(statement: &Part<'_>) -> Result<Table, DocumentTableError> {
    let mut table = Table::new(&["cause", "calls", "amount", "unit"]);
    let unit = statement.text("unit");
    for row in statement.list("proposed") {
        table.push(vec![row.text("cause"), row.count("calls"), row.amount("amount")?, unit.clone()]);
    }
    Ok(table)
}

fn usage(statement: &Part<'_>, member: &str) -> Result<Table, DocumentTableError> {
    let head = member.trim_start_matches("by_");
    let mut table = Table::new(&[head, "calls", "input_tokens", "output_tokens", "amount", "unit"]);
    let unit = statement.text("unit");
    for row in statement.list(member) {
        table.push(vec![
            row.text("name"),
            row.count("calls"),
            row.count("input_tokens"),
            row.count("output_tokens"),
            row.amount("amount")?,
            unit.clone(),
        ]);
    }
    Ok(table)
}

fn sources(document: &Part<'_>) -> Table {
    let mut table = Table::new(&["job", "period", "revision", "digest"]);
    for source in document.list("sources") {
        table.push(vec![source.text("job"), source.text("period"), source.count("revision"), source.text("digest")]);
    }
    table
}

fn laws(document: &Part<'_>) -> Table {
    let mut table = Table::new(&["name", "left", "right"]);
    for law in document.list("laws") {
        table.push(["name", "left", "right"].map(|name| law.text(name)).to_vec());
    }
    table
}

#[cfg(test)]
mod tests;
