//! What paid for the calls of postpaid accounts: a wallet that was filled beforehand, a gift, or nobody yet.
//!
//! The ledger's movements are followed in the order in which they happen, so that each debit is known by the
//! money it took, and each call by its debits.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::error::BillingError;
use super::terms::account_row;
use crate::domain::call::name_hash;
use crate::domain::ledger::{LedgerState, Mode, Parties, Portion, Posting, WalletId, WalletState, posting_order};
use crate::domain::money::{Amount, Units};
use crate::domain::period::{Day, Instant};

/// The wallet of a postpaid account that its invoices settle: money paid into it is money on account.
const OWED: &str = "main";

/// What of a call its debits paid for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PaidBy {
    /// Out of wallets that were filled beforehand.
    pub(crate) ahead: Amount,
    /// Out of gifts.
    pub(crate) given: Amount,
}

/// What debits of one call took from one wallet and no row has used yet.
#[derive(Clone, Debug)]
struct Debit {
    wallet: WalletId,
    source: Option<Arc<str>>,
    attempt: Option<u32>,
    took: Portion,
}

/// A call as its postings name it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DebitedCall<'a> {
    pub(crate) account: &'a str,
    pub(crate) key: u64,
    pub(crate) source: &'a str,
    pub(crate) attempt: u32,
    pub(crate) started_at: Instant,
    /// Of `posted`.
    pub(crate) unit: &'a str,
    pub(crate) posted: Amount,
}

/// Of postpaid accounts: their wallets, and what each call's debits took from them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Debits {
    accounts: HashSet<String>,
    wallets: HashMap<WalletId, WalletState>,
    filled: HashSet<WalletId>,
    /// Accounts with a filled wallet.
    ahead: HashSet<Arc<str>>,
    by_call: HashMap<u64, Vec<Debit>>,
    /// Of debits that name no call, by their id.
    loose: HashMap<String, Debit>,
    /// The loose ones that pay for calls of a day, in the order in which they are used up.
    of_day: HashMap<(Arc<str>, Day), Vec<String>>,
}

impl Debits {
    /// Of the accounts that are postpaid at a month's end; `after` is how the month left their wallets.
    pub(crate) fn new(parties: &Parties, end: Instant, after: &LedgerState) -> Debits {
        let postpaid = |id: &str| account_row(parties, id, end).is_some_and(|a| a.mode == Mode::Postpaid);
        let ids = parties.accounts().map(|a| a.account_id.as_str()).filter(|id| postpaid(id));
        let mut debits = Debits { accounts: ids.map(str::to_owned).collect(), ..Debits::default() };
        for (id, state) in after.wallets.iter().filter(|(id, _)| debits.accounts.contains(&*id.account_id)) {
            let is_package = !state.terms.is_empty();
            if state.last_purchase.is_some() && (is_package || &*id.wallet != OWED) {
                debits.filled.insert(id.clone());
                debits.ahead.insert(id.account_id.clone());
            }
        }
        debits
    }

    /// Whether there is anything that may pay in place of an invoice, so that the ledger has to be followed.
    pub(crate) fn wants_postings(&self, after: &LedgerState) -> bool {
        let given =
            |(id, state): (&WalletId, &WalletState)| self.accounts.contains(&*id.account_id) && !state.grants.is_zero();
        !self.filled.is_empty() || after.wallets.iter().any(given)
    }

    pub(crate) fn is_of_postpaid(&self, posting: &Posting) -> bool {
        self.accounts.contains(&*posting.account_id)
    }

    pub(crate) fn filled(&self) -> &HashSet<WalletId> {
        &self.filled
    }

    /// Whether an account has a wallet that was filled beforehand.
    pub(crate) fn pays_ahead(&self, account: &str) -> bool {
        self.ahead.contains(account)
    }

    /// Begins with the wallets as they were before the first movement to be followed.
    pub(crate) fn open(&mut self, before: &LedgerState) {
        let own = before.wallets.iter().filter(|(id, _)| self.accounts.contains(&*id.account_id));
        self.wallets = own.map(|(id, state)| (id.clone(), state.clone())).collect();
    }

    /// Follows a day's movements; days come in their order.
    ///
    /// # Errors
    /// Overflow.
    pub(crate) fn follow(&mut self, postings: &[Posting]) -> Result<(), BillingError> {
        let own = |p: &&Posting| p.kind.moves_wallet() && self.accounts.contains(&*p.account_id);
        let mut own: Vec<&Posting> = postings.iter().filter(own).collect();
        own.sort_by(|a, b| posting_order(a, b));
        for posting in own {
            self.one(posting).ok_or_else(|| {
                BillingError::Overflow(format!("wallet {} of {} overflows", posting.wallet, posting.account_id))
            })?;
        }
        Ok(())
    }

