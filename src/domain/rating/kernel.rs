//! A batch of calls, rated: names and times are resolved once for each kind of call that occurs, what
//! is left for a row is integer arithmetic.

use std::ops::Range;

use super::arithmetic::Quantities;
use super::call_attributes::{AttributeColumns, CallAttributes};
use super::charges::{ChargeKind, Charges, ChargesBuilder};
use super::compiled_prices::{ChargeMethod, CompiledPrices, PriceLevel};
use super::outcome_flags::OutcomeFlags;
use super::price_intervals::{IntervalFinder, PriceIntervals};
use super::pricing_context::PricingContext;
use super::pricing_keys::PricingKeys;
use super::rater::Rater;
use super::types::{Assignment, ChargeStatus, Unpriced, Zero};
use crate::domain::call::{Calls, METERS, Meter};
use crate::domain::money::Amount;

/// Prices every call of a batch with the book assigned to it (the first, where none is).
pub fn rate(raters: &[Rater], calls: &Calls, assignment: &Assignment) -> Charges {
    rate_with(raters, calls, assignment, 1 << 16)
}

/// As [`rate`]; `dense` is how many combinations of names get a number in advance.
pub(super) fn rate_with(raters: &[Rater], calls: &Calls, assignment: &Assignment, dense: usize) -> Charges {
    let used: Vec<usize> = calls.meters().map(Meter::index).collect();
    // A row's products are taken over as many columns as the first of these widths that suffices.
    match used.len() {
        0..=2 => Pass::<2>::new(raters, calls, assignment, dense, used).rate(),
        3..=4 => Pass::<4>::new(raters, calls, assignment, dense, used).rate(),
        5..=6 => Pass::<6>::new(raters, calls, assignment, dense, used).rate(),
        7..=8 => Pass::<8>::new(raters, calls, assignment, dense, used).rate(),
        _ => Pass::<METERS>::new(raters, calls, assignment, dense, used).rate(),
    }
}

/// Rows done in one go, step by step; their intermediate results and levels stay close.
const STRETCH: usize = 256;

/// A column's quantities of a range.
type Tile = [i64; STRETCH];
static NOTHING: Tile = [0; STRETCH];

const UNRESOLVED: u32 = u32::MAX;

struct Pass<'a, const WIDTH: usize> {
    raters: &'a [Rater],
    calls: &'a Calls,
    attributes: AttributeColumns<'a>,
    assignment: &'a Assignment,
    finders: Vec<IntervalFinder<'a>>,
    intervals: PriceIntervals,
    /// Of rows that are charged already, the kind of charge stands in the place of the key.
    keys: PricingKeys,
    flags: OutcomeFlags,
    /// By interval and key, where `prices` has what such rows are charged by.
    places: Vec<u32>,
    prices: CompiledPrices<WIDTH>,
    /// The instants versions are chosen by, for each book.
    instants: Vec<&'a [i64]>,
    /// Meters with a quantity somewhere in the batch, and their columns.
    used: Vec<usize>,
    columns: Vec<&'a [i64]>,
    /// Columns that add up to the total input.
    inputs: Vec<&'a [i64]>,
    /// The last range is shorter: its quantities, and zeros.
    rest: Vec<Tile>,
    charges: ChargesBuilder,
}

/// Which level each row of a range is charged by.
type RowLevels = [u32; STRETCH];

