//! One file a command.
//!
//! Knows nothing of: how a step does its work.

mod demo;
mod dispute;
mod doctor;
mod explain;
mod init;
mod invoice;
mod list;
mod notify;
mod prices;
mod rate;
mod rejects;
mod run;
mod shell;
mod status;
mod synth;
mod verify;

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::End;
use super::args::Command;
use super::failure::Failure;
use super::out::Out;
use super::settings::{self, Settings};
use crate::domain::period::{Instant, Period, PeriodKind};
use crate::edge::blob::S3Credentials;
use crate::edge::lake::{Claim, Lake};
use crate::edge::state::{Holder, State};
use crate::pipeline::{Desk, Step};

/// Names the variable that holds the clock still, for rehearsals: `2026-11-03T06:00:00Z`.
const CLOCK: &str = "TRUEUP_CLOCK";

pub(super) async fn dispatch(command: Command, dir: &Path, out: &mut Out) -> Result<End, Failure> {
    if let Some(Err(text)) = held_clock() {
        return Err(Failure::config(format!("{CLOCK} is {text:?}, which is no time such as 2026-11-03T06:00:00Z")));
    }
    match command {
        Command::Demo(args) => demo::demo(&args, dir, out).await,
        Command::Init(args) => init::init(&args, dir, out),
        Command::Run(args) => run::job(&args, dir, out).await,
        Command::Ingest(args) => run::step(Step::Ingest, &args, dir, out).await,
        Command::Rate(args) => rate::rate(&args, dir, out).await,
        Command::Reconcile(args) => run::step(Step::Reconcile, &args, dir, out).await,
        Command::Rollup(args) => run::step(Step::Rollup, &args, dir, out).await,
        Command::Invoice(args) => invoice::invoice(&args, dir, out).await,
        Command::Notify(args) => notify::notify(&args, dir, out).await,
        Command::Publish(args) => run::step(Step::Publish, &args, dir, out).await,
        Command::Prices(command) => prices::prices(&command, dir, out).await,
        Command::Explain(args) => explain::explain(&args, dir, out).await,
        Command::Dispute(args) => dispute::dispute(&args, dir, out).await,
        Command::Findings(args) => list::findings(&args, dir, out).await,
        Command::Incidents(args) => list::incidents(&args, dir, out).await,
        Command::Rejects(args) => rejects::rejects(&args, dir, out).await,
        Command::Verify(args) => verify::verify(&args, dir, out).await,
        Command::Status(args) => status::status(&args, dir, out).await,
        Command::Doctor => doctor::doctor(dir, out).await,
        Command::Synth(args) => synth::synth(&args, dir, out),
        Command::Completions(args) => shell::completions(&args, out),
        Command::Man => shell::man(out),
    }
}

/// The clock of a rehearsal, or what stands there instead of one.
fn held_clock() -> Option<Result<Instant, String>> {
    let text = std::env::var(CLOCK).ok().filter(|text| !text.is_empty())?;
    Some(Instant::parse(&text).map_err(|_| text))
}

/// The one place where the clock is read.
pub(super) fn clock() -> Instant {
    if let Some(Ok(held)) = held_clock() {
        return held;
    }
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Instant::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

fn as_of(text: Option<&str>) -> Result<Instant, Failure> {
    let Some(text) = text else { return Ok(clock()) };
    Instant::parse(text).map_err(|e| Failure::usage(format!("--as-of {text:?} {e}")))
}

fn period(text: Option<&str>) -> Result<Option<Period>, Failure> {
    let parse = |t: &str| {
        Period::parse(t).ok_or_else(|| {
            Failure::usage(format!("{t:?} is not a day, week or month")).hint("2026-10-01, 2026-W40 and 2026-10 are")
        })
    };
    text.map(parse).transpose()
}

fn day(text: &str) -> Result<Period, Failure> {
    period(Some(text))?
        .filter(|p| p.kind() == PeriodKind::Day)
        .ok_or_else(|| Failure::usage(format!("--date {text:?} is not a day such as 2026-10-01")))
}

fn credentials() -> Option<S3Credentials> {
    let var = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
    Some(S3Credentials {
        access_key: var("AWS_ACCESS_KEY_ID")?,
        secret_key: var("AWS_SECRET_ACCESS_KEY")?,
        session_token: var("AWS_SESSION_TOKEN"),
    })
}

fn load_settings(dir: &Path) -> Result<Settings, Failure> {
    settings::load(dir, credentials())
}

/// Opens lake and state; the first time ever, the state's id is written into the lake.
async fn open(settings: Settings, now: Instant, dry_run: bool) -> Result<Desk, Failure> {
    let state = State::open(&settings.state, &settings.dir, randomness()).await?;
    let lake = Lake::new(settings.lake);
    let claim = lake.claim(state.id()).await?;
    if let Claim::OtherState(other) = claim {
        return Err(Failure::config("this lake belongs to another state")
            .at(lake.blob().place())
            .hint(format!("the lake knows state {other}; {} is {}", state.place(), state.id()))
            .hint("point [state] at the database that was used before, or [lake] at another folder"));
    }
    let mut desk = Desk::new(settings.config, lake, state, now, dry_run);
    desk.clock = clock();
    Ok(desk)
}

/// The one place where randomness is read: a new state's id.
fn randomness() -> [u8; 16] {
    let mut bytes = [0u8; 16];
    let read = std::fs::File::open("/dev/urandom").and_then(|mut f| std::io::Read::read_exact(&mut f, &mut bytes));
    if read.is_err() {
        let seed = i128::from(clock().micros()) << 32 | i128::from(std::process::id());
        bytes = seed.to_le_bytes();
    }
    bytes
}

/// Who is running, for whoever finds the lake locked.
fn holder(job: &str) -> Holder {
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default().trim().to_owned();
    Holder { host, pid: std::process::id(), job: job.to_owned(), since: clock() }
}

/// Opens what is there for a query that changes nothing.
async fn open_to_read(dir: &Path) -> Result<Desk, Failure> {
    open(load_settings(dir)?, clock(), true).await
}
