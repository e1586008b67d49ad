//! The index of everything published, and what leads to the latest of each kind.

use std::collections::BTreeMap;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::json;

use super::folder_of;
use super::list::{FileList, NAME, differences};
use crate::domain::period::{Period, PeriodKind};
use crate::edge::render::{redirect, to_html};
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::report::{Entry, index_page};

const INDEX: &str = "index.json";

/// Lists read at a time.
const AT_ONCE: usize = 32;

/// Makes the index from the lists of all periods, as they are now: what a stopped run left behind cannot
/// stay. Every file is replaced as a whole; `latest.json` comes last and names periods whose lists are
/// written.
pub(super) async fn write(context: &RunContext) -> Result<(), AppError> {
    for (key, bytes) in files(context).await? {
        put(context, &key, bytes).await?;
    }
    Ok(())
}

/// The files as they are to be, in the order they are written; none where nothing is published.
pub(super) async fn files(context: &RunContext) -> Result<Vec<(String, Vec<u8>)>, AppError> {
    let known = read(context).await?;
    if known.is_empty() {
        return Ok(Vec::new());
    }
    let mut files = vec![(INDEX.to_owned(), to_text(&known).into_bytes())];
    files.push(("index.html".to_owned(), to_html(&index_page(&known, context.config.zone))));
    let mut latest = Vec::new();
    for kind in PeriodKind::ALL {
        let Some(period) = known.iter().map(|e| e.period).filter(|p| p.kind() == kind).max() else { continue };
        let target = format!("../{}/index.html", folder_of(period));
        let page = redirect(&format!("Latest {}", kind.name()), &target);
        files.push((format!("latest/{}.html", kind.name()), page));
        latest.push(format!("  \"{}\": \"{}\"", kind.name(), folder_of(period)));
    }
    files.push(("latest.json".to_owned(), format!("{{\n{}\n}}\n", latest.join(",\n")).into_bytes()));
    Ok(files)
}

/// Writes a file unless it is as it should be.
async fn put(context: &RunContext, key: &str, bytes: Vec<u8>) -> Result<(), AppError> {
    match context.config.publish.get(key).await {
        Ok(there) if there == bytes => return Ok(()),
        Ok(_) => {}
        Err(e) if e.is_not_found() => {}
        Err(e) => return Err(e.into()),
    }
    Ok(context.config.publish.put(key, bytes).await?)
}

/// What every published period says of itself, in the order of periods.
async fn read(context: &RunContext) -> Result<Vec<Entry>, AppError> {
    let mut periods = Vec::new();
    for kind in PeriodKind::ALL {
        for object in context.config.publish.list(&format!("{}/", kind.name())).await? {
            let parts: Vec<&str> = object.key.split('/').collect();
            let [_, period, NAME] = parts.as_slice() else { continue };
            periods.extend(Period::parse(period).filter(|p| p.kind() == kind));
        }
    }
    let one = async |period: Period| {
        let list = FileList::read(context, &folder_of(period)).await?;
        Ok::<_, AppError>(list.map(|list| list.entry(period)))
    };
    let entries = stream::iter(periods).map(one).buffer_unordered(AT_ONCE).try_collect::<Vec<_>>().await?;
    let by_period: BTreeMap<Period, Entry> = entries.into_iter().flatten().map(|e| (e.period, e)).collect();
    Ok(by_period.into_values().collect())
}

fn to_text(entries: &[Entry]) -> String {
    let line = |e: &Entry| {
        let members = [
            ("period", json!(e.period.to_string())),
            ("folder", json!(folder_of(e.period))),
            ("state", json!(e.state)),
            ("calls", json!(e.calls)),
            ("findings", json!(e.findings)),
            ("unexplained", json!(e.unexplained)),
            ("difference", differences(&e.difference)),
        ];
        let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
        format!("  {{{}}}", members.join(", "))
    };
    let lines: Vec<String> = entries.iter().map(line).collect();
    format!("[\n{}\n]\n", lines.join(",\n"))
}
