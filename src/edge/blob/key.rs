//! Which keys may be written.

use super::error::{BlobError, BlobErrorKind};

/// Names of files that are being written; no object may look like one.
pub(super) const TEMP: &str = ".tmp-";
const LONGEST_KEY: usize = 1024;
const LONGEST_SEGMENT: usize = 255;

fn fault(key: &str, segments: &[&str]) -> Option<&'static str> {
    if key.is_empty() {
        return Some("is empty");
    }
    if key.len() > LONGEST_KEY {
        return Some("is longer than 1024 bytes");
    }
    if key.contains('\0') {
        return Some("contains a NUL");
    }
    if key.starts_with('/') {
        return Some("is absolute");
    }
    segments.iter().find_map(|segment| match *segment {
        "" => Some("has an empty part"),
        "." | ".." => Some("has a part that is not a name"),
        s if s.len() > LONGEST_SEGMENT => Some("has a part longer than 255 bytes"),
        s if s.starts_with(TEMP) => Some("has a part kept for temporary files"),
        _ => None,
    })
}

fn refused(key: &str, why: &str) -> BlobError {
    BlobError::new(BlobErrorKind::Config, key.escape_debug().to_string(), format!("the key {why}"))
}

/// The parts of a key that may be written and read.
pub(super) fn segments(key: &str) -> Result<Vec<&str>, BlobError> {
    let segments: Vec<&str> = key.split('/').collect();
    match fault(key, &segments) {
        Some(why) => Err(refused(key, why)),
        None => Ok(segments),
    }
}

/// A listing's prefix, cut into whole parts and the beginning of a name (which may be empty).
pub(super) fn prefix(prefix: &str) -> Result<(Vec<&str>, &str), BlobError> {
    let Some((folders, name)) = prefix.rsplit_once('/') else {
        return if prefix.contains('\0') { Err(refused(prefix, "contains a NUL")) } else { Ok((Vec::new(), prefix)) };
    };
    match fault(prefix, &folders.split('/').collect::<Vec<_>>()) {
        Some(why) => Err(refused(prefix, why)),
        None => Ok((folders.split('/').collect(), name)),
    }
}
