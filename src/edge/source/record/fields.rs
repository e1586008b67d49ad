//! A row's fields, read as what they should be; a wrong one names itself.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::fmt;

use super::schema::{Schema, Slots};
use super::value::{Reason, Value};
use crate::domain::money::{Amount, Exact, UnitNames};
use crate::domain::period::{Instant, Zone};

/// Why a row is a reject: the field and what is wrong with it.
/// Boxed, so that what succeeds stays small.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault(Box<(Cow<'static, str>, Reason)>);

impl Fault {
    #[cold]
    pub(crate) fn new(field: impl Into<Cow<'static, str>>, reason: impl Into<Reason>) -> Fault {
        Fault(Box::new((field.into(), reason.into())))
    }

    /// The field, empty where it is the row as a whole, and the reason.
    pub(crate) fn into_parts(self) -> (Cow<'static, str>, Reason) {
        *self.0
    }

    /// The row as a whole is at fault.
    pub(crate) fn row(reason: impl Into<Reason>) -> Fault {
        Fault::new("", reason)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.0.as_ref() {
            "" => write!(f, "the row {}", self.0.1),
            field => write!(f, "{field} {}", self.0.1),
        }
    }
}

/// A row that happened at such an instant is no row of any real log: see [`Instant::EARLIEST_ROW`].
#[inline]
pub(crate) fn dated(field: &'static str, at: Instant) -> Result<(), Fault> {
    if at >= Instant::EARLIEST_ROW { Ok(()) } else { Err(undated(field)) }
}

#[cold]
fn undated(field: &'static str) -> Fault {
    let from = Instant::EARLIEST_ROW;
    Fault::new(field, format!("lies before {from}: it is the zero of a clock, no time; write when it happened"))
}

const NO_UNIT: &str = "is no unit: a currency's code of ISO 4217, or a name that [[unit]] in trueup.toml declares";

/// One row, whatever its format.
pub(crate) struct Fields<'s, 'a> {
    pub(crate) slots: &'s Slots<'a>,
    pub(crate) schema: &'static Schema,
    pub(crate) zone: Option<Zone>,
    /// Amounts of this row that were rounded to 18 places.
    pub(crate) rounded: Cell<u64>,
    /// What they were before.
    pub(crate) unrounded: RefCell<Vec<Exact>>,
}

