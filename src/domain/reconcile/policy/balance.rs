//! The balance leg: why opening + movements is not what the ledger says is in a wallet.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::day_view::DayView;
use crate::domain::ledger::{Break, Named, NamedAmount, Overflow, Posting, Rolled, WalletId};
use crate::domain::money::Amount;
use crate::domain::reconcile::Certainty;
use crate::domain::reconcile::findings::finding::{Class, Finding, Leg};

/// Fewer movements than this make an accidental fit implausible, whatever the amount.
const FEW: usize = 16;
/// An amount of so many digits fits by accident hardly ever.
const MANY_DIGITS: u32 = 3;
const SHOWN: usize = 8;

/// Differences of the posting leg that a balance may show: it was debited by what the gateway
/// recorded, and the postings say less (or nothing).
pub(super) fn named_amounts(input: &DayView) -> Vec<Named> {
    let only = only_wallets(input);
    let of = |f: &Finding| {
        let debit = matches!(f.class, Class::NotPosted | Class::AmountMismatch) && f.leg == Leg::Posting;
        let amount = f.difference.filter(|d| debit && !d.is_zero())?;
        let (account, unit) = (f.account_id.as_deref()?, f.unit.as_deref()?);
        let known = || only.get(&(account, unit)).copied().flatten().map(str::to_owned);
        let wallet = f.wallet.clone().or_else(known).unwrap_or_else(|| "main".to_owned());
        Some(Named {
            wallet: WalletId { account_id: account.into(), wallet: wallet.into(), unit: unit.into() },
            amount: NamedAmount {
                about: f.call_id.clone().unwrap_or_else(|| f.finding_id.clone()),
                cause: "debit_missing_or_partial".to_owned(),
                at: f.at.unwrap_or(input.span.0),
                amount,
            },
        })
    };
    input.posting_findings.iter().filter_map(of).collect()
}

/// The wallet of each account and unit, where there is only one.
fn only_wallets<'a>(input: &DayView<'a>) -> BTreeMap<(&'a str, &'a str), Option<&'a str>> {
    let mut only: BTreeMap<(&str, &str), Option<&str>> = BTreeMap::new();
    if input.posting_findings.is_empty() {
        return only;
    }
    let mut note = |account: &'a Arc<str>, unit: &'a Arc<str>, wallet: &'a Arc<str>| {
        let one = only.entry((account, unit)).or_insert(Some(wallet));
        *one = one.filter(|known| *known == &**wallet);
    };
    for p in input.postings.iter().filter(|p| p.kind.moves_wallet()) {
        note(&p.account_id, &p.unit, &p.wallet);
    }
    for id in input.opening.wallets.keys() {
        note(&id.account_id, &id.unit, &id.wallet);
    }
    only
}

/// One thing that would explain a residual exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Candidate {
    cause: &'static str,
    about: String,
    posting_id: Option<String>,
}

/// One finding per broken interval; writes into the roll-forward how much of it is named.
pub(super) fn breaks(input: &DayView, rolled: &mut Rolled) -> Result<Vec<Finding>, Overflow> {
    let mut findings = Vec::new();
    let at_hand = at_hand(input, &rolled.breaks);
    for broken in &rolled.breaks {
        let too_large =
            || Overflow::of(format_args!("wallet {} of {}", broken.wallet.wallet, broken.wallet.account_id));
        let residual = broken.residual().ok_or_else(too_large)?;
        let postings = at_hand.get(&broken.wallet).map_or(&[][..], Vec::as_slice);
        let (finding, named) = explain(&Interval::new(broken, postings), residual);
        findings.push(finding);
        if let Ok(at) = rolled.days.binary_search_by(|d| d.wallet.cmp(&broken.wallet)) {
            let day = &mut rolled.days[at];
            day.named = day.named.checked_add(named).ok_or_else(too_large)?;
        }
    }
    Ok(findings)
}

/// The postings of the wallets that broke, in no order; those of earlier days are among them as far
/// back as the day's calls can be paired.
fn at_hand<'a>(input: &DayView<'a>, breaks: &[Break]) -> HashMap<WalletId, Vec<&'a Posting>> {
    let mut postings: HashMap<WalletId, Vec<&Posting>> =
        breaks.iter().map(|b| (b.wallet.clone(), Vec::new())).collect();
    if postings.is_empty() {
        return postings;
    }
    for p in input.postings.iter().filter(|p| p.kind.moves_wallet()) {
        if let Some(own) = postings.get_mut(&p.wallet_id()) {
            own.push(p);
        }
    }
    postings
}

/// A broken interval with what is known of its single movements: id and amount.
struct Interval<'b> {
    broken: &'b Break,
    movements: Vec<(&'b str, Amount)>,
}

