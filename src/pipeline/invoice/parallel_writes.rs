//! Many small files written side by side: each waits for the disk or the network.

use tokio::task::JoinSet;

use super::paths::kept;
use crate::edge::blob::{Blob, PutOutcome};
use crate::edge::render::read_canonical;
use crate::pipeline::error::AppError;

/// Files on their way at a time.
const AT_ONCE: usize = 16;

/// Writes that are not yet known to be done.
pub(super) struct Writes {
    blob: Blob,
    running: JoinSet<Result<(), (usize, AppError)>>,
    begun: usize,
}

impl Writes {
    pub(super) fn to(blob: &Blob) -> Writes {
        Writes { blob: blob.clone(), running: JoinSet::new(), begun: 0 }
    }

    /// Begins to write a file, in place of one of the same name.
    pub(super) async fn put(&mut self, key: String, bytes: Vec<u8>) -> Result<(), AppError> {
        let blob = self.blob.clone();
        self.begin(async move { Ok(blob.put(&key, bytes).await?) });
        self.wait(AT_ONCE).await
    }

    /// Begins to store a final document under its number, once and for all.
    ///
    /// # Errors
    /// Law, now or at the end: another document lies there.
    pub(super) async fn keep(&mut self, number: &str, document: Vec<u8>) -> Result<(), AppError> {
        let (blob, number, key) = (self.blob.clone(), number.to_owned(), kept(number));
        self.begin(async move {
            if blob.put_if_absent(&key, document.clone()).await? == PutOutcome::Created {
                return Ok(());
            }
            let there = blob.get(&key).await?;
            if there == document {
                return Ok(());
            }
            let (theirs, ours) = (whose(&there), whose(&document));
            let what = match theirs == ours {
                true => format!("{number} was given twice, both times to {ours}, for two documents"),
                false => format!("{number} was given twice: to {theirs} in the lake, to {ours} in this state"),
            };
            Err(AppError::law(what)
                .at(format!("{}/{key}", blob.place()))
                .hint("two copies of a state gave numbers for one lake, or an old copy was put back")
                .hint("go on with the state that made the lake's documents; nothing of this one was published or sent"))
        });
        self.wait(AT_ONCE).await
    }

    /// Waits until all is written.
    pub(super) async fn finish(mut self) -> Result<(), AppError> {
        self.wait(1).await
    }

    fn begin(&mut self, write: impl Future<Output = Result<(), AppError>> + Send + 'static) {
        let place = self.begun;
        self.begun += 1;
        self.running.spawn(async move { write.await.map_err(|e| (place, e)) });
    }

    async fn wait(&mut self, fewer_than: usize) -> Result<(), AppError> {
        while self.running.len() >= fewer_than {
            let Some(done) = self.running.join_next().await else { return Ok(()) };
            if let Err(mut first) = done.map_err(AppError::internal)? {
                // Of several that fail, the first that was begun is told, whichever ends first.
                while let Some(other) = self.running.join_next().await {
                    if let Err(other) = other.map_err(AppError::internal)?
                        && other.0 < first.0
                    {
                        first = other;
                    }
                }
                return Err(first.1);
            }
        }
        Ok(())
    }
}

/// The account of a canonical document.
fn whose(document: &[u8]) -> String {
    match read_canonical(document) {
        Ok(document) => document.customer.account_id,
        Err(_) => "something that is no document".to_owned(),
    }
}
