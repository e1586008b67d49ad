//! A day's postings and balances, sorted by wallet and time.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::key_use::KeyDay;
use super::postings::{Balance, Posting, PostingKind, WalletId, posting_hash};
use super::wallet::NamedAmount;
use crate::domain::call::name_hash;
use crate::domain::money::Amount;
use crate::domain::period::Instant;

/// A named difference and the wallet in which a balance may show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub wallet: WalletId,
    pub amount: NamedAmount,
}

/// Everything of a day that moves wallets and keys. Rows dated outside the day are passed over, as
/// they belong to other days, but for balances at its very end; order does not matter.
#[derive(Clone, Copy, Debug)]
pub struct DayMovements<'a> {
    /// Half-open.
    pub span: (Instant, Instant),
    /// Wallets whose first posting is not before it open at 0.
    pub complete_from: Option<Instant>,
    pub postings: &'a [Posting],
    pub balances: &'a [Balance],
    pub keys: &'a [KeyDay],
    /// Differences found on this day that a balance may show; kept within the day.
    pub named: &'a [Named],
}

/// Items of each wallet: those of `wallet` are `items[offsets[wallet]..offsets[wallet + 1]]`.
#[derive(Debug)]
struct Groups<T> {
    offsets: Vec<usize>,
    items: Vec<T>,
}

impl<T: Copy> Groups<T> {
    /// `rows` are pairs of wallet and row, of which an item is made.
    fn new(wallets: usize, rows: &[(u32, u32)], make: impl Fn(u32) -> T) -> Groups<T> {
        let mut offsets = vec![0; wallets + 1];
        for (wallet, _) in rows {
            offsets[*wallet as usize + 1] += 1;
        }
        for w in 0..wallets {
            offsets[w + 1] += offsets[w];
        }
        let mut next = offsets.clone();
        let mut items = rows.first().map_or_else(Vec::new, |(_, row)| vec![make(*row); rows.len()]);
        for (wallet, row) in rows {
            items[next[*wallet as usize]] = make(*row);
            next[*wallet as usize] += 1;
        }
        Groups { offsets, items }
    }

    fn of(&self, wallet: usize) -> &[T] {
        &self.items[self.offsets[wallet]..self.offsets[wallet + 1]]
    }

    fn sort_each(&mut self, order: impl Fn(&T, &T) -> Ordering) {
        for bounds in self.offsets.windows(2) {
            let items = &mut self.items[bounds[0]..bounds[1]];
            if !items.is_sorted_by(|a, b| order(a, b).is_le()) {
                items.sort_by(&order);
            }
        }
    }
}

/// What of a posting moves a wallet, kept apart from the rest of it: a day has very many.
#[derive(Clone, Copy, Debug)]
pub struct Move {
    pub at: Instant,
    pub amount: Amount,
    pub kind: PostingKind,
    pub cut: bool,
    /// Position in the day's postings.
    pub row: u32,
}

/// The order in which postings happen; two of one instant and id are told apart by what they say.
pub(crate) fn posting_order(a: &Posting, b: &Posting) -> Ordering {
    (a.posted_at, &a.posting_id).cmp(&(b.posted_at, &b.posting_id)).then_with(|| posting_hash(a).cmp(&posting_hash(b)))
}

/// The day's rows by wallet, each in the order in which they happened.
#[derive(Debug)]
pub struct Timeline<'a> {
    pub day: DayMovements<'a>,
    /// In order.
    wallets: Vec<WalletId>,
    moves: Groups<Move>,
    balances: Groups<u32>,
    named: Groups<u32>,
}

