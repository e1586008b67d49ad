//! The unit each row is compared in, and what was expected there.

use std::collections::{BTreeMap, HashMap};

use super::error::{PassError, fits};
use super::identity::Identities;
use super::pass::{Rules, SourceRules};
use super::rows::{Interner, Rows};
use crate::domain::call::charge_unit;
use crate::domain::money::{Amount, Ratio, Representation, Units};
use crate::domain::period::Instant;
use crate::domain::price::{Header, PriceAt};
use crate::domain::rating::{Assignment, Charges};

/// Declared rates between numbered units, walked once for each range of time in which none changes.
#[derive(Debug)]
pub(super) struct Ratios<'a> {
    units: &'a Units,
    starts: Vec<Instant>,
    known: HashMap<(u32, u32, u32), Option<Ratio>>,
}

impl<'a> Ratios<'a> {
    pub(super) fn new(units: &'a Units) -> Ratios<'a> {
        let mut starts: Vec<Instant> = units.rates().iter().map(|r| r.from).collect();
        starts.sort_unstable();
        starts.dedup();
        Ratios { units, starts, known: HashMap::new() }
    }

    /// The range of time an instant lies in.
    pub(super) fn range(&self, at: Instant) -> u32 {
        u32::try_from(self.starts.partition_point(|s| *s <= at)).unwrap_or(u32::MAX)
    }

    pub(super) fn get(&mut self, names: &Interner, from: u32, to: u32, at: Instant) -> Option<Ratio> {
        if from == to { Some(Ratio::ONE) } else { self.during(names, from, to, self.range(at)) }
    }

    pub(super) fn during(&mut self, names: &Interner, from: u32, to: u32, range: u32) -> Option<Ratio> {
        if from == to {
            return Some(Ratio::ONE);
        }
        let (units, starts) = (self.units, &self.starts);
        *self.known.entry((from, to, range)).or_insert_with(|| {
            let at = (range as usize).checked_sub(1).map_or(Instant::MIN, |i| starts[i]);
            units.ratio(names.name(from), names.name(to), at)
        })
    }
}

/// What rating said of one part of the rows.
#[derive(Clone, Debug, Default)]
pub struct RatedCalls {
    pub assignment: Assignment,
    pub charges: Charges,
}

/// Row by row, through both parts.
#[derive(Debug)]
pub(super) struct Compared<'a> {
    /// Numbered by the rows' interner.
    pub(super) unit: Vec<u32>,
    /// As the source would have written it; `None` without a price or a conversion, 0 for a duplicate row.
    pub(super) expected: Vec<Option<Amount>>,
    /// By source and unit, over the day's calls: what writing amounts down moved.
    pub(super) moved: BTreeMap<(String, String), Amount>,
    /// By the number of the source's name.
    sources: Vec<Option<&'a SourceRules>>,
    book_unit: Vec<u32>,
    price_at: Vec<PriceAt>,
}

impl Compared<'_> {
    /// How the source of a row writes its charges.
    pub(super) fn representation(&self, rows: &Rows<'_>, row: usize) -> Representation {
        self.sources.get(rows.source(row) as usize).copied().flatten().map_or(Representation::Exact, |s| s.recorded)
    }

    /// The unit of the book that priced a row.
    pub(super) fn book_unit(&self, book: u16) -> u32 {
        self.book_unit[usize::from(book)]
    }

    /// The instant that decides a row's price, and the rate between its units.
    pub(super) fn price_instant(&self, rows: &Rows<'_>, row: usize, book: u16) -> Instant {
        self.price_at[usize::from(book)].of(rows.started(row), rows.ended(row))
    }

    /// What the posting leg holds a call against: the recorded amount, else the expected one.
    pub(super) fn target(&self, rows: &Rows<'_>, row: usize) -> Option<Amount> {
        rows.recorded(row).or(self.expected[row])
    }
}

/// Puts the expected amounts of both parts into the unit they are compared in.
///
/// # Errors
/// [`PassError::NoSource`], and [`PassError::Overflow`] when an amount does not fit.
pub(super) fn compare<'a>(
    rows: &mut Rows<'_>,
    rules: &'a Rules,
    books: &[&Header],
    rated: [&RatedCalls; 2],
    identities: &Identities,
    ratios: &mut Ratios<'_>,
) -> Result<Compared<'a>, PassError> {
    let mut compared = Compared {
        unit: Vec::with_capacity(rows.len()),
        expected: Vec::with_capacity(rows.len()),
        moved: BTreeMap::new(),
        sources: Vec::new(),
        book_unit: books.iter().map(|b| rows.names.id(&b.unit)).collect(),
        price_at: books.iter().map(|b| b.price_at).collect(),
    };
    let mut source_unit: Vec<Option<u32>> = Vec::new();
    for source in &rules.sources {
        let id = rows.names.id(&source.name) as usize;
        let unit = source.unit.as_deref().map(|u| rows.names.id(u));
        compared.sources.resize(compared.sources.len().max(id + 1), None);
        source_unit.resize(compared.sources.len(), None);
        (compared.sources[id], source_unit[id]) = (Some(source), unit);
    }
    let mut moved: HashMap<(u32, u32), Amount> = HashMap::new();
    for row in 0..rows.len() {
        let (part, inside) = if row < rows.day { (rated[0], row) } else { (rated[1], row - rows.day) };
        let source_id = rows.source(row) as usize;
        let Some(source) = compared.sources.get(source_id).copied().flatten() else {
            return Err(PassError::NoSource(rows.source_name(row).to_string()));
        };
        let book = part.assignment.book[inside];
        let book_unit = compared.book_unit(book);
        let unit = charge_unit(rows.charge_unit(row), source_unit[source_id], book_unit);
        compared.unit.push(unit);
        if !identities.is_call(row) {
            compared.expected.push(Some(Amount::ZERO));
            continue;
        }
        let ratio = ratios.get(&rows.names, book_unit, unit, compared.price_instant(rows, row, book));
        let (Some(amount), Some(ratio)) = (part.charges.expected(inside), ratio) else {
            compared.expected.push(None);
            continue;
        };
        let mut written = fits(source.recorded.of(ratio, amount), "an expected amount")?;
        // A double is what its source wrote: within reach of it there is nothing left to compare.
        written = rows.recorded(row).filter(|r| source.recorded.same(*r, written)).unwrap_or(written);
        compared.expected.push(Some(written));
        let exact = fits(ratio.apply(amount), "an expected amount")?;
        if row < rows.day && written != exact {
            let sum = moved.entry((rows.source(row), unit)).or_default();
            *sum = fits(written.checked_sub(exact).and_then(|m| sum.checked_add(m)), "the sum of representation")?;
        }
    }
    let name = |id: u32| rows.names.name(id).to_string();
    compared.moved = moved.into_iter().map(|((source, unit), sum)| ((name(source), name(unit)), sum)).collect();
    Ok(compared)
}
