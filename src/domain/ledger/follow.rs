//! One wallet through a day, step by step. Whoever needs to know what was in a wallet at some instant, before
//! or after a movement, or when the ledger said what was in it, asks here.

use super::postings::Balance;
use super::timeline::{Move, Timeline};
use crate::domain::money::Amount;
use crate::domain::period::Instant;

/// What is in a wallet, where it is known, of a wallet that earlier days saw.
pub type OpeningBalance = Option<Amount>;

/// What happens to a wallet.
#[derive(Clone, Copy, Debug)]
pub enum Step<'t> {
    /// A movement, and what the wallet holds on both sides of it, where that is known. A sum too large to
    /// hold is not known after it.
    Moved { moved: &'t Move, before: OpeningBalance, after: OpeningBalance },
    /// The ledger says what is in it; `before` is what movements had made it, absent where nothing had
    /// happened to it.
    Asserted { balance: &'t Balance, before: Option<OpeningBalance> },
}

/// A wallet's balance at growing instants: postings and balances up to and at the instant count, and the
/// ledger's word at an instant comes after the movements of that instant.
#[derive(Debug)]
pub struct Follow<'a, 't> {
    timeline: &'t Timeline<'a>,
    wallet: usize,
    /// `None`: never seen; `Some(None)`: seen, and not known what is in it.
    now: Option<OpeningBalance>,
    moved: usize,
    asserted: usize,
}

impl<'a> Timeline<'a> {
    /// Follows what is in one wallet through the day; `morning` is what earlier days left in it.
    pub fn follow(&self, wallet: usize, morning: Option<OpeningBalance>) -> Follow<'a, '_> {
        Follow { timeline: self, wallet, now: morning, moved: 0, asserted: 0 }
    }
}

impl<'t> Follow<'_, 't> {
    /// What is in the wallet at an instant; `None` where nobody has seen it by then.
    pub fn at(&mut self, at: Instant) -> Option<OpeningBalance> {
        while self.step(at).is_some() {}
        self.now
    }

    /// The next thing that happens to the wallet, up to and at an instant.
    pub fn step(&mut self, until: Instant) -> Option<Step<'t>> {
        let balance = self.timeline.balance_of(self.wallet, self.asserted).filter(|b| b.at <= until);
        let until = balance.map_or(until, |b| b.at);
        if let Some(moved) = self.timeline.moves_of(self.wallet).get(self.moved).filter(|m| m.at <= until) {
            let is_complete = self.timeline.day.complete_from.is_some_and(|from| from <= moved.at);
            let before = self.now.unwrap_or_else(|| is_complete.then_some(Amount::ZERO));
            let after = before.and_then(|b| b.checked_add(moved.amount));
            self.now = Some(after);
            self.moved += 1;
            return Some(Step::Moved { moved, before, after });
        }
        let balance = balance?;
        let before = self.now.replace(Some(balance.balance));
        self.asserted += 1;
        Some(Step::Asserted { balance, before })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ledger::DayMovements;
    use crate::domain::ledger::tests::{amount, at, balance, posting};

    /// Every step of the first wallet, as `-3: 8 -> 5` and `= 7 (5)`; `?` is not known, `-` never seen.
    fn steps(complete: bool, morning: Option<OpeningBalance>, lines: &[&str]) -> Vec<String> {
        let is_balance = |line: &&&str| line.split_whitespace().count() == 4;
        let postings: Vec<_> = lines.iter().filter(|l| !is_balance(l)).map(|l| posting(l)).collect();
        let balances: Vec<_> = lines.iter().filter(is_balance).map(|l| balance(l)).collect();
        let day = DayMovements {
            span: (at("05T00:00"), at("06T00:00")),
            complete_from: complete.then(|| at("01T00:00")),
            postings: &postings,
            balances: &balances,
            keys: &[],
            named: &[],
        };
        let timeline = Timeline::new(&day);
        let mut follow = timeline.follow(0, morning);
        let known = |b: OpeningBalance| b.map_or("?".to_owned(), |b| b.to_string());
        let mut seen = Vec::new();
        while let Some(step) = follow.step(Instant::MAX) {
            seen.push(match step {
                Step::Moved { moved, before, after } => {
                    format!("{}: {} -> {}", moved.amount, known(before), known(after))
                }
                Step::Asserted { balance, before } => {
                    format!("= {} ({})", balance.balance, before.map_or("-".to_owned(), known))
                }
            });
        }
        seen
    }

    #[test]
    fn the_ledgers_word_comes_after_the_movements_of_its_instant() {
        let lines = [
            "05T10:00 alice/main CNY 7",
            "p2 05T10:00 alice/main CNY usage -3",
            "p1 05T09:00 alice/main CNY usage -2",
            "p3 05T11:00 alice/main CNY top_up 4",
        ];
        let all = ["-2: 10 -> 8", "-3: 8 -> 5", "= 7 (5)", "4: 7 -> 11"];
        assert_eq!(steps(true, Some(Some(amount("10"))), &lines), all);
    }

    #[test]
    fn a_wallet_opens_at_nothing_only_where_the_ledger_is_complete() {
        let lines = ["p1 05T09:00 alice/main CNY usage -2", "05T10:00 alice/main CNY 7"];
        assert_eq!(steps(true, None, &lines), ["-2: 0 -> -2", "= 7 (-2)"]);
        assert_eq!(steps(false, None, &lines), ["-2: ? -> ?", "= 7 (?)"]);
        assert_eq!(steps(true, Some(None), &lines), ["-2: ? -> ?", "= 7 (?)"]);
        assert_eq!(steps(true, None, &lines[1..]), ["= 7 (-)"]);
    }
}
