//! What a program must not do: change what it only looks at, open what is private, say what is secret,
//! fall over its own messages.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::bills::{close_october, october};
use crate::desk::{Desk, Ran, operator};

/// Every name below a folder with its size, mode, inode and times.
fn everything(root: &Path) -> Vec<(PathBuf, u64, u32, u64, (i64, i64))> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).chain([folder.clone()]) {
            let meta = fs::symlink_metadata(&path).unwrap();
            if meta.is_dir() && path != folder {
                folders.push(path.clone());
            }
            found.push((path, meta.len(), meta.mode(), meta.ino(), (meta.mtime(), meta.mtime_nsec())));
        }
    }
    found.sort();
    found
}

/// Commands that only look.
const LOOKS: [&[&str]; 19] = [
    &["status"],
    &["doctor"],
    &["findings", "--format", "jsonl"],
    &["incidents"],
    &["rejects"],
    &["verify"],
    &["explain", "c-1"],
    &["rate", "--period", "2099-10"],
    &["prices", "show", "m-1"],
    &["prices", "lint"],
    &["prices", "reprice", "--period", "2099-10"],
    &["invoice", "list"],
    &["invoice", "show", "INV-2099-1"],
    &["invoice", "credit", "INV-2099-1", "--reason", "x", "--dry-run"],
    &["notify", "--list"],
    &["run", "hourly", "--dry-run", "--as-of", "2099-11-04T00:00:00Z"],
    &["run", "daily", "--dry-run", "--as-of", "2099-11-04T00:00:00Z"],
    &["run", "weekly", "--dry-run", "--as-of", "2099-11-04T00:00:00Z"],
    &["run", "monthly", "--period", "2099-10", "--dry-run", "--as-of", "2099-11-04T00:00:00Z"],
];

fn changes_nothing(desk: &Desk, what: &str) {
    for args in LOOKS {
        let before = everything(desk.path());
        let ran = desk.run(args);
        assert!(ran.code != 1 && ran.code != 101, "{args:?} on {what}: {} {}", ran.code, ran.stderr);
        let after = everything(desk.path());
        let changed: Vec<_> = after.iter().filter(|file| !before.contains(file)).collect();
        assert!(before == after, "{args:?} on {what} changed {changed:?}");
    }
}

#[test]
fn whoever_only_looks_changes_nothing() {
    let desk = october();
    changes_nothing(&desk, "a folder that nothing has run in");
    assert_eq!(close_october(&desk).code, 0);
    changes_nothing(&desk, "a closed month");
    // Rows that nobody has read yet, and what a killed run leaves beside the state.
    desk.write("raw/calls/late.jsonl", crate::bills::call("c-9", "acme", "m-1", "2099-10-20T10:00:00Z", 5));
    desk.write("state.db-wal", [0; 64]);
    changes_nothing(&desk, "a month with late rows");
    // The right state is not shut out by somebody's look from elsewhere.
    fs::remove_file(desk.path().join("state.db-wal")).unwrap();
    let elsewhere = Desk::new();
    for (path, bytes) in desk.tree("").into_iter().filter(|f| !f.0.starts_with("lake") && !f.0.starts_with("state.db"))
    {
        elsewhere.write(path.to_str().unwrap(), bytes);
    }
    let settings = fs::read_to_string(desk.path().join("trueup.toml")).unwrap();
    let fresh = desk.path().join("fresh");
    elsewhere.write("trueup.toml", format!("[lake]\nurl = \"{}\"\n{settings}", fresh.display()));
    assert_eq!(elsewhere.run(&["run", "daily", "--date", "2099-10-05", "--dry-run"]).code, 0);
    assert!(!fresh.exists());
}

