//! Incidents: all findings of one cause and one origin, by the money at stake.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::{Certainty, Class, Finding, Leg, incident_id};
use crate::domain::money::Amount;
use crate::domain::period::Instant;

/// What an incident moved, in one unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stake {
    /// Sum of the differences.
    pub difference: Amount,
    /// Sum of their sizes.
    pub absolute: Amount,
}

/// All findings of one cause and origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    pub id: String,
    /// Empty where its findings are ambiguous or unexplained.
    pub cause: String,
    pub origin: String,
    pub legs: BTreeMap<Leg, u64>,
    pub classes: BTreeMap<Class, u64>,
    pub certainties: BTreeMap<Certainty, u64>,
    /// Every candidate of any of its findings.
    pub candidates: BTreeSet<String>,
    /// Ids, in order.
    pub findings: Vec<String>,
    /// Distinct calls; findings without one are not counted.
    pub calls: u64,
    pub accounts: BTreeSet<String>,
    pub first_at: Option<Instant>,
    pub last_at: Option<Instant>,
    /// By unit; a finding without a difference has no stake.
    pub stakes: BTreeMap<String, Stake>,
}

/// A sum of differences has more than 38 digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the differences of incident {incident} in {unit} have a sum of more than 38 digits")]
pub struct StakeTooLarge {
    pub incident: String,
    pub unit: String,
}

/// Groups findings into incidents: the one with most at stake in its unit first.
///
/// Units are never held against each other: an incident's place is its best place in any unit. The
/// order of the findings changes nothing.
///
/// # Errors
/// [`StakeTooLarge`] when a sum leaves what can be held exactly.
pub fn incidents(findings: &[Finding]) -> Result<Vec<Incident>, StakeTooLarge> {
    let mut groups: BTreeMap<String, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        groups.entry(id_of(finding)).or_default().push(finding);
    }
    let mut all = groups.into_iter().map(|(id, group)| gather(id, group)).collect::<Result<Vec<_>, _>>()?;
    sort(&mut all);
    Ok(all)
}

fn id_of(finding: &Finding) -> String {
    match finding.incident_id.as_str() {
        "" => incident_id(&finding.cause, &finding.origin),
        id => id.to_owned(),
    }
}

fn gather(id: String, mut group: Vec<&Finding>) -> Result<Incident, StakeTooLarge> {
    group.sort_by(|a, b| (&a.finding_id, a.at).cmp(&(&b.finding_id, b.at)));
    let mut calls = BTreeSet::new();
    let mut incident = Incident {
        id,
        cause: group.first().map(|f| f.cause.clone()).unwrap_or_default(),
        origin: group.first().map(|f| f.origin.clone()).unwrap_or_default(),
        legs: BTreeMap::new(),
        classes: BTreeMap::new(),
        certainties: BTreeMap::new(),
        candidates: BTreeSet::new(),
        findings: group.iter().map(|f| f.finding_id.clone()).collect(),
        calls: 0,
        accounts: BTreeSet::new(),
        first_at: group.iter().filter_map(|f| f.at).min(),
        last_at: group.iter().filter_map(|f| f.at).max(),
        stakes: BTreeMap::new(),
    };
    for finding in group {
        *incident.legs.entry(finding.leg).or_default() += 1;
        *incident.classes.entry(finding.class).or_default() += 1;
        *incident.certainties.entry(finding.certainty).or_default() += 1;
        incident.candidates.extend(finding.candidates.iter().cloned());
        incident.accounts.extend(finding.account_id.clone());
        calls.extend(finding.call_id.as_ref().map(|call| (&finding.source, call, finding.attempt)));
        if let (Some(unit), Some(difference)) = (&finding.unit, finding.difference) {
            let stake = incident.stakes.entry(unit.clone()).or_default();
            *stake = add(*stake, difference)
                .ok_or_else(|| StakeTooLarge { incident: incident.id.clone(), unit: unit.clone() })?;
        }
    }
    incident.calls = calls.len() as u64;
    Ok(incident)
}

