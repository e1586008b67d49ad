//! Many calls priced one by one: what calls of one kind have in common is found once.

use std::collections::HashMap;

use super::arithmetic::Prices;
use super::asked::{Asked, edit_quantities};
use super::cell::Cell;
use super::rater::{Rater, setting, windows_of, zero_of};
use super::receipt::{Ingredients, prices_of, quote, zero_quote};
use super::types::{ChargeStatus, Facts, Quote, Unpriced, Zero};
use crate::domain::price::{Found, Window};

/// Kinds kept; a log that has more begins afresh.
const MOST: usize = 1 << 16;

/// A rater that remembers. It gives what [`Rater::price`] gives without edits.
#[derive(Debug)]
pub struct Memo<'r> {
    rater: &'r Rater,
    kinds: HashMap<Vec<u8>, Kind>,
    key: Vec<u8>,
}

/// Calls that no price tells apart but by their quantities and the time of day.
#[derive(Debug)]
struct Kind {
    found: Result<Found, Unpriced>,
    /// Every distinct window of the row.
    windows: Vec<Window>,
    /// By which of the windows are open.
    tiers: HashMap<Vec<bool>, Tiers>,
}

#[derive(Debug)]
struct Tiers {
    /// Total inputs from which another level holds.
    thresholds: Vec<i64>,
    /// One more than there are thresholds; worked out when a call needs it.
    levels: Vec<Option<Result<Level, ChargeStatus>>>,
}

#[derive(Debug)]
struct Level {
    cell: Cell,
    prices: Prices,
}

impl<'r> Memo<'r> {
    pub fn new(rater: &'r Rater) -> Memo<'r> {
        Memo { rater, kinds: HashMap::new(), key: Vec::new() }
    }

    /// Prices one call, with a receipt.
    ///
    /// # Errors
    /// [`ChargeStatus::NoUsage`] or [`ChargeStatus::Unpriced`].
    pub fn price(&mut self, facts: &Facts<'_>) -> Result<Quote, ChargeStatus> {
        let (rater, book) = (self.rater, self.rater.book());
        let version = rater.version_index(facts, &[]);
        if let Some(zero) = zero_of(&book.header, facts.refusal, facts.outcome, facts.cache_hit) {
            return Ok(zero_quote(zero, book, version, None));
        }
        let unpriced = ChargeStatus::Unpriced;
        let Some(v) = version else {
            return Err(if facts.usage.is_some() { unpriced(Unpriced::NoVersion) } else { ChargeStatus::NoUsage });
        };
        let asked = Asked::new(facts, &[], book.header.no_variant, book.header.rounding);
        self.name(v, facts, &asked);
        if self.kinds.len() >= MOST && !self.kinds.contains_key(&self.key) {
            self.kinds.clear();
        }
        if !self.kinds.contains_key(&self.key) {
            self.kinds.insert(self.key.clone(), Kind::new(rater, v, facts, &asked));
        }
        let Some(kind) = self.kinds.get_mut(&self.key) else { return rater.price(facts, &[]) };
        let row_of = |found: &Found| &book.versions[v].rows[found.row];
        if let Ok(found) = &kind.found
            && row_of(found).free
        {
            return Ok(zero_quote(Zero::FreeRow, book, version, Some(found.row)));
        }
        let usage = facts.usage.as_ref().ok_or(ChargeStatus::NoUsage)?;
        let found = *kind.found.as_ref().map_err(|why| unpriced(why.clone()))?;
        let at = rater.price_instant(facts.started_at, facts.ended_at);
        let open: Vec<bool> = kind.windows.iter().map(|window| window.holds(at)).collect();
        let tiers = kind.tiers.entry(open).or_insert_with(|| {
            let open = |window: &Window| window.holds(at);
            let thresholds = setting(facts, &asked, row_of(&found), &open).thresholds();
            let levels = (0..=thresholds.len()).map(|_| None).collect();
            Tiers { thresholds, levels }
        });
        let input = asked.context_input.unwrap_or_default();
        let passed = tiers.thresholds.partition_point(|least| *least <= input);
        let level = || {
            let cell = rater.edited_cell(facts, &asked, v, found, &rater.wanted(facts, &asked))?;
            let prices = prices_of(&cell, row_of(&found), &asked);
            Ok(Level { cell, prices })
        };
        let level = tiers.levels[passed].get_or_insert_with(level).as_ref().map_err(ChargeStatus::clone)?;
        let (cell, prices) = (&level.cell, &level.prices);
        let quantities = edit_quantities(usage, cell.implies_request(), &[]).ok_or(unpriced(Unpriced::Overflow))?;
        quote(Ingredients { book, version: v, row: found.row, cell, prices, quantities }, &asked, &[]).map_err(unpriced)
    }

    /// Everything of a call but its quantities and the time of day that can change its price, as bytes.
    fn name(&mut self, version: usize, facts: &Facts<'_>, asked: &Asked<'_>) {
        let usage = facts.usage.as_ref();
        let wanted = self.rater.wanted(facts, asked);
        let texts = [
            Some(wanted.model),
            wanted.group,
            wanted.provider,
            wanted.endpoint,
            wanted.region,
            asked.tier,
            facts.context,
            usage.and_then(|u| u.image_size.as_deref()),
            usage.and_then(|u| u.image_quality.as_deref()),
            Some(facts.account_id),
        ];
        let key = &mut self.key;
        key.clear();
        key.extend(version.to_le_bytes());
        key.push(u8::from(asked.batch));
        for text in texts {
            // A length before each text, so that no two lists of texts are one name.
            let length = text.map_or(u64::MAX, |t| t.len() as u64);
            key.extend(length.to_le_bytes());
            key.extend(text.unwrap_or_default().bytes());
        }
    }
}

impl Kind {
    fn new(rater: &Rater, version: usize, facts: &Facts<'_>, asked: &Asked<'_>) -> Kind {
        let found = rater.find(version, &rater.wanted(facts, asked));
        let rows = &rater.book().versions[version].rows;
        let windows = found.as_ref().map_or_else(|_| Vec::new(), |found| windows_of(&rows[found.row..=found.row]));
        Kind { found, windows, tiers: HashMap::new() }
    }
}
