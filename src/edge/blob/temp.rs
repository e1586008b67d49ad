//! Files that are being written, and making what was written last.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::access::Access;
use super::key::TEMP;

static NEXT: AtomicU64 = AtomicU64::new(0);

/// A new file beside its final place: a name no other writer has, on this machine or another.
pub(super) fn create(dir: &Path, access: Access) -> io::Result<(File, PathBuf)> {
    loop {
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = dir.join(format!("{TEMP}{:x}-{n:x}", std::process::id()));
        match access.new_file().open(&path) {
            Ok(file) => return Ok((file, path)),
            // Left behind by an earlier process that had our number.
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(e),
        }
    }
}

/// Removes its file when dropped, unless it has been moved.
pub(super) struct Temp {
    path: PathBuf,
    moved: bool,
}

impl Temp {
    /// A synced file with what `fill` writes.
    pub(super) fn filled(
        dir: &Path,
        access: Access,
        fill: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> io::Result<Temp> {
        let (mut file, path) = create(dir, access)?;
        let temp = Temp { path, moved: false };
        fill(&mut file)?;
        // Once only: after a failed sync the pages may be marked clean, and a second one would lie.
        file.sync_all()?;
        Ok(temp)
    }

    /// Takes the place of whatever has the name.
    pub(super) fn replace(mut self, target: &Path) -> io::Result<()> {
        fs::rename(&self.path, target)?;
        self.moved = true;
        Ok(())
    }

    /// Takes the name only where nothing has it.
    pub(super) fn link(self, target: &Path) -> io::Result<bool> {
        match fs::hard_link(&self.path, target) {
            Ok(()) => Ok(true),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(e) => Err(e),
        }
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        if !self.moved {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Makes the names in a folder last.
pub(super) fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}
