//! Every way a mail server can behave, and what is made of it.

use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;
use trueup::domain::period::Instant;
use trueup::edge::blob::Blob;
use trueup::edge::mail::{
    Address, Envelope, Folder, Letter, Outcome, Page, Patience, Secret, Smtp, Tls, Transport, compose,
};

use crate::smtp_server::{MailServer, Script};

struct World {
    server: MailServer,
    dir: TempDir,
    smtp: Smtp,
}

fn world(script: Script) -> World {
    let server = MailServer::start(script);
    let dir = TempDir::new().unwrap();
    let file = |name: &str, text: &str| -> PathBuf {
        std::fs::write(dir.path().join(name), text).unwrap();
        dir.path().join(name)
    };
    let ca = file("ca.pem", &server.pem);
    let password = file("password", "s3cret\n");
    let millis = Duration::from_millis;
    let smtp = Smtp {
        host: "localhost".into(),
        port: server.port,
        tls: if script.wrapped { Tls::Wrapped } else { Tls::Required },
        user: script.login.then(|| "billing".into()),
        password: Some(Secret(password)),
        ca_file: Some(ca),
        patience: Patience { connect: millis(20_000), command: millis(20_000), message: millis(20_000) },
    };
    World { server, dir, smtp }
}

fn eml(n: usize) -> (String, Vec<u8>) {
    let from = Address::parse("Hub <billing@hub.example.com>").unwrap();
    let to = Address::parse("a@example.org").unwrap();
    let page = Page { subject: format!("No. {n}"), lead: ".\n..\r\n.".into(), ..Page::default() };
    let message_id = format!("test.{n}@hub.example.com");
    let date = Instant::from_micros(1_790_000_000_000_000);
    let letter =
        Letter { from: &from, reply_to: None, to: &to, message_id: &message_id, date, page: &page, attachments: &[] };
    let eml = compose(&letter).unwrap();
    (eml.message_id, eml.bytes)
}

