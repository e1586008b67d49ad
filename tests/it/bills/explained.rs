//! Where a call is billed, told from the call.

use super::{call, close_october, monthly, october};
use crate::desk::{Desk, Ran};

/// What is said of documents about a call, line by line.
fn documents(desk: &Desk, call: &str) -> Vec<String> {
    let ran = desk.run(&["explain", call]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let about = ran.stdout.lines().skip_while(|l| !l.starts_with("document")).take_while(|l| !l.starts_with("finding"));
    about.map(|line| line.trim().to_owned()).collect()
}

fn at(desk: &Desk, args: &[&str]) -> Ran {
    Ran::of(desk.command(args).env("TRUEUP_CLOCK", "2099-12-05T00:00:00Z").output().unwrap())
}

#[test]
fn a_call_names_its_document_its_line_and_its_share_of_the_discount() {
    let desk = october();
    assert_eq!(monthly(&desk, "2099-10", "2099-11-01T12:00:00Z").code, 0);
    assert_eq!(documents(&desk, "c-1"), ["document  none that is final"]);
    assert_eq!(close_october(&desk).code, 0);
    // 700 of 1,200, of which the discount takes 10.
    assert_eq!(
        documents(&desk, "c-1"),
        [
            "document  invoice INV-2099-1, line 1",
            "700 EUR of it, less 5.833333333333333333, its share of the discount: 694.166666666666666667 EUR before tax",
        ]
    );
    assert_eq!(documents(&desk, "c-5"), ["document  invoice INV-2099-2, line 1", "30 EUR of it before tax"]);
    assert_eq!(documents(&desk, "c-3"), ["document  statement STM-2099-1, wallet main"]);
    let json = desk.run(&["explain", "c-1", "--format", "jsonl"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let on = &json["documents"][0];
    assert_eq!((&on["number"], &on["line"], &on["amount"]), (&"INV-2099-1".into(), &1.into(), &"700".into()));
    // What came late stands on a later invoice, with all else that did.
    desk.write("raw/calls/late.jsonl", call("c-90", "acme", "m-1", "2099-10-30T10:00:00Z", 300));
    desk.write("raw/calls/november.jsonl", call("c-91", "acme", "m-1", "2099-11-10T10:00:00Z", 100));
    for period in ["2099-10", "2099-11"] {
        assert_eq!(monthly(&desk, period, "2099-12-04T00:00:00Z").code, 0);
    }
    let late =
        Ran::of(desk.command(&["explain", "c-90"]).env("TRUEUP_CLOCK", "2099-12-05T00:00:00Z").output().unwrap());
    let says = "document  invoice INV-2099-4, line 2\n          with what came late for 2099-10\n";
    assert!(late.stdout.contains(says), "{}", late.stdout);
    // What was taken back and billed once more is where it is now.
    assert_eq!(at(&desk, &["invoice", "credit", "INV-2099-1", "--reason", "wrong address"]).code, 0);
    assert_eq!(at(&desk, &["invoice", "again", "INV-2099-1"]).stdout, "INV-2099-6\n");
    assert_eq!(documents(&desk, "c-1")[0], "document  invoice INV-2099-6, line 1");
}
