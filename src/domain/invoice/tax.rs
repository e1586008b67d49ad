//! What tax a customer's bills carry.

use super::document::{Tax, TaxCategory};
use crate::domain::money::{Amount, Exact, Mode, mul_div_round};

/// How a customer is taxed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TaxRule {
    /// Nothing was said: not subject to tax.
    #[default]
    None,
    /// Percent on top of net prices.
    Standard(Exact),
    /// Percent contained in the prices.
    Inclusive(Exact),
    /// The buyer owes the tax.
    ReverseCharge,
    Exempt(String),
}

impl TaxRule {
    /// `standard:19`, `inclusive:6`, `reverse_charge` or `exempt:REASON`.
    pub fn parse(text: &str) -> Option<TaxRule> {
        let percent = |p: &str| p.parse::<Exact>().ok().filter(|p| !p.is_negative());
        match text.split_once(':') {
            Some(("standard", p)) => Some(TaxRule::Standard(percent(p)?)),
            Some(("inclusive", p)) => Some(TaxRule::Inclusive(percent(p)?)),
            Some(("exempt", reason)) => Some(TaxRule::Exempt(reason.trim().to_owned())),
            _ => (text == "reverse_charge").then_some(TaxRule::ReverseCharge),
        }
    }

    /// Percent charged.
    pub fn percent(&self) -> Exact {
        match self {
            TaxRule::Standard(percent) | TaxRule::Inclusive(percent) => *percent,
            _ => Exact::ZERO,
        }
    }

    pub fn is_inclusive(&self) -> bool {
        matches!(self, TaxRule::Inclusive(_))
    }

    fn category(&self) -> TaxCategory {
        match self {
            TaxRule::None => TaxCategory::None,
            TaxRule::Standard(p) | TaxRule::Inclusive(p) if p.is_zero() => TaxCategory::Zero,
            TaxRule::Standard(_) | TaxRule::Inclusive(_) => TaxCategory::Standard,
            TaxRule::ReverseCharge => TaxCategory::ReverseCharge,
            TaxRule::Exempt(_) => TaxCategory::Exempt,
        }
    }

    fn reason(&self) -> Option<String> {
        match self {
            TaxRule::None => Some("Not subject to tax".to_owned()),
            TaxRule::ReverseCharge => Some("Reverse charge".to_owned()),
            TaxRule::Exempt(reason) => Some(reason.clone()),
            TaxRule::Standard(_) | TaxRule::Inclusive(_) => None,
        }
    }

    /// The one group of a document's tax.
    pub(super) fn group(&self, base: Amount, amount: Amount) -> Tax {
        Tax { category: self.category(), percent: self.percent(), base, amount, reason: self.reason() }
    }

    /// How it taxes, of no amount.
    pub(super) fn shape(&self) -> Tax {
        self.group(Amount::ZERO, Amount::ZERO)
    }

    /// The rule that makes another group like one that was printed.
    pub fn of_group(tax: &Tax) -> TaxRule {
        match tax.category {
            TaxCategory::Standard | TaxCategory::Zero => TaxRule::Standard(tax.percent),
            TaxCategory::ReverseCharge => TaxRule::ReverseCharge,
            TaxCategory::Exempt => TaxRule::Exempt(tax.reason.clone().unwrap_or_default()),
            TaxCategory::None => TaxRule::None,
        }
    }
}

/// `percent` of an amount, exact to 18 places.
pub fn share(amount: Amount, percent: Exact) -> Option<Amount> {
    let hundred = 10i128.checked_pow(percent.scale())?.checked_mul(100)?;
    Amount::from_raw(mul_div_round(amount.raw(), percent.mantissa(), hundred, Mode::HalfEven)?)
}

/// What is left of an amount that contains `percent` of tax, exact to 18 places.
pub fn without(gross: Amount, percent: Exact) -> Option<Amount> {
    let hundred = 10i128.checked_pow(percent.scale())?.checked_mul(100)?;
    let whole = hundred.checked_add(percent.mantissa())?;
    Amount::from_raw(mul_div_round(gross.raw(), hundred, whole, Mode::HalfEven)?)
}