impl<'a> Fields<'_, 'a> {
    #[inline]
    pub(crate) fn raw(&self, slot: u8) -> Value<'a> {
        self.slots.get(slot)
    }

    pub(crate) fn fault(&self, slot: u8, reason: impl Into<Reason>) -> Fault {
        Fault::new(self.schema.name_of(slot), reason)
    }

    #[inline]
    fn read<T>(&self, slot: u8, read: impl FnOnce(Value<'a>) -> Result<Option<T>, Reason>) -> Result<Option<T>, Fault> {
        match self.raw(slot) {
            Value::Absent => Ok(None),
            value => read(value).map_err(|reason| self.fault(slot, reason)),
        }
    }

    fn require<T>(&self, slot: u8, value: Option<T>) -> Result<T, Fault> {
        value.ok_or_else(|| match self.raw(slot) {
            Value::Absent => self.fault(slot, "is missing"),
            _ => self.fault(slot, "is empty"),
        })
    }

    #[inline]
    pub(crate) fn cow(&self, slot: u8) -> Result<Option<Cow<'a, str>>, Fault> {
        self.read(slot, Value::text)
    }

    #[inline]
    pub(crate) fn text(&self, slot: u8) -> Result<Option<String>, Fault> {
        Ok(self.cow(slot)?.map(Cow::into_owned))
    }

    pub(crate) fn required_cow(&self, slot: u8) -> Result<Cow<'a, str>, Fault> {
        let text = self.cow(slot)?.filter(|text| !text.trim().is_empty());
        self.require(slot, text)
    }

    pub(crate) fn required_text(&self, slot: u8) -> Result<String, Fault> {
        Ok(self.required_cow(slot)?.into_owned())
    }

    /// A unit, by the name it has everywhere.
    pub(crate) fn unit(&self, slot: u8, names: &UnitNames) -> Result<Option<Cow<'a, str>>, Fault> {
        let Some(word) = self.cow(slot)? else { return Ok(None) };
        let named = match &word {
            Cow::Borrowed(word) => names.named(word),
            Cow::Owned(word) => names.named(word).map(|unit| Cow::Owned(unit.into_owned())),
        };
        named.map(Some).ok_or_else(|| self.fault(slot, NO_UNIT))
    }

    pub(crate) fn required_unit(&self, slot: u8, names: &UnitNames) -> Result<Cow<'a, str>, Fault> {
        self.required_cow(slot)?;
        let unit = self.unit(slot, names)?;
        self.require(slot, unit)
    }

    pub(crate) fn amount(&self, slot: u8) -> Result<Option<Amount>, Fault> {
        let read = self.read(slot, Value::amount)?;
        Ok(read.map(|(amount, rounded)| {
            if rounded {
                self.rounded.set(self.rounded.get() + 1);
                if let Value::Number(text) | Value::Cell(text) = self.raw(slot) {
                    self.unrounded.borrow_mut().extend(text.parse::<Exact>());
                }
            }
            amount
        }))
    }

    /// An amount, and whether it had more places than amounts have.
    pub(crate) fn required_amount_cut(&self, slot: u8) -> Result<(Amount, bool), Fault> {
        let before = self.rounded.get();
        let amount = self.required_amount(slot)?;
        Ok((amount, self.rounded.get() > before))
    }

    pub(crate) fn required_amount(&self, slot: u8) -> Result<Amount, Fault> {
        let amount = self.amount(slot)?;
        self.require(slot, amount)
    }

    #[inline]
    pub(crate) fn count(&self, slot: u8) -> Result<Option<i64>, Fault> {
        self.read(slot, Value::count)
    }

    /// A whole number >= 0 that fits a smaller type.
    pub(crate) fn small<T: TryFrom<i64>>(&self, slot: u8) -> Result<Option<T>, Fault> {
        let Some(count) = self.count(slot)? else { return Ok(None) };
        T::try_from(count).map(Some).map_err(|_| self.fault(slot, "is too large"))
    }

    pub(crate) fn whole(&self, slot: u8) -> Result<Option<i64>, Fault> {
        self.read(slot, Value::whole)
    }

    #[inline]
    pub(crate) fn instant(&self, slot: u8) -> Result<Option<Instant>, Fault> {
        self.read(slot, |value| value.instant(self.zone))
    }

    pub(crate) fn required_instant(&self, slot: u8) -> Result<Instant, Fault> {
        let instant = self.instant(slot)?;
        self.require(slot, instant)
    }

    pub(crate) fn boolean(&self, slot: u8) -> Result<Option<bool>, Fault> {
        self.read(slot, Value::boolean)
    }

    pub(crate) fn texts(&self, slot: u8) -> Result<Vec<String>, Fault> {
        self.raw(slot).texts().map_err(|reason| self.fault(slot, reason))
    }

    /// One of a few names.
    pub(crate) fn one_of<T>(
        &self,
        slot: u8,
        meaning: impl FnOnce(&str) -> Option<T>,
        names: &'static str,
    ) -> Result<Option<T>, Fault> {
        let Some(text) = self.cow(slot)? else { return Ok(None) };
        meaning(&text).map(Some).ok_or_else(|| self.fault(slot, names))
    }

    /// The end of a span must lie after its start.
    pub(crate) fn in_order(&self, start: Option<Instant>, end: Option<Instant>, slot: u8) -> Result<(), Fault> {
        match (start, end) {
            (Some(start), Some(end)) if end <= start => Err(self.fault(slot, "does not lie after the start")),
            _ => Ok(()),
        }
    }
}
