//! What the program answers when asked about one call or one period.

use crate::desk::{Desk, operator};

fn closed() -> Desk {
    let desk = operator();
    desk.write(
        "raw/balances/alice.jsonl",
        concat!(
            r#"{"account_id":"alice","unit":"CNY","at":"2026-10-05T00:00:00+08:00","balance":"10"}"#,
            "\n",
            r#"{"account_id":"alice","unit":"CNY","at":"2026-10-06T00:00:00+08:00","balance":"9.9805"}"#,
        ),
    );
    let config = std::fs::read_to_string(desk.path().join("trueup.toml")).unwrap();
    desk.write("trueup.toml", config.replace("[ledger]\n", "[ledger]\nbalances = \"raw/balances/*\"\n"));
    let ran = desk.run(&["run", "monthly", "--period", "2026-10", "--as-of", "2026-11-04T00:00:00+08:00"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    desk
}

#[test]
fn explain_tells_the_balance_around_the_debit() {
    let desk = closed();
    let receipt = desk.run(&["explain", "c-1"]).stdout;
    assert!(receipt.contains("balance   10 CNY before, 9.9805 after"), "{receipt}");
    let json = desk.run(&["explain", "c-1", "--format", "jsonl"]).stdout;
    for part in [
        r#"{"call":{"source":"gateway","call_id":"c-1","attempt":1,"account_id":"alice""#,
        r#""lines":[{"meter":"input","quantity":3000,"rate":"0.0000025","exact":"0.0075","amount":"0.0075"}"#,
        r#""expected":"0.0195","recorded":"0.0195","postings":[{"posting_id":"p-1""#,
        r#""balance_before":"10","balance_after":"9.9805"}],"documents":[],"findings":[]}"#,
    ] {
        assert!(json.contains(part), "{json}");
    }
    assert_eq!(desk.run(&["explain", "c-1", "--format", "csv"]).code, 2);
}

#[test]
fn rate_says_what_each_call_should_have_cost() {
    let desk = closed();
    let totals = desk.run(&["rate", "--period", "2026-10"]).stdout;
    assert!(totals.contains("CNY   gpt-5.5  priced      3"), "{totals}");
    let calls = desk.run(&["rate", "--period", "2026-10", "--format", "csv"]).stdout;
    let first = "gateway,c-1,1,alice,gpt-5.5,2026-10-05T02:00:00Z,priced,0.0195,CNY,2026-09-30T16:00:00Z";
    assert_eq!(calls.lines().nth(1), Some(first));
    assert_eq!(calls.lines().count(), 4, "{calls}");
    let json = desk.run(&["rate", "--period", "2026-10", "--format", "json"]).stdout;
    assert!(json.starts_with("[{\"source\"") && json.ends_with("}]\n"), "{json}");
    assert_eq!(desk.run(&["rate", "--date", "2026-10-09", "--format", "json"]).stdout, "[]\n");
}

#[test]
fn a_ledger_that_contradicts_itself_is_a_finding() {
    let desk = operator();
    let again = r#"{"posting_id":"p-1","account_id":"alice","kind":"usage","amount":"-0.0295","unit":"CNY","posted_at":"2026-10-05T09:59:59+08:00","call_id":"c-1"}"#;
    desk.write("raw/postings/corrected.jsonl", again);
    let ran = desk.run(&["run", "monthly", "--period", "2026-10", "--as-of", "2026-11-04T00:00:00+08:00"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    let findings = desk.run(&["findings", "--format", "jsonl", "--leg", "funding"]).stdout;
    assert!(findings.contains(r#""class":"posting_conflict""#), "{findings}");
    assert!(findings.contains(r#""difference":"0.01""#), "{findings}");
    assert!(findings.contains(r#""evidence":{"stands":"-0.0195 CNY","set_aside":"-0.0295 CNY"}"#), "{findings}");
}
