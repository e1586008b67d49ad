//! Rows of one request are its attempts, in the order they happened, whichever way round the file has them.

use std::collections::{HashMap, VecDeque};

/// When a row was written, whether it is the one that ended its request, and its number.
pub(super) type Place = (i64, bool, i64);

/// Rows of one request lie at most so many rows apart.
const APART: usize = 4096;

/// Gives rows on once all rows of their request are known.
pub(super) struct Attempts<T> {
    /// Whether the file begins with its newest row; not known before two rows differ.
    newest_first: Option<bool>,
    before: Option<(i64, i64)>,
    held: VecDeque<(String, Place, T)>,
    places: HashMap<String, Vec<Place>>,
    order: VecDeque<String>,
}

impl<T> Attempts<T> {
    pub(super) fn new() -> Attempts<T> {
        let (held, places, order) = (VecDeque::new(), HashMap::new(), VecDeque::new());
        Attempts { newest_first: None, before: None, held, places, order }
    }

    /// Any row of the file, whether it is an attempt or not.
    pub(super) fn pass(&mut self, at: i64, id: i64) {
        let here = (at, id);
        if let (None, Some(before)) = (self.newest_first, self.before.filter(|before| *before != here)) {
            self.newest_first = Some(here < before);
        }
        self.before = Some(here);
    }

    /// A row of a request; to be followed by [`Attempts::next`] until that has none.
    pub(super) fn hold(&mut self, request: String, place: Place, row: T) {
        let places = self.places.entry(request.clone()).or_default();
        if places.is_empty() {
            self.order.push_back(request.clone());
        }
        places.push(place);
        self.held.push_back((request, place, row));
        while self.order.len() > 2 * APART {
            let oldest = self.order.pop_front().unwrap_or_default();
            self.places.remove(&oldest);
        }
    }

    /// Whether rows go on later than they come.
    pub(super) fn wait(&self) -> bool {
        self.newest_first != Some(false)
    }

    /// The next row that may go on, with the number of its attempt; `end` where no more rows come.
    pub(super) fn next(&mut self, end: bool) -> Option<(u32, T)> {
        if !end && self.wait() && self.held.len() <= APART {
            return None;
        }
        let (request, place, row) = self.held.pop_front()?;
        let mut earlier: Vec<Place> = self.places.get(&request).into_iter().flatten().copied().collect();
        earlier.retain(|other| *other < place);
        earlier.sort_unstable();
        earlier.dedup();
        Some((u32::try_from(earlier.len()).map_or(u32::MAX, |n| n + 1), row))
    }
}

#[cfg(test)]
mod tests {
    use super::Attempts;

    fn attempts(rows: &[(&str, i64, bool, i64)]) -> Vec<(u32, i64)> {
        let (mut attempts, mut told) = (Attempts::new(), Vec::new());
        for (request, at, last, id) in rows {
            attempts.pass(*at, *id);
            attempts.hold((*request).to_owned(), (*at, *last, *id), *id);
            while let Some(given) = attempts.next(false) {
                told.push(given);
            }
        }
        while let Some(given) = attempts.next(true) {
            told.push(given);
        }
        told
    }

    #[test]
    fn attempts_count_up_in_time_whichever_row_comes_first() {
        let rows = [("a", 10, false, 1), ("a", 20, false, 2), ("b", 20, true, 3), ("a", 30, true, 4)];
        assert_eq!(attempts(&rows), [(1, 1), (2, 2), (1, 3), (3, 4)]);
        let mut newest_first = rows;
        newest_first.reverse();
        assert_eq!(attempts(&newest_first), [(3, 4), (1, 3), (2, 2), (1, 1)]);
        // A page of one user numbers its rows from the newest on.
        assert_eq!(attempts(&[("a", 30, true, 1), ("a", 20, false, 2)]), [(2, 1), (1, 2)]);
        // Written in one second, what ended the request is the last; a row that comes twice is one attempt.
        assert_eq!(attempts(&[("a", 10, true, 1), ("a", 10, false, 2), ("a", 10, true, 1)]), [(2, 1), (1, 2), (2, 1)]);
        assert_eq!(attempts(&[("a", 10, true, 2)]), [(1, 2)]);
    }
}
