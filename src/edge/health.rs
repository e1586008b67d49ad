//! A health-check address that is told when a job begins and how it ends.
//!
//! Whoever watches it notices the night on which nothing ran. Knows nothing of: jobs, what a failure
//! means; a ping that does not get through is the caller's to shrug off.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use hyper::Request;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

/// How long a ping may take; a job never waits longer for whoever watches it.
const PATIENCE: Duration = Duration::from_secs(10);

/// An `http` or `https` address, whose path and query are often its only secret: shown without them.
#[derive(Clone, PartialEq, Eq)]
pub struct HealthUrl(String);

impl HealthUrl {
    pub fn parse(text: &str) -> Option<HealthUrl> {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
        let is_plain = rest.chars().all(|c| c.is_ascii_graphic());
        (is_plain && !rest.is_empty()).then(|| HealthUrl(text.trim_end_matches('/').to_owned()))
    }

    /// Whether it names a user, has a query, or a part of its path that only a machine would write.
    pub fn has_secret(&self) -> bool {
        let (_, rest) = self.parts();
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let drawn = |part: &str| part.len() >= 16 && part.chars().any(|c| c.is_ascii_digit());
        host.contains('@') || rest.contains('?') || path.split('/').any(drawn)
    }

    fn parts(&self) -> (&str, &str) {
        self.0.split_once("://").unwrap_or_default()
    }

    /// The address of an end of a job: `/start`, `/fail`; a query stays behind it.
    fn of(&self, end: &str) -> String {
        match self.0.split_once('?') {
            Some((path, query)) => format!("{path}{end}?{query}"),
            None => format!("{}{end}", self.0),
        }
    }
}

impl fmt::Display for HealthUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, rest) = self.parts();
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        write!(f, "{scheme}://{}", host.rsplit('@').next().unwrap_or_default())
    }
}

impl fmt::Debug for HealthUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HealthUrl({self})")
    }
}

/// Posts a line to an end of the address: nothing, `/start` or `/fail`.
///
/// # Errors
/// In words, without the address: no such address, no answer in ten seconds, an answer that is not 2xx.
pub async fn ping(url: &HealthUrl, end: &str, line: &str) -> Result<(), String> {
    let https = hyper_rustls::HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(rustls::crypto::ring::default_provider())
        .map_err(|e| format!("no root certificates: {e}"))?
        .https_or_http()
        .enable_http1()
        .build();
    let client = Client::builder(TokioExecutor::new()).build(https);
    let request = Request::post(url.of(end))
        .header("content-type", "text/plain; charset=utf-8")
        .body(http_body_util::Full::new(Bytes::from(line.to_owned())))
        .map_err(|e| e.to_string())?;
    let answer = tokio::time::timeout(PATIENCE, client.request(request))
        .await
        .map_err(|_| "no answer in ten seconds".to_owned())?
        .map_err(|e| e.to_string())?;
    if answer.status().is_success() { Ok(()) } else { Err(format!("answered {}", answer.status())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_what_is_secret_of_it() {
        for (text, shown, of_start) in [
            ("https://hc-ping.com/8a1f-22/", "https://hc-ping.com", "https://hc-ping.com/8a1f-22/start"),
            ("http://u:p@h:8/ping/x?t=y", "http://h:8", "http://u:p@h:8/ping/x/start?t=y"),
        ] {
            let url = HealthUrl::parse(text).unwrap();
            assert_eq!((url.to_string().as_str(), url.of("/start").as_str()), (shown, of_start));
            assert!(!format!("{url:?}").contains("ping/"));
        }
        assert!(HealthUrl::parse("https://h/5f0c1a2b-7777-4abc").unwrap().has_secret());
        assert!(!HealthUrl::parse("https://status.example.com/ping/trueup").unwrap().has_secret());
        assert!(HealthUrl::parse("ftp://h/x").is_none() && HealthUrl::parse("https://").is_none());
    }
}
