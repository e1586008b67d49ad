//! What a document is, for ever: the key under which it gets its one number.

use std::collections::HashSet;

use super::credit::CreditAsk;
use super::document::{Basis, Document, Tax};
use crate::domain::hash::sha256;
use crate::domain::period::Period;

/// A name as one part of a key.
pub(crate) fn key_part(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        if c.is_control() || matches!(c, '/' | '%') {
            text.push_str(&format!("%{:02X}", u32::from(c)));
        } else {
            text.push(c);
        }
    }
    text
}

/// The statement of one wallet.
pub(crate) fn statement_key(account: &str, wallet: &str, unit: &str, period: Period) -> String {
    format!("statement/{}/{}/{}/{period}", key_part(account), key_part(wallet), key_part(unit))
}

/// The invoice over a month's usage.
pub(crate) fn usage_key(basis: Basis, account: &str, period: Period) -> String {
    format!("invoice/{}/{}/{period}", basis.name(), key_part(account))
}

/// The document over what was paid in a currency.
pub(crate) fn payment_key(basis: Basis, account: &str, currency: &str, period: Period) -> String {
    format!("invoice/{}/{}/{}/{period}", basis.name(), key_part(account), key_part(currency))
}

/// The invoice over late lines that no other invoice of the period can take: of another currency, or taxed
/// otherwise.
pub(crate) fn late_invoice_key(account: &str, currency: &str, tax: &Tax, period: Period) -> String {
    let how = format!("{}-{}", tax.category.name(), tax.percent);
    format!("late-invoice/{}/{}/{how}/{period}", key_part(account), key_part(currency))
}

/// What the keys of an account's invoices over late lines alone begin with.
pub(crate) fn late_invoice_keys(account: &str) -> String {
    format!("late-invoice/{}/", key_part(account))
}

/// The note over what `of` was billed too much, made with the documents of `period`.
pub(crate) fn late_key(account: &str, of: Period, period: Period) -> String {
    format!("late/{}/{of}/{period}", key_part(account))
}

/// The note over an invoice that a request asks for. The `nth` of equal requests is one of its own; lines
/// are told by their positions, in whatever order.
pub(crate) fn credit_key(invoice: &str, ask: &CreditAsk<'_>, nth: u32) -> String {
    let mut positions = ask.positions.to_vec();
    positions.sort_unstable();
    let positions: Vec<String> = positions.iter().map(ToString::to_string).collect();
    let amount = ask.amount.map(|amount| amount.to_string()).unwrap_or_default();
    let request = format!("{}\n{amount}\n{nth}\n{}", positions.join(","), ask.reason.trim());
    format!("credit/{invoice}/{}", &sha256(request.as_bytes())[..20])
}

/// The invoice that bills once more what `invoice` billed and a note took back whole.
pub(crate) fn again_key(invoice: &str) -> String {
    format!("again/{invoice}")
}

/// The note over `invoice`, of the invoices that billed usage of `of` the one that its late lines are on.
pub(crate) fn late_key_over(account: &str, of: Period, invoice: &str, period: Period) -> String {
    format!("late/{}/{of}/{}/{period}", key_part(account), key_part(invoice))
}

/// The note over `invoice` for money that was paid back.
pub(crate) fn paid_back_key(account: &str, invoice: &Document, period: Period) -> String {
    let number = invoice.number.as_deref().unwrap_or_default();
    format!("paid-back/{}/{}/{}/{period}", key_part(account), key_part(&invoice.currency), key_part(number))
}

/// What a key says of its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Statement,
    UsageInvoice,
    PaymentInvoice,
    /// Over late lines alone.
    LateInvoice,
    LateNote,
    /// Made because somebody asked: it is what they asked for.
    AskedNote,
    /// Bills once more what was taken back whole.
    Again,
    Other,
}

impl KeyKind {
    pub(crate) fn of(key: &str) -> KeyKind {
        match (key.split('/').next(), key.split('/').count()) {
            (Some("statement"), _) => KeyKind::Statement,
            // Over usage there is one invoice a month, over payments one a currency.
            (Some("invoice"), 4) => KeyKind::UsageInvoice,
            (Some("invoice"), _) => KeyKind::PaymentInvoice,
            (Some("late-invoice"), _) => KeyKind::LateInvoice,
            (Some("late"), _) => KeyKind::LateNote,
            (Some("paid-back"), _) => KeyKind::PaymentInvoice,
            (Some("again"), _) => KeyKind::Again,
            (Some("credit"), _) => KeyKind::AskedNote,
            _ => KeyKind::Other,
        }
    }
}

