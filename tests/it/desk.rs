//! A desk of its own for each test: a temporary folder, an empty environment, a fixed clock.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sqlx::{Connection, SqliteConnection};
use tempfile::TempDir;

pub(crate) struct Desk {
    dir: TempDir,
}

/// What the program printed, and its exit code.
#[must_use]
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Desk {
    pub(crate) fn new() -> Desk {
        Desk { dir: TempDir::new().unwrap() }
    }

    /// In memory where the machine has such a folder: for tests that sync thousands of files and
    /// learn nothing from the disk.
    pub(crate) fn in_memory() -> Desk {
        Desk { dir: TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap() }
    }

    /// Another desk in memory with the same files.
    pub(crate) fn copy(&self) -> Desk {
        let copy = Desk::in_memory();
        for (path, bytes) in self.tree("") {
            copy.write(path.to_str().unwrap(), bytes);
        }
        copy
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trueup"));
        command.env_clear().env("HOME", self.path()).env("TMPDIR", std::env::temp_dir());
        command.current_dir(self.path()).args(args);
        // A run for a moment happens at that moment, whenever the test does.
        if let Some(as_of) = args.iter().skip_while(|arg| **arg != "--as-of").nth(1) {
            command.env("TRUEUP_CLOCK", as_of);
        }
        command
    }

    /// Runs with the machine's clock: a moment long gone is the past.
    pub(crate) fn run_now(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).env_remove("TRUEUP_CLOCK").output().unwrap())
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().unwrap())
    }

    /// Lets runs begin before the newest of the rows that lie there from the start.
    pub(crate) fn accepts_the_future(&self) {
        let settings = fs::read_to_string(self.path().join("trueup.toml")).unwrap();
        self.write("trueup.toml", format!("{settings}\n[accept]\nfuture = {{ rows = \"9\" }}\n"));
    }

    /// Changes the state by hand.
    pub(crate) fn sql(&self, script: &str) {
        let url = format!("sqlite:{}", self.path().join("state.db").display());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut db = SqliteConnection::connect(&url).await.unwrap();
            let done = sqlx::raw_sql(sqlx::AssertSqlSafe(script.to_owned())).execute(&mut db).await.unwrap();
            assert!(done.rows_affected() > 0, "{script} changes nothing");
            db.close().await.unwrap();
        });
    }

    /// Every file below a folder with its bytes, by relative path.
    pub(crate) fn tree(&self, folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
        let root = self.path().join(folder);
        let mut found = Vec::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push((path.strip_prefix(&root).unwrap().to_owned(), fs::read(&path).unwrap()));
                }
            }
        }
        found.sort();
        found
    }
}

/// A made-up operator's month, October 2026, with faults planted in it.
pub(crate) fn month(platform: &str, calls: u64, seed: u64) -> Desk {
    let desk = Desk::in_memory();
    let (calls, seed) = (calls.to_string(), seed.to_string());
    let args = ["synth", platform, ".", "--calls", &calls, "--accounts", "12", "--seed", &seed];
    let ran = desk.run(&[args.as_slice(), &["--truth", "truth.jsonl"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    desk
}

impl Ran {
    pub(crate) fn of(output: Output) -> Ran {
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// A small operator: one source, a ledger, one model at 2.5 and 15 CNY a million tokens.
pub(crate) fn operator() -> Desk {
    let desk = Desk::new();
    desk.write("trueup.toml", include_str!("../../fixtures/operator/trueup.toml"));
    desk.write("prices/tokone.toml", include_str!("../../fixtures/operator/prices.toml"));
    desk.write("raw/calls/2026-10-05.jsonl", include_str!("../../fixtures/operator/calls.jsonl"));
    desk.write("raw/postings/2026-10-05.jsonl", include_str!("../../fixtures/operator/postings.jsonl"));
    desk
}
