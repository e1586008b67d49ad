//! Stretches of time over which nothing about prices changes: one version, the same windows open.

use std::collections::HashMap;

use super::rater::Rater;
use crate::domain::period::Instant;
use crate::domain::price::Window;

const MINUTE: i64 = 60_000_000;
/// Slots are at most this long where there are windows: 2^25 microseconds, which touch two minutes at most.
const WITHIN_MINUTES: u32 = 25;
/// As many slots as stay close to the processor.
const SLOTS: u64 = 1 << 12;

const UNKNOWN: u32 = u32::MAX;
/// Of a slot: its instants have more than one interval.
const MIXED: u32 = u32::MAX - 1;

/// What holds at an instant, for one book.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct PriceInterval {
    pub(super) book: usize,
    /// Index into the book's versions; none before the first.
    pub(super) version: Option<usize>,
    /// Positions, among the version's windows, of those that are open.
    open: Vec<u32>,
}

/// Every interval met so far.
#[derive(Default)]
pub(super) struct PriceIntervals {
    numbers: HashMap<PriceInterval, u32>,
    pub(super) all: Vec<PriceInterval>,
}

impl PriceIntervals {
    fn number(&mut self, interval: PriceInterval) -> u32 {
        // More intervals than calls there are not, and Arrow counts those in 31 bits.
        let next = u32::try_from(self.all.len()).unwrap_or(MIXED - 1);
        *self.numbers.entry(interval).or_insert_with_key(|interval| {
            self.all.push(interval.clone());
            next
        })
    }
}

/// Finds the interval of an instant of a batch; intervals are numbered as they occur.
pub(super) struct IntervalFinder<'a> {
    book: usize,
    rater: &'a Rater,
    /// The batch's time in equal slots from `first` on, 2^`shift` microseconds each, filled as they are met.
    first: i64,
    shift: u32,
    slots: Vec<u32>,
    /// Over which instants the last answer that no slot has holds: both ends included.
    from: i64,
    last: i64,
    interval: u32,
    /// Of versions with windows: the intervals of whole minutes.
    minutes: HashMap<(usize, i64), u32>,
}

impl<'a> IntervalFinder<'a> {
    pub(super) fn new(book: usize, rater: &'a Rater, instants: &[i64]) -> IntervalFinder<'a> {
        let some = instants.first().copied().unwrap_or(0);
        let (first, last) = instants.iter().fold((some, some), |(low, high), t| (low.min(*t), high.max(*t)));
        let range = last.abs_diff(first);
        let windowed = (0..rater.book().versions.len()).any(|v| !rater.windows(v).is_empty());
        let enough = SLOTS.min(instants.len() as u64 * 2).max(1);
        let (mut shift, most) = if windowed { (WITHIN_MINUTES, enough * 64) } else { (0, enough) };
        while !windowed && range >> shift >= enough {
            shift += 1;
        }
        let count = (range >> shift) + 1;
        let slots = if count <= most { vec![UNKNOWN; usize::try_from(count).unwrap_or(0)] } else { Vec::new() };
        // An empty span: the first instant asked for is looked up.
        IntervalFinder { book, rater, first, shift, slots, from: 1, last: 0, interval: 0, minutes: HashMap::new() }
    }

    /// The interval's number.
    #[inline]
    pub(super) fn at(&mut self, micros: i64, intervals: &mut PriceIntervals) -> u32 {
        let slot = micros.abs_diff(self.first) >> self.shift;
        match usize::try_from(slot).ok().and_then(|slot| self.slots.get(slot)) {
            Some(interval) if *interval < MIXED => *interval,
            known => {
                let fresh = known == Some(&UNKNOWN);
                self.look(micros, fresh.then_some(slot), intervals)
            }
        }
    }

    #[cold]
    fn look(&mut self, micros: i64, fresh: Option<u64>, intervals: &mut PriceIntervals) -> u32 {
        if let Some(slot) = fresh {
            let begin = self.first.wrapping_add_unsigned(slot << self.shift);
            let end = begin.saturating_add_unsigned((1u64 << self.shift) - 1);
            let interval = self.constant_over(begin, end, intervals).unwrap_or(MIXED);
            if let Some(slot) = usize::try_from(slot).ok().and_then(|slot| self.slots.get_mut(slot)) {
                *slot = interval;
            }
            if interval != MIXED {
                return interval;
            }
        }
        if micros < self.from || micros > self.last {
            self.turn(micros, intervals);
        }
        self.interval
    }

    /// The interval of every instant from `begin` to `end`, where it is one.
    fn constant_over(&mut self, begin: i64, end: i64, intervals: &mut PriceIntervals) -> Option<u32> {
        if begin < self.from || begin > self.last {
            self.turn(begin, intervals);
        }
        let interval = self.interval;
        while self.last < end {
            self.turn(self.last + 1, intervals);
            if self.interval != interval {
                return None;
            }
        }
        Some(interval)
    }

    /// Looks an instant up, and over which span around it the answer holds.
    fn turn(&mut self, micros: i64, intervals: &mut PriceIntervals) {
        let at = Instant::from_micros(micros);
        let (version, from, until) = self.rater.timeline().at(at);
        (self.from, self.last) = (from.micros(), until.micros().saturating_sub(1).max(micros));
        let book = self.book;
        let plain = PriceInterval { book, version, open: Vec::new() };
        let Some(v) = version else {
            self.interval = intervals.number(plain);
            return;
        };
        let windows = self.rater.windows(v);
        if windows.is_empty() {
            self.interval = intervals.number(plain);
            return;
        }
        let minute = micros.div_euclid(MINUTE);
        let begin = minute.saturating_mul(MINUTE);
        self.from = self.from.max(begin);
        self.last = self.last.min(begin.saturating_add(MINUTE - 1)).max(micros);
        self.interval = *self.minutes.entry((v, minute)).or_insert_with(|| {
            let open = (0..).zip(windows.iter()).filter(|(_, w)| w.holds(at)).map(|(i, _)| i).collect();
            intervals.number(PriceInterval { open, ..plain })
        });
    }

    /// Whether a window of the interval's version is open.
    pub(super) fn is_open(&self, interval: &PriceInterval, window: &Window) -> bool {
        let place = interval.version.and_then(|v| self.rater.windows(v).iter().position(|other| other == window));
        place.and_then(|p| u32::try_from(p).ok()).is_some_and(|p| interval.open.contains(&p))
    }
}
