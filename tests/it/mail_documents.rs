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
    for number in &numbers {
        let _ = fs::remove_file(desk.path().join(pdf(number)));
    }
    assert_eq!(desk.run(&["notify"]).code, 0);
    assert!(mails(&desk).is_empty(), "an invoice without its file says nothing");
    for number in &numbers[1..] {
        desk.write(&pdf(number), format!("%PDF-1.7 of {number}"));
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
    desk.write(&pdf(&numbers[0]), "%PDF-1.7");
    assert_eq!(desk.run(&["notify"]).code, 0);
    assert_eq!(mails(&desk).len(), numbers.len());
    let rest = desk.run(&["notify", "--list", "--format", "csv"]);
    assert_eq!(rest.stdout.lines().count(), 1, "{}", rest.stdout);
}
