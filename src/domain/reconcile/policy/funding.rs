//! The funding leg: money in, money out, and kinds of posting the operator forbids.

use super::day_view::{DayView, posting_finding};
use crate::domain::ledger::{Posting, PostingKind, Rolled};
use crate::domain::money::{Amount, Mode, Ratio, SCALE, Units};
use crate::domain::period::Instant;
use crate::domain::reconcile::Certainty;
use crate::domain::reconcile::findings::finding::{Class, Finding, Leg};

/// The coarsest scale at which a ledger may round what no decimal can hold.
const COARSEST: u32 = 2;

fn own_day<'a>(input: &DayView<'a>) -> impl Iterator<Item = &'a Posting> {
    let (from, until) = input.span;
    input.postings.iter().filter(move |p| from <= p.posted_at && p.posted_at < until)
}

/// Postings of a kind the operator does not have.
pub(super) fn forbidden(input: &DayView) -> Vec<Finding> {
    let forbid = &input.rules.forbid;
    let of = |p: &Posting| {
        let mut finding = posting_finding(Leg::Policy, Class::ForbiddenKind, "forbidden_kind", p);
        finding.difference = finding.posted;
        finding.because("forbidden_kind", p.kind.name(), Certainty::Exact).with("kind", p.kind.name())
    };
    own_day(input).filter(|p| forbid.contains(&p.kind)).map(of).collect()
}

pub(super) fn findings(input: &DayView, rolled: &Rolled) -> Vec<Finding> {
    let mut findings: Vec<Finding> = own_day(input).filter_map(|p| top_up(&input.rules.units, p)).collect();
    for repeat in &rolled.repeats {
        let p = &input.postings[repeat.posting as usize];
        let mut finding = posting_finding(Leg::Funding, Class::ReferenceTwice, "reference", p);
        finding.expected = Some(Amount::ZERO);
        finding.difference = finding.posted;
        let reference = p.reference.as_deref().unwrap_or_default();
        findings.push(
            finding
                .because("reference_twice", reference, Certainty::Exact)
                .with("reference", reference)
                .with("first_posting", &repeat.first.posting_id)
                .with("first_posted_at", repeat.first.at),
        );
    }
    for above in &rolled.payouts {
        let p = &input.postings[above.posting as usize];
        let mut finding = posting_finding(Leg::Funding, Class::PayoutAbovePaid, "payout", p);
        finding.expected = Some(above.unused);
        finding.difference = (-p.amount).checked_sub(above.unused);
        let origin = format!("{}/{}", p.account_id, p.wallet);
        findings
            .push(finding.because("payout_above_paid", &origin, Certainty::Exact).with("unused_paid", above.unused));
    }
    findings
}

/// A top-up must credit its money at the unit's rate then. Without a rate, or for a package, whose
/// terms are not declared anywhere, there is nothing to hold it against.
fn top_up(units: &Units, p: &Posting) -> Option<Finding> {
    let (money, currency) = (p.money?, p.currency.as_deref()?);
    if p.kind != PostingKind::TopUp {
        return None;
    }
    let ratio = units.ratio(currency, &p.unit, p.posted_at)?;
    let expected = ratio.apply(money)?;
    if credits(ratio, money, p.amount) {
        return None;
    }
    let mut finding = posting_finding(Leg::Funding, Class::TopUpMismatch, "top_up", p);
    finding.expected = Some(-expected);
    finding.difference = expected.checked_sub(p.amount);
    let origin = format!("{currency} to {} on {}", p.unit, p.posted_at);
    let causes = causes(units, p, money, currency, expected);
    finding = match causes.as_slice() {
        [] => finding.because("top_up_mismatch", &origin, Certainty::Unexplained),
        [(cause, origin)] => finding.because(cause, origin, Certainty::Exact),
        several => {
            finding.candidates = several.iter().map(|(cause, origin)| format!("{cause} {origin}")).collect();
            finding.because(several[0].0, &several[0].1, Certainty::Ambiguous)
        }
    };
    Some(finding.with("credited", p.amount).with("money", format_args!("{money} {currency}")).with("due", expected))
}

/// Whether an amount is money at a rate: exactly; where no decimal holds the exact result, as a
/// ledger of at least two places rounds it.
fn credits(ratio: Ratio, money: Amount, amount: Amount) -> bool {
    if let Some(exact) = ratio.apply_exact(money) {
        return exact == amount;
    }
    let Some(expected) = ratio.apply(money) else { return false };
    (COARSEST..=SCALE).any(|scale| Mode::ALL.iter().any(|mode| expected.round(scale, *mode) == Some(amount)))
}

/// Other rates, times and units under which the amount would be right.
fn causes(units: &Units, p: &Posting, money: Amount, currency: &str, expected: Amount) -> Vec<(&'static str, String)> {
    let mut found: Vec<(&'static str, String)> = Vec::new();
    let mut starts: Vec<Instant> = units.rates().iter().map(|r| r.from).collect();
    starts.sort();
    starts.dedup();
    let in_force = starts.iter().rev().find(|s| **s <= p.posted_at).copied();
    for start in starts {
        let other = units.ratio(currency, &p.unit, start);
        if Some(start) != in_force && other.is_some_and(|r| credits(r, money, p.amount)) {
            let cause = if start <= p.posted_at { "rate_stale" } else { "rate_early" };
            if !found.iter().any(|(known, _)| *known == cause) {
                found.push((cause, format!("{currency} to {} from {start}", p.unit)));
            }
        }
    }
    if p.amount == money {
        found.push(("money_taken_as_units", format!("{currency} to {}", p.unit)));
    }
    let back = units.ratio(&p.unit, currency, p.posted_at);
    if back.is_some_and(|r| credits(r, money, p.amount)) {
        found.push(("rate_inverted", format!("{currency} to {}", p.unit)));
    }
    let slip = (1..=12).find(|power| {
        let times = 10i64.pow(*power);
        expected.checked_mul(times) == Some(p.amount) || p.amount.checked_mul(times) == Some(expected)
    });
    if let Some(power) = slip.filter(|_| !expected.is_zero() && p.amount != money) {
        found.push(("unit_slip", format!("{currency} to {} by 10^{power}", p.unit)));
    }
    found
}
