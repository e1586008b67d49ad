//! What is said of one call.

use super::super::labels::{cause_in_words, class_in_words};
use super::super::receipt::Explanation;
use super::super::tieout::ReportOverflow;
use super::{cause_of, is_money, is_sure};
use crate::domain::money::Amount;
use crate::domain::rating::ChargeStatus;
use crate::domain::reconcile::{Class, Finding};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Verdict {
    TooMuch,
    TooLittle,
    /// Something is wrong, and several causes or none explain it.
    NotDecided,
    Right,
    /// Another logging of a call: nothing is due for it, nothing was debited.
    SecondLogging,
    NoPrice,
    NoUsage,
    /// Its day is not sealed yet.
    NotChecked,
}

impl Verdict {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Verdict::TooMuch => "charged too much",
            Verdict::TooLittle => "charged too little",
            Verdict::NotDecided => "not decided",
            Verdict::Right => "right",
            Verdict::SecondLogging => "second logging",
            Verdict::NoPrice => "no price known",
            Verdict::NoUsage => "no usage recorded",
            Verdict::NotChecked => "not checked yet",
        }
    }

    pub(crate) fn is_wrong(self) -> bool {
        matches!(self, Verdict::TooMuch | Verdict::TooLittle | Verdict::NotDecided)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CallVerdict {
    pub verdict: Verdict,
    /// What was debited, or else recorded, above what was right; of certain and suspected causes.
    pub difference: Amount,
    /// What left the customer's own wallets for it; `None` where nothing did.
    pub debited: Option<Amount>,
    /// In plain words; empty where all is right.
    pub why: String,
}

impl CallVerdict {
    /// # Errors
    /// When a sum overflows.
    pub(crate) fn of(e: &Explanation, account_id: &str) -> Result<CallVerdict, ReportOverflow> {
        let of_this_row = |f: &&Finding| (f.class == Class::DuplicateCall) == e.duplicate;
        let money: Vec<_> = e.findings.iter().filter(|f| is_money(f)).filter(of_this_row).collect();
        let sure = money.iter().filter(|f| is_sure(f)).filter_map(|f| f.difference);
        let difference = Amount::sum(sure).ok_or(ReportOverflow)?;
        let own = e
            .postings
            .iter()
            .map(|paid| &paid.posting)
            .filter(|p| p.kind.pays_for_calls() && *p.account_id == *account_id);
        let debits: Vec<Amount> = own.map(|p| -p.amount).collect();
        let debited = Amount::sum(debits.iter().copied()).ok_or(ReportOverflow)?;
        let mut why: Vec<String> = Vec::new();
        for finding in &money {
            let words = match cause_of(finding) {
                cause if cause.is_empty() => class_in_words(finding.class).to_owned(),
                cause => cause_in_words(&cause),
            };
            if !why.contains(&words) {
                why.push(words);
            }
        }
        let verdict = match (&money[..], difference) {
            ([], _) => without_finding(e),
            (found, _) if found.iter().any(|f| !is_sure(f)) => Verdict::NotDecided,
            (_, sum) if sum.is_positive() => Verdict::TooMuch,
            (_, sum) if sum.is_negative() => Verdict::TooLittle,
            _ => Verdict::Right,
        };
        let debited = (!debits.is_empty()).then_some(debited);
        Ok(CallVerdict { verdict, difference, debited, why: why.join("; ") })
    }
}

fn without_finding(e: &Explanation) -> Verdict {
    match &e.quote {
        _ if e.state == "not sealed yet" => Verdict::NotChecked,
        _ if e.duplicate => Verdict::SecondLogging,
        Ok(_) => Verdict::Right,
        Err(ChargeStatus::NoUsage) => Verdict::NoUsage,
        Err(_) => Verdict::NoPrice,
    }
}
