//! Decoded texts that live as long as the rows that borrow them.

use std::cell::{Cell, OnceCell};

const BLOCK: usize = 256;

/// A list that only grows, so that what it lends stays where it is.
pub(crate) struct Texts {
    used: Cell<usize>,
    kept: [OnceCell<String>; BLOCK],
    next: OnceCell<Box<Texts>>,
}

impl Texts {
    pub(crate) fn new() -> Texts {
        Texts { used: Cell::new(0), kept: [const { OnceCell::new() }; BLOCK], next: OnceCell::new() }
    }

    pub(crate) fn keep(&self, text: String) -> &str {
        let mut block = self;
        while block.used.get() == BLOCK {
            block = block.next.get_or_init(|| Box::new(Texts::new()));
        }
        let at = block.used.get();
        block.used.set(at + 1);
        block.kept[at].get_or_init(|| text)
    }
}
