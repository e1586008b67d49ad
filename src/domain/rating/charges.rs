//! Charges of a batch: an amount a row, and once for all rows alike what kind of charge it is.

use super::fast_hash::FastMap;
use super::types::{Charge, ChargeStatus, RowId};
use crate::domain::money::Amount;
use crate::domain::price::VersionId;

/// What charges have in common but for their amounts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ChargeKind {
    pub status: ChargeStatus,
    pub version: Option<VersionId>,
    pub row: Option<RowId>,
}

/// Charges of a batch, row-aligned with its calls.
#[derive(Clone, Debug, Default)]
pub struct Charges {
    kinds: Vec<ChargeKind>,
    /// Positions in `kinds`.
    kind: Vec<u32>,
    /// In the unit of the call's book; zero where there is none, see [`Charges::status`].
    pub amount: Vec<Amount>,
}

impl Charges {
    pub fn len(&self) -> usize {
        self.kind.len()
    }

    pub fn is_empty(&self) -> bool {
        self.kind.is_empty()
    }

    pub fn kind(&self, row: usize) -> &ChargeKind {
        &self.kinds[self.kind[row] as usize]
    }

    pub fn status(&self, row: usize) -> &ChargeStatus {
        &self.kind(row).status
    }

    pub fn version(&self, row: usize) -> Option<VersionId> {
        self.kind(row).version
    }

    /// The amount where there is one.
    pub fn expected(&self, row: usize) -> Option<Amount> {
        matches!(self.status(row), ChargeStatus::Priced | ChargeStatus::Zero(_)).then(|| self.amount[row])
    }

    pub fn get(&self, row: usize) -> Charge {
        let ChargeKind { status, version, row: id } = self.kind(row).clone();
        Charge { status, amount: self.expected(row), version, row: id }
    }

    /// The rows of another batch behind these.
    pub fn append(&mut self, more: Charges) {
        let mut all = ChargesBuilder::of(std::mem::take(&mut self.kinds));
        let numbers: Vec<u32> = more.kinds.into_iter().map(|kind| all.number(kind)).collect();
        self.kinds = all.charges.kinds;
        self.kind.extend(more.kind.into_iter().map(|kind| numbers[kind as usize]));
        self.amount.extend(more.amount);
    }

    /// The same charges, each in its place: that of the one at `i` is `places[i]`. Every place is named once.
    #[must_use]
    pub(crate) fn placed(self, places: &[u32]) -> Charges {
        let (mut kind, mut amount) = (vec![0; places.len()], vec![Amount::ZERO; places.len()]);
        for (at, place) in places.iter().map(|place| *place as usize).enumerate() {
            (kind[place], amount[place]) = (self.kind[at], self.amount[at]);
        }
        Charges { kinds: self.kinds, kind, amount }
    }

    /// Kind and amount of every row.
    pub fn rows(&self) -> impl Iterator<Item = (&ChargeKind, Amount)> {
        (0..self.len()).map(|row| (self.kind(row), self.amount[row]))
    }
}

impl FromIterator<(ChargeKind, Amount)> for Charges {
    fn from_iter<I: IntoIterator<Item = (ChargeKind, Amount)>>(rows: I) -> Charges {
        let mut charges = ChargesBuilder::default();
        let number = |(kind, amount)| {
            charges.extend(&[amount]);
            charges.number(kind)
        };
        let kinds = rows.into_iter().map(number).collect();
        charges.finish(kinds)
    }
}

/// Collects charges; kinds are numbered as they occur.
#[derive(Default)]
pub(super) struct ChargesBuilder {
    charges: Charges,
    numbers: FastMap<ChargeKind, u32>,
}

impl ChargesBuilder {
    /// For so many rows, of about so many kinds.
    pub(super) fn with_capacity(rows: usize, kinds: usize) -> ChargesBuilder {
        let (amount, numbers) =
            (Vec::with_capacity(rows), FastMap::with_capacity_and_hasher(kinds, Default::default()));
        ChargesBuilder { charges: Charges { amount, kinds: Vec::with_capacity(kinds), kind: Vec::new() }, numbers }
    }

    /// Goes on from kinds that are numbered already.
    fn of(kinds: Vec<ChargeKind>) -> ChargesBuilder {
        let numbers = kinds.iter().cloned().zip(0..).collect();
        ChargesBuilder { charges: Charges { kinds, ..Charges::default() }, numbers }
    }

    pub(super) fn number(&mut self, kind: ChargeKind) -> u32 {
        // A batch has at most 2^31 rows, and no more kinds than rows.
        let next = u32::try_from(self.charges.kinds.len()).unwrap_or(u32::MAX);
        *self.numbers.entry(kind).or_insert_with_key(|kind| {
            self.charges.kinds.push(kind.clone());
            next
        })
    }

    pub(super) fn kind_of(&self, number: u32) -> &ChargeKind {
        &self.charges.kinds[number as usize]
    }

    /// The amounts of further rows.
    pub(super) fn extend(&mut self, amounts: &[Amount]) {
        self.charges.amount.extend_from_slice(amounts);
    }

    /// `kind`: the number of each row's.
    pub(super) fn finish(self, kind: Vec<u32>) -> Charges {
        Charges { kind, ..self.charges }
    }
}
