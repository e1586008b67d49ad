use super::{Place, block_on, db_of, everywhere};
use crate::domain::period::Instant;
use crate::edge::state::{MessageStatus, NewDocument, NewMessage, StateErrorKind};

fn document<'a>(series: &'a str, key: &'a str, sha256: &'a str) -> NewDocument<'a> {
    NewDocument { series, first: 1, document_key: key, sha256, body: "{}" }
}

fn message(number: &str) -> Option<NewMessage> {
    Some(NewMessage {
        key: format!("document/{number}"),
        kind: "document".to_owned(),
        account_id: "alice".to_owned(),
        recipient: "alice@example.com".to_owned(),
        message_id: format!("{number}@example.com"),
        created: Instant::from_micros(7),
        not_after: None,
        body: number.as_bytes().to_vec(),
    })
}

#[test]
fn a_document_has_one_number_and_one_message() {
    everywhere(async |place| {
        let state = place.open(1).await;
        for existing in [false, true, true] {
            let numbered = state.take_number(&document("INV-", "a", "h"), message).await.unwrap();
            assert_eq!((numbered.number.as_str(), numbered.existing), ("INV-1", existing));
        }
        let second = state.take_number(&document("INV-", "b", "h"), |_| None).await.unwrap();
        assert_eq!(second.number, "INV-2");
        let refused = state.take_number(&document("INV-", "a", "other"), message).await.unwrap_err();
        assert_eq!(refused.kind, StateErrorKind::Conflict);
        let waiting = state.outbox_list(Some(MessageStatus::Waiting)).await.unwrap();
        assert_eq!(waiting.iter().map(|m| m.message.key.as_str()).collect::<Vec<_>>(), ["document/INV-1"]);
        assert_eq!(state.all_series().await.unwrap(), [("INV-".to_owned(), 1, 3)]);
    });
}

#[test]
fn series_begin_where_they_are_told_and_do_not_touch() {
    everywhere(async |place| {
        let state = place.open(1).await;
        let at = |first, key| NewDocument { first, ..document("INV-2026-", key, "h") };
        assert_eq!(state.take_number(&at(4711, "a"), |_| None).await.unwrap().number, "INV-2026-4711");
        // Where a series began is not asked twice.
        assert_eq!(state.take_number(&at(1, "b"), |_| None).await.unwrap().number, "INV-2026-4712");
        assert_eq!(state.take_number(&document("CN-", "c", "h"), |_| None).await.unwrap().number, "CN-1");
        assert_eq!(state.issued("b").await.unwrap().unwrap().sequence, 4712);
        assert_eq!(state.issued_as("CN-1").await.unwrap().unwrap().document_key, "c");
        assert_eq!(state.issued("d").await.unwrap(), None);
        let numbers: Vec<String> = state.all_issued().await.unwrap().into_iter().map(|d| d.number).collect();
        assert_eq!(numbers, ["CN-1", "INV-2026-4711", "INV-2026-4712"]);
    });
}

#[test]
fn documents_are_found_by_what_their_keys_begin_with() {
    everywhere(async |place| {
        let state = place.open(1).await;
        for key in ["late/a_b/1", "late/a_b/2", "late/axb/1", "late/A_B/1", "late/a%/1", "late/a!/1"] {
            state.take_number(&document("INV-", key, "h"), |_| None).await.unwrap();
        }
        for (prefix, keys) in [
            ("late/a_b/", &["late/a_b/1", "late/a_b/2"][..]),
            ("late/a%/", &["late/a%/1"]),
            ("late/a!/", &["late/a!/1"]),
            ("late/a/", &[]),
        ] {
            let found = state.issued_below(prefix).await.unwrap();
            assert_eq!(found.iter().map(|d| d.document_key.as_str()).collect::<Vec<_>>(), keys, "{prefix}");
        }
    });
}

#[test]
fn what_is_refused_takes_no_number() {
    everywhere(async |place| {
        let state = place.open(1).await;
        state.take_number(&document("INV-", "a", "h"), message).await.unwrap();
        // Its message has another's id: the whole transaction is taken back.
        let twin = |_: &str| message("INV-1").map(|m| NewMessage { key: "document/INV-2".to_owned(), ..m });
        assert_eq!(
            state.take_number(&document("INV-", "b", "h"), twin).await.unwrap_err().kind,
            StateErrorKind::Conflict
        );
        assert_eq!(state.issued("b").await.unwrap(), None);
        assert_eq!(state.take_number(&document("INV-", "c", "h"), message).await.unwrap().number, "INV-2");
    });
}

#[test]
fn several_get_their_numbers_together_or_not_at_all() {
    everywhere(async |place| {
        let state = place.open(1).await;
        let batch = |keys: &[&'static str]| keys.iter().map(|k| (document("INV-", k, "h"), message)).collect();
        let taken = state.take_numbers(batch(&["a", "b", "a"])).await.unwrap();
        let numbers: Vec<(&str, bool)> = taken.iter().map(|n| (n.number.as_str(), n.existing)).collect();
        assert_eq!(numbers, [("INV-1", false), ("INV-2", false), ("INV-1", true)]);
        let mut bad: Vec<_> = batch(&["c"]);
        bad.push((document("INV-", "a", "other"), message));
        assert!(state.take_numbers(bad).await.is_err());
        assert_eq!(state.issued("c").await.unwrap(), None);
        assert_eq!(state.take_number(&document("INV-", "d", "h"), message).await.unwrap().number, "INV-3");
    });
}

#[test]
fn final_documents_are_never_changed_or_removed() {
    everywhere(async |place| {
        let state = place.open(1).await;
        state.take_number(&document("INV-", "a", "h"), |_| None).await.unwrap();
        assert!(db_of(&state).execute_for_test("UPDATE documents SET body = 'x'").await.is_err());
        assert!(db_of(&state).execute_for_test("DELETE FROM documents").await.is_err());
        assert_eq!(state.issued("a").await.unwrap().unwrap().body, "{}");
    });
}

#[test]
fn many_at_once_leave_no_gap_and_no_repeat() {
    const EACH: usize = 12;
    everywhere(async |place| {
        place.open(1).await.close().await;
        let worker = |n: usize, place: Place| {
            std::thread::spawn(move || {
                block_on(async move {
                    let state = place.open(1).await;
                    for i in 0..EACH {
                        // Neighbours ask for the same documents.
                        let key = format!("{}/{i}", n / 2);
                        state.take_number(&document("INV-", &key, &key), message).await.unwrap();
                    }
                });
            })
        };
        let workers: Vec<_> = (0..4).map(|n| worker(n, place.clone())).collect();
        workers.into_iter().for_each(|w| w.join().unwrap());
        let state = place.open(1).await;
        let all = state.all_issued().await.unwrap();
        let sequence: Vec<u64> = all.iter().map(|d| d.sequence).collect();
        assert_eq!(sequence, (1..=2 * EACH as u64).collect::<Vec<_>>());
        assert_eq!(state.outbox_list(None).await.unwrap().len(), all.len());
    });
}
