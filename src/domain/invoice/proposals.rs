//! What is proposed under the statements of an account: of each call expected - posted, once, on the wallet that paid
//! it or would have paid it.
//!
//! A call that somebody else was debited for is proposed to both: to be given back there, to be debited here.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::document::Proposal;
use crate::domain::call::name_hash;
use crate::domain::ledger::{Posting, WalletDay, WalletId};
use crate::domain::money::Amount;
use crate::domain::period::Instant;
use crate::domain::reconcile::{Certainty, Class, Finding, Leg};

/// The wallet of an account that is meant where none is named.
const MAIN: &str = "main";

/// What one posting took for a call.
#[derive(Clone, Debug)]
pub(crate) struct CallDebit {
    wallet: WalletId,
    source: Option<Arc<str>>,
    attempt: Option<u32>,
    posted_at: Instant,
    posting_id: String,
    /// Positive: debited.
    amount: Amount,
}

/// The debits of calls that something is found about, by the hash of the call's id.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallDebits {
    wanted: HashSet<u64>,
    by_call: HashMap<u64, Vec<CallDebit>>,
}

/// Whether a finding says that a call was debited otherwise than it should have been.
fn is_judged(finding: &Finding) -> bool {
    matches!(
        (finding.leg, finding.class),
        (Leg::Charge, Class::AmountMismatch)
            | (Leg::Posting, Class::AmountMismatch | Class::NotPosted | Class::DuplicatePosting | Class::WrongAccount)
    )
}

impl CallDebits {
    /// Of the calls of these findings; none is known yet.
    pub(crate) fn of(findings: &[Finding]) -> CallDebits {
        let judged = findings.iter().filter(|f| is_judged(f));
        let wanted = judged.filter_map(|f| f.call_id.as_deref().map(name_hash)).collect();
        CallDebits { wanted, by_call: HashMap::new() }
    }

    /// Notes a posting that counts for the calls of a day.
    pub(crate) fn add(&mut self, posting: &Posting) {
        let Some(call) = posting.call_id.as_deref().filter(|_| posting.kind.pays_for_calls()) else { return };
        let key = name_hash(call);
        if !self.wanted.contains(&key) {
            return;
        }
        let known = self.by_call.entry(key).or_default();
        if known.iter().all(|d| d.posting_id != posting.posting_id) {
            known.push(CallDebit {
                wallet: posting.wallet_id(),
                source: posting.source.clone(),
                attempt: posting.attempt,
                posted_at: posting.posted_at,
                posting_id: posting.posting_id.clone(),
                amount: -posting.amount,
            });
        }
    }

    /// Those of a finding's call.
    fn behind(&self, finding: &Finding) -> Vec<&CallDebit> {
        let all = finding.call_id.as_deref().and_then(|call| self.by_call.get(&name_hash(call)));
        let is_of = |d: &&CallDebit| {
            d.source.as_deref().is_none_or(|s| finding.source.as_deref() == Some(s))
                && d.attempt.is_none_or(|a| finding.attempt == Some(a))
        };
        all.map_or_else(Vec::new, |all| all.iter().filter(is_of).collect())
    }

    /// Other accounts that were debited for a finding's call.
    pub(crate) fn debited_instead(&self, finding: &Finding) -> Vec<Arc<str>> {
        let mut others: Vec<Arc<str>> = Vec::new();
        if finding.class == Class::WrongAccount {
            let accounts = self.behind(finding).into_iter().map(|d| d.wallet.account_id.clone());
            others.extend(accounts.filter(|a| finding.account_id.as_deref() != Some(a)));
            others.sort_unstable();
            others.dedup();
        }
        others
    }
}

/// An account's wallets that get a statement, and what is known of its calls.
pub(crate) struct Proposing<'a> {
    pub(crate) wallets: &'a [&'a WalletDay],
    pub(crate) debits: &'a CallDebits,
}

/// Proposals by wallet.
pub(crate) type Proposals = BTreeMap<WalletId, Vec<Proposal>>;

