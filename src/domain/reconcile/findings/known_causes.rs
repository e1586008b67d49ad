//! Every cause a finding may have, in words.

use crate::domain::reconcile::diagnose::{CauseWords, catalogue};

/// Causes that follow from what is there and what is not, in alphabetical order; the others stand in the
/// catalogue of [`diagnose`](crate::domain::reconcile::diagnose).
const STRUCTURAL: &[(&str, CauseWords)] = &[
    ("balance_unexplained", CauseWords::of_reports("The balance moved by an amount no movement accounts for")),
    (
        "call_id_respelled",
        CauseWords::of_reports("The ledger writes the call's id otherwise: in letters of another size, or with spaces"),
    ),
    (
        "debit_missing_or_partial",
        CauseWords {
            sentence: "The debit is missing, or only a part of it was made",
            english: "Debit missing or in part",
            chinese: "扣款缺失或不足",
        },
    ),
    ("debits_rounded", CauseWords::of_reports("The ledger rounds what it debits for many calls together")),
    ("duplicate_row", CauseWords::of_reports("The call was logged twice with different content")),
    ("forbidden_kind", CauseWords::of_reports("A kind of movement that must not exist")),
    ("grant_ended_unposted", CauseWords::of_reports("Credit ran out on its day, and the ledger never posted its end")),
    (
        "hold_given_back_twice",
        CauseWords {
            sentence: "A hold was given back twice, or more of it than was held",
            english: "Hold given back twice",
            chinese: "预扣重复释放",
        },
    ),
    (
        "hold_only",
        CauseWords {
            sentence: "Only the hold was taken; it was never settled",
            english: "Held and never settled",
            chinese: "仅预扣未结算",
        },
    ),
    ("in_flight_overrun", CauseWords::of_reports("The balance ran out while calls were under way")),
    ("key_disabled", CauseWords::of_reports("A disabled key was served")),
    ("key_expired", CauseWords::of_reports("The key had expired")),
    ("key_of_other_account", CauseWords::of_reports("The key belongs to another account")),
    ("key_revoked", CauseWords::of_reports("The key had been revoked")),
    ("key_unknown", CauseWords::of_reports("Nobody knows the key")),
    ("last_used_not_in_log", CauseWords::of_reports("A key was used at a time for which the log has no call")),
    ("last_used_stale", CauseWords::of_reports("The time a key was last used is not up to date")),
    ("log_row_lost", CauseWords::of_reports("The ledger was debited for a call the log has lost")),
    ("money_taken_as_units", CauseWords::of_reports("Money was credited as if it were units")),
    ("negative_balance", CauseWords::of_reports("Calls were served although the balance was used up")),
    ("no_charge", CauseWords::of_reports("The log says no charge")),
    ("no_conversion", CauseWords::of_reports("There is no rate between two units")),
    ("no_usage", CauseWords::of_reports("The log says no usage")),
    ("other_supplier", CauseWords::of_reports("A call went to another supplier than its key's")),
    ("over_quota", CauseWords::of_reports("A key was served past its quota")),
    ("package_expired", CauseWords::of_reports("A package was used after it had expired")),
    ("package_not_begun", CauseWords::of_reports("A package was used before it began")),
    ("package_other_model", CauseWords::of_reports("A package was used for a model it does not cover")),
    ("payout_above_paid", CauseWords::of_reports("More was paid back than was paid in and unused")),
    (
        "posted_late",
        CauseWords {
            sentence: "The debit came later than calls and debits may lie apart",
            english: "Debited late",
            chinese: "扣款延迟",
        },
    ),
    ("posting_conflict", CauseWords::of_reports("Posting conflict")),
    ("posting_counted_twice", CauseWords::of_reports("The balance counts a movement twice")),
    ("posting_not_in_balance", CauseWords::of_reports("The balance leaves a movement out")),
    ("price_missing", CauseWords::of_reports("There is no price for it")),
    ("rate_early", CauseWords::of_reports("The next exchange rate was applied before it was in force")),
    ("rate_inverted", CauseWords::of_reports("The exchange rate was applied the wrong way round")),
    ("rate_stale", CauseWords::of_reports("An old exchange rate was applied")),
    ("reference_twice", CauseWords::of_reports("One payment reference was used twice")),
    (
        "refund_duplicated",
        CauseWords {
            sentence: "More was given back than was taken, or the same twice",
            english: "Given back twice",
            chinese: "重复退款",
        },
    ),
    (
        "refund_missing",
        CauseWords {
            sentence: "A debit stands on a call that costs nothing; it was never given back",
            english: "Not given back",
            chinese: "未退款",
        },
    ),
    ("refused_with_balance", CauseWords::of_reports("Calls were refused although there was a balance")),
    ("top_up_mismatch", CauseWords::of_reports("A top-up does not fit the money paid for it")),
    (
        "usage_overlap",
        CauseWords::of_reports(
            "The usage contradicts itself, leaves open what it counts, or has a count that no meter takes",
        ),
    ),
    (
        "wrong_account",
        CauseWords {
            sentence: "Another account was debited",
            english: "Debited from another account",
            chinese: "扣自其他账户",
        },
    ),
];

/// Codes and words of all causes, each code once.
pub(crate) fn known_causes() -> impl Iterator<Item = (&'static str, CauseWords)> {
    catalogue().map(|cause| (cause.code, cause.words)).chain(STRUCTURAL.iter().copied())
}

/// The codes findings may give without asking diagnosis, in alphabetical order.
pub fn structural_cause_codes() -> Vec<&'static str> {
    STRUCTURAL.iter().map(|(code, _)| *code).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::reconcile::cause_codes;
    use std::collections::BTreeSet;

    #[test]
    fn no_cause_is_listed_twice_and_no_two_say_the_same() {
        let codes: BTreeSet<&str> = known_causes().map(|(code, _)| code).collect();
        let sentences: BTreeSet<&str> = known_causes().map(|(_, words)| words.sentence).collect();
        assert_eq!((codes.len(), sentences.len()), (known_causes().count(), known_causes().count()));
        assert!(STRUCTURAL.is_sorted_by_key(|(code, _)| code));
    }

    #[test]
    fn every_cause_has_its_words() {
        let of_diagnosis = cause_codes();
        for (code, CauseWords { sentence, english, chinese }) in known_causes() {
            assert!(!code.is_empty() && !sentence.is_empty(), "{code} has no sentence");
            assert!(!sentence.ends_with('.'), "{code}: its sentence is part of others");
            assert_eq!(english.is_empty(), chinese.is_empty(), "{code} has words in one language only");
            assert!(!english.is_empty() || !of_diagnosis.contains(&code), "{code} has no words for statements");
        }
    }

    #[test]
    fn short_words_tell_causes_apart() {
        let short = |of: fn(CauseWords) -> &'static str| {
            let all: Vec<&str> = known_causes().map(|(_, words)| of(words)).filter(|w| !w.is_empty()).collect();
            (all.len(), all.into_iter().collect::<BTreeSet<_>>().len())
        };
        for (all, different) in [short(|w| w.english), short(|w| w.chinese)] {
            assert_eq!(all, different);
        }
    }
}
