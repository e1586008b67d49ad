//! What can be typed about prices.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::OutputArgs;
use crate::edge::source::TableFormat;

#[derive(Debug, Subcommand)]
pub(crate) enum PricesCommand {
    /// Make price tables of another system into a price book.
    Import(ImportArgs),
    /// What rows cost: one JSON object a line in, one a line out.
    Quote(QuoteArgs),
    /// What changed from one book to another, by model and meter.
    Diff(DiffArgs),
    /// Check a price book: what is odd, and what is refused.
    Lint(LintArgs),
    /// The price of a model at a moment: every rate and variant, and where it is written.
    Show(ShowArgs),
    /// What a period would have billed at a proposed price book: who would pay more, who less.
    Rehearse(RehearseArgs),
    /// What prices that became known late change in sealed days, and the credits to propose.
    Reprice(RepriceArgs),
}

/// The names of every format of price tables.
fn table_formats() -> String {
    let names: Vec<&str> = TableFormat::names().collect();
    names.split_last().map_or(String::new(), |(last, first)| format!("{} or {last}", first.join(", ")))
}

/// Whose format a price book is in.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct BookFormatArgs {
    #[arg(long, value_name = "FORMAT", help = format!("{}; else told by its content", table_formats()))]
    pub(crate) book_format: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    #[arg(value_name = "FORMAT", help = table_formats())]
    pub(crate) table: String,
    /// One table, or several dated ones of one system: a version each time the table changed.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Where to write the book, as TOML.
    #[arg(long, value_name = "BOOK.toml")]
    pub(crate) out: PathBuf,
    /// The book's id; else the name of the first file.
    #[arg(long)]
    pub(crate) id: Option<String>,
    /// From when a table was in use (a day, or RFC 3339), once for each file; else the date in its name.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Vec<String>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct QuoteArgs {
    /// The price book, in any format.
    #[arg(long, value_name = "FILE")]
    pub(crate) book: PathBuf,
    #[command(flatten)]
    pub(crate) format: BookFormatArgs,
    /// Rows to price, JSON Lines; - for standard input.
    #[arg(long = "in", value_name = "ROWS", default_value = "-")]
    pub(crate) rows: PathBuf,
    /// Where to write what they cost; - for standard output.
    #[arg(long, value_name = "QUOTES", default_value = "-")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The book or table before.
    pub(crate) before: PathBuf,
    /// And after.
    pub(crate) after: PathBuf,
    /// The versions in force at this moment (RFC 3339); else the last ones.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    #[command(flatten)]
    pub(crate) book_format: BookFormatArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct LintArgs {
    /// A price book in any format; else every book of this folder's trueup.toml.
    pub(crate) book: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) book_format: BookFormatArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    pub(crate) model: String,
    /// RFC 3339; else now.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// What was known then (RFC 3339); else everything.
    #[arg(long, value_name = "TIME")]
    pub(crate) known: Option<String>,
    /// A price book in any format; else the first source's.
    #[arg(long, value_name = "FILE")]
    pub(crate) book: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) book_format: BookFormatArgs,
    #[arg(long)]
    pub(crate) provider: Option<String>,
    #[arg(long)]
    pub(crate) group: Option<String>,
    #[arg(long)]
    pub(crate) endpoint: Option<String>,
    #[arg(long)]
    pub(crate) region: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RehearseArgs {
    /// The proposed price book, in any format. It takes the place of the registered book of its id, for
    /// all time and as if it had always been known; the other books stay.
    #[arg(value_name = "BOOK")]
    pub(crate) book: PathBuf,
    /// The day, ISO week or month whose calls are priced anew, such as 2026-10.
    #[arg(long)]
    pub(crate) period: String,
    /// The id of the book it takes the place of, where that is not its own.
    #[arg(long, value_name = "ID")]
    pub(crate) replaces: Option<String>,
    /// Price every call by the version in force at this moment (a day in UTC, or RFC 3339), whenever the
    /// call was: for a version that begins after the period.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// At most so many accounts and models in each list; as text the rest is summed. Else 20 as text, and
    /// all of them in other formats.
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    #[command(flatten)]
    pub(crate) book_format: BookFormatArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// As text: credits and debits by account, what causes them, and the invoices that billed these calls. As
/// csv, json and jsonl: one row a call.
#[derive(Debug, Args)]
pub(crate) struct RepriceArgs {
    /// Prices known by this moment (a day in UTC, or RFC 3339), in place of those each day was sealed with.
    #[arg(long, value_name = "TIME")]
    pub(crate) known: String,
    /// Only of this day, week or month; else everything sealed.
    #[arg(long)]
    pub(crate) period: Option<String>,
    /// Only of this account.
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<String>,
    /// As text: list every call as well.
    #[arg(long)]
    pub(crate) calls: bool,
    /// As text: at most so many accounts; else 20.
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}
