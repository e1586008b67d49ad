//! Low-balance notices end to end: from ledger files to mail, once each, whatever happens on the way.

use std::time::{SystemTime, UNIX_EPOCH};

use trueup::domain::period::{Instant, Span};

use crate::desk::{Desk, Ran};
use crate::smtp_server::{MailServer, Script, Step};

/// RFC 3339, some minutes before now.
fn ago(minutes: i64) -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = Instant::from_micros(i64::try_from(since.as_micros()).unwrap());
    now.minus(Span::from_micros(minutes * 60_000_000)).to_string()
}

const BASE: &str = r#"
[time]
zone = "UTC"
[[source]]
name = "gateway"
path = "raw/calls/*"
book = "prices/tokone.toml"
unit = "CNY"
settle = "0s"
[ledger]
postings = "raw/postings/*"
balances = "raw/balances/*"
complete_from = "2020-01-01"
settle = "0s"
[parties]
accounts = "accounts.csv"
[notice]
default = "10%"
top_up_url = "https://hub.example.com/billing"
"#;

/// An operator whose mail goes where `mail` says.
pub(crate) fn hub(mail: &str) -> Desk {
    let desk = Desk::new();
    let from = "from = \"Hub <billing@hub.example.com>\"\nfresh = \"24h\"";
    desk.write("trueup.toml", format!("{BASE}\n[mail]\n{mail}\n{from}\n"));
    desk.write("prices/tokone.toml", include_str!("../../fixtures/operator/prices.toml"));
    desk
}

fn hub_with(server: &MailServer) -> Desk {
    let desk = hub(&format!(
        "url = \"smtp://localhost:{}?tls=required\"\nuser = \"billing\"\npassword_file = \"password\"\nca_file = \"ca.pem\"",
        server.port
    ));
    desk.write("password", "s3cret\n");
    desk.write("ca.pem", &server.pem);
    desk
}

pub(crate) fn accounts(desk: &Desk, rows: &[(&str, &str)]) {
    let lines: Vec<String> = rows.iter().map(|(id, email)| format!("{id},{id} Ltd,{email},en,\n")).collect();
    desk.write("accounts.csv", format!("account_id,name,email,locale,low_balance\n{}", lines.concat()));
}

fn posting(id: &str, account: &str, kind: &str, amount: &str, minutes: i64) -> String {
    format!(
        "{{\"posting_id\":\"{id}\",\"account_id\":\"{account}\",\"kind\":\"{kind}\",\"amount\":\"{amount}\",\
         \"unit\":\"CNY\",\"posted_at\":\"{}\"}}\n",
        ago(minutes)
    )
}

/// Tops up 100 and uses 95 of it, an hour ago.
pub(crate) fn make_low(desk: &Desk, names: &[&str]) {
    let lines: Vec<String> = names
        .iter()
        .map(|n| {
            posting(&format!("t-{n}"), n, "top_up", "100", 120) + &posting(&format!("u-{n}"), n, "usage", "-95", 60)
        })
        .collect();
    desk.write("raw/postings/first.jsonl", lines.concat());
}

#[track_caller]
fn check(ran: &Ran, code: i32) {
    assert_eq!(ran.code, code, "{}{}", ran.stdout, ran.stderr);
}

fn hourly(desk: &Desk) -> Ran {
    desk.run(&["run", "hourly"])
}

/// Every message as `KIND ACCOUNT STATUS`, sorted.
fn messages(desk: &Desk) -> Vec<String> {
    let ran = desk.run(&["notify", "--list", "--all", "--format", "csv"]);
    check(&ran, 0);
    let mut lines: Vec<String> = ran
        .stdout
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            format!("{} {} {}", cells[1], cells[2], cells[4])
        })
        .collect();
    lines.sort();
    lines
}

fn key_of(desk: &Desk, account: &str) -> String {
    let ran = desk.run(&["notify", "--list", "--all", "--format", "csv"]);
    let line = ran.stdout.lines().find(|l| l.contains(&format!(",{account},"))).unwrap();
    line.split(',').next().unwrap().to_owned()
}

