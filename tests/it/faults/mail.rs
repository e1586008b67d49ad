//! Mail to a server, its sender disturbed at every call: each message is taken once, or its fate is listed.

use std::collections::BTreeMap;

use super::power::Journal;
use super::scene::{MAIL, closed_month, mailing};
use super::shim::{self, Errno, Mode};
use super::world::{Harm, UNHARMED, World};
use crate::smtp_server::{MailServer, Script};

/// The evening after a close, with mail waiting for a server.
fn evening(start: &World) -> (World, MailServer) {
    let (world, server) = (start.copy(false), MailServer::start(Script::default()));
    world.write("trueup.toml", mailing(server.port));
    (world, server)
}

/// How often each message was taken, by its Message-ID.
fn taken(server: &MailServer) -> BTreeMap<String, usize> {
    let mut taken = BTreeMap::new();
    for got in server.got() {
        let id = got.message.lines().find_map(|line| line.strip_prefix("Message-ID: ")).expect("an id").to_owned();
        *taken.entry(id).or_default() += 1;
    }
    taken
}

/// Gives how many messages have an unknown end.
fn disturbed(start: &World, due: usize, mode: Mode, at: usize) -> usize {
    let (world, server) = evening(start);
    let story = format!("{mode:?} at {at}");
    let struck = world.run(&MAIL, Harm { mode, at, ..UNHARMED });
    assert!([-1, 0, 4, 75, 78].contains(&struck.code), "{story}: {}: {}", struck.code, struck.stderr);
    for _ in 0..2 {
        let again = world.run(&MAIL, UNHARMED);
        assert!([0, 4].contains(&again.code), "{story}: {}: {}", again.code, again.stderr);
    }
    let listed =
        world.run(&super::world::Ask { args: &["notify", "--list", "--format", "jsonl"], at: MAIL.at }, UNHARMED);
    let rows = listed.stdout.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let open: Vec<String> =
        rows.map(|row| format!("<{}> {}", row["message_id"].as_str().unwrap(), row["status"])).collect();
    let taken = taken(&server);
    assert!(taken.values().all(|times| *times == 1), "{story}: {taken:?}");
    assert!(open.iter().all(|row| row.ends_with("\"unknown\"")), "{story}: {open:?}");
    let lost = open.iter().filter(|row| !taken.contains_key(row.split(' ').next().unwrap())).count();
    assert_eq!(taken.len() + lost, due, "{story}: {taken:?} {open:?}");
    open.len()
}

fn storm(every: Option<usize>) -> Vec<(Mode, usize, usize)> {
    let start = closed_month();
    let (calm, server) = evening(&start);
    let ran = calm.run(&MAIL, UNHARMED);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let (calls, due) = (Journal::read(&calm.journal()).calls.len(), taken(&server).len());
    assert!(due >= 3 && calls > 50, "{due} messages in {calls} calls");
    let every = every.unwrap_or(calls / 4);
    [Mode::Kill, Mode::Always(Errno::Full), Mode::Once(Errno::Broken)]
        .into_iter()
        .map(|mode| {
            let points: Vec<usize> = (1..=calls).step_by(every).collect();
            let unknown = points.iter().map(|at| disturbed(&start, due, mode, *at)).sum();
            (mode, points.len(), unknown)
        })
        .collect()
}

#[test]
fn mail_is_taken_once_or_listed_whatever_call_its_sender_dies_at() {
    if shim::library().is_some() {
        storm(None);
    }
}

/// `TRUEUP_FAULTS_EVERY=1 cargo test --release --test it every_fault_of_a_sender -- --ignored --nocapture`
#[test]
#[ignore = "every call of a run that sends, minutes"]
#[expect(clippy::print_stdout, reason = "says what was tried")]
fn every_fault_of_a_sender() {
    assert!(shim::library().is_some(), "there is no C compiler");
    let every = std::env::var("TRUEUP_FAULTS_EVERY").map_or(1, |n| n.parse().unwrap());
    for (mode, points, unknown) in storm(Some(every)) {
        println!("{mode:?}: {points} points, no message twice, {unknown} listed as unknown");
    }
}
