//! What a file of calls is read under.

use std::sync::Arc;

use crate::domain::call::Call;
use crate::domain::money::UnitNames;
use crate::domain::period::Zone;
use crate::edge::source::record::format::{ReadContext, RowFormat};

/// What a gateway's log looks like, and what calls its rows are.
pub type CallFormat = RowFormat<CallContext, Call>;

/// The account of a call whose row names no one that could have made it.
pub(crate) const NO_ACCOUNT: &str = "(none)";

/// What a file of calls is read under.
#[derive(Clone, Debug, Default)]
pub struct CallContext {
    /// Name of the source, part of every call's identity.
    pub source: String,
    /// Unit of a charge whose row names none; absent: the price book's.
    pub unit: Option<String>,
    /// What a row may name as a unit.
    pub units: Arc<UnitNames>,
    /// Zone of times without an offset; absent: such a time is a reject.
    pub zone: Option<Zone>,
    /// The format asked for; absent: told by the file's members.
    pub format: Option<&'static str>,
    /// The version of the format that is declared, where it has several.
    pub version: Option<String>,
    /// The file's own name, without its folder.
    pub name: String,
    /// Index of the file in the ingest's list, kept in every row.
    pub file: u32,
}

impl ReadContext for CallContext {
    fn format(&self) -> Option<&'static str> {
        self.format
    }

    fn zone(&self) -> Option<Zone> {
        self.zone
    }

    fn file_name(&self) -> &str {
        &self.name
    }

    fn in_unit(&self, unit: &'static str) -> CallContext {
        let unit = self.unit.clone().or_else(|| Some(unit.to_owned()));
        CallContext { unit, ..self.clone() }
    }
}
