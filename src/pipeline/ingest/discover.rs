//! Which raw files there are to read.

use glob::{MatchOptions, Pattern};

use crate::domain::period::{Instant, Span};
use crate::edge::blob::{BlobError, Object, OddKind};
use crate::pipeline::config::Place;

/// Files that match, in the order of their keys, and how many are still too young to be read.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) ready: Vec<Object>,
    pub(crate) settling: Vec<String>,
    /// What has a name that is looked for and is no file that can be read, with the reason.
    pub(crate) odd: Vec<(String, String)>,
}

/// Lists a place. Files named `*.tmp` or `*.part`, hidden ones, and files changed within `settle`
/// of `now` wait.
pub(crate) async fn find(place: &Place, settle: Span, now: Instant) -> Result<Found, BlobError> {
    let (prefix, matcher) = compile(&place.pattern);
    let mut found = Found::default();
    let wanted = |key: &str| {
        let below = || {
            let rest = key.strip_prefix(&prefix);
            rest.is_some_and(|r| prefix.is_empty() || r.is_empty() || r.starts_with('/'))
        };
        matcher.as_ref().map_or_else(below, |m| m.matches_with(key, OPTIONS)) && !is_unfinished(key)
    };
    let listing = place.blob.list_readable(&prefix).await?;
    found.odd.extend(
        listing
            .odd
            .into_iter()
            .filter(|odd| odd.kind == OddKind::Folder || wanted(&odd.key))
            .map(|odd| (odd.key, odd.why)),
    );
    for object in listing.objects {
        if !wanted(&object.key) {
            continue;
        }
        let young = object.modified.is_some_and(|at| at.plus(settle) > now);
        if young && settle > Span::ZERO {
            found.settling.push(object.key);
        } else {
            found.ready.push(object);
        }
    }
    Ok(found)
}

const OPTIONS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// The folder to list and, unless the pattern is that folder itself, what keys must look like.
fn compile(pattern: &str) -> (String, Option<Pattern>) {
    let pattern = pattern.trim_start_matches("./").trim_end_matches('/');
    let wild = pattern.find(['*', '?', '[']);
    let Some(wild) = wild else {
        return (pattern.to_owned(), None);
    };
    let prefix = pattern[..wild].rsplit_once('/').map_or("", |(folder, _)| folder);
    (prefix.to_owned(), Pattern::new(pattern).ok())
}

fn is_unfinished(key: &str) -> bool {
    let name = key.rsplit('/').next().unwrap_or(key);
    name.starts_with('.') || name.ends_with(".tmp") || name.ends_with(".part")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_cut_into_folder_and_glob() {
        for (pattern, prefix, key, matches) in [
            ("raw/calls/*", "raw/calls", "raw/calls/a.jsonl", true),
            ("raw/calls/*", "raw/calls", "raw/calls/deep/a.jsonl", false),
            ("raw/**/*.gz", "raw", "raw/calls/deep/a.gz", true),
            ("*.csv", "", "a.csv", true),
        ] {
            let (folder, matcher) = compile(pattern);
            assert_eq!(folder, prefix);
            assert_eq!(matcher.unwrap().matches_with(key, OPTIONS), matches, "{pattern} {key}");
        }
        assert_eq!(compile("./raw/calls/"), ("raw/calls".into(), None));
    }

    #[test]
    fn unfinished_files_wait() {
        assert!(is_unfinished("raw/a.tmp") && is_unfinished("raw/a.part") && is_unfinished("raw/.hidden"));
        assert!(!is_unfinished("raw/a.jsonl"));
    }
}
