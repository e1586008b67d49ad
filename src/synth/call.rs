//! A call under way, and its line in the log.

use super::rates::Work;
use super::spec::{CallFiles, Serves, Spec, Style};
use super::write::{Object, csv_row, decimal, instant, shown, shown_instant};

/// How the ledger will pay for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settle {
    Once,
    Never,
    Twice,
    /// Only this much of it.
    Part(i128),
    /// From another account.
    Elsewhere(usize),
}

#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) id: String,
    pub(super) attempt: u32,
    pub(super) account: usize,
    /// Whose key was used, and which of theirs.
    pub(super) key_of: usize,
    pub(super) key: usize,
    pub(super) model: usize,
    pub(super) wallet: usize,
    pub(super) provider: &'static str,
    pub(super) started: i64,
    pub(super) ended: i64,
    pub(super) status: u16,
    pub(super) stream: bool,
    pub(super) metered: bool,
    pub(super) work: Work,
    /// In the log's unit.
    pub(super) expected: i128,
    pub(super) recorded: i128,
    pub(super) settle: Settle,
    pub(super) in_log: bool,
    /// Another row of this identity: when it ended, its output tokens, its charge.
    pub(super) twin: Option<(i64, i64, i128)>,
    pub(super) hold: i128,
    pub(super) balance_after: Option<i128>,
}

pub(super) const CALL_COLUMNS: [&str; 17] = [
    "call_id",
    "attempt",
    "account_id",
    "api_key_id",
    "provider",
    "model",
    "endpoint",
    "started_at",
    "ended_at",
    "status",
    "stream",
    "usage.input_tokens",
    "usage.cache_read_tokens",
    "usage.cache_write_tokens",
    "usage.output_tokens",
    "usage.reasoning_tokens",
    "charge",
];

impl Call {
    /// Its row as the log has it.
    pub(super) fn line(&self, spec: &Spec, account: &str, key: &str) -> String {
        match spec.call_files {
            CallFiles::Csv => self.csv(spec, account, key),
            CallFiles::Jsonl | CallFiles::JsonlGz => self.json(spec, account, key),
        }
    }

    /// The other row that claims its identity, where there is one.
    pub(super) fn twin_line(&self, spec: &Spec, account: &str, key: &str) -> Option<String> {
        let (ended, output, charge) = self.twin?;
        let mut twin = self.clone();
        (twin.ended, twin.work.tokens.output, twin.recorded) = (ended, output, charge);
        twin.work.tokens.reasoning = twin.work.tokens.reasoning.min(output);
        Some(twin.line(spec, account, key))
    }

    fn json(&self, spec: &Spec, account: &str, key: &str) -> String {
        let model = &spec.models[self.model];
        let mut line = String::with_capacity(480);
        line.push('{');
        let mut o = Object(&mut line);
        o.text("call_id", &self.id);
        if self.attempt > 1 {
            o.number("attempt", i64::from(self.attempt));
        }
        o.text("account_id", account);
        o.text("api_key_id", key);
        o.text("provider", self.provider);
        o.text("model", model.name);
        o.text("endpoint", model.endpoint());
        o.at("started_at", self.started, spec.offset);
        o.at("ended_at", self.ended, spec.offset);
        o.number("status", i64::from(self.status));
        o.raw("stream", if self.stream { "true" } else { "false" });
        if self.work.batch {
            o.raw("batch", "true");
        }
        if self.metered {
            let mut usage = String::with_capacity(160);
            self.usage(&mut usage, model.style, model.serves);
            o.raw("usage", &usage);
        }
        o.amount("charge", self.recorded);
        if let Some(balance) = self.balance_after {
            o.amount("balance_after", balance);
        }
        line.push_str("}\n");
        line
    }

