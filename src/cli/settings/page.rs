//! One TOML file as text: its spans become line and column, its values what they stand for.

use std::ops::Range;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use toml::Spanned;

use crate::cli::failure::{Failure, Kind};
use crate::domain::money::Amount;
use crate::domain::period::{Day, Instant, Span, Zone};

pub(super) type Text = Spanned<String>;

pub(super) struct Page<'a> {
    name: &'a str,
    text: &'a str,
}

impl<'a> Page<'a> {
    pub(super) fn new(name: &'a str, text: &'a str) -> Page<'a> {
        Page { name, text }
    }

    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        toml::from_str(self.text).map_err(|error| {
            let what = error.message().trim().to_owned();
            let hint = if what.contains("unknown field") {
                "A name may be misspelt; nothing in this file is ignored."
            } else {
                "The file must be TOML, with the tables and keys that `trueup init` writes."
            };
            let failure = Failure::new(Kind::Config, what).hint(hint);
            match error.span() {
                Some(span) => failure.at(self.place(span)),
                None => failure.at(self.name),
            }
        })
    }

    /// `trueup.toml:12:8`.
    fn place(&self, span: Range<usize>) -> String {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |start| start.chars().count()) + 1;
        format!("{}:{line}:{column}", self.name)
    }

    pub(super) fn failure(&self, span: Range<usize>, what: impl Into<String>, hint: impl Into<String>) -> Failure {
        Failure::new(Kind::Config, what).at(self.place(span)).hint(hint)
    }

    /// What a text stands for, or a failure that says what it should be.
    pub(super) fn parse<T>(
        &self,
        text: &Text,
        what: &str,
        meaning: impl FnOnce(&str) -> Option<T>,
        hint: &str,
    ) -> Result<T, Failure> {
        let written = text.get_ref();
        meaning(written).ok_or_else(|| self.failure(text.span(), format!("{what} {written:?} is none"), hint))
    }

    pub(super) fn span(&self, text: &Text, what: &str) -> Result<Span, Failure> {
        self.parse(text, what, Span::parse, "Write a length of time such as 90d, 36h, 10m, 30s or 1d12h.")
    }

    pub(super) fn zone(&self, text: &Text) -> Result<Zone, Failure> {
        self.parse(text, "the time zone", Zone::parse, "Write an IANA name such as Asia/Shanghai or UTC.")
    }

    /// An amount that is not negative.
    pub(super) fn amount(&self, text: &Text, what: &str) -> Result<Amount, Failure> {
        let amount = |text: &str| Amount::from_str(text).ok().filter(|amount| !amount.is_negative());
        self.parse(text, what, amount, "Write an amount >= 0 in quotes, such as \"0.01\", with at most 18 decimals.")
    }

    /// A day (its start in `zone`) or an instant.
    pub(super) fn since(&self, text: &Text, what: &str, zone: Zone) -> Result<Instant, Failure> {
        let since = |text: &str| match Day::parse(text) {
            Some(day) => Some(zone.start_of(day)),
            None => Instant::parse_in(text, zone).ok(),
        };
        self.parse(text, what, since, "Write a day such as 2026-10-01 or a time such as 2026-10-01T08:00:00+08:00.")
    }

    /// Text that is not blank and has no control character.
    pub(super) fn words(&self, text: &Text, what: &str) -> Result<String, Failure> {
        let words = |text: &str| (!text.trim().is_empty() && !text.contains(char::is_control)).then(|| text.to_owned());
        self.parse(text, what, words, "It must not be blank, nor hold control characters.")
    }
}
