//! What an answer of the store means for us.

use std::error::Error;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

use crate::edge::blob::error::{BlobError, BlobErrorKind};

fn status<E>(error: &SdkError<E>) -> Option<u16> {
    error.raw_response().map(|r| r.status().as_u16())
}

/// The object (not the bucket) is not there.
pub(super) fn is_absent<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    status(error) == Some(404) && error.code() != Some("NoSuchBucket")
}

/// How a conditional put ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Exists,
    /// Somebody else writes the same key right now.
    Conflict,
    /// It may or may not have been written.
    Unknown,
    Refused,
}

pub(super) fn verdict<E: ProvideErrorMetadata>(error: &SdkError<E>) -> Verdict {
    match (status(error), error) {
        (Some(412), _) => Verdict::Exists,
        (Some(409), _) => Verdict::Conflict,
        (Some(500..=599 | 408 | 429), _) => Verdict::Unknown,
        (_, SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_)) => Verdict::Unknown,
        _ => Verdict::Refused,
    }
}

fn kind<E: ProvideErrorMetadata>(error: &SdkError<E>) -> BlobErrorKind {
    match error.code() {
        Some("NoSuchBucket" | "PermanentRedirect" | "AuthorizationHeaderMalformed" | "InvalidBucketName") => {
            return BlobErrorKind::Config;
        }
        Some("NotImplemented" | "KeyTooLongError") => return BlobErrorKind::Other,
        _ => {}
    }
    match (status(error), error) {
        (Some(404), _) => BlobErrorKind::NotFound,
        (Some(401 | 403), _) => BlobErrorKind::Denied,
        (Some(301 | 307), _) => BlobErrorKind::Config,
        (Some(408 | 409 | 429 | 500..=599), _) => BlobErrorKind::Unavailable,
        (_, SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_)) => {
            BlobErrorKind::Unavailable
        }
        (_, SdkError::ConstructionFailure(_)) => BlobErrorKind::Config,
        _ => BlobErrorKind::Other,
    }
}

/// The innermost reason: the outer ones only say that a request failed.
fn reason<E: ProvideErrorMetadata + Error + 'static>(error: &SdkError<E>) -> String {
    if let Some(code) = error.code() {
        return match error.message() {
            Some(message) if !message.is_empty() => format!("{code} ({message})"),
            _ => code.to_owned(),
        };
    }
    let mut inner: &dyn Error = error;
    while let Some(next) = inner.source() {
        inner = next;
    }
    match (status(error), inner.to_string()) {
        (Some(status), _) => format!("HTTP status {status}"),
        (None, text) => text,
    }
}

pub(super) fn told<E: ProvideErrorMetadata + Error + 'static>(
    error: &SdkError<E>,
    doing: &str,
    place: String,
) -> BlobError {
    BlobError::new(kind(error), place, format!("could not {doing} it: {}", reason(error)))
}
