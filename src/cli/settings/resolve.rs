//! From what is written to what is meant: defaults, paths, and checks across tables.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;

use super::file::{self, ByUnit, File};
use super::page::{Page, Text};
use super::types::*;
use super::units::{self, Declared};
use crate::cli::failure::Failure;
use crate::domain::ledger::{PostingKind, Threshold};
use crate::domain::money::{Amount, Exact, Mode, Representation, SCALE};
use crate::domain::period::{Span, Zone};
use crate::domain::reconcile::Tolerance;

pub(super) struct Resolver<'a> {
    pub(super) page: &'a Page<'a>,
    pub(super) root: &'a Path,
    zone: Zone,
    declared: Declared,
}

pub(super) fn settings(page: &Page<'_>, file: File, root: &Path) -> Result<Settings, Failure> {
    let zone = match file.time.and_then(|time| time.zone) {
        Some(text) => page.zone(&text)?,
        None => Zone::UTC,
    };
    let declared = units::read(page, &file.unit, zone)?;
    let resolver = Resolver { page, root, zone, declared };
    let ledger = file.ledger.as_ref().map(|table| resolver.ledger(table)).transpose()?;
    let close = resolver.close(&file.close.unwrap_or_default(), ledger.as_ref(), file.ledger.as_ref())?;
    Ok(Settings {
        root: root.to_owned(),
        zone,
        lake: resolver.location(file.lake.and_then(|t| t.url), "lake")?,
        s3: resolver.s3(file.s3.unwrap_or_default())?,
        state: resolver.state(file.state.and_then(|t| t.url))?,
        publish: resolver.location(file.publish.and_then(|t| t.url), "out")?,
        close,
        sources: resolver.sources(&file.source)?,
        ledger,
        parties: resolver.parties(&file.parties.unwrap_or_default())?,
        reconcile: resolver.reconcile(&file.reconcile.unwrap_or_default())?,
        policy: resolver.policy(&file.policy.unwrap_or_default())?,
        notice: resolver.notice(&file.notice.unwrap_or_default())?,
        invoice: Invoice { hold_above: resolver.by_unit(&file.invoice.unwrap_or_default().hold_above, "hold_above")? },
        mail: file.mail.as_ref().map(|table| resolver.mail(table)).transpose()?,
        issuer: file.issuer.as_ref().map(|table| resolver.issuer(table)).transpose()?,
        units: resolver.declared.units,
        declared: resolver.declared.names,
    })
}

