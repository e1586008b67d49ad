//! Bills end to end: an operator who charges EUR, a month at a time.

mod explained;
mod late;
mod requests;
mod safety;
mod waits;

use std::fs;

use serde_json::Value;

use crate::desk::{Desk, Ran};

const SETTINGS: &str = r#"
[time]
zone = "UTC"
[[source]]
name = "gateway"
path = "raw/calls/*"
book = "prices/main.toml"
unit = "EUR"
settle = "0s"
[ledger]
postings = "raw/postings/*"
settle = "0s"
complete_from = "2099-10-01"
[parties]
accounts = "accounts.csv"
[issuer]
name = "Hub Ltd"
street = "Main Street 1"
city = "Berlin"
country = "DE"
tax_id = "DE123456789"
email = "billing@hub.example"
"#;

/// One EUR a token, so that an amount can be read off the call.
const PRICES: &str = r#"
[book]
id = "main"
unit = "EUR"
[[version]]
effective_from = "2099-01-01T00:00:00Z"
[[version.price]]
models = ["m-1", "m-2"]
input = { rate = "1", per = 1 }
output = { rate = "0", per = 1 }
"#;

const ACCOUNTS: &str = "\
account_id,name,mode,currency,street,city,country,tax,invoice_on,terms_days,volume_discount,commitment,email,tax_id
acme,Acme GmbH,postpaid,EUR,Weg 2,Bonn,DE,standard:19,,30,1000:5;5000:10,,ap@acme.example,
least,Least Ltd,postpaid,EUR,Weg 3,Bonn,DE,reverse_charge,,14,,50,ap@least.example,DE999
pre,Ann,prepaid,EUR,Weg 4,Bonn,DE,inclusive:25,top_up,,,,ann@example.com,
req,Riva,prepaid,EUR,Via 5,Roma,IT,,request,,,,,
quiet,Quiet,prepaid,EUR,Weg 6,Bonn,DE,,,,,,,
";

pub(crate) fn call(id: &str, account: &str, model: &str, at: &str, eur: u32) -> String {
    format!(
        r#"{{"call_id":"{id}","account_id":"{account}","model":"{model}","endpoint":"chat","started_at":"{at}","usage":{{"input_tokens":{eur},"output_tokens":1}},"charge":"{eur}"}}
"#
    )
}

fn posting(id: &str, account: &str, kind: &str, amount: &str, at: &str, more: &str) -> String {
    format!(
        r#"{{"posting_id":"{id}","account_id":"{account}","kind":"{kind}","amount":"{amount}","unit":"EUR","posted_at":"{at}"{more}}}
"#
    )
}

/// October: acme uses 1,200; pre tops up 50, has 1 of free credit, uses 10, gets 20 back; req tops up 30.
pub(crate) fn october() -> Desk {
    let desk = Desk::new();
    desk.write("trueup.toml", SETTINGS);
    desk.write("prices/main.toml", PRICES);
    desk.write("accounts.csv", ACCOUNTS);
    let calls = [
        call("c-1", "acme", "m-1", "2099-10-05T10:00:00Z", 700),
        call("c-2", "acme", "m-2", "2099-10-06T10:00:00Z", 500),
        call("c-3", "pre", "m-1", "2099-10-07T10:00:00Z", 10),
        call("c-4", "acme", "m-1", "2099-10-08T10:00:00Z", 0),
        call("c-5", "least", "m-1", "2099-10-08T11:00:00Z", 30),
    ];
    desk.write("raw/calls/october.jsonl", calls.concat());
    let postings = [
        posting("p-1", "pre", "grant", "1", "2099-10-02T00:00:00Z", ""),
        posting(
            "p-2",
            "pre",
            "top_up",
            "50",
            "2099-10-03T00:00:00Z",
            r#","money":"50","currency":"EUR","reference":"PAY-7""#,
        ),
        posting("p-3", "pre", "usage", "-10", "2099-10-07T10:00:02Z", r#","call_id":"c-3""#),
        posting(
            "p-4",
            "pre",
            "payout",
            "-20",
            "2099-10-20T00:00:00Z",
            r#","money":"-20","currency":"EUR","reference":"BACK-1""#,
        ),
        posting(
            "p-5",
            "req",
            "top_up",
            "30",
            "2099-10-21T00:00:00Z",
            r#","money":"30","currency":"EUR","reference":"PAY-8""#,
        ),
    ];
    desk.write("raw/postings/october.jsonl", postings.concat());
    desk
}

fn monthly(desk: &Desk, period: &str, as_of: &str) -> Ran {
    desk.run(&["run", "monthly", "--period", period, "--as-of", as_of])
}

pub(crate) fn close_october(desk: &Desk) -> Ran {
    monthly(desk, "2099-10", "2099-11-04T00:00:00Z")
}

/// A published document.
fn document(desk: &Desk, period: &str, number: &str) -> Value {
    let path = desk.path().join(format!("out/documents/{period}/{number}.json"));
    serde_json::from_slice(&fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))).unwrap()
}

