//! The unit each row is compared in, and what was expected there.

use std::collections::{BTreeMap, HashMap};

use crate::domain::money::{Amount, Representation};
use crate::domain::period::Instant;
use crate::domain::price::{Header, PriceAt};
use crate::domain::rating::{Assignment, Charges};
use crate::domain::reconcile::dedupe::Identities;
use crate::domain::reconcile::error::{PassError, fits};
use crate::domain::reconcile::input::{Rules, SourceRules};
use crate::domain::reconcile::row_view::Rows;
use crate::domain::reconcile::unit_rates::Ratios;

/// What rating said of one part of the rows.
#[derive(Clone, Debug, Default)]
pub struct RatedCalls {
    pub assignment: Assignment,
    pub charges: Charges,
}

/// Row by row, through both parts.
#[derive(Debug)]
pub(crate) struct Compared<'a> {
    /// Numbered by the rows' interner.
    pub(crate) unit: Vec<u32>,
    /// As the source would have written it; `None` without a price or a conversion, 0 for a duplicate row.
    pub(crate) expected: Vec<Option<Amount>>,
    /// By source and unit, over the day's calls: what writing amounts down moved.
    pub(crate) moved: BTreeMap<(String, String), Amount>,
    /// By the number of the source's name.
    sources: Vec<Option<&'a SourceRules>>,
    book_unit: Vec<u32>,
    price_at: Vec<PriceAt>,
}

impl Compared<'_> {
    /// How the source of a row writes its charges.
    pub(crate) fn representation(&self, rows: &Rows<'_>, row: usize) -> Representation {
        self.sources.get(rows.source(row) as usize).copied().flatten().map_or(Representation::Exact, |s| s.recorded)
    }

    /// The unit of the book that priced a row.
    pub(crate) fn book_unit(&self, book: u16) -> u32 {
        self.book_unit[usize::from(book)]
    }

    /// The instant that decides a row's price, and the rate between its units.
    pub(crate) fn price_instant(&self, rows: &Rows<'_>, row: usize, book: u16) -> Instant {
        match self.price_at[usize::from(book)] {
            PriceAt::Started => rows.started(row),
            PriceAt::Ended => rows.ended(row),
        }
    }

    /// What the posting leg holds a call against: the recorded amount, else the expected one.
    pub(crate) fn target(&self, rows: &Rows<'_>, row: usize) -> Option<Amount> {
        rows.recorded(row).or(self.expected[row])
    }
}

/// Puts the expected amounts of both parts into the unit they are compared in.
///
/// # Errors
/// [`PassError::NoSource`], and [`PassError::Overflow`] when an amount does not fit.
pub(crate) fn compare<'a>(
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
        let unit = rows.charge_unit(row).or(source_unit[source_id]).unwrap_or(book_unit);
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
