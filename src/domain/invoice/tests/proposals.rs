//! What is proposed, and on which wallet.

use super::world::World;
use crate::domain::invoice::*;
use crate::domain::ledger::tests::amount;
use crate::domain::reconcile::{Certainty, Class, Finding, Leg};

/// `c1 a EXPECTED RECORDED POSTED`, of which the leg compares two; `-` is absent.
fn finding(leg: Leg, class: Class, line: &str, cause: &str) -> Finding {
    let words: Vec<&str> = line.split_whitespace().collect();
    let known = |text: &str| (text != "-").then(|| amount(text));
    let mut finding = Finding::new(leg, class, leg.name(), &["gateway", words[0], "1"]);
    (finding.source, finding.call_id, finding.attempt) = (Some("gateway".into()), Some(words[0].into()), Some(1));
    (finding.account_id, finding.unit) = (Some(words[1].into()), Some("EUR".into()));
    (finding.expected, finding.recorded, finding.posted) = (known(words[2]), known(words[3]), known(words[4]));
    let (is, due) = match leg {
        Leg::Charge => (finding.recorded, finding.expected),
        _ => (finding.posted, finding.recorded),
    };
    finding.difference = is.zip(due).and_then(|(is, due)| is.checked_sub(due));
    finding.because(cause, "x", if cause.is_empty() { Certainty::Unexplained } else { Certainty::Exact })
}

/// Proposals of every statement: account, wallet, cause, calls, amount.
fn proposed(world: &World) -> Vec<String> {
    let mut shown = Vec::new();
    for document in world.drafts().into_iter().filter_map(|d| d.document) {
        let account = document.customer.account_id.clone();
        if let Some(s) = document.statement {
            let one = |p: &Proposal| format!("{account}/{} {} {} {}", s.wallet, p.cause, p.calls, p.amount);
            shown.extend(s.proposed.iter().map(one));
        }
    }
    shown
}

const FILLED: [&str; 3] =
    ["t1 01T10:00 a/main EUR top_up 50", "t2 01T10:00 a/team EUR top_up 50", "t3 01T10:00 b/main EUR top_up 50"];

fn world(postings: &[&str], findings: Vec<Finding>) -> World {
    let mut world = World::new(&["a prepaid", "b prepaid"], &[], &[&FILLED[..], postings].concat());
    world.findings = findings;
    world
}

/// 13.37 were debited out of `team` where 10 is right; the statement of `main` proposed to give it back.
#[test]
fn a_proposal_stands_on_the_wallet_that_paid() {
    let charged = || finding(Leg::Charge, Class::AmountMismatch, "c1 a 10 13.37 -", "");
    let paid = ["p1 05T10:00 a/team EUR usage -13.37 call=c1"];
    assert_eq!(proposed(&world(&paid, vec![charged()])), ["a/team unexplained 1 -3.37"]);
    let both = ["p1 05T10:00 a/main EUR usage -3.37 call=c1", "p2 05T10:00 a/team EUR usage -10 call=c1"];
    assert_eq!(proposed(&world(&both, vec![charged()])), ["a/team unexplained 1 -3.37"], "of two that which paid most");
    let twice = ["p1 05T10:00 a/main EUR usage -10 call=c1", "p2 05T11:00 a/team EUR usage -10 call=c1"];
    let again = finding(Leg::Posting, Class::DuplicatePosting, "c1 a 10 10 20", "duplicate_charge");
    assert_eq!(proposed(&world(&twice, vec![again])), ["a/team duplicate_charge 1 -10"], "which was taken twice");
}

#[test]
fn who_paid_nothing_would_have_paid_from_main_else_from_what_pays_most() {
    let missing = || finding(Leg::Posting, Class::NotPosted, "c1 a 7 7 0", "debit_missing_or_partial");
    assert_eq!(proposed(&world(&[], vec![missing()])), ["a/main debit_missing_or_partial 1 7"]);
    let no_main = ["t1 01T10:00 a/x EUR top_up 50", "t2 01T10:00 a/y EUR top_up 50", "u 02T10:00 a/y EUR usage -1"];
    let mut world = World::new(&["a prepaid"], &[], &no_main);
    world.findings = vec![missing()];
    assert_eq!(proposed(&world), ["a/y debit_missing_or_partial 1 7"]);
}

/// 10 expected, 13.37 recorded, 15.11 debited is one call, not two.
#[test]
fn a_call_is_proposed_once() {
    let of = |charge: &str, posting: &str| {
        let findings = vec![
            finding(Leg::Charge, Class::AmountMismatch, "c1 a 10 13.37 15.11", charge),
            finding(Leg::Posting, Class::AmountMismatch, "c1 a 10 13.37 15.11", posting),
        ];
        proposed(&world(&["p1 05T10:00 a/main EUR usage -15.11 call=c1"], findings))
    };
    assert_eq!(of("", ""), ["a/main unexplained 1 -5.11"]);
    assert_eq!(of("price_stale", "price_stale"), ["a/main price_stale 1 -5.11"]);
    assert_eq!(of("price_stale", "batch_ignored"), ["a/main batch_ignored+price_stale 1 -5.11"]);
}

/// B's call of 7 was debited to A: over both it is 0, and for neither.
#[test]
fn a_debit_to_another_account_is_proposed_to_both() {
    let elsewhere = finding(Leg::Posting, Class::WrongAccount, "c1 b 7 7 7", "wrong_account");
    let world = world(&["p1 05T10:00 a/team EUR usage -7 call=c1"], vec![elsewhere]);
    assert_eq!(proposed(&world), ["a/team wrong_account 1 -7", "b/main wrong_account 1 7"]);
}
