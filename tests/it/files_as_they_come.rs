//! Files as gateways, log rotation and people leave them: half written, renamed, odd, many.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::process::Stdio;

use crate::desk::{Desk, Ran, operator};

const CALLS: &str = "call_id,account_id,model,started_at,charge,usage.input_tokens,usage.output_tokens\n";
const POSTINGS: &str = "posting_id,account_id,kind,unit,posted_at,call_id,amount\n";
const BALANCES: &str = "account_id,unit,at,balance\n";

fn ingest(desk: &Desk, at: &str) -> Ran {
    desk.run(&["ingest", "--as-of", at])
}

fn daily(desk: &Desk) -> Ran {
    desk.run(&["run", "daily", "--date", "2026-10-05", "--as-of", "2026-10-10T00:00:00Z"])
}

/// A desk whose three inputs are CSV, each cut in the middle of its last number.
fn torn(cut: bool) -> Desk {
    let desk = operator();
    fs::remove_dir_all(desk.path().join("raw")).unwrap();
    let settings = fs::read_to_string(desk.path().join("trueup.toml")).unwrap();
    let settings =
        settings.replace("[ledger]\n", "[ledger]\ncomplete_from = \"2026-10-05\"\nbalances = \"raw/balances/*\"\n");
    desk.write("trueup.toml", settings);
    let end = if cut { "" } else { "00\n" };
    for k in 1..=4 {
        let call = format!("{CALLS}t-{k},alice,gpt-5.5,2026-10-05T10:00:0{k}+08:00,0.0195,3000,8{end}");
        desk.write(&format!("raw/calls/{k}.csv"), call);
        let row = format!("{POSTINGS}p-{k},alice,usage,CNY,2026-10-05T10:00:0{k}+08:00,t-{k},-0.01");
        desk.write(&format!("raw/postings/{k}.csv"), row + if cut { "" } else { "95\n" });
    }
    let top_up = "g-1,alice,grant,CNY,2026-10-05T09:00:00+08:00,,10\n";
    desk.write("raw/postings/0.csv", format!("{POSTINGS}{top_up}"));
    let balance = "alice,CNY,2026-10-05T23:00:00+08:00,9.9";
    desk.write("raw/balances/a.csv", format!("{BALANCES}{balance}") + if cut { "" } else { "22\n" });
    desk
}

fn complete(desk: &Desk) {
    for k in 1..=4 {
        for (kind, rest) in [("calls", "00\n"), ("postings", "95\n")] {
            append(desk, &format!("raw/{kind}/{k}.csv"), rest);
        }
    }
    append(desk, "raw/balances/a.csv", "22\n");
}

fn append(desk: &Desk, path: &str, more: &str) {
    let text = fs::read_to_string(desk.path().join(path)).unwrap();
    desk.write(path, text + more);
}

/// What a day says, whatever way its rows came.
fn answers(desk: &Desk) -> Vec<String> {
    let mut said = vec![desk.run(&["findings", "--format", "jsonl"]).stdout, desk.run(&["rejects"]).stdout];
    for table in ["classes.csv", "wallets.csv", "rollup.csv"] {
        said.push(fs::read_to_string(desk.path().join("out/day/2026-10-05").join(table)).unwrap());
    }
    let status = desk.run(&["status"]).stdout;
    said.push(status.lines().filter(|line| line.starts_with("input")).collect());
    said
}

#[test]
fn nothing_that_half_a_last_line_said_stands_once_the_file_has_grown() {
    let calm = torn(false);
    assert_eq!(daily(&calm).code, 0, "{}", daily(&calm).stderr);
    let wanted = answers(&calm);
    let desk = torn(true);
    // Read as it is: a file may never end in an end of line.
    assert_eq!(ingest(&desk, "2026-10-09T12:00:00Z").code, 0);
    let early = daily(&desk);
    assert_ne!(early.code, 0, "half the tokens, half the money: {}", early.stderr);
    complete(&desk);
    // A log that was rotated meanwhile grew under its new name.
    fs::rename(desk.path().join("raw/calls/4.csv"), desk.path().join("raw/calls/4.csv.1")).unwrap();
    let ran = daily(&desk);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(answers(&desk), wanted);
    let verified = desk.run(&["verify"]);
    assert_eq!(verified.code, 0, "{}{}", verified.stdout, verified.stderr);
    // And once more: nothing is new.
    assert_eq!(daily(&desk).code, 0);
    assert_eq!(answers(&desk), wanted);
}

