//! Whether everything published is what its list says, and the list what was noted of it.

use std::collections::{BTreeMap, BTreeSet};

use super::list::{FileList, NAME};
use super::{folder_of, index, publish};
use crate::domain::period::{Period, PeriodKind};
use crate::pipeline::context::{PUBLISHED, RunContext};
use crate::pipeline::damage::{CHANGED, Damage, LOST, UNEXPECTED};
use crate::pipeline::error::AppError;

/// What is not as it was published of days, weeks and months.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PublishedPeriods {
    /// Files compared.
    pub files: u64,
    pub wrong: Vec<Damage>,
    /// Periods that must be published again.
    pub periods: BTreeSet<Period>,
}

/// Compares every published file of the periods within one (absent: of all) with the hash in its period's list;
/// the index with what it is made from.
///
/// # Errors
/// When what is published cannot be read, or was published by a later build.
pub(crate) async fn verify_published(
    context: &RunContext,
    within: Option<Period>,
) -> Result<PublishedPeriods, AppError> {
    let mut found = PublishedPeriods::default();
    let noted = context.state.checks_of(PUBLISHED).await?;
    for kind in PeriodKind::ALL {
        let prefix = format!("{}/", kind.name());
        let mut folders: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for object in context.config.publish.list(&prefix).await? {
            match object.key[prefix.len()..].split_once('/') {
                Some((period, name)) => {
                    folders.entry(period.to_owned()).or_default().insert(name.to_owned());
                }
                None => found.wrong.push(Damage::new(place(context, &object.key), UNEXPECTED)),
            }
        }
        for folder in noted.keys().filter_map(|folder| folder.strip_prefix(&prefix)) {
            folders.entry(folder.to_owned()).or_default();
        }
        for (name, there) in folders {
            let folder = format!("{prefix}{name}");
            match Period::parse(&name).filter(|p| p.kind() == kind) {
                Some(period) if within.is_none_or(|w| w.first() <= period.first() && period.end() <= w.end()) => {
                    one(context, period, &there, &mut found).await?;
                }
                Some(_) => {}
                None => {
                    let all =
                        there.iter().map(|file| Damage::new(place(context, &format!("{folder}/{file}")), UNEXPECTED));
                    found.wrong.extend(all);
                }
            }
        }
    }
    for (key, bytes) in index::files(context).await? {
        found.files += 1;
        match context.config.publish.get(&key).await {
            Ok(there) if there == bytes => {}
            Ok(_) => found.wrong.push(Damage::new(place(context, &key), CHANGED)),
            Err(e) if e.is_not_found() => found.wrong.push(Damage::new(place(context, &key), LOST)),
            Err(e) => return Err(e.into()),
        }
    }
    found.wrong.sort();
    Ok(found)
}

fn place(context: &RunContext, key: &str) -> String {
    format!("{}/{key}", context.config.publish.place())
}

async fn one(
    context: &RunContext,
    period: Period,
    there: &BTreeSet<String>,
    found: &mut PublishedPeriods,
) -> Result<(), AppError> {
    let (folder, before) = (folder_of(period), found.wrong.len());
    let place_of = |name: &str| place(context, &format!("{folder}/{name}"));
    found.files += 1;
    let list = FileList::read(context, &folder).await?;
    let Some(list) = list else {
        let what = if there.contains(NAME) { CHANGED } else { LOST };
        found.wrong.push(Damage::new(place_of(NAME), what));
        found.periods.insert(period);
        return Ok(());
    };
    for (name, file) in &list.files {
        found.files += 1;
        let there = context.config.publish.digest(&format!("{folder}/{name}")).await?;
        if there.as_ref() != Some(file) {
            found.wrong.push(Damage::new(place_of(name), if there.is_some() { CHANGED } else { LOST }));
        }
    }
    if found.wrong.len() > before {
        found.periods.insert(period);
    }
    let others = there.iter().filter(|name| *name != NAME && !list.files.contains_key(*name));
    found.wrong.extend(others.map(|name| Damage::new(place_of(name), UNEXPECTED)));
    Ok(())
}

/// Publishes periods once more, whatever lies there, and the index.
///
/// # Errors
/// When the publishing place cannot be written.
pub(crate) async fn publish_again(context: &RunContext, periods: &BTreeSet<Period>) -> Result<(), AppError> {
    for period in periods {
        context.config.publish.delete(&format!("{}/{NAME}", folder_of(*period))).await?;
    }
    publish(context, &[], periods.iter().copied().collect()).await.map(|_| ())
}
