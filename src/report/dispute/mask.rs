//! Keys as they may be shown to somebody: enough to tell them apart, too little to use.

use std::sync::Arc;

use super::super::receipt::Explanation;
use crate::domain::ledger::Posting;
use crate::domain::reconcile::Finding;

/// Ends of a long key, the beginning of a short one: `sk-p…9f2c`, `key…`.
pub(crate) fn mask_key(key: &str) -> String {
    let chars: Vec<char> = key.chars().collect();
    let part = |chars: &[char]| chars.iter().collect::<String>();
    match chars.len() {
        0 => String::new(),
        n @ 1..=11 => format!("{}…", part(&chars[..(n / 2).min(3)])),
        n => format!("{}…{}", part(&chars[..4]), part(&chars[n - 4..])),
    }
}

pub(crate) fn mask_explanation(e: &mut Explanation, account_id: &str) {
    let key = e.call.api_key_id.take();
    e.call.api_key_id = key.as_deref().map(mask_key);
    e.postings.iter_mut().for_each(|paid| mask_posting(&mut paid.posting));
    e.findings.iter_mut().for_each(|f| mask_finding(f, account_id));
}

/// Hides the key, and whatever is said of other customers.
pub(crate) fn mask_finding(finding: &mut Finding, account_id: &str) {
    let key = finding.api_key_id.take();
    finding.api_key_id = key.as_deref().map(mask_key);
    let keeps_long_key = |value: &str| key.as_deref().is_some_and(|k| k.len() >= 8 && value.contains(k));
    for (name, value) in &mut finding.evidence {
        if name.contains("account") && value != account_id {
            *value = "another account".to_owned();
        } else if name.contains("key") || Some(value.as_str()) == key.as_deref() {
            *value = mask_key(value);
        } else if keeps_long_key(value) {
            *value = value.replace(key.as_deref().unwrap_or_default(), &mask_key(key.as_deref().unwrap_or_default()));
        }
    }
    if let Some(key) = key.filter(|k| k.len() >= 8) {
        finding.origin = finding.origin.replace(&key, &mask_key(&key));
    }
}

pub(crate) fn mask_posting(posting: &mut Posting) {
    let masked = posting.api_key_id.as_deref().map(mask_key);
    posting.api_key_id = masked.map(Arc::from);
}
