//! Rolls wallets, keys and references forward over one day.

use std::collections::BTreeMap;

use super::follow::Step;
use super::postings::{Balance, Posting, PostingKind, WalletId};
use super::references::reference_key;
use super::state::{FirstUse, KindSums, LedgerState, WalletDay};
use super::timeline::{DayMovements, Move, Timeline, posting_order};
use super::wallet::{NamedAmount, Overflow, WalletState};
use crate::domain::money::Amount;
use crate::domain::period::Instant;

/// An interval between two balances that does not tie out: after `from` (at it, where the wallet
/// opened at 0), up to and at `until`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    pub wallet: WalletId,
    pub from: Instant,
    pub until: Instant,
    pub opening: Amount,
    /// opening + movements.
    pub computed: Amount,
    /// What the ledger says.
    pub asserted: Amount,
    /// The wallet just before the ledger's word: what moved since `from`, and what was named.
    pub before: WalletState,
}

impl Break {
    /// Whether a movement at an instant is in the interval.
    pub fn contains(&self, at: Instant) -> bool {
        (self.from < at || (self.from == at && self.before.asserted.is_none())) && at <= self.until
    }

    /// closing - (opening + movements).
    pub fn residual(&self) -> Option<Amount> {
        self.asserted.checked_sub(self.computed)
    }
}

/// A payout of more than what was paid and not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayoutAbove {
    /// Position in the day's postings.
    pub posting: u32,
    pub unused: Amount,
}

/// A posting with a reference that an earlier one used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// Position in the day's postings.
    pub posting: u32,
    pub first: FirstUse,
}

/// What a day does to the state, and what was seen on the way.
#[derive(Debug, Default)]
pub struct Rolled {
    pub carry: LedgerState,
    /// Every wallet that moved or was asserted, in order; nothing is named yet but what reading cut off.
    pub days: Vec<WalletDay>,
    pub breaks: Vec<Break>,
    pub payouts: Vec<PayoutAbove>,
    pub repeats: Vec<Repeat>,
}

/// The carry after a day, given the state before it.
///
/// # Errors
/// When a sum leaves its range.
pub fn advance(opening: &LedgerState, day: &DayMovements) -> Result<LedgerState, Overflow> {
    Ok(roll(opening, &Timeline::new(day))?.carry)
}

/// As [`advance`], with everything the ledger legs need to know of the way there.
///
/// # Errors
/// When a sum leaves its range.
pub fn roll(opening: &LedgerState, timeline: &Timeline) -> Result<Rolled, Overflow> {
    let mut rolled = Rolled { carry: opening.clone(), ..Rolled::default() };
    for wallet in 0..timeline.wallets().len() {
        WalletRoll::new(opening, timeline, wallet).run(&mut rolled)?;
    }
    for key in timeline.day.keys {
        let state = rolled.carry.keys.entry(key.api_key_id.to_string()).or_default();
        state.advance(key, timeline.day.span.1)?;
    }
    for key in rolled.carry.keys.values_mut() {
        key.land(timeline.day.span.1)?;
    }
    rolled.repeats = note_references(&mut rolled.carry.references, &timeline.day);
    rolled.payouts.sort_by_key(|p| p.posting);
    Ok(rolled)
}

fn note_references(seen: &mut BTreeMap<u128, FirstUse>, day: &DayMovements) -> Vec<Repeat> {
    let (from, until) = day.span;
    let own = |p: &Posting| from <= p.posted_at && p.posted_at < until;
    let mut keyed: Vec<(u32, u128)> =
        (0u32..).zip(day.postings).filter(|(_, p)| own(p)).filter_map(|(i, p)| Some((i, reference_key(p)?))).collect();
    let posting = |row: u32| &day.postings[row as usize];
    keyed.sort_by(|(a, _), (b, _)| posting_order(posting(*a), posting(*b)));
    let mut repeats = Vec::new();
    for (posting, key) in keyed {
        let p = &day.postings[posting as usize];
        match seen.get(&key) {
            Some(first) => repeats.push(Repeat { posting, first: first.clone() }),
            None => {
                seen.insert(key, FirstUse { posting_id: p.posting_id.clone(), at: p.posted_at });
            }
        }
    }
    repeats
}

/// One wallet on its way through the day.
struct WalletRoll<'t, 'a> {
    timeline: &'t Timeline<'a>,
    wallet: usize,
    state: Option<WalletState>,
    opening: Option<Amount>,
    movements: KindSums,
    asserted: Vec<(Instant, Amount)>,
    residual: Amount,
    /// What of the residual reading cut off.
    ours: Amount,
    named: Vec<NamedAmount>,
    moved: bool,
    /// How many named differences are done.
    named_done: usize,
}

