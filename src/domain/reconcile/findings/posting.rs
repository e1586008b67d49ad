//! Findings of the posting leg, and the causes that the movements themselves tell.

use super::charge::not_compared;
use super::finding::{Certainty, Class, Finding, Leg};
use super::habits::{DEBITS_ROUNDED, ID_RESPELLED, Respelled};
use super::{CauseStatus, FindingContext, PendingFindings, hour};
use crate::domain::ledger::{Posting, PostingKind, posting_hash};
use crate::domain::money::{Amount, Mode};
use crate::domain::reconcile::error::PassError;
use crate::domain::reconcile::input::PostingConflict;
use crate::domain::reconcile::posting::classify::{UnmatchedPosting, movements_of};
use crate::domain::reconcile::posting::matching::{CallMatch, Candidates, PostingMatch};
use crate::domain::reconcile::unit_rates::Ratios;

/// Rows of the leg that are calls.
pub(super) fn calls<'a>(
    context: &FindingContext<'a>,
    respelled: &Respelled,
    ratios: &mut Ratios<'_>,
    pending: &mut PendingFindings<'a>,
) -> Result<(), PassError> {
    if !context.input.rules.has_postings {
        return Ok(());
    }
    for row in 0..context.matching.rows.day {
        let class = context.posting.class[row];
        let is_row = class != Class::DuplicateCall && context.posting.on_account.binary_search(&row).is_err();
        if !class.is_quiet() && is_row {
            call(context, respelled, ratios, pending, row, class)?;
        }
    }
    Ok(())
}

fn call<'a>(
    context: &FindingContext<'a>,
    respelled: &Respelled,
    ratios: &mut Ratios<'_>,
    pending: &mut PendingFindings<'a>,
    row: usize,
    class: Class,
) -> Result<(), PassError> {
    let rows = context.matching.rows;
    let movements = movements_of(context.pairing, row);
    let mut finding = context.of_call(Leg::Posting, class, row);
    let target = context.matching.target(row);
    finding.posted = context.posting.posted[row];
    if class != Class::NotCompared {
        finding.difference = finding.posted.zip(target).and_then(|(p, t)| p.checked_sub(t));
    }
    finding = with_movements(context, finding, &movements);
    let event = || format!("{} {}", rows.source_name(row), hour(rows.ended(row)));
    let mut status = CauseStatus::Known;
    let finding = match class {
        Class::NotCompared if target.is_none() => not_compared(context, row, finding),
        Class::NotCompared => finding.because("no_conversion", rows.source_name(row), Certainty::Exact),
        Class::Undecided => {
            let candidate_movements = match context.pairing.call_match[row] {
                CallMatch::Contested(index) => &context.pairing.candidate_movements[index as usize],
                _ => &Candidates::default(),
            };
            let id = |m: &u32| format!("posting {}", context.matching.movements.posting(*m).posting_id);
            let total = candidate_movements.total;
            let mut finding = finding.because("", rows.account_name(row), Certainty::Ambiguous);
            finding.candidates = candidate_movements.some.iter().map(id).collect();
            finding.with("candidates", total)
        }
        Class::DuplicatePosting => finding.because("duplicate_charge", &context.source_day(row), Certainty::Exact),
        Class::WrongAccount => {
            let account = |m: &u32| context.matching.movements.posting(*m).account_id.to_string();
            let mut others: Vec<String> = movements.iter().map(account).collect();
            others.sort_unstable();
            others.dedup();
            finding
                .because("wrong_account", rows.source_name(row), Certainty::Exact)
                .with("posted_to", others.join(" "))
        }
        Class::NotPosted => match context.pairing.out_of_window_of(row).first() {
            Some(&(_, far)) => {
                let posting = context.matching.movements.posting(far);
                finding.posting_id = Some(posting.posting_id.clone());
                let origin = format!("{} {}", rows.source_name(row), hour(posting.posted_at));
                finding.because("posted_late", &origin, Certainty::Exact).with("posted_at", posting.posted_at)
            }
            None => match respelled.movement_of(row) {
                Some(movement) => {
                    let posting = context.matching.movements.posting(movement);
                    finding.posting_id = Some(posting.posting_id.clone());
                    let finding = finding.because(ID_RESPELLED, rows.source_name(row), Certainty::Exact);
                    finding.with("posted_as", format_args!("<{}>", posting.call_id.as_deref().unwrap_or_default()))
                }
                None => finding.because(PARTIAL, &event(), Certainty::Exact),
            },
        },
        _ => {
            let (target, posted) = (target.unwrap_or_default(), finding.posted.unwrap_or_default());
            match structure(context, ratios, row, &movements, target, posted)? {
                Structure::Cause(cause, certainty) => {
                    let origin = if cause == "rounding" { rows.source_name(row).to_string() } else { event() };
                    finding.because(cause, &origin, certainty)
                }
                Structure::Ambiguous(causes) => {
                    let mut finding = finding.because("", &event(), Certainty::Ambiguous);
                    finding.candidates = causes.map(str::to_owned).into();
                    finding
                        .with("decided_by", "whether the ledger debits when a call starts and gives back when it fails")
                }
                Structure::LogIsWrong => {
                    status = CauseStatus::AsCharge(row);
                    finding.with("posted_is", "expected")
                }
                Structure::None => {
                    status = pending.ask(context, ratios, row, posted);
                    finding
                }
                Structure::Less => {
                    // A part was debited only if no way of pricing the call gives what was.
                    let part = (PARTIAL, event());
                    match pending.ask(context, ratios, row, posted) {
                        CauseStatus::Asked(case) => {
                            status = CauseStatus::AskedElse(case, part);
                            finding
                        }
                        _ => finding.because(part.0, &part.1, Certainty::Suspected),
                    }
                }
            }
        }
    };
    pending.push(finding, status);
    Ok(())
}

