use super::{Place, block_on, db_of, everywhere};
use crate::domain::period::Instant;
use crate::edge::state::{Added, MessageStatus, NewMessage, State, StateErrorKind};

fn at(micros: i64) -> Instant {
    Instant::from_micros(micros)
}

fn message(key: &str) -> NewMessage {
    NewMessage {
        key: key.to_owned(),
        kind: "notice".to_owned(),
        account_id: "王".to_owned(),
        recipient: "a@example.com".to_owned(),
        message_id: format!("{key}@example.com"),
        created: at(5),
        not_after: Some(at(99)),
        body: vec![0, 255, 10],
    }
}

async fn status(state: &State, key: &str) -> MessageStatus {
    state.outbox_message(key).await.unwrap().unwrap().status
}

#[test]
fn a_message_is_added_once() {
    everywhere(async |place| {
        let state = place.open(1).await;
        assert_eq!(state.outbox_add(&message("a"), MessageStatus::Ready).await.unwrap(), Added::New);
        let changed = NewMessage { body: Vec::new(), ..message("a") };
        assert_eq!(state.outbox_add(&changed, MessageStatus::Held).await.unwrap(), Added::Known);
        let twin = NewMessage { key: "b".to_owned(), ..message("a") };
        let refused = state.outbox_add(&twin, MessageStatus::Ready).await.unwrap_err();
        assert_eq!(refused.kind, StateErrorKind::Conflict);
        let all = state.outbox_list(None).await.unwrap();
        assert_eq!(all.len(), 1);
        assert_eq!((&all[0].message, all[0].status, all[0].attempts), (&message("a"), MessageStatus::Ready, 0));
    });
}

#[test]
fn a_message_goes_its_way_and_every_step_is_written_down() {
    everywhere(async |place| {
        let state = place.open(1).await;
        state.outbox_add(&message("a"), MessageStatus::Waiting).await.unwrap();
        assert!(!state.outbox_begin("a", at(6)).await.unwrap(), "not yet allowed");
        assert!(state.outbox_ready("a", at(6)).await.unwrap());
        assert!(!state.outbox_ready("a", at(6)).await.unwrap());
        assert!(state.outbox_begin("a", at(7)).await.unwrap());
        assert!(!state.outbox_begin("a", at(7)).await.unwrap(), "begun already");
        state.outbox_end("a", MessageStatus::Ready, "451 later", at(8), Some(at(20))).await.unwrap();
        let later = state.outbox_message("a").await.unwrap().unwrap();
        assert_eq!((later.attempts, later.next_try, later.detail.as_str()), (1, Some(at(20)), "451 later"));
        assert!(state.outbox_begin("a", at(21)).await.unwrap());
        state.outbox_end("a", MessageStatus::Accepted, "250 ok", at(22), None).await.unwrap();
        assert!(state.outbox_end("a", MessageStatus::Refused, "", at(23), None).await.is_err());
        let log = state.outbox_log("a").await.unwrap();
        let steps: Vec<String> = log.iter().map(|n| format!("{} {}", n.at.micros(), n.became.name())).collect();
        assert_eq!(steps, ["5 waiting", "6 ready", "7 sending", "8 ready", "21 sending", "22 accepted"]);
        assert_eq!(log[0].was, None);
        assert_eq!(log[4].was, Some(MessageStatus::Ready));
        assert!(db_of(&state).execute_for_test("UPDATE outbox_log SET detail = 'x'").await.is_err());
        assert!(db_of(&state).execute_for_test("DELETE FROM outbox_log").await.is_err());
    });
}

#[test]
fn what_a_dead_process_was_sending_is_unknown() {
    everywhere(async |place| {
        let state = place.open(1).await;
        for key in ["b", "a", "c"] {
            state.outbox_add(&message(key), MessageStatus::Ready).await.unwrap();
        }
        assert!(state.outbox_begin("b", at(6)).await.unwrap());
        assert!(state.outbox_begin("a", at(6)).await.unwrap());
        state.outbox_end("a", MessageStatus::Accepted, "", at(6), None).await.unwrap();
        let lost = state.outbox_unfinished(at(9)).await.unwrap();
        assert_eq!(lost.iter().map(|m| m.message.key.as_str()).collect::<Vec<_>>(), ["b"]);
        assert_eq!(status(&state, "b").await, MessageStatus::Unknown);
        assert_eq!(state.outbox_unfinished(at(10)).await.unwrap(), []);
        assert!(!state.outbox_begin("b", at(11)).await.unwrap(), "never again by itself");
        let keys: Vec<String> = state.outbox_list(None).await.unwrap().into_iter().map(|m| m.message.key).collect();
        assert_eq!(keys, ["b", "a", "c"], "in the order they were added");
    });
}

