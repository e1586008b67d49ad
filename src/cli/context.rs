//! From arguments and settings to an opened lake and state, and the lock on them.

use std::path::Path;
use std::time::Duration;

use super::clock::clock;
use super::settings::{self, Settings};
use crate::domain::period::{Instant, Period, PeriodKind, Span};
use crate::edge::blob::S3Credentials;
use crate::edge::lake::{Claim, Lake};
use crate::edge::state::{Guard, Holder, LockError, State};
use crate::pipeline::{AppError, ErrorKind};
use crate::pipeline::{RunContext, check_newest};

pub(super) fn as_of(text: Option<&str>) -> Result<Instant, AppError> {
    let Some(text) = text else { return Ok(clock()) };
    Instant::parse(text).map_err(|e| AppError::usage(format!("--as-of {text:?} {e}")))
}

pub(super) fn period(text: Option<&str>) -> Result<Option<Period>, AppError> {
    let parse = |t: &str| {
        Period::parse(t).ok_or_else(|| {
            AppError::usage(format!("{t:?} is not a day, week or month")).hint("2026-10-01, 2026-W40 and 2026-10 are")
        })
    };
    text.map(parse).transpose()
}

pub(super) fn day(text: &str) -> Result<Period, AppError> {
    period(Some(text))?
        .filter(|p| p.kind() == PeriodKind::Day)
        .ok_or_else(|| AppError::usage(format!("--date {text:?} is not a day such as 2026-10-01")))
}

fn credentials() -> Option<S3Credentials> {
    let var = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
    Some(S3Credentials {
        access_key: var("AWS_ACCESS_KEY_ID")?,
        secret_key: var("AWS_SECRET_ACCESS_KEY")?,
        session_token: var("AWS_SESSION_TOKEN"),
    })
}

pub(super) fn load_settings(dir: &Path) -> Result<Settings, AppError> {
    settings::load(dir, credentials())
}

/// Opens lake and state; the first time ever, the state's id is written into the lake. A dry run opens what is
/// there, and changes nothing.
pub(super) async fn open(settings: Settings, now: Instant, dry_run: bool) -> Result<RunContext, AppError> {
    let lake = Lake::new(settings.lake);
    let state = if dry_run {
        let state = settings.state.open_to_read(&std::env::temp_dir()).await?;
        if let Some(other) = lake.owner().await?.filter(|owner| owner != state.id()) {
            return Err(belongs_to(&other, &lake, &state));
        }
        state
    } else {
        let state = settings.state.open(randomness()).await?;
        if let Claim::OtherState(other) = lake.claim(state.id()).await? {
            return Err(belongs_to(&other, &lake, &state));
        }
        state
    };
    let mut context = RunContext::new(settings.config, lake, state, now, dry_run);
    context.clock = clock();
    Ok(context)
}

pub(super) fn belongs_to(other: &str, lake: &Lake, state: &State) -> AppError {
    let ours = match state.id() {
        "" => format!("{} is none yet", state.place()),
        id => format!("{} is {id}", state.place()),
    };
    AppError::config("this lake belongs to another state")
        .at(lake.blob().place())
        .hint(format!("the lake knows state {other}; {ours}"))
        .hint("point [state] at the database that was used before, or [lake] at another folder")
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
pub(super) async fn open_to_read(dir: &Path) -> Result<RunContext, AppError> {
    open(load_settings(dir)?, clock(), true).await
}

/// The lock, waited for as long as asked; whoever writes nothing needs none. What a run before left in the middle
/// is made to last first: the work goes on from what is seen, and a power cut must not take that away again.
pub(super) async fn lock(context: &RunContext, name: &str, wait: &str) -> Result<Option<Guard>, AppError> {
    let wait =
        Span::parse(wait).ok_or_else(|| AppError::usage(format!("--lock-wait {wait:?} is not a span such as 10m")))?;
    let wait = Duration::from_micros(wait.micros().unsigned_abs());
    if context.dry_run {
        return Ok(None);
    }
    let guard = context.state.lock(&holder(name), wait).await.map_err(locked)?;
    if guard.follows_a_fault() {
        context.settle().await?;
    }
    Ok(Some(guard))
}

/// The lock for a command that seals and is no job: as [`lock`], and a lake that lost what was sealed last is refused.
pub(super) async fn lock_to_seal(context: &RunContext, name: &str, wait: &str) -> Result<Option<Guard>, AppError> {
    let guard = lock(context, name, wait).await?;
    check_newest(context).await?;
    Ok(guard)
}

fn locked(error: LockError) -> AppError {
    match error {
        LockError::Held { holder } => {
            let who = holder.map_or("another run".to_owned(), |h| {
                format!("{} (process {} on {}, since {})", h.job, h.pid, h.host, h.since)
            });
            AppError::new(ErrorKind::Temporary, format!("this lake is in use by {who}"))
                .hint("one run per lake at a time; --lock-wait 10m waits for it")
        }
        LockError::State(e) => e.into(),
    }
}