#[test]
fn a_file_without_a_last_end_of_line_is_read_whole_and_a_torn_object_waits() {
    let desk = torn(false);
    for k in 1..=4 {
        let path = format!("raw/calls/{k}.csv");
        let text = fs::read_to_string(desk.path().join(&path)).unwrap();
        desk.write(&path, text.trim_end());
    }
    let row = r#"{"call_id":"j-1","account_id":"alice","model":"gpt-5.5","started_at":"2026-10-05T11:00:00+08:00","usage":{"input_tokens":30,"output_tokens":8},"charge":"0.000195"}"#;
    desk.write("raw/calls/j.jsonl", format!("{row}\n{}", &row.replace("j-1", "j-2")[..90]));
    let ran = ingest(&desk, "2026-10-06T00:00:00Z");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let rejects = desk.run(&["rejects"]).stdout;
    assert!(rejects.contains("j.jsonl") && desk.run(&["status"]).stdout.contains(" 1 rejects"), "{rejects}");
    desk.write("raw/calls/j.jsonl", format!("{row}\n{}\n", row.replace("j-1", "j-2")));
    assert_eq!(ingest(&desk, "2026-10-06T01:00:00Z").code, 0);
    assert!(!desk.run(&["rejects"]).stdout.contains("j.jsonl"));
    assert!(desk.run(&["status"]).stdout.contains(" 0 rejects"));
}

