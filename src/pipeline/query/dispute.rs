//! A pack that answers a customer: every call of a range judged, with all it takes to check it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::explain::explain_day;
use super::open_day::{postings_since, postings_standing};
use super::sealed::{sealed_days, sealed_findings};
use crate::domain::call::Calls;
use crate::domain::hash::sha256;
use crate::domain::ledger::Posting;
use crate::domain::money::Amount;
use crate::domain::period::{Day, PeriodKind};
use crate::domain::reconcile::Finding;
use crate::edge::lake::{Build, Manifest};
use crate::edge::render::{TableWriter, findings_to_json_lines, to_csv, to_html, to_json_lines};
use crate::pipeline::close::day_revisions::{DayState, latest_day};
use crate::pipeline::close::silent_hours::state_of;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::{AppError, ErrorKind};
use crate::pipeline::raw_catalog::RawCatalog;
use crate::pipeline::registry::books::load_parties;
use crate::report::dispute::{
    Dispute, cause_table, dispute_page, dispute_table, mask_explanation, mask_finding, mask_posting, movement_table,
    unit_table,
};
use crate::report::{Cell, Explanation, Table, customer_folder, receipt};

/// Receipts written out; those of the other calls are a `trueup explain` away.
const RECEIPTS: usize = 2_000;

/// Whose charges, over which days (both inclusive).
#[derive(Clone, Debug)]
pub(crate) struct DisputeAsked {
    pub account_id: String,
    pub first: Day,
    pub last: Day,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PackFile {
    /// A plain file name.
    pub name: &'static str,
    pub bytes: Vec<u8>,
}

/// Everything for the customer's file. The same lake gives the same bytes.
#[derive(Clone, Debug)]
pub(crate) struct Pack {
    /// A folder name that suits any account id.
    pub folder: String,
    pub dispute: Dispute,
    pub files: Vec<PackFile>,
}

/// Judges every call of an account in a range of days.
///
/// # Errors
/// Input: nothing is known of the account in these days. Law: a sum that does not fit.
pub(crate) async fn dispute(context: &RunContext, asked: &DisputeAsked) -> Result<Pack, AppError> {
    let catalog = RawCatalog::load(context).await?;
    let (parties, _) = load_parties(context).await?;
    let at = context.config.zone.start_of(asked.last.next());
    let name = parties.account(&asked.account_id, at).map_or("", |a| a.name.as_str());
    let mut gathered = Gathered::new(Dispute::new(
        &asked.account_id,
        name,
        (asked.first, asked.last),
        context.config.zone,
        command_of(asked),
    ));
    let asked_for = |day: &Day| asked.first <= *day && *day <= asked.last;
    let days: BTreeSet<Day> = catalog.days().into_iter().chain(sealed_days(context).await?).filter(asked_for).collect();
    for day in days {
        gathered.day(context, &catalog, day).await?;
    }
    if gathered.is_empty() {
        return Err(AppError::new(
            ErrorKind::Input,
            format!("nothing is known of account {} from {} to {}", asked.account_id, asked.first, asked.last),
        )
        .hint("account ids are exact; `trueup status` says which days there are"));
    }
    gathered.pack(customer_folder(&asked.account_id))
}

/// The command that makes the pack again, as typed into a shell.
fn command_of(asked: &DisputeAsked) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.@:/".contains(c);
    let id = &asked.account_id;
    let is_plain = !id.is_empty() && !id.starts_with('-') && id.chars().all(plain);
    let account = if is_plain { id.clone() } else { format!("'{}'", id.replace('\'', r"'\''")) };
    let dashes = if id.starts_with('-') { "-- " } else { "" };
    format!("trueup dispute --from {} --to {} {dashes}{account}", asked.first, asked.last)
}

struct Gathered {
    dispute: Dispute,
    writer: TableWriter,
    calls: Vec<u8>,
    wrong: Table,
    receipts: String,
    receipt_count: usize,
    left_out: usize,
    findings: Vec<Finding>,
    movements: Vec<Posting>,
    sources: Vec<Value>,
    inputs: BTreeMap<(String, String), Value>,
}

