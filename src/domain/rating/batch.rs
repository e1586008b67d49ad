//! A batch of calls, rated: names and times are resolved once for each kind of call that occurs, what
//! is left for a row is integer arithmetic.

use std::ops::Range;

use arrow::array::Array;

use super::arithmetic::{Finish, Plain, Prices, Quantities};
use super::asked::Asked;
use super::cell::Setting;
use super::moments::{Clock, Moments};
use super::rater::{Rater, version_multipliers, zero_of};
use super::shapes::Shapes;
use super::types::{Assignment, ChargeStatus, Charges, Facts, RowId, Unpriced, Zero};
use crate::domain::call::{Bits, Calls, METERS, Meter, Outcome};
use crate::domain::money::Amount;
use crate::domain::price::{PriceAt, VersionId, Window};

/// Prices every call of a batch with the book assigned to it (the first, where none is).
pub fn rate(raters: &[Rater], calls: &Calls, assignment: &Assignment) -> Charges {
    rate_with(raters, calls, assignment, 1 << 16)
}

/// As [`rate`]; `dense` is how many combinations of names get a number in advance.
pub(super) fn rate_with(raters: &[Rater], calls: &Calls, assignment: &Assignment, dense: usize) -> Charges {
    let mut pass = Pass::new(raters, calls, assignment, dense);
    let mut charges = Charges::with_capacity(calls.len());
    for start in (0..calls.len()).step_by(STRETCH) {
        pass.rate_rows(start..calls.len().min(start + STRETCH), &mut charges);
    }
    charges
}

/// Rows done in one go, step by step; their intermediate results stay close.
const STRETCH: usize = 1024;

/// What a row is, apart from its names: why it might cost nothing, or have nothing to price.
mod manner {
    pub(super) const ERROR: u8 = 1;
    pub(super) const CANCELLED: u8 = 2;
    pub(super) const CACHE_HIT: u8 = 4;
    pub(super) const NO_USAGE: u8 = 8;
    /// A status that is a refusal where nothing was used.
    pub(super) const REFUSED: u8 = 16;
}

const UNRESOLVED: u32 = u32::MAX;
/// In place of a cell: the row is settled without one.
const APART: u32 = u32::MAX;

/// What calls of one kind cost at one moment.
struct Resolved {
    version: Option<VersionId>,
    row: Option<RowId>,
    kind: Kind,
}

enum Kind {
    Unpriced(Unpriced),
    Free,
    /// Total inputs from which the next level holds, and the levels: one more than thresholds.
    Priced {
        thresholds: Vec<i64>,
        levels: Vec<Result<Level, Unpriced>>,
    },
}

struct Level {
    plain: Option<Plain>,
    prices: Prices,
    implies_request: bool,
}

struct Pass<'a> {
    raters: &'a [Rater],
    calls: &'a Calls,
    assignment: &'a Assignment,
    clocks: Vec<Clock<'a>>,
    moments: Moments,
    /// By moment and shape, positions in `resolved`.
    cells: Vec<Vec<u32>>,
    resolved: Vec<Resolved>,
    shapes: Shapes,
    manners: Vec<u8>,
    /// The instants versions are chosen by, for each book.
    instants: Vec<&'a [i64]>,
    /// Meters with a quantity somewhere in the batch, and their columns.
    used: Vec<usize>,
    columns: Vec<&'a [i64]>,
    /// Columns that add up to the total input.
    used_inputs: Vec<&'a [i64]>,
    /// The meters used and requests, which may be implied.
    priced: Vec<usize>,
}

