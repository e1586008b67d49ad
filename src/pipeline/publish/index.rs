//! The index of everything published, and what leads to the latest of each kind.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::folder_of;
use super::list::{FileList, NAME, differences, differences_of};
use crate::domain::period::{Period, PeriodKind};
use crate::edge::render::{redirect, to_html};
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::report::{Entry, index_page};

const INDEX: &str = "index.json";

/// Brings the index up to date with the entries of a run. Every file is replaced as a whole;
/// `latest.json` comes last and names periods whose lists are written.
pub(super) async fn write(context: &RunContext, entries: Vec<Entry>) -> Result<(), AppError> {
    if entries.is_empty() {
        return Ok(());
    }
    let mut known = read(context).await?;
    known.extend(entries.into_iter().map(|e| (e.period, e)));
    let known: Vec<Entry> = known.into_values().collect();
    put(context, INDEX, to_text(&known).into_bytes()).await?;
    put(context, "index.html", to_html(&index_page(&known, context.config.zone))).await?;
    let mut latest = Vec::new();
    for kind in PeriodKind::ALL {
        let Some(period) = known.iter().map(|e| e.period).filter(|p| p.kind() == kind).max() else { continue };
        let target = format!("../{}/index.html", folder_of(period));
        put(context, &format!("latest/{}.html", kind.name()), redirect(&format!("Latest {}", kind.name()), &target))
            .await?;
        latest.push(format!("  \"{}\": \"{}\"", kind.name(), folder_of(period)));
    }
    put(context, "latest.json", format!("{{\n{}\n}}\n", latest.join(",\n")).into_bytes()).await
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

/// What is published so far; an index that is gone or damaged is made again from the periods' lists.
async fn read(context: &RunContext) -> Result<BTreeMap<Period, Entry>, AppError> {
    let known = match context.config.publish.get(INDEX).await {
        Ok(bytes) => parse(&bytes),
        Err(e) if e.is_not_found() => None,
        Err(e) => return Err(e.into()),
    };
    if let Some(known) = known {
        return Ok(known);
    }
    let mut found = BTreeMap::new();
    for kind in PeriodKind::ALL {
        for object in context.config.publish.list(&format!("{}/", kind.name())).await? {
            let parts: Vec<&str> = object.key.split('/').collect();
            let [_, period, NAME] = parts.as_slice() else { continue };
            let Some(period) = Period::parse(period).filter(|p| p.kind() == kind) else { continue };
            if let Some(list) = FileList::read(context, &folder_of(period)).await? {
                found.insert(period, list.entry(period));
            }
        }
    }
    Ok(found)
}

fn parse(bytes: &[u8]) -> Option<BTreeMap<Period, Entry>> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    value.as_array()?.iter().map(entry).map(|e| e.map(|e| (e.period, e))).collect()
}

fn entry(value: &Value) -> Option<Entry> {
    let text = |name: &str| Some(value.get(name)?.as_str()?.to_owned());
    let number = |name: &str| value.get(name)?.as_u64();
    Some(Entry {
        period: Period::parse(&text("period")?)?,
        state: text("state")?,
        calls: number("calls")?,
        findings: number("findings")?,
        unexplained: number("unexplained")?,
        difference: differences_of(value.get("difference")?)?,
    })
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
