//! A wish to stop, and what must be brought to its end first.

use std::sync::atomic::{AtomicBool, Ordering};

/// A request to stop, and whether something is under way that must not be cut short.
#[derive(Debug, Default)]
pub(crate) struct StopSignal {
    asked: AtomicBool,
    busy: AtomicBool,
}

/// As long as it lives, something must not be cut short.
#[derive(Debug)]
pub(crate) struct CriticalSection<'a>(&'a StopSignal);

impl StopSignal {
    /// Asks for a stop. True where a step is at something that must end first; it then stops by itself.
    pub(crate) fn ask(&self) -> bool {
        self.asked.store(true, Ordering::SeqCst);
        self.busy.load(Ordering::SeqCst)
    }

    /// Begins something that must not be cut short; `None` once a stop was asked for.
    pub(crate) fn begin(&self) -> Option<CriticalSection<'_>> {
        self.busy.store(true, Ordering::SeqCst);
        let busy = CriticalSection(self);
        (!self.asked.load(Ordering::SeqCst)).then_some(busy)
    }
}

impl Drop for CriticalSection<'_> {
    fn drop(&mut self) {
        self.0.busy.store(false, Ordering::SeqCst);
    }
}
