//! What an operator's machinery sees: logs for a collector, pings for a watcher, completions, the manual.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;

use crate::desk::{Desk, operator};

const CLOSE: [&str; 6] = ["run", "monthly", "--period", "2026-10", "--as-of", "2026-11-04T00:00:00+08:00"];

/// Answers `n` requests with 200 and gives back their first lines and bodies.
fn watcher(n: usize) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/check", listener.local_addr().unwrap());
    let heard = std::thread::spawn(move || {
        let mut heard = Vec::new();
        for _ in 0..n {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            let mut piece = [0u8; 1024];
            while !is_whole(&request) {
                let read = stream.read(&mut piece).unwrap();
                assert!(read > 0, "the request ended early");
                request.extend_from_slice(&piece[..read]);
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
            let text = String::from_utf8(request).unwrap();
            let first = text.lines().next().unwrap().to_owned();
            heard.push(format!("{first} | {}", text.rsplit("\r\n\r\n").next().unwrap()));
        }
        heard
    });
    (url, heard)
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|l| l.strip_prefix("content-length:")).map_or(0, |l| l.trim().parse().unwrap());
    body.len() >= length
}

fn watched(desk: &Desk, url: &str) {
    let config = std::fs::read_to_string(desk.path().join("trueup.toml")).unwrap();
    desk.write("trueup.toml", format!("{config}\n[health]\nurl = \"{url}\"\n"));
}

#[test]
fn a_watcher_hears_when_a_job_begins_and_how_it_ends() {
    let desk = operator();
    let (url, heard) = watcher(2);
    watched(&desk, &url);
    assert_eq!(desk.run(&CLOSE).code, 3);
    assert_eq!(
        heard.join().unwrap(),
        [
            "POST /check/start HTTP/1.1 | trueup monthly 2026-10",
            "POST /check HTTP/1.1 | trueup monthly 2026-10 ended with exit code 3"
        ]
    );
    let (url, heard) = watcher(2);
    let desk = operator();
    watched(&desk, &url);
    desk.write("prices/tokone.toml", "[book]\nid = 1\n");
    assert_eq!(desk.run(&CLOSE).code, 78);
    assert_eq!(heard.join().unwrap()[1], "POST /check/fail HTTP/1.1 | trueup monthly 2026-10 ended with exit code 78");
}

#[test]
fn a_watcher_that_is_not_there_changes_nothing() {
    let desk = operator();
    watched(&desk, "http://127.0.0.1:1/check");
    let ran = desk.run(&CLOSE);
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.contains("the run goes on"), "{}", ran.stderr);
    let desk = operator();
    watched(&desk, "ftp://example.com");
    let ran = desk.run(&CLOSE);
    assert_eq!(ran.code, 78);
    assert!(ran.stderr.contains("is not an http or https address"), "{}", ran.stderr);
}

#[test]
fn logs_for_a_collector_are_one_object_a_line() {
    let desk = operator();
    let mut args = vec!["--log", "json"];
    args.extend(CLOSE);
    let ran = desk.run(&args);
    let last = ran.stderr.lines().last().unwrap();
    for member in [r#""message":"run ended""#, r#""exit":3"#, r#""rows":6"#, r#""findings":2"#] {
        assert!(last.contains(member), "{last}");
    }
    assert!(ran.stderr.lines().all(|l| l.starts_with('{') && l.ends_with('}')), "{}", ran.stderr);
    let failed = desk.run(&["--log", "json", "run", "nightly"]);
    assert_eq!(failed.code, 2);
    assert!(failed.stderr.contains(r#""exit":2,"#) && failed.stderr.lines().count() == 1, "{}", failed.stderr);
}

#[test]
fn completions_and_the_manual_know_every_command() {
    let desk = Desk::new();
    let manual = desk.run(&["man"]).stdout;
    for shell in ["bash", "zsh", "fish"] {
        let script = desk.run(&["completions", shell]).stdout;
        for command in ["reconcile", "explain", "verify"] {
            assert!(script.contains(command), "{shell}");
            assert!(manual.contains(&format!(".SH \"TRUEUP {}\"", command.to_uppercase())));
        }
    }
}