impl<'a, const WIDTH: usize> Pass<'a, WIDTH> {
    fn new(
        raters: &'a [Rater],
        calls: &'a Calls,
        assignment: &'a Assignment,
        dense: usize,
        used: Vec<usize>,
    ) -> Pass<'a, WIDTH> {
        let quantities = calls.quantities().map(|column| &column.values()[..]);
        let is_input = |m: &usize| Meter::INPUTS.iter().any(|i| i.index() == *m);
        let inputs = used.iter().filter(|m| is_input(m)).map(|m| quantities[*m]).collect();
        let (started, ended) = (&calls.started_at().values()[..], &calls.ended_at().values()[..]);
        let instants: Vec<&[i64]> = raters.iter().map(|r| r.book().header.price_at.of(started, ended)).collect();
        let finders = raters.iter().enumerate().map(|(book, rater)| IntervalFinder::new(book, rater, instants[book]));
        let keys = PricingKeys::new(raters, calls, assignment, dense);
        // Of a day or so: each key under one version and the next. More keys may be counted than occur.
        let kinds = keys.count.saturating_mul(2).min(calls.len() / 8);
        Pass {
            raters,
            calls,
            attributes: AttributeColumns::of(calls),
            assignment,
            finders: finders.collect(),
            intervals: PriceIntervals::default(),
            keys,
            flags: OutcomeFlags::new(calls),
            places: Vec::new(),
            prices: CompiledPrices::with_capacity(kinds, used.clone()),
            instants,
            columns: used.iter().map(|m| quantities[*m]).collect(),
            used,
            inputs,
            rest: Vec::new(),
            charges: ChargesBuilder::with_capacity(calls.len(), kinds),
        }
    }

    fn rate(mut self) -> Charges {
        for start in (0..self.calls.len()).step_by(STRETCH) {
            let rows = start..self.calls.len().min(start + STRETCH);
            let mut levels = [0; STRETCH];
            for (row, level) in rows.clone().zip(&mut levels) {
                *level = self.level(row);
            }
            self.charge_rows(rows, &levels);
        }
        self.charges.finish(self.keys.of_row)
    }

    fn charge_rows(&mut self, rows: Range<usize>, levels: &RowLevels) {
        let mut amounts = [Amount::ZERO; STRETCH];
        let count = rows.len().min(STRETCH);
        let mut rest = std::mem::take(&mut self.rest);
        if count < STRETCH {
            rest = self.columns.iter().map(|column| padded(&column[rows.clone()])).collect();
        }
        let mut tiles: [&Tile; WIDTH] = [&NOTHING; WIDTH];
        for (k, tile) in tiles.iter_mut().enumerate().take(self.columns.len()) {
            let whole = self.columns[k].get(rows.clone()).and_then(|part| <&Tile>::try_from(part).ok());
            *tile = whole.unwrap_or_else(|| &rest[k]);
        }
        // Asked for in a loop of their own, levels that lie far from the processor come to it side by side.
        for (kind, level) in self.keys.of_row[rows.clone()].iter_mut().zip(levels) {
            *kind = self.prices.levels[*level as usize].kind;
        }
        for i in 0..count {
            let level = &self.prices.levels[levels[i] as usize];
            let charged = match level.method {
                ChargeMethod::Fixed => continue,
                ChargeMethod::Full(prices) => self.charge_in_full(rows.start + i, level, prices),
                ChargeMethod::Plain(steps) => match self.plain(&tiles, i, level, steps) {
                    Some(amount) => Ok(amount),
                    None => self.charge_alone(rows.start + i, level),
                },
            };
            match charged {
                Ok(amount) => amounts[i] = amount,
                Err(why) => {
                    let row = rows.start + i;
                    self.keys.of_row[row] = self.unpriced(self.keys.of_row[row], why);
                }
            }
        }
        self.rest = Vec::new();
        self.charges.extend(&amounts[..count]);
    }

    /// `None` where the row has a quantity without a price, or too large an amount.
    #[inline]
    fn plain(&self, tiles: &[&Tile; WIDTH], i: usize, level: &PriceLevel<WIDTH>, steps: u32) -> Option<Amount> {
        let (mut sum, mut used) = (i128::from(level.base), i64::from(level.implies_request));
        for (tile, price) in tiles.iter().zip(&level.prices) {
            // Prices are below 2^55, so that the products of all meters stay within 128 bits.
            sum = sum.wrapping_add(i128::from(tile[i]) * i128::from(*price));
            used |= tile[i];
        }
        if level.unknown != 0 && tiles.iter().enumerate().any(|(k, tile)| level.unknown >> k & 1 == 1 && tile[i] != 0) {
            return None;
        }
        self.prices.steps[steps as usize].finish(sum, used != 0)
    }

    /// A row with a quantity without a price, or with more digits than its plain prices can sum.
    #[cold]
    fn charge_alone(&self, row: usize, level: &PriceLevel<WIDTH>) -> Result<Amount, Unpriced> {
        let unknown = |k: &usize| level.unknown >> k & 1 == 1 && self.columns[*k][row] != 0;
        if let Some(k) = (0..self.columns.len()).find(unknown) {
            return Err(Unpriced::NoRate(Meter::ALL[self.used[k]]));
        }
        let attributes = CallAttributes::of_row(self.calls, row, self.assignment.group_of(row));
        match self.raters[self.book(row)].price(&attributes, &[]) {
            Ok(quote) => Ok(quote.amount),
            Err(ChargeStatus::Unpriced(why)) => Err(why),
            Err(_) => Err(Unpriced::Overflow),
        }
    }

    fn charge_in_full(&self, row: usize, level: &PriceLevel<WIDTH>, prices: u32) -> Result<Amount, Unpriced> {
        let mut quantities: Quantities = [0; METERS];
        for (meter, column) in self.used.iter().zip(&self.columns) {
            quantities[*meter] = column[row];
        }
        self.prices.charge_in_full(prices, level.implies_request, quantities)
    }

    #[cold]
    fn unpriced(&mut self, kind: u32, why: Unpriced) -> u32 {
        let priced = self.charges.kind_of(kind).clone();
        self.charges.number(ChargeKind { status: ChargeStatus::Unpriced(why), ..priced })
    }

    /// The level that a row is charged by.
    #[inline]
    fn level(&mut self, row: usize) -> u32 {
        let book = self.book(row);
        let Some(finder) = self.finders.get_mut(book) else {
            return self.fixed(ChargeKind {
                status: ChargeStatus::Unpriced(Unpriced::NoVersion),
                version: None,
                row: None,
            });
        };
        let interval = finder.at(self.instants[book][row], &mut self.intervals) as usize;
        if !self.flags.is_plain(row)
            && let Some(kind) = self.apart(row, book, interval)
        {
            return self.fixed(kind);
        }
        let place = self.place(row, interval);
        self.prices.level(place, || self.inputs.iter().fold(0i64, |sum, column| sum.saturating_add(column[row])))
    }

    #[cold]
    fn fixed(&mut self, kind: ChargeKind) -> u32 {
        let kind = self.charges.number(kind);
        self.prices.fix(kind)
    }

    #[inline]
    fn book(&self, row: usize) -> usize {
        self.assignment.book.get(row).map_or(0, |b| usize::from(*b))
    }

    /// The kind of a row that costs nothing whatever its price, or has nothing to price.
    fn apart(&mut self, row: usize, book: usize, interval: usize) -> Option<ChargeKind> {
        let book = self.raters[book].book();
        let empty = self.columns.iter().all(|column| column[row] == 0);
        if let Some(zero) = self.flags.zero(row, &book.header, empty) {
            let version = self.intervals.all[interval].version.map(|v| book.versions[v].id());
            return Some(ChargeKind { status: ChargeStatus::Zero(zero), version, row: None });
        }
        if self.flags.has_usage(row) {
            return None;
        }
        let place = self.place(row, interval);
        let level = self.prices.level(place, || 0);
        let kind = self.charges.kind_of(self.prices.levels[level as usize].kind);
        let free = ChargeStatus::Zero(Zero::FreeRow);
        let status = if kind.status == free { free } else { ChargeStatus::NoUsage };
        Some(ChargeKind { status, ..kind.clone() })
    }

    #[inline]
    fn place(&mut self, row: usize, interval: usize) -> u32 {
        let place = interval * self.keys.count + self.keys.of_row[row] as usize;
        match self.places.get(place) {
            Some(known) if *known != UNRESOLVED => *known,
            _ => self.resolve(row, interval, place),
        }
    }

    #[cold]
    fn resolve(&mut self, row: usize, interval: usize, place: usize) -> u32 {
        if self.places.len() <= place {
            self.places.resize((interval + 1) * self.keys.count, UNRESOLVED);
        }
        let interval = &self.intervals.all[interval];
        let (rater, finder) = (&self.raters[interval.book], &self.finders[interval.book]);
        let group = self.assignment.group_of(row);
        let context = PricingContext::of_row(&self.attributes, row, group, &rater.book().header);
        let resolved = self.prices.resolve(rater, finder, interval, &context, &mut self.charges);
        self.places[place] = resolved;
        resolved
    }
}

fn padded(part: &[i64]) -> Tile {
    let mut tile = NOTHING;
    for (to, from) in tile.iter_mut().zip(part) {
        *to = *from;
    }
    tile
}
