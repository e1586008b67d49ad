use super::{Document, Language, Limit, LowBalance, days_left, limit, show, wallet_name, when};
use crate::domain::invoice::DocumentKind;
use crate::edge::mail::page::Page;

pub(super) struct English;

impl Language for English {
    fn low_balance(&self, facts: &LowBalance<'_>) -> Page {
        let low = facts.low;
        let unit = &low.wallet.unit;
        let balance = show(low.balance, unit);
        let threshold = match limit(low) {
            Limit::Share(share, level) => match low.only_granted {
                true => format!("{share} of what was credited to you, which is {level}"),
                false => format!("{share} of your last top-up, which is {level}"),
            },
            Limit::Amount(level) => level,
            Limit::Days(1, level) => format!("1 day of use, which is {level}"),
            Limit::Days(days, level) => format!("{days} days of use, which is {level}"),
        };
        let mut rows = vec![("Account".to_owned(), low.wallet.account_id.to_string())];
        rows.extend(wallet_name(low).map(|name| ("Wallet".to_owned(), name.to_owned())));
        rows.extend([
            ("Balance".into(), format!("{balance}, as of {}", when(low.known_at, facts.zone))),
            ("Threshold".into(), threshold),
            ("Below it since".into(), when(low.crossing.at, facts.zone)),
            (used_in(low.pace.days), show(low.pace.used, unit)),
            (
                "Days left at that pace".into(),
                days_left(low.pace, low.balance).unwrap_or_else(|| "cannot be said: nothing was used".into()),
            ),
        ]);
        let empty = !low.balance.is_positive();
        Page {
            language: "en",
            subject: match empty {
                true => format!("Your balance is used up: {balance}"),
                false => format!("Your balance is low: {balance} left"),
            },
            greeting: format!("Hello {},", facts.name),
            lead: match empty {
                true => "your balance is used up; calls may be refused until you top up.".into(),
                false => "your balance has fallen below the threshold set for your account.".into(),
            },
            rows,
            lists: Vec::new(),
            advice: vec![
                match empty {
                    true => "What to do: top up now.".into(),
                    false => {
                        "What to do: top up before the balance is used up; without it calls may be refused.".into()
                    }
                },
                "If you do not expect this use, check your API keys and your usage page.".into(),
            ],
            link: facts.link.map(str::to_owned),
            closing: vec![
                "You get one such mail each time the balance falls below a threshold. Reply to this mail to have the \
                 threshold changed."
                    .into(),
                facts.sender.to_owned(),
            ],
        }
    }

    fn document(&self, facts: &Document<'_>) -> Page {
        let what = match facts.kind {
            DocumentKind::Invoice => "invoice",
            DocumentKind::CreditNote => "credit note",
            DocumentKind::Statement => "statement",
        };
        let named = facts.number.map_or_else(|| what.to_owned(), |number| format!("{what} {number}"));
        let about = facts.period.map_or_else(String::new, |period| format!(" for {period}"));
        let mut rows = Vec::new();
        rows.extend(facts.number.map(|number| ("Number".to_owned(), number.to_owned())));
        rows.extend(facts.period.map(|period| ("Period".to_owned(), period.to_owned())));
        let total = if facts.kind == DocumentKind::Statement { "Closing balance" } else { "Total" };
        rows.push((total.into(), facts.total.to_owned()));
        rows.extend(facts.due.map(|due| ("To be paid by".to_owned(), due.to_owned())));
        Page {
            language: "en",
            subject: format!("Your {named}{about}"),
            greeting: format!("Hello {},", facts.name),
            lead: format!("attached is your {named}{about}."),
            rows,
            lists: Vec::new(),
            advice: vec![match facts.kind {
                DocumentKind::Invoice if facts.due.is_some() => {
                    "Please name the invoice's number when you pay. Reply to this mail with any question.".into()
                }
                _ => "Nothing needs to be done. Reply to this mail with any question.".into(),
            }],
            link: facts.link.map(str::to_owned),
            closing: vec![facts.sender.to_owned()],
        }
    }
}

fn used_in(days: i64) -> String {
    if days == 1 { "Used in the last full day".into() } else { format!("Used in the last {days} full days") }
}
