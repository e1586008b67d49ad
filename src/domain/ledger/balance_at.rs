//! What was in a wallet just before and just after one of its movements.

use std::collections::{BTreeMap, BTreeSet};

use super::follow::Step;
use super::state::LedgerState;
use super::timeline::{DayMovements, Timeline};
use super::wallet::WalletState;
use crate::domain::money::Amount;
use crate::domain::period::Instant;

/// A movement and what its wallet held around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BalanceBeforeAfter {
    /// Position in the day's postings.
    pub posting: u32,
    pub before: Amount,
    pub after: Amount,
}

/// Follows the wallets of the `wanted` postings through their day, which begins with `opening`.
/// Where a wallet is not known at that moment (no balance yet, and no complete ledger), there is no
/// entry. Movements of one instant happen in the order of their ids.
pub fn balances_around(opening: &LedgerState, day: &DayMovements<'_>, wanted: &[u32]) -> Vec<BalanceBeforeAfter> {
    let timeline = Timeline::new(day);
    let place_of = |posting: &u32| timeline.find(&day.postings.get(*posting as usize)?.wallet_id());
    let places: BTreeSet<usize> = wanted.iter().filter_map(place_of).collect();
    let mut around: BTreeMap<u32, BalanceBeforeAfter> = BTreeMap::new();
    for place in places {
        let morning = opening.wallets.get(&timeline.wallets()[place]).map(WalletState::balance);
        let mut follow = timeline.follow(place, morning);
        while let Some(step) = follow.step(Instant::MAX) {
            if let Step::Moved { moved, before: Some(before), after: Some(after) } = step {
                around.insert(moved.row, BalanceBeforeAfter { posting: moved.row, before, after });
            }
        }
    }
    wanted.iter().filter_map(|posting| around.get(posting).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ledger::tests::{amount, at, posting};

    #[test]
    fn movements_of_one_instant_follow_their_ids() {
        let postings = [
            posting("p2 05T10:00 alice/main CNY usage -3"),
            posting("p1 05T10:00 alice/main CNY usage -2"),
            posting("p0 05T09:00 alice/main CNY top_up 10"),
        ];
        let day = DayMovements {
            span: (at("05T00:00"), at("06T00:00")),
            complete_from: Some(at("01T00:00")),
            postings: &postings,
            balances: &[],
            keys: &[],
            named: &[],
        };
        let around =
            |posting, before, after| BalanceBeforeAfter { posting, before: amount(before), after: amount(after) };
        assert_eq!(
            balances_around(&LedgerState::default(), &day, &[0, 1, 2]),
            [around(0, "8", "5"), around(1, "10", "8"), around(2, "0", "10")]
        );
        let unknown = DayMovements { complete_from: None, ..day };
        assert_eq!(balances_around(&LedgerState::default(), &unknown, &[0]), []);
    }
}
