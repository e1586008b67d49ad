//! `[issuer]` and `[invoice]`: who sends bills, and how they are numbered.

use toml::Spanned;

use super::file::{File, Issuer as Written};
use super::resolve::Reader;
use crate::domain::invoice::Issuer;
use crate::edge::render::FontSettings;
use crate::pipeline::AppError;
use crate::pipeline::Billing;

impl Reader<'_> {
    /// Absent where there is no `[issuer]`.
    pub(super) fn billing(&self, file: &File) -> Result<Option<Billing>, AppError> {
        let hold_above = match &file.invoice {
            Some(invoice) => self.amounts(&invoice.hold_above)?,
            None => Vec::new(),
        };
        let Some(written) = &file.issuer else { return Ok(None) };
        if written.name.get_ref().trim().is_empty() {
            return Err(self.wrong(&written.name.span(), "the issuer has no name"));
        }
        if let Some(country) = written.country.as_ref().filter(|c| !is_country(c)) {
            let what = format!("country {country:?} is not a code of two capital letters");
            return Err(self.wrong(&written.name.span(), what));
        }
        let first = written.first.as_ref().map_or(1, |f| *f.get_ref());
        if let Some(zero) = written.first.as_ref().filter(|f| *f.get_ref() == 0) {
            return Err(self.wrong(&zero.span(), "numbers begin at 1 or above"));
        }
        let series = self.series(written.series.as_ref(), "INV-{year}-")?;
        let credit_series = self.series(written.credit_series.as_ref(), "CN-{year}-")?;
        let statement_series = self.series(written.statement_series.as_ref(), "STM-{year}-")?;
        if series == credit_series || series == statement_series || credit_series == statement_series {
            return Err(self
                .wrong(&written.name.span(), "two kinds of documents share a series")
                .hint("series, credit_series and statement_series differ"));
        }
        let issuer = issuer(written);
        let invoice = file.invoice.as_ref();
        let paths = invoice.and_then(|i| i.fonts.as_ref()).map(|folder| self.dir.join(folder)).into_iter().collect();
        let fonts = FontSettings { paths, system: invoice.and_then(|i| i.system_fonts).unwrap_or(true) };
        let template = invoice.and_then(|i| i.template.as_ref()).map(|path| self.template(path)).transpose()?;
        Ok(Some(Billing { issuer, series, credit_series, statement_series, first, hold_above, fonts, template }))
    }

    fn template(&self, path: &Spanned<String>) -> Result<String, AppError> {
        std::fs::read_to_string(self.dir.join(path.get_ref()))
            .map_err(|e| self.wrong(&path.span(), format!("template {} cannot be read: {e}", path.get_ref())))
    }

    /// What numbers of a kind begin with.
    fn series(&self, written: Option<&Spanned<String>>, default: &str) -> Result<String, AppError> {
        let Some(text) = written else { return Ok(default.to_owned()) };
        let plain = text.get_ref().replace("{year}", "");
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let ends = text.get_ref().ends_with(|c: char| c == '}' || c.is_ascii_digit());
        if plain.is_empty() || ends || !plain.chars().all(fits) || plain.starts_with('.') || text.get_ref().len() > 40 {
            return Err(self
                .wrong(&text.span(), format!("{:?} cannot begin a number", text.get_ref()))
                .hint("letters, digits, - _ . and {year}, not ending with a digit or {year}: INV-{year}-"));
        }
        Ok(text.get_ref().clone())
    }
}

fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase())
}

fn issuer(written: &Written) -> Issuer {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    Issuer {
        name: written.name.get_ref().clone(),
        street: written.street.clone().or_else(|| written.address.clone()).unwrap_or_default(),
        city: text(&written.city),
        postcode: text(&written.postcode),
        country: text(&written.country),
        tax_id: text(&written.tax_id),
        registration: text(&written.registration),
        email: text(&written.email),
        phone: text(&written.phone),
        bank_name: text(&written.bank),
        account_holder: text(&written.account_holder),
        iban: text(&written.iban),
        bic: text(&written.bic),
    }
}