/// Gives one message to each address in turn over one round.
fn deliver(smtp: &Smtp, to: &[&str]) -> Vec<Outcome> {
    let post = Transport::Smtp(smtp.clone());
    run(async {
        let mut round = post.session();
        let from = Address::parse("billing@hub.example.com").unwrap();
        let mut outcomes = Vec::new();
        for (n, to) in to.iter().enumerate() {
            let (message_id, bytes) = eml(n);
            let to = Address::parse(to).unwrap();
            let parcel = Envelope { from: &from, to: &to, message_id: &message_id, bytes: &bytes };
            outcomes.push(round.deliver(&parcel).await);
        }
        round.close().await;
        outcomes
    })
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

#[track_caller]
fn check(outcome: &Outcome, name: &str, said: &str) {
    let (got, text) = match outcome {
        Outcome::Accepted(text) => ("accepted", text),
        Outcome::Refused(text) => ("refused", text),
        Outcome::Later(text) => ("later", text),
        Outcome::Unknown(text) => ("unknown", text),
        Outcome::Unreachable(text) => ("unreachable", text),
    };
    assert_eq!(got, name, "{text}");
    assert!(text.contains(said), "{text}");
}

#[test]
fn one_recipient_does_not_stop_another() {
    let world = world(Script { login: true, ..Script::default() });
    let to = [
        "anna@example.org",
        "grey@example.org",
        "nouser@example.org",
        "full@example.org",
        "drop@example.org",
        "closing@example.org",
        "spam@example.org",
        "later@example.org",
        "lost@example.org",
        "garble@example.org",
        "zoe@example.org",
    ];
    let outcomes = deliver(&world.smtp, &to);
    let expect = [
        ("accepted", "250 2.0.0 queued"),
        ("later", "451 4.7.1 greylisted"),
        ("refused", "550 5.1.1 no such user"),
        ("later", "452 4.2.2"),
        ("later", "before the message was sent"),
        ("later", "421"),
        ("refused", "554 5.7.1 this is"),
        ("later", "451 4.3.0"),
        ("unknown", "no reply after the message was sent"),
        ("unknown", "no reply after the message was sent"),
        ("accepted", "250"),
    ];
    for (outcome, (name, said)) in outcomes.iter().zip(expect) {
        check(outcome, name, said);
    }
    let got = world.server.got();
    let to: Vec<&str> = got.iter().map(|g| g.to.as_str()).collect();
    assert_eq!(to, ["anna@example.org", "lost@example.org", "garble@example.org", "zoe@example.org"]);
    assert!(got.iter().all(|g| g.tls && g.user.as_deref() == Some("billing") && g.from == "billing@hub.example.com"));
    // What was put off is taken the next time, and only then.
    let again = deliver(&world.smtp, &["grey@example.org", "drop@example.org", "later@example.org"]);
    again.iter().for_each(|outcome| check(outcome, "accepted", "queued"));
    assert_eq!(world.server.got().len(), 7);
}

#[test]
fn a_message_arrives_as_it_was_made() {
    let world = world(Script { wrapped: true, ..Script::default() });
    check(&deliver(&world.smtp, &["anna@example.org"])[0], "accepted", "queued");
    let sent = String::from_utf8(eml(0).1).unwrap();
    assert_eq!(world.server.got()[0].message.trim_end(), sent.trim_end());
}

#[test]
fn a_connection_lost_inside_a_message_is_no_danger() {
    let world = world(Script::default());
    let post = Transport::Smtp(world.smtp.clone());
    // More than any buffer on the way holds, so that the end is never written.
    let (message_id, mut bytes) = eml(0);
    for _ in 0..400_000 {
        bytes.extend_from_slice(b"0123456789012345678901234567890123456789012345678901234567890123456789\r\n");
    }
    let outcome = run(async {
        let (from, to) = (Address::parse("b@example.com").unwrap(), Address::parse("inside@example.org").unwrap());
        let parcel = Envelope { from: &from, to: &to, message_id: &message_id, bytes: &bytes };
        post.session().deliver(&parcel).await
    });
    check(&outcome, "later", "before the message was sent");
    assert!(world.server.got().is_empty());
}

#[test]
fn silence_before_the_end_is_no_danger_and_after_it_is() {
    let mut world = world(Script::default());
    world.smtp.patience.command = Duration::from_millis(3000);
    world.smtp.patience.message = Duration::from_millis(1000);
    let outcomes = deliver(&world.smtp, &["mute@example.org", "slow@example.org", "zoe@example.org"]);
    check(&outcomes[0], "later", "no reply to RCPT");
    check(&outcomes[1], "unknown", "no reply to the message");
    check(&outcomes[2], "accepted", "queued");
    assert_eq!((world.server.count("mute@example.org"), world.server.count("slow@example.org")), (0, 1));
}

#[test]
fn a_connection_the_server_is_tired_of_is_made_anew() {
    let world = world(Script { most: Some(1), ..Script::default() });
    let outcomes = deliver(&world.smtp, &["a@example.org", "b@example.org", "c@example.org"]);
    outcomes.iter().for_each(|outcome| check(outcome, "accepted", "queued"));
    assert_eq!(world.server.got().len(), 3);
}

#[test]
fn what_is_wrong_with_the_server_is_no_fault_of_the_recipient() {
    let closed = world(Script { closed: true, ..Script::default() });
    check(&deliver(&closed.smtp, &["a@example.org"])[0], "unreachable", "421 not today");
    let mut login = world(Script { login: true, ..Script::default() });
    login.smtp.user = None;
    check(&deliver(&login.smtp, &["a@example.org"])[0], "unreachable", "530 5.7.0 log in first");
    login.smtp.user = Some("billing".into());
    std::fs::write(login.dir.path().join("password"), "wrong").unwrap();
    check(&deliver(&login.smtp, &["a@example.org"])[0], "unreachable", "login refused");
    login.smtp.password = Some(Secret(login.dir.path().join("nothing")));
    check(&deliver(&login.smtp, &["a@example.org"])[0], "unreachable", "password_file");
    let mut nobody = world(Script::default());
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    nobody.smtp.port = port;
    check(&deliver(&nobody.smtp, &["a@example.org"])[0], "unreachable", "smtp://localhost:");
}

#[test]
fn tls_is_asked_for_and_checked() {
    let mut plain = world(Script { no_starttls: true, ..Script::default() });
    check(&deliver(&plain.smtp, &["a@example.org"])[0], "unreachable", "no STARTTLS");
    plain.smtp.tls = Tls::Offered;
    check(&deliver(&plain.smtp, &["a@example.org"])[0], "accepted", "queued");
    assert!(!plain.server.got()[0].tls);
    plain.smtp.user = Some("billing".into());
    check(&deliver(&plain.smtp, &["a@example.org"])[0], "unreachable", "not sent in the clear");
    assert!(!plain.server.lines().iter().any(|l| l.to_uppercase().starts_with("AUTH")));
    let mut other = world(Script::default());
    other.smtp.ca_file = None;
    other.smtp.tls = Tls::Offered;
    check(&deliver(&other.smtp, &["a@example.org"])[0], "unreachable", "localhost");
    assert!(other.server.got().is_empty());
    other.smtp.tls = Tls::Never;
    check(&deliver(&other.smtp, &["a@example.org"])[0], "accepted", "queued");
}

#[test]
fn a_folder_takes_each_message_once_and_nothing_leaves_it() {
    let dir = TempDir::new().unwrap();
    let root = dir.path().join("outbox");
    let post = Transport::Folder(Folder(Blob::folder(&root)));
    let (from, to) = (Address::parse("b@example.com").unwrap(), Address::parse("a@example.org").unwrap());
    let (message_id, bytes) = eml(1);
    let (_, other) = eml(2);
    run(async {
        let parcel = Envelope { from: &from, to: &to, message_id: &message_id, bytes: &bytes };
        assert_eq!(post.arrived(&message_id, &bytes).await, Some(false));
        check(&post.session().deliver(&parcel).await, "accepted", "written to test.1@hub.example.com.eml");
        check(&post.session().deliver(&parcel).await, "accepted", "was there already");
        assert_eq!(post.arrived(&message_id, &bytes).await, Some(true));
        let changed = Envelope { bytes: &other, ..parcel };
        check(&post.session().deliver(&changed).await, "refused", "another content");
        for name in ["../../../etc/x@y", "a/b@c", "/abs@c", "..@..", "\0@c", "..", ""] {
            let parcel = Envelope { message_id: name, ..parcel };
            check(&post.session().deliver(&parcel).await, "accepted", "written to");
        }
        let raw = Envelope { bytes: b"From: x\n.\nMAIL FROM:<a@b>\r\n", ..parcel };
        check(&post.session().deliver(&raw).await, "refused", "the message contains");
    });
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    assert!(std::fs::read_dir(&root).unwrap().flatten().all(|e| e.path().is_file()));
}
