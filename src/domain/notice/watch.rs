//! Wallets followed movement by movement.

use std::collections::BTreeMap;

use super::threshold::{InForce, Measure, PACE_DAYS, Pace, Terms};
use crate::domain::ledger::{
    Balance, Move, OpeningBalance, Overflow, PostingKind, Step, Threshold, Timeline, WalletId,
};
use crate::domain::money::Amount;
use crate::domain::period::{Day, Instant};

/// The movement after which a balance was below a threshold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crossing {
    pub posting_id: String,
    pub at: Instant,
    pub threshold: Threshold,
    /// What the threshold came to, at 18 places.
    pub level: Amount,
    /// What was left after the movement.
    pub balance: Amount,
}

/// The ledger's last word on a wallet was another than ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disagreement {
    pub at: Instant,
    pub ours: Amount,
    pub ledger: Amount,
}

/// A wallet that is low.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Low {
    pub wallet: WalletId,
    /// The newest crossing that nothing has brought back.
    pub crossing: Crossing,
    /// What is in the wallet, and the last movement or balance it is known from.
    pub balance: Amount,
    pub known_at: Instant,
    pub pace: Pace,
    /// Whether the balance is below the crossing's threshold still, as the day sees it.
    pub is_below: bool,
    /// Nothing was bought yet: percentages are of what was granted.
    pub only_granted: bool,
    pub disagreement: Option<Disagreement>,
}

/// A wallet with a threshold that nothing can be held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unwatched {
    pub wallet: WalletId,
    pub why: &'static str,
}

/// What following a wallet depends on beside its rows.
#[derive(Clone, Copy, Debug)]
pub struct WatchRules<'a> {
    pub terms: Terms<'a>,
    /// How far the ledger's balance may be from ours, by unit; 0 where none is given.
    pub tolerance: &'a BTreeMap<String, Amount>,
}

/// One threshold of a wallet: armed, or crossed and told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Latch {
    pub(super) threshold: Threshold,
    pub(super) crossing: Option<Crossing>,
}

/// One wallet as the movements so far leave it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Watch {
    /// `None`: not known.
    pub(super) balance: Option<Amount>,
    pub(super) known_at: Instant,
    /// The last top_up or package_purchase.
    pub(super) last_purchase: Option<Amount>,
    pub(super) grants: Option<Amount>,
    /// The day of its first row; absent where it was followed before that was kept: long ago.
    pub(super) since: Option<Day>,
    /// Usage less refunds, by day.
    pub(super) used: BTreeMap<Day, Amount>,
    pub(super) latches: Vec<Latch>,
    pub(super) disagreement: Option<Disagreement>,
}

/// Every wallet seen so far. Days are taken in order of date.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watches {
    pub(super) wallets: BTreeMap<WalletId, Watch>,
}

impl Watches {
    /// Follows every wallet over one day's rows.
    ///
    /// # Errors
    /// When a sum leaves 38 digits.
    pub fn advance(&mut self, day: Day, timeline: &Timeline<'_>, rules: &WatchRules<'_>) -> Result<(), Overflow> {
        for (index, id) in timeline.wallets().iter().enumerate() {
            let mut follow = Following {
                watch: self.wallets.remove(id),
                id,
                day,
                in_force: rules.terms.of(&id.account_id),
                tolerance: rules.tolerance.get(&*id.unit).copied().unwrap_or_default(),
                pace: None,
                timeline,
            };
            follow.run(index)?;
            self.wallets.extend(follow.watch.map(|watch| (id.clone(), watch)));
        }
        Ok(())
    }

    /// Wallets with a crossing that nothing has brought back, as a day sees them.
    ///
    /// # Errors
    /// When a sum leaves 38 digits.
    pub fn low(&self, today: Day) -> Result<Vec<Low>, Overflow> {
        let mut found = Vec::new();
        for (id, watch) in &self.wallets {
            let newest = watch.latches.iter().filter_map(|l| l.crossing.as_ref()).max_by_key(|c| (c.at, &c.posting_id));
            let (Some(crossing), Some(balance)) = (newest, watch.balance) else { continue };
            let pace = watch.pace(today).ok_or_else(|| overflow(id))?;
            let level = watch.measure(pace).level(&crossing.threshold)?;
            found.push(Low {
                is_below: level.is_some_and(|level| balance < level),
                wallet: id.clone(),
                crossing: crossing.clone(),
                balance,
                known_at: watch.known_at,
                pace,
                only_granted: watch.last_purchase.is_none(),
                disagreement: watch.disagreement,
            });
        }
        Ok(found)
    }

    /// Wallets with a threshold that nothing can be held against.
    pub fn unwatched(&self) -> Vec<Unwatched> {
        let unwatched = |(id, watch): (&WalletId, &Watch)| {
            let is_unwatched = watch.balance.is_none() && !watch.latches.is_empty();
            is_unwatched.then(|| Unwatched { wallet: id.clone(), why: "its balance is not known" })
        };
        self.wallets.iter().filter_map(unwatched).collect()
    }
}

impl Watch {
    /// Usage of the full days before a day that the wallet has, seven at most.
    fn pace(&self, day: Day) -> Option<Pace> {
        let used = Amount::sum(self.used.range(day.plus(-PACE_DAYS)..day).map(|(_, used)| *used))?;
        let has = self.since.map_or(PACE_DAYS, |since| i64::from(day.number()) - i64::from(since.number()));
        Some(Pace { used: used.max(Amount::ZERO), days: has.clamp(1, PACE_DAYS) })
    }