    fn one(&mut self, p: &Posting) -> Option<()> {
        let id = p.wallet_id();
        let state = self.wallets.entry(id.clone()).or_default();
        if !p.kind.pays_for_calls() {
            return state.follow(p, None).map(|_| ());
        }
        let Some(call) = p.call_id.as_deref() else {
            let took = state.follow(p, None)?;
            if p.amount.is_negative() {
                let debit = Debit { wallet: id, source: p.source.clone(), attempt: None, took };
                self.loose.insert(p.posting_id.clone(), debit);
            }
            return Some(());
        };
        let debits = self.by_call.entry(name_hash(call)).or_default();
        let is_same = |d: &Debit| d.wallet == id && d.attempt == p.attempt && d.source == p.source;
        if p.amount.is_negative() {
            let took = state.follow(p, None)?;
            match debits.iter_mut().find(|d| is_same(d)) {
                Some(debit) => {
                    debit.took.given = debit.took.given.checked_add(took.given)?;
                    debit.took.paid = debit.took.paid.checked_add(took.paid)?;
                }
                None => debits.push(Debit { wallet: id, source: p.source.clone(), attempt: p.attempt, took }),
            }
            return Some(());
        }
        // What comes back goes where the call's own debits took it: first what nobody had paid yet.
        let known = debits.iter().position(is_same).or_else(|| debits.iter().position(|d| d.wallet == id));
        let known = known.and_then(|at| debits.get_mut(at));
        let Some(debit) = known.filter(|d| d.took.paid.checked_add(d.took.given).is_some_and(|all| p.amount <= all))
        else {
            return state.follow(p, None).map(|_| ());
        };
        let paid = p.amount.min(debit.took.paid);
        let back = Portion { paid, given: p.amount.checked_sub(paid)? };
        debit.took.paid = debit.took.paid.checked_sub(back.paid)?;
        debit.took.given = debit.took.given.checked_sub(back.given)?;
        state.follow(p, Some(back)).map(|_| ())
    }

    /// Says of a day that its calls are paid by these; `own` says of each whether it was posted on the day. Only
    /// those that name no call need it.
    pub(crate) fn pay_for(&mut self, day: Day, counted: &[(&Posting, bool)]) {
        let loose = |(p, _): &&(&Posting, bool)| p.call_id.is_none() && p.kind.pays_for_calls();
        for elsewhere in [true, false] {
            for (posting, _) in counted.iter().filter(loose).filter(|(_, own)| *own != elsewhere) {
                let list = self.of_day.entry((posting.account_id.clone(), day)).or_default();
                list.push(posting.posting_id.clone());
            }
        }
    }

    /// What of a call was paid for, and by what; no debit counts twice. What the ledger does not say the wallet of
    /// counts as paid ahead where the account has such a wallet: nobody pays twice.
    ///
    /// # Errors
    /// Overflow.
    pub(crate) fn paid_by(&mut self, call: &DebitedCall<'_>, day: Day, units: &Units) -> Result<PaidBy, BillingError> {
        let overflow = || BillingError::overflow("what was debited for a call");
        let mut paid = PaidBy::default();
        let mut open = call.posted;
        let names = |d: &&mut Debit| {
            d.source.as_deref().is_none_or(|s| s == call.source) && d.attempt.is_none_or(|a| a == call.attempt)
        };
        if let Some(debits) = self.by_call.get_mut(&call.key) {
            for debit in debits.iter_mut().filter(names) {
                let part = use_up(debit, &self.filled, call, open, units).ok_or_else(overflow)?;
                part.add_to(&mut paid, &mut open).ok_or_else(overflow)?;
            }
        }
        if open.is_positive() && !self.of_day.is_empty() {
            let account: Arc<str> = call.account.into();
            for id in self.of_day.get(&(account, day)).into_iter().flatten() {
                let Some(debit) = self.loose.get_mut(id) else { continue };
                let part = use_up(debit, &self.filled, call, open, units).ok_or_else(overflow)?;
                part.add_to(&mut paid, &mut open).ok_or_else(overflow)?;
            }
        }
        if open.is_positive() && self.ahead.contains(call.account) {
            paid.ahead = paid.ahead.checked_add(open).ok_or_else(overflow)?;
        }
        Ok(paid)
    }
}

/// What one debit is for a call, in the call's unit.
struct Part {
    ahead: Amount,
    given: Amount,
    all: Amount,
}

impl Part {
    fn add_to(&self, paid: &mut PaidBy, open: &mut Amount) -> Option<()> {
        paid.ahead = paid.ahead.checked_add(self.ahead)?;
        paid.given = paid.given.checked_add(self.given)?;
        *open = open.checked_sub(self.all)?;
        Some(())
    }
}

/// Uses up to `open` of a debit for a call: what a gift paid first. A debit of another account's wallet is what
/// it is, and no money of this account.
fn use_up(
    debit: &mut Debit,
    filled: &HashSet<WalletId>,
    call: &DebitedCall<'_>,
    open: Amount,
    units: &Units,
) -> Option<Part> {
    let unit = &*debit.wallet.unit;
    let (into, from) = match unit == call.unit {
        true => (None, None),
        false => (units.ratio(unit, call.unit, call.started_at), units.ratio(call.unit, unit, call.started_at)),
    };
    let mut left = open;
    let mut part = |took: &mut Amount| -> Option<Amount> {
        let worth = match into {
            Some(ratio) => ratio.apply(*took)?,
            None if unit == call.unit => *took,
            None => return Some(Amount::ZERO),
        };
        let used = worth.min(left).max(Amount::ZERO);
        let rest =
            if used == worth { Amount::ZERO } else { took.checked_sub(from.map_or(Some(used), |r| r.apply(used))?)? };
        *took = rest;
        left = left.checked_sub(used)?;
        Some(used)
    };
    let given = part(&mut debit.took.given)?;
    let paid = part(&mut debit.took.paid)?;
    let all = given.checked_add(paid)?;
    let zero = Amount::ZERO;
    Some(match (*debit.wallet.account_id == *call.account, filled.contains(&debit.wallet)) {
        (false, _) => Part { ahead: zero, given: zero, all },
        (true, true) => Part { ahead: all, given: zero, all },
        (true, false) => Part { ahead: zero, given, all },
    })
}
