//! A second opinion on prices: rates in integers and the sums made of them, apart from the kernel.

use super::fault::Kind;
use super::spec::{Recorded, Spec};
use super::write::ONE;

/// From a thousandth of the unit per million tokens to 10^-18 of it per token.
pub(super) const fn per_million(milli: i64) -> i64 {
    milli * 1_000_000_000
}

/// Rates above a context length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tier {
    pub(super) above: i64,
    pub(super) input: i64,
    pub(super) output: i64,
    pub(super) cache_read: i64,
}

/// The price of one model in one version, in 10^-18 of the book's unit per token or image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rates {
    pub(super) input: i64,
    pub(super) output: i64,
    pub(super) cache_read: Option<i64>,
    pub(super) cache_write: Option<i64>,
    pub(super) cache_write_1h: Option<i64>,
    pub(super) tier: Option<Tier>,
    pub(super) batch: bool,
    /// Thousandths; times the whole price.
    pub(super) times: i64,
    pub(super) free: bool,
    /// Standard and hd, per image.
    pub(super) images: Option<(i64, i64)>,
}

impl Rates {
    /// Thousandths of the unit per million tokens.
    pub(super) const fn of(input: i64, output: i64) -> Rates {
        Rates {
            input: per_million(input),
            output: per_million(output),
            cache_read: None,
            cache_write: None,
            cache_write_1h: None,
            tier: None,
            batch: false,
            times: 1000,
            free: false,
            images: None,
        }
    }

    pub(super) const fn read(mut self, rate: i64) -> Rates {
        self.cache_read = Some(per_million(rate));
        self
    }

    pub(super) const fn write(mut self, five_minutes: i64, hour: i64) -> Rates {
        self.cache_write = Some(per_million(five_minutes));
        self.cache_write_1h = Some(per_million(hour));
        self
    }

    pub(super) const fn above(mut self, above: i64, input: i64, output: i64, read: i64) -> Rates {
        let (input, output, cache_read) = (per_million(input), per_million(output), per_million(read));
        self.tier = Some(Tier { above, input, output, cache_read });
        self
    }

    pub(super) const fn half_batch(mut self) -> Rates {
        self.batch = true;
        self
    }

    pub(super) const fn times(mut self, thousandths: i64) -> Rates {
        self.times = thousandths;
        self
    }

    pub(super) const fn for_free(mut self) -> Rates {
        self.free = true;
        self
    }

    /// Thousandths of the unit per image.
    pub(super) const fn image(mut self, standard: i64, hd: i64) -> Rates {
        const MILLI: i64 = 1_000_000_000_000_000;
        self.images = Some((standard * MILLI, hd * MILLI));
        self
    }
}

/// What a call consumed; buckets are disjoint but for `reasoning`, which is inside `output`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tokens {
    pub(super) input: i64,
    pub(super) cache_read: i64,
    pub(super) cache_write: i64,
    pub(super) cache_write_1h: i64,
    pub(super) output: i64,
    pub(super) reasoning: i64,
    pub(super) images: i64,
    pub(super) hd: bool,
}

impl Tokens {
    pub(super) fn total_input(&self) -> i64 {
        self.input + self.cache_read + self.cache_write + self.cache_write_1h
    }

    pub(super) fn total(&self) -> i64 {
        self.total_input() + self.output
    }
}

/// What of a call makes its price, beside model and version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Work {
    pub(super) tokens: Tokens,
    pub(super) batch: bool,
    /// The group's multiplier in thousandths.
    pub(super) group: i64,
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
