//! A request for a number is one request, however often it is asked and whatever stopped it.

use std::fs;
use std::path::Path;

use super::{ACCOUNTS, Desk, close_october, document, listed, monthly, october};
use crate::desk::Ran;

const ASK: [&str; 7] = ["invoice", "credit", "INV-2099-1", "--amount", "100", "--reason", "wrong price"];

fn ask(desk: &Desk, args: &[&str]) -> Ran {
    Ran::of(desk.command(args).env("TRUEUP_CLOCK", "2099-11-05T00:00:00Z").output().unwrap())
}

fn notes(desk: &Desk) -> Vec<String> {
    let files = desk.tree("lake/documents").into_iter();
    files.filter_map(|f| f.0.to_str().map(str::to_owned)).filter(|name| name.starts_with("CN")).collect()
}

/// The published documents are out of reach for as long as `during` takes.
fn without_a_place<T>(desk: &Desk, during: impl FnOnce() -> T) -> T {
    let (out, away) = (desk.path().join("out/documents"), desk.path().join("away"));
    fs::create_dir_all(&out).unwrap();
    fs::rename(&out, &away).unwrap();
    fs::write(&out, "").unwrap();
    let done = during();
    fs::remove_file(&out).unwrap();
    fs::rename(&away, &out).unwrap();
    done
}

/// The state's files, taken from one desk to another.
fn carry_state(from: &Path, to: &Path) {
    for file in ["state.db", "state.db-wal", "state.db-shm"] {
        let _ = fs::remove_file(to.join(file));
        let _ = fs::copy(from.join(file), to.join(file));
    }
}

#[test]
fn a_credit_that_was_stopped_after_its_number_is_the_same_note_when_asked_again() {
    let desk = october();
    assert_eq!(close_october(&desk).code, 0);
    for whole in [false, true] {
        let desk = desk.copy();
        let words: &[&str] = if whole { &["invoice", "credit", "INV-2099-1", "--reason", "wrong price"] } else { &ASK };
        let stopped = without_a_place(&desk, || ask(&desk, words));
        assert!([75, 78].contains(&stopped.code), "{} {}", stopped.code, stopped.stderr);
        let status = desk.run(&["status"]).stdout;
        assert!(status.contains("unfinished CN-2099-1: numbered, not yet published or sent"), "{status}");
        let again = ask(&desk, words);
        assert_eq!((again.code, again.stdout.as_str()), (0, "CN-2099-1\n"), "{}", again.stderr);
        assert_eq!(notes(&desk), ["CN-2099-1.json"]);
        let total = if whole { "1416.10" } else { "119.00" };
        assert_eq!(document(&desk, "2099-10", "CN-2099-1")["total"], total);
        assert!(listed(&desk, "2099-10").iter().any(|line| line.starts_with("CN-2099-1 final acme")));
        assert!(!desk.run(&["status"]).stdout.contains("unfinished"));
        // A second equal one has a word of its own, and that is one note as well.
        if !whole {
            for _ in 0..2 {
                let second = ask(&desk, &[&ASK[..], &["--again"]].concat());
                assert_eq!((second.code, second.stdout.as_str()), (0, "CN-2099-2\n"), "{}", second.stderr);
            }
        }
    }
}