#[test]
fn everybody_gets_theirs_and_nobody_twice() {
    let server = MailServer::start(Script { login: true, ..Script::default() });
    let desk = hub_with(&server);
    let names = ["anna", "drop", "full", "grey", "lost", "nouser", "zoe"];
    accounts(
        &desk,
        &names.map(|n| (n, format!("{n}@example.org"))).iter().map(|(n, a)| (*n, a.as_str())).collect::<Vec<_>>(),
    );
    make_low(&desk, &names);
    let ran = hourly(&desk);
    check(&ran, 4);
    assert!(
        ran.stderr.contains("unknown    mail to lost") && ran.stderr.contains("refused    mail to nouser"),
        "{}",
        ran.stderr
    );
    let expect = [
        "low_balance anna accepted",
        "low_balance drop ready",
        "low_balance full ready",
        "low_balance grey ready",
        "low_balance lost unknown",
        "low_balance nouser refused",
        "low_balance zoe accepted",
    ];
    assert_eq!(messages(&desk), expect);
    let status = desk.run(&["status"]).stdout;
    assert!(status.contains("3 ready") && status.contains("1 unknown"), "{status}");
    // What was put off is not tried again at once, and nothing else is sent again.
    for _ in 0..3 {
        check(&hourly(&desk), 0);
    }
    assert_eq!(messages(&desk), expect);
    let mail = &server.got()[0];
    assert!(mail.tls && mail.message.contains("Subject: Your balance is low: 5 CNY left"), "{}", mail.message);
    assert!(mail.message.contains("low-balance."), "{}", mail.message);
    // A person lets it go out now, and closes what nobody can know.
    for name in ["grey", "drop"] {
        check(&desk.run(&["notify", "--resend", &key_of(&desk, name)]), 0);
    }
    check(&desk.run(&["notify", "--settle", &key_of(&desk, "lost"), "accepted"]), 0);
    check(&hourly(&desk), 0);
    let now = messages(&desk);
    for line in ["low_balance grey accepted", "low_balance drop accepted", "low_balance lost accepted"] {
        assert!(now.iter().any(|l| l == line), "{now:?}");
    }
    for name in ["anna", "drop", "grey", "lost", "zoe"] {
        assert_eq!(server.count(&format!("{name}@example.org")), 1, "{name}");
    }
    // A top-up arms again; the next crossing is told of.
    desk.write(
        "raw/postings/later.jsonl",
        posting("t2", "anna", "top_up", "100", 30) + &posting("u2", "anna", "usage", "-99", 20),
    );
    check(&hourly(&desk), 0);
    assert_eq!(server.count("anna@example.org"), 2);
    check(&desk.run(&["notify", "--settle", "nothing", "accepted"]), 78);
    check(&desk.run(&["notify", "--settle", &key_of(&desk, "zoe"), "maybe"]), 2);
}

#[test]
fn thresholds_of_ones_own_and_a_chinese_reader() {
    let desk = hub("url = \"file:outbox\"");
    desk.write(
        "accounts.csv",
        "account_id,name,email,locale,time_zone,low_balance\nanna,安娜科技,anna@example.org,zh-CN,Asia/Shanghai,50;3%\n\
         ben,Ben,ben@example.org,en,,1%\n",
    );
    desk.write(
        "raw/postings/a.jsonl",
        posting("t1", "anna", "top_up", "100", 120)
            + &posting("u1", "anna", "usage", "-51", 60)
            + &posting("t2", "ben", "top_up", "100", 120)
            + &posting("u2", "ben", "usage", "-95", 60),
    );
    check(&hourly(&desk), 0);
    let mails = desk.tree("outbox");
    assert_eq!(mails.len(), 1, "{mails:?}");
    let mail = String::from_utf8(mails[0].1.clone()).unwrap();
    assert!(mail.contains("<anna@example.org>") && mail.contains("Subject: =?utf-8?b?"), "{mail}");
    assert!(mail.is_ascii() && !mail.replace("\r\n", "").contains(['\r', '\n']));
    let low = desk.run(&["notify", "--format", "csv"]);
    check(&low, 0);
    assert!(low.stdout.contains("anna,main,CNY,49,50,50,") && low.stdout.contains(",u1,told"), "{}", low.stdout);
}

#[test]
fn nothing_leaves_a_dry_run_or_another_time() {
    let desk = hub("url = \"file:outbox\"");
    accounts(&desk, &[("anna", "anna@example.org"), ("ben", "ben@example.org")]);
    let old = 60 * 24 * 3;
    desk.write(
        "raw/postings/a.jsonl",
        posting("t0", "ben", "top_up", "100", old + 60)
            + &posting("u0", "ben", "usage", "-95", old)
            + &posting("t1", "anna", "top_up", "100", 120)
            + &posting("u1", "anna", "usage", "-95", 60),
    );
    check(&desk.run(&["ingest"]), 0);
    let dry = desk.run(&["notify", "--dry-run", "--format", "csv"]);
    check(&dry, 0);
    assert!(dry.stdout.contains("u1,ready") && dry.stdout.contains("u0,expired"), "{}", dry.stdout);
    assert!(messages(&desk).is_empty() && desk.tree("outbox").is_empty());
    // Two days ago only ben was low, and mail about that is too old by now.
    let past = desk.run_now(&["notify", "--as-of", &ago(60 * 48), "--format", "csv"]);
    check(&past, 0);
    assert!(past.stdout.contains("u0,expired") && !past.stdout.contains("anna"), "{}", past.stdout);
    assert_eq!(messages(&desk), ["low_balance ben expired"]);
    assert!(desk.tree("outbox").is_empty());
    check(&hourly(&desk), 0);
    assert_eq!(messages(&desk), ["low_balance anna accepted", "low_balance ben expired"]);
    assert_eq!(desk.tree("outbox").len(), 1);
}

