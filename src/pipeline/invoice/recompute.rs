//! Final documents made once more: from the revisions of days that each names, the accounts as they were,
//! and what had gone out before it.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::JOB;
use super::complete::revisions;
use super::drafts::{Draft, Maker, frame};
use super::finalise::issued;
use super::history::History;
use super::late::{Late, one};
use super::month::{Month, Views, gather, sources_like};
use super::payments::text_of;
use crate::domain::invoice::{Document, DocumentKind, LineKind, SourceRef, check_document};
use crate::domain::ledger::Parties;
use crate::domain::period::{Day, Period};
use crate::edge::lake::{KeptRef, Manifest};
use crate::edge::render::document_to_json;
use crate::edge::state::Issued;
use crate::pipeline::books::{kept_parties, load_parties};
use crate::pipeline::config::Billing;
use crate::pipeline::desk::Desk;
use crate::pipeline::stop::Stop;

/// What became of each number: `None` where it is the same again, else what differs.
type Outcomes = BTreeMap<String, Option<String>>;

/// Documents of one period, issued on one day, from one set of revisions.
type Group<'h> = Vec<&'h (Issued, Document)>;

/// Makes the documents of a period (absent: of all) again. A credit note that a person asked for is what
/// they asked for; it is left out.
pub(super) async fn recompute(desk: &Desk, history: &History, period: Option<Period>) -> Result<Outcomes, Stop> {
    let mut outcomes = Outcomes::new();
    let Some(billing) = &desk.config.billing else { return Ok(outcomes) };
    let mut groups: BTreeMap<(Period, Day, &[SourceRef]), Group<'_>> = BTreeMap::new();
    for one in &history.documents {
        let (issued, document) = one;
        if !issued.document_key.starts_with("credit/") && period.is_none_or(|p| p == document.period) {
            groups.entry((document.period, document.issued_on, &document.sources)).or_default().push(one);
        }
    }
    for ((period, issued_on, sources), mut group) in groups {
        let again = Again { desk, billing, history, period, issued_on };
        match again.month(sources).await {
            Ok((days, views)) => {
                for parties in again.parties_of(&group).await? {
                    group = again.same_or_not(group, &days, &views, &parties, &mut outcomes).await?;
                    if group.is_empty() {
                        break;
                    }
                }
            }
            Err(stop) => {
                let what = format!("cannot be made again: {}", stop.what);
                outcomes.extend(group.iter().map(|d| (d.0.number.clone(), Some(what.clone()))));
            }
        }
    }
    Ok(outcomes)
}

struct Again<'a> {
    desk: &'a Desk,
    billing: &'a Billing,
    history: &'a History,
    period: Period,
    issued_on: Day,
}

