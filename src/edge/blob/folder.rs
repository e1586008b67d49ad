//! Objects as files of a folder.

use std::collections::HashSet;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use super::access::Access;
use super::error::{BlobError, BlobErrorKind};
use super::key::{self, TEMP};
use super::object::{Listing, Object, Odd, OddKind, PutOutcome};
use super::temp::{self, Temp};
use crate::domain::period::Instant;

#[derive(Clone, Debug)]
pub(super) struct Folder {
    root: PathBuf,
    access: Access,
    /// Folders whose own name this process has made last.
    lasting: Arc<Mutex<HashSet<PathBuf>>>,
}

type Result<T> = std::result::Result<T, BlobError>;

fn at(path: &Path) -> impl Fn(io::Error) -> BlobError + '_ {
    |e| BlobError::io(&e, path.display().to_string())
}

fn modified(meta: &Metadata) -> Option<Instant> {
    let since = meta.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_micros()).ok().map(Instant::from_micros)
}

/// Which file it is, when it was written, and when anything about it was last changed: the last
/// cannot be set back.
fn mark(meta: &Metadata) -> String {
    let (modified, changed) = ((meta.mtime(), meta.mtime_nsec()), (meta.ctime(), meta.ctime_nsec()));
    format!("{:x}-{:x}.{:x}-{:x}.{:x}", meta.ino(), modified.0, modified.1, changed.0, changed.1)
}

impl Folder {
    pub(super) fn new(root: PathBuf) -> Folder {
        Folder { root, access: Access::Owner, lasting: Arc::default() }
    }

    pub(super) fn readable_by(self, access: Access) -> Folder {
        Folder { access, ..self }
    }

    pub(super) fn place(&self) -> String {
        self.root.display().to_string()
    }

    fn outside(&self, path: &Path) -> BlobError {
        let what = format!("is a symbolic link that leads out of {}", self.root.display());
        BlobError::new(BlobErrorKind::Denied, path.display().to_string(), what)
    }

    /// Where a link leads, if that is inside.
    fn follow(&self, link: &Path, root: &Path) -> Result<PathBuf> {
        let target = fs::canonicalize(link).map_err(at(link))?;
        if target.starts_with(root) { Ok(target) } else { Err(self.outside(link)) }
    }

    /// The real path of a folder inside, part by part, so that no link is followed unseen.
    fn enter(&self, parts: &[&str], create: bool) -> Result<PathBuf> {
        if create {
            make_root(&self.root, self.access).map_err(at(&self.root))?;
        }
        let root = fs::canonicalize(&self.root).map_err(at(&self.root))?;
        let mut dir = root.clone();
        for part in parts {
            let next = dir.join(part);
            let next = match fs::symlink_metadata(&next) {
                Ok(meta) if meta.is_symlink() => self.follow(&next, &root)?,
                Ok(meta) if meta.is_dir() => next,
                Ok(_) => {
                    let place = next.display().to_string();
                    return Err(BlobError::new(BlobErrorKind::Other, place, "is a file, not a folder"));
                }
                Err(e) if e.kind() == io::ErrorKind::NotFound && create => match self.access.create_dir(&next) {
                    Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(at(&next)(e)),
                    _ => next,
                },
                Err(e) => return Err(at(&next)(e)),
            };
            if create {
                self.make_last(&dir, &next)?;
            }
            dir = next;
        }
        Ok(dir)
    }

    /// Another process may have made the folder and died before syncing, so once a process is not too much.
    fn make_last(&self, parent: &Path, dir: &Path) -> Result<()> {
        if self.lasting.lock().unwrap_or_else(PoisonError::into_inner).contains(dir) {
            return Ok(());
        }
        temp::sync_dir(parent).map_err(at(parent))?;
        self.lasting.lock().unwrap_or_else(PoisonError::into_inner).insert(dir.to_owned());
        Ok(())
    }

    /// The real path of an object that may or may not be there.
    fn locate(&self, key: &str, create: bool) -> Result<(PathBuf, PathBuf)> {
        let parts = key::segments(key)?;
        let (name, folders) = parts.split_last().unwrap_or((&key, &[]));
        let dir = self.enter(folders, create)?;
        let path = dir.join(name);
        Ok((dir, path))
    }

    pub(super) fn open(&self, key: &str) -> Result<File> {
        let (_, path) = self.locate(key, false)?;
        let meta = fs::symlink_metadata(&path).map_err(at(&path))?;
        let real = if meta.is_symlink() {
            self.follow(&path, &fs::canonicalize(&self.root).map_err(at(&self.root))?)?
        } else {
            path
        };
        let file = File::open(&real).map_err(at(&real))?;
        if file.metadata().map_err(at(&real))?.is_file() {
            return Ok(file);
        }
        Err(BlobError::new(BlobErrorKind::NotFound, real.display().to_string(), "is not a file"))
    }

    pub(super) fn read(&self, key: &str) -> Result<Bytes> {
        let mut bytes = Vec::new();
        let mut file = self.open(key)?;
        io::Read::read_to_end(&mut file, &mut bytes).map_err(|e| BlobError::io(&e, self.key_place(key)))?;
        Ok(Bytes::from(bytes))
    }

