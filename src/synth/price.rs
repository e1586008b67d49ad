//! A second opinion on prices: price lists and the sums made of them, apart from the kernel.

use super::fault::Kind;
use super::rates::{Rates, Work};
use super::spec::{Recorded, Spec};
use super::write::ONE;

/// A price list in force from an instant.
#[derive(Clone, Debug)]
pub(super) struct Version {
    pub(super) from: i64,
    pub(super) known: i64,
    pub(super) rates: Vec<Rates>,
}

/// Every price list of a platform, oldest first.
#[derive(Clone, Debug)]
pub(super) struct Prices {
    pub(super) versions: Vec<Version>,
}

impl Prices {
    /// `start_of` gives the local midnight of a day counted from the month's first.
    pub(super) fn new(spec: &Spec, start_of: impl Fn(i64) -> i64) -> Prices {
        let mut rates: Vec<Rates> = spec.models.iter().map(|m| m.rates).collect();
        let first = start_of(-30);
        let mut versions = vec![Version { from: first, known: first, rates: rates.clone() }];
        for change in spec.changes {
            for (model, row) in change.rows {
                rates[*model] = *row;
            }
            let from = start_of(change.day) + change.hour * 3_600_000_000;
            let known = start_of(change.day - change.known_days_before) + 9 * 3_600_000_000;
            versions.push(Version { from, known, rates: rates.clone() });
        }
        Prices { versions }
    }

    pub(super) fn version_at(&self, at: i64) -> usize {
        self.versions.iter().rposition(|v| v.from <= at).unwrap_or(0)
    }

    pub(super) fn charge(&self, spec: &Spec, version: usize, model: usize, work: &Work, twist: Option<Kind>) -> i128 {
        charge(spec, &self.versions[version].rates[model], work, twist)
    }

    /// Every amount a known way to be wrong would give, with the model or version it takes.
    pub(super) fn wrongs(&self, spec: &Spec, version: usize, model: usize, work: &Work) -> Vec<(Kind, usize, i128)> {
        let mut all = Vec::new();
        for other in 0..self.versions.len() {
            let kind = if other < version { Kind::PriceStale } else { Kind::PriceEarly };
            if other != version {
                all.push((kind, other, self.charge(spec, other, model, work, None)));
            }
        }
        for other in (0..spec.models.len()).filter(|m| *m != model) {
            all.push((Kind::ModelMismatch, other, self.charge(spec, version, other, work, None)));
        }
        for twist in Kind::TWISTS {
            all.push((twist, 0, self.charge(spec, version, model, work, Some(twist))));
        }
        all
    }
}

/// The charge in the source's unit when `twist` (if any) goes wrong.
pub(super) fn charge(spec: &Spec, rates: &Rates, work: &Work, twist: Option<Kind>) -> i128 {
    if twist == Some(Kind::TokensTakenAsCredits) {
        return i128::from(work.tokens.total()) * ONE;
    }
    let exact = exact(rates, work, twist) * spec.per_book;
    let exact = match twist {
        Some(Kind::UnitSlip) if spec.slips_up => exact * 1000,
        Some(Kind::UnitSlip) => exact / 1000,
        _ => exact,
    };
    let step = match spec.recorded {
        Recorded::Exact => return exact,
        Recorded::Places(places) => ONE / 10i128.pow(places),
    };
    let up = if twist == Some(Kind::Rounding) { step - 1 } else { step / 2 };
    (exact + up) / step * step
}

fn exact(rates: &Rates, work: &Work, twist: Option<Kind>) -> i128 {
    if rates.free {
        return 0;
    }
    let t = &work.tokens;
    let tier = rates.tier.filter(|tier| t.total_input() > tier.above && twist != Some(Kind::ContextTierNotApplied));
    let input = tier.map_or(rates.input, |tier| tier.input);
    let output = tier.map_or(rates.output, |tier| tier.output);
    let right_read = tier.map(|tier| tier.cache_read).or(rates.cache_read).unwrap_or(input);
    let read = match twist {
        Some(Kind::CachedAtFullRate) => input,
        Some(Kind::CachedDoubleCounted) => right_read + input,
        Some(Kind::CachedNotCharged) => 0,
        _ => right_read,
    };
    let write = rates.cache_write.unwrap_or(input);
    let write_1h = rates.cache_write_1h.unwrap_or(write);
    let (standard, hd) = rates.images.unwrap_or((0, 0));
    let image = if t.hd { hd } else { standard };
    let sum: i128 = [
        (t.input, input),
        (t.cache_read, read),
        (t.cache_write, write),
        (t.cache_write_1h, write_1h),
        (t.output, output),
        (t.images, image),
    ]
    .into_iter()
    .map(|(quantity, rate)| i128::from(quantity) * i128::from(rate))
    .sum();
    let group = if twist == Some(Kind::GroupRatioWrong) { 1000 } else { work.group };
    let whole = sum * i128::from(rates.times) / 1000 * i128::from(group) / 1000;
    let half = work.batch && rates.batch && twist != Some(Kind::BatchDiscountMissing);
    if half { whole / 2 } else { whole }
}

/// Significant digits: what makes an accidental fit implausible.
pub(super) fn digits(atoms: i128) -> u32 {
    let mut rest = atoms.unsigned_abs();
    while rest > 0 && rest.is_multiple_of(10) {
        rest /= 10;
    }
    rest.checked_ilog10().map_or(0, |d| d + 1)
}
