use std::collections::BTreeMap;

use super::{db_of, everywhere};
use crate::domain::period::Instant;
use crate::edge::state::{Checked, FindingNote, NoteState, Run};

#[test]
fn checks_are_remembered_and_forgotten() {
    everywhere(async |place| {
        let state = place.open(1).await;
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
    everywhere(async |place| {
        let state = place.open(1).await;
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
        let state = place.open(1).await;
        assert_eq!(state.runs(10).await.unwrap(), [second.clone(), run.clone()]);
        assert_eq!(state.runs(1).await.unwrap(), [second]);
        assert!(state.end_run(&Run { run_id: 99, ..run }).await.is_err());
    });
}

#[test]
fn notes_are_appended_never_edited() {
    everywhere(async |place| {
        let state = place.open(1).await;
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
        assert!(db_of(&state).execute_for_test("UPDATE finding_notes SET note = 'x'").await.is_err());
        assert!(db_of(&state).execute_for_test("DELETE FROM finding_notes").await.is_err());
        assert_eq!(state.notes(None).await.unwrap(), notes);
    });
}