#[test]
fn a_person_may_move_what_is_known_to_be_where_it_is() {
    everywhere(async |place| {
        let state = place.open(1).await;
        state.outbox_add(&message("a"), MessageStatus::Held).await.unwrap();
        let from = [MessageStatus::Unknown, MessageStatus::Refused];
        assert!(!state.outbox_move("a", &from, MessageStatus::Ready, "ann", at(6), None).await.unwrap());
        assert!(
            state.outbox_move("a", &[MessageStatus::Held], MessageStatus::Ready, "ann", at(6), None).await.unwrap()
        );
        assert!(!state.outbox_move("z", &MessageStatus::ALL, MessageStatus::Held, "", at(6), None).await.unwrap());
        assert_eq!(status(&state, "a").await, MessageStatus::Ready);
    });
}

#[test]
fn one_of_many_begins_a_message() {
    everywhere(async |place| {
        let state = place.open(1).await;
        state.outbox_add(&message("a"), MessageStatus::Ready).await.unwrap();
        state.close().await;
        let worker = |place: Place| {
            std::thread::spawn(move || {
                block_on(async move { place.open(1).await.outbox_begin("a", at(6)).await.unwrap() })
            })
        };
        let workers: Vec<_> = (0..4).map(|_| worker(place.clone())).collect();
        let begun = workers.into_iter().map(|w| w.join().unwrap()).filter(|begun| *begun).count();
        assert_eq!(begun, 1);
    });
}

#[test]
fn a_text_with_a_zero_byte_is_refused_everywhere_alike() {
    everywhere(async |place| {
        let state = place.open(1).await;
        let odd = NewMessage { account_id: "a\0b".to_owned(), ..message("a") };
        let refused = state.outbox_add(&odd, MessageStatus::Ready).await.unwrap_err();
        assert!(refused.what.contains("zero byte"), "{refused}");
    });
}

#[test]
fn what_is_pending_is_found_without_reading_the_past() {
    everywhere(async |place| {
        let state = place.open(1).await;
        let note = |key: &str, account: &str, last: i64| NewMessage {
            account_id: account.to_owned(),
            not_after: Some(at(last)),
            ..message(key)
        };
        for (key, account, last, status) in [
            ("b", "ann", 50, MessageStatus::Ready),
            ("a", "ben", 60, MessageStatus::Ready),
            ("c", "ann", 40, MessageStatus::Held),
            ("d", "ann", 10, MessageStatus::Accepted),
        ] {
            state.outbox_add(&note(key, account, last), status).await.unwrap();
        }
        assert_eq!(state.outbox_keys(MessageStatus::Ready).await.unwrap(), ["b", "a"]);
        assert_eq!(state.outbox_status("c").await.unwrap(), Some(MessageStatus::Held));
        assert_eq!(state.outbox_status("z").await.unwrap(), None);
        let of_ann = state.outbox_of("notice", "ann").await.unwrap();
        let of_ann: Vec<String> = of_ann.iter().map(|(key, status)| format!("{key} {}", status.name())).collect();
        assert_eq!(of_ann, ["b ready", "c held", "d accepted"]);
        assert_eq!(state.outbox_of("other", "ann").await.unwrap(), []);
        let overdue = async |at: Instant| -> Vec<String> {
            state.outbox_overdue(at).await.unwrap().into_iter().map(|m| m.message.key).collect()
        };
        assert_eq!(overdue(at(40)).await, Vec::<String>::new());
        assert_eq!(overdue(at(55)).await, ["b", "c"], "what was sent is never overdue");
        let counts = state.outbox_counts().await.unwrap();
        let counts: Vec<String> = counts.iter().map(|(status, n)| format!("{} {n}", status.name())).collect();
        assert_eq!(counts, ["ready 2", "accepted 1", "held 1"]);
        let since = async || -> Vec<String> {
            let notes = state.outbox_log_since("digest").await.unwrap();
            notes.iter().map(|n| format!("{} {}", n.key, n.became.name())).collect()
        };
        assert_eq!(since().await, ["b ready", "a ready", "c held", "d accepted"], "nothing was told yet");
        let digest = NewMessage { kind: "digest".to_owned(), account_id: String::new(), ..message("digest/1") };
        state.outbox_add(&digest, MessageStatus::Ready).await.unwrap();
        assert!(state.outbox_begin("b", at(7)).await.unwrap());
        assert_eq!(since().await, ["b sending"]);
    });
}