#[test]
fn what_is_odd_is_held_and_goes_out_once_it_is_put_right() {
    let desk = hub("url = \"file:outbox\"\noperator = \"ops@hub.example.com\"");
    accounts(&desk, &[("anna", "anna.example.org@"), ("ben", "ben@example.org"), ("zoe", "zoe@example.org")]);
    make_low(&desk, &["anna", "ben", "nobody", "zoe"]);
    let balance = |id: &str, amount: &str, minutes: i64| {
        format!("{{\"account_id\":\"{id}\",\"unit\":\"CNY\",\"at\":\"{}\",\"balance\":\"{amount}\"}}\n", ago(minutes))
    };
    desk.write("raw/balances/a.jsonl", balance("ben", "4", 50));
    let ran = hourly(&desk);
    check(&ran, 4);
    for words in ["anna: email:", "the ledger says 4 CNY", "account nobody is not in the accounts file"] {
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
    }
    // The operator has it in writing, once a day.
    let mails = desk.tree("outbox");
    let digest = mails.iter().find(|(name, _)| name.to_string_lossy().starts_with("digest")).unwrap();
    let digest = String::from_utf8(digest.1.clone()).unwrap();
    assert!(digest.contains("Subject: trueup mail, ") && digest.contains("To: ops@hub.example.com"), "{digest}");
    assert!(digest.contains("the ledger says 4 CNY") || digest.contains("base64"), "{digest}");
    check(&hourly(&desk), 0);
    assert_eq!(desk.tree("outbox").len(), 2, "one mail to zoe, one digest");
    accounts(&desk, &[("anna", "anna@example.org"), ("ben", "ben@example.org"), ("zoe", "zoe@example.org")]);
    desk.write("raw/balances/b.jsonl", balance("ben", "4", 40));
    check(&hourly(&desk), 0);
    let now = messages(&desk);
    assert!(now.contains(&"low_balance anna accepted".to_owned()), "{now:?}");
    assert!(now.contains(&"low_balance ben accepted".to_owned()), "{now:?}");
    assert_eq!(desk.tree("outbox").len(), 4);
}

#[test]
fn a_server_that_is_away_loses_nothing() {
    let server = MailServer::start(Script { closed: true, ..Script::default() });
    let desk = hub_with(&server);
    accounts(&desk, &[("anna", "anna@example.org")]);
    make_low(&desk, &["anna"]);
    let ran = hourly(&desk);
    check(&ran, 4);
    assert!(ran.stderr.contains("nothing can be sent now") && ran.stderr.contains("421"), "{}", ran.stderr);
    assert_eq!(messages(&desk), ["low_balance anna ready"]);
    let doctor = desk.run(&["doctor"]);
    assert!(doctor.stdout.contains("FAIL mail"), "{}", doctor.stdout);
    let back = MailServer::start(Script { login: true, ..Script::default() });
    let text = std::fs::read_to_string(desk.path().join("trueup.toml")).unwrap();
    desk.write("trueup.toml", text.replace(&format!(":{}?", server.port), &format!(":{}?", back.port)));
    desk.write("ca.pem", &back.pem);
    assert!(desk.run(&["doctor"]).stdout.contains("ok   mail"));
    check(&hourly(&desk), 0);
    assert_eq!(back.count("anna@example.org"), 1);
}

/// Killed at any step of the conversation: at most one mail each, and the others get theirs.
#[test]
fn a_killed_run_sends_nothing_twice() {
    for step in [Step::Greeting, Step::Mail, Step::Rcpt, Step::Data, Step::Stored] {
        let server = MailServer::start(Script { login: true, hang_at: Some(step), ..Script::default() });
        let desk = hub_with(&server);
        accounts(&desk, &[("anna", "anna@example.org"), ("zoe", "zoe@example.org")]);
        make_low(&desk, &["anna", "zoe"]);
        let mut child = desk.command(&["run", "hourly"]).spawn().unwrap();
        server.wait_until_hung();
        child.kill().unwrap();
        child.wait().unwrap();
        let ran = hourly(&desk);
        // Before the first word about a message nothing was begun; after it nobody can know.
        let (code, anna) = if step == Step::Greeting { (0, "accepted") } else { (4, "unknown") };
        check(&ran, code);
        check(&hourly(&desk), 0);
        let arrived = usize::from([Step::Greeting, Step::Stored].contains(&step));
        assert_eq!(server.count("anna@example.org"), arrived, "{step:?}");
        assert_eq!(server.count("zoe@example.org"), 1, "{step:?}");
        assert_eq!(messages(&desk), [format!("low_balance anna {anna}"), "low_balance zoe accepted".into()]);
    }
}

