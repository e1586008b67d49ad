//! One wallet between two balances: what moved, what it holds, what of it was paid for.

use std::collections::BTreeMap;

use super::gifts::Given;
use super::postings::{Posting, PostingKind};
use crate::domain::money::Amount;
use crate::domain::period::Instant;

/// How many single movements and named differences a wallet remembers from earlier days.
pub(super) const REMEMBERED: usize = 32;

/// A sum has more than 38 digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sum of {what} has more than 38 digits")]
pub struct Overflow {
    pub what: String,
}

impl Overflow {
    pub fn of(what: impl ToString) -> Overflow {
        Overflow { what: what.to_string() }
    }
}

/// Movements of one kind since the open interval began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    pub n: u64,
    pub sum: Amount,
}

/// A movement that pays for no call, since the open interval began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub posting_id: String,
    pub kind: PostingKind,
    pub at: Instant,
    pub amount: Amount,
}

/// A difference of the posting leg that a later balance may show: posted - recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedAmount {
    /// The call it is about, or the finding.
    pub about: String,
    pub cause: String,
    pub at: Instant,
    pub amount: Amount,
}

/// Named differences since the open interval began: all of them summed, the first ones listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedSum {
    pub n: u64,
    pub sum: Amount,
    pub listed: Vec<NamedAmount>,
}

/// What one purchase of a package allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    pub valid_from: Option<Instant>,
    /// Half-open: at this instant it is over.
    pub valid_until: Option<Instant>,
    /// Empty: every model.
    pub models: Vec<String>,
}

impl Terms {
    pub fn of(purchase: &Posting) -> Terms {
        Terms { valid_from: purchase.valid_from, valid_until: purchase.valid_until, models: purchase.models.clone() }
    }

    pub fn covers_time(&self, at: Instant) -> bool {
        self.valid_from.is_none_or(|from| from <= at) && self.valid_until.is_none_or(|until| at < until)
    }

    /// Whether one of a call's names is one of the package's; a name may hold one `*`.
    pub fn covers_model(&self, names: &[&str]) -> bool {
        self.models.is_empty() || self.models.iter().any(|m| names.iter().any(|name| answers(m, name)))
    }
}

fn answers(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => name.len() >= head.len() + tail.len() && name.starts_with(head) && name.ends_with(tail),
    }
}

/// Whether a wallet may pay: a wallet without terms always may, a package while one purchase covers it.
pub fn may_pay(terms: &[Terms], at: Instant, names: &[&str]) -> bool {
    terms.is_empty() || terms.iter().any(|t| t.covers_time(at) && t.covers_model(names))
}

/// Credit that runs out: a movement that raised a wallet until an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    pub posting_id: String,
    pub amount: Amount,
    /// At this instant it is over.
    pub until: Instant,
}

/// A movement of a call, by the money it moved; of a debit what it took, else what it gave back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Portion {
    pub given: Amount,
    /// Paid money, or owed.
    pub paid: Amount,
}

/// A wallet as the days so far leave it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WalletState {
    /// Where the open interval began and what was in the wallet then; absent: not known.
    pub base: Option<(Instant, Amount)>,
    /// The ledger's own last balance.
    pub asserted: Option<(Instant, Amount)>,
    /// Since the base, by kind.
    pub moved: BTreeMap<PostingKind, Moved>,
    /// Since the base: the first movements that pay for no call.
    pub listed: Vec<Listed>,
    pub named: NamedSum,
    /// The last top_up or package_purchase.
    pub last_purchase: Option<(Instant, Amount)>,
    /// Every grant so far.
    pub grants: Amount,
    /// What is left of paid money (below zero: owed), and of money given. Debits take what was
    /// given first, while it is valid; what comes back goes where it came from.
    pub paid: Amount,
    pub given: Given,
    /// What debits took of paid money.
    pub spent: Amount,
    /// What holds took of given money and no release gave back yet.
    pub held: Amount,
    pub terms: Vec<Terms>,
    /// The first credits that run out, and of which no balance has said yet that they did.
    pub endings: Vec<Ending>,
    /// How many amounts of the open interval were cut to the places that amounts have, its beginning included.
    pub cut: u64,
    pub(super) running: Amount,
}

impl WalletState {
    /// A wallet about to see its first movement: it opens at 0 where the ledger is complete by then.
    pub fn before_first(at: Instant, complete_from: Option<Instant>) -> WalletState {
        let base = complete_from.filter(|from| *from <= at).map(|from| (from, Amount::ZERO));
        WalletState { base, ..WalletState::default() }
    }

    /// What is in it now, where that is known.
    pub fn balance(&self) -> Option<Amount> {
        self.base?.1.checked_add(self.running)
    }

    /// Whether reading cut so many of the open interval's amounts (and the one at its end, `and_end`) that a gap of
    /// this size is ours: each is off by half of the last place at most.
    pub fn is_ours(&self, gap: Amount, and_end: bool) -> bool {
        gap.raw().unsigned_abs() <= u128::from((self.cut + u64::from(and_end)) / 2)
    }

    /// Paid money that a payout may still take.
    pub fn unused_paid(&self) -> Option<Amount> {
        Some(self.paid.min(self.balance()?).max(Amount::ZERO))
    }

    /// A movement of a call: usage, hold, release or refund; gives what of it moved which money. `None`: a sum
    /// leaves 38 digits.
    pub(super) fn apply_for_call(&mut self, kind: PostingKind, amount: Amount, at: Instant) -> Option<Portion> {
        self.count(kind, amount)?;
        if !amount.is_negative() {
            let held = if kind == PostingKind::Release { amount.min(self.held) } else { Amount::ZERO };
            let to_paid = amount.checked_sub(held)?.min(self.spent);
            let portion = Portion { given: amount.checked_sub(to_paid)?, paid: to_paid };
            self.put_back(kind, portion, at)?;
            return Some(portion);
        }
        let portion = self.take(-amount, Some(at))?;
        if kind == PostingKind::Hold {
            self.held = self.held.checked_add(portion.given)?;
        }
        Some(portion)
    }