impl<'b> Interval<'b> {
    fn new(broken: &'b Break, postings: &[&'b Posting]) -> Interval<'b> {
        let inside = postings.iter().filter(|p| broken.contains(p.posted_at));
        let mut movements: Vec<(&str, Amount)> = inside.map(|p| (p.posting_id.as_str(), p.amount)).collect();
        let known: HashSet<&str> = movements.iter().map(|(id, _)| *id).collect();
        let listed = broken.before.listed.iter().filter(|l| !known.contains(l.posting_id.as_str()));
        movements.extend(listed.map(|l| (l.posting_id.as_str(), l.amount)));
        Interval { broken, movements }
    }

    /// Whether an accidental fit is implausible: every movement of the interval is at hand, and they
    /// are few or the amount has many digits.
    fn sure(&self, residual: Amount) -> bool {
        let moved: u64 = self.broken.before.moved.values().map(|m| m.n).sum();
        let few = self.movements.len() <= FEW || residual.significant_digits() >= MANY_DIGITS;
        self.movements.len() as u64 == moved && few
    }

    /// Credit that ran out within the interval, and that the balance no longer has: the whole of one or of all, or
    /// what is left of what was given, once debits took of it.
    fn ended(&self, residual: Amount) -> Option<Candidate> {
        let (broken, before) = (self.broken, &self.broken.before);
        let over: Vec<_> = before.endings.iter().filter(|e| broken.from < e.until && e.until <= broken.until).collect();
        let lost = -residual;
        let whole = over.iter().find(|e| e.amount == lost);
        let all = Amount::sum(over.iter().map(|e| e.amount));
        let left = before.given.left_of_ended(broken.from, broken.until);
        let rest = left == Some(lost) && lost.is_positive() && all.is_some_and(|all| lost < all);
        let (about, posting_id) = match whole {
            Some(one) => (format!("posting {} until {}", one.posting_id, one.until), Some(one.posting_id.clone())),
            None if over.len() > 1 && all == Some(lost) => (format!("{} credits", over.len()), None),
            None if !over.is_empty() && rest => ("what was left of what was given".to_owned(), None),
            None => return None,
        };
        Some(Candidate { cause: "grant_ended_unposted", about, posting_id })
    }

    /// Every single thing that equals the residual: a movement the balance lacks, one it holds
    /// twice, a debit it shows that was not posted.
    fn candidates(&self, residual: Amount) -> Vec<Candidate> {
        let mut found = Vec::new();
        for (id, amount) in self.movements.iter().filter(|(_, amount)| amount.abs() == residual.abs()) {
            let cause = if *amount == residual { "posting_counted_twice" } else { "posting_not_in_balance" };
            found.push(Candidate { cause, about: format!("posting {id}"), posting_id: Some((*id).to_owned()) });
        }
        for named in self.broken.before.named.listed.iter().filter(|n| n.amount == residual) {
            let about = format!("call {}", named.about);
            found.push(Candidate { cause: "debit_missing_or_partial", about, posting_id: None });
        }
        found.extend(self.ended(residual));
        found.sort_by(|a, b| (a.cause, &a.about).cmp(&(b.cause, &b.about)));
        found
    }
}

/// The finding of a broken interval, and how much of its residual is named: all of it, or nothing. What leaves a
/// rest explains nothing.
fn explain(interval: &Interval, residual: Amount) -> (Finding, Amount) {
    let broken = interval.broken;
    let mut candidates = interval.candidates(residual);
    let named = &broken.before.named;
    if named.n > 1 && named.sum == residual {
        // All of them together; a single posting of that size would be the coincidence.
        let about = format!("{} calls", named.n);
        candidates = vec![Candidate { cause: "debit_missing_or_partial", about, posting_id: None }];
    }
    let explained = match candidates.len() {
        1 => residual,
        _ => Amount::ZERO,
    };
    let rest = residual.checked_sub(explained).unwrap_or(residual);
    let mut finding = head(broken, residual);
    let id = &broken.wallet;
    let origin = format!("{}/{}/{} until {}", id.account_id, id.wallet, id.unit, broken.until);
    finding = match candidates.as_slice() {
        [] => finding.because("balance_unexplained", &origin, Certainty::Unexplained),
        [one] => {
            finding.posting_id.clone_from(&one.posting_id);
            let certainty = if interval.sure(residual) { Certainty::Exact } else { Certainty::Suspected };
            finding.because(one.cause, &origin, certainty).with("about", &one.about)
        }
        several => {
            let mut causes: Vec<String> = several.iter().map(|c| c.cause.to_owned()).collect();
            causes.dedup();
            let cause = if causes.len() == 1 { several[0].cause } else { "balance_unexplained" };
            let listed = several.iter().take(SHOWN).map(|c| format!("{} {}", c.cause, c.about));
            finding.candidates = listed.collect();
            finding.because(cause, &origin, Certainty::Ambiguous).with("fits", several.len())
        }
    };
    finding = finding.with("opening", broken.opening);
    for (kind, moved) in &broken.before.moved {
        finding = finding.with(kind.name(), moved.sum);
    }
    finding = finding.with("computed", broken.computed).with("closing", broken.asserted);
    for one in named.listed.iter().take(SHOWN) {
        finding = finding.with("named_difference", format_args!("{} {} {}", one.cause, one.about, one.amount));
    }
    if named.n > 0 {
        finding = finding.with("named_differences", format_args!("{} in {} rows", named.sum, named.n));
    }
    (finding.with("named", explained).with("unexplained", rest), explained)
}

fn head(broken: &Break, residual: Amount) -> Finding {
    let id = &broken.wallet;
    let (from, until) = (broken.from.to_string(), broken.until.to_string());
    let key = [&*id.account_id, &*id.wallet, &*id.unit, &from, &until];
    let mut finding = Finding::new(Leg::Balance, Class::BalanceBreak, "balance", &key);
    finding.account_id = Some(id.account_id.to_string());
    finding.wallet = Some(id.wallet.to_string());
    finding.unit = Some(id.unit.to_string());
    finding.at = Some(broken.until);
    finding.from = Some(broken.from);
    finding.until = Some(broken.until);
    finding.expected = Some(broken.computed);
    finding.recorded = Some(broken.asserted);
    finding.difference = Some(residual);
    finding
}
