//! What a file of the operator's ledger or parties is read under.

use std::sync::Arc;

use crate::domain::money::UnitNames;
use crate::domain::period::Zone;
use crate::edge::source::record::format::{ReadContext, RowFormat};

/// What a file of the ledger looks like, and what its rows are.
pub type LedgerFormat<T> = RowFormat<LedgerContext, T>;

/// What a file of postings, balances, accounts or keys is read under.
#[derive(Clone, Debug, Default)]
pub struct LedgerContext {
    pub zone: Option<Zone>,
    pub file: u32,
    /// The format asked for; absent, or none of what the file may hold: told by the file's members.
    pub format: Option<&'static str>,
    /// Unit of a balance whose file names none (a subscription's JSON).
    pub unit: Option<String>,
    /// What a column may name as a unit.
    pub units: Arc<UnitNames>,
    /// The file's own name, without its folder: `ACCOUNT@INSTANT.json` says whose balance it is.
    pub name: String,
}

impl ReadContext for LedgerContext {
    fn format(&self) -> Option<&'static str> {
        self.format
    }

    fn zone(&self) -> Option<Zone> {
        self.zone
    }

    fn file_name(&self) -> &str {
        &self.name
    }

    fn in_unit(&self, unit: &'static str) -> LedgerContext {
        let unit = self.unit.clone().or_else(|| Some(unit.to_owned()));
        LedgerContext { unit, ..self.clone() }
    }
}
