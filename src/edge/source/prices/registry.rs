//! Every format of price tables that is read. Adding one: a file beside this one, and its line in [`TABLES`].

use super::document::{self, Document};
use super::{PriceTable, TableError, genai, langfuse, litellm, portkey, ratios};
use crate::domain::price::{Charged, Header, NoVariant, Place, PriceAt, PriceBy};

/// Whose table it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableFormat {
    /// Our own, TOML.
    Trueup,
    /// Our own, a sheet with a price a line.
    Csv,
    LiteLlm,
    GenaiPrices,
    /// new-api and one-api.
    NewApi,
    Portkey,
    Langfuse,
}

/// One format of price tables: everything that names it reads this.
struct Entry {
    format: TableFormat,
    /// What `prices import` and `--book-format` call it.
    name: &'static str,
    /// Other names of it, such as that of a fork.
    aliases: &'static [&'static str],
    no_variant: NoVariant,
    /// What reads it; none for our own two, which are books already.
    read: Option<ReadTable>,
}

type ReadTable = fn(&Document<'_>) -> Result<PriceTable, TableError>;

impl Entry {
    const fn own(format: TableFormat, name: &'static str) -> Entry {
        Entry { format, name, aliases: &[], no_variant: NoVariant::Unpriced, read: None }
    }

    const fn foreign(format: TableFormat, name: &'static str, no_variant: NoVariant, read: ReadTable) -> Entry {
        Entry { format, name, aliases: &[], no_variant, read: Some(read) }
    }

    const fn also(self, aliases: &'static [&'static str]) -> Entry {
        Entry { aliases, ..self }
    }
}

/// In the order of [`TableFormat`].
static TABLES: [Entry; 7] = [
    Entry::own(TableFormat::Trueup, "trueup"),
    Entry::own(TableFormat::Csv, "csv"),
    Entry::foreign(TableFormat::LiteLlm, "litellm", NoVariant::HalfBatch, litellm::read).also(&["tokencost"]),
    Entry::foreign(TableFormat::GenaiPrices, "genai-prices", NoVariant::Row, genai::read),
    Entry::foreign(TableFormat::NewApi, "new-api", NoVariant::Row, ratios::read).also(&["one-api"]),
    Entry::foreign(TableFormat::Portkey, "portkey", NoVariant::Row, portkey::read),
    Entry::foreign(TableFormat::Langfuse, "langfuse", NoVariant::Row, langfuse::read),
];

impl TableFormat {
    fn entry(self) -> &'static Entry {
        &TABLES[self as usize]
    }

    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// By its name, or another name of it.
    pub fn from_name(name: &str) -> Option<TableFormat> {
        TABLES.iter().find(|entry| entry.name == name || entry.aliases.contains(&name)).map(|entry| entry.format)
    }

    /// The names of all, other names behind each.
    pub fn names() -> impl Iterator<Item = &'static str> {
        TABLES.iter().flat_map(|entry| std::iter::once(entry.name).chain(entry.aliases.iter().copied()))
    }

    /// What the system does where its table says nothing.
    pub fn header(self, id: &str) -> Header {
        Header {
            id: id.to_owned(),
            unit: "USD".to_owned(),
            price_at: PriceAt::Started,
            price_by: PriceBy::Billed,
            failed_calls: Charged::Free,
            cancelled_calls: Charged::Charged,
            cache_hits: Charged::Free,
            no_variant: self.entry().no_variant,
            rounding: None,
        }
    }
}

impl TableFormat {
    /// The format a text is in, told by the end of its name, else by what it begins with.
    pub fn of(name: &str, text: &str) -> TableFormat {
        let bare = [".zst", ".gz"].iter().fold(name, |name, end| name.strip_suffix(end).unwrap_or(name));
        if bare.ends_with(".csv") {
            return TableFormat::Csv;
        }
        let start = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
        // A list in JSON holds objects here; what else begins with a bracket is a TOML table.
        let is_list = start.strip_prefix('[').is_some_and(|rest| rest.trim_start().starts_with(['{', ']']));
        if bare.ends_with(".toml") || !(start.starts_with('{') || is_list) {
            return TableFormat::Trueup;
        }
        let head = &start[..start.floor_char_boundary(20_000)];
        let has = |name: &str| head.contains(&format!("\"{name}\""));
        if has("matchPattern") {
            TableFormat::Langfuse
        } else if start.starts_with('[') || has("api_pattern") {
            TableFormat::GenaiPrices
        } else if has("pricing_config") {
            TableFormat::Portkey
        } else if ["ModelRatio", "model_ratio", "GroupRatio", "ModelPrice", "model_price"].into_iter().any(has) {
            TableFormat::NewApi
        } else {
            TableFormat::LiteLlm
        }
    }
}

/// Reads a foreign table. `file` is named in places, nothing is opened.
///
/// # Errors
/// When the text as a whole is not what the format says. Our own two formats are no foreign tables.
pub fn read_table(format: TableFormat, text: &str, file: &str) -> Result<PriceTable, TableError> {
    match format.entry().read {
        Some(read) => read(&document::parse(text, file)?),
        None => Err(TableError {
            place: Place { file: file.to_owned(), line: 1 },
            message: "is a price book already".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_found_by_each_of_its_names() {
        for (at, entry) in TABLES.iter().enumerate() {
            assert_eq!((entry.format as usize, entry.format.name()), (at, entry.name));
            for name in [&[entry.name], entry.aliases].concat() {
                assert_eq!(TableFormat::from_name(name), Some(entry.format));
                assert!(TableFormat::names().any(|known| known == name));
            }
        }
    }
}
