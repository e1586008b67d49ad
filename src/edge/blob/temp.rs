//! Files that are being written, and making what was written last.

use std::fs::{self, File, OpenOptions};
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
#[derive(Debug)]
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

/// A file that has its name only once it is whole: written beside it, synced, then moved there. What is no
/// file, such as a pipe, is written as it comes.
#[derive(Debug)]
pub struct WholeFile {
    file: File,
    aside: Option<(Temp, PathBuf)>,
}

impl WholeFile {
    /// # Errors
    /// When nothing can be made in the folder of `target`.
    pub fn create(target: &Path) -> io::Result<WholeFile> {
        match fs::metadata(target) {
            Ok(meta) if !meta.is_file() => {
                return Ok(WholeFile { file: OpenOptions::new().write(true).open(target)?, aside: None });
            }
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        // A link stays, and leads to the new file.
        let target = fs::canonicalize(target).unwrap_or_else(|_| target.to_owned());
        let dir = folder_of(&target);
        // As readable as any file a person writes.
        let (file, path) = create(dir, Access::All)?;
        Ok(WholeFile { file, aside: Some((Temp { path, moved: false }, target)) })
    }

    /// Makes it last under its name.
    ///
    /// # Errors
    /// Of the disk; what had the name before still has it.
    pub fn finish(self) -> io::Result<()> {
        let Some((temp, target)) = self.aside else { return Ok(()) };
        self.file.sync_all()?;
        temp.replace(&target)?;
        sync_dir(folder_of(&target))
    }

    /// All of a file at once.
    ///
    /// # Errors
    /// As [`WholeFile::create`] and [`WholeFile::finish`].
    pub fn write(target: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = WholeFile::create(target)?;
        io::Write::write_all(&mut file, bytes)?;
        file.finish()
    }
}

impl io::Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Gives a folder that is complete its name, which nothing or an empty folder has. One that has it already is made
/// to last under it: whoever gave it the name may have died before.
///
/// # Errors
/// Of the disk.
pub fn name_folder(from: &Path, to: &Path) -> io::Result<()> {
    if from != to {
        fs::rename(from, to)?;
    }
    sync_dir(folder_of(to))
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Makes a folder, and all below it that can be read, last. What others remove meanwhile is theirs to lose.
pub(super) fn sync_tree(dir: &Path) -> io::Result<()> {
    let not_ours = |e: &io::Error| matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied);
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let synced = match (kind.is_dir(), kind.is_file()) {
            (true, _) => sync_tree(&entry.path()),
            (_, true) => File::open(entry.path()).and_then(|file| file.sync_all()),
            _ => Ok(()),
        };
        synced.or_else(|e| if not_ours(&e) { Ok(()) } else { Err(e) })?;
    }
    sync_dir(dir)
}

/// Makes the names in a folder last.
pub(super) fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}
