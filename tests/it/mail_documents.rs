//! Invoices by mail: with their files, once, and not before the files are there.

use std::fs;

use crate::bills::{close_october, october};
use crate::desk::Desk;

fn mails(desk: &Desk) -> Vec<String> {
    desk.tree("outbox").into_iter().map(|(_, bytes)| String::from_utf8(bytes).unwrap()).collect()
}

#[test]
fn a_document_goes_out_with_its_files() {
    let desk = october();
    let settings = fs::read_to_string(desk.path().join("trueup.toml")).unwrap();
    let mail = "[mail]\nurl = \"file:outbox\"\nfrom = \"Hub <billing@hub.example>\"\n";
    desk.write("trueup.toml", format!("{settings}{mail}"));
    let _ = close_october(&desk);
    let open = desk.run(&["notify", "--list", "--format", "csv"]);
    let numbers: Vec<String> =
        open.stdout.lines().filter_map(|l| l.strip_prefix("document/")?.split(',').next().map(str::to_owned)).collect();
    assert!(numbers.len() >= 3 && open.stdout.contains(",ready,"), "{}", open.stdout);
    let pdf = |number: &str| format!("out/documents/2099-10/{number}.pdf");
    let files: Vec<Vec<u8>> = numbers.iter().map(|number| fs::read(desk.path().join(pdf(number))).unwrap()).collect();
    for number in &numbers {
        fs::remove_file(desk.path().join(pdf(number))).unwrap();
    }
    assert_eq!(desk.run(&["notify"]).code, 0);
    assert!(mails(&desk).is_empty(), "an invoice without its file says nothing");
    for (number, file) in numbers.iter().zip(&files).skip(1) {
        desk.write(&pdf(number), file);
    }
    assert_eq!(desk.run(&["notify"]).code, 0);
    assert_eq!(desk.run(&["notify"]).code, 0);
    let sent = mails(&desk);
    assert_eq!(sent.len(), numbers.len() - 1);
    for number in &numbers[1..] {
        let of = |m: &&String| m.contains(&format!("filename=\"{number}.pdf\"")) && m.contains("application/pdf");
        assert_eq!(sent.iter().filter(of).count(), 1, "{number}: {sent:?}");
    }
    assert!(sent.iter().all(|m| m.contains("From: \"Hub\" <billing@hub.example>") || m.contains("From: Hub <")));
    changed_is_not_sent(&desk, &numbers[0], &files[0], numbers.len());
    let rest = desk.run(&["notify", "--list", "--format", "csv"]);
    assert_eq!(rest.stdout.lines().count(), 1, "{}", rest.stdout);
}

/// A file that is not the one that was published is held with what to do, and goes out once it is made again.
fn changed_is_not_sent(desk: &Desk, number: &str, file: &[u8], all: usize) {
    let pdf = format!("out/documents/2099-10/{number}.pdf");
    let mut other = file.to_vec();
    *other.last_mut().unwrap() ^= 1;
    desk.write(&pdf, &other);
    let held = desk.run(&["notify"]);
    assert_eq!(held.code, 4, "{}", held.stdout);
    assert_eq!(mails(desk).len(), all - 1);
    let listed = desk.run(&["notify", "--list", "--format", "csv"]).stdout;
    let why = format!("documents/2099-10/{number}.pdf is not the file that was published");
    assert!(listed.contains(&why) && listed.contains(",held,"), "{listed}");
    assert_eq!(desk.run(&["verify", "--published", "--repair"]).code, 0);
    assert_eq!(fs::read(desk.path().join(&pdf)).unwrap(), file);
    let key = listed.lines().nth(1).unwrap().split(',').next().unwrap();
    assert_eq!(desk.run(&["notify", "--resend", key]).code, 0);
    assert_eq!(desk.run(&["notify"]).code, 0);
    assert_eq!(mails(desk).len(), all);
}