impl<'t, 'a> WalletRoll<'t, 'a> {
    fn new(carry: &LedgerState, timeline: &'t Timeline<'a>, wallet: usize) -> WalletRoll<'t, 'a> {
        let state = carry.wallets.get(&timeline.wallets()[wallet]).cloned();
        WalletRoll {
            timeline,
            wallet,
            opening: state.as_ref().and_then(WalletState::balance),
            state,
            movements: KindSums::default(),
            asserted: Vec::new(),
            residual: Amount::ZERO,
            ours: Amount::ZERO,
            named: timeline.named_of(wallet),
            moved: false,
            named_done: 0,
        }
    }

    fn id(&self) -> &'t WalletId {
        &self.timeline.wallets()[self.wallet]
    }

    fn overflow(&self) -> Overflow {
        Overflow::of(format_args!("wallet {} of {}", self.id().wallet, self.id().account_id))
    }

    fn run(mut self, rolled: &mut Rolled) -> Result<(), Overflow> {
        // What closed the day before is not said once more.
        let closed = self.state.as_ref().and_then(|state| state.asserted).map(|(at, _)| at);
        let mut follow = self.timeline.follow(self.wallet, self.state.as_ref().map(WalletState::balance));
        while let Some(step) = follow.step(Instant::MAX) {
            match step {
                Step::Moved { moved, .. } => {
                    self.name_before(moved.at)?;
                    self.apply(moved, rolled)?;
                    self.moved = true;
                }
                Step::Asserted { balance, .. } if Some(balance.at) == closed => {}
                Step::Asserted { balance, .. } => {
                    self.name_before(balance.at)?;
                    self.assert(balance, rolled)?;
                }
            }
        }
        self.name_before(Instant::MAX)?;
        let wallet = self.id().clone();
        let Some(state) = self.state else { return Ok(()) };
        if self.moved || !self.asserted.is_empty() {
            rolled.days.push(WalletDay {
                wallet: wallet.clone(),
                opening: self.opening,
                movements: self.movements.named(),
                closing: state.balance(),
                asserted: self.asserted,
                residual: self.residual,
                named: self.ours,
            });
        }
        rolled.carry.wallets.insert(wallet, state);
        Ok(())
    }

    fn apply(&mut self, moved: &Move, rolled: &mut Rolled) -> Result<(), Overflow> {
        let state = match &mut self.state {
            Some(state) => state,
            none => {
                let first = WalletState::before_first(moved.at, self.timeline.day.complete_from);
                self.opening = first.balance();
                none.insert(first)
            }
        };
        if moved.kind == PostingKind::Payout
            && let Some(unused) = state.unused_paid().filter(|unused| -moved.amount > *unused)
        {
            rolled.payouts.push(PayoutAbove { posting: moved.row, unused });
        }
        state.cut += u64::from(moved.cut);
        let applied = if moved.kind.pays_for_calls() {
            state.apply_for_call(moved.kind, moved.amount, moved.at).map(|_| ())
        } else {
            state.apply(self.timeline.posting(moved.row))
        };
        applied.and_then(|()| self.movements.add(moved.kind, moved.amount)).ok_or_else(|| self.overflow())
    }

    /// A difference in a wallet that nothing has moved or asserted yet is in no interval. One at the very instant of
    /// a balance comes after it: its call had only just ended, and at midnight it is the next day's.
    fn name_before(&mut self, at: Instant) -> Result<(), Overflow> {
        while let Some(named) = self.named.get(self.named_done).filter(|named| named.at < at) {
            if let Some(state) = &mut self.state {
                state.name(named)?;
            }
            self.named_done += 1;
        }
        Ok(())
    }

    fn assert(&mut self, said: &Balance, rolled: &mut Rolled) -> Result<(), Overflow> {
        let (at, balance, cut) = (said.at, said.balance, said.cut == Some(true));
        if !self.moved && self.asserted.is_empty() {
            // Nothing moved before the day's first balance: the wallet held that much in the morning.
            self.opening = self.opening.or(Some(balance));
        }
        let state = self.state.get_or_insert_default();
        if let Some((from, opening)) = state.base {
            let computed = state.balance();
            let broken = computed.and_then(|computed| {
                let (wallet, before) = (self.timeline.wallets()[self.wallet].clone(), state.clone());
                let found = Break { wallet, from, until: at, opening, computed, asserted: balance, before };
                let residual = found.residual()?;
                self.residual = self.residual.checked_add(residual)?;
                Some((found, residual))
            });
            match broken {
                None => return Err(self.overflow()),
                // What reading them cut off is no gap of the ledger's.
                Some((found, residual)) if found.before.is_ours(residual, cut) => {
                    self.ours = self.ours.checked_add(residual).ok_or_else(|| self.overflow())?;
                }
                Some((found, _)) => rolled.breaks.push(found),
            }
        }
        if let Some(state) = &mut self.state {
            state.assert(at, balance, cut);
        }
        self.asserted.push((at, balance));
        Ok(())
    }
}
