//! The ledger of one wallet over a period, as it is repeated to its owner.

use std::collections::BTreeMap;

use super::document::{MovementSum, Proposal, Statement, UsageRow};
use super::usage::UsageSum;
use crate::domain::ledger::{PostingKind, WalletDay};
use crate::domain::money::Amount;
use crate::domain::period::Day;

/// Movements of a wallet, put together while the period's postings are read.
#[derive(Clone, Debug, Default)]
pub struct WalletUsage {
    pub counts: BTreeMap<PostingKind, u64>,
    pub sums: BTreeMap<PostingKind, Amount>,
    pub by_day: BTreeMap<Day, UsageSum>,
    pub by_model: BTreeMap<String, UsageSum>,
    pub by_key: BTreeMap<String, UsageSum>,
}

/// One posting that pays for a call, and what is known of the call.
#[derive(Clone, Copy, Debug, Default)]
pub struct PaidCall<'a> {
    /// Empty: the call is not in the log, or the posting names none.
    pub model: &'a str,
    pub key: &'a str,
    /// Counted with the posting that settles it.
    pub settles: bool,
    pub input_tokens: u64,
    pub output_tokens: u64,
}

impl WalletUsage {
    /// A movement of the wallet. `None` on overflow.
    pub fn add(&mut self, kind: PostingKind, amount: Amount) -> Option<()> {
        *self.counts.entry(kind).or_default() += 1;
        let sum = self.sums.entry(kind).or_default();
        *sum = sum.checked_add(amount)?;
        Some(())
    }

    /// What a movement that pays for calls took, on its day. `None` on overflow.
    pub fn add_usage(&mut self, day: Day, amount: Amount, call: PaidCall<'_>) -> Option<()> {
        let counted = |n: u64| if call.settles { n } else { 0 };
        let one = UsageSum {
            calls: counted(1),
            input_tokens: counted(call.input_tokens),
            output_tokens: counted(call.output_tokens),
            amount: -amount,
        };
        self.by_day.entry(day).or_default().add(&one)?;
        self.by_model.entry(call.model.to_owned()).or_default().add(&one)?;
        self.by_key.entry(call.key.to_owned()).or_default().add(&one)
    }

    /// Another day's movements of the same wallet. `None` on overflow.
    pub fn merge(&mut self, other: WalletUsage) -> Option<()> {
        for (kind, count) in other.counts {
            *self.counts.entry(kind).or_default() += count;
        }
        for (kind, amount) in other.sums {
            let sum = self.sums.entry(kind).or_default();
            *sum = sum.checked_add(amount)?;
        }
        for (day, sum) in &other.by_day {
            self.by_day.entry(*day).or_default().add(sum)?;
        }
        for (model, sum) in &other.by_model {
            self.by_model.entry(model.clone()).or_default().add(sum)?;
        }
        for (key, sum) in &other.by_key {
            self.by_key.entry(key.clone()).or_default().add(sum)?;
        }
        Some(())
    }

    /// What calls took; debits positive. `None` on overflow.
    pub fn posted(&self) -> Option<Amount> {
        let paying = self.sums.iter().filter(|(kind, _)| kind.pays_for_calls());
        Amount::sum(paying.map(|(_, amount)| -*amount))
    }

    /// Whether it is what the wallet's roll-forward says, kind by kind.
    pub fn agrees(&self, rolled: &WalletDay) -> bool {
        let own: Vec<(&str, Amount)> = PostingKind::ALL
            .into_iter()
            .filter_map(|k| Some((k.name(), *self.sums.get(&k).filter(|_| k.moves_wallet())?)))
            .collect();
        own == rolled.movements
    }
}

/// Where the last final statement of the wallet left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Before {
    pub closing: Amount,
}

/// The statement of a wallet. What the ledger changed in an earlier period after its statement went out
/// is a movement of its own, `late`. `None` on overflow.
pub fn statement(
    rolled: &WalletDay,
    usage: &WalletUsage,
    before: Option<Before>,
    proposed: Vec<Proposal>,
) -> Option<Statement> {
    let mut movements: Vec<MovementSum> = Vec::new();
    let mut opening = rolled.opening;
    if let (Some(now), Some(before)) = (opening, before) {
        let late = now.checked_sub(before.closing)?;
        if !late.is_zero() {
            movements.push(MovementSum { kind: "late".to_owned(), count: 0, amount: late });
            opening = Some(before.closing);
        }
    }
    for (kind, amount) in &rolled.movements {
        let kind = PostingKind::from_name(kind)?;
        let count = usage.counts.get(&kind).copied().unwrap_or_default();
        movements.push(MovementSum { kind: kind.name().to_owned(), count, amount: *amount });
    }
    let residual = match (rolled.opening, rolled.closing) {
        (Some(opening), Some(closing)) => {
            let moved = Amount::sum(rolled.movements.iter().map(|m| m.1))?;
            closing.checked_sub(opening.checked_add(moved)?)?
        }
        _ => Amount::ZERO,
    };
    let rows = |sums: Vec<(String, &UsageSum)>| {
        let row = |(name, s): (String, &UsageSum)| UsageRow {
            name,
            calls: s.calls,
            input_tokens: s.input_tokens,
            output_tokens: s.output_tokens,
            amount: s.amount,
        };
        sums.into_iter().map(row).collect()
    };
    Some(Statement {
        wallet: rolled.wallet.wallet.to_string(),
        unit: rolled.wallet.unit.to_string(),
        opening,
        movements,
        usage_posted: usage.posted()?,
        closing: rolled.closing,
        residual,
        proposed,
        by_day: rows(usage.by_day.iter().map(|(day, s)| (day.to_string(), s)).collect()),
        by_model: rows(usage.by_model.iter().map(|(model, s)| (model.clone(), s)).collect()),
        by_key: rows(usage.by_key.iter().map(|(key, s)| (key.clone(), s)).collect()),
    })
}
