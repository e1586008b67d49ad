//! A month of five made-up platforms, every job run as cron would have.

mod arrive;
mod compare;
mod page;

use std::path::{Path, PathBuf};

use super::synth::make;
use crate::cli::End;
use crate::cli::args::DemoArgs;
use crate::cli::context::{load_settings, open};
use crate::cli::output::Out;
use crate::cli::settings::load_job;
use crate::domain::period::{Day, Instant, Period, PeriodKind, Span};
use crate::edge::state::MessageStatus;
use crate::pipeline::{AppError, ErrorKind};
use crate::pipeline::{
    InvoiceReport, PeriodFacts, RunContext, RunReport, Verification, VerifyAsk, facts, run, sealed_findings, status,
    verify,
};
use crate::synth::{Faults, Plan, Platform, Summary};
use arrive::Arrivals;
use compare::{Comparison, compare};

/// The month that is made.
fn month() -> Period {
    PeriodKind::Month.containing(Day::new(2026, 10, 1).unwrap_or(Day::EPOCH))
}

/// Everything known of one platform at the end.
pub(super) struct Platforms {
    platform: Platform,
    folder: PathBuf,
    made: Summary,
    read: crate::pipeline::Status,
    facts: PeriodFacts,
    comparison: Comparison,
    verified: Option<Verification>,
    bills: Option<InvoiceReport>,
    mails: Mails,
}

/// What went out by mail through the month.
#[derive(Default)]
pub(super) struct Mails {
    low_balance: u64,
    documents: u64,
    waiting: u64,
}

impl Mails {
    fn add(&mut self, report: &RunReport) {
        for change in report.notified.iter().flat_map(|n| &n.changes) {
            match (change.became, change.key.starts_with("document/")) {
                (MessageStatus::Accepted, true) => self.documents += 1,
                (MessageStatus::Accepted, false) => {
                    self.low_balance += u64::from(change.key.starts_with("low_balance/"))
                }
                (MessageStatus::Held | MessageStatus::Unknown | MessageStatus::Refused, _) => self.waiting += 1,
                _ => {}
            }
        }
    }
}

pub(super) async fn demo(args: &DemoArgs, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    let root = dir.join(&args.folder);
    clear(&root)?;
    let mut tasks = Vec::new();
    for platform in Platform::ALL {
        let mut plan = Plan::new(platform, month());
        plan.seed = args.seed;
        plan.calls = (args.calls / Platform::ALL.len() as u64).max(1);
        plan.faults = if args.clean { Faults::None } else { Faults::Planted };
        let folder = root.join(platform.name());
        let truth = root.join("truth").join(format!("{}.jsonl", platform.name()));
        tasks.push((platform, tokio::spawn(one(plan, folder, truth))));
    }
    out.talk("making a month of five platforms, and closing it day by day");
    let mut platforms = Vec::new();
    for (platform, task) in tasks {
        let done =
            task.await.map_err(|e| AppError::new(ErrorKind::Internal, format!("{}: {e}", platform.name())))??;
        out.talk(&format!("  {:<9} {} calls, {} days sealed", platform.name(), done.made.calls, done.facts.days.len()));
        platforms.push(done);
    }
    let page = page::page(&root, &platforms);
    std::fs::write(root.join("demo.txt"), &page)
        .map_err(|e| AppError::new(ErrorKind::Temporary, e.to_string()).at(root.display().to_string()))?;
    out.bytes(page.as_bytes())?;
    let wrong: usize = platforms.iter().map(|p| p.comparison.wrong()).sum();
    if wrong > 0 {
        return Err(AppError::new(ErrorKind::Internal, format!("{wrong} findings are not what was planted"))
            .hint("this is a bug; the page above says which"));
    }
    Ok(End::Done)
}

/// A folder made by an earlier demo is made anew; anything else is left alone.
fn clear(root: &Path) -> Result<(), AppError> {
    let wrong = |e: std::io::Error| AppError::new(ErrorKind::Temporary, e.to_string()).at(root.display().to_string());
    let is_empty = |d: &Path| std::fs::read_dir(d).map(|mut d| d.next().is_none()).unwrap_or(true);
    if !root.exists() || is_empty(root) {
        return std::fs::create_dir_all(root).and_then(|()| std::fs::write(root.join(MARK), "")).map_err(wrong);
    }
    if !root.join(MARK).exists() {
        return Err(AppError::usage("this folder was not made by the demo, and is not empty")
            .at(root.display().to_string())
            .hint("name another: trueup demo DIR"));
    }
    std::fs::remove_dir_all(root).map_err(wrong)?;
    std::fs::create_dir_all(root).and_then(|()| std::fs::write(root.join(MARK), "")).map_err(wrong)
}

/// Says that a folder may be made anew.
const MARK: &str = ".trueup-demo";

async fn one(plan: Plan, folder: PathBuf, truth: PathBuf) -> Result<Platforms, AppError> {
    let platform = plan.platform;
    let made = make(&plan, &folder, &truth)?;
    let wrong = |e: std::io::Error| AppError::new(ErrorKind::Temporary, e.to_string());
    let mut arrivals = Arrivals::hold_back(&folder.join("raw"), &folder.join("arriving")).map_err(wrong)?;
    let settings = load_settings(&folder)?;
    let mut context = open(settings, Instant::MIN, false).await?;
    let daily = load_job(&folder, "daily")?;
    let [hourly, weekly, monthly] = ["hourly", "weekly", "monthly"].map(|name| load_job(&folder, name));
    let (hourly, weekly, monthly) = (hourly?, weekly?, monthly?);
    let mut mails = Mails::default();
    for day in month().days() {
        arrivals.let_in(day).map_err(wrong)?;
        at(&mut context, six_in_the_morning, day.next());
        mails.add(&run(&context, &daily, None).await?);
        if day.weekday() == 6 {
            run(&context, &weekly, None).await?;
        }
    }
    arrivals.let_all_in().map_err(wrong)?;
    let end = context.config.zone.start_of(month().end());
    context.now = context.config.known_at(end).plus(Span::from_hours(6));
    context.clock = context.now;
    let bills = run(&context, &monthly, Some(month())).await?.bills.pop();
    mails.add(&run(&context, &hourly, None).await?);
    let findings = sealed_findings(&context, Some(month())).await?;
    let comparison = compare(&truth, &findings).map_err(wrong)?;
    let scratch = folder.join("verify");
    std::fs::create_dir_all(&scratch).map_err(wrong)?;
    let verified = verify(&context, VerifyAsk::all(Some(month())), &scratch).await?;
    std::fs::remove_dir_all(&scratch).map_err(wrong)?;
    let (facts, read) = (facts(&context, month()).await?, status(&context).await?);
    context.state.close().await;
    Ok(Platforms { platform, folder, made, read, facts, comparison, verified: Some(verified), bills, mails })
}

/// Moves a desk and its clock to another moment: the month happens again.
fn at(context: &mut RunContext, moment: fn(&RunContext, Day) -> Instant, day: Day) {
    context.now = moment(context, day);
    context.clock = context.now;
}

fn six_in_the_morning(context: &RunContext, day: Day) -> Instant {
    context.config.zone.start_of(day).plus(Span::from_hours(6))
}