impl Gathered {
    fn new(dispute: Dispute) -> Gathered {
        let mut writer = TableWriter::csv();
        Gathered {
            dispute,
            calls: writer.rows(&dispute_table([])),
            writer,
            wrong: dispute_table([]),
            receipts: String::new(),
            receipt_count: 0,
            left_out: 0,
            findings: Vec::new(),
            movements: Vec::new(),
            sources: Vec::new(),
            inputs: BTreeMap::new(),
        }
    }

    fn is_empty(&self) -> bool {
        self.dispute.verdicts.is_empty() && self.movements.is_empty() && self.findings.is_empty()
    }

    async fn day(&mut self, context: &RunContext, catalog: &RawCatalog, day: Day) -> Result<(), AppError> {
        let account = self.dispute.account_id.clone();
        let standing = postings_standing(context, catalog, day).await?;
        match latest_day(context, day).await? {
            Some(manifest) => {
                let state = state_of(context, &manifest, day);
                let since = postings_since(context, catalog, (&manifest, day), &standing).await?;
                if state == DayState::Provisional || since > 0 {
                    self.dispute.provisional.push(day);
                }
                self.sources.push(source_of(&manifest, state));
            }
            None => self.dispute.unsealed.push(day),
        }
        for mut finding in sealed_findings(context, Some(PeriodKind::Day.containing(day))).await? {
            if finding.account_id.as_deref() == Some(&account) {
                mask_finding(&mut finding, &account);
                self.dispute.add_finding(&finding).map_err(AppError::law)?;
                self.findings.push(finding);
            }
        }
        for mut posting in standing {
            if *posting.account_id == *account {
                mask_posting(&mut posting);
                self.dispute.add_posting(&posting).map_err(AppError::law)?;
                self.input(catalog, posting.file);
                self.movements.push(posting);
            }
        }
        let is_own = |calls: &Calls, row: usize| calls.account_id().get(row) == Some(account.as_str());
        for mut explanation in explain_day(context, catalog, day, None, &is_own).await? {
            mask_explanation(&mut explanation, &account);
            self.input(catalog, explanation.call.file);
            self.call(&explanation)?;
        }
        Ok(())
    }

    fn call(&mut self, explanation: &Explanation) -> Result<(), AppError> {
        let verdict = self.dispute.add_call(explanation).map_err(AppError::law)?;
        let row = dispute_table([(explanation, &verdict)]);
        self.calls.append(&mut self.writer.rows(&row));
        if verdict.verdict.is_wrong() {
            self.wrong.rows.extend(row.rows);
            if self.receipt_count == RECEIPTS {
                self.left_out += 1;
            } else {
                self.receipt_count += 1;
                self.receipts.push_str(&receipt(explanation).join("\n"));
                self.receipts.push_str("\n\n");
            }
        }
        Ok(())
    }

    fn input(&mut self, catalog: &RawCatalog, number: u32) {
        if let Some(file) = catalog.file(number) {
            let key = (file.kind.clone(), file.path.clone());
            let value = || json!({"kind": file.kind, "path": file.path, "bytes": file.size, "sha256": file.sha256});
            self.inputs.entry(key).or_insert_with(value);
        }
    }

