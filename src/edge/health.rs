//! A health-check address that is told when a job begins and how it ends.
//!
//! Whoever watches it notices the night on which nothing ran. Knows nothing of: jobs, what a failure
//! means; a ping that does not get through is the caller's to shrug off.

use std::time::Duration;

use bytes::Bytes;
use hyper::Request;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

/// How long a ping may take; a job never waits longer for whoever watches it.
const PATIENCE: Duration = Duration::from_secs(10);

/// Posts a line to an `http` or `https` address.
///
/// # Errors
/// In words: no such address, no answer in ten seconds, an answer that is not 2xx.
pub async fn ping(url: &str, line: &str) -> Result<(), String> {
    let https = hyper_rustls::HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(rustls::crypto::ring::default_provider())
        .map_err(|e| format!("no root certificates: {e}"))?
        .https_or_http()
        .enable_http1()
        .build();
    let client = Client::builder(TokioExecutor::new()).build(https);
    let request = Request::post(url)
        .header("content-type", "text/plain; charset=utf-8")
        .body(http_body_util::Full::new(Bytes::from(line.to_owned())))
        .map_err(|e| e.to_string())?;
    let answer = tokio::time::timeout(PATIENCE, client.request(request))
        .await
        .map_err(|_| "no answer in ten seconds".to_owned())?
        .map_err(|e| e.to_string())?;
    if answer.status().is_success() { Ok(()) } else { Err(format!("answered {}", answer.status())) }
}
