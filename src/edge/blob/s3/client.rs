//! How the bucket is reached. Every value is handed in; nothing is read from the environment.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    BehaviorVersion, Credentials, Region, RequestChecksumCalculation, ResponseChecksumValidation,
};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

use crate::edge::blob::error::{BlobError, BlobErrorKind};
use crate::edge::blob::url::{bare, holds_secret};

#[derive(Clone, PartialEq, Eq)]
pub struct S3Credentials {
    pub access_key: String,
    pub secret_key: String,
    pub session_token: Option<String>,
}

impl fmt::Debug for S3Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("S3Credentials(..)")
    }
}

/// The `[s3]` table and what the environment adds to it.
#[derive(Clone, Debug)]
pub struct S3Settings {
    /// Absent: Amazon's own, by region.
    pub endpoint: Option<String>,
    pub region: Option<String>,
    /// The bucket in the path instead of in the host name.
    pub path_style: bool,
    pub credentials: Option<S3Credentials>,
    /// Where big objects are written before they are sent.
    pub scratch: PathBuf,
    /// For reaching the store and for the beginning of an answer.
    pub timeout: Duration,
    /// Keys a page of a listing.
    pub page: i32,
}

impl Default for S3Settings {
    fn default() -> S3Settings {
        S3Settings {
            endpoint: None,
            region: None,
            path_style: false,
            credentials: None,
            scratch: PathBuf::from(".trueup-scratch"),
            timeout: Duration::from_secs(30),
            page: 1000,
        }
    }
}

pub(super) fn connect(url: &str, settings: &S3Settings) -> Result<Client, BlobError> {
    let config = |what: &str| BlobError::new(BlobErrorKind::Config, bare(url), what);
    let keys = settings.credentials.as_ref().ok_or_else(|| config("no credentials (access key and secret key)"))?;
    let region = match (&settings.region, &settings.endpoint) {
        (Some(region), _) => region.clone(),
        // Stores that are not Amazon's take any region.
        (None, Some(_)) => "us-east-1".to_owned(),
        (None, None) => return Err(config("no region")),
    };
    let credentials =
        Credentials::new(&keys.access_key, &keys.secret_key, keys.session_token.clone(), None, "settings");
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let timeouts = TimeoutConfig::builder().connect_timeout(settings.timeout).read_timeout(settings.timeout).build();
    let mut builder = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .http_client(http)
        .credentials_provider(credentials)
        .region(Region::new(region))
        .force_path_style(settings.path_style)
        .retry_config(RetryConfig::standard().with_max_attempts(4))
        .timeout_config(timeouts)
        // We name a SHA-256 ourselves; trailing checksums are unknown to many stores.
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .response_checksum_validation(ResponseChecksumValidation::WhenSupported);
    if let Some(endpoint) = &settings.endpoint {
        if !endpoint.starts_with("http://") && !endpoint.starts_with("https://") {
            return Err(config("the endpoint must begin with http:// or https://"));
        }
        if holds_secret(endpoint) {
            return Err(config("the endpoint holds a key: keys come from the environment"));
        }
        builder = builder.endpoint_url(endpoint);
    }
    Ok(Client::from_conf(builder.build()))
}