#[test]
fn any_run_completes_what_has_its_number() {
    let desk = october();
    assert_eq!(close_october(&desk).code, 0);
    let stopped = without_a_place(&desk, || ask(&desk, &ASK));
    assert!([75, 78].contains(&stopped.code), "{} {}", stopped.code, stopped.stderr);
    let ran = desk.run(&["notify", "--as-of", "2099-11-05T00:00:00Z"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(document(&desk, "2099-10", "CN-2099-1")["total"], "119.00");
    assert!(listed(&desk, "2099-10").iter().any(|line| line.starts_with("CN-2099-1 final acme")));
    assert_eq!(ask(&desk, &ASK).stdout, "CN-2099-1\n");
    assert_eq!(notes(&desk), ["CN-2099-1.json"]);
}

/// Stopped after the note itself was published and before the month's list was: the list is not forgotten.
#[test]
fn a_list_that_was_not_written_is_written_by_the_next_run_of_anything() {
    let desk = october();
    assert_eq!(close_october(&desk).code, 0);
    let (list, away) = (desk.path().join("out/documents/2099-10/documents.csv"), desk.path().join("away.csv"));
    fs::rename(&list, &away).unwrap();
    fs::create_dir(&list).unwrap();
    let stopped = ask(&desk, &ASK);
    assert_ne!(stopped.code, 0);
    assert_eq!(document(&desk, "2099-10", "CN-2099-1")["total"], "119.00");
    fs::remove_dir(&list).unwrap();
    fs::rename(&away, &list).unwrap();
    assert!(desk.run(&["status"]).stdout.contains("unfinished CN-2099-1"));
    let ran = desk.run(&["notify", "--as-of", "2099-11-05T00:00:00Z"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(listed(&desk, "2099-10").iter().any(|line| line.starts_with("CN-2099-1 final acme")));
    assert!(!desk.run(&["status"]).stdout.contains("unfinished"));
}

#[test]
fn of_two_copies_of_a_state_the_second_to_use_a_number_stops_and_sends_nothing() {
    let first = october();
    assert_eq!(first.run(&["ingest", "--as-of", "2099-11-02T00:00:00Z"]).code, 0);
    let second = first.copy();
    let accounts = fs::read_to_string(second.path().join("accounts.csv")).unwrap();
    let others: Vec<&str> = accounts.lines().filter(|l| !l.starts_with("acme,")).collect();
    second.write("accounts.csv", others.join("\n").replace(",request,", ",top_up,"));
    // Both number; the second has not compared with the lake of the first yet.
    assert_eq!(close_october(&first).code, 0);
    let stopped = without_a_place(&second, || close_october(&second));
    assert!([75, 78].contains(&stopped.code), "{} {}", stopped.code, stopped.stderr);
    carry_state(second.path(), first.path());
    let before = (first.tree("lake"), first.tree("out"), first.tree("outbox"));
    for _ in 0..2 {
        let ran = monthly(&first, "2099-10", "2099-11-04T00:00:00Z");
        assert_eq!(ran.code, 5, "{}", ran.stderr);
        let said = "INV-2099-1 was given twice: to acme in the lake, to least in this state";
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
        assert_eq!(first.run(&["notify", "--as-of", "2099-11-04T01:00:00Z"]).code, 5);
    }
    assert!(before == (first.tree("lake"), first.tree("out"), first.tree("outbox")));
}

/// Acme moved, and its tax number makes it owe the tax itself; the invoice was taken back, and nothing billed October.
#[test]
fn what_was_taken_back_is_billed_once_more_to_the_address_and_with_the_tax_of_now() {
    let desk = october();
    assert_eq!(close_october(&desk).code, 0);
    let again = ["invoice", "again", "INV-2099-1"];
    let early = ask(&desk, &again);
    assert!(early.code == 65 && early.stderr.contains("1190 of it before tax are not taken back"), "{}", early.stderr);
    let credit = ["invoice", "credit", "INV-2099-1", "--reason", "wrong address"];
    assert_eq!(ask(&desk, &credit).stdout, "CN-2099-1\n");
    let acme = "acme,Acme GmbH,postpaid,EUR,Weg 2,Bonn,DE,standard:19,,30,1000:5;5000:10,,ap@acme.example,";
    let held = ACCOUNTS.replace(acme, &acme.replace("Weg 2", ""));
    desk.write("accounts.csv", held);
    let held = ask(&desk, &again);
    assert!(held.code == 65 && held.stderr.contains("street is missing"), "{}", held.stderr);
    let moved = acme.replace("Weg 2", "Quai 1").replace("Bonn,DE,standard:19", "Paris,FR,reverse_charge");
    desk.write("accounts.csv", ACCOUNTS.replace(acme, &format!("{moved}FR32123456789")));
    let shown = ask(&desk, &[&again[..], &["--dry-run"]].concat());
    assert!(shown.code == 0 && shown.stdout.contains("Quai 1") && notes(&desk).len() == 1, "{}", shown.stderr);
    for _ in 0..2 {
        let made = ask(&desk, &again);
        assert_eq!((made.code, made.stdout.as_str()), (0, "INV-2099-4\n"), "{}", made.stderr);
    }
    let made = document(&desk, "2099-10", "INV-2099-4");
    for (name, wanted) in [
        ("net", "1190.00"),
        ("total", "1190.00"),
        ("payable", "1190.00"),
        ("issued_on", "2099-11-05"),
        ("due_on", "2099-12-05"),
        ("reason", "bills once more INV-2099-1, which CN-2099-1 took back"),
    ] {
        assert_eq!(made[name], wanted, "{name}");
    }
    assert_eq!((&made["customer"]["city"], &made["tax"][0]["category"]), (&"Paris".into(), &"AE".into()));
    let place = desk.path().join("out/documents/2099-10");
    let calls = |number: &str| fs::read_to_string(place.join(format!("{number}.calls.csv"))).unwrap();
    assert_eq!(calls("INV-2099-4"), calls("INV-2099-1"));
    assert!(fs::read(place.join("INV-2099-4.pdf")).unwrap().starts_with(b"%PDF"));
    // October has its bill: run again, nothing else becomes final, and what was made is still what it was.
    let ran = monthly(&desk, "2099-10", "2099-11-06T00:00:00Z");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(listed(&desk, "2099-10").iter().filter(|row| row.contains(" acme ")).count(), 3);
    let verified = ask(&desk, &["verify", "2099-10"]);
    assert_eq!(verified.code, 0, "{}", verified.stderr);
    assert_eq!(ask(&desk, &["invoice", "again", "CN-2099-1"]).code, 65);
    assert_eq!(ask(&desk, &["invoice", "again", "INV-2099-77"]).code, 65);
}