/// Killed at any moment with a folder for mail: exactly one each in the end.
#[test]
fn a_folder_has_each_message_once_whenever_the_run_dies() {
    for millis in (0..).step_by(25) {
        let desk = hub("url = \"file:outbox\"");
        let names = ["anna", "ben", "carl", "dora"];
        let rows: Vec<(&str, String)> = names.iter().map(|n| (*n, format!("{n}@example.org"))).collect();
        accounts(&desk, &rows.iter().map(|(n, a)| (*n, a.as_str())).collect::<Vec<_>>());
        make_low(&desk, &names);
        let mut child = desk.command(&["run", "hourly"]).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(millis));
        let finished = child.try_wait().unwrap().is_some();
        let _ = child.kill();
        child.wait().unwrap();
        let ran = hourly(&desk);
        assert!([0, 4].contains(&ran.code), "{}", ran.stderr);
        check(&hourly(&desk), 0);
        let done = messages(&desk);
        let expect: Vec<String> = names.iter().map(|n| format!("low_balance {n} accepted")).collect();
        assert_eq!(done, expect, "killed after {millis} ms");
        // A write that was cut short leaves a temporary file, never half a message.
        let mails = desk.tree("outbox").into_iter().filter(|(name, _)| name.extension().is_some_and(|e| e == "eml"));
        assert_eq!(mails.filter(|(_, bytes)| bytes.ends_with(b"--\r\n")).count(), names.len());
        if finished {
            break;
        }
    }
}

/// Wallets are kept after settled days; a late file is followed as if it had always been there.
#[test]
fn late_files_change_what_was_kept() {
    let day = 60 * 24;
    let (early, late, today) = (
        posting("t1", "anna", "top_up", "100", day * 6) + &posting("u1", "anna", "usage", "-50", day * 5),
        posting("u2", "anna", "usage", "-38", day * 5 - 1),
        posting("u3", "anna", "usage", "-4", 60),
    );
    let low = |desk: &Desk| {
        let ran = desk.run(&["notify", "--dry-run", "--format", "csv"]);
        check(&ran, 0);
        ran.stdout
    };
    let desk = hub("url = \"file:outbox\"");
    accounts(&desk, &[("anna", "anna@example.org")]);
    desk.write("raw/postings/a.jsonl", &early);
    check(&hourly(&desk), 0);
    let kept = desk.tree("lake/manifests/notify");
    assert_eq!(kept.len(), 1, "{kept:?}");
    check(&hourly(&desk), 0);
    assert_eq!(desk.tree("lake/manifests/notify"), kept, "the same run again keeps nothing new");
    desk.write("raw/postings/c.jsonl", &today);
    check(&hourly(&desk), 0);
    assert!(!low(&desk).contains("anna"), "{}", low(&desk));
    desk.write("raw/postings/b.jsonl", &late);
    check(&hourly(&desk), 0);
    let now = low(&desk);
    assert!(now.contains("anna,main,CNY,8,10%,10,") && now.contains(",u3,told"), "{now}");
    assert_eq!(desk.tree("lake/manifests/notify").len(), 2, "the day has another revision");
    assert_eq!(desk.tree("outbox").len(), 1);
}

/// Asked to stop, a run follows the message on its way to its end and begins no other.
#[test]
fn a_stop_waits_for_the_message_on_its_way() {
    let server = MailServer::start(Script { login: true, ..Script::default() });
    let desk = hub_with(&server);
    accounts(&desk, &[("pause", "pause@example.org"), ("zoe", "zoe@example.org")]);
    make_low(&desk, &["pause", "zoe"]);
    let mut child = desk.command(&["run", "hourly"]).spawn().unwrap();
    for _ in 0..600 {
        if server.count("pause@example.org") == 1 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let kill = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    assert_eq!(child.wait().unwrap().code(), Some(75));
    assert_eq!(messages(&desk), ["low_balance pause accepted", "low_balance zoe ready"]);
    check(&hourly(&desk), 0);
    assert_eq!((server.count("pause@example.org"), server.count("zoe@example.org")), (1, 1));
}
