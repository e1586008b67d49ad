//! Movements and balances of wallets.

use std::sync::Arc;

use xxhash_rust::xxh3::Xxh3Default;

use crate::domain::hash::{Canonical, CanonicalBytes};
use crate::domain::money::Amount;
use crate::domain::period::Instant;

/// What a posting is, and which sign its amount must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PostingKind {
    Usage,
    Hold,
    Release,
    Refund,
    TopUp,
    Grant,
    PackagePurchase,
    Payout,
    Expiry,
    Fee,
    Adjustment,
    Transfer,
    Payment,
}

impl PostingKind {
    pub const ALL: [PostingKind; 13] = [
        PostingKind::Usage,
        PostingKind::Hold,
        PostingKind::Release,
        PostingKind::Refund,
        PostingKind::TopUp,
        PostingKind::Grant,
        PostingKind::PackagePurchase,
        PostingKind::Payout,
        PostingKind::Expiry,
        PostingKind::Fee,
        PostingKind::Adjustment,
        PostingKind::Transfer,
        PostingKind::Payment,
    ];

    pub fn name(self) -> &'static str {
        match self {
            PostingKind::Usage => "usage",
            PostingKind::Hold => "hold",
            PostingKind::Release => "release",
            PostingKind::Refund => "refund",
            PostingKind::TopUp => "top_up",
            PostingKind::Grant => "grant",
            PostingKind::PackagePurchase => "package_purchase",
            PostingKind::Payout => "payout",
            PostingKind::Expiry => "expiry",
            PostingKind::Fee => "fee",
            PostingKind::Adjustment => "adjustment",
            PostingKind::Transfer => "transfer",
            PostingKind::Payment => "payment",
        }
    }

    pub fn from_name(name: &str) -> Option<PostingKind> {
        PostingKind::ALL.into_iter().find(|k| k.name() == name)
    }

    /// Whether an amount has the sign this kind demands; zero always has.
    pub fn allows(self, amount: Amount) -> bool {
        match self {
            PostingKind::Usage | PostingKind::Hold | PostingKind::Payout | PostingKind::Expiry | PostingKind::Fee => {
                !amount.is_positive()
            }
            PostingKind::Release
            | PostingKind::Refund
            | PostingKind::TopUp
            | PostingKind::Grant
            | PostingKind::PackagePurchase => !amount.is_negative(),
            PostingKind::Adjustment | PostingKind::Transfer | PostingKind::Payment => true,
        }
    }

    /// Usage, hold, release and refund postings pay for calls; they are the posting leg.
    pub fn pays_for_calls(self) -> bool {
        matches!(self, PostingKind::Usage | PostingKind::Hold | PostingKind::Release | PostingKind::Refund)
    }

    /// A payment settles an invoice and moves no wallet.
    pub fn moves_wallet(self) -> bool {
        self != PostingKind::Payment
    }
}

/// One pot of one unit of one account.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WalletId {
    pub account_id: Arc<str>,
    /// `main` where none is named.
    pub wallet: Arc<str>,
    pub unit: Arc<str>,
}

/// One movement in the operator's ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    pub posting_id: String,
    pub account_id: Arc<str>,
    pub wallet: Arc<str>,
    pub kind: PostingKind,
    /// Signed: + raises what can be spent.
    pub amount: Amount,
    pub unit: Arc<str>,
    pub posted_at: Instant,
    pub source: Option<Arc<str>>,
    pub call_id: Option<String>,
    pub attempt: Option<u32>,
    pub api_key_id: Option<Arc<str>>,
    pub covers_from: Option<Instant>,
    pub covers_until: Option<Instant>,
    pub reference: Option<String>,
    pub money: Option<Amount>,
    pub currency: Option<Arc<str>>,
    pub valid_from: Option<Instant>,
    pub valid_until: Option<Instant>,
    /// Models a package is for; empty: all.
    pub models: Vec<String>,
    /// Whether the ledger wrote more places than an amount has, so that reading it moved it. Absent: no.
    pub cut: Option<bool>,
    pub file: u32,
    pub offset: u64,
}

impl Posting {
    pub fn wallet_id(&self) -> WalletId {
        WalletId { account_id: self.account_id.clone(), wallet: self.wallet.clone(), unit: self.unit.clone() }
    }
}

/// A dated assertion of the ledger: every posting with `posted_at` <= `at` is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    pub account_id: Arc<str>,
    pub wallet: Arc<str>,
    pub unit: Arc<str>,
    pub at: Instant,
    pub balance: Amount,
    /// As [`Posting::cut`].
    pub cut: Option<bool>,
    pub file: u32,
    pub offset: u64,
}

impl Balance {
    pub fn wallet_id(&self) -> WalletId {
        WalletId { account_id: self.account_id.clone(), wallet: self.wallet.clone(), unit: self.unit.clone() }
    }
}

/// What a balance says, without where it was read from.
impl Canonical for Balance {
    fn write(&self, to: &mut CanonicalBytes) {
        let Balance { account_id, wallet, unit, at, balance, cut, file: _, offset: _ } = self;
        to.record("balance", |to| {
            to.member("account_id", account_id);
            to.member("wallet", wallet);
            to.member("unit", unit);
            to.member("at", at);
            to.member("balance", balance);
            if *cut == Some(true) {
                to.member("cut", cut);
            }
        });
    }
}

/// Hash over everything a posting says, without where it was read from.
pub fn posting_hash(posting: &Posting) -> u128 {
    let Posting {
        posting_id,
        account_id,
        wallet,
        kind,
        amount,
        unit,
        posted_at,
        source,
        call_id,
        attempt,
        api_key_id,
        covers_from,
        covers_until,
        reference,
        money,
        currency,
        valid_from,
        valid_until,
        models,
        cut,
        file: _,
        offset: _,
    } = posting;
    let mut h = Xxh3Default::new();
    let mut text = |value: Option<&str>| {
        h.update(&value.map_or(0, |v| v.len() as u64 + 1).to_le_bytes());
        h.update(value.unwrap_or("").as_bytes());
    };
    for value in [
        Some(posting_id.as_str()),
        Some(account_id),
        Some(wallet),
        Some(kind.name()),
        Some(unit),
        source.as_deref(),
        call_id.as_deref(),
        api_key_id.as_deref(),
        reference.as_deref(),
        currency.as_deref(),
        Some(&models.join("\u{1f}")),
    ] {
        text(value);
    }
    let mut number = |value: Option<i128>| {
        h.update(&[u8::from(value.is_some())]);
        h.update(&value.unwrap_or(0).to_le_bytes());
    };
    for value in [
        Some(amount.raw()),
        Some(i128::from(posted_at.micros())),
        attempt.map(i128::from),
        covers_from.map(|t| i128::from(t.micros())),
        covers_until.map(|t| i128::from(t.micros())),
        money.map(Amount::raw),
        valid_from.map(|t| i128::from(t.micros())),
        valid_until.map(|t| i128::from(t.micros())),
    ] {
        number(value);
    }
    if *cut == Some(true) {
        number(Some(1));
    }
    h.digest128()
}
