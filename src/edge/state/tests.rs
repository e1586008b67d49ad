use std::collections::BTreeMap;
use std::future::Future;
use std::path::Path;
use std::time::Duration;

use super::{Checked, FindingNote, Holder, LockError, NoteState, Run, State, StateErrorKind};
use crate::domain::period::Instant;

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("runtime").block_on(work)
}

async fn open(dir: &Path, seed: u8) -> State {
    State::open("sqlite:state.db", dir, [seed; 16]).await.expect("a state")
}

fn holder(job: &str) -> Holder {
    Holder { host: "billing-1".to_owned(), pid: 42, job: job.to_owned(), since: Instant::from_micros(1_000_000) }
}

#[test]
fn the_id_is_given_once() {
    let dir = tempfile::tempdir().unwrap();
    block_on(async {
        let first = open(dir.path(), 1).await;
        assert_eq!(first.id(), "01".repeat(16));
        first.close().await;
        assert_eq!(open(dir.path(), 2).await.id(), "01".repeat(16));
    });
}

#[test]
fn many_open_a_new_state_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let ids: Vec<String> = std::thread::scope(|scope| {
        let tasks: Vec<_> = (1..=6)
            .map(|n| {
                scope.spawn({
                    let dir = dir.path();
                    move || block_on(async { open(dir, n).await.id().to_owned() })
                })
            })
            .collect();
        tasks.into_iter().map(|t| t.join().unwrap()).collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

#[test]
fn urls_that_are_no_state() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("text"), "this is not a database, it is a text of some length ".repeat(40)).unwrap();
    block_on(async {
        for url in ["postgres://u:secret@db/x", "mysql://x", "state.db", "", "sqlite:no/such/folder.db", "sqlite:text"]
        {
            let refused = State::open(url, dir.path(), [0; 16]).await.unwrap_err();
            assert_eq!(refused.kind, StateErrorKind::Config, "{url}: {refused}");
            assert!(!refused.to_string().contains("secret"));
        }
    });
}

#[test]
fn a_later_version_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    block_on(async {
        let state = open(dir.path(), 1).await;
        let super::Backend::Sqlite(sqlite) = &state.backend;
        sqlite.execute_for_test("PRAGMA user_version = 99").await.unwrap();
        state.close().await;
        let refused = State::open("sqlite:state.db", dir.path(), [0; 16]).await.unwrap_err();
        assert_eq!(refused.kind, StateErrorKind::Config);
    });
}

#[test]
fn checks_are_remembered_and_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    block_on(async {
        let state = open(dir.path(), 1).await;
        assert_eq!(state.checked("daily", "2026-10-01").await.unwrap(), None);
        for revision in [1, 2] {
            let checked = Checked { fingerprint: format!("f{revision}"), revision };
            state.set_checked("daily", "2026-10-01", &checked).await.unwrap();
            assert_eq!(state.checked("daily", "2026-10-01").await.unwrap(), Some(checked));
        }
        assert_eq!(state.checked("weekly", "2026-10-01").await.unwrap(), None);
        state.forget_checked().await.unwrap();
        assert_eq!(state.checked("daily", "2026-10-01").await.unwrap(), None);
    });
}

#[test]
fn runs_are_listed_newest_first() {
    let dir = tempfile::tempdir().unwrap();
    block_on(async {
        let state = open(dir.path(), 1).await;
        let mut run = Run {
            run_id: 0,
            job: "daily".to_owned(),
            period: "2026-10-01".to_owned(),
            started: Instant::from_micros(-5),
            ended: None,
            exit: None,
            counts: BTreeMap::new(),
        };
        run.run_id = state.begin_run(&run).await.unwrap();
        let second = Run { period: "2026-10-02".to_owned(), ..run.clone() };
        let second = Run { run_id: state.begin_run(&second).await.unwrap(), ..second };
        run.ended = Some(Instant::from_micros(9));
        run.exit = Some(3);
        run.counts.insert("calls".to_owned(), u64::MAX);
        state.end_run(&run).await.unwrap();
        state.close().await;
        let state = open(dir.path(), 1).await;
        assert_eq!(state.runs(10).await.unwrap(), [second.clone(), run.clone()]);
        assert_eq!(state.runs(1).await.unwrap(), [second]);
        assert!(state.end_run(&Run { run_id: 99, ..run }).await.is_err());
    });
}

#[test]
fn notes_are_appended_never_edited() {
    let dir = tempfile::tempdir().unwrap();
    block_on(async {
        let state = open(dir.path(), 1).await;
        let note = |finding: &str, at, state, text: &str| FindingNote {
            finding_id: finding.to_owned(),
            at: Instant::from_micros(at),
            who: "ann".to_owned(),
            state,
            note: text.to_owned(),
        };
        let notes = [
            note("f-1", 9, NoteState::Explained, "late price; it's 'quoted'"),
            note("f-2", 5, NoteState::Open, ""),
            note("f-1", 3, NoteState::Reopened, "ü"),
        ];
        for n in &notes {
            state.add_note(n).await.unwrap();
        }
        assert_eq!(state.notes(None).await.unwrap(), notes);
        assert_eq!(state.notes(Some("f-1")).await.unwrap(), [notes[0].clone(), notes[2].clone()]);
        assert_eq!(state.notes(Some("f-3")).await.unwrap(), []);
        let super::Backend::Sqlite(sqlite) = &state.backend;
        assert!(sqlite.execute_for_test("UPDATE finding_notes SET note = 'x'").await.is_err());
        assert!(sqlite.execute_for_test("DELETE FROM finding_notes").await.is_err());
        assert_eq!(state.notes(None).await.unwrap(), notes);
    });
}

#[test]
fn one_run_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    block_on(async {
        let (one, two) = (open(dir.path(), 1).await, open(dir.path(), 1).await);
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
fn waiting_gets_the_lock_when_it_is_let_go() {
    let dir = tempfile::tempdir().unwrap();
    block_on(async {
        let state = open(dir.path(), 1).await;
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
    let dir = tempfile::tempdir().unwrap();
    let stale = r#"{"host":"x","pid":1,"job":"a job with a very long name, killed","since":0}"#;
    std::fs::write(dir.path().join("state.db.lock"), stale).unwrap();
    block_on(async {
        let (one, two) = (open(dir.path(), 1).await, open(dir.path(), 1).await);
        let _guard = one.lock(&holder("b"), Duration::ZERO).await.unwrap();
        let Err(LockError::Held { holder: Some(there) }) = two.lock(&holder("c"), Duration::ZERO).await else {
            panic!("not held");
        };
        assert_eq!(there, holder("b"));
    });
}
