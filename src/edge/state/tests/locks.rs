use std::time::Duration;

use super::{Place, db_of, everywhere};
use crate::domain::period::Instant;
use crate::edge::state::{Holder, LockError};

fn holder(job: &str) -> Holder {
    Holder { host: "billing-1".to_owned(), pid: 42, job: job.to_owned(), since: Instant::from_micros(1_000_000) }
}

#[test]
fn one_run_at_a_time() {
    everywhere(async |place| {
        let (one, two) = (place.open(1).await, place.open(1).await);
        let guard = one.lock(&holder("daily"), Duration::ZERO).await.unwrap();
        for wait in [Duration::ZERO, Duration::from_millis(120)] {
            match two.lock(&holder("monthly"), wait).await {
                Err(e @ LockError::Held { .. }) => {
                    assert_eq!(e.to_string(), "held by daily (process 42 on billing-1, since 1970-01-01T00:00:01Z)");
                }
                other => panic!("{other:?}"),
            }
        }
        drop(guard);
        drop(two.lock(&holder("monthly"), Duration::ZERO).await.unwrap());
        drop(one.lock(&holder("daily"), Duration::ZERO).await.unwrap());
    });
}

#[test]
fn who_comes_after_a_fault_is_told_until_somebody_is_done() {
    everywhere(async |place| {
        let state = place.open(1).await;
        let follows = async || {
            let guard = state.lock(&holder("daily"), Duration::ZERO).await.unwrap();
            (guard.follows_a_fault(), guard)
        };
        let (first, guard) = follows().await;
        assert!(!first, "nobody was there before");
        drop(guard);
        for _ in 0..2 {
            let (after_a_fault, guard) = follows().await;
            assert!(after_a_fault);
            drop(guard);
        }
        follows().await.1.done().await;
        assert!(!follows().await.0, "the one before was done");
    });
}

#[test]
fn waiting_gets_the_lock_when_it_is_let_go() {
    everywhere(async |place| {
        let state = place.open(1).await;
        let guard = state.lock(&holder("a"), Duration::ZERO).await.unwrap();
        let waiting = tokio::spawn({
            let state = state.clone();
            async move { state.lock(&holder("b"), Duration::from_secs(20)).await.is_ok() }
        });
        tokio::time::sleep(Duration::from_millis(80)).await;
        assert!(!waiting.is_finished());
        drop(guard);
        assert!(waiting.await.unwrap());
    });
}

#[test]
fn what_a_killed_holder_wrote_does_not_lock() {
    everywhere(async |place| {
        let (one, two) = (place.open(1).await, place.open(1).await);
        let stale = r#"{"host":"x","pid":1,"job":"a job with a very long name, killed","since":0}"#;
        match &place {
            Place::File(dir) => std::fs::write(dir.path().join("state.db.lock"), stale).unwrap(),
            Place::Server(_) => {
                let sql = r#"INSERT INTO lock_holder VALUES ('run', '{"host":"x","pid":1,"job":"y","since":0}')"#;
                db_of(&one).execute_for_test(sql).await.unwrap();
            }
        }
        let _guard = one.lock(&holder("b"), Duration::ZERO).await.unwrap();
        let Err(LockError::Held { holder: Some(there) }) = two.lock(&holder("c"), Duration::ZERO).await else {
            panic!("not held");
        };
        assert_eq!(there, holder("b"));
    });
}
