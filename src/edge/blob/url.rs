//! What of an address may be shown.

/// Scheme, host and port; a text without a scheme as it is.
pub(super) fn bare(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    // A bucket has no port: this is a key that was cut.
    let host = if scheme == "s3" && host.contains(':') { "..." } else { host };
    format!("{scheme}://{host}")
}

/// Whether an address names a user, or has a query: both carry keys.
pub(super) fn holds_secret(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let host = rest.split('/').next().unwrap_or_default();
    host.contains('@') || (scheme == "s3" && host.contains(':')) || (scheme != "file" && rest.contains(['?', '#']))
}
