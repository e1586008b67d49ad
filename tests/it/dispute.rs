//! A customer is answered: the pack of an account and a range of days.

use std::fs;

use crate::desk::{Desk, operator};

const KEY: &str = "sk-live-0123456789abcdefghij";

/// The operator's month closed, with a key on the call that was charged too much.
fn closed() -> Desk {
    let desk = operator();
    let calls = fs::read_to_string(desk.path().join("raw/calls/2026-10-05.jsonl")).unwrap();
    let keyed = calls.replace(r#""call_id":"c-2","#, &format!(r#""call_id":"c-2","api_key_id":"{KEY}","#));
    assert_ne!(keyed, calls);
    desk.write("raw/calls/2026-10-05.jsonl", keyed);
    assert_eq!(desk.run(&["run", "monthly", "--period", "2026-10", "--as-of", "2026-11-04T00:00:00+08:00"]).code, 3);
    desk
}

fn ask(desk: &Desk, account: &str) -> crate::desk::Ran {
    desk.run(&["dispute", "--from", "2026-10-01", "--to", "2026-10-31", "--out", "pack", "--", account])
}

#[test]
fn a_pack_says_what_is_owed_and_shows_the_sum() {
    let desk = closed();
    let ran = ask(&desk, "王小明");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("0.04502925") && ran.stdout.contains("1 call: charged too much"), "{}", ran.stdout);
    let read = |name: &str| fs::read_to_string(desk.path().join("pack").join(name)).unwrap();
    let calls = read("calls.csv");
    assert_eq!(calls.lines().count(), 2, "{calls}");
    for part in [
        ",CNY,0.04217825,0.0872075,0.0872075,0.0872075,0.04502925,charged too much,Cached input was charged at the full input rate,",
        "cache_read 20013 x 0.00000025 = 0.00500325",
        "= 0.04217825 CNY",
        "sk-l…ghij",
    ] {
        assert!(calls.contains(part), "{part} is not in {calls}");
    }
    let receipts = read("receipts.txt");
    assert!(
        receipts.contains("expected  0.04217825 CNY") && receipts.contains("recorded  0.0872075 CNY"),
        "{receipts}"
    );
    let page = read("index.html");
    assert!(page.contains("We owe 0.04502925 CNY.") && page.contains("trueup dispute"), "{page}");
    let index: serde_json::Value = serde_json::from_str(&read("pack.json")).unwrap();
    assert_eq!(index["units"][0]["credit"], "0.04502925");
    assert_eq!(index["causes"][0]["cause"], "cached_at_full_rate");
    assert_eq!(index["sealed"][0]["period"], "2026-10-05");
    assert_eq!(index["inputs"][0]["path"], "raw/calls/2026-10-05.jsonl");
    assert_eq!(index["command"], "trueup dispute --from 2026-10-01 --to 2026-10-31 '王小明'");
}

#[test]
fn no_key_and_no_other_customer_is_in_a_pack() {
    let desk = closed();
    assert_eq!(ask(&desk, "王小明").code, 0);
    let files = desk.tree("pack");
    assert_eq!(files.len(), 8);
    for (path, bytes) in files {
        let text = String::from_utf8(bytes).unwrap();
        for secret in [KEY, "alice", "=1+1", "p-1\"", "c-1"] {
            assert!(!text.contains(secret), "{secret} is in {}", path.display());
        }
    }
}

#[test]
fn a_customer_charged_rightly_is_told_so_and_one_charged_too_little_owes_nothing_new() {
    let desk = closed();
    let ran = ask(&desk, "alice");
    assert!(ran.stdout.contains("1 call: right"), "{}{}", ran.stdout, ran.stderr);
    assert!(fs::read_to_string(desk.path().join("pack/index.html")).unwrap().contains("charged as it should be"));
    let ran = ask(&desk, "=1+1");
    assert!(ran.stdout.contains("charged too little"), "{}{}", ran.stdout, ran.stderr);
    let page = fs::read_to_string(desk.path().join("pack/index.html")).unwrap();
    assert!(page.contains("Nothing is owed to the customer.") && page.contains("0.004 CNY too little"), "{page}");
}

#[test]
fn the_same_question_gives_the_same_bytes() {
    let desk = closed();
    assert_eq!(ask(&desk, "王小明").code, 0);
    let first = desk.tree("pack");
    assert_eq!(ask(&desk, "王小明").code, 0);
    assert!(first == desk.tree("pack"));
}

#[test]
fn what_cannot_be_answered_is_told() {
    let desk = closed();
    let ran = ask(&desk, "nobody");
    assert_eq!(ran.code, 65, "{}", ran.stderr);
    assert!(ran.stderr.contains("nothing is known of account nobody"), "{}", ran.stderr);
    assert_eq!(desk.run(&["dispute", "alice", "--from", "2026-10-31", "--to", "2026-10-01"]).code, 2);
    assert_eq!(desk.run(&["dispute", "alice", "--from", "october", "--to", "2026-10-01"]).code, 2);
    desk.write("pack/letter.txt", "mine");
    let ran = ask(&desk, "alice");
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("never mixed"), "{}", ran.stderr);
}

#[test]
fn a_pack_is_put_in_a_folder_whatever_the_account_is_called() {
    let desk = closed();
    let before = desk.tree("raw").len();
    let ran = desk.run(&["dispute", "../../x", "--from", "2026-10-09", "--to", "2026-10-09"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let made: Vec<_> = fs::read_dir(desk.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("dispute-"))
        .collect();
    assert_eq!(made.len(), 1, "{made:?}");
    assert!(made[0].ends_with("-2026-10-09-2026-10-09") && !made[0].contains('.'), "{made:?}");
    assert_eq!(desk.tree("raw").len(), before);
}
