//! Rates in integers, and what a call is charged for.

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