impl<'a> Timeline<'a> {
    pub fn new(day: &DayMovements<'a>) -> Timeline<'a> {
        let (from, until) = day.span;
        let within = |at: Instant| from <= at && at < until;
        let mut ids = WalletIds::default();
        let mut moves = Vec::with_capacity(day.postings.len());
        for (row, p) in (0u32..).zip(day.postings) {
            if p.kind.moves_wallet() && within(p.posted_at) {
                moves.push((ids.id(&p.account_id, &p.wallet, &p.unit), row));
            }
        }
        // A balance at the day's very end is the ledger's word on the day, unless something moves the wallet at that
        // instant, which is the next day's and in the balance too.
        let mut balances = Vec::new();
        let moved_at_end: HashSet<[&str; 3]> = day
            .postings
            .iter()
            .filter(|p| p.posted_at == until && p.kind.moves_wallet())
            .map(|p| [&*p.account_id, &*p.wallet, &*p.unit])
            .collect();
        let ends = |b: &Balance| b.at == until && !moved_at_end.contains(&[&*b.account_id, &*b.wallet, &*b.unit]);
        for (row, b) in (0u32..).zip(day.balances).filter(|(_, b)| within(b.at) || ends(b)) {
            balances.push((ids.id(&b.account_id, &b.wallet, &b.unit), row));
        }
        let mut named = Vec::new();
        for (row, n) in (0u32..).zip(day.named) {
            named.push((ids.id(&n.wallet.account_id, &n.wallet.wallet, &n.wallet.unit), row));
        }
        let (wallets, place) = ids.sorted();
        for (id, _) in moves.iter_mut().chain(&mut balances).chain(&mut named) {
            *id = place[*id as usize];
        }
        let moved = |row: u32| {
            let p = &day.postings[row as usize];
            Move { at: p.posted_at, amount: p.amount, kind: p.kind, cut: p.cut == Some(true), row }
        };
        let mut timeline = Timeline {
            day: *day,
            moves: Groups::new(wallets.len(), &moves, moved),
            balances: Groups::new(wallets.len(), &balances, |row| row),
            named: Groups::new(wallets.len(), &named, |row| row),
            wallets,
        };
        timeline.sort();
        timeline
    }

    fn sort(&mut self) {
        let day = self.day;
        let postings = |row: u32| &day.postings[row as usize];
        self.moves.sort_each(|a, b| a.at.cmp(&b.at).then_with(|| posting_order(postings(a.row), postings(b.row))));
        let balances = |row: u32| &day.balances[row as usize];
        self.balances.sort_each(|a, b| {
            let (a, b) = (balances(*a), balances(*b));
            (a.at, a.balance).cmp(&(b.at, b.balance))
        });
        let named = |row: u32| &day.named[row as usize].amount;
        self.named.sort_each(|a, b| {
            let (a, b) = (named(*a), named(*b));
            let time = (clamp(a.at, day.span), &a.about).cmp(&(clamp(b.at, day.span), &b.about));
            time.then_with(|| (&a.cause, a.amount).cmp(&(&b.cause, b.amount)))
        });
    }

    pub fn wallets(&self) -> &[WalletId] {
        &self.wallets
    }

    /// Where a wallet is in [`Self::wallets`].
    pub fn find(&self, wallet: &WalletId) -> Option<usize> {
        self.wallets.binary_search(wallet).ok()
    }

    /// The wallets of an account, as a range of [`Self::wallets`].
    pub fn wallets_of(&self, account_id: &str) -> std::ops::Range<usize> {
        let from = self.wallets.partition_point(|w| *w.account_id < *account_id);
        let count = self.wallets[from..].partition_point(|w| *w.account_id == *account_id);
        from..from + count
    }

    /// What moved a wallet, in order of time.
    pub fn moves_of(&self, wallet: usize) -> &[Move] {
        self.moves.of(wallet)
    }

    pub fn posting(&self, row: u32) -> &'a Posting {
        &self.day.postings[row as usize]
    }

    /// What the ledger says of a wallet for the nth time.
    pub(super) fn balance_of(&self, wallet: usize, nth: usize) -> Option<&'a Balance> {
        let all = self.day.balances;
        self.balances.of(wallet).get(nth).map(|row| &all[*row as usize])
    }

    pub(super) fn named_of(&self, wallet: usize) -> Vec<NamedAmount> {
        let own = self.named.of(wallet).iter().map(|row| self.day.named[*row as usize].amount.clone());
        own.map(|n| NamedAmount { at: clamp(n.at, self.day.span), ..n }).collect()
    }
}

fn clamp(at: Instant, span: (Instant, Instant)) -> Instant {
    at.max(span.0).min(Instant::from_micros(span.1.micros().saturating_sub(1)).max(span.0))
}

/// Numbers for the wallets of a day.
#[derive(Default)]
struct WalletIds<'a> {
    /// By hash; where two wallets share one, the later is at the next free number.
    ids: HashMap<u64, u32>,
    all: Vec<[&'a Arc<str>; 3]>,
    last: u32,
}

impl<'a> WalletIds<'a> {
    fn id(&mut self, account: &'a Arc<str>, wallet: &'a Arc<str>, unit: &'a Arc<str>) -> u32 {
        let parts = [account, wallet, unit];
        if self.all.get(self.last as usize).is_some_and(|last| *last == parts) {
            return self.last;
        }
        let [a, w, u] = parts.map(|part| name_hash(part));
        let mut hash = a ^ w.rotate_left(21) ^ u.rotate_left(42);
        self.last = loop {
            match self.ids.get(&hash) {
                Some(id) if self.all[*id as usize] == parts => break *id,
                Some(_) => hash = hash.wrapping_add(1),
                None => {
                    let next = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
                    self.all.push(parts);
                    self.ids.insert(hash, next);
                    break next;
                }
            }
        };
        self.last
    }

    /// The wallets in order, and the new number of each old one.
    fn sorted(self) -> (Vec<WalletId>, Vec<u32>) {
        let mut order: Vec<usize> = (0..self.all.len()).collect();
        order.sort_by(|a, b| self.all[*a].cmp(&self.all[*b]));
        let mut place = vec![0; order.len()];
        for (new, old) in (0u32..).zip(&order) {
            place[*old] = new;
        }
        let id = |[account, wallet, unit]: [&Arc<str>; 3]| WalletId {
            account_id: account.clone(),
            wallet: wallet.clone(),
            unit: unit.clone(),
        };
        (order.iter().map(|old| id(self.all[*old])).collect(), place)
    }
}
