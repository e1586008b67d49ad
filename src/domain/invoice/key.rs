//! What a document is, for ever: the key under which it gets its one number.

use super::document::Basis;
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

/// The note over what `of` was billed too much, made with the documents of `period`.
pub(crate) fn late_key(account: &str, of: Period, period: Period) -> String {
    format!("late/{}/{of}/{period}", key_part(account))
}

/// The `nth` note over an invoice that somebody asked for.
pub(crate) fn credit_key(invoice: &str, nth: usize) -> String {
    format!("credit/{invoice}/{nth}")
}

/// What a key says of its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Statement,
    UsageInvoice,
    PaymentInvoice,
    LateNote,
    /// Made because somebody asked: it is what they asked for.
    AskedNote,
    Other,
}

impl KeyKind {
    pub(crate) fn of(key: &str) -> KeyKind {
        match (key.split('/').next(), key.split('/').count()) {
            (Some("statement"), _) => KeyKind::Statement,
            // Over usage there is one invoice a month, over payments one a currency.
            (Some("invoice"), 4) => KeyKind::UsageInvoice,
            (Some("invoice"), _) => KeyKind::PaymentInvoice,
            (Some("late"), _) => KeyKind::LateNote,
            (Some("credit"), _) => KeyKind::AskedNote,
            _ => KeyKind::Other,
        }
    }
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

    fn october() -> Period {
        Period::parse("2026-10").unwrap()
    }

    #[test]
    fn a_key_is_told_by_its_kind_whatever_the_account_is_called() {
        let next = october().next();
        for (key, kind) in [
            (statement_key("a/b", "main", "CNY", october()), KeyKind::Statement),
            (usage_key(Basis::Usage, "a/b", october()), KeyKind::UsageInvoice),
            (usage_key(Basis::Request, "late", october()), KeyKind::UsageInvoice),
            (payment_key(Basis::TopUp, "a%b", "CNY", october()), KeyKind::PaymentInvoice),
            (late_key("a/b", october(), next), KeyKind::LateNote),
            (credit_key("INV-2026-1", 2), KeyKind::AskedNote),
        ] {
            assert_eq!(KeyKind::of(&key), kind, "{key}");
        }
        assert_eq!(key_period(&late_key("a", october(), next)), Some(next));
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
