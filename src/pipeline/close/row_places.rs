//! Where rows lie in the lake: in which raw part, and at which place in it.

use std::collections::HashMap;

use crate::domain::call::Calls;
use crate::edge::lake::PartRef;
use crate::pipeline::error::AppError;

/// A row of a raw part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RowPlace {
    /// Which part, by its place in a list of parts.
    pub(crate) part: u32,
    /// Which row of the part, from 0.
    pub(crate) row: u32,
}

/// Raw parts that rows were read from, each listed once.
#[derive(Debug, Default)]
pub(crate) struct RawParts {
    list: Vec<PartRef>,
    numbers: HashMap<String, u32>,
}

impl RawParts {
    /// A part's place in the list; a part that is new goes to its end.
    pub(crate) fn number(&mut self, part: &PartRef) -> u32 {
        if let Some(number) = self.numbers.get(&part.path) {
            return *number;
        }
        let number = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        self.list.push(part.clone());
        self.numbers.insert(part.path.clone(), number);
        number
    }
}

/// Parts numbered anew in the order they are first named; those that nothing names are left out, so a
/// sealed day lists no part that it has no row of.
#[derive(Debug)]
pub(crate) struct NamedParts<'a> {
    from: &'a [PartRef],
    numbers: Vec<Option<u32>>,
    list: Vec<PartRef>,
}

impl<'a> NamedParts<'a> {
    pub(crate) fn of(parts: &'a RawParts) -> NamedParts<'a> {
        NamedParts { from: &parts.list, numbers: vec![None; parts.list.len()], list: Vec::new() }
    }

    pub(crate) fn name(&mut self, part: u32) -> u32 {
        let (from, list) = (self.from, &mut self.list);
        *self.numbers[part as usize].get_or_insert_with(|| {
            list.push(from[part as usize].clone());
            u32::try_from(list.len() - 1).unwrap_or(u32::MAX)
        })
    }

    pub(crate) fn finish(self) -> Vec<PartRef> {
        self.list
    }
}

/// Calls, and where each of their rows lies.
#[derive(Debug)]
pub(crate) struct LocatedCalls {
    pub(crate) calls: Calls,
    pub(crate) places: Vec<RowPlace>,
}

impl LocatedCalls {
    /// The rows named, which are in order; where all are, nothing is copied.
    pub(crate) fn take(self, rows: &[u32]) -> Result<LocatedCalls, AppError> {
        if rows.len() == self.calls.len() {
            return Ok(self);
        }
        let places = rows.iter().map(|row| self.places[*row as usize]).collect();
        Ok(LocatedCalls { calls: self.calls.take(rows).map_err(AppError::internal)?, places })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str) -> PartRef {
        let text = || name.to_owned();
        PartRef { path: text(), table: text(), partition: text(), rows: 1, bytes: 1, sha256: text() }
    }

    #[test]
    fn only_parts_that_are_named_are_listed() {
        let mut parts = RawParts::default();
        assert_eq!(["a", "b", "a", "c"].map(|name| parts.number(&part(name))), [0, 1, 0, 2]);
        let mut named = NamedParts::of(&parts);
        assert_eq!([2, 0, 2, 0].map(|number| named.name(number)), [0, 1, 0, 1]);
        assert_eq!(named.finish(), [part("c"), part("a")]);
    }
}
