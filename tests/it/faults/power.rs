//! What a power cut takes: the journal of `tests/faults/faults.c`, read back to front.
//!
//! POSIX promises little: bytes last once their file was synced, a name once its folder was. What was not may be
//! there or not, in any mixture. A few mixtures stand for all: everything is lost; the names are there and the
//! bytes are not; the bytes are there and the names are not; the later half is lost.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Which of what was not synced is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    All,
    Bytes,
    Names,
    LaterHalf,
}

/// A change that a power cut may take back.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Change {
    Made(PathBuf),
    Linked(PathBuf),
    Folder(PathBuf),
    FolderGone(PathBuf),
    Moved { from: PathBuf, to: PathBuf, before: String },
    Gone { path: PathBuf, kept: String },
    Bytes { kept: String, size: u64, offset: u64, length: u64, at: u64 },
}

impl Change {
    fn is_bytes(&self) -> bool {
        matches!(self, Change::Bytes { .. })
    }

    /// The folder whose sync makes it last.
    fn folder(&self) -> Option<&Path> {
        match self {
            Change::Made(path) | Change::Linked(path) | Change::Folder(path) | Change::FolderGone(path) => {
                path.parent()
            }
            Change::Moved { to, .. } => to.parent(),
            Change::Gone { path, .. } => path.parent(),
            Change::Bytes { .. } => None,
        }
    }
}

/// A call as it was counted.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

impl Call {
    /// Whether it carries bytes, so that half of it can be done.
    pub(crate) fn writes(&self) -> bool {
        ["write", "pwrite", "writev", "copy_file_range", "sendfile"].contains(&self.name.as_str())
    }
}

/// A journal as far as it was written.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    pub(crate) calls: Vec<Call>,
    unsynced: Vec<Change>,
}

impl Journal {
    pub(crate) fn read(folder: &Path) -> Journal {
        Journal::parse(&fs::read_to_string(folder.join("journal")).unwrap_or_default())
    }

    fn parse(text: &str) -> Journal {
        let mut journal = Journal::default();
        // The last line of a process that was killed is whole: one call to the system wrote it.
        for line in text.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            let number = |n: usize| fields[n].parse::<u64>().unwrap_or_else(|_| panic!("{line}"));
            let path = |n: usize| PathBuf::from(fields[n]);
            let change = match fields[0] {
                "#" => {
                    journal.calls.push(Call { name: fields[2].to_owned(), path: path(3) });
                    continue;
                }
                "D" => {
                    let folder = path(1);
                    journal.unsynced.retain(|change| change.folder() != Some(&folder));
                    continue;
                }
                "S" => {
                    let own = |change: &Change| matches!(change, Change::Bytes { kept, .. } if kept == fields[1]);
                    journal.unsynced.retain(|change| !own(change));
                    continue;
                }
                "N" => Change::Made(path(1)),
                "L" => Change::Linked(path(1)),
                "M" => Change::Folder(path(1)),
                "K" => Change::FolderGone(path(1)),
                "R" => Change::Moved { from: path(1), to: path(2), before: fields[3].to_owned() },
                "U" => Change::Gone { path: path(1), kept: fields[2].to_owned() },
                "W" => Change::Bytes {
                    kept: fields[1].to_owned(),
                    size: number(2),
                    offset: number(3),
                    length: number(4),
                    at: number(5),
                },
                _ => panic!("no journal of ours: {line}"),
            };
            journal.unsynced.push(change);
        }
        journal
    }
}

/// Cuts the power: takes back what was not synced, and forgets the journal, since what is there now is on the disk.
/// Gives how many changes were lost.
pub(crate) fn cut(journal: &Path, loss: Loss) -> usize {
    let unsynced = Journal::read(journal).unsynced;
    let half = unsynced.len() / 2;
    let lost = |(at, change): &(usize, &Change)| match loss {
        Loss::All => true,
        Loss::Bytes => change.is_bytes(),
        Loss::Names => !change.is_bytes(),
        Loss::LaterHalf => *at >= half,
    };
    let lost: Vec<&Change> = unsynced.iter().enumerate().filter(lost).map(|(_, change)| change).collect();
    for change in lost.iter().rev() {
        take_back(change, journal);
    }
    forget(journal);
    lost.len()
}