    fn pack(mut self, account_folder: String) -> Result<Pack, AppError> {
        self.wrong.rows.sort_by_key(|row| match &row[DIFFERENCE] {
            Cell::Amount(amount) => Reverse(amount.abs()),
            _ => Reverse(Amount::ZERO),
        });
        if self.left_out > 0 {
            self.receipts.push_str(&format!("and {} more: trueup explain CALL\n", self.left_out));
        }
        let page = dispute_page(&self.dispute, short(&self.wrong)).map_err(AppError::law)?;
        let units = unit_table(&self.dispute).map_err(AppError::law)?;
        let causes = cause_table(&self.dispute);
        let mut files = vec![
            PackFile { name: "index.html", bytes: to_html(&page) },
            PackFile { name: "calls.csv", bytes: std::mem::take(&mut self.calls) },
            PackFile { name: "receipts.txt", bytes: std::mem::take(&mut self.receipts).into_bytes() },
            PackFile { name: "findings.jsonl", bytes: findings_to_json_lines(&self.findings) },
            PackFile { name: "movements.csv", bytes: to_csv(&movement_table(&self.movements)) },
            PackFile { name: "causes.csv", bytes: to_csv(&causes) },
            PackFile { name: "units.csv", bytes: to_csv(&units) },
        ];
        let index = self.index(&units, &causes, &files);
        files.push(PackFile { name: "pack.json", bytes: index });
        let range = format!("{}-{}", self.dispute.first, self.dispute.last);
        let name = account_folder.rsplit('/').next().unwrap_or_default();
        Ok(Pack { folder: format!("dispute-{name}-{range}"), dispute: self.dispute, files })
    }

    /// What the pack says, for other programs, and what it was made from.
    fn index(&self, units: &Table, causes: &Table, files: &[PackFile]) -> Vec<u8> {
        let d = &self.dispute;
        let build = Build::this();
        let days = |days: &[Day]| days.iter().map(ToString::to_string).collect::<Vec<_>>();
        let verdicts: BTreeMap<&str, u64> = d.verdicts.iter().map(|(v, n)| (v.name(), *n)).collect();
        let files: Vec<Value> =
            files.iter().map(|f| json!({"name": f.name, "bytes": f.bytes.len(), "sha256": sha256(&f.bytes)})).collect();
        let value = json!({
            "format": "trueup/dispute/1",
            "account_id": d.account_id,
            "name": d.name,
            "from": d.first.to_string(),
            "to": d.last.to_string(),
            "zone": d.zone.name(),
            "command": d.command,
            "made_by": format!("{} {}", build.program, build.version),
            "units": rows(units),
            "causes": rows(causes),
            "verdicts": verdicts,
            "days_not_sealed": days(&d.unsealed),
            "days_provisional": days(&d.provisional),
            "sealed": self.sources,
            "inputs": self.inputs.values().collect::<Vec<_>>(),
            "files": files,
        });
        let mut text = format!("{value:#}");
        text.push('\n');
        text.into_bytes()
    }
}

/// Where `dispute_table` has the difference.
const DIFFERENCE: usize = 13;

/// The columns of a call that fit on a page, under words.
fn short(wrong: &Table) -> Table {
    const KEPT: [(usize, &str); 8] = [
        (0, "Time"),
        (8, "Unit"),
        (9, "Expected"),
        (10, "Recorded"),
        (DIFFERENCE, "Difference"),
        (3, "Model"),
        (15, "Why"),
        (1, "Call"),
    ];
    let mut table = Table::new(&KEPT.map(|(_, head)| head));
    for row in &wrong.rows {
        table.push(KEPT.iter().map(|(at, _)| row[*at].clone()).collect());
    }
    table
}

/// A table's rows as JSON objects.
fn rows(table: &Table) -> Vec<Value> {
    let lines = to_json_lines(table);
    let lines = String::from_utf8_lossy(&lines);
    lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

fn source_of(manifest: &Manifest, state: DayState) -> Value {
    let digests: BTreeMap<&str, String> = manifest
        .digests
        .iter()
        .filter(|(table, _)| matches!(table.as_str(), "charges" | "findings"))
        .map(|(table, digest)| (table.as_str(), format!("{:032x}", digest.hash)))
        .collect();
    let books: Vec<Value> = manifest.books.iter().map(|b| json!({"id": b.id, "sha256": b.sha256})).collect();
    json!({
        "job": manifest.job,
        "period": manifest.period,
        "revision": manifest.revision,
        "state": state.name(),
        "prices_known": manifest.known.to_string(),
        "digests": digests,
        "books": books,
    })
}
