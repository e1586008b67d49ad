//! new-api: its table `logs` as CSV, JSON Lines or pages of its interface. Seen from April 2025 to the end of 2026.
//!
//! A row of type 2 is a call and its debit at once, one of type 5 an attempt that failed. Charges are whole quota.

mod attempts;
mod members;
mod usage;

use attempts::Attempts;
use members::*;

use super::context::{CallContext, CallFormat};
use super::parts::{endpoint_of_path, filled, instant, status, yes};
use crate::domain::call::{Call, Outcome};
use crate::domain::money::{Mode, Representation};
use crate::domain::period::{Instant, Zone};
use crate::edge::source::record::fields::{Fault, Fields};
use crate::edge::source::record::format::{Fit, Framing, Out, RowFormat, ToRows};

/// The prompt of Anthropic's rows is counted without caches only where `usage_semantic` says so.
const SEMANTIC_SAYS: &str = "v2";
/// It is counted so in every row with `claude`, and writes are told apart by how long they last.
const CLAUDE_SAYS_1H: &str = "v1b";
/// As before, all writes for five minutes.
const CLAUDE_SAYS: &str = "v1";

pub(super) const FORMAT: CallFormat = RowFormat {
    name: "new-api",
    aliases: &["newapi"],
    about: "new-api: its table logs (CSV, JSON) and pages of /api/log/",
    versions: &[SEMANTIC_SAYS, CLAUDE_SAYS_1H, CLAUDE_SAYS],
    conventions: &[
        (
            "",
            "not declared: prompt_tokens contains caches, except in rows with usage_semantic = anthropic (v2), or with \
             claude = true and neither request_path nor billing_source, which came later (v1, v1b)",
        ),
        (
            SEMANTIC_SAYS,
            "prompt_tokens contains caches, except where usage_semantic is anthropic: there they stand beside",
        ),
        (CLAUDE_SAYS_1H, "prompt_tokens contains caches, except where claude is true: there they stand beside"),
        (CLAUDE_SAYS, "prompt_tokens contains caches, except where claude is true: there they stand beside"),
    ],
    unit: Some("quota"),
    recorded: Representation::Integer { mode: Mode::HalfUp },
    framing: Framing::Lists(&["data.items", "data"]),
    sniff: |members| {
        let table = ["user_id", "created_at", "model_name", "quota", "token_name", "use_time", "other"];
        if members.all(&table) { Fit::Sure } else { Fit::No }
    },
    schema: &SCHEMA,
    reader: |context| Box::new(NewApi { context, attempts: Attempts::new() }),
};

const OF_ONE_USER: &str = "is the page of one user, which numbers its rows anew, so that none has an identity; export the \
                           table logs, or the administrator's page /api/log/";

struct NewApi<'c> {
    context: &'c CallContext,
    attempts: Attempts<Call>,
}

impl ToRows<Call> for NewApi<'_> {
    fn row(&mut self, f: &Fields<'_, '_>, out: &mut Out<'_, Call>) -> Result<(), Fault> {
        let id = f.whole(ROW_ID)?.ok_or_else(|| f.fault(ROW_ID, "is missing"))?;
        let written = instant(f, CREATED_AT, Some(Zone::UTC))?.ok_or_else(|| f.fault(CREATED_AT, "is missing"))?;
        self.attempts.pass(written.micros(), id);
        let failed = match f.whole(TYPE)? {
            Some(2) => false,
            Some(5) => true,
            Some(other) => {
                out.set_aside(no_call(other).ok_or_else(|| f.fault(TYPE, "is no type of row that is known"))?);
                return self.give(false, out);
            }
            None => return Err(f.fault(TYPE, "is missing")),
        };
        if f.whole(USER_ID)?.is_none_or(|user| user == 0) {
            out.set_aside("a test of a channel");
            return self.give(false, out);
        }
        if filled(f, TASK_ID)?.is_some() && yes(f, IS_TASK)? != Some(true) {
            out.set_aside("what a task cost more than was held for it: the row of the task is the call");
            return self.give(false, out);
        }
        // A row of text has the channels it went through, but on the page of a user; there its number is the last
        // ten bits of what it is.
        let hidden = !f.raw(FIRST_TOKEN).is_absent() && f.raw(ADMIN).is_absent() && filled(f, REQUEST_ID)?.is_none();
        if hidden && id < 1024 && self.attempts.wait() {
            out.refuse(OF_ONE_USER);
            return Ok(());
        }
        let call = self.call(f, (id, written, failed), out)?;
        self.attempts.hold(call.call_id.clone(), (written.micros(), !failed, id), call);
        if self.attempts.wait() {
            out.keep_back();
        }
        self.give(false, out)
    }

    fn end(&mut self, out: &mut Out<'_, Call>) -> Result<(), Fault> {
        self.give(true, out)
    }
}

