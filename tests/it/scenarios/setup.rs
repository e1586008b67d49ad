//! `## Setup` becomes trueup.toml and the head of the price books.

use std::fmt::Write;

use super::page::{Part, Problem, Section, problem};

/// What the list of a scenario's setup says.
#[derive(Clone, Debug, Default)]
pub(super) struct Setup {
    zone: String,
    pub(super) unit: String,
    book_unit: Option<String>,
    recorded: Option<String>,
    max_rejects: Option<String>,
    match_within: Option<String>,
    complete_from: Option<String>,
    grace: Option<String>,
    max_late: Option<String>,
    reconcile: String,
    hold_above: String,
    forbid: Vec<String>,
    rates: String,
    issuer: Option<String>,
    /// Lines of `[book]`.
    book: String,
}

impl Setup {
    pub(super) fn of(section: &Section) -> Result<Setup, Problem> {
        let mut setup = Setup::default();
        for part in &section.parts {
            match part {
                Part::Item(line, name, value) => {
                    setup.item(name, value).map_err(|text| Problem { line: *line, text })?;
                }
                Part::Prose(..) => {}
                _ => return problem(section.line, "the setup is a list of `- name: value`"),
            }
        }
        match (setup.zone.is_empty(), setup.unit.is_empty()) {
            (false, false) => Ok(setup),
            (true, _) => problem(section.line, "the setup names no zone, such as `- zone: Asia/Shanghai`"),
            (_, true) => problem(section.line, "the setup names no unit, such as `- unit: CNY`"),
        }
    }

    fn item(&mut self, name: &str, value: &str) -> Result<(), String> {
        let text = || Some(value.to_owned());
        match name {
            "zone" => self.zone = value.to_owned(),
            "unit" => self.unit = value.to_owned(),
            "prices in" => self.book_unit = text(),
            "recorded" => self.recorded = Some(recorded(value)?),
            "rejects at most" => self.max_rejects = text(),
            "match within" => self.match_within = text(),
            "complete from" => self.complete_from = text(),
            "grace" => self.grace = text(),
            "late at most" => self.max_late = text(),
            "tolerance" => self.tolerance(value)?,
            "exit above" => {
                let (amount, unit) = value.split_once(' ').ok_or("is not an amount and a unit, such as 5 CNY")?;
                let _ = writeln!(self.reconcile, "exit_above.{unit:?} = {amount:?}");
            }
            "hold above" => {
                let (amount, unit) = value.split_once(' ').ok_or("is not an amount and a unit, such as 5 CNY")?;
                self.hold_above = format!("[invoice]\nhold_above = {{ {unit:?} = {:?} }}\n", amount.replace(',', ""));
            }
            "forbidden" => self.forbid = value.split(',').map(|kind| kind.trim().to_owned()).collect(),
            "issuer" => self.issuer = text(),
            "rate" => self.rate(value)?,
            "rounding" => {
                let rounding = rounding(value)?;
                let _ = writeln!(self.book, "rounding = {rounding}");
            }
            "price at" | "price by" | "failed calls" | "cancelled calls" | "cache hits" | "no variant" => {
                let _ = writeln!(self.book, "{} = {value:?}", name.replace(' ', "_"));
            }
            _ => return Err(format!("the setup has no {name:?}")),
        }
        Ok(())
    }

    /// `0.01 CNY a call, 0.05 a day`
    fn tolerance(&mut self, value: &str) -> Result<(), String> {
        let parts: Option<(&str, &str, &str)> = value
            .strip_suffix(" a day")
            .and_then(|v| v.split_once(" a call, "))
            .and_then(|(row, sum)| row.split_once(' ').map(|(amount, unit)| (amount, unit, sum)));
        let (row, unit, sum) = parts.ok_or("is not such as 0.01 CNY a call, 0.05 a day")?;
        let _ = writeln!(self.reconcile, "tolerance.{unit:?} = {{ row = {row:?}, sum = {sum:?} }}");
        Ok(())
    }

    /// `1 credit = 0.00001 EUR`, with `from 2026-01-01` where it has a start.
    fn rate(&mut self, value: &str) -> Result<(), String> {
        let wrong = || format!("{value:?} is not such as 1 USD = 7.14 CNY from 2026-01-01");
        let (name, rest) = value.strip_prefix("1 ").and_then(|v| v.split_once(" = ")).ok_or_else(wrong)?;
        let (rate, from) = rest.split_once(" from ").map_or((rest, None), |(rate, from)| (rate, Some(from)));
        let (amount, unit) = rate.split_once(' ').ok_or_else(wrong)?;
        let from = from.map(|f| format!(", from = {f:?}")).unwrap_or_default();
        let _ =
            writeln!(self.rates, "[[unit]]\nname = {name:?}\nrate = {{ unit = {unit:?}, amount = {amount:?}{from} }}");
        Ok(())
    }

