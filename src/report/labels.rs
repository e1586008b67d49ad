//! Codes in plain words, for people who have not read the manual.

use super::tieout::LineKind;
use crate::domain::period::{Instant, Zone};
use crate::domain::reconcile::{Certainty, Class, Leg, known_causes};

/// A cause in a sentence without a full stop; a pair is both.
pub(crate) fn cause_in_words(code: &str) -> String {
    if code.is_empty() {
        return "No known cause fits".to_owned();
    }
    if code.contains(" or ") {
        let several: Vec<String> = code.split(" or ").map(cause_in_words).collect();
        return several.join(", or: ");
    }
    let words: Vec<String> = code.split('+').map(|c| sentence(c).map_or_else(|| spelt(c), str::to_owned)).collect();
    words.join(", and at once: ")
}

/// A code no sentence is known for.
fn spelt(code: &str) -> String {
    let text = code.replace('_', " ");
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn sentence(code: &str) -> Option<&'static str> {
    known_causes().find(|(known, _)| *known == code).map(|(_, words)| words.sentence)
}

/// Instants inside a text, such as those of an origin, as clocks of a zone show them.
pub(super) fn local_times(text: &str, zone: Zone) -> String {
    let local = |word: &str| {
        let shown = zone.show(Instant::parse(word).ok()?);
        shown.get(..19).map(|s| s.replacen('T', " ", 1))
    };
    let words: Vec<String> = text.split(' ').map(|word| local(word).unwrap_or_else(|| word.to_owned())).collect();
    words.join(" ")
}

/// What a class says of a row, in a few words.
pub(crate) fn class_in_words(class: Class) -> &'static str {
    match class {
        Class::NotCompared => "could not be compared",
        Class::Undecided => "several partners fit, none was chosen",
        Class::DuplicateCall => "another logging of a call",
        Class::Unpriced => "no price was found",
        Class::DuplicatePosting => "debited once more than charged",
        Class::WrongAccount => "another account was debited",
        Class::Pending => "the debit may still come",
        Class::NotPosted => "not debited",
        Class::NoCall => "a debit without a call",
        Class::AmountMismatch => "amounts differ",
        Class::WithinTolerance => "differs within the tolerance",
        Class::Timing => "agrees, on another day",
        Class::Matched => "agrees",
        Class::UsageOverlap => "usage contradicts itself",
        Class::BalanceBreak => "balance does not follow from movements",
        Class::ServedAtZero => "served at a balance of 0 or below",
        Class::Overrun => "overran the balance while under way",
        Class::OverQuota => "past the key's quota",
        Class::KeyExpired => "after the key's expiry",
        Class::KeyDisabled => "key disabled",
        Class::OtherSupplier => "another supplier than the key's",
        Class::KeyOfOtherAccount => "a key of another account",
        Class::PackageNotValid => "outside the package's terms",
        Class::RefusedWithBalance => "refused with a balance",
        Class::LastUsedMismatch => "last use does not fit the log",
        Class::ForbiddenKind => "forbidden kind of movement",
        Class::TopUpMismatch => "top-up does not fit the money",
        Class::ReferenceTwice => "payment reference used twice",
        Class::PayoutAbovePaid => "paid back more than was unused",
        Class::PostingConflict => "the ledger says two things under one id",
    }
}

/// What a leg compares.
pub(crate) fn leg_in_words(leg: Leg) -> &'static str {
    match leg {
        Leg::Usage => "Usage: token counts against themselves",
        Leg::Charge => "Charge: recorded by the gateway against expected",
        Leg::Posting => "Posting: debited by the ledger against recorded",
        Leg::Balance => "Balance: the ledger's balances against its movements",
        Leg::Policy => "Policy: what may be served and booked",
        Leg::Funding => "Funding: top-ups and payouts against money",
    }
}

pub(super) fn certainty_in_words(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::Exact => "certain",
        Certainty::Suspected => "suspected",
        Certainty::Ambiguous => "one of several",
        Certainty::Unexplained => "unexplained",
    }
}

/// A line of a tie-out.
pub(super) fn line_in_words(kind: &LineKind) -> String {
    match kind {
        LineKind::Expected => "Expected: usage at the price in force".to_owned(),
        LineKind::Recorded => "Recorded by the gateway".to_owned(),
        LineKind::Posted => "Debited by the ledger".to_owned(),
        LineKind::Cause(_, class, cause, certainty) => {
            let says = cause_in_words(cause);
            let class = class_in_words(*class);
            match certainty {
                Certainty::Exact => says,
                Certainty::Unexplained => format!("{says} ({class})"),
                other => format!("{says} ({})", certainty_in_words(*other)),
            }
        }
        LineKind::Quiet(_, Class::WithinTolerance) => "Tolerated differences".to_owned(),
        LineKind::Quiet(_, Class::Pending) => "Not debited yet, may still come".to_owned(),
        LineKind::Quiet(_, class) => spelt(class_in_words(*class)),
        LineKind::NotCompared(Leg::Charge) => "Recorded or expected on one side only".to_owned(),
        LineKind::NotCompared(_) => "Debited without a figure to compare with".to_owned(),
        LineKind::Repeated => "Other loggings of calls, which are debited nothing".to_owned(),
        LineKind::Unrecorded => "Expected of calls for which nothing is recorded".to_owned(),
        LineKind::Rest(_) => "Not itemised by any finding".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn pairs_and_alternatives_are_spoken_in_full() {
        assert_eq!(
            cause_in_words("cached_not_charged+price_stale"),
            "Cached input was not charged, and at once: An old price was still applied after the new one was in force"
        );
        assert_eq!(cause_in_words("price_early or unit_slip").matches(", or: ").count(), 1);
        assert_eq!(cause_in_words("key_unknown"), "Nobody knows the key");
        assert_eq!(cause_in_words("moon_phase"), "Moon phase");
        assert_eq!(cause_in_words(""), "No known cause fits");
        let zone = Zone::parse("Asia/Shanghai").unwrap();
        assert_eq!(local_times("gateway 2026-10-02T21:00:00Z", zone), "gateway 2026-10-03 05:00:00");
    }
}