    fn key_place(&self, key: &str) -> String {
        self.root.join(key).display().to_string()
    }

    pub(super) fn head(&self, key: &str) -> Result<Option<u64>> {
        match self.open(key) {
            Ok(file) => Ok(Some(file.metadata().map_err(|e| BlobError::io(&e, self.key_place(key)))?.len())),
            Err(e) if e.is_not_found() => Ok(None),
            Err(e) => Err(e),
        }
    }

    pub(super) fn put(&self, key: &str, bytes: &[u8]) -> Result<()> {
        self.replace(key, |file| io::Write::write_all(file, bytes))
    }

    pub(super) fn put_file(&self, key: &str, source: &Path) -> Result<()> {
        let mut from = File::open(source).map_err(at(source))?;
        self.replace(key, move |file| io::copy(&mut from, file).map(|_| ()))
    }

    fn replace(&self, key: &str, fill: impl FnOnce(&mut File) -> io::Result<()>) -> Result<()> {
        let (dir, path) = self.locate(key, true)?;
        Temp::filled(&dir, self.access, fill).and_then(|temp| temp.replace(&path)).map_err(at(&path))?;
        temp::sync_dir(&dir).map_err(at(&dir))
    }

    pub(super) fn put_if_absent(&self, key: &str, bytes: &[u8]) -> Result<PutOutcome> {
        let (dir, path) = self.locate(key, true)?;
        let temp = Temp::filled(&dir, self.access, |file| io::Write::write_all(file, bytes)).map_err(at(&path))?;
        let created = temp.link(&path).map_err(|e| match e.kind() {
            io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied => BlobError::new(
                BlobErrorKind::Config,
                path.display().to_string(),
                format!("its file system does not link files, which commits need ({e})"),
            ),
            _ => at(&path)(e),
        })?;
        // Also where it exists: whoever linked it may have died before making the name last.
        temp::sync_dir(&dir).map_err(at(&dir))?;
        Ok(if created { PutOutcome::Created } else { PutOutcome::Exists })
    }

    pub(super) fn adopt(&self, key: &str, source: &Path) -> Result<()> {
        let (dir, path) = self.locate(key, true)?;
        File::open(source).and_then(|file| file.sync_all()).map_err(at(source))?;
        match fs::rename(source, &path) {
            Err(e) if e.kind() == io::ErrorKind::CrossesDevices => {
                self.put_file(key, source)?;
                return fs::remove_file(source).map_err(at(source));
            }
            moved => moved.map_err(at(&path))?,
        }
        temp::sync_dir(&dir).map_err(at(&dir))
    }

    pub(super) fn scratch(&self) -> Result<(File, PathBuf)> {
        temp::create(&self.enter(&[], true)?, self.access).map_err(at(&self.root))
    }

    /// Opens a file without a name where the first write would go: nothing is left of it, not even a time.
    pub(super) fn try_to_write(&self) -> Result<()> {
        let mut dir = self.root.as_path();
        while !dir.exists() {
            dir = dir.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        }
        if !dir.is_dir() {
            return Err(BlobError::new(BlobErrorKind::Config, dir.display().to_string(), "is a file, not a folder"));
        }
        let nameless = OpenOptions::new().write(true).custom_flags(libc::O_TMPFILE).open(dir);
        match nameless {
            // Not every file system knows such files; the first write will tell.
            Err(e) if matches!(e.raw_os_error(), Some(libc::EOPNOTSUPP | libc::EISDIR | libc::EINVAL)) => Ok(()),
            tried => tried.map(|_| ()).map_err(at(dir)),
        }
    }

    pub(super) fn open_to_others(&self) -> Vec<(String, u32)> {
        let wide = |path: &Path| {
            let mode = fs::metadata(path).ok()?.mode() & 0o777;
            (mode & 0o077 != 0).then(|| (path.display().to_string(), mode))
        };
        // Behind a closed door nothing stands open.
        let Some(root) = wide(&self.root) else { return Vec::new() };
        let inside = fs::read_dir(&self.root).into_iter().flatten().flatten().filter_map(|entry| wide(&entry.path()));
        let mut open: Vec<(String, u32)> = inside.collect();
        open.sort();
        open.insert(0, root);
        open
    }

    pub(super) fn delete(&self, key: &str) -> Result<()> {
        let (dir, path) = match self.locate(key, false) {
            Err(e) if e.is_not_found() => return Ok(()),
            found => found?,
        };
        match fs::remove_file(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            removed => removed.map_err(at(&path))?,
        }
        temp::sync_dir(&dir).map_err(at(&dir))
    }

    pub(super) fn list(&self, prefix: &str) -> Result<Vec<Object>> {
        let Listing { objects, odd } = self.list_readable(prefix)?;
        match odd.into_iter().find(|odd| odd.kind != OddKind::Special) {
            Some(odd) => Err(BlobError::new(BlobErrorKind::Denied, self.key_place(&odd.key), odd.why)),
            None => Ok(objects),
        }
    }

