//! The manifest of one revision, and its canonical text.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::digest::Digest;
use super::kept::KeptRef;
use super::part::PartRef;
use super::text::{self, sha256};
use super::{LakeError, is_word};
use crate::domain::hash::{Canonical, CanonicalBytes};
use crate::domain::money::Amount;
use crate::domain::period::Instant;

/// Version of the manifest's shape. Fields may be added; a change of meaning raises it.
pub const MANIFEST_SCHEMA: u32 = 2;
/// What a manifest that withdraws nothing is written in, so that earlier builds read it.
const PLAIN_SCHEMA: u32 = 1;

/// A raw file that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InputRef {
    pub source: String,
    pub path: String,
    /// Bytes.
    pub size: u64,
    pub sha256: String,
    pub rows: u64,
}

/// A price book as it was read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BookRef {
    pub id: String,
    /// Key of the kept file.
    pub path: String,
    pub sha256: String,
    /// Versions known, as people write them.
    pub versions: Vec<String>,
}

/// One total of one unit: `expected`, `CNY`, `12.5`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Total {
    pub name: String,
    pub unit: String,
    #[serde(with = "text::amount")]
    pub amount: Amount,
}

/// A law that was checked and held.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LawRef {
    pub name: String,
    /// How many equalities were compared.
    pub cases: u64,
}

/// The program that made the revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    pub program: String,
    pub version: String,
}