/// Whether any of some documents is for an account, by their keys.
pub(crate) fn are_for<'k>(keys: impl Iterator<Item = &'k str>) -> impl Fn(&str) -> bool {
    let account = |key: &'k str| {
        let mut parts = key.split('/');
        let behind = usize::from(parts.next() == Some("invoice"));
        parts.nth(behind)
    };
    let accounts: HashSet<&'k str> = keys.filter_map(account).collect();
    move |id| accounts.contains(key_part(id).as_str())
}

/// Whether a key is of an invoice that somebody has to ask for.
pub(crate) fn is_on_request(key: &str) -> bool {
    key.strip_prefix("invoice/").and_then(|rest| rest.split('/').next()) == Some(Basis::Request.name())
}

/// The account an invoice is for, as it stands in its key.
pub(crate) fn invoiced_account(key: &str) -> Option<&str> {
    key.strip_prefix("invoice/")?.split('/').nth(1)
}

/// The period a key ends with: of a late note, that of the documents it was made with.
pub(crate) fn key_period(key: &str) -> Option<Period> {
    key.rsplit('/').next().and_then(Period::parse)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::period::Day;

    fn october() -> Period {
        Period::parse("2026-10").unwrap()
    }

    #[test]
    fn a_key_is_told_by_its_kind_whatever_the_account_is_called() {
        let next = october().next();
        for (key, kind) in [
            (statement_key("a/b", "main", "CNY", october()), KeyKind::Statement),
            (usage_key(Basis::Usage, "a/b", october()), KeyKind::UsageInvoice),
            (again_key("INV-1"), KeyKind::Again),
            (late_key_over("a/b", october(), "INV/2", next), KeyKind::LateNote),
            (usage_key(Basis::Request, "late", october()), KeyKind::UsageInvoice),
            (payment_key(Basis::TopUp, "a%b", "CNY", october()), KeyKind::PaymentInvoice),
            (late_key("a/b", october(), next), KeyKind::LateNote),
            (credit_key("INV-2026-1", &ask(&[], "x"), 2), KeyKind::AskedNote),
        ] {
            assert_eq!(KeyKind::of(&key), kind, "{key}");
        }
        assert_eq!(key_period(&late_key("a", october(), next)), Some(next));
        let keys = [
            statement_key("a/b", "c", "CNY", october()),
            usage_key(Basis::Usage, "d", october()),
            late_key("e", next, next),
        ];
        let waits = are_for(keys.iter().map(String::as_str));
        assert_eq!(["a/b", "d", "e", "c", "a", "usage"].map(waits), [true, true, true, false, false, false]);
    }

    fn ask<'a>(positions: &'a [u32], reason: &'a str) -> CreditAsk<'a> {
        CreditAsk { positions, amount: None, reason, series: "CN-", issued_on: Day::EPOCH }
    }

    #[test]
    fn equal_requests_are_one_until_they_are_told_apart() {
        let key = |ask: CreditAsk<'_>, nth| credit_key("INV-2026-1", &ask, nth);
        let first = key(ask(&[1, 2], "wrong price"), 1);
        assert_eq!(first, key(ask(&[2, 1], " wrong price "), 1));
        let amount = Some("1".parse().unwrap());
        for other in [
            key(ask(&[1, 2], "wrong price"), 2),
            key(ask(&[12], "wrong price"), 1),
            key(ask(&[1, 2], "wrong model"), 1),
            key(ask(&[], "wrong price"), 1),
            key(CreditAsk { amount, ..ask(&[], "wrong price") }, 1),
            credit_key("INV-2026-2", &ask(&[1, 2], "wrong price"), 1),
        ] {
            assert_ne!(first, other);
        }
        let written = |text: &str| key(CreditAsk { amount: Some(text.parse().unwrap()), ..ask(&[], "x") }, 1);
        assert_eq!(written("1.50"), written("1.5"));
    }

    #[test]
    fn no_two_accounts_share_a_key() {
        let ids = ["a/b", "a%2Fb", "a", "b", "a\u{7}", "a%07", "王小明"];
        let mut keys: Vec<String> = ids.iter().map(|id| usage_key(Basis::Usage, id, october())).collect();
        assert!(keys.iter().all(|key| key.split('/').count() == 4));
        assert_eq!(invoiced_account(&keys[0]), Some("a%2Fb"));
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), ids.len());
    }
}
