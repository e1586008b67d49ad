//! A period's list of files: what it was made from, each file with its hash, what the index shows.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::domain::hash::sha256;
use crate::domain::money::Amount;
use crate::domain::period::Period;
use crate::pipeline::context::{PUBLISHED, RunContext, remember_published};
use crate::pipeline::error::AppError;
use crate::report::Entry;

/// Version of the list's shape, and of the index's. Members may be added; a change of meaning raises it.
const LIST_SCHEMA: u64 = 1;

/// Written after every file it names.
pub(super) const NAME: &str = "manifest.json";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FileList {
    pub(super) period: String,
    /// Equal sealed days, settings and build give equal files.
    pub(super) made_from: String,
    pub(super) state: String,
    pub(super) calls: u64,
    pub(super) findings: u64,
    pub(super) unexplained: u64,
    /// Debited (where there is a ledger, else recorded) - expected.
    pub(super) difference: Vec<(Amount, String)>,
    /// Bytes and hash, by name below the period's folder.
    pub(super) files: BTreeMap<String, (u64, String)>,
}

/// A list without a version is of the first.
fn refuse_newer(bytes: &[u8], place: impl FnOnce() -> String) -> Result<(), AppError> {
    let value: Option<Value> = serde_json::from_slice(bytes).ok();
    let schema = value.as_ref().and_then(|v| v.get("schema")?.as_u64()).unwrap_or(1);
    if schema <= LIST_SCHEMA {
        return Ok(());
    }
    let build = env!("CARGO_PKG_VERSION");
    let what = format!("is in shape {schema}, and this build (trueup {build}) reads up to shape {LIST_SCHEMA}");
    Err(AppError::newer(what).at(place()))
}