impl Build {
    pub fn this() -> Build {
        Build { program: env!("CARGO_PKG_NAME").to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

impl Canonical for BookRef {
    fn write(&self, to: &mut CanonicalBytes) {
        let BookRef { id, path, sha256, versions } = self;
        to.record("book", |to| {
            to.member("id", id);
            to.member("path", path);
            to.member("sha256", sha256);
            to.member("versions", versions);
        });
    }
}

impl Canonical for Total {
    fn write(&self, to: &mut CanonicalBytes) {
        let Total { name, unit, amount } = self;
        to.record("total", |to| {
            to.member("name", name);
            to.member("unit", unit);
            to.member("amount", amount);
        });
    }
}

impl Canonical for LawRef {
    fn write(&self, to: &mut CanonicalBytes) {
        let LawRef { name, cases } = self;
        to.record("law", |to| {
            to.member("name", name);
            to.member("cases", cases);
        });
    }
}

impl Canonical for Build {
    fn write(&self, to: &mut CanonicalBytes) {
        let Build { program, version } = self;
        to.record("build", |to| {
            to.member("program", program);
            to.member("version", version);
        });
    }
}

/// Everything a revision of a (job, period) consists of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub schema: u32,
    pub job: String,
    pub period: String,
    /// 1 and up.
    pub revision: u32,
    /// The revision before it.
    pub replaces: Option<u32>,
    /// The clock the run was given.
    #[serde(with = "text::instant")]
    pub as_of: Instant,
    /// Prices learnt after it do not count.
    #[serde(with = "text::instant")]
    pub known: Instant,
    pub build: Build,
    #[serde(default)]
    pub inputs: Vec<InputRef>,
    #[serde(default)]
    pub parts: Vec<PartRef>,
    /// Parts of other revisions whose rows this one names, by their place in this list. A sealed day lists
    /// the raw parts of its calls and postings here; absent where it was sealed by a build that named none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw_parts: Option<Vec<PartRef>>,
    /// Parts of earlier revisions, by key, whose rows no longer stand: since shape 2.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withdrawn: Vec<String>,
    /// By table.
    #[serde(default)]
    pub digests: BTreeMap<String, Digest>,
    /// Rows by name: tables, and what was counted on the way.
    #[serde(default)]
    pub rows: BTreeMap<String, u64>,
    #[serde(default)]
    pub totals: Vec<Total>,
    #[serde(default)]
    pub laws: Vec<LawRef>,
    #[serde(default)]
    pub books: Vec<BookRef>,
    #[serde(default)]
    pub parties: Vec<KeptRef>,
    #[serde(default)]
    pub notes: BTreeMap<String, String>,
}

/// Closes the text: the hash of everything before this line.
const SEAL: &str = ",\n  \"sha256\": \"";
const END: &str = "\"\n}\n";

impl Manifest {
    /// An empty revision made by this build; the first where it replaces none.
    pub fn new(job: &str, period: &str, replaces: Option<u32>, as_of: Instant, known: Instant) -> Manifest {
        Manifest {
            schema: PLAIN_SCHEMA,
            job: job.to_owned(),
            period: period.to_owned(),
            revision: replaces.map_or(1, |r| r.saturating_add(1)),
            replaces,
            as_of,
            known,
            build: Build::this(),
            inputs: Vec::new(),
            parts: Vec::new(),
            raw_parts: None,
            withdrawn: Vec::new(),
            digests: BTreeMap::new(),
            rows: BTreeMap::new(),
            totals: Vec::new(),
            laws: Vec::new(),
            books: Vec::new(),
            parties: Vec::new(),
            notes: BTreeMap::new(),
        }
    }

    /// Takes back parts of earlier revisions: builds that do not know of it must not read on.
    pub fn withdraw(&mut self, parts: impl IntoIterator<Item = String>) {
        self.withdrawn.extend(parts);
        if !self.withdrawn.is_empty() {
            self.schema = MANIFEST_SCHEMA;
        }
    }

    /// Parts of one table, in the manifest's order.
    pub fn parts_of<'a>(&'a self, table: &'a str) -> impl Iterator<Item = &'a PartRef> {
        self.parts.iter().filter(move |p| p.table == table)
    }

    /// `manifests/JOB/PERIOD/rN.json`.
    pub fn path(&self) -> String {
        path(&self.job, &self.period, self.revision)
    }

    /// Canonical JSON, closed by its own hash.
    pub(super) fn to_text(&self) -> Result<String, LakeError> {
        let json = serde_json::to_string_pretty(self).map_err(|e| LakeError::damaged(self.path(), e.to_string()))?;
        let body = json.strip_suffix("\n}").unwrap_or(&json);
        Ok(format!("{body}{SEAL}{}{END}", sha256(body.as_bytes())))
    }

    /// The manifest of a text, and its hash.
    ///
    /// # Errors
    /// Damaged where the text is torn, changed, or of another revision than its place says.
    pub(super) fn from_text(bytes: &[u8], place: &str) -> Result<(Manifest, String), LakeError> {
        let damaged = |what: &str| LakeError::damaged(place, what);
        if bytes.is_empty() {
            return Err(damaged("the manifest is empty"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| damaged("the manifest is not text"))?;
        let torn = || damaged("the manifest does not end with its hash");
        let (body, seal) = text.strip_suffix(END).and_then(|t| t.rsplit_once(SEAL)).ok_or_else(torn)?;
        if sha256(body.as_bytes()) != seal {
            return Err(damaged("the manifest does not have the hash it ends with"));
        }
        #[derive(Deserialize)]
        struct Version {
            schema: u32,
            build: Option<serde_json::Value>,
        }
        let unreadable = |e: serde_json::Error| LakeError::damaged(place, format!("the manifest cannot be read: {e}"));
        let Version { schema, build } = serde_json::from_str(text).map_err(unreadable)?;
        if schema > MANIFEST_SCHEMA {
            let word = |name: &str| Some(build.as_ref()?.get(name)?.as_str()?.to_owned());
            let build = word("program").zip(word("version")).map(|(program, version)| format!("{program} {version}"));
            return Err(LakeError::Newer { place: place.to_owned(), schema, known: MANIFEST_SCHEMA, build });
        }
        Ok((serde_json::from_str(text).map_err(unreadable)?, seal.to_owned()))
    }
}

/// The key of a revision.
pub(crate) fn path(job: &str, period: &str, revision: u32) -> String {
    format!("manifests/{job}/{period}/r{revision}.json")
}

/// The revision a key names, below `manifests/JOB/PERIOD/`.
pub(super) fn revision_of(name: &str) -> Option<u32> {
    let digits = name.strip_prefix('r')?.strip_suffix(".json")?;
    let revision: u32 = digits.parse().ok()?;
    // Only the one spelling: r1, never r01 or r+1.
    (revision > 0 && revision.to_string() == digits).then_some(revision)
}

pub(super) fn check_names(job: &str, period: &str) -> Result<(), LakeError> {
    match [job, period].into_iter().find(|w| !is_word(w)) {
        Some(bad) => Err(LakeError::Name { what: bad.to_owned() }),
        None => Ok(()),
    }
}
