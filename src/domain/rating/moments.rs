//! Stretches of time over which nothing about prices changes: one version, the same windows open.

use std::collections::HashMap;

use super::rater::Rater;
use crate::domain::period::Instant;
use crate::domain::price::{Condition, Variant, Version, Window};

const MINUTE: i64 = 60_000_000;

/// What holds at an instant, for one book.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Moment {
    pub(super) book: usize,
    /// Index into the book's versions; none before the first.
    pub(super) version: Option<usize>,
    /// Positions, among the version's windows, of those that are open.
    open: Vec<u32>,
}

/// Finds the moment of an instant; moments are numbered as they occur.
pub(super) struct Clock<'a> {
    book: usize,
    rater: &'a Rater,
    /// Over which instants the last answer holds.
    from: i64,
    until: i64,
    moment: u32,
    /// Of versions with windows: the moments of whole minutes.
    minutes: HashMap<(usize, i64), u32>,
    windows: HashMap<usize, Vec<&'a Window>>,
}

/// Every moment met so far.
#[derive(Default)]
pub(super) struct Moments {
    numbers: HashMap<Moment, u32>,
    pub(super) all: Vec<Moment>,
}

impl Moments {
    fn number(&mut self, moment: Moment) -> u32 {
        let next = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        *self.numbers.entry(moment).or_insert_with_key(|moment| {
            self.all.push(moment.clone());
            next
        })
    }
}

impl<'a> Clock<'a> {
    pub(super) fn new(book: usize, rater: &'a Rater) -> Clock<'a> {
        // An empty span: the first instant asked for is looked up.
        Clock { book, rater, from: 1, until: 0, moment: 0, minutes: HashMap::new(), windows: HashMap::new() }
    }

    /// The moment's number.
    #[inline]
    pub(super) fn at(&mut self, micros: i64, moments: &mut Moments) -> u32 {
        if micros < self.from || micros >= self.until {
            self.turn(micros, moments);
        }
        self.moment
    }

    fn turn(&mut self, micros: i64, moments: &mut Moments) {
        let at = Instant::from_micros(micros);
        let (version, from, until) = self.rater.timeline().at(at);
        (self.from, self.until) = (from.micros(), until.micros());
        let book = self.book;
        let plain = Moment { book, version, open: Vec::new() };
        let Some(v) = version else {
            self.moment = moments.number(plain);
            return;
        };
        let windows = self.windows.entry(v).or_insert_with(|| windows_of(&self.rater.book().versions[v]));
        if windows.is_empty() {
            self.moment = moments.number(plain);
            return;
        }
        let minute = micros.div_euclid(MINUTE);
        self.from = self.from.max(minute * MINUTE);
        self.until = self.until.min((minute + 1).saturating_mul(MINUTE));
        self.moment = *self.minutes.entry((v, minute)).or_insert_with(|| {
            let open = (0..).zip(windows.iter()).filter(|(_, w)| w.holds(at)).map(|(i, _)| i).collect();
            moments.number(Moment { open, ..plain })
        });
    }

    /// Whether a window of the moment's version is open.
    pub(super) fn is_open(&self, moment: &Moment, window: &Window) -> bool {
        let windows = moment.version.and_then(|v| self.windows.get(&v));
        let place = windows.and_then(|w| w.iter().position(|other| *other == window));
        place.and_then(|p| u32::try_from(p).ok()).is_some_and(|p| moment.open.contains(&p))
    }
}

/// Every distinct window of a version.
fn windows_of(version: &Version) -> Vec<&Window> {
    fn walk<'a>(variants: &'a [Variant], found: &mut Vec<&'a Window>) {
        for variant in variants {
            if let Condition::Window(window) = &variant.condition
                && !found.contains(&window)
            {
                found.push(window);
            }
            walk(&variant.nested, found);
        }
    }
    let mut found = Vec::new();
    for row in &version.rows {
        walk(&row.variants, &mut found);
    }
    found
}
