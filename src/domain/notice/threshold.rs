//! Which thresholds hold for an account, and what each comes to for a wallet.

use crate::domain::ledger::{Account, Mode as Paying, Overflow, Parties, Threshold};
use crate::domain::money::{Amount, Mode, mul_div_round};
use crate::domain::period::Instant;

/// Full days a pace is the mean of.
pub(super) const PACE_DAYS: i64 = 7;

/// The thresholds of accounts: each one's own, else the default. A postpaid account has only its own.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    pub parties: &'a Parties,
    pub default: &'a [Threshold],
}

/// One account's thresholds over time, read once for all its movements.
pub(super) struct InForce<'a> {
    rows: &'a [Account],
    own: Vec<Vec<Threshold>>,
    default: &'a [Threshold],
}

impl<'a> Terms<'a> {
    pub(super) fn of(&self, account_id: &str) -> InForce<'a> {
        let rows = self.parties.account_rows(account_id);
        let own = rows.iter().map(|row| self.of_row(row)).collect();
        InForce { rows, own, default: self.default }
    }

    fn of_row(&self, account: &Account) -> Vec<Threshold> {
        let own = account.other.get("low_balance").and_then(|text| Threshold::parse_all(text));
        match own {
            Some(own) => own,
            None if account.mode == Paying::Postpaid => Vec::new(),
            None => self.default.to_vec(),
        }
    }
}

impl InForce<'_> {
    /// Those that hold at an instant; the default where no row of the account does.
    pub(super) fn at(&self, at: Instant) -> &[Threshold] {
        let row = self.rows.iter().rposition(|row| row.from.is_none_or(|from| from <= at));
        row.map_or(self.default, |row| &self.own[row])
    }
}

/// What a wallet's consumption was over the last full days that it has, seven at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Usage less refunds of all these days; never below zero.
    pub used: Amount,
    /// How many, 1 to 7.
    pub days: i64,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace { used: Amount::ZERO, days: PACE_DAYS }
    }
}

impl Pace {
    /// Tenths of days a balance lasts, rounded down; `None` where nothing was used.
    pub fn tenths_left(self, balance: Amount) -> Option<u64> {
        if !self.used.is_positive() {
            return None;
        }
        let balance = balance.max(Amount::ZERO);
        let tenths = mul_div_round(balance.raw(), i128::from(self.days) * 10, self.used.raw(), Mode::Down)?;
        u64::try_from(tenths).ok()
    }
}

/// What a threshold is measured against.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measure {
    /// The last purchase, else the grants; `None` where there was neither.
    pub(super) basis: Option<Amount>,
    pub(super) pace: Pace,
}

impl Measure {
    /// The least balance that is not below, at 18 places: rounded up, so that comparing with it is exact.
    /// `None` where the threshold means nothing yet.
    ///
    /// # Errors
    /// When it has more than 38 digits.
    pub(super) fn level(&self, threshold: &Threshold) -> Result<Option<Amount>, Overflow> {
        let level = match threshold {
            Threshold::Amount(amount) => Some(*amount),
            Threshold::Percent(percent) => match self.basis {
                None => return Ok(None),
                Some(basis) => share(basis, percent.mantissa(), percent.scale() + 2),
            },
            Threshold::Days(days) => {
                mul_div_round(self.pace.used.raw(), i128::from(*days), i128::from(self.pace.days), Mode::Up)
                    .and_then(Amount::from_raw)
            }
        };
        level.map(Some).ok_or_else(|| Overflow::of(format_args!("a low_balance threshold of {threshold}")))
    }
}

/// `basis` x `mantissa` / 10^`scale`, rounded up.
fn share(basis: Amount, mantissa: i128, scale: u32) -> Option<Amount> {
    Amount::from_raw(mul_div_round(basis.raw(), mantissa, 10i128.checked_pow(scale)?, Mode::Up)?)
}