impl<'a> Pass<'a> {
    fn new(raters: &'a [Rater], calls: &'a Calls, assignment: &'a Assignment, dense: usize) -> Pass<'a> {
        let quantities = calls.quantities().map(|column| &column.values()[..]);
        let used: Vec<usize> = (0..METERS).filter(|m| any(quantities[*m])).collect();
        let mut priced = used.clone();
        let request = Meter::Request.index();
        if let Err(place) = priced.binary_search(&request) {
            priced.insert(place, request);
        }
        let is_input = |m: &usize| Meter::INPUTS.iter().any(|i| i.index() == *m);
        let used_inputs = used.iter().filter(|m| is_input(m)).map(|m| quantities[*m]).collect();
        let instants = raters.iter().map(|r| match r.book().header.price_at {
            PriceAt::Started => &calls.started_at().values()[..],
            PriceAt::Ended => &calls.ended_at().values()[..],
        });
        Pass {
            raters,
            calls,
            assignment,
            clocks: raters.iter().enumerate().map(|(book, rater)| Clock::new(book, rater)).collect(),
            moments: Moments::default(),
            cells: Vec::new(),
            resolved: Vec::new(),
            shapes: Shapes::new(raters, calls, assignment, dense),
            manners: manners(calls),
            instants: instants.collect(),
            columns: used.iter().map(|m| quantities[*m]).collect(),
            used,
            used_inputs,
            priced,
        }
    }

    fn rate_rows(&mut self, rows: Range<usize>, charges: &mut Charges) {
        let mut cells = [APART; STRETCH];
        self.find_cells(rows.clone(), &mut cells);
        for (row, cell) in rows.zip(cells) {
            if cell == APART {
                self.settle_apart(row, charges);
                continue;
            }
            let Resolved { version, row: id, kind } = &self.resolved[cell as usize];
            match kind {
                Kind::Priced { thresholds, levels } => {
                    let level = if thresholds.is_empty() { 0 } else { self.level(row, thresholds) };
                    match &levels[level] {
                        Ok(level) => match self.charge(row, level) {
                            Ok(amount) => charges.push(ChargeStatus::Priced, amount, *version, *id),
                            Err(why) => charges.push_unpriced(why, *version, *id),
                        },
                        Err(why) => charges.push_unpriced(why.clone(), *version, *id),
                    }
                }
                Kind::Free => charges.push(ChargeStatus::Zero(Zero::FreeRow), Amount::ZERO, *version, *id),
                Kind::Unpriced(why) => charges.push_unpriced(why.clone(), *version, *id),
            }
        }
    }

    /// What calls of each row's kind cost at its time, or [`APART`].
    fn find_cells(&mut self, rows: Range<usize>, cells: &mut [u32; STRETCH]) {
        for (row, cell) in rows.zip(cells) {
            if self.manners[row] != 0 && self.stands_apart(row) {
                continue;
            }
            let Some(moment) = self.moment(row) else {
                continue;
            };
            *cell = self.cell(row, moment);
        }
    }

    /// None where the row's book is not among the raters.
    #[inline]
    fn moment(&mut self, row: usize) -> Option<usize> {
        let book = self.book(row);
        let clock = self.clocks.get_mut(book)?;
        Some(clock.at(self.instants[book][row], &mut self.moments) as usize)
    }

    #[inline]
    fn book(&self, row: usize) -> usize {
        self.assignment.book.get(row).map_or(0, |b| usize::from(*b))
    }

    /// The context tier passed, 0 for none.
    #[inline]
    fn level(&self, row: usize, thresholds: &[i64]) -> usize {
        let input = self.used_inputs.iter().fold(0i64, |sum, column| sum.saturating_add(column[row]));
        thresholds.iter().filter(|least| **least <= input).count()
    }

    #[inline]
    fn charge(&self, row: usize, level: &Level) -> Result<Amount, Unpriced> {
        match level.plain.as_ref().and_then(|plain| plain.charge(&self.columns, row)) {
            Some(amount) => Ok(amount),
            None => self.charge_in_full(row, level),
        }
    }

    fn charge_in_full(&self, row: usize, level: &Level) -> Result<Amount, Unpriced> {
        let mut quantities: Quantities = [0; METERS];
        for (meter, column) in self.used.iter().zip(&self.columns) {
            quantities[*meter] = column[row];
        }
        let request = &mut quantities[Meter::Request.index()];
        if level.implies_request && *request == 0 {
            *request = 1;
        }
        level.prices.charge(&quantities, &self.priced)
    }

    /// Why a row costs nothing whatever its price.
    fn zero(&self, row: usize, book: usize) -> Option<Zero> {
        let manner = self.manners[row];
        let nothing_used = manner & manner::NO_USAGE != 0 || self.columns.iter().all(|column| column[row] == 0);
        let outcome = match manner {
            m if m & manner::ERROR != 0 => Outcome::Error,
            m if m & manner::CANCELLED != 0 => Outcome::Cancelled,
            _ => Outcome::Ok,
        };
        let refusal = manner & manner::REFUSED != 0 && nothing_used;
        let header = &self.raters.get(book)?.book().header;
        zero_of(header, refusal, outcome, manner & manner::CACHE_HIT != 0)
    }

    /// Whether a row costs nothing whatever its price, or has nothing to price.
    fn stands_apart(&self, row: usize) -> bool {
        self.manners[row] & manner::NO_USAGE != 0 || self.zero(row, self.book(row)).is_some()
    }

    #[cold]
    fn settle_apart(&mut self, row: usize, charges: &mut Charges) {
        let book = self.book(row);
        let Some(moment) = self.moment(row) else {
            charges.push_unpriced(Unpriced::NoVersion, None, None);
            return;
        };
        if let Some(zero) = self.zero(row, book) {
            let version = self.moments.all[moment].version.map(|v| self.raters[book].book().versions[v].id());
            charges.push(ChargeStatus::Zero(zero), Amount::ZERO, version, None);
            return;
        }
        let cell = self.cell(row, moment);
        let resolved = &self.resolved[cell as usize];
        let status = match resolved.kind {
            Kind::Free => ChargeStatus::Zero(Zero::FreeRow),
            _ => ChargeStatus::NoUsage,
        };
        charges.push(status, Amount::ZERO, resolved.version, resolved.row);
    }

    #[inline]
    fn cell(&mut self, row: usize, moment: usize) -> u32 {
        let shape = self.shapes.of_row[row] as usize;
        let known = self.cells.get(moment).map_or(UNRESOLVED, |cells| cells[shape]);
        if known == UNRESOLVED { self.resolve(row, moment, shape) } else { known }
    }

    #[cold]
    fn resolve(&mut self, row: usize, moment: usize, shape: usize) -> u32 {
        while self.cells.len() <= moment {
            self.cells.push(vec![UNRESOLVED; self.shapes.count]);
        }
        let group = self.assignment.group_of(row);
        let facts = Facts::of_row(self.calls, row, group);
        let resolved = self.resolve_facts(&facts, moment);
        // There are at most as many cells as rows, and Arrow counts rows of a dictionary in 31 bits.
        let place = u32::try_from(self.resolved.len()).unwrap_or(UNRESOLVED - 1);
        self.resolved.push(resolved);
        self.cells[moment][shape] = place;
        place
    }

    fn resolve_facts(&self, facts: &Facts<'_>, moment: usize) -> Resolved {
        let moment = &self.moments.all[moment];
        let (rater, clock) = (&self.raters[moment.book], &self.clocks[moment.book]);
        let header = &rater.book().header;
        let Some(v) = moment.version else {
            return Resolved { version: None, row: None, kind: Kind::Unpriced(Unpriced::NoVersion) };
        };
        let version = &rater.book().versions[v];
        let asked = Asked::new(facts, &[], header.no_variant, header.rounding);
        let wanted = rater.wanted(facts, &asked);
        let found = match rater.find(v, &wanted) {
            Ok(found) => found,
            Err(why) => return Resolved { version: Some(version.id()), row: None, kind: Kind::Unpriced(why) },
        };
        let row = &version.rows[found.row];
        let id = RowId::try_from(found.row).ok();
        if row.free {
            return Resolved { version: Some(version.id()), row: id, kind: Kind::Free };
        }
        let open = |window: &Window| clock.is_open(moment, window);
        let usage = facts.usage.as_ref();
        let setting = Setting {
            row,
            tier: asked.tier,
            batch: asked.batch,
            context: facts.context,
            open: &open,
            no_variant: asked.no_variant,
            image_size: usage.and_then(|u| u.image_size.as_deref()),
            image_quality: usage.and_then(|u| u.image_quality.as_deref()),
        };
        let once = version_multipliers(version, found, &wanted, facts.account_id);
        let finish = Finish { rounding: header.rounding, minimum: row.minimum };
        let level = |passed: Option<i64>| -> Result<Level, Unpriced> {
            let mut cell = setting.resolve(passed)?;
            cell.multipliers.extend(once.iter().cloned());
            let prices = Prices::new(&cell.rates(), &cell.factors(), finish).ok_or(Unpriced::Overflow)?;
            let implies_request = cell.implies_request();
            Ok(Level { plain: prices.plain(&self.used, implies_request), prices, implies_request })
        };
        let thresholds = setting.thresholds();
        let levels = std::iter::once(None).chain(thresholds.iter().copied().map(Some)).map(level).collect();
        Resolved { version: Some(version.id()), row: id, kind: Kind::Priced { thresholds, levels } }
    }
}

/// Whether there is a quantity, looked at in stretches, which is fast where there is none.
fn any(column: &[i64]) -> bool {
    column.chunks(1024).any(|stretch| stretch.iter().fold(0, |bits, q| bits | q) != 0)
}

/// A bit a fact, column by column.
fn manners(calls: &Calls) -> Vec<u8> {
    let mut manners = vec![0u8; calls.len()];
    let outcomes = calls.outcome();
    let table: Vec<u8> = (0..outcomes.entries())
        .map(|entry| match Outcome::from_name(outcomes.entry(entry)) {
            Some(Outcome::Error) => manner::ERROR,
            Some(Outcome::Cancelled) => manner::CANCELLED,
            Some(Outcome::Ok) | None => 0,
        })
        .collect();
    if table.iter().any(|m| *m != 0) {
        for (row, manner) in manners.iter_mut().enumerate() {
            *manner |= outcomes.index(row).map_or(0, |entry| table[entry]);
        }
    }
    let mut mark = |column: &arrow::array::BooleanArray, when: bool, bit: u8| {
        let marked = if when { column.true_count() } else { column.false_count() };
        let bits = Bits::new(column.values());
        for (row, manner) in manners.iter_mut().enumerate().take(if marked == 0 { 0 } else { calls.len() }) {
            *manner |= if bits.get(row) == when { bit } else { 0 };
        }
    };
    mark(calls.cache_hit(), true, manner::CACHE_HIT);
    mark(calls.has_usage(), false, manner::NO_USAGE);
    let status = calls.status();
    for (row, (manner, value)) in manners.iter_mut().zip(&status.values()[..]).enumerate() {
        if matches!(*value, 401 | 402 | 403 | 429) && status.is_valid(row) {
            *manner |= manner::REFUSED;
        }
    }
    manners
}

impl Charges {
    fn with_capacity(rows: usize) -> Charges {
        Charges {
            status: Vec::with_capacity(rows),
            amount: Vec::with_capacity(rows),
            version: Vec::with_capacity(rows),
            row: Vec::with_capacity(rows),
        }
    }

    #[inline(always)]
    fn push(&mut self, status: ChargeStatus, amount: Amount, version: Option<VersionId>, row: Option<RowId>) {
        self.status.push(status);
        self.amount.push(amount);
        self.version.push(version);
        self.row.push(row);
    }

    #[cold]
    fn push_unpriced(&mut self, why: Unpriced, version: Option<VersionId>, row: Option<RowId>) {
        self.push(ChargeStatus::Unpriced(why), Amount::ZERO, version, row);
    }
}