impl Again<'_> {
    async fn month(&self, sources: &[SourceRef]) -> Result<(Vec<Manifest>, Views<'static>), Stop> {
        let days = revisions(self.desk, sources).await?;
        let views = Views::as_sealed(self.desk, &days).await?;
        Ok((days, views))
    }

    /// Accounts as they were, likeliest first: as the month's bills were sealed with them, in that order, and as
    /// they are now.
    async fn parties_of(&self, group: &[&(Issued, Document)]) -> Result<Vec<Parties>, Stop> {
        let mut kept: Vec<(bool, Vec<KeptRef>)> = Vec::new();
        let name = self.period.to_string();
        for revision in self.desk.lake.revisions(JOB, &name).await? {
            let manifest = self.desk.revision(JOB, &name, revision).await?;
            let listed = manifest.notes.get("documents").map_or("", String::as_str);
            let first = group
                .first()
                .is_some_and(|d| listed.lines().any(|line| line.split(' ').next() == Some(d.0.number.as_str())));
            if !kept.iter().any(|k| k.1 == manifest.parties) {
                kept.push((first, manifest.parties.clone()));
            }
        }
        kept.sort_by_key(|(first, _)| !first);
        let mut parties = Vec::new();
        for (_, files) in &kept {
            parties.push(kept_parties(self.desk, files).await?);
        }
        parties.push(load_parties(self.desk).await?.0);
        Ok(parties)
    }

    /// Makes a group again with accounts as they may have been; gives those that differ.
    async fn same_or_not<'h>(
        &self,
        group: Group<'h>,
        days: &[Manifest],
        views: &Views<'_>,
        parties: &Parties,
        outcomes: &mut Outcomes,
    ) -> Result<Group<'h>, Stop> {
        let named = group.first().map_or(&[][..], |d| &d.1.sources);
        let month = match gather(self.desk, views, parties, self.period, days, None).await {
            Ok(month) => Month { sources: sources_like(days, named), ..month },
            Err(stop) => {
                let what = format!("cannot be made again: {}", stop.what);
                outcomes.extend(group.iter().map(|d| (d.0.number.clone(), Some(what.clone()))));
                return Ok(group);
            }
        };
        let before = self.history.before_issue(self.period, self.issued_on)?;
        let late = self.late(&group, parties).await?;
        let drafts = self.maker(&before, parties, &month, &late, &group).drafts(&month)?;
        let none = BTreeMap::new();
        let plain = self.maker(&before, parties, &month, &none, &group);
        let is_late = |d: &&(Issued, Document)| d.0.document_key.starts_with("late/");
        let own = if group.iter().any(is_late) { plain.drafts(&month)? } else { Vec::new() };
        let by_key: BTreeMap<&str, &Draft> = drafts.iter().map(|d| (d.key.as_str(), d)).collect();
        let mut differing = Vec::new();
        for one in group {
            let (issued, document) = one;
            let made = match issued.document_key.starts_with("late/") {
                true => self.late_credit(&plain, &own, issued, document)?,
                false => by_key.get(issued.document_key.as_str()).and_then(|draft| draft.document.clone()),
            };
            let what = made.map_or_else(|| Some("is nothing its days give".to_owned()), |m| difference(&m, document));
            if what.is_some() {
                differing.push(one);
            }
            outcomes.insert(issued.number.clone(), what);
        }
        Ok(differing)
    }

    fn maker<'m>(
        &'m self,
        history: &'m History,
        parties: &'m Parties,
        month: &'m Month,
        late: &'m BTreeMap<String, Late>,
        group: &[&'m (Issued, Document)],
    ) -> Maker<'m> {
        let mut frame = frame(self.billing, (self.period, self.desk.config.zone), self.issued_on, month);
        // Whoever sent them then.
        if let Some(first) = group.first() {
            frame.issuer = &first.1.issuer;
        }
        Maker { billing: self.billing, units: &self.desk.config.rules.units, parties, history, frame, late }
    }

    /// What documents of the group say of earlier months: usage is taken as it stands there, payments are looked
    /// up again.
    async fn late(&self, group: &[&(Issued, Document)], parties: &Parties) -> Result<BTreeMap<String, Late>, Stop> {
        let mut late: BTreeMap<String, Late> = BTreeMap::new();
        let mut paid: BTreeMap<Period, HashSet<&str>> = BTreeMap::new();
        for (issued, document) in group.iter().filter(|d| d.0.document_key.starts_with("invoice/")) {
            let lines = document.lines.iter().filter(|l| l.kind == LineKind::Late || l.period != self.period);
            // Over usage there is one invoice a month, over payments one a currency.
            if issued.document_key.split('/').count() == 4 {
                let own = late.entry(document.customer.account_id.clone()).or_default();
                own.currency.clone_from(&document.currency);
                own.lines.extend(lines.cloned());
            } else {
                for line in lines {
                    paid.entry(line.period).or_default().insert(line.text.as_str());
                }
            }
        }
        for (month, texts) in paid {
            let days = super::days_of(self.desk, month).await?;
            let views = Views::as_sealed(self.desk, &days).await?;
            let earlier = gather(self.desk, &views, parties, month, &days, None).await?;
            for (account, own) in earlier.accounts {
                let on_it =
                    own.payments.into_iter().filter(|p| texts.contains(text_of(p, self.desk.config.zone).as_str()));
                let on_it: Vec<_> = on_it.map(|p| (p, month)).collect();
                if !on_it.is_empty() {
                    late.entry(account).or_default().payments.extend(on_it);
                }
            }
        }
        Ok(late)
    }

    /// A credit note over what a month was billed too much.
    fn late_credit(
        &self,
        maker: &Maker<'_>,
        drafts: &[Draft],
        issued: &Issued,
        document: &Document,
    ) -> Result<Option<Document>, Stop> {
        let of = issued.document_key.rsplit('/').next().and_then(Period::parse);
        let Some(of) = of else { return Ok(None) };
        let account = document.customer.account_id.as_str();
        let usage =
            |d: &Document| d.kind == DocumentKind::Invoice && d.totals.as_ref().is_some_and(|t| t.paid.is_zero());
        let now = drafts.iter().find(|d| d.account_id == account && d.document.as_ref().is_none_or(usage));
        let mut all = BTreeMap::new();
        one(maker, account, now, of, &mut all)?;
        let made = all.remove(account).and_then(|late| late.credits.into_iter().next()).and_then(|d| d.document);
        let laws = |mut d: Document| {
            d.laws = check_document(&d).map_err(Stop::law)?;
            Ok(d)
        };
        made.map(laws).transpose()
    }
}

/// The members of the canonical JSON in which a document made again differs.
fn difference(made: &Document, document: &Document) -> Option<String> {
    let made = Document {
        number: document.number.clone(),
        series: document.series.clone(),
        ..issued(made, document.issued_on)
    };
    let (made, kept) = (document_to_json(&made), document_to_json(document));
    if made == kept {
        return None;
    }
    let members = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap_or_default();
    let (made, kept) = (members(&made), members(&kept));
    let names: Vec<&str> = kept.as_object().into_iter().flat_map(|o| o.keys()).map(String::as_str).collect();
    let differing: Vec<String> = names
        .into_iter()
        .filter(|name| made.get(name) != kept.get(name))
        .map(|name| match (&kept[name], &made[name]) {
            (Value::String(was), Value::String(is)) => format!("{name} {was}, now {is}"),
            _ => name.to_owned(),
        })
        .collect();
    Some(format!("is not what its days give again: {}", differing.join("; ")))
}
