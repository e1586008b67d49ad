//! Changes of an input: bytes, tokens, lines, ends, repeats, pieces of other inputs, compression.

use std::io::Write;

/// A small generator; the same number gives the same row of numbers everywhere.
pub(super) struct Rng(u64);

impl Rng {
    pub(super) fn new(seed: u64) -> Rng {
        Rng(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n.max(1) as u64).unwrap_or(0)
    }

    fn pick<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }
}

/// What readers stumble over.
const TOKENS: &[&str] = &[
    "0",
    "-0",
    "-1",
    "1e400",
    "1e-400",
    "0.1e1",
    "1.",
    ".5",
    "00",
    "+1",
    "NaN",
    "Infinity",
    "null",
    "true",
    "\"\"",
    "{}",
    "[]",
    "[[[[[[[[[[[[[[[[",
    "{\"a\":{\"a\":{\"a\":{\"a\":",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "18446744073709551616",
    "340282366920938463463374607431768211456",
    "99999999999999999999.999999999999999999",
    "0.000000000000000000000000000000000001",
    "1000000000000000.000000000000000001",
    "\"0001-01-01T00:00:00Z\"",
    "\"9999-12-31T23:59:60Z\"",
    "\"2026-02-30T00:00:00Z\"",
    "\"2026-10-05T24:00:00+99:99\"",
    "\"+262142-12-31T00:00:00Z\"",
    "1759637000",
    "1759637000.5",
    "\"2026-10-05 10:00\"",
    "\u{feff}",
    "\u{0}",
    "\u{202e}",
    "\"\\ud800\"",
    "\"\\u0000\"",
    "\"\\",
    "\\u",
    "\u{1f468}\u{200d}\u{1f4bb}",
    "=1+1",
    "../../x",
    "\r\n",
    "\n",
    "\r",
    "\t",
    ",",
    ";",
    ";;",
    "\"",
    "\"\"\"",
    "'",
    "'''",
    "#",
    ":",
    "::",
    "=",
    "{",
    "}",
    "[",
    "]",
    "[[version]]",
    "NULL",
    "\\N",
    "()",
    "*",
    "%",
    "1/3",
    "inf",
    "usage",
    "input_tokens",
    "prompt_tokens",
    "call_id",
    "started_at",
    "amount",
    "unit",
    "model",
    "charge",
    "-",
];

fn seed<'a>(seeds: &[&'a [u8]], rng: &mut Rng) -> &'a [u8] {
    rng.pick(seeds)
}

/// One of the seeds, changed a few times; now and then packed, and then perhaps damaged.
pub(super) fn mutated(seeds: &[&[u8]], rng: &mut Rng) -> Vec<u8> {
    let mut bytes = seed(seeds, rng).to_vec();
    for _ in 0..=rng.below(6) {
        change(&mut bytes, seeds, rng);
    }
    bytes.truncate(256 << 10);
    match rng.below(12) {
        0 => packed(gzip(&bytes), rng),
        1 => packed(zstd::stream::encode_all(bytes.as_slice(), 1).unwrap_or_default(), rng),
        _ => bytes,
    }
}

fn packed(mut bytes: Vec<u8>, rng: &mut Rng) -> Vec<u8> {
    match rng.below(4) {
        0 => bytes.truncate(rng.below(bytes.len() + 1)),
        1 => flip(&mut bytes, rng),
        2 => bytes.extend_from_within(..),
        _ => {}
    }
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).unwrap_or_default()
}

fn flip(bytes: &mut [u8], rng: &mut Rng) {
    if !bytes.is_empty() {
        let at = rng.below(bytes.len());
        bytes[at] ^= 1 << rng.below(8);
    }
}

fn change(bytes: &mut Vec<u8>, seeds: &[&[u8]], rng: &mut Rng) {
    let at = rng.below(bytes.len() + 1);
    match rng.below(11) {
        0 => flip(bytes, rng),
        1 => bytes.truncate(at),
        2 => drop(bytes.drain(..at)),
        3 => drop(bytes.splice(at..at, rng.pick(TOKENS).bytes())),
        4 => {
            let value = value_at(bytes, at);
            drop(bytes.splice(value, rng.pick(TOKENS).bytes()));
        }
        5 => {
            let (from, to) = (line_at(bytes, at), rng.below(bytes.len() + 1));
            let line = bytes[from].to_vec();
            let times = 1 + rng.below(40);
            drop(bytes.splice(to..to, line.repeat(times)));
        }
        6 => {
            let line = line_at(bytes, at);
            drop(bytes.drain(line));
        }
        7 => {
            let other = seed(seeds, rng);
            let from = rng.below(other.len() + 1);
            let upto = (from + rng.below(400)).min(other.len());
            drop(bytes.splice(at..at, other[from..upto].iter().copied()));
        }
        8 => {
            let value = value_at(bytes, at);
            let (token, times) = (rng.pick(TOKENS), 1 + rng.below(2000));
            drop(bytes.splice(value, token.repeat(times).into_bytes()));
        }
        9 => {
            let other = seed(seeds, rng);
            let (value, theirs) = (value_at(bytes, at), value_at(other, rng.below(other.len() + 1)));
            drop(bytes.splice(value, other[theirs].iter().copied()));
        }
        _ => {
            let value = value_at(bytes, at);
            let digits: Vec<u8> = (0..=rng.below(45)).map(|_| b"0123456789.-eE"[rng.below(14)]).collect();
            drop(bytes.splice(value, digits));
        }
    }
}

/// What stands between marks around a place: a number, a word, a text without its quotes.
fn value_at(bytes: &[u8], at: usize) -> std::ops::Range<usize> {
    let is_mark = |byte: &u8| b",;:{}[]\"=\n\r\t ".contains(byte);
    let from = bytes[..at].iter().rposition(is_mark).map_or(0, |mark| mark + 1);
    let upto = bytes[at..].iter().position(is_mark).map_or(bytes.len(), |mark| at + mark);
    from..upto
}

fn line_at(bytes: &[u8], at: usize) -> std::ops::Range<usize> {
    let from = bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |mark| mark + 1);
    let upto = bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |mark| at + mark + 1);
    from..upto
}
