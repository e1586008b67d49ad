//! Many small files written side by side: each waits for the disk or the network.

use std::collections::BTreeSet;

use tokio::task::JoinSet;

use super::paths::kept;
use crate::edge::blob::{Blob, PutOutcome};
use crate::edge::render::read_canonical;
use crate::edge::state::Issued;
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

/// Stores final documents under their numbers. The first of each series goes alone, series by series: of two
/// copies of a state that number the same series, the second stops there and leaves nothing between the documents
/// of the first.
///
/// # Errors
/// Law: another document lies there.
pub(super) async fn keep_in_order(
    blob: &Blob,
    mut documents: Vec<(&Issued, impl FnOnce() -> Vec<u8>)>,
) -> Result<(), AppError> {
    documents.sort_by(|(a, _), (b, _)| (&a.series, a.sequence).cmp(&(&b.series, b.sequence)));
    let mut series = BTreeSet::new();
    let (firsts, rest): (Vec<_>, Vec<_>) =
        documents.into_iter().partition(|(issued, _)| series.insert(issued.series.as_str()));
    let mut writes = Writes::to(blob);
    for (issued, document) in firsts {
        writes.keep(&issued.number, document()).await?;
        writes.wait(1).await?;
    }
    for (issued, document) in rest {
        writes.keep(&issued.number, document()).await?;
    }
    writes.finish().await
}

/// The account of a canonical document.
fn whose(document: &[u8]) -> String {
    match read_canonical(document) {
        Ok(document) => document.customer.account_id,
        Err(_) => "something that is no document".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issued(series: &str, sequence: u64) -> Issued {
        let number = format!("{series}{sequence}");
        let (document_key, sha256, body) = (number.clone(), String::new(), String::new());
        Issued { number, series: series.to_owned(), sequence, document_key, sha256, body }
    }

    /// What the host whose documents are `text` does, and what then lies in the lake.
    async fn keep(blob: &Blob, numbers: &[Issued], text: &str) -> (Option<AppError>, Vec<(String, bool)>) {
        let documents = numbers.iter().map(|issued| (issued, || text.as_bytes().to_vec())).collect();
        let error = keep_in_order(blob, documents).await.err();
        let mut lies = Vec::new();
        for object in blob.list("documents/").await.unwrap() {
            lies.push((object.key.clone(), blob.get(&object.key).await.unwrap() == text.as_bytes()));
        }
        (error, lies)
    }

    /// Written side by side, each of two hosts could win a number of the other's, and both would stop for ever.
    #[test]
    fn who_comes_second_adds_nothing_between_the_documents_of_the_first() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(second_of_two());
    }

    async fn second_of_two() {
        let root = tempfile::tempdir().unwrap();
        let blob = Blob::folder(root.path());
        let all: Vec<Issued> =
            (1..=20).rev().map(|n| issued("STM-", n)).chain((1..=20).map(|n| issued("INV-", n))).collect();
        // The first host came as far as one document.
        blob.put(&kept("INV-1"), b"one".to_vec()).await.unwrap();
        let (error, lies) = keep(&blob, &all, "two").await;
        assert!(error.is_some_and(|e| e.to_string().contains("INV-1 was given twice")));
        assert_eq!(lies, [(kept("INV-1"), false)]);
        // It goes on, and has all of them; what lies there is its own.
        let (error, lies) = keep(&blob, &all, "one").await;
        assert!(error.is_none() && lies.len() == 40 && lies.iter().all(|(_, own)| *own));
        // The other one stops for good.
        let (error, lies) = keep(&blob, &all, "two").await;
        assert!(error.is_some() && lies.len() == 40 && lies.iter().all(|(_, own)| !*own));
    }
}
