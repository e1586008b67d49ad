//! A folder of an operator, what is in it, and copies of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::power;
use super::shim::{self, Mode, Sabotage};
use crate::desk::Ran;

/// Bytes by path; what the state says has paths of its own, `state/TABLE`.
pub(crate) type Seen = BTreeMap<String, Vec<u8>>;

/// A command and the moment it is given at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask {
    pub(crate) args: &'static [&'static str],
    pub(crate) at: &'static str,
}

/// What is done to the command: where, and whether something is not honest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Harm {
    pub(crate) mode: Mode,
    /// Which call, from 1; 0: none.
    pub(crate) at: usize,
    pub(crate) sabotage: Option<Sabotage>,
}

pub(crate) const UNHARMED: Harm = Harm { mode: Mode::Count, at: 0, sabotage: None };

#[derive(Debug)]
pub(crate) struct World {
    _dir: TempDir,
    /// Without a link in it, as the journal names it.
    root: PathBuf,
}

/// Files that are never changed in place, so that a copy may share them.
const SHARED: [&str; 3] = ["lake", "out", "outbox"];

impl World {
    pub(crate) fn new() -> World {
        let dir = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap();
        let root = fs::canonicalize(dir.path()).unwrap();
        for folder in ["desk/tmp", "journal/kept"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        World { _dir: dir, root }
    }

    pub(crate) fn desk(&self) -> PathBuf {
        self.root.join("desk")
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.root.join("journal")
    }

    pub(crate) fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.desk().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Another one with the same files. `is_own`: none of them is shared.
    pub(crate) fn copy(&self, is_own: bool) -> World {
        let copy = World::new();
        let (from, to) = (self.desk(), copy.desk());
        each_file(&from, &mut |path, _| {
            let name = path.strip_prefix(&from).unwrap();
            let target = to.join(name);
            let made = |target: &Path| match is_own || !SHARED.iter().any(|shared| name.starts_with(shared)) {
                true => fs::copy(path, target).map(|_| ()),
                false => fs::hard_link(path, target),
            };
            if made(&target).is_err() {
                fs::create_dir_all(target.parent().unwrap()).unwrap();
                made(&target).unwrap();
            }
        });
        copy
    }

    pub(crate) fn run(&self, ask: &Ask, harm: Harm) -> Ran {
        let program =
            std::env::var("TRUEUP_FAULTS_PROGRAM").unwrap_or_else(|_| env!("CARGO_BIN_EXE_trueup").to_owned());
        let mut command = Command::new(program);
        let desk = self.desk();
        command.env_clear().env("HOME", &desk).env("TMPDIR", desk.join("tmp")).env("TRUEUP_CLOCK", ask.at);
        command.current_dir(&desk).args(ask.args);
        shim::arm(&mut command, (&desk, &self.journal()), (harm.mode, harm.at), harm.sabotage);
        Ran::of(command.output().unwrap())
    }

    /// Every file but those of the state, the machine's own, and those that are being written.
    pub(crate) fn files(&self) -> Seen {
        let (mut seen, desk) = (Seen::new(), self.desk());
        each_file(&desk, &mut |path, name| {
            let below = path.strip_prefix(&desk).unwrap();
            let is_temporary = below.iter().any(|part| part.to_string_lossy().starts_with(".tmp-"));
            let is_aside = is_temporary || name.starts_with("state.db") || below.starts_with("tmp");
            // Drawn anew for each state.
            if !is_aside && below != Path::new("lake/lake.json") {
                seen.insert(below.to_str().unwrap().to_owned(), fs::read(path).unwrap());
            }
        });
        seen
    }

    /// The files, and what the state says.
    pub(crate) fn all(&self) -> Seen {
        let mut seen = self.files();
        let state = self.desk().join("state.db");
        if state.is_file() {
            seen.extend(super::state::said(&state).into_iter().map(|(table, rows)| (format!("state/{table}"), rows)));
        }
        seen
    }

    /// Forgets what was not synced so far.
    pub(crate) fn settle(&self) {
        power::forget(&self.journal());
    }
}

fn each_file(folder: &Path, found: &mut dyn FnMut(&Path, &str)) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            each_file(&path, found);
        } else {
            found(&path, &entry.file_name().to_string_lossy());
        }
    }
}
