//! Movements of wallets over a month, each usage posting beside the call it pays for.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::month::{Month, Payment};
use super::rows::DayCalls;
use crate::domain::call::{Calls, Meter, name_hash};
use crate::domain::invoice::{PaidCall, WalletUsage};
use crate::domain::ledger::{Posting, PostingKind, WalletDay, WalletId};
use crate::domain::period::Day;
use crate::domain::reconcile::{distinct_postings, distinct_rows};
use crate::edge::lake::Manifest;
use crate::edge::lake::schema::{WalletDayRow, from_batch};
use crate::pipeline::desk::Desk;
use crate::pipeline::stop::Stop;
use crate::pipeline::view::View;
use crate::pipeline::window::{calls_of, postings_of, reach_days};

/// What a statement says of a call.
#[derive(Clone, Debug, Default)]
struct Known {
    model: String,
    key: String,
    input_tokens: u64,
    output_tokens: u64,
}

/// Reads a month's wallets day by day.
#[derive(Debug, Default)]
pub(super) struct WalletReader {
    days: Vec<WalletDay>,
}

type DayUsage = BTreeMap<WalletId, WalletUsage>;

impl WalletReader {
    pub(super) async fn read_day(
        &mut self,
        desk: &Desk,
        view: &View,
        manifest: &Manifest,
        calls: &DayCalls,
        month: &mut Month,
    ) -> Result<(), Stop> {
        let mut rolled: Vec<WalletDay> = Vec::new();
        for part in manifest.parts_of("wallets") {
            for batch in desk.read(part).await? {
                rolled.extend(from_batch::<WalletDayRow>(&batch)?.into_iter().map(WalletDay::from));
            }
        }
        let day = calls.day;
        let own = standing_of(desk, view, day, 0).await?;
        let known = known_calls(desk, view, &calls.calls, &own, day).await?;
        let mut usage = sums(day, &own, &known)?;
        let agrees =
            |usage: &DayUsage| rolled.iter().all(|w| usage.get(&w.wallet).cloned().unwrap_or_default().agrees(w));
        let mut standing = own;
        if !agrees(&usage) {
            // A posting told twice on two days stands on one of them.
            let reach = 2 * reach_days(desk.config.rules.match_within);
            standing = standing_of(desk, view, day, reach).await?;
            usage = sums(day, &standing, &known)?;
            if !agrees(&usage) {
                return Err(
                    Stop::law("the movements of every wallet are those of its roll-forward").at(manifest.path())
                );
            }
        }
        month_payments(&standing, month);
        for (id, wallet) in usage {
            let account = month.accounts.entry(id.account_id.to_string()).or_default();
            let so_far = account.wallets.entry((id.wallet.clone(), id.unit.clone())).or_default();
            so_far.merge(wallet).ok_or_else(|| {
                Stop::internal(format!("wallet {} of {} in {} overflows", id.wallet, id.account_id, id.unit))
            })?;
        }
        self.days.extend(rolled);
        Ok(())
    }

    /// One row a wallet.
    pub(super) fn finish(self) -> Result<Vec<WalletDay>, Stop> {
        WalletDay::chain(&self.days).ok_or_else(|| Stop::internal("a wallet's sums overflow"))
    }
}

/// The day's postings that stand, told apart over `reach` days around it.
async fn standing_of(desk: &Desk, view: &View, day: Day, reach: i64) -> Result<Vec<Posting>, Stop> {
    let span = desk.config.zone.span_of(day);
    let mut all = Vec::new();
    for n in -reach..=reach {
        all.extend(postings_of(desk, view, day.plus(n), None).await?);
    }
    let mut stands = vec![false; all.len()];
    distinct_postings(&all).into_iter().for_each(|row| stands[row as usize] = true);
    let own = |p: &Posting| span.0 <= p.posted_at && p.posted_at < span.1;
    Ok(all.into_iter().zip(stands).filter(|(p, stands)| *stands && own(p)).map(|(p, _)| p).collect())
}

