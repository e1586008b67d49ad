mod hostile;
mod letters;
mod reader;

use super::*;
use crate::domain::ledger::{Threshold, WalletId};
use crate::domain::notice::{Crossing, Low, Pace};
use crate::domain::period::Instant;

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn sender() -> Address {
    Address::parse("Token Hub <billing@hub.example.com>").unwrap()
}

/// LLM Hub's own figures: a top-up of 2,000,000 credits, less than 10 % of it left.
fn low() -> Low {
    Low {
        wallet: WalletId { account_id: "acct-17".into(), wallet: "main".into(), unit: "credit".into() },
        crossing: Crossing {
            posting_id: "u3".into(),
            at: at("2026-10-05T02:30:00Z"),
            threshold: Threshold::parse("10%").unwrap(),
            level: "200000".parse().unwrap(),
            balance: "199999.5".parse().unwrap(),
        },
        balance: "150000.12345678".parse().unwrap(),
        known_at: at("2026-10-05T03:45:10Z"),
        pace: Pace { used: "350000".parse().unwrap(), days: 7 },
        is_below: true,
        only_granted: false,
        disagreement: None,
    }
}

fn letter<'a>(page: &'a Page, from: &'a Address, to: &'a Address, attachments: &'a [Attachment]) -> Letter<'a> {
    let date = at("2026-10-05T04:00:00Z");
    Letter { from, reply_to: None, to, message_id: "low-balance.0123@hub.example.com", date, page, attachments }
}
