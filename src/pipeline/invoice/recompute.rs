//! Final documents made once more: from the revisions of days that each names, the accounts as they were,
//! and what had gone out before it.

use std::collections::BTreeMap;

use super::account_months::{RawCatalogs, gather, sources_like};
use super::complete::revisions;
use super::context::JOB;
use super::history::History;
use crate::domain::invoice::{
    AccountMonths, BillingRules, Document, Draft, DraftBuilder, Frame, IssuedDocument, IssuedDocuments, KeyKind, Late,
    SaidOfEarlier, SourceRef, as_issued, late_note_again,
};
use crate::domain::ledger::Parties;
use crate::domain::period::{Day, Period};
use crate::edge::lake::{KeptRef, Manifest};
use crate::edge::render::apart;
use crate::pipeline::close::day_revisions::days_of;
use crate::pipeline::config::Billing;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::registry::books::{kept_parties, load_parties};

/// What became of each number: `None` where it is the same again, else what differs.
type Outcomes = BTreeMap<String, Option<String>>;

/// Documents of one period, issued on one day, from one set of revisions.
type Group<'h> = Vec<&'h IssuedDocument>;

/// Makes the documents of a period (absent: of all) again. A credit note that a person asked for, and what was
/// billed once more, is what they asked for; it is left out.
pub(super) async fn recompute(
    run: &RunContext,
    history: &History,
    period: Option<Period>,
) -> Result<Outcomes, AppError> {
    let mut outcomes = Outcomes::new();
    let Some(billing) = &run.config.billing else { return Ok(outcomes) };
    let rules = billing.rules();
    let mut groups: BTreeMap<(Period, Day, &[SourceRef]), Group<'_>> = BTreeMap::new();
    for one in history.documents.all() {
        let document = &one.document;
        let is_asked = matches!(KeyKind::of(&one.key), KeyKind::AskedNote | KeyKind::Again);
        if !is_asked && period.is_none_or(|p| p == document.period) {
            groups.entry((document.period, document.issued_on, &document.sources)).or_default().push(one);
        }
    }
    for ((period, issued_on, sources), mut group) in groups {
        let again = Recomputation { run, billing, rules: &rules, history, period, issued_on };
        match again.month(sources).await {
            Ok((days, catalogs)) => {
                for parties in again.parties_of(&group).await? {
                    group = again.same_or_not(group, &days, &catalogs, &parties, &mut outcomes).await?;
                    if group.is_empty() {
                        break;
                    }
                }
            }
            Err(stop) => impossible(&group, &stop, &mut outcomes),
        }
    }
    Ok(outcomes)
}

fn number(one: &IssuedDocument) -> String {
    one.document.number.clone().unwrap_or_default()
}

fn impossible(group: &Group<'_>, stop: &AppError, outcomes: &mut Outcomes) {
    let what = format!("cannot be made again: {}", stop.what);
    outcomes.extend(group.iter().map(|d| (number(d), Some(what.clone()))));
}

struct Recomputation<'a> {
    run: &'a RunContext,
    billing: &'a Billing,
    rules: &'a BillingRules,
    history: &'a History,
    period: Period,
    issued_on: Day,
}

