//! Killed at any moment, as often as you like: the same run again ends with the same bytes.

use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::desk::{Desk, Ran, month};

type Tree = Vec<(PathBuf, Vec<u8>)>;

const CLOSE: [&str; 6] = ["run", "monthly", "--period", "2026-10", "--as-of", "2026-11-05T12:00:00Z"];
const INGEST: [&str; 3] = ["ingest", "--as-of", "2026-11-05T12:00:00Z"];

/// Chance from a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}

/// What a command does to a month when nobody disturbs it.
struct Calm {
    args: &'static [&'static str],
    code: i32,
    took: Duration,
    lake: Tree,
    out: Tree,
    /// Files written.
    files: u64,
}

impl Calm {
    fn of(start: &Desk, args: &'static [&'static str]) -> Calm {
        let desk = start.copy();
        let begun = Instant::now();
        let ran = desk.run(args);
        let took = begun.elapsed();
        assert!([0, 3, 4].contains(&ran.code), "{}", ran.stderr);
        let (lake, out) = (lake(&desk), desk.tree("out"));
        let files = (lake.len() + out.len()) as u64;
        Calm { args, code: ran.code, took, lake, out, files }
    }

    /// Starts the command and kills it: after a while, or once it has written so many files.
    /// Gives whether it was still running.
    fn strike(&self, desk: &Desk, dice: &mut Dice) -> bool {
        let mut child = quietly(desk, self.args);
        if dice.below(2) == 0 {
            std::thread::sleep(self.took.mul_f64(dice.below(1000) as f64 / 1000.0));
        } else {
            let enough = dice.below(self.files + 1);
            while child.try_wait().unwrap().is_none() && written(desk) < enough {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        child.kill().unwrap();
        child.wait().unwrap().code().is_none()
    }

    /// Runs the command to its end on a desk that was struck, and compares every byte.
    fn holds_on(&self, desk: &Desk, story: &str) {
        let ran = desk.run(self.args);
        assert_eq!(ran.code, self.code, "{story}: {}", ran.stderr);
        same(&desk.tree("out"), &self.out, story);
        same(&lake(desk), &self.lake, story);
    }
}

fn quietly(desk: &Desk, args: &[&str]) -> Child {
    desk.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Everything in the lake but the state's id, which is drawn anew for each state.
fn lake(desk: &Desk) -> Tree {
    let mut tree = desk.tree("lake");
    tree.retain(|(path, _)| path.as_os_str() != "lake.json");
    tree
}

fn written(desk: &Desk) -> u64 {
    let (mut count, mut folders) = (0, vec![desk.path().join("lake"), desk.path().join("out")]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                _ => count += 1,
            }
        }
    }
    count
}

fn same(found: &Tree, wanted: &Tree, story: &str) {
    let names = |tree: &Tree| tree.iter().map(|f| f.0.clone()).collect::<Vec<_>>();
    let (there, due) = (names(found), names(wanted));
    let more: Vec<_> = there.iter().filter(|n| !due.contains(n)).collect();
    let fewer: Vec<_> = due.iter().filter(|n| !there.contains(n)).collect();
    assert!(more.is_empty() && fewer.is_empty(), "{story}: too many {more:?}, missing {fewer:?}");
    for (file, wanted) in found.iter().zip(wanted) {
        assert!(file == wanted, "{story}: {} has other bytes", file.0.display());
    }
}

fn verified(desk: &Desk) {
    let Ran { code, stdout, stderr } = desk.run(&["verify"]);
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("every digest is equal"), "{stdout}");
}

/// Strikes a month until `kills` have landed, up to three in a row on one lake, some of them while
/// only files are being read in.
fn storm(platform: &str, calls: u64, kills: u64, seed: u64) {
    let start = month(platform, calls, seed);
    let (close, ingest) = (Calm::of(&start, &CLOSE), Calm::of(&start, &INGEST));
    let mut dice = Dice(seed);
    let (mut landed, mut tried) = (0, 0);
    while landed < kills {
        let desk = start.copy();
        let mut story = format!("{platform} seed {seed}, after {landed} kills");
        let first = if dice.below(4) == 0 { &ingest } else { &close };
        for strike in 0..=dice.below(3) {
            let hit = if strike == 0 { first } else { &close }.strike(&desk, &mut dice);
            landed += u64::from(hit);
            story.push_str(if hit { ", killed" } else { ", missed" });
        }
        close.holds_on(&desk, &story);
        tried += 1;
        if tried % 5 == 1 {
            verified(&desk);
        }
        assert!(tried <= 20 + 3 * kills, "only {landed} of {tried} strikes found the run alive");
    }
}

#[test]
fn a_month_killed_at_any_moment_ends_with_the_same_bytes() {
    storm("tokone", 600, 15, 1);
}

/// `TRUEUP_KILLS=300 cargo test --release --test it a_storm_over_five_platforms -- --ignored --nocapture`
#[test]
#[ignore = "kills several hundred runs, many minutes"]
#[expect(clippy::print_stdout, reason = "says how far it is")]
fn a_storm_over_five_platforms() {
    let kills: u64 = std::env::var("TRUEUP_KILLS").map_or(300, |k| k.parse().unwrap());
    let platforms = ["tokmodel", "toki", "resayil", "tokone", "llmhub"];
    for (seed, platform) in (100..).zip(platforms) {
        storm(platform, 2000, kills.div_ceil(platforms.len() as u64), seed);
        println!("{platform}: {} kills, every byte equal", kills.div_ceil(platforms.len() as u64));
    }
}