#[test]
fn an_odd_entry_is_listed_and_the_others_are_read() {
    let desk = operator();
    let calls = desk.path().join("raw/calls");
    symlink("/nonexistent", calls.join("dangling.jsonl")).unwrap();
    symlink("loop.jsonl", calls.join("loop.jsonl")).unwrap();
    symlink("/etc/hostname", calls.join("outside.jsonl")).unwrap();
    symlink(".", calls.join("ring")).unwrap();
    fs::create_dir(calls.join("folder.jsonl")).unwrap();
    fs::write(calls.join(std::ffi::OsStr::from_bytes(b"\xff.jsonl")), "x").unwrap();
    let pipe = std::process::Command::new("mkfifo").arg(calls.join("pipe.jsonl")).status();
    // Not looked for: nobody needs to hear of it.
    symlink("/nonexistent", calls.join("x.tmp")).unwrap();
    let ran = ingest(&desk, "2026-10-10T00:00:00Z");
    assert_eq!(ran.code, 65, "{}", ran.stderr);
    for (name, why) in [
        ("dangling.jsonl", "is a symbolic link to nothing"),
        ("loop.jsonl", "symbolic links"),
        ("outside.jsonl", "leads out of"),
        ("ring", "a folder it lies in"),
        ("\u{fffd}.jsonl", "has a name that is not UTF-8"),
    ] {
        let line = ran.stderr.lines().find(|line| line.contains(name)).unwrap_or_default();
        assert!(line.starts_with("refused") && line.contains(why), "{name}: {}", ran.stderr);
    }
    assert!(pipe.is_err() || ran.stderr.contains("pipe.jsonl: is no file"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("x.tmp") && !ran.stderr.contains("folder.jsonl"), "{}", ran.stderr);
    assert!(desk.run(&["status"]).stdout.contains("2 files, 6 rows"), "{}", desk.run(&["status"]).stdout);
}

#[test]
fn what_stands_before_the_rows_costs_its_line_and_not_the_file() {
    let row = |id: &str| {
        format!(
            r#"{{"call_id":"{id}","account_id":"alice","model":"gpt-5.5","started_at":"2026-10-05T11:00:00+08:00","usage":{{"input_tokens":30,"output_tokens":8}},"charge":"0.000195"}}"#
        )
    };
    let table = format!("{CALLS}c-1,alice,gpt-5.5,2026-10-05T10:00:01+08:00,0.0195,3000,800\n");
    let json = format!("{}\n{}\n", row("a"), row("b"));
    for (name, text, rows, rejects) in [
        ("torn.jsonl", format!("ens\":8}},\"charge\":\"0.1\"}}\n{json}"), 3, 1),
        ("comment.jsonl", format!("# exported by hand\n\n{json}"), 3, 1),
        ("half.jsonl", format!("{{\"call_id\":\"x\n{json}"), 3, 1),
        ("mark.jsonl", format!("\u{feff}# note\n{json}"), 3, 1),
        ("banner.csv", format!("Timing is on.\n{table}"), 2, 1),
        ("report.csv", format!("Report for October, made by hand\nof all calls\n{table}"), 3, 2),
        ("blank.csv", format!("\n\n{table}"), 1, 0),
        ("list.json", format!("[\n{},\n{}\n]\n", row("a"), row("b")), 2, 0),
    ] {
        let desk = operator();
        fs::remove_dir_all(desk.path().join("raw/calls")).unwrap();
        desk.write(&format!("raw/calls/{name}"), text);
        let ran = ingest(&desk, "2026-10-10T00:00:00Z");
        assert_eq!(ran.code, 0, "{name}: {}", ran.stderr);
        let status = desk.run(&["status"]).stdout;
        assert!(status.contains(&format!("{} rows, {rejects} rejects", rows + 3)), "{name}: {status}");
        assert_eq!(desk.run(&["rejects"]).stdout.lines().filter(|line| line.contains(name)).count(), rejects);
    }
    // Where no row can be read the file is refused.
    let desk = operator();
    desk.write("raw/calls/letter.txt", "Dear all,\nnothing here is a call.\nYours\n");
    let ran = ingest(&desk, "2026-10-10T00:00:00Z");
    assert!(ran.code == 65 && ran.stderr.contains("letter.txt"), "{}", ran.stderr);
}

#[test]
fn rotation_beside_an_ingest_loses_no_row_and_is_no_error() {
    let desk = Desk::in_memory();
    for (path, bytes) in operator().tree("") {
        desk.write(path.to_str().unwrap(), bytes);
    }
    let line = |k: u32| {
        format!(
            "{{\"call_id\":\"r-{k}\",\"account_id\":\"alice\",\"model\":\"gpt-5.5\",\"started_at\":\"2026-10-05T11:00:00+08:00\",\"usage\":{{\"input_tokens\":30}},\"charge\":\"0.1\"}}\n"
        )
    };
    let calls = desk.path().join("raw/calls");
    let stop = std::sync::atomic::AtomicBool::new(false);
    let written = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let (mut k, mut rotations) = (0u32, 0u32);
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                let live = calls.join("live.jsonl");
                let text: String = (k..k + 5).map(line).collect();
                k += 5;
                let before = fs::read_to_string(&live).unwrap_or_default();
                fs::write(&live, before + &text).unwrap();
                if k % 20 == 0 {
                    fs::rename(&live, calls.join(format!("live.{rotations}.jsonl"))).unwrap();
                    rotations += 1;
                }
                std::thread::sleep(std::time::Duration::from_millis(3));
            }
            k
        });
        for _ in 0..8 {
            let ran = ingest(&desk, "2026-10-10T00:00:00Z");
            assert_eq!(ran.code, 0, "{}", ran.stderr);
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        writer.join().unwrap()
    });
    let ran = daily(&desk);
    assert!([0, 3].contains(&ran.code), "{}", ran.stderr);
    let calls = desk.run(&["status", "--format", "csv"]).stdout;
    let day = calls.lines().find(|line| line.starts_with("2026-10-05")).unwrap();
    assert_eq!(day.split(',').nth(3).unwrap(), (written + 3).to_string(), "{calls}");
}

/// The most memory that a command held, in KB.
fn peak(desk: &Desk, args: &[&str]) -> u64 {
    let mut child = desk.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        most = most.max(line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0));
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    most
}

#[test]
fn memory_does_not_grow_with_the_number_of_files() {
    let held = |files: u32| {
        let desk = Desk::in_memory();
        for (path, bytes) in operator().tree("") {
            desk.write(path.to_str().unwrap(), bytes);
        }
        for k in 0..files {
            let row = format!(
                "{{\"call_id\":\"q-{k}\",\"account_id\":\"alice\",\"model\":\"gpt-5.5\",\"started_at\":\"2026-10-05T11:00:00+08:00\",\"usage\":{{\"input_tokens\":30}},\"charge\":\"0.1\"}}"
            );
            desk.write(&format!("raw/calls/{k}.jsonl"), row);
        }
        let most = peak(&desk, &["ingest", "--as-of", "2026-10-10T00:00:00Z"]);
        assert!(desk.run(&["status"]).stdout.contains(&format!("{} files", files + 2)));
        most
    };
    let (few, many) = (held(200), held(1_200));
    assert!(many < few + 1_000 * 20, "{few} KB with 200 files, {many} KB with 1,200");
}
