//! Where calls come from, and the hours a source may be silent.

use toml::Spanned;

use super::super::file::{Source, Waive};
use super::{NAME, Reader};
use crate::cli::failure::Failure;
use crate::domain::period::{Instant, Span};
use crate::domain::reconcile::SourceRules;
use crate::pipeline::{PriceFile, SourceConfig, Waiver};

impl Reader<'_> {
    pub(super) fn source(
        &self,
        source: &Source,
        books: &mut Vec<PriceFile>,
    ) -> Result<(SourceConfig, SourceRules), Failure> {
        if let Some(format) = source.format.as_ref().filter(|f| f.get_ref() != "trueup") {
            return Err(self
                .wrong(&format.span(), format!("format {:?} is not known", format.get_ref()))
                .hint("the native format, \"trueup\", is read in this version: JSON Lines, CSV or Parquet"));
        }
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
            unit: source.unit.clone(),
            zone: source.zone.as_ref().map(|z| self.zone(z)).transpose()?,
            settle: source
                .settle
                .as_ref()
                .map_or(Ok(Span::parse("10m").unwrap_or_default()), |s| self.span(s, "10m"))?,
            max_rejects_ppm: self.parts_per_million(source.max_rejects.as_ref())?,
            book: index,
            expects_hourly: source.expect.is_some(),
        };
        let rules = SourceRules {
            name: config.name.clone(),
            unit: source.unit.clone(),
            recorded: self.representation(source.recorded.as_ref())?,
            book: u16::try_from(index).map_err(|_| Failure::config("there are too many price books").at(NAME))?,
        };
        Ok((config, rules))
    }

    pub(super) fn waivers(&self, waived: &[Waive], sources: &[SourceConfig]) -> Result<Vec<Waiver>, Failure> {
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
            let reason = waive.reason.get_ref().trim().to_owned();
            if reason.is_empty() {
                return Err(self.wrong(&waive.reason.span(), "hours are waived for a reason; say which"));
            }
            waivers.push(Waiver { source: source.name.clone(), span, reason });
        }
        Ok(waivers)
    }
}
