//! The unit each row is compared in, and what was expected there.

use std::collections::{BTreeMap, HashMap};

use crate::domain::call::charge_unit;
use crate::domain::money::{Amount, Representation};
use crate::domain::period::Instant;
use crate::domain::price::PriceAt;
use crate::domain::rating::{Assignment, Charges, Rater};
use crate::domain::reconcile::dedupe::Identities;
use crate::domain::reconcile::error::{PassError, fits};
use crate::domain::reconcile::input::{Rules, SourceRules};
use crate::domain::reconcile::row_view::{Interner, Rows};
use crate::domain::reconcile::unit_rates::Ratios;

/// What rating said of one part of the rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct RatedCalls {
    pub assignment: Assignment,
    pub charges: Charges,
}

/// What rules and books say of sources and units, by the numbers of names and of books.
#[derive(Debug)]
pub(crate) struct SourceTable<'a> {
    /// By the number of the source's name.
    sources: Vec<Option<&'a SourceRules>>,
    source_unit: Vec<Option<u32>>,
    book_unit: Vec<u32>,
    price_at: Vec<PriceAt>,
}

impl<'a> SourceTable<'a> {
    pub(crate) fn new(names: &mut Interner, rules: &'a Rules, raters: &[Rater]) -> SourceTable<'a> {
        let headers = || raters.iter().map(|r| &r.book().header);
        let mut table = SourceTable {
            sources: Vec::new(),
            source_unit: Vec::new(),
            book_unit: headers().map(|b| names.id(&b.unit)).collect(),
            price_at: headers().map(|b| b.price_at).collect(),
        };
        for source in &rules.sources {
            let id = names.id(&source.name) as usize;
            let unit = source.unit.as_deref().map(|u| names.id(u));
            table.sources.resize(table.sources.len().max(id + 1), None);
            table.source_unit.resize(table.sources.len(), None);
            (table.sources[id], table.source_unit[id]) = (Some(source), unit);
        }
        table
    }

    fn source(&self, name: u32) -> Option<&'a SourceRules> {
        self.sources.get(name as usize).copied().flatten()
    }
}

/// Expected amounts of some rows, in their order.
#[derive(Debug)]
pub(crate) struct Compared<'a> {
    /// Numbered by the rows' interner.
    pub(crate) unit: Vec<u32>,
    /// As the source would have written it; `None` without a price or a conversion, 0 for a duplicate row.
    pub(crate) expected: Vec<Option<Amount>>,
    pub(crate) moved: Moved,
    table: &'a SourceTable<'a>,
}

/// By the numbers of source and unit, over the day's own calls: what writing amounts down moved, up and
/// down. Kept apart, the sums only grow, so whether they fit does not depend on the order of the rows.
pub(crate) type Moved = HashMap<(u32, u32), [Amount; 2]>;

impl<'a> Compared<'a> {
    pub(crate) fn empty(table: &'a SourceTable<'a>) -> Compared<'a> {
        Compared { unit: Vec::new(), expected: Vec::new(), moved: Moved::new(), table }
    }

    /// How the source of a row writes its charges.
    pub(crate) fn representation(&self, rows: &Rows<'_>, row: usize) -> Representation {
        self.table.source(rows.source(row)).map_or(Representation::Exact, |s| s.recorded)
    }

    /// The unit of the book that priced a row.
    pub(crate) fn book_unit(&self, book: u16) -> u32 {
        self.table.book_unit[usize::from(book)]
    }

    /// The instant that decides a row's price, and the rate between its units.
    pub(crate) fn price_instant(&self, rows: &Rows<'_>, row: usize, book: u16) -> Instant {
        self.table.price_at[usize::from(book)].of(rows.started(row), rows.ended(row))
    }

    /// What the posting leg holds a call against: the recorded amount, else the expected one.
    pub(crate) fn target(&self, rows: &Rows<'_>, row: usize) -> Option<Amount> {
        rows.recorded(row).or(self.expected[row])
    }

    /// Adds what other rows' amounts were moved by.
    ///
    /// # Errors
    /// [`PassError::Overflow`].
    pub(crate) fn add_moved(&mut self, more: &Moved) -> Result<(), PassError> {
        for (of, [up, down]) in more {
            let sums = self.moved.entry(*of).or_default();
            for (sum, part) in sums.iter_mut().zip([up, down]) {
                *sum = fits(sum.checked_add(*part), "the sum of representation")?;
            }
        }
        Ok(())
    }

    /// By the names of source and unit: what writing amounts down moved.
    ///
    /// # Errors
    /// [`PassError::Overflow`].
    pub(crate) fn representation_moved(
        &self,
        names: &Interner,
    ) -> Result<BTreeMap<(String, String), Amount>, PassError> {
        let name = |id: u32| names.name(id).to_string();
        let sum = |[up, down]: &[Amount; 2]| fits(up.checked_add(*down), "the sum of representation");
        self.moved.iter().map(|((source, unit), sums)| Ok(((name(*source), name(*unit)), sum(sums)?))).collect()
    }
}

/// Puts the expected amounts of some rows into the unit they are compared in. `some` are rows in their
/// order, the day's own first; `rated` has those and then the others.
///
/// # Errors
/// [`PassError::NoSource`], and [`PassError::Overflow`] when an amount does not fit.
pub(crate) fn compare<'a>(
    rows: &Rows<'_>,
    table: &'a SourceTable<'a>,
    some: &[u32],
    rated: [&RatedCalls; 2],
    identities: &Identities,
    ratios: &mut Ratios<'_>,
) -> Result<Compared<'a>, PassError> {
    let mut compared = Compared::empty(table);
    compared.unit.reserve(some.len());
    compared.expected.reserve(some.len());
    let own = rated[0].charges.len();
    for (at, row) in some.iter().map(|row| *row as usize).enumerate() {
        let (part, inside) = if at < own { (rated[0], at) } else { (rated[1], at - own) };
        let source_id = rows.source(row) as usize;
        let Some(source) = table.source(rows.source(row)) else {
            return Err(PassError::NoSource(rows.source_name(row).to_string()));
        };
        let book = part.assignment.book[inside];
        let book_unit = compared.book_unit(book);
        let unit = charge_unit(rows.charge_unit(row), table.source_unit[source_id], book_unit);
        compared.unit.push(unit);
        if !identities.is_call(at) {
            compared.expected.push(Some(Amount::ZERO));
            continue;
        }
        let ratio = ratios.get(&rows.names, book_unit, unit, compared.price_instant(rows, row, book));
        let (Some(amount), Some(ratio)) = (part.charges.expected(inside), ratio) else {
            compared.expected.push(None);
            continue;
        };
        // What no row may cost, in the unit it is compared in, has no price there: the call is not judged.
        let converted = source.recorded.of(ratio, amount).zip(ratio.apply(amount));
        let Some((mut written, exact)) = converted.filter(|(written, _)| written.fits_a_row()) else {
            compared.expected.push(None);
            continue;
        };
        // A double is what its source wrote: within reach of it there is nothing left to compare.
        written = rows.recorded(row).filter(|r| source.recorded.same(*r, written)).unwrap_or(written);
        compared.expected.push(Some(written));
        if at < own && written != exact {
            let [up, down] = compared.moved.entry((rows.source(row), unit)).or_default();
            let sum = if written > exact { up } else { down };
            *sum = fits(written.checked_sub(exact).and_then(|m| sum.checked_add(m)), "the sum of representation")?;
        }
    }
    Ok(compared)
}
