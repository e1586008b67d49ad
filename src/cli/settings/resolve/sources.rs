//! Where calls come from, and the hours a source may be silent.

use toml::Spanned;

use super::super::file::{Source, Waive};
use super::super::nearest::nearest;
use super::{NAME, Reader};
use crate::domain::period::{Instant, Span};
use crate::domain::reconcile::SourceRules;
use crate::edge::source::{CallFormat, FORMATS, call_format, ledger_format, ledger_format_names};
use crate::pipeline::AppError;
use crate::pipeline::{ConfiguredFile, SourceConfig, Waiver};

/// What `format = ` says where files tell it themselves; also when it says nothing.
const AUTO: &str = "auto";

fn names_of(formats: &[CallFormat]) -> Vec<&'static str> {
    formats.iter().map(|format| format.name).collect()
}

impl Reader<'_> {
    pub(super) fn source(
        &self,
        source: &Source,
        books: &mut Vec<ConfiguredFile>,
    ) -> Result<(SourceConfig, SourceRules), AppError> {
        let format = source.format.as_ref().map_or(Ok(None), |f| self.call_format(f))?;
        let version = source.version.as_ref().map(|v| self.version(v, format)).transpose()?;
        let named = source.unit.as_ref().map(|unit| self.unit(unit)).transpose()?;
        let unit = named.or_else(|| format?.unit.map(str::to_owned));
        if let Some(expect) = source.expect.as_ref().filter(|e| e.get_ref() != "hourly") {
            return Err(self.wrong(&expect.span(), format!("expect {:?} is not \"hourly\"", expect.get_ref())));
        }
        let book = self.one_file(&source.book)?;
        let known = books.iter().position(|b| b.key == book.key && b.blob.place() == book.blob.place());
        let index = known.unwrap_or_else(|| {
            books.push(book);
            books.len() - 1
        });
        let config = SourceConfig {
            name: source.name.get_ref().clone(),
            place: self.place(&source.path)?,
            unit: unit.clone(),
            format: format.map(|f| f.name),
            version,
            zone: source.zone.as_ref().map(|z| self.zone(z)).transpose()?,
            settle: source
                .settle
                .as_ref()
                .map_or(Ok(Span::parse("10m").unwrap_or_default()), |s| self.span(s, "10m"))?,
            max_rejects_ppm: self.parts_per_million(source.max_rejects.as_ref())?,
            expects_hourly: source.expect.is_some(),
        };
        let rules = SourceRules {
            name: config.name.clone(),
            unit,
            recorded: match (&source.recorded, format) {
                (None, Some(format)) => format.recorded,
                (recorded, _) => self.representation(recorded.as_ref())?,
            },
            book: u16::try_from(index).map_err(|_| AppError::config("there are too many price books").at(NAME))?,
        };
        Ok((config, rules))
    }

    /// None where the files' own members shall tell it.
    fn call_format(&self, name: &Spanned<String>) -> Result<Option<&'static CallFormat>, AppError> {
        if name.get_ref() == AUTO {
            return Ok(None);
        }
        let known = call_format(name.get_ref()).ok_or_else(|| self.unknown_format(name, &names_of(FORMATS)))?;
        Ok(Some(known))
    }

    /// None where the files' own members shall tell it.
    pub(super) fn ledger_format(&self, name: &Spanned<String>) -> Result<Option<&'static str>, AppError> {
        if name.get_ref() == AUTO {
            return Ok(None);
        }
        let known = ledger_format(name.get_ref());
        known.map(Some).ok_or_else(|| self.unknown_format(name, &ledger_format_names()))
    }

    fn unknown_format(&self, name: &Spanned<String>, known: &[&str]) -> AppError {
        let failure = self.wrong(&name.span(), format!("format {:?} is not known", name.get_ref()));
        let failure = match nearest(name.get_ref(), known.iter().copied().chain([AUTO])) {
            Some(near) => failure.hint(format!("did you mean {near:?}?")),
            None => failure,
        };
        failure.hint(format!("known are {AUTO} (told by the members of each file), {}", known.join(", ")))
    }

    fn version(&self, version: &Spanned<String>, format: Option<&'static CallFormat>) -> Result<String, AppError> {
        let text = version.get_ref();
        let Some(format) = format else {
            return Err(self
                .wrong(&version.span(), "a version is that of a format, and this source names none")
                .hint("say which format its files have: format = \"NAME\""));
        };
        let Some(known) = format.version(text) else {
            let hint = match format.versions {
                [] => "its files are all alike; leave version out".to_owned(),
                versions => format!("known are {}", versions.join(", ")),
            };
            return Err(self
                .wrong(&version.span(), format!("version {text:?} of format {} is not known", format.name))
                .hint(hint));
        };
        Ok(known.to_owned())
    }

    pub(super) fn waivers(&self, waived: &[Waive], sources: &[SourceConfig]) -> Result<Vec<Waiver>, AppError> {
        let instant = |text: &Spanned<String>| {
            Instant::parse(text.get_ref())
                .map_err(|e| self.wrong(&text.span(), e.to_string()).hint("write it such as 2026-10-05T03:00:00+08:00"))
        };
        let mut waivers = Vec::new();
        for waive in waived {
            let source = sources.iter().find(|s| s.name == *waive.source.get_ref());
            let source = source.ok_or_else(|| {
                self.wrong(&waive.source.span(), format!("no source is named {}", waive.source.get_ref()))
            })?;
            let span = (instant(&waive.from)?, instant(&waive.until)?);
            if span.0 >= span.1 {
                return Err(self.wrong(&waive.until.span(), "until is not after from"));
            }
            if waive.reason.get_ref().trim().is_empty() {
                return Err(self.wrong(&waive.reason.span(), "hours are waived for a reason; say which"));
            }
            waivers.push(Waiver { source: source.name.clone(), span });
        }
        Ok(waivers)
    }
}