/// Calls that the day's postings name, by the hash of their id: of the day itself, else of the days
/// around it.
async fn known_calls(
    desk: &Desk,
    view: &View,
    calls: &Calls,
    postings: &[Posting],
    day: Day,
) -> Result<HashMap<u64, Known>, Stop> {
    let paying = postings.iter().filter(|p| p.kind.pays_for_calls());
    let mut missing: HashSet<u64> = paying.filter_map(|p| p.call_id.as_deref().map(name_hash)).collect();
    let mut known = HashMap::new();
    note(calls, &mut missing, &mut known);
    let reach = reach_days(desk.config.rules.match_within);
    for n in (1..=reach).flat_map(|n| [-n, n]) {
        if missing.is_empty() {
            break;
        }
        let there = calls_of(desk, view, day.plus(n), Some(&missing)).await?;
        let there = there.take(&distinct_rows(&there)).map_err(Stop::internal)?;
        note(&there, &mut missing, &mut known);
    }
    Ok(known)
}

fn note(calls: &Calls, missing: &mut HashSet<u64>, known: &mut HashMap<u64, Known>) {
    let (models, keys) = (calls.model(), calls.api_key_id());
    for (row, key) in calls.key().values().iter().enumerate() {
        if !missing.remove(key) {
            continue;
        }
        let tokens = |meters: &[Meter]| -> u64 {
            meters.iter().map(|m| calls.quantity(*m).value(row).unsigned_abs()).fold(0, u64::saturating_add)
        };
        let call = Known {
            model: models.get(row).unwrap_or_default().to_owned(),
            key: keys.get(row).unwrap_or_default().to_owned(),
            input_tokens: tokens(&Meter::INPUTS),
            output_tokens: tokens(&Meter::OUTPUTS),
        };
        known.insert(*key, call);
    }
}

fn sums(day: Day, postings: &[Posting], known: &HashMap<u64, Known>) -> Result<DayUsage, Stop> {
    let mut usage = DayUsage::new();
    let mut settled: HashSet<(WalletId, u64)> = HashSet::new();
    let nobody = Known::default();
    for p in postings.iter().filter(|p| p.kind.moves_wallet()) {
        let overflow = || Stop::internal(format!("wallet {} of {} overflows", p.wallet, p.account_id));
        let wallet = usage.entry(p.wallet_id()).or_default();
        wallet.add(p.kind, p.amount).ok_or_else(overflow)?;
        if !p.kind.pays_for_calls() {
            continue;
        }
        let key = p.call_id.as_deref().map(name_hash);
        let call = key.and_then(|key| known.get(&key)).unwrap_or(&nobody);
        let paid = PaidCall {
            model: &call.model,
            key: p.api_key_id.as_deref().unwrap_or(&call.key),
            settles: p.kind == PostingKind::Usage && key.is_some_and(|key| settled.insert((p.wallet_id(), key))),
            input_tokens: call.input_tokens,
            output_tokens: call.output_tokens,
        };
        wallet.add_usage(day, p.amount, paid).ok_or_else(overflow)?;
    }
    Ok(usage)
}

/// Money in and out, for invoices on top-up.
fn month_payments(postings: &[Posting], month: &mut Month) {
    let money = |kind| matches!(kind, PostingKind::TopUp | PostingKind::PackagePurchase | PostingKind::Payout);
    let mut payments: Vec<(&Arc<str>, Payment)> = postings
        .iter()
        .filter(|p| money(p.kind))
        .map(|p| {
            let payment = Payment {
                posting_id: p.posting_id.clone(),
                kind: p.kind,
                at: p.posted_at,
                amount: p.amount,
                unit: p.unit.clone(),
                money: p.money,
                currency: p.currency.clone(),
                reference: p.reference.clone(),
            };
            (&p.account_id, payment)
        })
        .collect();
    payments.sort_by(|a, b| (a.1.at, &a.1.posting_id).cmp(&(b.1.at, &b.1.posting_id)));
    for (account, payment) in payments {
        month.accounts.entry(account.to_string()).or_default().payments.push(payment);
    }
}
