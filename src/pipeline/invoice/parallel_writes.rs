//! Many small files written side by side: each waits for the disk or the network.

use tokio::task::JoinSet;

use crate::edge::blob::{Blob, PutOutcome};
use crate::pipeline::error::AppError;

/// Files on their way at a time.
const AT_ONCE: usize = 16;

/// Writes that are not yet known to be done.
pub(super) struct Writes {
    blob: Blob,
    running: JoinSet<Result<(), AppError>>,
}

impl Writes {
    pub(super) fn to(blob: &Blob) -> Writes {
        Writes { blob: blob.clone(), running: JoinSet::new() }
    }

    /// Begins to write a file, in place of one of the same name.
    pub(super) async fn put(&mut self, key: String, bytes: Vec<u8>) -> Result<(), AppError> {
        let blob = self.blob.clone();
        self.running.spawn(async move { Ok(blob.put(&key, bytes).await?) });
        self.wait(AT_ONCE).await
    }

    /// Begins to store a file once and for all.
    ///
    /// # Errors
    /// Law, now or at the end: another file lies there.
    pub(super) async fn keep(&mut self, key: String, bytes: Vec<u8>) -> Result<(), AppError> {
        let blob = self.blob.clone();
        self.running.spawn(async move {
            if blob.put_if_absent(&key, bytes.clone()).await? == PutOutcome::Exists && blob.get(&key).await? != bytes {
                return Err(AppError::law("another document has this number")
                    .at(format!("{}/{key}", blob.place()))
                    .hint("two states gave numbers for one lake, or an old copy of the state was put back"));
            }
            Ok(())
        });
        self.wait(AT_ONCE).await
    }

    /// Waits until all is written.
    pub(super) async fn finish(mut self) -> Result<(), AppError> {
        self.wait(1).await
    }

    async fn wait(&mut self, fewer_than: usize) -> Result<(), AppError> {
        while self.running.len() >= fewer_than {
            match self.running.join_next().await {
                Some(done) => done.map_err(AppError::internal)??,
                None => return Ok(()),
            }
        }
        Ok(())
    }
}
