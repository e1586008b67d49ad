//! Asked to stop, and asked to run while another run is at it.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::desk::{Desk, Ran, month};

const CLOSE: [&str; 6] = ["run", "monthly", "--period", "2026-10", "--as-of", "2026-11-05T12:00:00Z"];

fn begin(desk: &Desk) -> Child {
    desk.command(&CLOSE).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("sh").arg("-c").arg(format!("kill -{name} {}", child.id())).status().unwrap();
    assert!(sent.success());
}

fn until(child: &mut Child, what: &str, mut reached: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !reached() {
        assert!(child.try_wait().unwrap().is_none(), "the run ended before {what}");
        assert!(begun.elapsed() < Duration::from_secs(300), "{what} never came");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn sealed(desk: &Desk) -> usize {
    fs::read_dir(desk.path().join("lake/manifests/reconcile")).map_or(0, |days| days.flatten().count())
}

fn holder(desk: &Desk) -> String {
    fs::read_to_string(desk.path().join("state.db.lock")).unwrap_or_default()
}

#[test]
fn sigterm_stops_before_the_next_seal_and_the_next_run_goes_on() {
    let start = month("resayil", 1500, 4);
    let calm = start.copy();
    let code = calm.run(&CLOSE).code;
    for days in [0, 1, 12] {
        let desk = start.copy();
        let mut child = begin(&desk);
        if days == 0 {
            until(&mut child, "the first part", || desk.path().join("lake/tables").exists());
        } else {
            until(&mut child, "the seals", || sealed(&desk) >= days);
        }
        signal(&child, "TERM");
        let stopped = Ran::of(child.wait_with_output().unwrap());
        assert_eq!(stopped.code, 75, "at {days}: {}", stopped.stderr);
        assert!(stopped.stderr.contains("stopped before the next seal"), "{}", stopped.stderr);
        assert!(sealed(&desk) < 31);
        let status = desk.run(&["status"]).stdout;
        assert!(status.contains("with exit code 75"), "{status}");
        assert_eq!(desk.run(&CLOSE).code, code);
        assert!(desk.tree("out") == calm.tree("out"), "after a stop at {days}");
    }
}

#[test]
fn a_second_run_names_the_first_and_leaves_everything_to_it() {
    let desk = month("tokone", 600, 5);
    let calm = desk.copy();
    let code = calm.run(&CLOSE).code;
    let mut first = begin(&desk);
    until(&mut first, "the lock", || !holder(&desk).is_empty());
    until(&mut first, "a seal", || sealed(&desk) > 0);
    signal(&first, "STOP");
    let before = desk.tree("lake");
    let second = desk.run(&CLOSE);
    assert_eq!(second.code, 75, "{}", second.stderr);
    let who = format!("this lake is in use by monthly (process {}", first.id());
    assert!(second.stderr.contains(&who) && second.stderr.contains("--lock-wait"), "{}", second.stderr);
    assert!(before == desk.tree("lake"));
    signal(&first, "CONT");
    assert_eq!(first.wait().unwrap().code(), Some(code));
    assert!(desk.tree("out") == calm.tree("out"));
}

#[test]
fn runs_started_together_do_the_work_once() {
    let desk = month("toki", 600, 6);
    let calm = desk.copy();
    let code = calm.run(&CLOSE).code;
    let waiting = [CLOSE.as_slice(), &["--lock-wait", "10m"]].concat();
    let runs: Vec<Child> = [CLOSE.as_slice(), &waiting, &waiting, &CLOSE]
        .into_iter()
        .map(|args| desk.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
        .collect();
    let codes: Vec<Option<i32>> = runs.into_iter().map(|mut run| run.wait().unwrap().code()).collect();
    assert!(codes.contains(&Some(code)) && codes.iter().all(|c| [Some(code), Some(75)].contains(c)), "{codes:?}");
    assert!(codes[1] == Some(code) && codes[2] == Some(code), "{codes:?}");
    let mut lake = desk.tree("lake");
    lake.retain(|(path, _)| path.as_os_str() != "lake.json");
    let mut wanted = calm.tree("lake");
    wanted.retain(|(path, _)| path.as_os_str() != "lake.json");
    assert!(lake == wanted && desk.tree("out") == calm.tree("out"));
}
