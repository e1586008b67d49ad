//! Settings as the rest of the program takes them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use crate::domain::ledger::{PostingKind, Threshold};
use crate::domain::money::{Amount, Exact, Representation, Units};
use crate::domain::period::{Instant, Span, Zone};
use crate::domain::reconcile::Tolerance;

/// Everything `trueup.toml` says, with defaults filled in and paths resolved.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder of `trueup.toml`.
    pub root: PathBuf,
    /// Whose days, weeks and months. Left out: UTC.
    pub zone: Zone,
    /// Left out: the folder `lake`.
    pub lake: Location,
    pub s3: S3,
    /// Left out: `sqlite:state.db`.
    pub state: StateUrl,
    /// Left out: the folder `out`.
    pub publish: Location,
    pub close: Close,
    pub sources: Vec<Source>,
    /// Absent: the operator has no ledger we may read.
    pub ledger: Option<Ledger>,
    pub parties: Parties,
    pub reconcile: Reconcile,
    pub policy: Policy,
    pub notice: Notice,
    pub invoice: Invoice,
    pub mail: Option<Mail>,
    pub units: Units,
    /// Names of the units declared, in the file's order, also those without a rate.
    pub declared: Vec<String>,
    pub issuer: Option<Issuer>,
}

/// Where something is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    Folder(PathBuf),
    S3 { bucket: String, prefix: String },
}

/// Where something is read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A glob over the file system with the root's own special characters escaped; or a folder.
    Files { pattern: String },
    /// A glob, or a prefix, over the keys of a bucket.
    S3 { bucket: String, pattern: String },
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct S3 {
    /// Absent: the provider's own.
    pub endpoint: Option<String>,
    pub region: Option<String>,
    pub path_style: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateUrl {
    Sqlite(PathBuf),
    /// May hold a password, so it does not print itself.
    Postgres(Secret),
}

/// Text that does not print itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: String) -> Secret {
        Secret(text)
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Close {
    /// A day is closed this long after its end. Left out: 48h.
    pub grace: Span,
    /// Calls older than this are kept and listed, in no new revision. Left out: 90d.
    pub max_late: Span,
}

/// Whose conventions a source's files follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Trueup,
    Litellm,
    NewApi,
    OneApi,
    OpenRouter,
}

impl Format {
    pub const ALL: [Format; 5] = [Format::Trueup, Format::Litellm, Format::NewApi, Format::OneApi, Format::OpenRouter];

    pub fn name(self) -> &'static str {
        match self {
            Format::Trueup => "trueup",
            Format::Litellm => "litellm",
            Format::NewApi => "new-api",
            Format::OneApi => "one-api",
            Format::OpenRouter => "openrouter",
        }
    }

    pub fn from_name(name: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.name() == name)
    }
}

/// How often rows are expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    Hourly,
}

/// How many rejects a file may have before it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaxRejects {
    /// Percent of the rows read.
    Percent(Exact),
    Rows(u64),
}

impl MaxRejects {
    /// Whether a file with so many rejects among so many rows goes through.
    pub fn allows(self, rejects: u64, rows: u64) -> bool {
        match self {
            MaxRejects::Rows(most) => rejects <= most,
            // rejects / rows <= mantissa / 10^(scale + 2), in whole numbers. Beyond 128 bits the percentage is
            // so fine that only a file without rejects is below it.
            MaxRejects::Percent(percent) => {
                let left = 10i128.checked_pow(percent.scale() + 2).and_then(|up| up.checked_mul(i128::from(rejects)));
                let right = percent.mantissa().checked_mul(i128::from(rows));
                match (left, right) {
                    (Some(left), Some(right)) => left <= right,
                    _ => rejects == 0,
                }
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub name: String,
    /// Left out: `trueup`.
    pub format: Format,
    pub path: Input,
    /// The price book's file.
    pub book: PathBuf,
    /// Unit of charges whose row names none; absent: the book's.
    pub unit: Option<String>,
    /// Zone of times without an offset; absent: such times are rejects.
    pub zone: Option<Zone>,
    /// Left out: exact.
    pub recorded: Representation,
    /// Files younger than this wait. Left out: 0s.
    pub settle: Span,
    /// Left out: 0.1 %.
    pub max_rejects: MaxRejects,
    pub expect: Option<Expect>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    pub postings: Option<Input>,
    pub balances: Option<Input>,
    /// Left out: 36h.
    pub match_within: Span,
    pub complete_from: Option<Instant>,
    pub settle: Span,
    pub max_rejects: MaxRejects,
    pub zone: Option<Zone>,
    /// Unit of balances whose file names none.
    pub unit: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parties {
    pub accounts: Option<PathBuf>,
    pub keys: Option<PathBuf>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconcile {
    /// A unit not named has none.
    pub tolerance: BTreeMap<String, Tolerance>,
    /// A unit not named: 0.
    pub exit_above: BTreeMap<String, Amount>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    pub forbid: Vec<PostingKind>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Of accounts that name none. Left out: 10 %.
    pub default: Vec<Threshold>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invoice {
    /// A unit not named: 0.
    pub hold_above: BTreeMap<String, Amount>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailUrl {
    /// Mail is dropped as files.
    Folder(PathBuf),
    /// `smtp://` or `smtps://`; may hold a password.
    Smtp(Secret),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    pub url: MailUrl,
    pub from: String,
    pub user: Option<String>,
    pub password_file: Option<PathBuf>,
    /// Mail leaves only when as-of is this close to the clock. Left out: 24h.
    pub fresh: Span,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Issuer {
    pub name: String,
    /// With `{year}` and `{month}`. Left out: `INV-{year}-`.
    pub series: String,
    /// Left out: 1.
    pub first: u64,
    pub street: Option<String>,
    pub city: Option<String>,
    pub postcode: Option<String>,
    pub country: Option<String>,
    pub tax_id: Option<String>,
    pub email: Option<String>,
    pub bank: Option<String>,
    pub iban: Option<String>,
    pub bic: Option<String>,
}