    fn measure(&self, pace: Pace) -> Measure {
        Measure { basis: self.last_purchase.or(self.grants), pace }
    }

    fn forget_before(&mut self, day: Day) {
        if self.used.first_key_value().is_some_and(|(first, _)| *first < day) {
            self.used = self.used.split_off(&day);
        }
    }

    fn count(&mut self, moved: &Move, day: Day) -> Option<()> {
        self.known_at = moved.at;
        match moved.kind {
            PostingKind::TopUp | PostingKind::PackagePurchase => self.last_purchase = Some(moved.amount),
            PostingKind::Grant => {
                self.grants = Some(self.grants.unwrap_or_default().checked_add(moved.amount)?);
            }
            kind if kind.pays_for_calls() => {
                let used = self.used.entry(day).or_default();
                *used = used.checked_sub(moved.amount)?;
            }
            _ => {}
        }
        Some(())
    }

    /// Latches of exactly the thresholds in force; one that was not in force before begins armed.
    fn keep(&mut self, in_force: &[Threshold]) {
        if self.latches.iter().map(|l| &l.threshold).eq(in_force) {
            return;
        }
        let mut kept: Vec<Latch> = Vec::new();
        for threshold in in_force {
            if kept.iter().all(|l| l.threshold != *threshold) {
                let known = self.latches.iter().find(|l| l.threshold == *threshold).cloned();
                kept.push(known.unwrap_or_else(|| Latch { threshold: threshold.clone(), crossing: None }));
            }
        }
        self.latches = kept;
    }
}

/// One wallet on its way through a day.
struct Following<'a, 't> {
    watch: Option<Watch>,
    id: &'t WalletId,
    day: Day,
    in_force: InForce<'a>,
    tolerance: Amount,
    pace: Option<Pace>,
    timeline: &'t Timeline<'t>,
}

impl Following<'_, '_> {
    fn run(&mut self, index: usize) -> Result<(), Overflow> {
        let morning = self.watch.as_ref().map(|watch| watch.balance);
        let mut follow = self.timeline.follow(index, morning);
        while let Some(step) = follow.step(Instant::MAX) {
            match step {
                Step::Moved { before: Some(_), after: None, .. } => return Err(overflow(self.id)),
                Step::Moved { moved, after, .. } => self.take(moved, after)?,
                Step::Asserted { balance, before } => self.assert(balance, before.flatten())?,
            }
        }
        Ok(())
    }

    /// Usage of the days before this one, the same for all its movements.
    fn pace(&mut self) -> Result<Pace, Overflow> {
        if let Some(pace) = self.pace {
            return Ok(pace);
        }
        let watch = begun(&mut self.watch, self.day);
        watch.forget_before(self.day.plus(-PACE_DAYS));
        let pace = watch.pace(self.day).ok_or_else(|| overflow(self.id))?;
        self.pace = Some(pace);
        Ok(pace)
    }

    fn take(&mut self, moved: &Move, after: OpeningBalance) -> Result<(), Overflow> {
        let pace = self.pace()?;
        let watch = begun(&mut self.watch, self.day);
        watch.count(moved, self.day).ok_or_else(|| overflow(self.id))?;
        watch.balance = after;
        watch.keep(self.in_force.at(moved.at));
        let Some(balance) = after else { return Ok(()) };
        let measure = watch.measure(pace);
        for latch in &mut watch.latches {
            let level = measure.level(&latch.threshold)?.filter(|level| balance < *level);
            match (&latch.crossing, level) {
                (Some(_), None) if moved.amount.is_positive() => latch.crossing = None,
                (None, Some(level)) => {
                    latch.crossing = Some(Crossing {
                        posting_id: self.timeline.posting(moved.row).posting_id.clone(),
                        at: moved.at,
                        threshold: latch.threshold.clone(),
                        level,
                        balance,
                    });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The ledger says what is in the wallet, of which its movements made `ours`. Where the two had disagreed and
    /// agree again, what was found below the threshold in between and is not never was.
    fn assert(&mut self, balance: &Balance, ours: OpeningBalance) -> Result<(), Overflow> {
        let pace = self.pace()?;
        let watch = begun(&mut self.watch, self.day);
        let (at, ledger) = (balance.at, balance.balance);
        if let Some(ours) = ours {
            let apart = ours.checked_sub(ledger).ok_or_else(|| overflow(self.id))?.abs();
            let before = watch.disagreement;
            watch.disagreement = (apart > self.tolerance).then_some(Disagreement { at, ours, ledger });
            if before.is_some_and(|b| b.ledger > b.ours) && watch.disagreement.is_none() {
                let measure = watch.measure(pace);
                for latch in &mut watch.latches {
                    if measure.level(&latch.threshold)?.is_none_or(|level| ledger >= level) {
                        latch.crossing = None;
                    }
                }
            }
        }
        (watch.balance, watch.known_at) = (Some(ledger), at);
        Ok(())
    }
}

/// The watch of a wallet, begun with its first row.
fn begun(watch: &mut Option<Watch>, day: Day) -> &mut Watch {
    watch.get_or_insert_with(|| Watch { since: Some(day), ..Watch::default() })
}

fn overflow(id: &WalletId) -> Overflow {
    Overflow::of(format_args!("wallet {} of {}", id.wallet, id.account_id))
}