/// number, state, account and total of every document of a period, in the published order.
fn listed(desk: &Desk, period: &str) -> Vec<String> {
    let text = fs::read_to_string(desk.path().join(format!("out/documents/{period}/documents.csv"))).unwrap();
    let field = |line: &str, at: usize| line.split(',').nth(at).unwrap_or_default().to_owned();
    let row = |l: &str| format!("{} {} {} {}", field(l, 0), field(l, 1), field(l, 4), field(l, 8)).trim().to_owned();
    text.lines().skip(1).map(row).collect()
}

#[test]
fn a_closed_month_is_billed_once() {
    let desk = october();
    let ran = close_october(&desk);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(
        listed(&desk, "2099-10"),
        [
            "INV-2099-1 final acme 1416.1",
            "INV-2099-2 final least 50",
            "INV-2099-3 final pre 30",
            "STM-2099-1 final pre",
            "STM-2099-2 final req",
            "on_request req 30",
        ]
    );
    let acme = document(&desk, "2099-10", "INV-2099-1");
    // 1,200 EUR: 5 % of what is above 1,000; net in 30 days.
    for (name, wanted) in [
        ("subtotal", "1200.00"),
        ("net", "1190.00"),
        ("total", "1416.10"),
        ("payable", "1416.10"),
        ("issued_on", "2099-11-04"),
        ("due_on", "2099-12-04"),
        ("status", "final"),
    ] {
        assert_eq!(acme[name], wanted, "{name}");
    }
    assert_eq!(acme["discounts"][0]["amount"], "10.00");
    let lines: Vec<String> = acme["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| format!("{} {} {} {}", l["position"], l["model"], l["quantity_calls"], l["net"]))
        .collect();
    assert_eq!(lines, ["1 \"m-1\" 1 \"700.00\"", "2 \"m-2\" 1 \"500.00\""]);
    let least = document(&desk, "2099-10", "INV-2099-2");
    assert_eq!((&least["commitment"], &least["tax"][0]["category"]), (&"20.00".into(), &"AE".into()));
    // The free credit is on no invoice; what was paid back is taken off; tax lies within what was paid.
    let paid = document(&desk, "2099-10", "INV-2099-3");
    for (name, wanted) in [("total", "30.00"), ("paid", "30.00"), ("payable", "0.00"), ("net", "24.00")] {
        assert_eq!(paid[name], wanted, "{name}");
    }
    let statement = &document(&desk, "2099-10", "STM-2099-1")["statement"];
    for (name, wanted) in [("opening", "0"), ("usage_posted", "10"), ("closing", "21")] {
        assert_eq!(statement[name], wanted, "{name}");
    }
    assert_eq!(statement["by_model"][0]["name"], "m-1");
    for (ending, begins) in [("pdf", &b"%PDF"[..]), ("xlsx", &b"PK"[..])] {
        let file = fs::read(desk.path().join(format!("out/documents/2099-10/INV-2099-1.{ending}"))).unwrap();
        assert!(file.starts_with(begins), "{ending}");
    }
    let calls = fs::read_to_string(desk.path().join("out/documents/2099-10/INV-2099-1.calls.csv")).unwrap();
    assert!(calls.contains("1,gateway,c-1,") && calls.contains("2,gateway,c-2,") && !calls.contains("c-4"), "{calls}");
    let trees = (desk.tree("out"), desk.tree("lake"));
    for as_of in ["2099-11-04T00:00:00Z", "2099-11-20T00:00:00Z"] {
        let again = monthly(&desk, "2099-10", as_of);
        assert_eq!(again.code, 0, "{}", again.stderr);
        assert!(trees == (desk.tree("out"), desk.tree("lake")), "no byte changed");
    }
}

#[test]
fn an_open_month_has_drafts_and_a_past_run_has_nothing() {
    let desk = october();
    let ran = monthly(&desk, "2099-10", "2099-11-01T12:00:00Z");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let drafts = listed(&desk, "2099-10");
    assert!(drafts.contains(&"draft acme 1416.1".to_owned()), "{drafts:?}");
    assert!(drafts.iter().all(|d| !d.contains("-2099-")));
    let early = desk.run(&["invoice", "--final", "--period", "2099-10", "--as-of", "2099-11-01T12:00:00Z"]);
    assert_eq!(early.code, 75, "{}", early.stderr);
    assert!(early.stderr.contains("2099-11-03T00:00:00Z"), "{}", early.stderr);
    assert_eq!(close_october(&desk).code, 0);
    assert!(desk.tree("out/documents/2099-10/drafts").len() == 1, "what is on request stays a draft");
    let past = Desk::new();
    for (path, text) in [("trueup.toml", SETTINGS), ("prices/main.toml", PRICES), ("accounts.csv", ACCOUNTS)] {
        past.write(path, text.replace("2099-", "2009-"));
    }
    past.write("raw/calls/a.jsonl", call("c-1", "acme", "m-1", "2009-10-05T10:00:00Z", 700));
    past.write("raw/postings/a.jsonl", "");
    let ran = past.run_now(&["run", "monthly", "--period", "2009-10", "--as-of", "2009-11-04T00:00:00Z"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("nothing is numbered, sent or published"), "{}", ran.stderr);
    assert!(past.tree("out").is_empty() && past.tree("lake/documents").is_empty());
    assert!(!past.tree("lake/manifests/reconcile").is_empty(), "the month is computed and sealed all the same");
}

#[test]
fn documents_on_request_are_made_when_asked_for() {
    let desk = october();
    assert_eq!(close_october(&desk).code, 0);
    let ask = ["invoice", "--account", "req", "--final", "--period", "2099-10", "--as-of", "2099-11-05T00:00:00Z"];
    let ran = desk.run(&ask);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let request = document(&desk, "2099-10", "INV-2099-4");
    assert_eq!(desk.tree("out/documents/2099-10/drafts").len(), 0);
    assert!(listed(&desk, "2099-10").len() == 6, "the list has everybody's: {:?}", listed(&desk, "2099-10"));
    assert_eq!((&request["basis"], &request["paid"]), (&"request".into(), &"30.00".into()));
    assert_eq!(desk.run(&ask).code, 0);
    assert_eq!(desk.tree("lake/documents").len(), 6);
    let list = desk.run(&["invoice", "list", "--account", "req", "--format", "csv"]);
    assert!(list.stdout.contains("INV-2099-4,final,invoice,request,req,Riva"), "{}", list.stdout);
}

#[test]
fn who_cannot_be_billed_waits_and_the_others_do_not() {
    let desk = october();
    desk.write("accounts.csv", ACCOUNTS.replace("Acme GmbH,postpaid,EUR,Weg 2,Bonn", "Acme GmbH,postpaid,EUR,,Bonn"));
    let ran = close_october(&desk);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    assert!(ran.stderr.contains("held       invoice of acme: street is missing"), "{}", ran.stderr);
    let documents = listed(&desk, "2099-10");
    assert!(documents.contains(&"held acme 1416.1".to_owned()), "{documents:?}");
    assert!(documents.contains(&"INV-2099-1 final least 50".to_owned()), "{documents:?}");
    desk.write("accounts.csv", ACCOUNTS);
    let mended = monthly(&desk, "2099-10", "2099-11-06T00:00:00Z");
    assert_eq!(mended.code, 0, "{}", mended.stderr);
    assert_eq!(document(&desk, "2099-10", "INV-2099-3")["customer"]["account_id"], "acme");
}

#[test]
fn a_name_that_no_font_can_show_is_held() {
    let desk = october();
    desk.write("accounts.csv", ACCOUNTS.replace("Acme GmbH", "Acme \u{E777}"));
    let ran = close_october(&desk);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    assert!(ran.stderr.contains("held       invoice of acme: no font has a glyph"), "{}", ran.stderr);
    assert!(listed(&desk, "2099-10").contains(&"INV-2099-1 final least 50".to_owned()));
}

#[test]
fn names_of_many_scripts_are_billed_without_a_font_of_the_machine() {
    let printed = || {
        let desk = october();
        desk.write("trueup.toml", format!("{SETTINGS}[invoice]\nsystem_fonts = false\n"));
        desk.write("accounts.csv", ACCOUNTS.replace("Acme GmbH", "王小明 さくら 김민준 شركة النخيل 🚀 \u{1FAFF}"));
        let ran = close_october(&desk);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let documents = listed(&desk, "2099-10");
        assert!(documents.contains(&"INV-2099-1 final acme 1416.1".to_owned()), "{documents:?}");
        fs::read(desk.path().join("out/documents/2099-10/INV-2099-1.pdf")).unwrap()
    };
    let pdf = printed();
    assert!(pdf.starts_with(b"%PDF-") && pdf == printed());
}

#[test]
fn a_call_without_a_price_holds_its_account() {
    let desk = october();
    desk.write("raw/calls/more.jsonl", call("c-9", "acme", "m-9", "2099-10-09T10:00:00Z", 1));
    let ran = close_october(&desk);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    assert!(ran.stderr.contains("1 calls have no price"), "{}", ran.stderr);
    assert!(ran.stderr.contains("held       invoice of acme"), "{}", ran.stderr);
}

#[test]
fn late_usage_goes_to_the_next_month_with_its_own_discount() {
    let desk = october();
    assert_eq!(close_october(&desk).code, 0);
    let finals = || -> Vec<_> {
        let files = desk.tree("out/documents/2099-10").into_iter();
        files.filter(|(path, _)| !path.starts_with("drafts") && !path.ends_with("places.csv")).collect()
    };
    let before = finals();
    desk.write("raw/calls/late.jsonl", call("c-90", "acme", "m-1", "2099-10-30T10:00:00Z", 300));
    desk.write("raw/calls/november.jsonl", call("c-91", "acme", "m-1", "2099-11-10T10:00:00Z", 100));
    let again = monthly(&desk, "2099-10", "2099-12-04T00:00:00Z");
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert!(finals() == before, "what is final stays");
    let places = fs::read_to_string(desk.path().join("out/documents/2099-10/places.csv")).unwrap();
    assert!(places.contains("\nacme,late,1,0,EUR,300\n"), "{places}");
    let ran = monthly(&desk, "2099-11", "2099-12-04T00:00:00Z");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let next = document(&desk, "2099-11", "INV-2099-4");
    let lines: Vec<String> = next["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| format!("{} {} {} {}", l["kind"], l["period"], l["quantity_calls"], l["net"]))
        .collect();
    // 1,500 less 25 is 1,475; 1,190 of it was billed.
    assert_eq!(lines, ["\"usage\" \"2099-11\" 1 \"100.00\"", "\"late\" \"2099-10\" 1 \"285.00\""]);
    assert_eq!(next["net"], "385.00");
    assert_eq!(monthly(&desk, "2099-12", "2100-01-04T00:00:00Z").code, 0);
    let december: Vec<String> = listed(&desk, "2099-12");
    assert!(december.iter().all(|d| !d.contains("acme")), "late usage is billed once: {december:?}");
}

#[test]
fn what_was_billed_too_much_comes_back_as_a_credit_note() {
    let desk = october();
    assert_eq!(close_october(&desk).code, 0);
    let corrected = call("c-2", "acme", "m-2", "2099-10-06T10:00:00Z", 400).replace("}\n", r#","row_version":2}"#);
    desk.write("raw/calls/corrected.jsonl", corrected + "\n");
    assert!([0, 3].contains(&monthly(&desk, "2099-10", "2099-12-04T00:00:00Z").code));
    let ran = monthly(&desk, "2099-11", "2099-12-04T00:00:00Z");
    assert!([0, 3].contains(&ran.code), "{}", ran.stderr);
    // 1,100 less 5 is 1,095, and 1,190 was billed: 95 and its tax.
    let note = document(&desk, "2099-10", "CN-2099-1");
    for (name, wanted) in [("kind", "credit_note"), ("corrects", "INV-2099-1"), ("net", "95.00"), ("total", "113.05")] {
        assert_eq!(note[name], wanted, "{name}");
    }
}

#[test]
fn an_invoice_is_taken_back_by_line_or_whole_and_never_twice() {
    let desk = october();
    assert_eq!(close_october(&desk).code, 0);
    let credit = |more: &[&str]| {
        let mut args = vec!["invoice", "credit", "INV-2099-1", "--reason", "wrong model"];
        args.extend(more);
        desk.run(&args)
    };
    let first = credit(&["--line", "2"]);
    assert_eq!(first.code, 0, "{}", first.stderr);
    let issued: Value = serde_json::from_str(&desk.run(&["invoice", "show", first.stdout.trim()]).stdout).unwrap();
    // 500 of 1,200 less its share of the discount of 10.
    assert_eq!((&issued["net"], &issued["corrects"]), (&"495.83".into(), &"INV-2099-1".into()));
    // The same words are the same note; another one over the line is refused.
    let asked_again = credit(&["--line", "2"]);
    assert_eq!((asked_again.code, &asked_again.stdout), (0, &first.stdout), "{}", asked_again.stderr);
    assert!(asked_again.stderr.contains("no second note was made"), "{}", asked_again.stderr);
    let twice = credit(&["--line", "2", "--again"]);
    assert!(twice.code == 65 && twice.stderr.contains("line 2 was taken back already"), "{}", twice.stderr);
    let rest: Value = serde_json::from_str(&desk.run(&["invoice", "show", credit(&[]).stdout.trim()]).stdout).unwrap();
    assert_eq!((&rest["net"], &rest["total"]), (&"694.17".into(), &"826.06".into()));
    let done = credit(&["--again"]);
    assert_eq!(done.code, 65, "{}", done.stderr);
    assert!(done.stderr.contains("taken back already"), "{}", done.stderr);
    assert_eq!(desk.run(&["invoice", "credit", "INV-2099-99", "--reason", "x"]).code, 65);
}
