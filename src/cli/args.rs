//! What can be typed. A doc comment here is the help a user reads.

mod prices;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::log::Log;
use crate::edge::source::{CallFormat, FORMATS};
pub(crate) use prices::{
    BookFormatArgs, DiffArgs, ImportArgs, LintArgs, PricesCommand, QuoteArgs, RehearseArgs, RepriceArgs, ShowArgs,
};

const EXIT_CODES: &str = "\
Exit codes, where several hold the first of:
  1   internal error                    65  input refused
  2   wrong usage                       4   done in part, the rest is listed
  78  configuration                     3   done, open differences above exit_above
  5   a law is broken, nothing published
  75  try again later                   0   done";

/// Brings what was billed for LLM API calls into line with what was used.
///
/// Reads what a gateway logged, recomputes what every call should have cost, holds that against
/// what the gateway recorded and the ledger debited, and names the cause of each difference.
#[derive(Debug, Parser)]
#[command(name = "trueup", version, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Cli {
    /// Run as if started in this folder.
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub(crate) dir: Option<PathBuf>,
    /// How to talk on stderr: lines for a person, or one JSON object a line.
    #[arg(long, value_enum, value_name = "FORMAT", global = true, default_value_t)]
    pub(crate) log: Log,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// A month of five made-up platforms, every job run; where to look.
    Demo(DemoArgs),
    /// A commented trueup.toml, jobs/ and prices/ to start from.
    Init(InitArgs),
    /// Run a job: hourly, daily, weekly, monthly, or a file in jobs/.
    Run(RunArgs),
    /// Read new log and ledger files into the lake.
    #[command(after_help = call_formats())]
    Ingest(IngestArgs),
    /// What the calls of a period should have cost, by itself; nothing is sealed.
    Rate(RateArgs),
    /// Rate, match, classify and diagnose the days that are new or changed.
    Reconcile(StepArgs),
    /// Sum days into ISO weeks and months.
    Rollup(StepArgs),
    /// Statements, invoices and credit notes: drafts while a month is open, final once it is closed.
    Invoice(InvoiceArgs),
    /// Low-balance notices: find who is low, send what is ready, list and settle messages.
    Notify(NotifyArgs),
    /// Write rollups, findings and totals to the publishing folder.
    Publish(StepArgs),
    /// Price books: check, compare, look up.
    #[command(subcommand)]
    Prices(PricesCommand),
    /// Why a call was charged what it was: the receipt, what was recorded and posted, findings.
    Explain(ExplainArgs),
    /// A pack that answers a customer: every call of a range judged, what is owed, and why.
    Dispute(DisputeArgs),
    /// Every difference and broken rule.
    Findings(ListArgs),
    /// Findings grouped by cause and origin, by money.
    Incidents(ListArgs),
    /// Rows that were refused, with file, line and reason.
    Rejects(RejectsArgs),
    /// Open everything kept, recompute sealed days from the raw input, and name what is not as it was.
    Verify(VerifyArgs),
    /// What is sealed, what is open, what needs a person.
    Status(OutputArgs),
    /// Try every door (configuration, lake, state, prices, input) without changing anything.
    #[command(after_help = call_formats())]
    Doctor,
    /// Write a made-up operator's folder with planted, labelled faults.
    Synth(SynthArgs),
    /// A completion script for a shell.
    Completions(CompletionsArgs),
    /// The manual page, in roff: `trueup man > trueup.1`.
    Man,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Where to write it.
    #[arg(default_value = "demo")]
    pub(crate) folder: PathBuf,
    /// Another seed is another month.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Calls of all five platforms together.
    #[arg(long, default_value_t = 100_000)]
    pub(crate) calls: u64,
    /// Plant no faults: nothing may be found.
    #[arg(long)]
    pub(crate) clean: bool,
}