impl Proposing<'_> {
    /// What findings about an account's calls, and about calls of others that it was debited for, propose. `None` on
    /// overflow.
    pub(crate) fn all<'f>(
        &self,
        own: impl IntoIterator<Item = &'f Finding>,
        of_others: &[Finding],
    ) -> Option<Proposals> {
        let mut calls: BTreeMap<(&str, &str, u32, &str), Vec<&Finding>> = BTreeMap::new();
        for finding in own.into_iter().filter(|f| is_judged(f)) {
            let text = |text: &'f Option<String>| text.as_deref().unwrap_or_default();
            let posting = if finding.call_id.is_some() { "" } else { text(&finding.posting_id) };
            let key = (text(&finding.source), text(&finding.call_id), finding.attempt.unwrap_or_default(), posting);
            calls.entry(key).or_default().push(finding);
        }
        let mut found: BTreeMap<WalletId, BTreeMap<String, Proposal>> = BTreeMap::new();
        let mut propose = |wallet: WalletId, cause: String, calls: u64, amount: Amount| {
            let fresh = || Proposal { cause: cause.clone(), calls: 0, amount: Amount::ZERO };
            let proposal = found.entry(wallet).or_default().entry(cause.clone()).or_insert_with(fresh);
            proposal.calls += calls;
            proposal.amount = proposal.amount.checked_add(amount)?;
            Some(())
        };
        for findings in calls.into_values() {
            let amount = self.amount(&findings)?;
            let Some(wallet) = self.wallet(&findings).filter(|_| !amount.is_zero()) else { continue };
            propose(wallet, cause(&findings), count(&findings), amount)?;
        }
        for finding in of_others {
            for rolled in self.wallets {
                let took = self.debits.behind(finding).into_iter().filter(|d| d.wallet == rolled.wallet);
                let took = Amount::sum(took.map(|d| d.amount))?;
                if !took.is_zero() {
                    propose(rolled.wallet.clone(), cause(&[finding]), 1, -took)?;
                }
            }
        }
        let rows = |by_cause: BTreeMap<String, Proposal>| {
            by_cause.into_values().filter(|p| !p.amount.is_zero()).collect::<Vec<Proposal>>()
        };
        Some(found.into_iter().map(|(wallet, by_cause)| (wallet, rows(by_cause))).collect())
    }

    /// Expected - posted of one call, as its own account's wallets were debited.
    fn amount(&self, findings: &[&Finding]) -> Option<Amount> {
        if let Some(elsewhere) = findings.iter().find(|f| f.class == Class::WrongAccount) {
            let own = |d: &&CallDebit| Some(&*d.wallet.account_id) == elsewhere.account_id.as_deref();
            let posted = Amount::sum(self.debits.behind(elsewhere).into_iter().filter(own).map(|d| d.amount))?;
            let due = elsewhere.expected.or(elsewhere.recorded).unwrap_or_default();
            return due.checked_sub(posted);
        }
        Amount::sum(findings.iter().filter_map(|f| f.difference)).map(|sum| -sum)
    }

    /// The wallet that paid a call: of several the one that paid most, of what was taken twice the one it was taken
    /// from last; where none did, the one that would have.
    fn wallet(&self, findings: &[&Finding]) -> Option<WalletId> {
        let first = findings.first()?;
        let unit = first.unit.as_deref()?;
        let own: Vec<&WalletDay> = self.wallets.iter().copied().filter(|w| &*w.wallet.unit == unit).collect();
        let debits: Vec<&CallDebit> =
            self.debits.behind(first).into_iter().filter(|d| own.iter().any(|w| w.wallet == d.wallet)).collect();
        let is_twice = findings.iter().any(|f| f.class == Class::DuplicatePosting);
        let took = |wallet: &WalletId| {
            Amount::sum(debits.iter().filter(|d| d.wallet == *wallet).map(|d| d.amount)).unwrap_or_default()
        };
        let paid = match is_twice {
            true => debits.iter().max_by_key(|d| (d.posted_at, &d.posting_id)),
            false => {
                debits.iter().max_by_key(|d| (took(&d.wallet), &*d.wallet.wallet == MAIN, std::cmp::Reverse(&d.wallet)))
            }
        };
        if let Some(debit) = paid {
            return Some(debit.wallet.clone());
        }
        let named = findings.iter().find_map(|f| f.wallet.as_deref());
        let of_name = |name: &str| own.iter().find(|w| &*w.wallet.wallet == name);
        let would = named.and_then(of_name).or_else(|| of_name(MAIN));
        let usage = |w: &WalletDay| {
            let usage = w.movements.iter().filter(|(kind, _)| *kind == "usage").map(|m| m.1);
            Amount::sum(usage).unwrap_or_default()
        };
        // The one most calls are debited to: usage is negative.
        let would = would.or_else(|| own.iter().min_by_key(|w| usage(w)));
        would.map(|w| w.wallet.clone())
    }
}

/// How many calls findings about one call, or about one debit of many, speak of.
fn count(findings: &[&Finding]) -> u64 {
    let of_span = findings.iter().filter(|f| f.call_id.is_none());
    let said = of_span.flat_map(|f| &f.evidence).find(|(name, _)| name == "calls").and_then(|(_, n)| n.parse().ok());
    said.unwrap_or(1)
}

/// Why a call is proposed: every cause that was found, once.
fn cause(findings: &[&Finding]) -> String {
    let mut causes: Vec<&str> = findings.iter().flat_map(|f| f.cause.split('+')).filter(|c| !c.is_empty()).collect();
    causes.sort_unstable();
    causes.dedup();
    match causes.is_empty() {
        false => causes.join("+"),
        true if findings.iter().any(|f| f.certainty == Certainty::Ambiguous) => "ambiguous".to_owned(),
        true => "unexplained".to_owned(),
    }
}
