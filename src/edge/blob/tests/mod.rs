mod folder;
mod keys;
mod s3;
#[path = "../../../../tests/it/s3_server.rs"]
pub(crate) mod s3_server;

use std::future::Future;

use super::{Blob, PutOutcome};

/// Runs on a small runtime of its own.
pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("runtime").block_on(work)
}

fn keys(objects: &[super::Object]) -> Vec<&str> {
    objects.iter().map(|o| o.key.as_str()).collect()
}

/// What every store must do.
async fn behaves(blob: &Blob) {
    assert!(blob.list("").await.unwrap().is_empty());
    assert!(blob.get("a/x").await.unwrap_err().is_not_found());
    assert_eq!(blob.head("a/x").await.unwrap(), None);
    blob.put("a/x", "one").await.unwrap();
    blob.put("a/x", "three").await.unwrap();
    assert_eq!(blob.get("a/x").await.unwrap().as_ref(), b"three");
    assert_eq!(blob.head("a/x").await.unwrap(), Some(5));
    assert_eq!(blob.put_if_absent("a/x", "four").await.unwrap(), PutOutcome::Exists);
    assert_eq!(blob.put_if_absent("a/x", "three").await.unwrap(), PutOutcome::Exists);
    assert_eq!(blob.put_if_absent("a/y", "four").await.unwrap(), PutOutcome::Created);
    assert_eq!(blob.get("a/x").await.unwrap().as_ref(), b"three");
    assert_eq!(blob.put_if_absent("empty", "").await.unwrap(), PutOutcome::Created);
    assert_eq!(blob.head("empty").await.unwrap(), Some(0));
    for key in ["ab", "a/b/c", "a-b", "a.b/c"] {
        blob.put(key, key.to_owned()).await.unwrap();
    }
    let all = blob.list("").await.unwrap();
    assert_eq!(keys(&all), ["a-b", "a.b/c", "a/b/c", "a/x", "a/y", "ab", "empty"]);
    assert!(all.iter().all(|o| o.modified.is_some()));
    assert_eq!(all[3].size, 5);
    assert_eq!(keys(&blob.list("a/").await.unwrap()), ["a/b/c", "a/x", "a/y"]);
    assert_eq!(keys(&blob.list("a/b").await.unwrap()), ["a/b/c"]);
    assert_eq!(keys(&blob.list("a/x").await.unwrap()), ["a/x"]);
    assert!(blob.list("nothing/here").await.unwrap().is_empty());

    let (mut file, path) = blob.scratch().unwrap();
    std::io::Write::write_all(&mut file, &[7; 100_000]).unwrap();
    drop(file);
    blob.put_file("big/copy", &path).await.unwrap();
    assert!(path.exists());
    blob.adopt("big/moved", &path).await.unwrap();
    assert!(!path.exists());
    for key in ["big/copy", "big/moved"] {
        let body = blob.open(key).await.unwrap();
        assert_eq!(body.size().unwrap(), 100_000);
        let mut bytes = Vec::new();
        body.reader().unwrap().read_to_end(&mut bytes).unwrap();
        assert!(bytes == [7; 100_000]);
    }

    blob.delete("a/x").await.unwrap();
    blob.delete("a/x").await.unwrap();
    blob.delete("never/was").await.unwrap();
    assert!(!blob.exists("a/x").await.unwrap());
    blob.prove_put_if_absent("probe").await.unwrap();
    assert!(!blob.exists("probe").await.unwrap());
}

/// Of many writers at once exactly one creates the object, and it keeps that one's bytes.
fn one_winner(blob: &Blob, writers: usize, rounds: usize) {
    for round in 0..rounds {
        let key = format!("seal/{round}/r1.json");
        let outcomes: Vec<PutOutcome> = std::thread::scope(|scope| {
            let tasks: Vec<_> = (0..writers)
                .map(|n| {
                    let (blob, key) = (blob.clone(), &key);
                    scope.spawn(move || block_on(async move { blob.put_if_absent(key, format!("writer {n}")).await }))
                })
                .collect();
            tasks.into_iter().map(|t| t.join().unwrap().unwrap()).collect()
        });
        let winners: Vec<usize> = (0..writers).filter(|n| outcomes[*n] == PutOutcome::Created).collect();
        assert_eq!(winners.len(), 1, "{outcomes:?}");
        let there = block_on(blob.get(&key)).unwrap();
        assert_eq!(there, format!("writer {}", winners[0]));
    }
}
