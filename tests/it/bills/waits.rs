//! Documents that wait for a person, and rows of the accounts file that change once a month is closed.

use super::{ACCOUNTS, call, close_october, document, listed, monthly, october, posting};

/// October's invoice of acme waited for a street; once it was there, somebody had to think of October.
#[test]
fn what_waits_stands_in_status_and_every_monthly_run_tries_it_again() {
    let desk = october();
    desk.write("accounts.csv", ACCOUNTS.replace("Acme GmbH,postpaid,EUR,Weg 2,Bonn", "Acme GmbH,postpaid,EUR,,Bonn"));
    assert_eq!(close_october(&desk).code, 4);
    let held = "held       2099-10, invoice of acme: street is missing";
    let status = desk.run(&["status"]);
    assert!(status.stdout.lines().any(|line| line == held), "{}", status.stdout);
    desk.write("raw/calls/november.jsonl", call("c-90", "acme", "m-1", "2099-11-10T10:00:00Z", 100));
    let ran = monthly(&desk, "2099-11", "2099-12-04T00:00:00Z");
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    for line in [held, "held       2099-11, invoice of acme: street is missing"] {
        assert!(ran.stderr.lines().any(|l| l == line), "{line}: {}", ran.stderr);
    }
    desk.write("accounts.csv", ACCOUNTS);
    let mended = monthly(&desk, "2099-12", "2100-01-04T00:00:00Z");
    assert_eq!(mended.code, 0, "{}", mended.stderr);
    // In the order of their months, at today's date and with their own month's discount.
    let first = listed(&desk, "2099-10").into_iter().find(|row| row.contains(" acme ")).unwrap();
    let number = first.split(' ').next().unwrap();
    let october = document(&desk, "2099-10", number);
    assert_eq!((&october["net"], &october["issued_on"]), (&"1190.00".into(), &"2100-01-04".into()));
    let next = listed(&desk, "2099-11").into_iter().find(|row| row.contains(" acme ")).unwrap();
    assert!(next.contains(" final ") && *number < *next, "{first}, {next}");
    assert!(!desk.run(&["status"]).stdout.contains("held  "), "nothing waits");
    let trees = (desk.tree("out"), desk.tree("lake"));
    assert_eq!(monthly(&desk, "2099-12", "2100-01-04T00:00:00Z").code, 0);
    assert!(trees == (desk.tree("out"), desk.tree("lake")), "what is done is done");
}

/// Quiet used 100 that nobody debited, prepaid. Made postpaid in December, October run again gave it an invoice.
#[test]
fn a_row_edited_after_the_close_bills_no_closed_month_anew() {
    let desk = october();
    desk.write("raw/calls/quiet.jsonl", call("c-60", "quiet", "m-1", "2099-10-09T10:00:00Z", 100));
    let more = r#","money":"5","currency":"EUR","reference":"PAY-9""#;
    desk.write("raw/postings/quiet.jsonl", posting("p-60", "quiet", "top_up", "5", "2099-10-09T00:00:00Z", more));
    assert!([0, 3].contains(&close_october(&desk).code));
    let before = listed(&desk, "2099-10");
    let rows = [
        ("Quiet,prepaid,EUR,Weg 6,Bonn,DE,,,", "Quiet,postpaid,EUR,Weg 6,Bonn,DE,,,"),
        ("Quiet,prepaid,EUR,Weg 6,Bonn,DE,,,", "Quiet,prepaid,EUR,Weg 6,Bonn,DE,,top_up,"),
        ("Riva,prepaid,EUR,Via 5,Roma,IT,,request", "Riva,postpaid,EUR,Via 5,Roma,IT,,usage"),
        (
            "acme,Acme GmbH,postpaid,EUR,Weg 2,Bonn,DE,standard:19,,30,1000:5;5000:10",
            "acme,Acme GmbH,postpaid,EUR,Weg 2,Bonn,DE,standard:19,,30,0:50",
        ),
    ];
    for (row, edited) in rows {
        assert!(ACCOUNTS.contains(row), "{row}");
        desk.write("accounts.csv", ACCOUNTS.replace(row, edited));
        let again = monthly(&desk, "2099-10", "2099-12-04T00:00:00Z");
        assert!([0, 3].contains(&again.code), "{edited}: {}", again.stderr);
        assert_eq!(listed(&desk, "2099-10"), before, "{edited}");
        let id = ["quiet", "quiet", "req", "acme"][rows.iter().position(|r| *r == (row, edited)).unwrap()];
        let said = format!("row        {id}: changed since 2099-10 closed; it bills nothing of it anew");
        assert!(again.stderr.contains(&said), "{said}: {}", again.stderr);
        // Nor is it late for the month after.
        let next = monthly(&desk, "2099-11", "2099-12-04T00:00:00Z");
        assert!([0, 3].contains(&next.code), "{edited}: {}", next.stderr);
        let owed = |row: &&String| !row.starts_with("STM-") && !row.contains(" least ");
        assert_eq!(listed(&desk, "2099-11").iter().find(owed), None, "{edited}");
    }
}