    fn usage(&self, out: &mut String, style: Style, serves: Serves) {
        let t = &self.work.tokens;
        out.push('{');
        let mut o = Object(out);
        match (serves, style) {
            (Serves::Image, _) => {
                o.number("images", t.images);
                o.text("image_size", "1024x1024");
                o.text("image_quality", if t.hd { "hd" } else { "standard" });
            }
            (_, Style::OpenAi) => {
                o.number("prompt_tokens", t.total_input());
                o.number("completion_tokens", t.output);
                o.number("total_tokens", t.total());
                if t.cache_read > 0 {
                    o.raw("prompt_tokens_details", &format!("{{\"cached_tokens\":{}}}", t.cache_read));
                }
                if t.reasoning > 0 {
                    o.raw("completion_tokens_details", &format!("{{\"reasoning_tokens\":{}}}", t.reasoning));
                }
            }
            (_, Style::Anthropic) => {
                o.number("input_tokens", t.input);
                o.number("cache_creation_input_tokens", t.cache_write + t.cache_write_1h);
                o.number("cache_read_input_tokens", t.cache_read);
                if t.cache_write_1h > 0 {
                    let (short, long) = (t.cache_write, t.cache_write_1h);
                    let split =
                        format!("{{\"ephemeral_5m_input_tokens\":{short},\"ephemeral_1h_input_tokens\":{long}}}");
                    o.raw("cache_creation", &split);
                }
                o.number("output_tokens", t.output);
            }
            (_, Style::Native) => {
                o.number("input_tokens", t.total_input());
                if t.cache_read > 0 {
                    o.number("cache_read_tokens", t.cache_read);
                }
                if t.cache_write + t.cache_write_1h > 0 {
                    o.number("cache_write_tokens", t.cache_write + t.cache_write_1h);
                }
                o.number("output_tokens", t.output);
                if t.reasoning > 0 {
                    o.number("reasoning_tokens", t.reasoning);
                }
            }
        }
        out.push('}');
    }

    fn csv(&self, spec: &Spec, account: &str, key: &str) -> String {
        let model = &spec.models[self.model];
        let t = &self.work.tokens;
        let count = |n: i64| if self.metered { n.to_string() } else { String::new() };
        let cells = [
            self.id.clone(),
            self.attempt.to_string(),
            account.to_owned(),
            key.to_owned(),
            self.provider.to_owned(),
            model.name.to_owned(),
            model.endpoint().to_owned(),
            shown_instant(self.started, spec.offset),
            shown_instant(self.ended, spec.offset),
            self.status.to_string(),
            self.stream.to_string(),
            count(t.total_input()),
            count(t.cache_read),
            count(t.cache_write + t.cache_write_1h),
            count(t.output),
            count(t.reasoning),
            shown(self.recorded),
        ];
        let mut line = String::with_capacity(240);
        csv_row(&mut line, &cells);
        line
    }
}

/// One movement in the ledger.
#[derive(Clone, Debug)]
pub(super) struct Posting {
    pub(super) id: String,
    pub(super) account: usize,
    pub(super) wallet: usize,
    pub(super) kind: &'static str,
    /// Signed.
    pub(super) amount: i128,
    pub(super) at: i64,
    pub(super) call: Option<(String, u32)>,
    pub(super) key: Option<String>,
    pub(super) reference: Option<String>,
    pub(super) money: Option<(i128, &'static str)>,
    pub(super) valid: Option<(i64, i64)>,
    /// The one model a package is for.
    pub(super) model: Option<&'static str>,
    /// What it takes off the debits under way.
    pub(super) lands: i128,
}

impl Posting {
    pub(super) fn line(&self, spec: &Spec, account: &str, wallet: Option<&str>) -> String {
        let mut line = String::with_capacity(320);
        line.push('{');
        let mut o = Object(&mut line);
        o.text("posting_id", &self.id);
        o.text("account_id", account);
        if let Some(wallet) = wallet {
            o.text("wallet", wallet);
        }
        o.text("kind", self.kind);
        o.amount("amount", self.amount);
        o.text("unit", spec.unit);
        o.at("posted_at", self.at, spec.offset);
        if let Some((call_id, attempt)) = &self.call {
            o.text("source", super::SOURCE);
            o.text("call_id", call_id);
            if spec.attempts {
                o.number("attempt", i64::from(*attempt));
            }
        }
        for (name, value) in [("api_key_id", &self.key), ("reference", &self.reference)] {
            if let Some(value) = value {
                o.text(name, value);
            }
        }
        if let Some((money, currency)) = self.money {
            o.amount("money", money);
            o.text("currency", currency);
        }
        if let Some((from, until)) = self.valid {
            o.at("valid_from", from, spec.offset);
            o.at("valid_until", until, spec.offset);
        }
        if let Some(model) = self.model {
            o.raw("models", &format!("[\"{model}\"]"));
        }
        line.push_str("}\n");
        line
    }
}

/// A line of JSON for a balance.
pub(super) fn balance_line(spec: &Spec, account: &str, wallet: Option<&str>, at: i64, balance: i128) -> String {
    let mut line = String::with_capacity(160);
    line.push('{');
    let mut o = Object(&mut line);
    o.text("account_id", account);
    if let Some(wallet) = wallet {
        o.text("wallet", wallet);
    }
    o.text("unit", spec.unit);
    line.push_str(",\"at\":\"");
    instant(&mut line, at, spec.offset);
    line.push_str("\",\"balance\":\"");
    decimal(&mut line, balance);
    line.push_str("\"}\n");
    line
}
