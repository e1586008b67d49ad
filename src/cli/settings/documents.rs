//! Who sends mail and who issues invoices.

use toml::Spanned;

use super::file;
use super::resolve::Resolver;
use super::types::{Issuer, Mail, MailUrl, Secret};
use crate::cli::failure::Failure;
use crate::domain::period::Span;

const NOTHING: &str = "Write it, or leave the line out.";

impl Resolver<'_> {
    pub(super) fn mail(&self, spanned: &Spanned<file::Mail>) -> Result<Mail, Failure> {
        let table = spanned.get_ref();
        let url = self.need(&table.url, spanned.span(), "url", "\"file:outbox\"")?;
        let from = self.need(&table.from, spanned.span(), "from", "\"billing@example.com\"")?;
        let address = |text: &str| {
            let (name, host) = text.split_once('@')?;
            let plain = !text.contains(|c: char| c.is_whitespace() || c.is_control());
            (plain && !name.is_empty() && !host.is_empty() && !host.contains('@')).then(|| text.to_owned())
        };
        let written = url.get_ref();
        let target = if let Some(folder) = written.strip_prefix("file:").filter(|folder| !folder.is_empty()) {
            MailUrl::Folder(self.root.join(folder))
        } else if ["smtp://", "smtps://"].iter().any(|s| written.strip_prefix(s).is_some_and(|host| !host.is_empty())) {
            MailUrl::Smtp(Secret::new(written.clone()))
        } else {
            let hint = "Write file:outbox, smtp://host or smtps://host.";
            return Err(self.page.failure(url.span(), "the mail's url is none", hint));
        };
        if let (Some(user), None) = (&table.user, &table.password_file) {
            return Err(self.page.failure(user.span(), "a user has no password_file", NOTHING));
        }
        Ok(Mail {
            url: target,
            from: self.page.parse(from, "the sender", address, "Write an address such as billing@example.com.")?,
            user: self.words(&table.user, "the user")?,
            password_file: table.password_file.as_ref().map(|text| self.path(text, "password_file")).transpose()?,
            fresh: self.span(&table.fresh, "fresh", Span::from_hours(24))?,
        })
    }

    pub(super) fn issuer(&self, spanned: &Spanned<file::Issuer>) -> Result<Issuer, Failure> {
        let table = spanned.get_ref();
        let name = self.need(&table.name, spanned.span(), "the issuer's name", "\"Example Ltd\"")?;
        let known = |text: &str| {
            let rest = text.replace("{year}", "").replace("{month}", "");
            let plain = !rest.contains(['{', '}']) && !rest.contains(char::is_control);
            (plain && !text.trim().is_empty()).then(|| text.to_owned())
        };
        let series = match &table.series {
            Some(text) => {
                self.page.parse(text, "the series", known, "It may hold {year} and {month}, such as INV-{year}-.")?
            }
            None => "INV-{year}-".to_owned(),
        };
        if let Some(first) = table.first.as_ref().filter(|first| *first.get_ref() == 0) {
            return Err(self.page.failure(first.span(), "an invoice cannot have the number 0", "Write first = 1."));
        }
        Ok(Issuer {
            name: self.page.words(name, "the issuer's name")?,
            series,
            first: table.first.as_ref().map_or(1, |first| *first.get_ref()),
            street: self.words(&table.street, "street")?,
            city: self.words(&table.city, "city")?,
            postcode: self.words(&table.postcode, "postcode")?,
            country: self.words(&table.country, "country")?,
            tax_id: self.words(&table.tax_id, "tax_id")?,
            email: self.words(&table.email, "email")?,
            bank: self.words(&table.bank, "bank")?,
            iban: self.words(&table.iban, "iban")?,
            bic: self.words(&table.bic, "bic")?,
        })
    }
}