fn add(stake: Stake, difference: Amount) -> Option<Stake> {
    Some(Stake {
        difference: stake.difference.checked_add(difference)?,
        absolute: stake.absolute.checked_add(difference.abs())?,
    })
}

fn sort(all: &mut [Incident]) {
    let mut sizes: BTreeMap<&str, Vec<Amount>> = BTreeMap::new();
    for (unit, stake) in all.iter().flat_map(|i| &i.stakes) {
        sizes.entry(unit).or_default().push(stake.absolute);
    }
    sizes.values_mut().for_each(|s| s.sort_unstable_by(|a, b| b.cmp(a)));
    // How many incidents have more at stake in the unit.
    let place = |unit: &str, size: Amount| sizes.get(unit).map_or(0, |s| s.partition_point(|other| *other > size));
    let best = |i: &Incident| i.stakes.iter().map(|(unit, stake)| (place(unit, stake.absolute), unit.clone())).min();
    let places: BTreeMap<String, (bool, Option<(usize, String)>)> =
        all.iter().map(|i| (i.id.clone(), best(i))).map(|(id, best)| (id, (best.is_none(), best))).collect();
    all.sort_by(|a, b| (places.get(&a.id), &a.id).cmp(&(places.get(&b.id), &b.id)));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(key: &str, cause: &str, unit: &str, difference: &str) -> Finding {
        let mut finding = Finding::new(Leg::Charge, Class::AmountMismatch, "amount", &[key]);
        finding.source = Some("gateway".to_owned());
        finding.call_id = Some(key.to_owned());
        finding.attempt = Some(1);
        finding.account_id = Some("alice".to_owned());
        finding.at = Instant::parse(&format!("2026-10-01T0{}:00:00Z", key.len())).ok();
        finding.unit = Some(unit.to_owned());
        finding.difference = difference.parse().ok();
        finding.because(cause, "source gateway", Certainty::Exact)
    }

    #[test]
    fn findings_of_one_cause_and_origin_are_one_incident() {
        let mut posted = finding("a", "price_stale", "CNY", "0.5");
        posted.leg = Leg::Posting;
        posted.finding_id.push('p');
        let all = [finding("bb", "price_stale", "CNY", "-2"), finding("a", "price_stale", "CNY", "0.5"), posted];
        let found = incidents(&all).unwrap();
        assert_eq!(found.len(), 1);
        let one = &found[0];
        assert_eq!((one.calls, one.findings.len(), one.accounts.len()), (2, 3, 1));
        assert_eq!(one.legs, BTreeMap::from([(Leg::Charge, 2), (Leg::Posting, 1)]));
        assert_eq!(one.id, incident_id("price_stale", "source gateway"));
        let stake = one.stakes["CNY"];
        assert_eq!((stake.difference.to_string(), stake.absolute.to_string()), ("-1".into(), "3".into()));
        let hours = [one.first_at, one.last_at].map(|at| at.unwrap().to_string());
        assert_eq!(hours, ["2026-10-01T01:00:00Z", "2026-10-01T02:00:00Z"]);
    }

    #[test]
    fn the_one_with_most_at_stake_in_its_unit_comes_first() {
        let mut all = vec![
            finding("a", "unit_slip", "quota", "900000"),
            finding("b", "price_stale", "CNY", "3"),
            finding("c", "rounding", "quota", "-20"),
            finding("d", "duplicate_charge", "CNY", "-9"),
        ];
        let order = |all: &[Finding]| -> Vec<String> { incidents(all).unwrap().into_iter().map(|i| i.cause).collect() };
        let expect = ["duplicate_charge", "unit_slip", "price_stale", "rounding"];
        assert_eq!(order(&all), expect);
        all.reverse();
        assert_eq!(order(&all), expect);
    }

    #[test]
    fn a_sum_beyond_38_digits_is_an_error_and_never_a_wrap() {
        let huge = "99999999999999999999";
        let all = [finding("a", "unit_slip", "CNY", huge), finding("b", "unit_slip", "CNY", huge)];
        assert!(incidents(&all).is_err_and(|e| e.unit == "CNY"));
    }
}
