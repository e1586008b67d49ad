//! What a sealed day was made from, in one line, so that a run can tell whether it is still current.

use sha2::{Digest, Sha256};

/// Lower-case hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// Gathers facts by name; equal facts give equal fingerprints.
#[derive(Debug, Default)]
pub(crate) struct Fingerprint(String);

impl Fingerprint {
    pub(crate) fn add(&mut self, name: &str, value: impl std::fmt::Display) {
        self.0.push_str(&format!("{name}={value}\n"));
    }

    pub(crate) fn finish(&self) -> String {
        sha256(self.0.as_bytes())
    }
}
