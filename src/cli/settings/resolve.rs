//! From what is written to what is meant.

mod accept;
mod mail;
mod secrets;
mod sources;
mod units;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use toml::Spanned;

use super::file::{File, Ledger, Publish, Recorded, Source};
use super::{Settings, parse, place_of};
use crate::domain::ledger::PostingKind;
use crate::domain::money::{Amount, Exact, Mode, Representation, SCALE, UnitNames};
use crate::domain::period::{Day, Instant, Span, Zone};
use crate::domain::reconcile::{Rules, Tolerance};
use crate::edge::blob::{Access, Blob, S3Credentials, S3Settings};
use crate::edge::state::StateUrl;
use crate::pipeline::AppError;
use crate::pipeline::{Config, ConfiguredFile, LedgerConfig, Place, SourceConfig};

const NAME: &str = "trueup.toml";
/// More only cost memory: each keeps what it found until all are merged.
const MOST_PARTITIONS: usize = 4096;

/// Reads values out of the file, each error with its place.
pub(super) struct Reader<'a> {
    text: &'a str,
    pub(super) dir: &'a Path,
    s3: S3Settings,
    /// What may stand for a unit.
    names: UnitNames,
}

pub(super) fn resolve(text: &str, dir: &Path, credentials: Option<S3Credentials>) -> Result<Settings, AppError> {
    let file: File = parse(NAME, text)?;
    let s3 = S3Settings {
        endpoint: file.s3.endpoint.clone(),
        region: file.s3.region.clone(),
        path_style: file.s3.path_style,
        credentials,
        ..S3Settings::default()
    };
    let names = units::names(&file);
    Reader { text, dir, s3, names }.settings(&file)
}

