//! Given credit that is valid for a time: which of it a debit takes, and where what comes back goes.

use super::postings::Posting;
use crate::domain::money::Amount;
use crate::domain::period::Instant;

/// A grant that says from when or until when it may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gift {
    pub valid_from: Option<Instant>,
    /// Half-open: at this instant it is over.
    pub valid_until: Option<Instant>,
    pub given: Amount,
    pub left: Amount,
}

impl Gift {
    /// `None`: it may be used at any time.
    pub(super) fn of(grant: &Posting) -> Option<Gift> {
        let (valid_from, valid_until) = (grant.valid_from, grant.valid_until);
        let is_bounded = valid_from.is_some() || valid_until.is_some();
        is_bounded.then_some(Gift { valid_from, valid_until, given: grant.amount, left: grant.amount })
    }

    fn is_valid(&self, at: Instant) -> bool {
        self.valid_from.is_none_or(|from| from <= at) && self.valid_until.is_none_or(|until| at < until)
    }
}

/// What is left of everything a wallet was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// All of it, also what is not valid now.
    pub sum: Amount,
    /// Of it, what is valid for a time only.
    pub gifts: Vec<Gift>,
}

impl Given {
    /// `None`: a sum leaves 38 digits.
    pub(super) fn add(&mut self, grant: &Posting) -> Option<()> {
        self.sum = self.sum.checked_add(grant.amount)?;
        self.gifts.extend(Gift::of(grant));
        Some(())
    }

    /// What is left of what ended after one instant and by another. `None`: a sum leaves 38 digits.
    pub(crate) fn left_of_ended(&self, after: Instant, by: Instant) -> Option<Amount> {
        let ended = |gift: &&Gift| gift.valid_until.is_some_and(|until| after < until && until <= by);
        Amount::sum(self.gifts.iter().filter(ended).map(|gift| gift.left))
    }

    /// Takes up to `amount` of what is valid at an instant (absent: of all there is), what ends first before
    /// the rest; gives how much it took.
    pub(super) fn take(&mut self, amount: Amount, at: Option<Instant>) -> Option<Amount> {
        let bounded = Amount::sum(self.gifts.iter().map(|g| g.left))?;
        let unbounded = self.sum.checked_sub(bounded)?;
        let mut order: Vec<usize> =
            (0..self.gifts.len()).filter(|n| at.is_none_or(|at| self.gifts[*n].is_valid(at))).collect();
        order.sort_by_key(|n| (self.gifts[*n].valid_until.unwrap_or(Instant::MAX), self.gifts[*n].valid_from));
        let mut open = amount;
        for n in order {
            let part = open.min(self.gifts[n].left).max(Amount::ZERO);
            self.gifts[n].left = self.gifts[n].left.checked_sub(part)?;
            open = open.checked_sub(part)?;
        }
        open = open.checked_sub(open.min(unbounded).max(Amount::ZERO))?;
        let taken = amount.checked_sub(open)?;
        self.sum = self.sum.checked_sub(taken)?;
        // What is used up stays while something may still come back to it.
        self.gifts.retain(|g| !g.left.is_zero() || at.is_none_or(|at| g.is_valid(at)));
        Some(taken)
    }

    /// Puts back what a debit had taken: to what is valid for a time first.
    pub(super) fn put_back(&mut self, amount: Amount, at: Instant) -> Option<()> {
        self.sum = self.sum.checked_add(amount)?;
        let mut open = amount;
        for gift in self.gifts.iter_mut().filter(|g| g.is_valid(at)) {
            let part = open.min(gift.given.checked_sub(gift.left)?);
            gift.left = gift.left.checked_add(part)?;
            open = open.checked_sub(part)?;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ledger::tests::{amount, at, posting};

    fn given(grants: &[&str]) -> Given {
        let mut given = Given::default();
        grants.iter().for_each(|line| given.add(&posting(line)).unwrap());
        given
    }

    #[test]
    fn what_ends_first_is_used_first_and_what_is_over_is_not() {
        let mut given = given(&[
            "g1 01T00:00 a/main EUR grant 10",
            "g2 01T00:00 a/main EUR grant 5 valid=01T00:00..10T00:00",
            "g3 01T00:00 a/main EUR grant 7 valid=20T00:00..30T00:00",
        ]);
        assert_eq!(given.take(amount("4"), Some(at("05T00:00"))), Some(amount("4")));
        let left = |given: &Given| given.gifts.iter().map(|g| g.left.to_string()).collect::<Vec<_>>().join(" ");
        assert_eq!((given.sum, left(&given)), (amount("18"), "1 7".to_owned()));
        // On the 10th the second is over, on the 19th the third has not begun.
        assert_eq!(given.take(amount("100"), Some(at("19T00:00"))), Some(amount("10")));
        assert_eq!(given.take(amount("100"), Some(at("20T00:00"))), Some(amount("7")));
        // What the ledger lets expire is what has ended.
        assert_eq!(given.take(amount("1"), None), Some(amount("1")));
        assert_eq!(given.sum, amount("0"));
    }

    #[test]
    fn what_comes_back_is_valid_no_longer_than_before() {
        let mut given = given(&["g1 01T00:00 a/main EUR grant 5 valid=01T00:00..10T00:00"]);
        given.take(amount("5"), Some(at("05T00:00"))).unwrap();
        given.put_back(amount("3"), at("06T00:00")).unwrap();
        assert_eq!(given.take(amount("3"), Some(at("10T00:00"))), Some(amount("0")));
        assert_eq!(given.take(amount("3"), Some(at("09T00:00"))), Some(amount("3")));
    }
}
