//! Settings that carry a secret: where it may stand, and what is said of one that stands elsewhere.

use super::super::file::{File, Health};
use super::Reader;
use crate::edge::health::HealthUrl;
use crate::edge::state::StateUrl;
use crate::pipeline::AppError;

impl Reader<'_> {
    pub(super) fn health(&self, health: &Health) -> Result<Option<HealthUrl>, AppError> {
        let (text, at) = match (&health.url, &health.url_file) {
            (None, None) => return Ok(None),
            (Some(url), None) => (url.get_ref().clone(), url.span()),
            (Some(_), Some(file)) => {
                return Err(self.wrong(&file.span(), "there is a url and a url_file: one is enough"));
            }
            (None, Some(file)) => {
                let path = self.dir.join(file.get_ref());
                let text = std::fs::read_to_string(&path)
                    .map_err(|e| self.wrong(&file.span(), format!("{} cannot be read: {e}", path.display())))?;
                (text.trim().to_owned(), file.span())
            }
        };
        HealthUrl::parse(&text).map(Some).ok_or_else(|| self.wrong(&at, "the url is not an http or https address"))
    }

    /// Secrets that stand in the file, and where they belong.
    pub(super) fn exposed(file: &File, state: &StateUrl) -> Vec<String> {
        let mut exposed = Vec::new();
        if state.has_password() {
            exposed.push(
                "[state] url holds a password: PGPASSWORD or a .pgpass file keeps it out of trueup.toml".to_owned(),
            );
        }
        if file.health.url.as_ref().and_then(|url| HealthUrl::parse(url.get_ref())).is_some_and(|url| url.has_secret())
        {
            exposed.push("[health] url holds a secret: url_file = \"FILE\" keeps it out of trueup.toml".to_owned());
        }
        exposed
    }
}