#[test]
fn what_a_run_writes_is_its_owners_alone_unless_told_otherwise() {
    for (mask, readable_by, page) in
        [("022", "", 0o600), ("000", "", 0o600), ("022", "all", 0o644), ("027", "all", 0o640)]
    {
        let desk = october();
        let settings = fs::read_to_string(desk.path().join("trueup.toml")).unwrap();
        let publish = if readable_by.is_empty() { String::new() } else { "[publish]\nreadable_by = \"all\"\n".into() };
        let mail = "[mail]\nurl = \"file:outbox\"\nfrom = \"Hub <billing@hub.example>\"\nfresh = \"400d\"\n";
        let metrics = "[metrics]\nfile = \"metrics/trueup.prom\"\n";
        desk.write("trueup.toml", format!("{publish}{settings}{mail}{metrics}"));
        let made =
            |path: &PathBuf| !["raw", "prices", "accounts.csv", "trueup.toml"].iter().any(|own| path.starts_with(own));
        let under = |args: &[&str]| {
            let mut command = Command::new("sh");
            let words = [&["-c", "umask $0; exec \"$@\"", mask, env!("CARGO_BIN_EXE_trueup")], args].concat();
            command.args(words).current_dir(desk.path()).env_clear().env("TRUEUP_CLOCK", "2099-11-04T00:00:00Z");
            Ran::of(command.output().unwrap())
        };
        assert_eq!(under(&["run", "monthly", "--period", "2099-10"]).code, 0);
        assert_eq!(under(&["notify"]).code, 0);
        let mut seen = 0;
        for (path, _, mode, ..) in everything(desk.path()) {
            let own = path.strip_prefix(desk.path()).unwrap().to_owned();
            if own.as_os_str().is_empty() || !made(&own) {
                continue;
            }
            let is_dir = path.is_dir();
            let wanted = match own.components().next().unwrap().as_os_str().to_str().unwrap() {
                "out" => page,
                // Whoever collects them is another user.
                "metrics" => 0o644 & !u32::from_str_radix(mask, 8).unwrap(),
                _ => 0o600,
            };
            // Whoever may read a folder may enter it.
            let wanted = if is_dir { wanted | (wanted & 0o444) >> 2 } else { wanted };
            assert_eq!(mode & 0o777, wanted, "{} under umask {mask}", own.display());
            seen += 1;
        }
        assert!(seen > 50, "{seen}");
    }
}

