//! Files that arrive day by day, as they do in life.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::domain::period::Day;

/// Raw files held back until their day.
pub(super) struct Arrivals {
    waiting: BTreeMap<Day, Vec<(PathBuf, PathBuf)>>,
    held: PathBuf,
}

impl Arrivals {
    /// Moves every file with a day in its name aside.
    pub(super) fn hold_back(raw: &Path, held: &Path) -> io::Result<Arrivals> {
        let mut waiting: BTreeMap<Day, Vec<(PathBuf, PathBuf)>> = BTreeMap::new();
        let mut folders = vec![raw.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if let Some(day) = day_in(&path) {
                    let aside = held.join(path.strip_prefix(raw).unwrap_or(&path));
                    fs::create_dir_all(aside.parent().unwrap_or(held))?;
                    fs::rename(&path, &aside)?;
                    waiting.entry(day).or_default().push((aside, path));
                }
            }
        }
        Ok(Arrivals { waiting, held: held.to_owned() })
    }

    /// Everything up to a day arrives.
    pub(super) fn let_in(&mut self, day: Day) -> io::Result<()> {
        let later = self.waiting.split_off(&day.next());
        for (from, to) in std::mem::replace(&mut self.waiting, later).into_values().flatten() {
            fs::rename(from, to)?;
        }
        Ok(())
    }

    pub(super) fn let_all_in(&mut self) -> io::Result<()> {
        for (from, to) in std::mem::take(&mut self.waiting).into_values().flatten() {
            fs::rename(from, to)?;
        }
        fs::remove_dir_all(&self.held)
    }
}

/// The first `2026-10-01` in a file's name.
fn day_in(path: &Path) -> Option<Day> {
    let name = path.file_name()?.to_str()?;
    (0..name.len()).filter_map(|at| name.get(at..at + 10)).find_map(Day::parse)
}
