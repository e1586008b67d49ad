use super::{Document, Language, Limit, LowBalance, days_left, limit, show, wallet_name, when};
use crate::domain::invoice::DocumentKind;
use crate::edge::mail::page::Page;

pub(super) struct Chinese;

impl Language for Chinese {
    fn low_balance(&self, facts: &LowBalance<'_>) -> Page {
        let low = facts.low;
        let unit = &low.wallet.unit;
        let balance = show(low.balance, unit);
        let threshold = match limit(low) {
            Limit::Share(share, level) => match low.only_granted {
                true => format!("赠送额度的 {share}，即 {level}"),
                false => format!("最近一次充值的 {share}，即 {level}"),
            },
            Limit::Amount(level) => level,
            Limit::Days(days, level) => format!("{days} 天的用量，即 {level}"),
        };
        let mut rows = vec![("账户".to_owned(), low.wallet.account_id.to_string())];
        rows.extend(wallet_name(low).map(|name| ("钱包".to_owned(), name.to_owned())));
        rows.extend([
            ("余额".into(), format!("{balance}（截至 {}）", when(low.known_at, facts.zone))),
            ("提醒阈值".into(), threshold),
            ("低于阈值的时间".into(), when(low.crossing.at, facts.zone)),
            (format!("最近 {} 个完整日的用量", low.pace.days), show(low.pace.used, unit)),
            (
                "按此用量可用天数".into(),
                days_left(low.pace, low.balance).unwrap_or_else(|| "无法估算：期间没有用量".into()),
            ),
        ]);
        let empty = !low.balance.is_positive();
        Page {
            language: "zh-CN",
            subject: match empty {
                true => format!("您的余额已用尽：{balance}"),
                false => format!("您的余额不足：剩余 {balance}"),
            },
            greeting: format!("{}，您好：", facts.name),
            lead: match empty {
                true => "您的余额已用尽，充值前调用可能会被拒绝。".into(),
                false => "您的余额已低于账户设置的提醒阈值。".into(),
            },
            rows,
            lists: Vec::new(),
            advice: vec![
                match empty {
                    true => "请您立即充值。".into(),
                    false => "请您在余额用尽前充值，否则调用可能会被拒绝。".into(),
                },
                "如果这些用量并非您的预期，请检查您的 API 密钥和用量页面。".into(),
            ],
            link: facts.link.map(str::to_owned),
            closing: vec![
                "余额每次低于阈值时，您会收到一封提醒邮件。如需修改阈值，请直接回复本邮件。".into(),
                facts.sender.to_owned(),
            ],
        }
    }

    fn document(&self, facts: &Document<'_>) -> Page {
        let what = match facts.kind {
            DocumentKind::Invoice => "账单发票",
            DocumentKind::CreditNote => "贷记单",
            DocumentKind::Statement => "对账单",
        };
        let named = facts.number.map_or_else(|| what.to_owned(), |number| format!("{what} {number}"));
        let about = facts.period.map_or_else(String::new, |period| format!("（{period}）"));
        let mut rows = Vec::new();
        rows.extend(facts.number.map(|number| ("编号".to_owned(), number.to_owned())));
        rows.extend(facts.period.map(|period| ("账期".to_owned(), period.to_owned())));
        let total = if facts.kind == DocumentKind::Statement { "期末余额" } else { "总额" };
        rows.push((total.into(), facts.total.to_owned()));
        rows.extend(facts.due.map(|due| ("付款截止日期".to_owned(), due.to_owned())));
        Page {
            language: "zh-CN",
            subject: format!("您的{named}{about}"),
            greeting: format!("{}，您好：", facts.name),
            lead: format!("附件为您的{named}{about}，请查收。"),
            rows,
            lists: Vec::new(),
            advice: vec![match facts.kind {
                DocumentKind::Invoice if facts.due.is_some() => {
                    "付款时请注明发票编号。如有疑问，请直接回复本邮件。".into()
                }
                _ => "您无需进行任何操作。如有疑问，请直接回复本邮件。".into(),
            }],
            link: facts.link.map(str::to_owned),
            closing: vec![facts.sender.to_owned()],
        }
    }
}