/// Why a row of this type is no call.
fn no_call(of_type: i64) -> Option<&'static str> {
    Some(match of_type {
        0 => "of no type",
        1 => "a top-up",
        3 => "an act of an administrator",
        4 => "a grant, refund or change by the system, as text",
        6 => "a refund of what was held for a task",
        7 => "a login",
        _ => return None,
    })
}

impl NewApi<'_> {
    fn give(&mut self, end: bool, out: &mut Out<'_, Call>) -> Result<(), Fault> {
        while let Some((attempt, call)) = self.attempts.next(end) {
            out.give(Call { attempt, ..call })?;
        }
        Ok(())
    }

    fn call(
        &self,
        f: &Fields<'_, '_>,
        (id, written, failed): (i64, Instant, bool),
        out: &Out<'_, Call>,
    ) -> Result<Call, Fault> {
        let request = filled(f, REQUEST_ID)?;
        let content = f.cow(CONTENT).unwrap_or_default().unwrap_or_default();
        let pictures = usage::Pictures::of(&content);
        let endpoint = match filled(f, PATH)?.as_deref().and_then(endpoint_of_path) {
            None if pictures.is_some() => Some("image"),
            None if yes(f, WS)? == Some(true) => Some("audio"),
            told => told,
        };
        let (usage, usage_note) =
            if failed { (None, None) } else { usage::read(f, self.context.version.as_deref(), endpoint, pictures)? };
        let (end_reason, ended_badly) =
            (f.cow(END_REASON)?, f.cow(END_STATUS)?.is_some_and(|status| status == "error"));
        let outcome = match end_reason.as_deref() {
            _ if failed => Outcome::Error,
            Some("client_gone" | "ping_fail") => Outcome::Cancelled,
            None | Some("done" | "eof" | "handler_stop" | "") => Outcome::Ok,
            Some(_) if ended_badly => Outcome::Error,
            Some(_) => Outcome::Ok,
        };
        let took = f.count(USE_TIME)?.unwrap_or(0).checked_mul(1_000_000);
        let started = took.and_then(|took| written.micros().checked_sub(took));
        Ok(Call {
            source: self.context.source.clone(),
            call_id: request.unwrap_or_else(|| format!("log:{id}")),
            attempt: 1,
            account_id: number(f, USER_ID)?.ok_or_else(|| f.fault(USER_ID, "is missing"))?,
            api_key_id: number(f, TOKEN_ID)?.filter(|id| id != "0"),
            provider: None,
            model: f.required_text(MODEL)?,
            model_served: filled(f, SERVED)?,
            endpoint: endpoint.map(str::to_owned),
            region: None,
            group: filled(f, GROUP)?,
            started_at: started
                .map(Instant::from_micros)
                .ok_or_else(|| f.fault(USE_TIME, "is no time a call takes"))?,
            ended_at: written,
            status: status(f, STATUS_CODE),
            outcome,
            stream: yes(f, STREAM)?,
            service_tier: super::parts::tier(f, TIER)?,
            service_tier_requested: None,
            batch: false,
            context: None,
            estimated: yes(f, LOCAL_COUNT)?.unwrap_or(false),
            cache_hit: false,
            upstream_cost: None,
            row_version: None,
            trace_id: None,
            usage,
            usage_note,
            charge: f.amount(QUOTA)?,
            charge_unit: self.context.unit.clone(),
            balance_after: None,
            file: self.context.file,
            offset: out.spot.offset,
        })
    }
}

/// A number of the gateway's own as text.
fn number(f: &Fields<'_, '_>, slot: u8) -> Result<Option<String>, Fault> {
    Ok(f.whole(slot)?.map(|number| number.to_string()))
}
