//! Prices learnt late: which calls they touch, and what to give back.

use std::fs;

use crate::bills::{close_october, october};
use crate::desk::{Desk, Ran, operator};

/// The operator's day, sealed; after that a version with the same start is learnt, at 12 in place of 15.
fn corrected() -> Desk {
    let desk = operator();
    let ran = desk.run(&["run", "daily", "--date", "2026-10-05", "--as-of", "2026-10-10T00:00:00+08:00"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    learn(&desk, "prices/tokone.toml", "\"15\"", "\"12\"", "2026-11-20T00:00:00Z");
    desk
}

/// Adds the first version once more, with a rate changed, known from a moment on.
fn learn(desk: &Desk, file: &str, from: &str, to: &str, known: &str) {
    let path = desk.path().join(file);
    let book = fs::read_to_string(&path).unwrap();
    let version = book[book.find("[[version]]").unwrap()..].replacen(from, to, 1);
    let version =
        version.replacen("\n\n[[version.price]]", &format!("\nknown_from = {known:?}\n\n[[version.price]]"), 1);
    let version = version.replacen("\n[[version.price]]", &format!("\nknown_from = {known:?}\n[[version.price]]"), 1);
    let once = version.replacen(&format!("known_from = {known:?}\n\nknown_from"), "known_from", 1);
    fs::write(path, format!("{book}\n{once}")).unwrap();
}

fn reprice(desk: &Desk, known: &str, more: &[&str]) -> Ran {
    desk.run(&[&["prices", "reprice", "--known", known], more].concat())
}

#[test]
fn every_call_a_late_price_touches_is_listed_with_both_versions() {
    let desk = corrected();
    let before = [desk.tree("lake"), desk.tree("out")];
    let ran = reprice(&desk, "2026-11-20", &["--format", "csv"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
    let versions = "tokone,2026-09-30T16:00:00Z,2026-09-30T16:00:00Z/known 2026-11-20T00:00:00Z";
    // 800, 811 and 100 output tokens at 3 a million less.
    let expected = format!(
        "source,call_id,attempt,account_id,model,started_at,unit,expected,repriced,difference,recorded,posted,book,from_version,to_version\n\
         gateway,c-1,1,alice,gpt-5.5,2026-10-05T02:00:00Z,CNY,0.0195,0.0171,-0.0024,0.0195,0.0195,{versions}\n\
         gateway,c-2,1,王小明,gpt-5.5,2026-10-05T02:05:00Z,CNY,0.04217825,0.03974525,-0.002433,0.0872075,0.0872075,{versions}\n\
         gateway,c-3,1,'=1+1,gpt-5.5,2026-10-05T02:06:00Z,CNY,0.004,0.0037,-0.0003,0.004,0,{versions}\n"
    );
    assert_eq!(ran.stdout, expected);
    assert_eq!(before, [desk.tree("lake"), desk.tree("out")]);
    let text = reprice(&desk, "2026-11-20", &["--calls", "--limit", "2"]).stdout;
    for line in [
        "prices known by 2026-11-20T00:00:00Z, in place of those each day was sealed with",
        "1 of 1 sealed day with calls that cost something else",
        "CNY       3  0.06567825  0.06054525   -0.005133    -7.8%",
        "(1 more)",
        "tokone  2026-09-30T16:00:00Z  2026-09-30T16:00:00Z/known 2026-11-20T00:00:00Z  gpt-5.5  CNY",
        "No final invoice billed these calls: settle them in the ledger, by the list above.",
        "gateway  c-2",
    ] {
        assert!(text.contains(line), "{line:?} is not in:\n{text}");
    }
    let one = reprice(&desk, "2026-11-20", &["--account", "alice", "--format", "jsonl"]).stdout;
    assert!(one.lines().count() == 1 && one.contains("\"difference\":\"-0.0024\""), "{one}");
}

#[test]
fn a_price_learnt_after_the_moment_asked_for_changes_nothing() {
    let desk = corrected();
    let ran = reprice(&desk, "2026-11-19", &[]);
    let nothing = "prices known by 2026-11-19T00:00:00Z change no call of 1 sealed day\n";
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, nothing, ""));
    assert_eq!(reprice(&desk, "2026-11-19", &["--format", "json"]).stdout, "[]\n");
    assert_eq!(reprice(&desk, "2026-11-19", &["--format", "csv"]).stdout.lines().count(), 1);
    let ran = reprice(&desk, "2026-10-06", &[]);
    assert!(ran.stderr.contains("1 day sealed with prices known later than 2026-10-06T00:00:00Z"), "{}", ran.stderr);
}

#[test]
fn what_cannot_be_repriced_says_why() {
    let desk = operator();
    let refused = |ran: &Ran, code: i32, say: &str| {
        assert!(ran.code == code && ran.stderr.contains(say), "{} {}", ran.code, ran.stderr);
    };
    refused(&reprice(&desk, "2026-11-20", &[]), 65, "no day is sealed");
    refused(&reprice(&desk, "soon", &[]), 2, "\"soon\" is neither a day");
    refused(&reprice(&desk, "2026-11-20", &["--period", "2026-13"]), 2, "2026-13");
    refused(&reprice(&desk, "2026-11-20", &["--period", "2026-12"]), 65, "there are no calls in 2026-12");
    refused(&desk.run(&["prices", "reprice"]), 2, "--known");
    let desk = corrected();
    let path = desk.path().join("prices/tokone.toml");
    let book = fs::read_to_string(&path).unwrap();
    fs::write(path, book.replacen("\"2.5\"", "\"2.6\"", 1)).unwrap();
    refused(&reprice(&desk, "2026-11-20", &[]), 78, "was known with other content");
}

#[test]
fn invoices_are_credited_with_the_months_discount_computed_again() {
    let desk = october();
    let ran = close_october(&desk);
    assert!([0, 4].contains(&ran.code), "{}{}", ran.stdout, ran.stderr);
    learn(&desk, "prices/main.toml", "rate = \"1\"", "rate = \"0.9\"", "2099-11-20T00:00:00Z");
    // acme: 1,200 less 5 % above 1,000 is 1,190; 1,080 less 5 % of 80 is 1,076. least pays its minimum of
    // 50 either way; pre is settled in its wallet.
    let ran = reprice(&desk, "2099-12-01", &[]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let command = "trueup invoice credit INV-2099-1 --amount 114 --reason \"prices of 2099-10 corrected\"";
    for line in [
        "EUR       4     1,240     1,116        -124   -10.0%",
        command,
        "1 account without an invoice over these calls",
    ] {
        assert!(ran.stdout.contains(line), "{line:?} is not in:\n{}", ran.stdout);
    }
    assert_eq!(ran.stdout.matches("trueup invoice credit").count(), 1, "{}", ran.stdout);
    let credit = |amount: &str| {
        desk.run(&["invoice", "credit", "INV-2099-1", "--amount", amount, "--reason", "prices of 2099-10 corrected"])
    };
    for (amount, code, say) in
        [("much", 2, "--amount"), ("0.001", 65, "is no amount to take back"), ("1191", 65, "1190")]
    {
        let ran = credit(amount);
        assert!(ran.code == code && ran.stderr.contains(say), "{} {}", ran.code, ran.stderr);
    }
    let ran = credit("114");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let note = desk.run(&["invoice", "show", ran.stdout.trim()]).stdout;
    assert!(note.contains("\"135.66\""), "{note}");
    let again = reprice(&desk, "2099-12-01", &[]).stdout;
    assert!(again.contains(&format!("{command}   # 114 was taken back of it already: for this?")), "{again}");
}
