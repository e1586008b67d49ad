//! Notices that were held: judged again when the hold ends, and written with what is known then.

use std::fs;

use crate::desk::{Desk, Ran};

const SETTINGS: &str = r#"
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
complete_from = "2026-09-01"
settle = "0s"
[parties]
accounts = "accounts.csv"
[notice]
default = "50"
[mail]
url = "file:outbox"
from = "Hub <billing@hub.example.com>"
"#;

/// A wallet of 100 of which 60 are used: 40 are left by its movements, and the ledger says something else.
fn held(ledger: &str) -> Desk {
    let desk = Desk::new();
    desk.write("trueup.toml", SETTINGS);
    desk.write("prices/tokone.toml", include_str!("../../fixtures/operator/prices.toml"));
    desk.write("accounts.csv", "account_id,name,email\na,A Ltd,a@example.org\n");
    post(&desk, "1", "top_up", "100", "08:00");
    assert_eq!(hourly(&desk, "09:05").code, 0);
    post(&desk, "2", "usage", "-60", "09:10");
    says(&desk, "1", ledger, "09:50");
    assert_eq!(hourly(&desk, "10:05").code, 4, "the two disagree");
    assert_eq!(mails(&desk).len(), 0);
    desk
}

fn post(desk: &Desk, id: &str, kind: &str, amount: &str, at: &str) {
    let row = format!(
        "{{\"posting_id\":\"{id}\",\"account_id\":\"a\",\"kind\":\"{kind}\",\"amount\":\"{amount}\",\
         \"unit\":\"CNY\",\"posted_at\":\"2026-10-05T{at}:00Z\"}}\n"
    );
    desk.write(&format!("raw/postings/{id}.jsonl"), row);
}

fn says(desk: &Desk, id: &str, balance: &str, at: &str) {
    let row =
        format!("{{\"account_id\":\"a\",\"unit\":\"CNY\",\"at\":\"2026-10-05T{at}:00Z\",\"balance\":\"{balance}\"}}\n");
    desk.write(&format!("raw/balances/{id}.jsonl"), row);
}

fn hourly(desk: &Desk, at: &str) -> Ran {
    let clock = format!("2026-10-05T{at}:00Z");
    Ran::of(desk.command(&["run", "hourly"]).env("TRUEUP_CLOCK", clock).output().unwrap())
}

/// Every mail that left, oldest first.
fn mails(desk: &Desk) -> Vec<String> {
    let mut found: Vec<_> = fs::read_dir(desk.path().join("outbox")).into_iter().flatten().flatten().collect();
    found.sort_by_key(|e| (e.metadata().unwrap().modified().unwrap(), e.path()));
    found.iter().map(|e| fs::read_to_string(e.path()).unwrap()).collect()
}

/// The ledger said 120 and, an hour later, 119, which is far above 50 by both. The mail that was written while it
/// was held went out: "120 EUR left has fallen below the threshold".
#[test]
fn who_is_not_low_when_the_hold_ends_gets_no_mail() {
    let desk = held("120");
    post(&desk, "3", "usage", "-1", "10:10");
    says(&desk, "2", "119", "10:50");
    let ran = hourly(&desk, "11:05");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("not low any more"), "{}", ran.stderr);
    assert_eq!(mails(&desk).len(), 0);
    // The next time it falls below is the first.
    post(&desk, "4", "usage", "-80", "11:10");
    assert_eq!(hourly(&desk, "12:05").code, 0);
    let [mail] = &mails(&desk)[..] else { panic!("one mail is due") };
    assert!(mail.contains("39"), "{mail}");
}

/// A notice that was held at 02:05 left at 05:05 with the date and the balance of 02:05.
#[test]
fn who_is_still_low_is_told_what_is_left_now() {
    let desk = held("45");
    post(&desk, "3", "usage", "-12", "10:10");
    says(&desk, "2", "33", "10:50");
    assert_eq!(hourly(&desk, "11:05").code, 0);
    let [mail] = &mails(&desk)[..] else { panic!("one mail is due") };
    assert!(mail.contains("33") && !mail.contains("45 CNY"), "{mail}");
    assert!(mail.contains("11:05:00"), "it is dated when it leaves: {mail}");
    assert_eq!(hourly(&desk, "12:05").code, 0);
    assert_eq!(mails(&desk).len(), 1);
}
