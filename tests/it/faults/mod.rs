//! Every command that writes, disturbed at every call that changes something: the process killed, the disk full or
//! broken, half a write, the power gone, and faults in the repair. Asked again, it ends with the same bytes, numbers
//! and mails; readers meanwhile find whole files; the exit code is one of the table.
//!
//! A few points of each are tried in every run of the tests. All of them, with a table at the end:
//!
//! ```sh
//! cargo test --release --test it every_fault -- --ignored --nocapture
//! ```
//!
//! `TRUEUP_FAULTS_ONLY` names the commands (a part of the name is enough, several parted by commas),
//! `TRUEUP_FAULTS_EVERY=10` takes each tenth call, `TRUEUP_FAULTS_TABLE` names a file for the table,
//! `TRUEUP_FAULTS_PROGRAM` another build of the program.

mod mail;
mod power;
mod scene;
mod shim;
mod state;
mod table;
mod trial;
mod world;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use power::Loss;
use scene::{Played, SCENES, Scene};
use shim::{Mode, Sabotage};
use table::Table;
use trial::{FAULTS, Fault, disturb};

/// A point to be tried: which fault, at which call.
type Point = (&'static str, Fault, usize);

/// Every point of a scene, each `every`th call.
fn all_points(played: &Played, every: usize) -> Vec<Point> {
    let mut points = Vec::new();
    for (name, fault) in FAULTS {
        let met = (1..).zip(&played.calls).filter(|(_, call)| fault.meets(played, call)).map(|(at, _)| at);
        points.extend(met.step_by(every).map(|at| (*name, *fault, at)));
    }
    points
}

/// Points spread over a scene, another fault at each.
fn few_points(played: &Played, turn: usize, count: usize) -> Vec<Point> {
    let spread = |n: usize| 1 + n * (played.calls.len() - 1) / count.saturating_sub(1).max(1);
    let can_be_met = |fault: &Fault| played.calls.iter().any(|call| fault.meets(played, call));
    let faults: Vec<_> = FAULTS.iter().filter(|(_, fault)| can_be_met(fault)).collect();
    let point = |n: usize| {
        let (name, fault) = *faults[(turn + n) % faults.len()];
        // The next call that the fault can meet.
        let met = (spread(n)..).zip(&played.calls[spread(n) - 1..]).find(|(_, call)| fault.meets(played, call));
        met.map(|(at, _)| (name, fault, at))
    };
    (0..count).filter_map(point).collect()
}

/// Tries points on so many threads; adds them to the table.
fn try_points(played: &Played, points: &[Point], threads: usize, table: &Mutex<Table>) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((name, fault, at)) = points.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let held = disturb(played, *fault, *at, None);
                    let held = held.map_err(|why| {
                        let call = &played.calls[at - 1];
                        format!("{} {name} at {at} ({} {}): {why}", played.scene.name, call.name, call.path.display())
                    });
                    table.lock().unwrap().add(played.scene.name, name, held);
                }
            });
        }
    });
    assert!(played.start.files() == played.before, "{}: a file was changed in place", played.scene.name);
}

/// The sample: scenes in turn, so that the tests of a machine with two processors share them.
fn sample(part: usize, parts: usize) {
    if shim::library().is_none() {
        return;
    }
    let table = Mutex::new(Table::default());
    for (turn, scene) in SCENES.iter().enumerate().filter(|(turn, _)| turn % parts == part) {
        let played = scene.play();
        let points = few_points(&played, turn * 3, if scene.is_long { 3 } else { 7 });
        assert!(points.len() >= 2, "{}: nothing to disturb", scene.name);
        try_points(&played, &points, 1, &table);
    }
    let table = table.into_inner().unwrap();
    assert!(table.failures.is_empty(), "\n{}", table.failures.join("\n"));
    assert!(table.struck() * 2 > table.tried(), "most points missed:\n{table}");
}

#[test]
fn a_few_faults_in_every_command_change_nothing_in_the_end() {
    sample(0, 2);
}

#[test]
fn a_few_faults_in_every_other_command_change_nothing_in_the_end() {
    sample(1, 2);
}

#[test]
#[ignore = "every call of every command, hours"]
#[expect(clippy::print_stdout, reason = "the table is what it is for")]
fn every_fault() {
    let set = |name: &str| std::env::var(name).ok();
    let only = set("TRUEUP_FAULTS_ONLY").unwrap_or_default();
    let every = set("TRUEUP_FAULTS_EVERY").map_or(1, |n| n.parse().unwrap());
    let threads = std::thread::available_parallelism().map_or(2, |n| n.get());
    let wanted = |scene: &&Scene| only.is_empty() || only.split(',').any(|word| scene.name.contains(word));
    let table = Mutex::new(Table::default());
    assert!(shim::library().is_some(), "there is no C compiler");
    for scene in SCENES.iter().filter(wanted) {
        let played = scene.play();
        try_points(&played, &all_points(&played, every), threads, &table);
        println!("{}: {} calls done", scene.name, played.calls.len());
        if let Some(file) = set("TRUEUP_FAULTS_TABLE") {
            std::fs::write(file, table.lock().unwrap().to_string()).unwrap();
        }
    }
    let table = table.into_inner().unwrap();
    println!("{table}");
    assert!(table.tried() > 0 && table.failures.is_empty(), "{} failures", table.failures.len());
}

/// What a bad disk or a bad program does must be seen: a proof that cannot fail is none.
#[test]
fn every_sabotage_is_noticed() {
    if shim::library().is_none() {
        return;
    }
    let scene = |name: &str| SCENES.iter().find(|scene| scene.name == name).unwrap().play();
    let (publish, credit) = (scene("publish"), scene("credit, an amount"));
    let caught = |played: &Played, fault: Fault, sabotage: Sabotage| {
        let count = 24.min(played.calls.len());
        let spread = (0..count).map(|n| 1 + n * (played.calls.len() - 1) / (count - 1));
        spread.filter(|at| disturb(played, fault, *at, Some(sabotage)).is_err()).count()
    };
    let (kill, cut) = (Fault::Process(Mode::Kill), Fault::Power(Loss::All));
    for (played, fault, sabotage) in [
        (&publish, Fault::PowerAfter, Sabotage::NoSync),
        (&publish, Fault::Power(Loss::Bytes), Sabotage::NoSync),
        (&publish, Fault::PowerAfter, Sabotage::NoDirSync),
        (&credit, Fault::PowerAfter, Sabotage::NoSync),
        (&publish, kill, Sabotage::MovesCopy),
        (&publish, kill, Sabotage::LostWrite),
        (&publish, kill, Sabotage::Crash),
        (&credit, kill, Sabotage::Quiet),
        (&publish, cut, Sabotage::Crash),
    ] {
        let noticed = caught(played, fault, sabotage);
        assert!(noticed > 0, "{}: {sabotage:?} under {fault:?} went unnoticed", played.scene.name);
    }
}