    pub(super) fn list_readable(&self, prefix: &str) -> Result<Listing> {
        let (folders, name) = key::prefix(prefix)?;
        let mut objects = Vec::new();
        let dir = match self.enter(&folders, false) {
            Err(e) if e.is_not_found() => return Ok(Listing::default()),
            found => found?,
        };
        let root = fs::canonicalize(&self.root).map_err(at(&self.root))?;
        let base = folders.iter().fold(String::new(), |base, part| base + part + "/");
        let mut odd = self.walk(&root, &mut vec![dir], &base, &mut |key, _, meta| {
            if key[base.len()..].starts_with(name) {
                let (key, mark) = (key.to_owned(), Some(mark(meta)));
                objects.push(Object { key, size: meta.len(), modified: modified(meta), mark });
            }
            Ok(())
        })?;
        objects.retain(|o| !is_temporary(&o.key));
        objects.sort_by(|a, b| a.key.cmp(&b.key));
        odd.retain(|odd| odd.key.get(base.len()..).is_some_and(|rest| rest.starts_with(name)));
        odd.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(Listing { objects, odd })
    }

    pub(super) fn sweep(&self, before: Instant) -> Result<usize> {
        let root = match self.enter(&[], false) {
            Err(e) if e.is_not_found() => return Ok(0),
            found => found?,
        };
        let mut swept = 0;
        self.walk(&root, &mut vec![root.clone()], "", &mut |key, path, meta| {
            if is_temporary(key) && modified(meta).is_some_and(|t| t < before) {
                fs::remove_file(path).map_err(at(path))?;
                swept += 1;
            }
            Ok(())
        })?;
        Ok(swept)
    }

    /// Makes everything last that is there, whoever wrote it.
    pub(super) fn settle(&self) -> Result<()> {
        match fs::canonicalize(&self.root) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(e) => Err(at(&self.root)(e)),
            Ok(root) => temp::sync_tree(&root)
                .and_then(|()| root.parent().map_or(Ok(()), temp::sync_dir))
                .map_err(at(&self.root)),
        }
    }

    /// Every file below the last of `trail`, the real folders that lead to it; what cannot be looked at is given
    /// back.
    fn walk(
        &self,
        root: &Path,
        trail: &mut Vec<PathBuf>,
        base: &str,
        found: &mut dyn FnMut(&str, &Path, &Metadata) -> Result<()>,
    ) -> Result<Vec<Odd>> {
        let Some(dir) = trail.last().cloned() else { return Ok(Vec::new()) };
        let mut odd = Vec::new();
        for entry in fs::read_dir(&dir).map_err(at(&dir))? {
            let path = entry.map_err(at(&dir))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let key = format!("{base}{name}");
            let mut refuse = |why: &str, kind| odd.push(Odd { key: key.clone(), why: why.to_owned(), kind });
            if path.file_name().is_some_and(|name| name.to_str().is_none()) {
                refuse("has a name that is not UTF-8", OddKind::Name);
                continue;
            }
            let meta = match fs::symlink_metadata(&path) {
                // Removed while we looked: it was temporary, or it is gone.
                Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
                Err(e) => match at(&path)(e) {
                    away if away.kind == BlobErrorKind::Unavailable => return Err(away),
                    odd => {
                        refuse(&odd.what, OddKind::Name);
                        continue;
                    }
                },
                Ok(meta) => meta,
            };
            let is_link = meta.is_symlink();
            let real = match if is_link { self.follow(&path, root) } else { Ok(path) } {
                Ok(real) => real,
                Err(e) if e.is_not_found() => {
                    refuse("is a symbolic link to nothing", OddKind::Name);
                    continue;
                }
                Err(e) => {
                    refuse(&e.what, OddKind::Name);
                    continue;
                }
            };
            let meta = if is_link { fs::metadata(&real).map_err(at(&real))? } else { meta };
            if !meta.is_dir() {
                // A pipe or a device is no object: reading it might never end.
                match meta.is_file() {
                    true => found(&key, &real, &meta)?,
                    false => refuse("is no file but a pipe, a socket or a device", OddKind::Special),
                }
            } else if trail.contains(&real) {
                refuse("is a symbolic link to a folder it lies in", OddKind::Name);
            } else {
                trail.push(real);
                let inside = self.walk(root, trail, &format!("{key}/"), found);
                trail.pop();
                match inside {
                    Ok(inside) => odd.extend(inside),
                    Err(e) if e.is_not_found() => {}
                    Err(e) if e.kind == BlobErrorKind::Denied => refuse(&e.what, OddKind::Folder),
                    Err(e) => return Err(e),
                }
            }
        }
        Ok(odd)
    }
}

fn is_temporary(key: &str) -> bool {
    key.rsplit('/').next().is_some_and(|name| name.starts_with(TEMP))
}

/// Creates the folder itself, with every new name made last.
fn make_root(root: &Path, access: Access) -> io::Result<()> {
    if root.is_dir() {
        return Ok(());
    }
    let parent = match root.parent() {
        Some(p) if !p.as_os_str().is_empty() => p,
        _ => Path::new("."),
    };
    if parent != Path::new(".") {
        make_root(parent, access)?;
    }
    match access.create_dir(root) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => Err(e),
        _ => temp::sync_dir(parent),
    }
}