impl Reader<'_> {
    pub(super) fn wrong(&self, at: &std::ops::Range<usize>, what: impl Into<String>) -> AppError {
        AppError::config(what).at(place_of(NAME, self.text, at.start))
    }

    fn settings(&self, file: &File) -> Result<Settings, AppError> {
        let zone = self.zone(&file.time.zone)?;
        let match_within = match file.ledger.as_ref().and_then(|l| l.match_within.as_ref()) {
            Some(text) => self.span(text, "36h")?,
            None => Span::from_hours(36),
        };
        let grace = match &file.close.grace {
            Some(text) => {
                let grace = self.span(text, "48h")?;
                if grace < match_within {
                    return Err(self
                        .wrong(&text.span(), format!("grace {grace} is shorter than match_within {match_within}"))
                        .hint("a day cannot close before its postings have had time to arrive"));
                }
                grace
            }
            None => Span::from_hours(48).max(match_within),
        };
        let max_late = match &file.close.max_late {
            Some(text) => self.span(text, "90d")?,
            None => Span::from_hours(90 * 24),
        };
        let mut books = Vec::new();
        let (mut sources, mut rules) = (Vec::<SourceConfig>::new(), Vec::new());
        for source in &file.source {
            if sources.iter().any(|s| s.name == *source.name.get_ref()) {
                return Err(self.wrong(&source.name.span(), format!("two sources are named {}", source.name.get_ref())));
            }
            let (config, rule) = self.source(source, &mut books)?;
            sources.push(config);
            rules.push(rule);
        }
        if sources.is_empty() {
            return Err(AppError::config("there is no [[source]], so there is nothing to read").at(NAME));
        }
        self.neighbouring_books(&mut books);
        let config = Config {
            zone,
            grace,
            max_late,
            waivers: self.waivers(&file.waive, &sources)?,
            sources,
            unit_names: Arc::new(self.names.clone()),
            books,
            ledger: file.ledger.as_ref().map(|l| self.ledger(l, &file.source)).transpose()?,
            accounts: file.parties.accounts.as_ref().map(|p| self.one_file(p)).transpose()?,
            keys: file.parties.keys.as_ref().map(|p| self.one_file(p)).transpose()?,
            rules: Rules {
                zone,
                match_within,
                tolerance: self.tolerances(file)?,
                forbid: self.forbidden(file)?,
                complete_from: self.complete_from(file, zone)?,
                units: self.units(file, zone)?,
                sources: rules,
                has_postings: file.ledger.as_ref().is_some_and(|l| l.postings.is_some()),
            },
            publish: self.blob(&file.publish.url)?.readable_by(self.access(&file.publish)?),
            billing: self.billing(file)?,
            notice: self.notice(&file.notice)?,
            mail: file.mail.as_ref().map(|mail| self.mail(mail)).transpose()?,
            customers: file.publish.customers,
            metrics: file.metrics.as_ref().map(|m| self.metrics(&m.file)).transpose()?,
            partitions: file.run.partitions.as_ref().map(|p| self.partitions(p)).transpose()?,
            exit_above: self.amounts(&file.reconcile.exit_above)?,
            accepted: self.accepted(&file.accept)?,
        };
        let lake = self.blob(&file.lake.url)?;
        let health = self.health(&file.health)?;
        let state = StateUrl::of(&file.state.url, self.dir);
        let exposed = Self::exposed(file, &state);
        Ok(Settings { dir: self.dir.to_owned(), config, lake, state, health, exposed })
    }

    fn partitions(&self, set: &Spanned<u32>) -> Result<NonZeroUsize, AppError> {
        let within = usize::try_from(*set.get_ref()).ok().filter(|count| *count <= MOST_PARTITIONS);
        within.and_then(NonZeroUsize::new).ok_or_else(|| {
            self.wrong(&set.span(), format!("partitions = {} is not between 1 and {MOST_PARTITIONS}", set.get_ref()))
                .hint("left out, a large day has one for each processor")
        })
    }

    fn access(&self, publish: &Publish) -> Result<Access, AppError> {
        let Some(name) = &publish.readable_by else { return Ok(Access::Owner) };
        Access::from_name(name.get_ref()).ok_or_else(|| {
            self.wrong(&name.span(), format!("readable_by = {:?} is not known", name.get_ref()))
                .hint("owner (left out), group or all: who may read what is published")
        })
    }

    fn blob(&self, url: &str) -> Result<Blob, AppError> {
        Blob::at(url, self.dir, &self.s3).map_err(|e| AppError::config(e.to_string()).at(NAME))
    }

    fn ledger(&self, ledger: &Ledger, sources: &[Source]) -> Result<LedgerConfig, AppError> {
        // Where every source charges in one unit, a balance that names none is in it.
        let first = sources.first().and_then(|s| s.unit.as_ref());
        let is_it = |s: &Source, unit: &Spanned<String>| s.unit.as_ref().is_some_and(|u| u.get_ref() == unit.get_ref());
        let common = first.filter(|unit| sources.iter().all(|s| is_it(s, unit)));
        Ok(LedgerConfig {
            postings: ledger.postings.as_ref().map(|p| self.place(p)).transpose()?,
            balances: ledger.balances.as_ref().map(|p| self.place(p)).transpose()?,
            format: ledger.format.as_ref().map_or(Ok(None), |f| self.ledger_format(f))?,
            zone: ledger.zone.as_ref().map(|z| self.zone(z)).transpose()?,
            unit: ledger.unit.as_ref().or(common).map(|unit| self.unit(unit)).transpose()?,
            settle: ledger
                .settle
                .as_ref()
                .map_or(Ok(Span::parse("10m").unwrap_or_default()), |s| self.span(s, "10m"))?,
            max_rejects_ppm: self.parts_per_million(ledger.max_rejects.as_ref())?,
        })
    }

    /// Other books beside the sources' own: an account may name one by its id.
    fn neighbouring_books(&self, books: &mut Vec<ConfiguredFile>) {
        let mut folders: Vec<String> =
            books.iter().filter_map(|b| b.key.rsplit_once('/').map(|(folder, _)| folder.to_owned())).collect();
        folders.dedup();
        for folder in folders {
            let mut names: Vec<String> = std::fs::read_dir(self.dir.join(&folder))
                .into_iter()
                .flatten()
                .flatten()
                .filter_map(|e| e.file_name().into_string().ok())
                .filter(|n| (n.ends_with(".toml") || n.ends_with(".csv")) && !n.starts_with('.'))
                .collect();
            names.sort();
            for name in names {
                let key = format!("{folder}/{name}");
                if !books.iter().any(|b| b.key == key) {
                    books.push(ConfiguredFile { blob: Blob::folder(self.dir), key });
                }
            }
        }
    }

    fn zone(&self, name: &Spanned<String>) -> Result<Zone, AppError> {
        Zone::parse(name.get_ref()).ok_or_else(|| {
            self.wrong(&name.span(), format!("{:?} is not a time zone", name.get_ref()))
                .hint("IANA names are known, such as Asia/Shanghai or Europe/Berlin")
        })
    }

    fn span(&self, text: &Spanned<String>, example: &str) -> Result<Span, AppError> {
        Span::parse(text.get_ref()).ok_or_else(|| {
            self.wrong(&text.span(), format!("{:?} is not a span of time such as {example}", text.get_ref()))
        })
    }

    fn amount(&self, text: &Spanned<String>) -> Result<Amount, AppError> {
        text.get_ref().parse().map_err(|e| self.wrong(&text.span(), format!("{:?} {e}", text.get_ref())))
    }

    pub(super) fn amounts(&self, texts: &BTreeMap<String, Spanned<String>>) -> Result<Vec<(String, Amount)>, AppError> {
        texts.iter().map(|(unit, text)| Ok((self.unit_at(unit, &text.span())?, self.amount(text)?))).collect()
    }

    /// `0.1%` in parts per million; absent: 0.1 %.
    fn parts_per_million(&self, text: Option<&Spanned<String>>) -> Result<u64, AppError> {
        let Some(text) = text else { return Ok(1_000) };
        let percent = text.get_ref().strip_suffix('%').and_then(|n| n.parse::<Exact>().ok());
        percent.and_then(|p| p.at_scale(4)).and_then(|n| u64::try_from(n).ok()).filter(|n| *n <= 1_000_000).ok_or_else(
            || {
                let what = format!("{:?} is not a share such as 0.1%", text.get_ref());
                self.wrong(&text.span(), what)
            },
        )
    }

    fn representation(&self, recorded: Option<&Spanned<Recorded>>) -> Result<Representation, AppError> {
        let Some(spanned) = recorded else { return Ok(Representation::Exact) };
        let recorded = spanned.get_ref();
        let mode = match recorded.mode.as_deref() {
            None => Mode::HalfUp,
            Some(name) => Mode::from_name(name).ok_or_else(|| {
                self.wrong(&spanned.span(), format!("mode {name:?} is not half_up, half_even, up or down"))
            })?,
        };
        match (recorded.kind.as_str(), recorded.scale) {
            ("exact", None) => Ok(Representation::Exact),
            ("float64", None) => Ok(Representation::Float64),
            ("integer", None) => Ok(Representation::Integer { mode }),
            ("decimal", Some(scale)) if scale <= SCALE => Ok(Representation::Decimal { scale, mode }),
            ("decimal", Some(_)) => Err(self.wrong(&spanned.span(), format!("scale is at most {SCALE}"))),
            ("decimal", None) => Err(self.wrong(&spanned.span(), "recorded as a decimal needs its scale")),
            (kind, _) => Err(self
                .wrong(&spanned.span(), format!("recorded as {kind:?} is not known with these members"))
                .hint("exact, float64, { as = \"integer\", mode = \"up\" }, { as = \"decimal\", scale = 6, mode = \"half_up\" }")),
        }
    }

    /// A glob or folder: below the file's own folder, anywhere else on the machine, or on S3.
    fn place(&self, path: &Spanned<String>) -> Result<Place, AppError> {
        let text = path.get_ref();
        if text.is_empty() {
            return Err(self.wrong(&path.span(), "the path is empty"));
        }
        if let Some(rest) = text.strip_prefix("s3://") {
            let (bucket, pattern) = rest.split_once('/').unwrap_or((rest, ""));
            let blob = self.blob(&format!("s3://{bucket}"))?;
            return Ok(Place { blob, pattern: pattern.to_owned() });
        }
        if text.contains("://") {
            // The address itself may hold a key: it is not repeated.
            return Err(
                self.wrong(&path.span(), "the path is an address; a folder, a pattern or s3://bucket/... is read")
            );
        }
        let pattern = text.trim_start_matches("./");
        if !pattern.starts_with('/') && !pattern.split('/').any(|s| s == "..") {
            return Ok(Place { blob: Blob::folder(self.dir), pattern: pattern.to_owned() });
        }
        let wild = text.find(['*', '?', '[']).unwrap_or(text.len());
        let (folder, pattern) = match text[..wild].rfind('/') {
            Some(cut) => (&text[..=cut], &text[cut + 1..]),
            None => ("", text.as_str()),
        };
        Ok(Place { blob: Blob::folder(self.dir.join(folder)), pattern: pattern.to_owned() })
    }

    fn one_file(&self, path: &Spanned<String>) -> Result<ConfiguredFile, AppError> {
        let place = self.place(path)?;
        Ok(ConfiguredFile { blob: place.blob, key: place.pattern })
    }

    /// A file below an absolute folder or the file's own; its folder is written to by nobody else.
    fn metrics(&self, path: &Spanned<String>) -> Result<ConfiguredFile, AppError> {
        let (folder, name) = path.get_ref().rsplit_once('/').map_or(("", path.get_ref().as_str()), |(f, n)| (f, n));
        if name.is_empty() || name.starts_with('.') || folder.contains("://") {
            return Err(self
                .wrong(&path.span(), format!("{:?} is not a file to write metrics to", path.get_ref()))
                .hint("such as /var/lib/node_exporter/trueup.prom"));
        }
        let root = if path.get_ref().starts_with('/') && folder.is_empty() { "/" } else { folder };
        // Whoever collects metrics is another user.
        let blob = Blob::folder(self.dir.join(root)).readable_by(Access::All);
        Ok(ConfiguredFile { blob, key: name.to_owned() })
    }

    fn tolerances(&self, file: &File) -> Result<BTreeMap<String, Tolerance>, AppError> {
        let mut tolerances = BTreeMap::new();
        for (unit, tolerance) in &file.reconcile.tolerance {
            let place = tolerance.row.as_ref().or(tolerance.sum.as_ref()).map_or(0..0, Spanned::span);
            let unit = self.unit_at(unit, &place)?;
            let row = tolerance.row.as_ref().map_or(Ok(Amount::ZERO), |t| self.amount(t))?;
            let sum = tolerance.sum.as_ref().map_or(Ok(Amount::ZERO), |t| self.amount(t))?;
            tolerances.insert(unit, Tolerance { row, sum });
        }
        Ok(tolerances)
    }

    fn forbidden(&self, file: &File) -> Result<Vec<PostingKind>, AppError> {
        let kind = |text: &Spanned<String>| {
            PostingKind::from_name(text.get_ref()).ok_or_else(|| {
                let names: Vec<&str> = PostingKind::ALL.iter().map(|k| k.name()).collect();
                self.wrong(&text.span(), format!("{:?} is no kind of posting", text.get_ref()))
                    .hint(format!("the kinds are {}", names.join(", ")))
            })
        };
        file.policy.forbid.iter().map(kind).collect()
    }

    /// A day of the operator's zone, or an instant.
    fn since(&self, text: &Spanned<String>, zone: Zone) -> Result<Instant, AppError> {
        let day = Day::parse(text.get_ref()).map(|d| zone.start_of(d));
        day.or_else(|| Instant::parse(text.get_ref()).ok()).ok_or_else(|| {
            self.wrong(
                &text.span(),
                format!("{:?} is not a day such as 2026-10-01 or an RFC 3339 time", text.get_ref()),
            )
        })
    }

    fn complete_from(&self, file: &File, zone: Zone) -> Result<Option<Instant>, AppError> {
        let text = file.ledger.as_ref().and_then(|l| l.complete_from.as_ref());
        text.map(|t| self.since(t, zone)).transpose()
    }
}
