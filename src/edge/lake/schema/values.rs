//! Which cell a value is.

use std::sync::Arc;

use super::cell::{Cell, Column, Kind};
use crate::domain::ledger::PostingKind;
use crate::domain::money::Amount;
use crate::domain::period::Instant;
use crate::domain::reconcile::{Certainty, Class, Leg};

/// A value that fits one cell. An [`Option`] of one may be empty.
pub trait Value: Sized {
    const NULLABLE: bool = false;

    /// Hands its cell over; gives what the taker says.
    fn with_cell(&self, take: &mut dyn FnMut(Cell<'_>) -> bool) -> bool;

    /// # Errors
    /// What is wrong with the cell, after "row N".
    fn from_cell(cell: Cell<'_>) -> Result<Self, String>;
}

/// A column for a field, empty where the field's type can be.
pub fn column<R, V: Value>(name: &'static str, kind: Kind, _field: fn(&R) -> &V) -> Column {
    Column { name, kind, nullable: V::NULLABLE }
}

impl<V: Value> Value for Option<V> {
    const NULLABLE: bool = true;

    fn with_cell(&self, take: &mut dyn FnMut(Cell<'_>) -> bool) -> bool {
        match self {
            Some(value) => value.with_cell(take),
            None => take(Cell::Null),
        }
    }

    fn from_cell(cell: Cell<'_>) -> Result<Self, String> {
        match cell {
            Cell::Null => Ok(None),
            cell => V::from_cell(cell).map(Some),
        }
    }
}

fn other<T>(cell: Cell<'_>) -> Result<T, String> {
    match cell {
        Cell::Null => Err("is empty".to_owned()),
        cell => Err(format!("is {cell:?}")),
    }
}

macro_rules! plain {
    ($($type:ty, $cell:ident, $put:expr, $get:expr;)*) => { $(
        impl Value for $type {
            fn with_cell(&self, take: &mut dyn FnMut(Cell<'_>) -> bool) -> bool {
                let put: fn(&$type) -> _ = $put;
                take(Cell::$cell(put(self)))
            }

            fn from_cell(cell: Cell<'_>) -> Result<Self, String> {
                match cell {
                    Cell::$cell(v) => Ok($get(v)),
                    cell => other(cell),
                }
            }
        }
    )* };
}

plain! {
    Amount, Amount, |v| *v, std::convert::identity;
    Instant, Instant, |v| v.micros(), Instant::from_micros;
    i64, I64, |v| *v, std::convert::identity;
    u64, U64, |v| *v, std::convert::identity;
    u32, U32, |v| *v, std::convert::identity;
    bool, Bool, |v| *v, std::convert::identity;
    u128, Hash, |v| *v, std::convert::identity;
}

macro_rules! text {
    ($($type:ty),*) => { $(
        impl Value for $type {
            fn with_cell(&self, take: &mut dyn FnMut(Cell<'_>) -> bool) -> bool {
                take(Cell::Text(self))
            }

            fn from_cell(cell: Cell<'_>) -> Result<Self, String> {
                match cell {
                    Cell::Text(v) => Ok(v.into()),
                    cell => other(cell),
                }
            }
        }
    )* };
}

text!(String, Arc<str>);

macro_rules! named {
    ($($type:ty, $find:expr;)*) => { $(
        impl Value for $type {
            fn with_cell(&self, take: &mut dyn FnMut(Cell<'_>) -> bool) -> bool {
                take(Cell::Text(self.name()))
            }

            fn from_cell(cell: Cell<'_>) -> Result<Self, String> {
                let find: fn(&str) -> Option<$type> = $find;
                match cell {
                    Cell::Text(v) => find(v).ok_or_else(|| format!("is {v:?}, which is not known")),
                    cell => other(cell),
                }
            }
        }
    )* };
}

named! {
    PostingKind, PostingKind::from_name;
    Class, Class::from_name;
    Certainty, Certainty::from_name;
    Leg, |name| Leg::ALL.into_iter().find(|leg| leg.name() == name);
}

fn json<T: serde::Serialize>(value: &T, take: &mut dyn FnMut(Cell<'_>) -> bool) -> bool {
    serde_json::to_string(value).is_ok_and(|text| take(Cell::Text(&text)))
}

fn from_json<T: serde::de::DeserializeOwned>(cell: Cell<'_>) -> Result<T, String> {
    match cell {
        Cell::Text(v) => serde_json::from_str(v).map_err(|e| format!("is not a list: {e}")),
        cell => other(cell),
    }
}

macro_rules! list {
    ($($type:ty),*) => { $(
        impl Value for $type {
            fn with_cell(&self, take: &mut dyn FnMut(Cell<'_>) -> bool) -> bool {
                json(self, take)
            }

            fn from_cell(cell: Cell<'_>) -> Result<Self, String> {
                from_json(cell)
            }
        }
    )* };
}

list!(Vec<String>, Vec<(String, String)>);

/// Movements by kind: `[["usage","-1.5"]]`.
impl Value for Vec<(&'static str, Amount)> {
    fn with_cell(&self, take: &mut dyn FnMut(Cell<'_>) -> bool) -> bool {
        json(&self.iter().map(|(kind, amount)| (*kind, amount.to_string())).collect::<Vec<_>>(), take)
    }

    fn from_cell(cell: Cell<'_>) -> Result<Self, String> {
        let pairs: Vec<(String, String)> = from_json(cell)?;
        let read = |(kind, amount): &(String, String)| {
            let kind = PostingKind::from_name(kind).ok_or_else(|| format!("has the kind {kind:?}"))?;
            Ok((kind.name(), amount.parse().map_err(|e| format!("has {amount:?}, which {e}"))?))
        };
        pairs.iter().map(read).collect()
    }
}

/// Balances asserted: `[[1790812800000000,"12.5"]]`, instants in microseconds.
impl Value for Vec<(Instant, Amount)> {
    fn with_cell(&self, take: &mut dyn FnMut(Cell<'_>) -> bool) -> bool {
        json(&self.iter().map(|(at, amount)| (at.micros(), amount.to_string())).collect::<Vec<_>>(), take)
    }

    fn from_cell(cell: Cell<'_>) -> Result<Self, String> {
        let pairs: Vec<(i64, String)> = from_json(cell)?;
        let read = |(at, amount): &(i64, String)| {
            Ok((Instant::from_micros(*at), amount.parse().map_err(|e| format!("has {amount:?}, which {e}"))?))
        };
        pairs.iter().map(read).collect()
    }
}