impl Recomputation<'_> {
    async fn month(&self, sources: &[SourceRef]) -> Result<(Vec<Manifest>, RawCatalogs<'static>), AppError> {
        let days = revisions(self.run, sources).await?;
        let catalogs = RawCatalogs::as_sealed(self.run, &days).await?;
        Ok((days, catalogs))
    }

    /// Accounts as they were, likeliest first: as the month's bills were sealed with them, in that order, and as
    /// they are now.
    async fn parties_of(&self, group: &Group<'_>) -> Result<Vec<Parties>, AppError> {
        let mut kept: Vec<(bool, Vec<KeptRef>)> = Vec::new();
        let name = self.period.to_string();
        let first_number = group.first().map(|d| number(d));
        for revision in self.run.lake.revisions(JOB, &name).await? {
            let manifest = self.run.revision(JOB, &name, revision).await?;
            let listed = manifest.notes.get("documents").map_or("", String::as_str);
            let first = first_number.as_deref().is_some_and(|n| listed.lines().any(|l| l.split(' ').next() == Some(n)));
            if !kept.iter().any(|k| k.1 == manifest.parties) {
                kept.push((first, manifest.parties.clone()));
            }
        }
        kept.sort_by_key(|(first, _)| !first);
        let mut parties = Vec::new();
        for (_, files) in &kept {
            parties.push(kept_parties(self.run, files).await?);
        }
        parties.push(load_parties(self.run).await?.0);
        Ok(parties)
    }

    /// Makes a group again with accounts as they may have been; gives those that differ.
    async fn same_or_not<'h>(
        &self,
        group: Group<'h>,
        days: &[Manifest],
        catalogs: &RawCatalogs<'_>,
        parties: &Parties,
        outcomes: &mut Outcomes,
    ) -> Result<Group<'h>, AppError> {
        let named = group.first().map_or(&[][..], |d| &d.document.sources);
        let months = match gather(self.run, catalogs, parties, self.period, days, None).await {
            Ok(months) => AccountMonths { sources: sources_like(days, named), ..months },
            Err(stop) => {
                impossible(&group, &stop, outcomes);
                return Ok(group);
            }
        };
        let before = self.history.documents.before_issue(self.period, self.issued_on);
        let late = self.late(&group, parties).await?;
        let drafts = self.builder(&before, parties, &months, &late, &group).drafts(&months)?;
        let none = BTreeMap::new();
        let plain = self.builder(&before, parties, &months, &none, &group);
        let is_late = |d: &&IssuedDocument| KeyKind::of(&d.key) == KeyKind::LateNote;
        let own = if group.iter().any(is_late) { plain.drafts(&months)? } else { Vec::new() };
        let by_key: BTreeMap<&str, &Draft> = drafts.iter().map(|d| (d.key.as_str(), d)).collect();
        let mut differing = Vec::new();
        for one in group {
            let made = match is_late(&one) {
                true => late_note_again(&plain, &own, &one.key, &one.document)?,
                false => by_key.get(one.key.as_str()).and_then(|draft| draft.document.clone()),
            };
            let nothing = || Some("is nothing its days give".to_owned());
            let what = made.map_or_else(nothing, |made| difference(&made, &one.document));
            if what.is_some() {
                differing.push(one);
            }
            outcomes.insert(number(one), what);
        }
        Ok(differing)
    }

    fn builder<'m>(
        &'m self,
        issued: &'m IssuedDocuments,
        parties: &'m Parties,
        months: &'m AccountMonths,
        late: &'m BTreeMap<String, Late>,
        group: &Group<'m>,
    ) -> DraftBuilder<'m> {
        let (period, zone, issued_on) = (self.period, self.run.config.zone, self.issued_on);
        let frame = Frame {
            // Whoever sent them then.
            issuer: group.first().map_or(&self.billing.issuer, |d| &d.document.issuer),
            period,
            zone,
            issued_on,
            sources: &months.sources,
        };
        let units = &self.run.config.rules.units;
        DraftBuilder { rules: self.rules, units, parties, issued, frame, late }
    }

    /// What documents of the group say of earlier months: usage is taken as it stands there, payments are looked
    /// up again.
    async fn late(&self, group: &Group<'_>, parties: &Parties) -> Result<BTreeMap<String, Late>, AppError> {
        let documents = group.iter().map(|d| (d.key.as_str(), &d.document));
        let mut said = SaidOfEarlier::of(documents, self.period);
        for month in said.payment_months() {
            let days = days_of(self.run, month).await?;
            let catalogs = RawCatalogs::as_sealed(self.run, &days).await?;
            let earlier = gather(self.run, &catalogs, parties, month, &days, None).await?;
            for (account, own) in earlier.accounts {
                said.add_payments(&account, month, own.payments, self.run.config.zone);
            }
        }
        Ok(said.late)
    }
}

/// In what a document made again differs from the one that was issued.
fn difference(made: &Document, document: &Document) -> Option<String> {
    let made = Document {
        number: document.number.clone(),
        series: document.series.clone(),
        ..as_issued(made, document.issued_on)
    };
    let apart = apart(&made, document)?;
    Some(format!("is not what its days give again: {}", apart.join("; ")))
}