impl Resolver<'_> {
    pub(super) fn need<'t>(
        &self,
        text: &'t Option<Text>,
        table: Range<usize>,
        key: &str,
        like: &str,
    ) -> Result<&'t Text, Failure> {
        let missing = || self.page.failure(table, format!("{key} is missing"), format!("Write {key} = {like}."));
        text.as_ref().ok_or_else(missing)
    }

    pub(super) fn words(&self, text: &Option<Text>, what: &str) -> Result<Option<String>, Failure> {
        text.as_ref().map(|text| self.page.words(text, what)).transpose()
    }

    pub(super) fn span(&self, text: &Option<Text>, what: &str, default: Span) -> Result<Span, Failure> {
        text.as_ref().map_or(Ok(default), |text| self.page.span(text, what))
    }

    fn unit(&self, text: &Option<Text>) -> Result<Option<String>, Failure> {
        text.as_ref().map(|text| self.declared.unit(self.page, text)).transpose()
    }

    /// A file or folder, from the folder of `trueup.toml`.
    pub(super) fn path(&self, text: &Text, what: &str) -> Result<PathBuf, Failure> {
        Ok(self.root.join(self.page.words(text, what)?))
    }

    fn s3_parts(&self, text: &Text) -> Option<Result<(String, String), Failure>> {
        let rest = text.get_ref().strip_prefix("s3://")?;
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        let hint = "Write s3://bucket or s3://bucket/prefix.";
        let parts = (!bucket.is_empty()).then(|| (bucket.to_owned(), key.trim_start_matches('/').to_owned()));
        Some(parts.ok_or_else(|| self.page.failure(text.span(), "the address names no bucket", hint)))
    }

    fn location(&self, text: Option<Text>, default: &str) -> Result<Location, Failure> {
        let Some(text) = text else { return Ok(Location::Folder(self.root.join(default))) };
        if let Some(parts) = self.s3_parts(&text) {
            let (bucket, prefix) = parts?;
            return Ok(Location::S3 { bucket, prefix: prefix.trim_end_matches('/').to_owned() });
        }
        self.no_scheme(&text, "a folder or s3://bucket/prefix")?;
        self.path(&text, "the folder").map(Location::Folder)
    }

    fn no_scheme(&self, text: &Text, expected: &str) -> Result<(), Failure> {
        match text.get_ref().split_once("://") {
            Some((scheme, _)) => {
                let what = format!("{scheme}:// is no address this can be");
                Err(self.page.failure(text.span(), what, format!("Write {expected}.")))
            }
            None => Ok(()),
        }
    }

    fn input(&self, text: &Text) -> Result<Input, Failure> {
        let hint = "Write a glob such as raw/calls/*, a folder, or s3://bucket/prefix/*.";
        if let Some(parts) = self.s3_parts(text) {
            let (bucket, pattern) = parts?;
            self.glob(text, &pattern)?;
            return Ok(Input::S3 { bucket, pattern });
        }
        self.no_scheme(text, "a glob, a folder, or s3://bucket/prefix")?;
        let written = self.page.parse(text, "the path", |t| (!t.trim().is_empty()).then(|| t.to_owned()), hint)?;
        self.glob(text, &written)?;
        if Path::new(&written).is_absolute() || self.root.as_os_str().is_empty() {
            return Ok(Input::Files { pattern: written });
        }
        let root = glob::Pattern::escape(&self.root.to_string_lossy());
        Ok(Input::Files { pattern: format!("{}/{written}", root.trim_end_matches('/')) })
    }

    fn glob(&self, text: &Text, pattern: &str) -> Result<(), Failure> {
        glob::Pattern::new(pattern).map(drop).map_err(|error| {
            self.page.failure(
                text.span(),
                format!("the pattern is wrong: {}", error.msg),
                "`*` stands for any name, `**` for any folders.",
            )
        })
    }

    fn s3(&self, table: file::S3) -> Result<S3, Failure> {
        Ok(S3 {
            endpoint: self.words(&table.endpoint, "the endpoint")?,
            region: self.words(&table.region, "the region")?,
            path_style: table.path_style.unwrap_or(false),
        })
    }

    fn state(&self, text: Option<Text>) -> Result<StateUrl, Failure> {
        let Some(text) = text else { return Ok(StateUrl::Sqlite(self.root.join("state.db"))) };
        let url = text.get_ref();
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(StateUrl::Postgres(Secret::new(url.clone())));
        }
        let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:"));
        match path.filter(|path| !path.is_empty() && !path.starts_with(':')) {
            Some(path) => Ok(StateUrl::Sqlite(self.root.join(path))),
            // The address may hold a password, so it is not repeated.
            None => Err(self.page.failure(
                text.span(),
                "the address of the state is none",
                "Write sqlite:state.db or postgres://user@host/database.",
            )),
        }
    }

    fn close(
        &self,
        table: &file::Close,
        ledger: Option<&Ledger>,
        written: Option<&file::Ledger>,
    ) -> Result<Close, Failure> {
        let grace = self.span(&table.grace, "grace", Span::from_hours(48))?;
        let max_late = self.span(&table.max_late, "max_late", Span::from_hours(90 * 24))?;
        let within = ledger.map_or(Span::ZERO, |ledger| ledger.match_within);
        let place = |text: Option<&Text>| text.map_or(0..0, Spanned::span);
        if grace < within {
            let span = table.grace.as_ref().or(written.and_then(|l| l.match_within.as_ref()));
            let what = format!("grace {grace} is shorter than match_within {within}");
            return Err(self.page.failure(
                place(span),
                what,
                "A day may close only when its postings can have arrived.",
            ));
        }
        if max_late < grace {
            let span = table.max_late.as_ref().or(table.grace.as_ref());
            let what = format!("max_late {max_late} is shorter than grace {grace}");
            return Err(self.page.failure(place(span), what, "Late rows begin where grace ends."));
        }
        Ok(Close { grace, max_late })
    }

    fn sources(&self, tables: &[Spanned<file::Source>]) -> Result<Vec<Source>, Failure> {
        let mut sources: Vec<Source> = Vec::new();
        for table in tables {
            let source = self.source(table)?;
            if sources.iter().any(|other| other.name == source.name) {
                let span = table.get_ref().name.as_ref().map_or(table.span(), Spanned::span);
                let what = format!("two sources are named {:?}", source.name);
                return Err(self.page.failure(
                    span,
                    what,
                    "The name is part of a call's identity; give one another name.",
                ));
            }
            sources.push(source);
        }
        Ok(sources)
    }

    fn source(&self, spanned: &Spanned<file::Source>) -> Result<Source, Failure> {
        let (table, whole) = (spanned.get_ref(), spanned.span());
        let name = self.need(&table.name, whole.clone(), "the source's name", "\"gateway\"")?;
        let path = self.need(&table.path, whole.clone(), "path", "\"raw/calls/*\"")?;
        let book = self.need(&table.book, whole, "book", "\"prices/book.toml\"")?;
        let formats = format!("The formats are: {}.", Format::ALL.map(Format::name).join(", "));
        let expect = |text: &str| (text == "hourly").then_some(Expect::Hourly);
        Ok(Source {
            name: self.page.words(name, "the source's name")?,
            format: match &table.format {
                Some(text) => self.page.parse(text, "the format", Format::from_name, &formats)?,
                None => Format::Trueup,
            },
            path: self.input(path)?,
            book: self.path(book, "the price book")?,
            unit: self.unit(&table.unit)?,
            zone: table.zone.as_ref().map(|text| self.page.zone(text)).transpose()?,
            recorded: match &table.recorded {
                Some(recorded) => self.recorded(recorded)?,
                None => Representation::Exact,
            },
            settle: self.span(&table.settle, "settle", Span::ZERO)?,
            max_rejects: self.max_rejects(&table.max_rejects)?,
            expect: match &table.expect {
                Some(text) => Some(self.page.parse(text, "expect", expect, "Write hourly, or leave it out.")?),
                None => None,
            },
        })
    }

    fn recorded(&self, spanned: &Spanned<file::Recorded>) -> Result<Representation, Failure> {
        let table = spanned.get_ref();
        let written = self.need(&table.written_as, spanned.span(), "as", "\"exact\"")?;
        let modes = format!("The modes are: {}.", Mode::ALL.map(Mode::name).join(", "));
        let mode = match &table.mode {
            Some(text) => Some(self.page.parse(text, "the mode", Mode::from_name, &modes)?),
            None => None,
        };
        let scale = table.scale.as_ref().map(|scale| *scale.get_ref());
        match (written.get_ref().as_str(), scale, mode) {
            ("exact", None, None) => Ok(Representation::Exact),
            ("float64", None, None) => Ok(Representation::Float64),
            ("integer", None, Some(mode)) => Ok(Representation::Integer { mode }),
            ("decimal", Some(scale), Some(mode)) if scale <= SCALE => Ok(Representation::Decimal { scale, mode }),
            _ => Err(self.page.failure(
                spanned.span(),
                "what the source does to an amount is not said",
                "Write { as = \"exact\" }, { as = \"decimal\", scale = 6, mode = \"half_up\" } (scale up to 18), \
                 { as = \"integer\", mode = \"up\" } or { as = \"float64\" }.",
            )),
        }
    }

    fn max_rejects(&self, text: &Option<Text>) -> Result<MaxRejects, Failure> {
        let most = |text: &str| match text.strip_suffix('%') {
            Some(percent) => {
                let percent: Exact = percent.trim().parse().ok()?;
                let fits = !percent.is_negative() && percent <= Exact::from_int(100);
                fits.then_some(MaxRejects::Percent(percent))
            }
            None => text.parse().ok().map(MaxRejects::Rows),
        };
        match text {
            Some(text) => {
                self.page.parse(text, "max_rejects", most, "Write a share such as \"0.1%\" or a count such as \"10\".")
            }
            None => Ok(MaxRejects::Percent(Exact::new(1, 1))),
        }
    }

    fn ledger(&self, table: &file::Ledger) -> Result<Ledger, Failure> {
        let input = |text: &Option<Text>| text.as_ref().map(|text| self.input(text)).transpose();
        let since = |text: &Text| self.page.since(text, "complete_from", self.zone);
        Ok(Ledger {
            postings: input(&table.postings)?,
            balances: input(&table.balances)?,
            match_within: self.span(&table.match_within, "match_within", Span::from_hours(36))?,
            complete_from: table.complete_from.as_ref().map(since).transpose()?,
            settle: self.span(&table.settle, "settle", Span::ZERO)?,
            max_rejects: self.max_rejects(&table.max_rejects)?,
            zone: table.zone.as_ref().map(|text| self.page.zone(text)).transpose()?,
            unit: self.unit(&table.unit)?,
        })
    }

    fn parties(&self, table: &file::Parties) -> Result<Parties, Failure> {
        let path = |text: &Option<Text>, what: &str| text.as_ref().map(|text| self.path(text, what)).transpose();
        Ok(Parties { accounts: path(&table.accounts, "accounts")?, keys: path(&table.keys, "keys")? })
    }

    fn by_unit(&self, table: &ByUnit, what: &str) -> Result<BTreeMap<String, Amount>, Failure> {
        let mut amounts = BTreeMap::new();
        for (unit, text) in table {
            self.declared.check(self.page, unit, text.span())?;
            amounts.insert(unit.clone(), self.page.amount(text, what)?);
        }
        Ok(amounts)
    }

    fn reconcile(&self, table: &file::Reconcile) -> Result<Reconcile, Failure> {
        let mut tolerance = BTreeMap::new();
        for (unit, spanned) in &table.tolerance {
            self.declared.check(self.page, unit, spanned.span())?;
            let amount = |text: &Option<Text>, what: &str| {
                self.page.amount(self.need(text, spanned.span(), what, "\"0\"")?, what)
            };
            let file::Tolerance { row, sum } = spanned.get_ref();
            tolerance.insert(unit.clone(), Tolerance { row: amount(row, "row")?, sum: amount(sum, "sum")? });
        }
        Ok(Reconcile { tolerance, exit_above: self.by_unit(&table.exit_above, "exit_above")? })
    }

    fn policy(&self, table: &file::Policy) -> Result<Policy, Failure> {
        let kinds = format!("The kinds are: {}.", PostingKind::ALL.map(PostingKind::name).join(", "));
        let forbid = table.forbid.iter().map(|text| self.page.parse(text, "the kind", PostingKind::from_name, &kinds));
        Ok(Policy { forbid: forbid.collect::<Result<_, _>>()? })
    }

    fn notice(&self, table: &file::Notice) -> Result<Notice, Failure> {
        let hint = "Write 10%, 500 or 3d, or several separated by `;`.";
        let default = match &table.default {
            Some(text) => self.page.parse(text, "the threshold", Threshold::parse_all, hint)?,
            None => vec![Threshold::Percent(Exact::from_int(10))],
        };
        Ok(Notice { default })
    }
}