impl FileList {
    /// The list of a folder; one that is damaged counts as none.
    ///
    /// # Errors
    /// Config: one of a later build, whose files this one must not replace.
    pub(super) async fn read(context: &RunContext, folder: &str) -> Result<Option<FileList>, AppError> {
        match context.config.publish.get(&format!("{folder}/{NAME}")).await {
            Ok(bytes) => {
                refuse_newer(&bytes, || format!("{}/{folder}/{NAME}", context.config.publish.place()))?;
                // What was noted of it when it was written says whether it is that list still.
                let noted = context.state.checked(PUBLISHED, folder).await?;
                let is_same = noted.is_none_or(|noted| noted.fingerprint == sha256(&bytes));
                Ok(FileList::parse(&bytes).filter(|_| is_same))
            }
            Err(e) if e.is_not_found() => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    fn parse(bytes: &[u8]) -> Option<FileList> {
        let value: Value = serde_json::from_slice(bytes).ok()?;
        let text = |name: &str| Some(value.get(name)?.as_str()?.to_owned());
        let number = |name: &str| value.get(name)?.as_u64();
        let mut files = BTreeMap::new();
        for file in value.get("files")?.as_array()? {
            let name = file.get("name")?.as_str()?.to_owned();
            files.insert(name, (file.get("bytes")?.as_u64()?, file.get("sha256")?.as_str()?.to_owned()));
        }
        Some(FileList {
            period: text("period")?,
            made_from: text("made_from")?,
            state: text("state")?,
            calls: number("calls")?,
            findings: number("findings")?,
            unexplained: number("unexplained")?,
            difference: differences_of(value.get("difference")?)?,
            files,
        })
    }

    fn to_text(&self) -> String {
        let files: Vec<String> = self
            .files
            .iter()
            .map(|(name, (bytes, sha256))| {
                format!(
                    "    {{\"name\": {}, \"bytes\": {bytes}, \"sha256\": \"{sha256}\"}}",
                    Value::from(name.as_str())
                )
            })
            .collect();
        let head = [
            ("schema", json!(LIST_SCHEMA)),
            ("period", json!(self.period)),
            ("made_from", json!(self.made_from)),
            ("state", json!(self.state)),
            ("calls", json!(self.calls)),
            ("findings", json!(self.findings)),
            ("unexplained", json!(self.unexplained)),
            ("difference", differences(&self.difference)),
        ];
        let head: Vec<String> = head.iter().map(|(name, value)| format!("  \"{name}\": {value},\n")).collect();
        format!("{{\n{}  \"files\": [\n{}\n  ]\n}}\n", head.concat(), files.join(",\n"))
    }

    /// Whether both are of the same files, whatever each was told by that it is current.
    pub(super) fn says_the_same(&self, other: &FileList) -> bool {
        FileList { made_from: other.made_from.clone(), ..self.clone() } == *other
    }

    /// Whether every file listed is there with its size.
    pub(super) async fn is_whole(&self, context: &RunContext, folder: &str) -> Result<bool, AppError> {
        let there = sizes(context, folder).await?;
        Ok(self.files.iter().all(|(name, (bytes, _))| there.get(name) == Some(bytes)))
    }

    pub(super) async fn write(&self, context: &RunContext, folder: &str) -> Result<(), AppError> {
        let text = self.to_text();
        let hash = sha256(text.as_bytes());
        context.config.publish.put(&format!("{folder}/{NAME}"), text).await?;
        remember_published(context, folder, hash).await
    }

    /// Takes away what the list before named and this one does not, unless somebody changed it since.
    pub(super) async fn remove_dropped(
        &self,
        context: &RunContext,
        folder: &str,
        before: Option<&FileList>,
    ) -> Result<(), AppError> {
        let dropped = before.into_iter().flat_map(|b| &b.files).filter(|(name, _)| !self.files.contains_key(*name));
        for (name, (_, hash)) in dropped {
            let key = format!("{folder}/{name}");
            match context.config.publish.get(&key).await {
                Ok(bytes) if sha256(&bytes) == *hash => context.config.publish.delete(&key).await?,
                Ok(_) => {}
                Err(e) if e.is_not_found() => {}
                Err(e) => return Err(e.into()),
            }
        }
        Ok(())
    }

    pub(super) fn entry(&self, period: Period) -> Entry {
        Entry {
            period,
            state: self.state.clone(),
            calls: self.calls,
            findings: self.findings,
            unexplained: self.unexplained,
            difference: self.difference.clone(),
        }
    }
}

/// `[{"amount": "-1.5", "unit": "CNY"}]`.
pub(super) fn differences(of: &[(Amount, String)]) -> Value {
    of.iter().map(|(amount, unit)| json!({"amount": amount.to_string(), "unit": unit})).collect()
}

fn differences_of(value: &Value) -> Option<Vec<(Amount, String)>> {
    let one = |v: &Value| Some((v.get("amount")?.as_str()?.parse().ok()?, v.get("unit")?.as_str()?.to_owned()));
    value.as_array()?.iter().map(one).collect()
}

/// Files of a folder with their sizes, by name below it.
pub(super) async fn sizes(context: &RunContext, folder: &str) -> Result<BTreeMap<String, u64>, AppError> {
    let prefix = format!("{folder}/");
    let there = context.config.publish.list(&prefix).await?;
    Ok(there.into_iter().filter_map(|o| Some((o.key.strip_prefix(&prefix)?.to_owned(), o.size))).collect())
}

/// Writes files as they come and lists them; one that is there as it should be is left alone.
pub(super) struct Writer<'a> {
    context: &'a RunContext,
    folder: &'a str,
    before: Option<&'a FileList>,
    there: BTreeMap<String, u64>,
    pub(super) files: BTreeMap<String, (u64, String)>,
}

impl<'a> Writer<'a> {
    pub(super) async fn open(
        context: &'a RunContext,
        folder: &'a str,
        before: Option<&'a FileList>,
    ) -> Result<Writer<'a>, AppError> {
        Ok(Writer { context, folder, before, there: sizes(context, folder).await?, files: BTreeMap::new() })
    }

    pub(super) async fn put(&mut self, name: &str, bytes: Vec<u8>) -> Result<(), AppError> {
        let entry = (bytes.len() as u64, sha256(&bytes));
        let is_known = self.before.is_some_and(|b| b.files.get(name) == Some(&entry));
        let is_there = self.there.get(name) == Some(&entry.0);
        self.files.insert(name.to_owned(), entry);
        if !(is_known && is_there || self.context.dry_run) {
            self.context.config.publish.put(&format!("{}/{name}", self.folder), bytes).await?;
        }
        Ok(())
    }
}