#[test]
fn a_message_that_cannot_be_written_is_dropped_and_the_exit_code_tells() {
    let desk = operator();
    let run = |args: &[&str], out: &str, err: &str| {
        let open = |path: &str| Stdio::from(File::options().write(true).open(path).unwrap());
        desk.command(args).stdout(open(out)).stderr(open(err)).status().unwrap().code()
    };
    for log in ["text", "json"] {
        let args = ["--log", log, "run", "daily", "--date", "2026-10-05", "--as-of", "2026-10-10T00:00:00Z"];
        assert_eq!(run(&args, "/dev/full", "/dev/full"), Some(3), "{log}");
    }
    for args in [&["status"][..], &["findings", "--format", "jsonl"], &["--help"], &["verify"]] {
        let code = run(args, "/dev/full", "/dev/full");
        assert!(matches!(code, Some(0 | 75)), "{args:?}: {code:?}");
    }
    assert_eq!(run(&["status"], "/dev/full", "/dev/null"), Some(75));
    assert_eq!(run(&["no-such"], "/dev/full", "/dev/full"), Some(2));
    // Whoever reads has seen enough.
    let mut child = desk.command(&["findings", "--format", "jsonl"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// What must never be seen again once it was read.
const SECRETS: [&str; 6] = ["CANARY1", "CANARY2", "CANARY3", "CANARY4", "CANARY5", "CANARY6"];

fn leaks(text: &str) -> Option<&'static str> {
    SECRETS.into_iter().find(|secret| text.contains(secret))
}

#[test]
fn no_secret_is_ever_printed_or_written() {
    let good = fs::read_to_string(operator().path().join("trueup.toml")).unwrap();
    let whole = |more: &str| format!("{more}\n{good}");
    let path = |path: &str| good.replacen("raw/calls/*", path, 1);
    let settings = [
        whole("[state]\nurl = \"postgres://billing:CANARY1@127.0.0.1:1/db?password=CANARY2\""),
        whole("[state]\nurl = \"postgres://billing:CANARY1@:::::/db\""),
        whole("[state]\nurl = \"mysql://billing:CANARY1@127.0.0.1/db\""),
        whole("state = \"postgres://billing:CANARY1@127.0.0.1/db\""),
        whole("[state]\nurl = [\"postgres://billing:CANARY1@127.0.0.1/db\"]"),
        whole("[state]\nurl = \"postgres://b:CANARY1@h/db\nx"),
        whole("[health]\nurl = \"http://u:CANARY1@127.0.0.1:1/ping/CANARY2?t=CANARY3\""),
        whole("[health]\nurl = \"ftp://u:CANARY1@127.0.0.1:1/ping/CANARY2?t=CANARY3\""),
        whole("[health]\nurl = \"http://127.0.0.1:1/ping/ CANARY2\""),
        whole("[health]\nurl_file = \"secret\""),
        whole("[lake]\nurl = \"s3://CANARY1:CANARY2@bucket/prefix\"\n[s3]\nregion = \"eu\""),
        whole("[lake]\nurl = \"s3://CANARY1:CAN/CANARY2@bucket/prefix\"\n[s3]\nregion = \"eu\""),
        whole("[lake]\nurl = \"https://host/container?sig=CANARY1\""),
        whole("[lake]\nurl = \"az://CANARY1:CANARY2@host/container?sig=CANARY3\""),
        whole("[lake]\nurl = \"s3://bucket/x\"\n[s3]\nendpoint = \"http://CANARY1:CANARY2@127.0.0.1:1\""),
        whole("[lake]\nurl = \"s3://bucket/x\"\n[s3]\nendpoint = \"http://127.0.0.1:1\""),
        whole("[publish]\nurl = \"s3://CANARY1:CANARY2@bucket/prefix\"\n[s3]\nregion = \"eu\""),
        whole("[mail]\nurl = \"smtp://user:CANARY1@127.0.0.1:1\"\nfrom = \"a@b.example\""),
        whole("[mail]\nurl = \"smtp://127.0.0.1:1?tls=CANARY1\"\nfrom = \"a@b.example\""),
        whole("[mail]\nurl = \"smtp://127.0.0.1:1\"\nuser = \"u\"\npassword = \"CANARY1\"\nfrom = \"a@b.example\""),
        whole("[mail]\nurl = \"smtp://127.0.0.1:1\"\nuser = \"u\"\npassword_file = \"secret\"\nfrom = \"a@b.example\""),
        path("s3://CANARY1:CANARY2@bucket/calls/*"),
        path("https://host/calls?sig=CANARY1"),
    ];
    let commands: [&[&str]; 7] = [
        &["doctor"],
        &["status"],
        &["run", "daily", "--date", "2026-10-05", "--as-of", "2026-10-10T00:00:00Z"],
        &["--log", "json", "run", "hourly", "--as-of", "2026-10-10T00:00:00Z"],
        &["notify", "--as-of", "2026-10-10T00:00:00Z"],
        &["verify"],
        &["rate", "--period", "2026-10"],
    ];
    std::thread::scope(|scope| {
        for text in &settings {
            scope.spawn(move || {
                let desk = operator();
                desk.write("trueup.toml", text);
                desk.write("secret", "http://u:CANARY6@127.0.0.1:1/ping/CANARY6\n");
                for args in commands {
                    let mut command = desk.command(args);
                    command.env("AWS_ACCESS_KEY_ID", "CANARY4").env("AWS_SECRET_ACCESS_KEY", "CANARY5");
                    command.env("PGPASSWORD", "CANARY5").env("PGCONNECT_TIMEOUT", "1");
                    let ran = Ran::of(command.output().unwrap());
                    assert!(ran.code != 1 && ran.code != 101, "{args:?}: {} {}\n{text}", ran.code, ran.stderr);
                    for said in [&ran.stdout, &ran.stderr] {
                        assert_eq!(leaks(said), None, "{args:?}\n{text}\n{said}");
                    }
                }
                for (path, bytes) in desk.tree("") {
                    if path != Path::new("trueup.toml") && path != Path::new("secret") {
                        assert_eq!(leaks(&String::from_utf8_lossy(&bytes)), None, "{} of {text}", path.display());
                    }
                }
            });
        }
    });
}

#[test]
fn doctor_tries_what_a_run_needs_and_ends_as_it_would() {
    let desk = october();
    assert_eq!(close_october(&desk).code, 0);
    let well = desk.run(&["doctor"]);
    assert_eq!(well.code, 0, "{}", well.stdout);
    // A secret in the file, and a folder that others may read.
    let settings = fs::read_to_string(desk.path().join("trueup.toml")).unwrap();
    desk.write("trueup.toml", format!("[health]\nurl = \"https://hc.example/0f4c1c9e-aaaa-4bbb\"\n{settings}"));
    fs::set_permissions(desk.path().join("lake"), fs::Permissions::from_mode(0o755)).unwrap();
    let noted = desk.run(&["doctor"]);
    assert_eq!(noted.code, 0, "{}", noted.stdout);
    assert!(noted.stdout.contains("note settings   [health] url holds a secret: url_file"), "{}", noted.stdout);
    assert!(noted.stdout.contains("note lake       others may read"), "{}", noted.stdout);
    // Somebody else's lake.
    let other = desk.copy();
    for file in ["state.db", "state.db-wal", "state.db-shm"] {
        let _ = fs::remove_file(other.path().join(file));
    }
    let refused = other.run(&["doctor"]);
    assert_eq!(refused.code, 78, "{}", refused.stdout);
    assert!(refused.stdout.contains("FAIL owner      "), "{}", refused.stdout);
    assert!(refused.stdout.contains("this lake belongs to another state"), "{}", refused.stdout);
    // A server that is not there.
    desk.write("trueup.toml", format!("[state]\nurl = \"postgres://x@127.0.0.1:1/db\"\n{settings}"));
    let shut = desk.run(&["doctor"]);
    assert!(shut.code == 75 && shut.stdout.contains("FAIL state"), "{} {}", shut.code, shut.stdout);
}
