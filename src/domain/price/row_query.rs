//! What a row is looked up by, and what a lookup answers.

/// What a row is looked up by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowQuery<'a> {
    pub model: &'a str,
    pub group: Option<&'a str>,
    pub provider: Option<&'a str>,
    pub endpoint: Option<&'a str>,
    pub region: Option<&'a str>,
}

/// Why no row was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotFound {
    NoRow,
    Tie,
}

/// A row, and which of its names answered; both are positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowRef {
    pub row: usize,
    pub name: usize,
}