/// The formats of call logs, a line each.
fn call_formats() -> String {
    let line = |format: &CallFormat| format!("\n  {}  {}", format.name, format.about);
    format!("Formats of call logs:{}", FORMATS.iter().map(line).collect::<String>())
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    #[arg(default_value = ".")]
    pub(crate) folder: PathBuf,
    /// Real files of calls, to write settings that read them
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) from: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct WhenArgs {
    /// One day, such as 2026-10-01.
    #[arg(long, value_name = "DAY", conflicts_with = "period")]
    pub(crate) date: Option<String>,
    /// A day, ISO week or month, such as 2026-10-01, 2026-W40 or 2026-10.
    #[arg(long)]
    pub(crate) period: Option<String>,
    /// Run as if it were this moment (RFC 3339); a past one numbers, sends and publishes nothing.
    #[arg(long, value_name = "TIME")]
    pub(crate) as_of: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// hourly, daily, weekly, monthly, or the name of a file in jobs/.
    pub(crate) job: String,
    #[command(flatten)]
    pub(crate) step: StepArgs,
}

#[derive(Debug, Args)]
pub(crate) struct StepArgs {
    #[command(flatten)]
    pub(crate) when: WhenArgs,
    /// Compute and report, write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How long to wait for another run on the same lake, such as 10m.
    #[arg(long, value_name = "SPAN", default_value = "0s")]
    pub(crate) lock_wait: String,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct IngestArgs {
    #[command(flatten)]
    pub(crate) step: StepArgs,
    /// Say how a file of calls would be read, and read nothing in; with --format jsonl one line a row.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dry_run", "date", "period", "as_of"])]
    pub(crate) explain: Option<PathBuf>,
    /// With --explain: read it as a format, such as litellm, or as a release of it, such as litellm@1.77.
    #[arg(long, value_name = "FORMAT[@VERSION]", requires = "explain")]
    pub(crate) read_as: Option<String>,
    /// With --explain: the zone of times without one, such as Asia/Shanghai.
    #[arg(long, value_name = "ZONE", requires = "explain")]
    pub(crate) zone: Option<String>,
}

/// As text: calls and money by unit, model and status. As csv and jsonl: one row a call.
#[derive(Debug, Args)]
pub(crate) struct RateArgs {
    #[command(flatten)]
    pub(crate) when: WhenArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct InvoiceArgs {
    #[command(subcommand)]
    pub(crate) command: Option<InvoiceCommand>,
    #[command(flatten)]
    pub(crate) step: StepArgs,
    /// Drafts only: nothing gets a number.
    #[arg(long, conflicts_with = "is_final")]
    pub(crate) draft: bool,
    /// Make documents final, or say why they cannot be; with --account, those made on request as well.
    #[arg(long = "final")]
    pub(crate) is_final: bool,
    /// Only this account's documents.
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum InvoiceCommand {
    /// Every final document.
    List {
        /// Only of this account.
        #[arg(long, value_name = "ID")]
        account: Option<String>,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// A final document as canonical JSON.
    Show { number: String },
    /// Bill once more what credit notes took back of an invoice whole, by the account's row as it is now.
    Again {
        /// The invoice's number.
        number: String,
        /// Show the invoice, give no number.
        #[arg(long)]
        dry_run: bool,
        /// How long to wait for another run on the same lake, such as 10m.
        #[arg(long, value_name = "SPAN", default_value = "0s")]
        lock_wait: String,
    },
    /// Take back a final invoice, or lines of it, with a credit note.
    Credit {
        /// The invoice's number.
        number: String,
        /// Why; it is printed on the note.
        #[arg(long)]
        reason: String,
        /// Only this line, by its position; several are possible.
        #[arg(long, value_name = "POSITION")]
        line: Vec<u32>,
        /// So much before tax in place of whole lines, in the invoice's currency.
        #[arg(long, value_name = "AMOUNT", conflicts_with = "line")]
        amount: Option<String>,
        /// The same words ask for the same note, however often; the second or Nth equal one is asked for by its place.
        #[arg(long, value_name = "N", default_value_t = 1, default_missing_value = "2", num_args = 0..=1,
              value_parser = clap::value_parser!(u32).range(1..), hide_default_value = true)]
        again: u32,
        /// Show the note, give no number.
        #[arg(long)]
        dry_run: bool,
        /// How long to wait for another run on the same lake, such as 10m.
        #[arg(long, value_name = "SPAN", default_value = "0s")]
        lock_wait: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct NotifyArgs {
    #[command(flatten)]
    pub(crate) step: StepArgs,
    /// Only list messages that are open: ready, held, refused or unknown.
    #[arg(long, conflicts_with_all = ["resend", "settle"])]
    pub(crate) list: bool,
    /// With --list: those that are done as well.
    #[arg(long, requires = "list")]
    pub(crate) all: bool,
    /// Let a message go out again with the next run; it may arrive twice.
    #[arg(long, value_name = "KEY")]
    pub(crate) resend: Option<String>,
    /// Close a message of unknown outcome, as accepted or refused.
    #[arg(long, num_args = 2, value_names = ["KEY", "OUTCOME"], conflicts_with = "resend")]
    pub(crate) settle: Option<Vec<String>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    #[default]
    Text,
    Json,
    Jsonl,
    Csv,
}

#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct OutputArgs {
    /// How data is printed.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Only of this day, week or month; else everything sealed.
    #[arg(long)]
    pub(crate) period: Option<String>,
    /// Only of this account.
    #[arg(long)]
    pub(crate) account: Option<String>,
    /// Only of this cause.
    #[arg(long)]
    pub(crate) cause: Option<String>,
    /// Only of this leg: usage, charge, posting, balance, policy or funding.
    #[arg(long)]
    pub(crate) leg: Option<String>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The call's id.
    pub(crate) call: String,
    /// Which source, where several know the id.
    #[arg(long)]
    pub(crate) source: Option<String>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DisputeArgs {
    /// Whose charges.
    pub(crate) account: String,
    /// The first day, such as 2026-10-01.
    #[arg(long, value_name = "DAY")]
    pub(crate) from: String,
    /// The last day, which is part of it.
    #[arg(long, value_name = "DAY")]
    pub(crate) to: String,
    /// Where to write the pack; else a folder named after account and days.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct RejectsArgs {
    #[command(subcommand)]
    pub(crate) command: Option<RejectsCommand>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RejectsCommand {
    /// Print the refused text from the original file.
    Show {
        /// FILE:LINE as listed.
        place: String,
    },
    /// Leave a row, or a whole file, that is in the lake already out of every day; the next run computes its days anew.
    SetAside {
        /// FILE:LINE, "FILE at byte N" as `explain` prints it, or FILE for all its rows.
        place: String,
        /// Why, for whoever reads the list.
        #[arg(long)]
        reason: String,
        /// Who says so; else the user's name.
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
        /// What was set aside stands again.
        #[arg(long)]
        undo: bool,
        /// How long to wait for another run on the same lake, such as 10m.
        #[arg(long, value_name = "SPAN", default_value = "0s")]
        lock_wait: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// A day, week or month, of what is recomputed and published; else everything.
    pub(crate) period: Option<String>,
    /// Only open what is sealed: every manifest, part, price book and document by its hash, and the state.
    #[arg(long)]
    pub(crate) lake: bool,
    /// Only open what is published: every page, table and document by its hash.
    #[arg(long)]
    pub(crate) published: bool,
    /// Make again what is derived and not as it was, and say what cannot be made.
    #[arg(long)]
    pub(crate) repair: bool,
    /// With --repair: go on from an older copy of the lake; what was sealed after it and is lost is missed no more.
    #[arg(long, requires = "repair")]
    pub(crate) accept_lost: bool,
    /// With --repair: how long to wait for another run to end.
    #[arg(long, value_name = "SPAN", default_value = "0s", requires = "repair")]
    pub(crate) lock_wait: String,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SynthArgs {
    /// tokmodel, toki, resayil, tokone, llmhub, all, or trace: real requests of a file, told again.
    pub(crate) platform: String,
    /// Where to write it; with `all`, one folder a platform below it.
    pub(crate) folder: PathBuf,
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Calls of a platform.
    #[arg(long, default_value_t = 20_000)]
    pub(crate) calls: u64,
    /// Accounts of a platform.
    #[arg(long, default_value_t = 50)]
    pub(crate) accounts: u32,
    /// The month to make; a trace begins on its fifth day.
    #[arg(long, default_value = "2026-10")]
    pub(crate) month: String,
    /// With `trace`: a Parquet file of ts_ms, client, input_tokens, output_tokens, reasoning_tokens.
    #[arg(long, value_name = "FILE", required_if_eq("platform", "trace"))]
    pub(crate) trace: Option<PathBuf>,
    /// Plant no faults.
    #[arg(long)]
    pub(crate) clean: bool,
    /// Where the planted faults are listed; else in FOLDER-truth, beside the folder.
    #[arg(long)]
    pub(crate) truth: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}
