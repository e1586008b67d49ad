//! What names a unit, and what units are worth in each other.

use std::ops::Range;

use toml::Spanned;

use super::super::file::File;
use super::Reader;
use crate::domain::money::{Exact, UnitNames, UnitRate, Units};
use crate::domain::period::{Instant, Zone};
use crate::edge::source::FORMATS;
use crate::pipeline::AppError;

/// What `[[unit]]` declares, and the units that formats of logs have of their own.
pub(super) fn names(file: &File) -> UnitNames {
    let declared = file.unit.iter().map(|unit| unit.name.get_ref().clone());
    let own = FORMATS.iter().filter_map(|format| format.unit.map(str::to_owned));
    UnitNames::new(declared.chain(own).filter(|name| !name.trim().is_empty()))
}

impl Reader<'_> {
    /// The unit that a setting names.
    pub(super) fn unit(&self, word: &Spanned<String>) -> Result<String, AppError> {
        self.unit_at(word.get_ref(), &word.span())
    }

    pub(super) fn unit_at(&self, word: &str, at: &Range<usize>) -> Result<String, AppError> {
        self.names.named(word).map(|unit| unit.into_owned()).ok_or_else(|| {
            self.wrong(at, format!("{word:?} is no unit: neither a currency of ISO 4217 nor declared"))
                .hint(format!("[[unit]] with name = {word:?} declares one; its rate to another may be left out"))
        })
    }

    pub(super) fn units(&self, file: &File, zone: Zone) -> Result<Units, AppError> {
        let mut rates: Vec<UnitRate> = Vec::new();
        for unit in &file.unit {
            let Some(rate) = &unit.rate else { continue };
            let (name, into) = (self.unit(&unit.name)?, self.unit(&rate.unit)?);
            let amount: Exact = (rate.amount.get_ref().parse())
                .map_err(|e| self.wrong(&rate.amount.span(), format!("{:?} {e}", rate.amount.get_ref())))?;
            if amount.is_zero() || amount.is_negative() {
                return Err(self.wrong(&rate.amount.span(), "a rate is above zero"));
            }
            if name == into {
                return Err(self.wrong(&unit.name.span(), format!("{name} cannot have a rate to itself")));
            }
            let from = rate.from.as_ref().map_or(Ok(Instant::MIN), |f| self.since(f, zone))?;
            let twice = |r: &UnitRate| {
                let same = r.name == name && r.unit == into;
                (same && r.from == from) || (r.name == into && r.unit == name)
            };
            if rates.iter().any(twice) {
                let what = format!("the rate between {name} and {into} is given twice");
                return Err(self.wrong(&unit.name.span(), what));
            }
            rates.push(UnitRate { name, unit: into, amount, from });
        }
        Ok(Units::new(rates))
    }
}