    /// A movement as it moves this wallet's money, and what of it came from or went to which. `back` says what of
    /// a release or refund was taken from where, in place of the wallet's own guess. `None`: a sum leaves 38
    /// digits.
    pub(crate) fn follow(&mut self, p: &Posting, back: Option<Portion>) -> Option<Portion> {
        match back {
            _ if !p.kind.pays_for_calls() => self.apply(p).map(|()| Portion::default()),
            Some(portion) if !p.amount.is_negative() => {
                self.count(p.kind, p.amount)?;
                self.put_back(p.kind, portion, p.posted_at)?;
                Some(portion)
            }
            _ => self.apply_for_call(p.kind, p.amount, p.posted_at),
        }
    }

    fn count(&mut self, kind: PostingKind, amount: Amount) -> Option<()> {
        self.running = self.running.checked_add(amount)?;
        let moved = self.moved.entry(kind).or_default();
        moved.n += 1;
        moved.sum = moved.sum.checked_add(amount)?;
        Some(())
    }

    /// Any movement. `None`: a sum leaves 38 digits.
    pub(super) fn apply(&mut self, p: &Posting) -> Option<()> {
        if p.kind.pays_for_calls() {
            return self.apply_for_call(p.kind, p.amount, p.posted_at).map(|_| ());
        }
        self.count(p.kind, p.amount)?;
        if self.listed.len() < REMEMBERED {
            let listed = Listed { posting_id: p.posting_id.clone(), kind: p.kind, at: p.posted_at, amount: p.amount };
            self.listed.push(listed);
        }
        if let Some(until) = p.valid_until.filter(|_| p.amount.is_positive() && self.endings.len() < REMEMBERED) {
            self.endings.push(Ending { posting_id: p.posting_id.clone(), amount: p.amount, until });
        }
        match p.kind {
            PostingKind::TopUp | PostingKind::PackagePurchase => {
                self.last_purchase = Some((p.posted_at, p.amount));
                self.paid = self.paid.checked_add(p.amount)?;
            }
            PostingKind::Payout => self.paid = self.paid.checked_add(p.amount)?,
            PostingKind::Transfer if !p.amount.is_negative() => self.paid = self.paid.checked_add(p.amount)?,
            PostingKind::Grant => {
                self.grants = self.grants.checked_add(p.amount)?;
                self.given.add(p)?;
            }
            PostingKind::Expiry => self.take(-p.amount, None).map(|_| ())?,
            _ if p.amount.is_negative() => self.take(-p.amount, Some(p.posted_at)).map(|_| ())?,
            _ => self.give_back(p)?,
        }
        if p.kind == PostingKind::PackagePurchase {
            let terms = Terms::of(p);
            if !self.terms.contains(&terms) {
                self.terms.push(terms);
            }
        }
        Some(())
    }

    /// Takes what was given first, as far as it is valid at an instant.
    fn take(&mut self, amount: Amount, at: Option<Instant>) -> Option<Portion> {
        let given = self.given.take(amount, at)?;
        let paid = amount.checked_sub(given)?;
        self.paid = self.paid.checked_sub(paid)?;
        self.spent = self.spent.checked_add(paid)?;
        Some(Portion { given, paid })
    }

    fn put_back(&mut self, kind: PostingKind, portion: Portion, at: Instant) -> Option<()> {
        self.paid = self.paid.checked_add(portion.paid)?;
        self.spent = self.spent.checked_sub(portion.paid)?.max(Amount::ZERO);
        self.given.put_back(portion.given, at)?;
        if kind == PostingKind::Release {
            self.held = self.held.checked_sub(portion.given)?.max(Amount::ZERO);
        }
        Some(())
    }

    fn give_back(&mut self, p: &Posting) -> Option<()> {
        let paid = p.amount.min(self.spent);
        self.put_back(p.kind, Portion { given: p.amount.checked_sub(paid)?, paid }, p.posted_at)
    }

    /// Notes a named difference of the open interval.
    ///
    /// # Errors
    /// When the sum leaves 38 digits.
    pub fn name(&mut self, named: &NamedAmount) -> Result<(), Overflow> {
        self.named.n += 1;
        self.named.sum = self.named.sum.checked_add(named.amount).ok_or_else(|| Overflow::of("named differences"))?;
        if self.named.listed.len() < REMEMBERED {
            self.named.listed.push(named.clone());
        }
        Ok(())
    }

    /// The ledger says what is in the wallet: a new interval begins with the ledger's own word.
    pub fn assert(&mut self, at: Instant, balance: Amount, cut: bool) {
        if self.base.is_none() {
            // What is in a wallet when we first see it counts as paid, but for what we saw given.
            let left = balance.max(Amount::ZERO).min(self.given.sum);
            let gone = self.given.sum.checked_sub(left).and_then(|gone| self.given.take(gone, None));
            if gone.is_none() {
                self.given = Given::default();
            }
            self.paid = balance.checked_sub(self.given.sum).unwrap_or(balance);
            (self.spent, self.held) = (Amount::ZERO, Amount::ZERO);
        }
        self.base = Some((at, balance));
        self.asserted = self.base;
        self.running = Amount::ZERO;
        self.moved.clear();
        self.listed.clear();
        self.named = NamedSum::default();
        self.cut = u64::from(cut);
        self.endings.retain(|ending| ending.until > at);
    }
}