    pub(super) fn book_head(&self, id: &str) -> String {
        let unit = self.book_unit.as_ref().unwrap_or(&self.unit);
        format!("[book]\nid = {id:?}\nunit = {unit:?}\n{}", self.book)
    }

    /// trueup.toml of a folder that has these inputs.
    pub(super) fn file(&self, has: &Inputs) -> String {
        let mut out = format!("[time]\nzone = {:?}\n", self.zone);
        let line =
            |key: &str, value: &Option<String>| value.as_ref().map(|v| format!("{key} = {v:?}\n")).unwrap_or_default();
        let _ = write!(out, "[close]\n{}{}", line("grace", &self.grace), line("max_late", &self.max_late));
        let _ = writeln!(
            out,
            "[[source]]\nname = \"gateway\"\npath = \"raw/calls/*\"\nbook = \"prices/main.toml\"\nunit = {:?}\nzone = {:?}\nsettle = \"0s\"",
            self.unit, self.zone
        );
        if let Some(recorded) = &self.recorded {
            let _ = writeln!(out, "recorded = {recorded}");
        }
        out.push_str(&line("max_rejects", &self.max_rejects));
        if has.postings || has.balances {
            let _ = writeln!(out, "[ledger]\nzone = {:?}\nunit = {:?}\nsettle = \"0s\"", self.zone, self.unit);
            out.push_str(&line("max_rejects", &self.max_rejects));
            out.push_str(&line("match_within", &self.match_within));
            out.push_str(&line("complete_from", &self.complete_from));
            for (there, kind) in [(has.postings, "postings"), (has.balances, "balances")] {
                if there {
                    let _ = writeln!(out, "{kind} = \"raw/{kind}/*\"");
                }
            }
        }
        if has.accounts || has.keys {
            out.push_str("[parties]\n");
            for (there, kind) in [(has.accounts, "accounts"), (has.keys, "keys")] {
                if there {
                    let _ = writeln!(out, "{kind} = \"{kind}.csv\"");
                }
            }
        }
        out.push_str(&self.hold_above);
        if let Some(name) = &self.issuer {
            let _ = writeln!(
                out,
                "[issuer]\nname = {name:?}\nstreet = \"Road 1\"\ncity = \"City\"\ncountry = \"CN\"\ntax_id = \"1\""
            );
        }
        let declared = [Some(&self.unit), self.book_unit.as_ref()].into_iter().flatten();
        let is_code = |unit: &str| unit.len() == 3 && unit.bytes().all(|b| b.is_ascii_alphabetic());
        let mut undeclared: Vec<&String> =
            declared.filter(|u| !is_code(u) && !self.rates.contains(&format!("name = {u:?}"))).collect();
        undeclared.dedup();
        let units: String = undeclared.iter().map(|unit| format!("[[unit]]\nname = {unit:?}\n")).collect();
        let _ =
            write!(out, "{units}[reconcile]\n{}[policy]\nforbid = {:?}\n{}", self.reconcile, self.forbid, self.rates);
        out
    }
}

/// Which inputs an operator has.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Inputs {
    pub(super) postings: bool,
    pub(super) balances: bool,
    pub(super) accounts: bool,
    pub(super) keys: bool,
}

/// `exact`, `float64`, `whole, up`, or `6 places, half_up`.
fn recorded(value: &str) -> Result<String, String> {
    let wrong = || format!("{value:?} is not exact, float64, such as whole, up, or such as 6 places, half_up");
    if let "exact" | "float64" = value {
        return Ok(format!("{{ as = {value:?} }}"));
    }
    let (places, mode) = value.split_once(", ").ok_or_else(wrong)?;
    match places.strip_suffix(" places") {
        Some(scale) => Ok(format!("{{ as = \"decimal\", scale = {scale}, mode = {mode:?} }}")),
        None if places == "whole" => Ok(format!("{{ as = \"integer\", mode = {mode:?} }}")),
        None => Err(wrong()),
    }
}

/// `call, half_up, 6 places`
fn rounding(value: &str) -> Result<String, String> {
    let parts: Vec<&str> = value.split(", ").collect();
    match (parts.as_slice(), parts.last().and_then(|p| p.strip_suffix(" places"))) {
        ([at, mode, _], Some(scale)) => Ok(format!("{{ at = {at:?}, mode = {mode:?}, scale = {scale} }}")),
        _ => Err(format!("{value:?} is not such as call, half_up, 6 places")),
    }
}