/// Names the posting, wallet and times of the movements behind a finding.
fn with_movements(context: &FindingContext<'_>, mut finding: Finding, movements: &[u32]) -> Finding {
    let postings: Vec<_> = movements.iter().map(|m| context.matching.movements.posting(*m)).collect();
    if let [only] = postings[..] {
        finding.posting_id = Some(only.posting_id.clone());
    }
    if let Some(first) = postings.first().filter(|f| postings.iter().all(|p| p.wallet == f.wallet)) {
        finding.wallet = Some(first.wallet.to_string());
    }
    for posting in postings {
        let value = format!(
            "{} {} {} {} {}",
            posting.posting_id,
            posting.kind.name(),
            posting.amount,
            posting.unit,
            posting.posted_at
        );
        finding = finding.with("movement", value);
    }
    finding
}

const PARTIAL: &str = "debit_missing_or_partial";

/// What the movements alone tell about a wrong amount.
enum Structure {
    Cause(&'static str, Certainty),
    /// What was posted is what should have been: the recorded amount is the wrong one.
    LogIsWrong,
    /// Either of two.
    Ambiguous([&'static str; 2]),
    /// Nothing, but that less was taken.
    Less,
    None,
}

fn structure(
    context: &FindingContext<'_>,
    ratios: &mut Ratios<'_>,
    row: usize,
    movements: &[u32],
    target: Amount,
    posted: Amount,
) -> Result<Structure, PassError> {
    let debits = debits_by_kind(context, ratios, row, movements)?;
    if let Some(cause) = given_back_too_often(&debits, target, posted) {
        return Ok(Structure::Cause(cause, Certainty::Exact));
    }
    if target.is_zero() && posted.is_positive() {
        match not_given_back(context, row, movements) {
            Structure::None => {}
            known => return Ok(known),
        }
    }
    let (mut open_hold, mut uses, mut releases) = (Amount::ZERO, false, false);
    for (kind, debit) in debits {
        match kind {
            PostingKind::Hold => open_hold = open_hold.checked_add(debit).unwrap_or(open_hold),
            PostingKind::Release => {
                releases = true;
                open_hold = open_hold.checked_add(debit).unwrap_or(open_hold);
            }
            _ => uses = true,
        }
    }
    let is_rest = posted.checked_sub(target) == Some(open_hold);
    if open_hold.is_positive() && (if uses { is_rest } else { !releases }) {
        return Ok(Structure::Cause("hold_only", Certainty::Exact));
    }
    if let Some(expected) = context.compared().expected[row]
        && context.matching.rows.recorded(row).is_some()
        && context.representation(row).same(posted, expected)
    {
        return Ok(Structure::LogIsWrong);
    }
    if let Some(certainty) = coarser(target, posted) {
        return Ok(Structure::Cause("rounding", certainty));
    }
    if posted.is_zero() && target.is_positive() {
        return Ok(Structure::Cause(PARTIAL, Certainty::Exact));
    }
    Ok(if posted < target && posted.is_positive() { Structure::Less } else { Structure::None })
}

type Debits = Vec<(PostingKind, Amount)>;

fn debits_by_kind(
    context: &FindingContext<'_>,
    ratios: &mut Ratios<'_>,
    row: usize,
    movements: &[u32],
) -> Result<Debits, PassError> {
    let debit = |movement: &u32| {
        let kind = context.matching.movements.posting(*movement).kind;
        Ok((kind, context.matching.debit(ratios, *movement, row)?.unwrap_or_default()))
    };
    movements.iter().map(debit).collect()
}

/// More was given back than was taken, or one amount more often than it was taken.
fn given_back_too_often(debits: &Debits, target: Amount, posted: Amount) -> Option<&'static str> {
    let back: Vec<(PostingKind, Amount)> = debits.iter().filter(|d| d.1.is_negative()).copied().collect();
    let missing = target.checked_sub(posted).filter(|m| m.is_positive())?;
    let repeated = |(_, amount): &(PostingKind, Amount)| {
        let given = back.iter().filter(|b| b.1 == *amount).count();
        let taken = debits.iter().filter(|d| d.1 == -*amount).count();
        let more = given - taken.min(given);
        given > 1 && (1..=more).any(|n| (-*amount).checked_mul(i64::try_from(n).unwrap_or(1)) == Some(missing))
    };
    let which = back.iter().find(|b| repeated(b)).or_else(|| back.first().filter(|_| posted.is_negative()))?;
    match which.0 {
        PostingKind::Refund => Some("refund_duplicated"),
        PostingKind::Release => Some("hold_given_back_twice"),
        _ => None,
    }
}

/// A debit that stands on a call that costs nothing: the ledger's where the log says 0; without a charge in the
/// log, what the ledger does with like calls decides.
fn not_given_back(context: &FindingContext<'_>, row: usize, movements: &[u32]) -> Structure {
    let (rows, ledger) = (context.matching.rows, context.matching.movements);
    let postings = |movements: &[u32]| movements.iter().map(|m| ledger.posting(*m)).collect::<Vec<_>>();
    let is_back = |p: &&Posting| matches!(p.kind, PostingKind::Refund | PostingKind::Release);
    let early = |row: usize, own: &[&Posting]| {
        own.iter().any(|p| p.kind == PostingKind::Usage && p.posted_at < rows.ended(row))
    };
    let own = postings(movements);
    if rows.recorded(row).is_some() {
        let sure = early(row, &own) || own.iter().any(is_back);
        return Structure::Cause("refund_missing", if sure { Certainty::Exact } else { Certainty::Suspected });
    }
    if early(row, &own) {
        return Structure::Cause("refund_missing", Certainty::Exact);
    }
    let outcome = context.input.calls.outcome();
    let is_like =
        |other: &usize| rows.source_name(*other) == rows.source_name(row) && outcome.get(*other) == outcome.get(row);
    let gives_back = (0..rows.day).filter(is_like).any(|other| {
        let all = postings(&movements_of(context.pairing, other));
        all.iter().any(is_back) && all.iter().any(|p| p.kind == PostingKind::Usage)
    });
    if gives_back {
        return Structure::Cause("refund_missing", Certainty::Suspected);
    }
    let ever = ledger.iter().any(|(m, _)| is_back(&ledger.posting(m)));
    if ever { Structure::Ambiguous(["failed_call_charged", "refund_missing"]) } else { Structure::None }
}

/// Whether `posted` is `target` written with fewer places. Rounding always up or always down is only
/// believed where little was lost.
pub(super) fn coarser(target: Amount, posted: Amount) -> Option<Certainty> {
    let scale = posted.to_exact().scale();
    let many_digits = posted.significant_digits() >= 3;
    if posted.is_zero() || scale >= target.to_exact().scale() {
        return None;
    }
    let modes: &[Mode] = if many_digits { &Mode::ALL } else { &[Mode::HalfUp, Mode::HalfEven] };
    let fits = modes.iter().any(|mode| target.round(scale, *mode) == Some(posted));
    fits.then_some(if many_digits { Certainty::Exact } else { Certainty::Suspected })
}

/// Movements of the day that are no call's.
pub(super) fn unmatched(context: &FindingContext<'_>, respelled: &Respelled, pending: &mut PendingFindings<'_>) {
    for one in context.posting.unmatched.iter().filter(|one| !one.class.is_quiet()) {
        pending.push(movement(context, respelled, one), CauseStatus::Known);
    }
}

fn movement(context: &FindingContext<'_>, respelled: &Respelled, unmatched: &UnmatchedPosting) -> Finding {
    let (rows, posting) = (context.matching.rows, context.matching.movements.posting(unmatched.movement));
    let mut finding = Finding::new(Leg::Posting, unmatched.class, Leg::Posting.name(), &[&posting.posting_id]);
    finding.source = posting.source.as_deref().map(str::to_owned);
    finding.account_id = Some(posting.account_id.to_string());
    finding.api_key_id = posting.api_key_id.as_deref().map(str::to_owned);
    finding.wallet = Some(posting.wallet.to_string());
    finding.call_id.clone_from(&posting.call_id);
    finding.attempt = posting.attempt;
    finding.posting_id = Some(posting.posting_id.clone());
    finding.at = Some(posting.posted_at);
    finding.unit = Some(posting.unit.to_string());
    finding.posted = Some(-posting.amount);
    finding.difference = Some(unmatched.posted);
    finding = finding.with("kind", posting.kind.name());
    let origin = match &posting.source {
        Some(source) => format!("{source} {}", hour(posting.posted_at)),
        None => hour(posting.posted_at).to_string(),
    };
    match context.pairing.posting_match[unmatched.movement as usize] {
        PostingMatch::OutOfWindow(row) => {
            let row = row as usize;
            finding.source = Some(rows.source_name(row).to_string());
            finding.attempt = Some(rows.attempt(row));
            let origin = format!("{} {}", rows.source_name(row), hour(posting.posted_at));
            let finding = finding.because("posted_late", &origin, Certainty::Exact);
            finding.with("call_started_at", rows.started(row)).with("call_ended_at", rows.ended(row))
        }
        PostingMatch::Contested(index) => {
            let contest = &context.pairing.candidate_calls[index as usize];
            let name = |row: &u32| {
                let (call_id, source, attempt) = rows.identity(*row as usize);
                format!("call {source} {call_id} {attempt}")
            };
            finding = finding.because("", &posting.account_id, Certainty::Ambiguous);
            finding.candidates = contest.some.iter().map(name).collect();
            finding.with("candidates", contest.total)
        }
        PostingMatch::Span(index) if context.pairing.spans[index as usize].calls > 0 => {
            let group = &context.pairing.spans[index as usize];
            (finding.recorded, finding.posted) = (Some(group.due), Some(group.debit));
            let certain = if unmatched.posted.is_negative() { "debit_missing_or_partial" } else { "" };
            if let Some(certainty) = coarser(group.due, group.debit) {
                // Every debit of the ledger, of whatever hour: one habit.
                let ledger = posting.source.as_deref().unwrap_or("ledger");
                finding = finding.because(DEBITS_ROUNDED, ledger, certainty);
            } else if !certain.is_empty() {
                finding = finding.because(certain, &origin, Certainty::Suspected);
            } else {
                finding = finding.because("", &origin, Certainty::Unexplained);
            }
            finding = finding.with("calls", group.calls);
            for (name, at) in [("covers_from", posting.covers_from), ("covers_until", posting.covers_until)] {
                if let Some(at) = at {
                    finding = finding.with(name, at);
                }
            }
            finding
        }
        _ => {
            if let Some(row) = respelled.row_of(unmatched.movement) {
                let finding = finding.because(ID_RESPELLED, rows.source_name(row), Certainty::Exact);
                return finding.with("logged_as", format_args!("<{}>", rows.call_id(row)));
            }
            // A debit that names a call which is not in the log is proof; one that names none is not.
            let named = posting.call_id.is_some();
            finding.because("log_row_lost", &origin, if named { Certainty::Exact } else { Certainty::Suspected })
        }
    }
}

/// A ledger that says two things under one id: one of them stands, and a person must see the other.
pub(crate) fn conflict_finding(set_aside: &Posting, conflict: &PostingConflict) -> Finding {
    let content = format!("{:032x}", posting_hash(set_aside));
    let mut finding = Finding::of_posting(
        Leg::Funding,
        Class::PostingConflict,
        "posting_conflict",
        &[&set_aside.posting_id, &content],
        set_aside,
    );
    finding.expected = Some(-conflict.stands_for);
    finding.difference = conflict.stands_for.checked_sub(conflict.amount);
    finding
        .because("posting_conflict", &set_aside.account_id, Certainty::Exact)
        .with("stands", format_args!("{} {}", conflict.stands_for, set_aside.unit))
        .with("set_aside", format_args!("{} {}", conflict.amount, set_aside.unit))
}
