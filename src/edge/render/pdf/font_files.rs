//! Font files of the operator and of the machine: found in one order, read when a document needs them, and
//! what cannot be read is told and never left out.

use std::fs;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use typst::foundations::Bytes;
use typst::text::{Font, FontInfo};
use typst_kit::fonts::FontSource;

use super::error::PdfError;

/// Folders within folders, no deeper: links may lead round in a circle.
const DEPTH: usize = 16;
const ENDINGS: [&str; 4] = ["ttf", "otf", "ttc", "otc"];

/// The first font file that could not be read again when it was needed.
pub(super) type LostFont = Arc<Mutex<Option<PdfError>>>;

/// One face of a file, read when it is first needed.
pub(super) struct FontFile {
    path: PathBuf,
    index: u32,
    lost: LostFont,
}

impl FontSource for FontFile {
    fn load(&self) -> Option<Font> {
        let bytes = fs::read(&self.path).map_err(|e| e.to_string());
        let font = bytes.and_then(|bytes| {
            Font::new(Bytes::new(bytes), self.index).ok_or_else(|| "it is no longer the font it was".to_owned())
        });
        font.map_err(|reason| {
            let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
            lost.get_or_insert(fault(&self.path, reason));
        })
        .ok()
    }
}

/// The faces of a file, or of every font file in a folder and the folders in it, in the order of their paths.
///
/// # Errors
/// A file or folder that cannot be read, a font file that holds no font, a folder without any.
pub(super) fn named(path: &Path, lost: &LostFont) -> Result<Vec<(FontFile, FontInfo)>, PdfError> {
    let kind = Looking::AtNamed.see(path, fs::metadata(path))?;
    let is_folder = kind.is_some_and(|kind| kind.is_dir());
    let files = if is_folder { files(path, Looking::AtNamed)? } else { vec![path.to_owned()] };
    let mut all = Vec::new();
    for file in files {
        let bytes = Looking::AtNamed.see(&file, fs::read(&file))?;
        let faces = faces_in(&file, bytes.unwrap_or_default(), lost);
        if faces.is_empty() {
            return Err(fault(&file, "no font in it".to_owned()));
        }
        all.extend(faces);
    }
    if all.is_empty() { Err(fault(path, "no font in it".to_owned())) } else { Ok(all) }
}

/// The faces of the machine's own font folders.
///
/// # Errors
/// A folder or file that is there for this user and cannot be read: a document would be set in another face.
pub(super) fn of_machine(lost: &LostFont) -> Result<Vec<(FontFile, FontInfo)>, PdfError> {
    let mut all = Vec::new();
    for folder in machine_folders() {
        for file in files(&folder, Looking::Around)? {
            if let Some(bytes) = Looking::Around.see(&file, fs::read(&file))? {
                all.extend(faces_in(&file, bytes, lost));
            }
        }
    }
    Ok(all)
}

#[cfg(target_os = "macos")]
const FOLDERS: [&str; 4] =
    ["/System/Library/Fonts", "/System/Library/AssetsV2", "/Library/Fonts", "/Network/Library/Fonts"];
#[cfg(target_os = "macos")]
const HOME_FOLDERS: [&str; 1] = ["Library/Fonts"];
#[cfg(windows)]
const FOLDERS: [&str; 1] = ["C:\\Windows\\Fonts"];
#[cfg(windows)]
const HOME_FOLDERS: [&str; 1] = ["AppData\\Local\\Microsoft\\Windows\\Fonts"];
#[cfg(not(any(target_os = "macos", windows)))]
const FOLDERS: [&str; 2] = ["/usr/share/fonts", "/usr/local/share/fonts"];
#[cfg(not(any(target_os = "macos", windows)))]
const HOME_FOLDERS: [&str; 2] = [".fonts", ".local/share/fonts"];

fn machine_folders() -> Vec<PathBuf> {
    let home = std::env::home_dir().filter(|home| home.is_absolute());
    let at_home = HOME_FOLDERS.iter().filter_map(|folder| Some(home.as_ref()?.join(folder)));
    FOLDERS.iter().map(PathBuf::from).chain(at_home).collect()
}

/// Every font file below a folder, in the order of their paths.
fn files(folder: &Path, looking: Looking) -> Result<Vec<PathBuf>, PdfError> {
    let (mut found, mut open) = (Vec::new(), vec![(folder.to_owned(), 0)]);
    while let Some((folder, depth)) = open.pop() {
        let listed = fs::read_dir(&folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        for entry in looking.see(&folder, listed)?.into_iter().flatten() {
            let path = entry.path();
            match looking.see(&path, fs::metadata(&path))? {
                Some(kind) if kind.is_dir() && depth < DEPTH => open.push((path, depth + 1)),
                Some(kind) if kind.is_file() && is_font(&path) => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    Ok(found)
}

fn is_font(path: &Path) -> bool {
    let ending = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

#[derive(Clone, Copy)]
enum Looking {
    /// At what the operator named: all of it is needed.
    AtNamed,
    /// At what a machine may have: what is not there, or not for this user, is not the machine's.
    Around,
}

impl Looking {
    fn see<T>(self, path: &Path, read: std::io::Result<T>) -> Result<Option<T>, PdfError> {
        let absent = |e: &Error| {
            matches!(e.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied)
                || e.raw_os_error() == Some(libc::ELOOP)
        };
        match (self, read) {
            (_, Ok(value)) => Ok(Some(value)),
            (Looking::Around, Err(e)) if absent(&e) => Ok(None),
            (_, Err(e)) => Err(fault(path, e.to_string())),
        }
    }
}

fn faces_in(path: &Path, bytes: Vec<u8>, lost: &LostFont) -> Vec<(FontFile, FontInfo)> {
    let face = |font: Font| {
        let file = FontFile { path: path.to_owned(), index: font.index(), lost: lost.clone() };
        (file, font.info().clone())
    };
    Font::iter(Bytes::new(bytes)).map(face).collect()
}

fn fault(path: &Path, reason: String) -> PdfError {
    PdfError::Fonts { path: path.to_owned(), reason }
}
