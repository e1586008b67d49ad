//! Which reference must be used only once.

use xxhash_rust::xxh3::Xxh3Default;

use super::postings::{Posting, PostingKind};

/// What two postings must not share.
///
/// A payment in or out (top_up, package_purchase, payout) uses its reference once, whoever it is
/// for. A grant may carry the name of a campaign, so it is once an account; a refund once a call;
/// a transfer has two rows, so it is once an account and direction. Other kinds, among them
/// instalments of a payment, may share one.
pub fn reference_key(p: &Posting) -> Option<u128> {
    let reference = p.reference.as_deref().filter(|r| !r.is_empty())?;
    let account = p.account_id.as_ref();
    let scope: [&str; 2] = match p.kind {
        PostingKind::TopUp | PostingKind::PackagePurchase | PostingKind::Payout => ["", ""],
        PostingKind::Grant => [account, ""],
        PostingKind::Refund => [account, p.call_id.as_deref().unwrap_or("")],
        PostingKind::Transfer => [account, if p.amount.is_negative() { "-" } else { "+" }],
        PostingKind::Usage
        | PostingKind::Hold
        | PostingKind::Release
        | PostingKind::Expiry
        | PostingKind::Fee
        | PostingKind::Adjustment
        | PostingKind::Payment => return None,
    };
    let mut h = Xxh3Default::new();
    for part in [p.kind.name(), reference, scope[0], scope[1]] {
        h.update(&(part.len() as u64).to_le_bytes());
        h.update(part.as_bytes());
    }
    Some(h.digest128())
}
