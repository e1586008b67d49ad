//! Codes in plain words, for people who have not read the manual.

use super::tieout::LineKind;
use crate::domain::period::{Instant, Zone};
use crate::domain::reconcile::{Certainty, Class, Leg};

/// A cause in a sentence without a full stop; a pair is both.
pub(crate) fn cause_in_words(code: &str) -> String {
    if code.is_empty() {
        return "No known cause fits".to_owned();
    }
    if code.contains(" or ") {
        let several: Vec<String> = code.split(" or ").map(cause_in_words).collect();
        return several.join(", or: ");
    }
    let words: Vec<String> = code.split('+').map(|c| single(c).map_or_else(|| spelt(c), str::to_owned)).collect();
    words.join(", and at once: ")
}

/// A code no sentence is known for.
fn spelt(code: &str) -> String {
    let text = code.replace('_', " ");
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn single(code: &str) -> Option<&'static str> {
    Some(match code {
        "balance_unexplained" => "The balance moved by an amount no movement accounts for",
        "batch_discount_missing" => "A batch call was charged without its batch discount",
        "batch_discount_twice" => "The batch discount was taken twice",
        "cache_write_at_input" => "Cache writes were charged at the plain input rate",
        "cache_write_ttl_wrong" => "Cache writes were charged at the rate of the other lifetime (5 minutes, 1 hour)",
        "cache_write_unpriced" => "Cache writes were not charged",
        "cached_at_full_rate" => "Cached input was charged at the full input rate",
        "cached_double_counted" => "Cached input was charged twice: once inside the input, once on top",
        "cached_not_charged" => "Cached input was not charged",
        "cached_subtracted_twice" => "Cached input was taken off the input twice",
        "context_tier_not_applied" => "The price for long contexts was not applied",
        "context_tier_wrong" => "The wrong context tier was applied",
        "currency_not_converted" => "A currency was not converted",
        "debit_missing_or_partial" => "The debit is missing, or only a part of it was made",
        "duplicate_charge" => "The call was charged twice",
        "duplicate_row" => "The call was logged twice with different content",
        "failed_call_charged" => "A failed call was charged, though failed calls are free",
        "forbidden_kind" => "A kind of movement that must not exist",
        "gateway_cache_hit_charged" => "An answer from the gateway's own cache was charged, though it is free",
        "group_ratio_wrong" => "The price factor of another group was applied",
        "hold_only" => "Only the hold was taken; it was never settled",
        "in_flight_overrun" => "The balance ran out while calls were under way",
        "key_disabled" => "A disabled key was served",
        "key_expired" => "The key had expired",
        "key_of_other_account" => "The key belongs to another account",
        "key_revoked" => "The key had been revoked",
        "key_unknown" => "Nobody knows the key",
        "last_used_not_in_log" => "A key was used at a time for which the log has no call",
        "last_used_stale" => "The time a key was last used is not up to date",
        "log_row_lost" => "The ledger was debited for a call the log has lost",
        "modality_rate_wrong" => "Audio or images were charged at the rate of text, or the other way round",
        "model_mismatch" => "The price of another model was applied",
        "money_taken_as_units" => "Money was credited as if it were units",
        "negative_balance" => "Calls were served although the balance was used up",
        "no_charge" => "The log says no charge",
        "no_conversion" => "There is no rate between two units",
        "no_usage" => "The log says no usage",
        "other_supplier" => "A call went to another supplier than its key's",
        "over_quota" => "A key was served past its quota",
        "overflow_or_absurd_usage" => "The usage is beyond what a call can have, or a counter overflowed",
        "package_expired" => "A package was used after it had expired",
        "package_not_begun" => "A package was used before it began",
        "package_other_model" => "A package was used for a model it does not cover",
        "partial_or_aborted_uncharged" => "A call the client broke off was not charged",
        "payout_above_paid" => "More was paid back than was paid in and unused",
        "posted_late" => "The debit came later than calls and debits may lie apart",
        "posting_counted_twice" => "The balance counts a movement twice",
        "posting_not_in_balance" => "The balance leaves a movement out",
        "price_early" => "The next price was applied before it was in force",
        "price_missing" => "There is no price for it",
        "price_missing_zero" => "No price was found and the call was charged 0",
        "price_stale" => "An old price was still applied after the new one was in force",
        "rate_early" => "The next exchange rate was applied before it was in force",
        "rate_inverted" => "The exchange rate was applied the wrong way round",
        "rate_stale" => "An old exchange rate was applied",
        "reasoning_doubled" => "Reasoning tokens were charged twice",
        "reasoning_omitted" => "Reasoning tokens were not charged",
        "reference_twice" => "One payment reference was used twice",
        "refused_with_balance" => "Calls were refused although there was a balance",
        "rounding" => "Rounded otherwise than declared",
        "service_tier_mispriced" => "The price of another service tier was applied",
        "tokens_taken_as_credits" => "The number of tokens was taken for credits",
        "tool_or_surcharge_wrong" => "A tool's fee or a surcharge is missing or too many",
        "top_up_mismatch" => "A top-up does not fit the money paid for it",
        "unit_slip" => "The amount is off by a power of ten",
        "upstream_cost_summed" => "The supplier's own cost was added on top",
        "usage_overlap" => "The usage contradicts itself: its parts are more than the whole",
        "wrong_account" => "Another account was debited",
        _ => return None,
    })
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
    use crate::domain::reconcile::cause_codes;

    #[test]
    fn every_cause_of_diagnosis_has_a_sentence() {
        let without: Vec<&str> = cause_codes().into_iter().filter(|code| single(code).is_none()).collect();
        assert_eq!(without, [""; 0]);
    }

    #[test]
    fn pairs_and_alternatives_are_spoken_in_full() {
        assert_eq!(
            cause_in_words("cached_not_charged+price_stale"),
            "Cached input was not charged, and at once: An old price was still applied after the new one was in force"
        );
        assert_eq!(cause_in_words("price_early or unit_slip").matches(", or: ").count(), 1);
        assert_eq!(cause_in_words("moon_phase"), "Moon phase");
        assert_eq!(cause_in_words(""), "No known cause fits");
        let zone = Zone::parse("Asia/Shanghai").unwrap();
        assert_eq!(local_times("gateway 2026-10-02T21:00:00Z", zone), "gateway 2026-10-03 05:00:00");
    }
}
