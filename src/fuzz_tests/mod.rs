//! Damaged, torn, spliced and absurd input to everything that reads a text: no reader may panic, hand out a row that
//! cannot be stored, lose count of a row, or say another thing when asked again. A case is known by its reader and
//! number, so what is found once can be tried again.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a storm goes by the clock and says how far it came"
)]

mod mutate;
mod readers;

use std::panic::{AssertUnwindSafe, catch_unwind};

use self::mutate::{Rng, mutated};
use self::readers::{READERS, Reader};

/// The input of one case.
fn input(reader: &Reader, case: u64) -> Vec<u8> {
    let name = reader.name.bytes().fold(0u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(u64::from(byte)));
    mutated(reader.seeds, &mut Rng::new(name ^ case.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}

fn try_case(reader: &Reader, case: u64) {
    let input = input(reader, case);
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| (reader.read)(&input))) {
        let said = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        panic!("{} case {case}: {}\n{}", reader.name, said.unwrap_or_default(), input.escape_ascii());
    }
}

#[test]
fn every_reader_takes_a_few_of_everything() {
    for reader in READERS {
        reader.seeds.iter().for_each(|seed| (reader.read)(seed));
        (0..60).for_each(|case| try_case(reader, case));
    }
}

/// What each reader was given in `seconds` on one core, from a case on.
pub(crate) fn storm(seconds: u64, only: Option<&str>, from: u64) {
    for reader in READERS.iter().filter(|reader| only.is_none_or(|only| only == reader.name)) {
        let begun = std::time::Instant::now();
        let (mut case, mut slowest) = (from, (std::time::Duration::ZERO, from));
        while begun.elapsed().as_secs() < seconds {
            let at = std::time::Instant::now();
            try_case(reader, case);
            slowest = slowest.max((at.elapsed(), case));
            case += 1;
        }
        let done = case - from;
        std::println!("{:<10} {done:>9} inputs, the slowest {:?} (case {})", reader.name, slowest.0, slowest.1);
    }
}

/// One case again.
pub(crate) fn one(reader: &str, case: u64) {
    let reader = READERS.iter().find(|known| known.name == reader).expect("a reader's name");
    std::println!("{}", input(reader, case).escape_ascii());
    (reader.read)(&input(reader, case));
}
