//! Killed at any moment, as often as you like: the same run again ends with the same bytes.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::desk::{Desk, Ran, month};

type Tree = Vec<(PathBuf, Vec<u8>)>;

/// A desk's last evening of the month, its close, and the mail about its bills.
const STEPS: [&[&str]; 3] = [
    &["run", "hourly", "--as-of", "2026-10-31T15:00:00Z"],
    &["run", "monthly", "--period", "2026-10", "--as-of", "2026-11-05T12:00:00Z"],
    &["run", "hourly", "--as-of", "2026-11-05T12:00:00Z"],
];
const FOLDERS: [&str; 3] = ["lake", "out", "outbox"];

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

/// What a step does to a month when nobody disturbs it.
struct Calm {
    args: &'static [&'static str],
    code: i32,
    took: Duration,
    /// Files there before it, and files it writes.
    files: (u64, u64),
    lake: Tree,
    out: Tree,
    outbox: Tree,
}

impl Calm {
    /// Takes a desk through a step.
    fn of(desk: &Desk, args: &'static [&'static str]) -> Calm {
        let (begun, before) = (Instant::now(), written(desk));
        let ran = desk.run(args);
        let took = begun.elapsed();
        assert!([0, 3, 4].contains(&ran.code), "{}", ran.stderr);
        let (lake, out, outbox) = (lake(desk), desk.tree("out"), desk.tree("outbox"));
        Calm { args, code: ran.code, took, files: (before, written(desk) - before), lake, out, outbox }
    }

    /// Starts the step and kills it: after a while, or once it has written so many files.
    /// Gives whether it was still running.
    fn strike(&self, desk: &Desk, dice: &mut Dice) -> bool {
        let mut child = quietly(desk, self.args);
        if dice.below(2) == 0 {
            std::thread::sleep(self.took.mul_f64(dice.below(1000) as f64 / 1000.0));
        } else {
            let enough = self.files.0 + dice.below(self.files.1 + 1);
            while child.try_wait().unwrap().is_none() && written(desk) < enough {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        child.kill().unwrap();
        child.wait().unwrap().code().is_none()
    }

    /// Takes a desk that was struck to the step's end, and compares every byte.
    fn holds_on(&self, desk: &Desk, story: &str) {
        let ran = desk.run(self.args);
        let codes = [Some(self.code), (self.code == 0).then_some(4)];
        assert!(codes.contains(&Some(ran.code)), "{story}: {} not {}: {}", ran.code, self.code, ran.stderr);
        same(&desk.tree("out"), &self.out, story);
        same(&lake(desk), &self.lake, story);
        let unknown = mails_that_may_be_lost(desk, story);
        assert!(ran.code == self.code || !unknown.is_empty(), "{story}: {}", ran.stderr);
        // What nobody can know is never sent again; all the rest is there, once.
        let mut wanted = self.outbox.clone();
        let sent: Vec<String> = desk.tree("outbox").iter().map(message_id).collect();
        wanted.retain(|mail| sent.contains(&message_id(mail)) || !unknown.contains(&message_id(mail)));
        same(&desk.tree("outbox"), &wanted, story);
    }
}

/// Ids of messages whose end is listed as unknown.
fn mails_that_may_be_lost(desk: &Desk, story: &str) -> Vec<String> {
    let listed = desk.run(&["notify", "--list", "--format", "jsonl"]);
    assert_eq!(listed.code, 0, "{story}: {}", listed.stderr);
    let rows = listed.stdout.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let unknown = rows.filter(|row| row["status"] == "unknown");
    unknown.map(|row| row["message_id"].as_str().unwrap().to_owned()).collect()
}

fn message_id((path, bytes): &(PathBuf, Vec<u8>)) -> String {
    let text = String::from_utf8_lossy(bytes);
    let id = text.lines().find_map(|line| line.strip_prefix("Message-ID: <")?.strip_suffix('>'));
    id.unwrap_or_else(|| panic!("{} has no Message-ID", path.display())).to_owned()
}

/// Numbers of every series run from 1 to the last, each once, and each is one document's.
fn numbers_run_on(desk: &Desk, story: &str) {
    let mut series: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let mut accounts: BTreeMap<String, String> = BTreeMap::new();
    for (path, bytes) in desk.tree("lake/documents") {
        let number = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let (name, place) = number.rsplit_once('-').unwrap();
        series.entry(name.to_owned()).or_default().push(place.parse().unwrap());
        let document: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(document["number"], *number, "{story}");
        let statement = &document["statement"];
        let what = [&document["kind"], &document["customer"]["account_id"], &document["basis"], &document["currency"]];
        let what = format!("{what:?} {} {} {}", statement["wallet"], statement["unit"], document["corrects"]);
        if let Some(other) = accounts.insert(what.clone(), number.clone()) {
            panic!("{story}: {other} and {number} are one document: {what}");
        }
    }
    assert!(!series.is_empty(), "{story}: nothing was numbered");
    for (name, mut numbers) in series {
        numbers.sort_unstable();
        assert!(numbers.iter().copied().eq(1..=numbers.len() as u64), "{story}: {name}: {numbers:?}");
    }
    let mut ids: Vec<String> = desk.tree("outbox").iter().map(message_id).collect();
    let sent = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), sent, "{story}: a message was sent twice");
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
    let (mut count, mut folders) = (0, FOLDERS.map(|folder| desk.path().join(folder)).to_vec());
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

/// Strikes months until `kills` have landed: each step of a desk none, one or several times in a row, and
/// what comes of the step is compared before the next one.
fn storm(platform: &str, calls: u64, kills: u64, seed: u64) {
    let start = month(platform, calls, seed);
    let calm = start.copy();
    let steps = STEPS.map(|args| Calm::of(&calm, args));
    numbers_run_on(&calm, platform);
    assert!(steps.iter().all(|step| step.files.1 > 0) && !steps[2].outbox.is_empty(), "{platform}: nothing to disturb");
    let mut dice = Dice(seed);
    let (mut landed, mut tried) = (0, 0);
    while landed < kills {
        let desk = start.copy();
        let mut story = format!("{platform} seed {seed}, after {landed} kills");
        for (at, step) in steps.iter().enumerate() {
            for _ in 0..dice.below(4) {
                let hit = step.strike(&desk, &mut dice);
                landed += u64::from(hit);
                story.push_str(&format!(", step {at} {}", if hit { "killed" } else { "missed" }));
            }
            step.holds_on(&desk, &story);
        }
        numbers_run_on(&desk, &story);
        tried += 1;
        if tried % 5 == 1 {
            verified(&desk);
        }
        assert!(tried <= 20 + 3 * kills, "only {landed} strikes found a run of {tried} desks alive");
    }
}

#[test]
fn a_month_killed_at_any_moment_ends_with_the_same_bytes_numbers_and_mails() {
    storm("tokone", 600, 10, 1);
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
        println!("{platform}: {} kills, every byte, number and mail equal", kills.div_ceil(platforms.len() as u64));
    }
}
