//! What makes a day another one, and what does not; shapes of a later build.

use std::fs;

use crate::bills::{close_october, october};
use crate::desk::{Desk, operator};

/// Every manifest of some jobs, with its bytes.
fn manifests(desk: &Desk) -> Vec<(String, Vec<u8>)> {
    let all = desk.tree("lake/manifests").into_iter();
    let named = all.map(|(path, bytes)| (path.to_string_lossy().into_owned(), bytes));
    named.filter(|(path, _)| !path.starts_with("ingest/") && !path.starts_with("prices/")).collect()
}

fn new_ones(desk: &Desk, before: &[(String, Vec<u8>)]) -> Vec<String> {
    let now = manifests(desk);
    assert!(before.iter().all(|old| now.contains(old)), "what is sealed was written again");
    now.into_iter().filter(|one| !before.contains(one)).map(|(path, _)| path).collect()
}

fn change(desk: &Desk, file: &str, pairs: &[(&str, &str)]) {
    let path = desk.path().join(file);
    let text = fs::read_to_string(&path).unwrap();
    let changed = pairs.iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    });
    fs::write(&path, changed).unwrap();
}

#[test]
fn who_a_customer_is_changes_no_day() {
    let desk = october();
    assert_eq!(close_october(&desk).code, 0);
    let before = manifests(&desk);
    assert!(before.iter().any(|(path, _)| path == "reconcile/2099-10-05/r1.json"));
    // Name, address, mail, tax and terms of a customer; a customer nobody has seen yet.
    change(
        &desk,
        "accounts.csv",
        &[
            ("acme,Acme GmbH", "acme,Acme & Sons"),
            ("EUR,Weg 2,Bonn", "EUR,Ring 9,Mainz"),
            ("standard:19,,30", "standard:19,,14"),
            ("ap@acme.example", "bills@acme.example"),
            (
                "quiet,Quiet,prepaid,EUR,Weg 6,Bonn,DE,,,,,,,\n",
                "quiet,Quiet,prepaid,EUR,Weg 6,Bonn,DE,,,,,,,\nnew,New,postpaid,EUR,Weg 7,Bonn,DE,,,,,,,\n",
            ),
        ],
    );
    assert_eq!(close_october(&desk).code, 0);
    assert_eq!(new_ones(&desk, &before), [] as [String; 0]);

    // What rating and reconciliation read of one: the days with rows of it, and no other.
    change(&desk, "accounts.csv", &[("least,Least Ltd,postpaid", "least,Least Ltd,prepaid")]);
    let ran = close_october(&desk);
    assert!(matches!(ran.code, 0 | 3 | 4), "{}", ran.stderr);
    let new = new_ones(&desk, &before);
    assert!(new.contains(&"reconcile/2099-10-08/r2.json".to_owned()), "{new:?}");
    assert!(!new.iter().any(|path| path.starts_with("reconcile/2099-10-05")), "{new:?}");
}

#[test]
fn days_older_than_max_late_stand_as_they_are_sealed() {
    let desk = operator();
    let night = |date: &str, as_of: &str| {
        let ran = desk.run(&["run", "daily", "--date", date, "--as-of", as_of]);
        assert!(matches!(ran.code, 0 | 3 | 4), "{} {}", ran.code, ran.stderr);
    };
    night("2026-10-09", "2026-10-12T12:00:00+08:00");
    night("2027-03-01", "2027-03-02T12:00:00+08:00");
    let before = manifests(&desk);
    let sealed = |day: &str| before.iter().any(|(path, _)| path.starts_with(&format!("reconcile/{day}/")));
    assert!(sealed("2026-10-05") && sealed("2026-10-09") && sealed("2027-03-01"));
    // Other rules, so that every day is another one; and the old days' rows cannot be read any more.
    let config = fs::read_to_string(desk.path().join("trueup.toml")).unwrap();
    desk.write(
        "trueup.toml",
        format!("{config}\n[reconcile]\ntolerance = {{ CNY = {{ row = \"0.5\", sum = \"9\" }} }}\n"),
    );
    for day in ["2026-10-05", "2026-10-09"] {
        let calls = desk.path().join("lake/tables/calls").join(day);
        fs::remove_dir_all(&calls).or_else(|e| if calls.exists() { Err(e) } else { Ok(()) }).unwrap();
    }
    assert!(!desk.path().join("lake/tables/calls/2026-10-05").exists());
    night("2027-03-02", "2027-03-03T12:00:00+08:00");
    let new = new_ones(&desk, &before);
    assert!(new.contains(&"reconcile/2027-03-01/r2.json".to_owned()), "{new:?}");
    assert!(!new.iter().any(|path| path.starts_with("reconcile/2026-10")), "{new:?}");
}

#[test]
fn what_a_later_build_wrote_is_refused_in_a_sentence() {
    let desk = operator();
    let close = ["run", "monthly", "--period", "2026-10", "--as-of", "2026-11-04T00:00:00+08:00"];
    assert_eq!(desk.run(&close).code, 3);
    let version = env!("CARGO_PKG_VERSION");
    let sentence = format!("is in shape 2, and this build (trueup {version}) reads up to shape 1");
    for (file, from, to) in [
        ("lake/lake.json", "\"schema\": 1", "\"schema\": 2"),
        ("out/month/2026-10/manifest.json", "\"schema\": 1", "\"schema\": 2"),
    ] {
        let good = fs::read_to_string(desk.path().join(file)).unwrap();
        assert!(good.contains(from), "{file}");
        desk.write(file, good.replacen(from, to, 1));
        let ran = desk.run(&close);
        assert_eq!(ran.code, 78, "{file}: {}", ran.stderr);
        assert!(ran.stderr.contains(&sentence), "{file}: {}", ran.stderr);
        desk.write(file, good);
    }
    assert_eq!(desk.run(&close).code, 3);
    // A list of files of the first builds has no version.
    let list = fs::read_to_string(desk.path().join("out/month/2026-10/manifest.json")).unwrap();
    desk.write("out/month/2026-10/manifest.json", list.replacen("  \"schema\": 1,\n", "", 1));
    assert_eq!(desk.run(&close).code, 3);
}