/// An empty journal.
pub(crate) fn forget(journal: &Path) {
    let _ = fs::remove_dir_all(journal);
    fs::create_dir_all(journal.join("kept")).unwrap();
}

/// Names that other changes took away in between are simply not there any more.
fn take_back(change: &Change, journal: &Path) {
    let kept = |name: &str| journal.join("kept").join(name);
    match change {
        Change::Made(path) | Change::Linked(path) => drop(fs::remove_file(path)),
        Change::Folder(path) => drop(fs::remove_dir_all(path)),
        Change::FolderGone(path) => drop(fs::create_dir(path)),
        Change::Moved { from, to, before } => {
            let _ = fs::rename(to, from);
            if before != "-" {
                let _ = fs::hard_link(kept(before), to);
            }
        }
        Change::Gone { path, kept: name } => drop(fs::hard_link(kept(name), path)),
        Change::Bytes { kept: name, size, offset, length, at } => {
            let mut old = vec![0; usize::try_from(*length).unwrap()];
            fs::File::open(journal.join("bytes")).unwrap().read_exact_at(&mut old, *at).unwrap();
            let file = OpenOptions::new().write(true).open(kept(name)).unwrap();
            file.write_all_at(&old, *offset).unwrap();
            file.set_len(*size).unwrap();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_synced_stays_and_the_rest_is_taken_back() {
        let dir = tempfile::TempDir::new().unwrap();
        let (root, journal) = (dir.path().join("root"), dir.path().join("journal"));
        fs::create_dir_all(&root).unwrap();
        for (loss, there) in [
            (Loss::All, vec![("a", "old")]),
            (Loss::Bytes, vec![("a", ""), ("b", "")]),
            (Loss::Names, vec![("a", "old")]),
            (Loss::LaterHalf, vec![("a", "new"), ("t", "")]),
        ] {
            forget(&journal);
            fs::write(journal.join("kept/1"), "old").unwrap();
            fs::write(journal.join("kept/2"), "new").unwrap();
            fs::write(journal.join("kept/3"), "b").unwrap();
            fs::write(journal.join("bytes"), "").unwrap();
            let path = |name: &str| root.join(name);
            for name in ["a", "b", "t"] {
                let _ = fs::remove_file(path(name));
            }
            // "t" was written and moved over "a"; then "t" again, moved to "b".
            fs::hard_link(journal.join("kept/2"), path("a")).unwrap();
            fs::hard_link(journal.join("kept/3"), path("b")).unwrap();
            let (a, b, t) = (path("a"), path("b"), path("t"));
            let (a, b, t) = (a.display(), b.display(), t.display());
            let lines = format!(
                "#\t1\tcreate\t{t}\nN\t{t}\nW\t2\t0\t0\t0\t0\nR\t{t}\t{a}\t1\nN\t{t}\nW\t3\t0\t0\t0\t0\nR\t{t}\t{b}\t-\n"
            );
            fs::write(journal.join("journal"), lines).unwrap();
            assert_eq!(Journal::read(&journal).calls.len(), 1);
            let lost = cut(&journal, loss);
            let found: Vec<(String, String)> = ["a", "b", "t"]
                .iter()
                .filter_map(|name| Some(((*name).to_owned(), fs::read_to_string(path(name)).ok()?)))
                .collect();
            let wanted: Vec<(String, String)> = there.iter().map(|(n, t)| ((*n).to_owned(), (*t).to_owned())).collect();
            // Half of six changes: the second file's making, bytes and move.
            let wanted = if loss == Loss::LaterHalf { vec![("a".to_owned(), "new".to_owned())] } else { wanted };
            assert_eq!(found, wanted, "{loss:?}");
            assert!(lost > 0);
        }
    }

    #[test]
    fn a_sync_saves_bytes_or_names_and_not_both() {
        let text = "N\t/d/f\nW\t7\t0\t0\t0\t0\n";
        let left = |more: &str| Journal::parse(&format!("{text}{more}")).unsynced;
        assert_eq!(left("").len(), 2);
        assert!(left("S\t7\n").iter().all(|c| !c.is_bytes()));
        assert!(left("D\t/d\n").iter().all(Change::is_bytes));
        assert_eq!(left("D\t/other\nS\t8\n").len(), 2);
        assert!(left("D\t/d\nS\t7\n").is_empty());
    }
}
