//! Who runs the partitions of a day: the threads at hand.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// A day with fewer calls is one partition where the settings say nothing: cutting it costs more than
/// it saves.
const SMALL_DAY: usize = 100_000;

/// In how many partitions a day is run, and on how many threads. Neither changes what comes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Executor {
    pub(crate) partitions: usize,
    threads: usize,
}

impl Executor {
    /// `set` is what the settings say; else a large day has a partition for each thread at hand.
    pub(crate) fn new(set: Option<NonZeroUsize>, calls: usize) -> Executor {
        let at_hand = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let partitions = match set {
            Some(set) => set.get(),
            None if calls < SMALL_DAY => 1,
            None => at_hand,
        };
        Executor { partitions, threads: at_hand.min(partitions) }
    }

    /// The work done for every item; results are in the order of the items. A panic of the work is the
    /// caller's.
    pub(crate) fn run<T: Sync, R: Send>(&self, items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
        let threads = self.threads.min(items.len());
        if threads <= 1 {
            return items.iter().map(work).collect();
        }
        let next = AtomicUsize::new(0);
        let take = || {
            let mut done = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                match items.get(number) {
                    Some(item) => done.push((number, work(item))),
                    None => return done,
                }
            }
        };
        let mut all: Vec<(usize, R)> = thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(take)).collect();
            let mut all = take();
            for other in others {
                all.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            }
            all
        });
        all.sort_unstable_by_key(|(number, _)| *number);
        all.into_iter().map(|(_, result)| result).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_items() {
        let items: Vec<u64> = (0..1000).collect();
        for threads in [1, 2, 7] {
            let executor = Executor { partitions: items.len(), threads };
            let doubled = executor.run(&items, |item| item * 2);
            assert_eq!(doubled, items.iter().map(|item| item * 2).collect::<Vec<_>>());
        }
    }

    #[test]
    fn small_days_are_not_cut_unless_told() {
        assert_eq!(Executor::new(None, SMALL_DAY - 1).partitions, 1);
        assert!(Executor::new(None, SMALL_DAY).partitions >= 1);
        assert_eq!(Executor::new(NonZeroUsize::new(7), 1).partitions, 7);
    }
}
