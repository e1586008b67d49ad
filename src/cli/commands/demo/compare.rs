//! What was found, held against what was planted.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde::Deserialize;

use crate::domain::reconcile::{Certainty, Finding};

/// A planted fault, as the truth lists it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Fault {
    pub(super) fault_id: String,
    pub(super) leg: String,
    pub(super) class: String,
    pub(super) cause: String,
    #[serde(default)]
    account_id: Option<String>,
    #[serde(default)]
    api_key_id: Option<String>,
    #[serde(default)]
    wallet: Option<String>,
    #[serde(default)]
    call_id: Option<String>,
    #[serde(default)]
    attempt: Option<u32>,
    #[serde(default)]
    posting_id: Option<String>,
    #[serde(default)]
    until: Option<String>,
}

/// How a fault fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fate {
    Found,
    /// Said to be one of several causes, the planted one among them.
    Ambiguous,
    OtherCause,
    Missed,
}

/// Planted against found.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    /// By (leg, class, cause): how many were planted, and how they fared.
    pub(super) planted: BTreeMap<(String, String, String), BTreeMap<Fate, u64>>,
    /// What is not as planted, in words.
    pub(super) notes: Vec<String>,
    /// Findings nobody planted.
    pub(super) extra: u64,
}

impl Comparison {
    pub(super) fn wrong(&self) -> usize {
        self.notes.len()
    }

    pub(super) fn count(&self, fate: Fate) -> u64 {
        self.planted.values().filter_map(|fates| fates.get(&fate)).sum()
    }

    pub(super) fn total(&self) -> u64 {
        self.planted.values().flat_map(|fates| fates.values()).sum()
    }
}

fn subject(leg: &str, parts: [Option<&str>; 6], attempt: Option<u32>) -> String {
    let [call, posting, key, account, wallet, until] = parts;
    if let Some(call) = call {
        return format!("{leg} call {call} {}", attempt.unwrap_or(1));
    }
    if let Some(posting) = posting {
        return format!("{leg} posting {posting}");
    }
    if let Some(key) = key {
        return format!("{leg} key {key}");
    }
    let [account, wallet, until] = [account, wallet, until].map(|p| p.unwrap_or(""));
    format!("{leg} wallet {account} {wallet} {until}")
}

fn of_finding(f: &Finding) -> String {
    let until = f.until.map(|t| t.to_string());
    let text = |t: &Option<String>| t.clone();
    let (call, posting, key) = (text(&f.call_id), text(&f.posting_id), text(&f.api_key_id));
    let (account, wallet) = (text(&f.account_id), text(&f.wallet));
    let parts = [&call, &posting, &key, &account, &wallet, &until].map(|p| p.as_deref());
    subject(f.leg.name(), parts, f.attempt)
}

fn of_fault(f: &Fault) -> String {
    let until = f
        .until
        .as_deref()
        .map(|t| crate::domain::period::Instant::parse(t).map_or_else(|_| t.to_owned(), |t| t.to_string()));
    let parts = [&f.call_id, &f.posting_id, &f.api_key_id, &f.account_id, &f.wallet, &until].map(|p| p.as_deref());
    subject(&f.leg, parts, f.attempt)
}

/// Reads the truth and pairs it with the findings, one to one.
pub(super) fn compare(truth: &Path, findings: &[Finding]) -> io::Result<Comparison> {
    let mut open: BTreeMap<String, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        open.entry(of_finding(finding)).or_default().push(finding);
    }
    let mut comparison = Comparison::default();
    for line in fs::read_to_string(truth)?.lines() {
        let fault: Fault = serde_json::from_str(line).map_err(io::Error::other)?;
        let about = of_fault(&fault);
        let candidates = open.get_mut(&about);
        let at = candidates.as_ref().and_then(|c| c.iter().position(|f| f.class.name() == fault.class));
        let fate = match (candidates, at) {
            (Some(candidates), Some(at)) => {
                let finding = candidates.remove(at);
                let fate = fate(&fault, finding);
                if fate == Fate::OtherCause {
                    comparison.notes.push(format!(
                        "{} ({}): planted {}, found {} {:?} [{}]",
                        fault.fault_id,
                        about,
                        fault.cause,
                        finding.certainty.name(),
                        finding.cause,
                        finding.candidates.join(", ")
                    ));
                }
                fate
            }
            _ => {
                comparison
                    .notes
                    .push(format!("{} ({about}): planted {} {}, not found", fault.fault_id, fault.class, fault.cause));
                Fate::Missed
            }
        };
        let row = comparison.planted.entry((fault.leg, fault.class, fault.cause)).or_default();
        *row.entry(fate).or_default() += 1;
    }
    for (about, findings) in open {
        for finding in findings {
            comparison.extra += 1;
            comparison.notes.push(format!(
                "{about}: {} {:?} ({}) was found, and nobody planted it",
                finding.class.name(),
                finding.cause,
                finding.certainty.name()
            ));
        }
    }
    Ok(comparison)
}

fn fate(fault: &Fault, finding: &Finding) -> Fate {
    if finding.cause == fault.cause {
        Fate::Found
    } else if finding.certainty == Certainty::Ambiguous && finding.candidates.contains(&fault.cause) {
        Fate::Ambiguous
    } else {
        Fate::OtherCause
    }
}
