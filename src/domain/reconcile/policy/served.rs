//! What was in an account's wallets when a call came: served at nothing, refused with something.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::day_view::DayView;
use super::keys::refusal_causes;
use super::packages::Packages;
use super::quota::Quotas;
use crate::domain::ledger::{
    Account, Follow, Mode, OpeningBalance, Posting, Terms, Timeline, WalletId, WalletState, may_pay,
};
use crate::domain::money::Amount;
use crate::domain::period::Instant;
use crate::domain::reconcile::Certainty;
use crate::domain::reconcile::findings::finding::{Class, Finding, Leg};

/// What a call makes us ask of its account's wallets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asks {
    Nothing,
    /// Served, and it cost or consumed something.
    Served,
    /// 402 or 403.
    Refused,
}

fn asks(input: &DayView, row: usize) -> Asks {
    if !input.is_call[row] {
        return Asks::Nothing;
    }
    if input.refused(row) {
        return Asks::Refused;
    }
    let takes = input.cost[row].map_or_else(|| input.consumed(row), Amount::is_positive);
    if takes && input.ok(row) { Asks::Served } else { Asks::Nothing }
}

pub(super) fn findings(
    input: &DayView,
    timeline: &Timeline,
    packages: &Packages,
    quotas: &Quotas,
    outside: &HashSet<u32>,
) -> Vec<Finding> {
    let (entries, ids) = DayView::distinct(input.account);
    let asked: Vec<Asks> = (0..input.calls.len()).map(|row| asks(input, row)).collect();
    let group = |row: usize| input.account.index(row).filter(|_| asked[row] != Asks::Nothing).map(|e| entries[e]);
    let mut findings = Vec::new();
    for (account, rows) in ids.iter().zip(input.rows_by(ids.len(), group)).filter(|(_, rows)| !rows.is_empty()) {
        let mut wallets = Wallets::new(input, timeline, packages, account);
        for row in rows {
            findings.extend(match asked[row as usize] {
                Asks::Served if !outside.contains(&row) => wallets.served(row as usize),
                Asks::Refused => wallets.refused(quotas, row as usize),
                _ => None,
            });
        }
    }
    findings
}

/// One wallet of an account through the day.
struct Pot<'a, 't> {
    id: WalletId,
    /// Position in the timeline; absent where the day does not touch it.
    place: Option<usize>,
    terms: &'t [Terms],
    follow: Option<Follow<'a, 't>>,
    /// Of a wallet the day does not touch.
    still: Option<OpeningBalance>,
    /// Position in the account's units.
    unit: usize,
    /// As last looked at, where the pot may pay.
    now: Option<OpeningBalance>,
}

/// An account's wallets, followed from call to call.
struct Wallets<'a, 't> {
    input: &'t DayView<'a>,
    timeline: &'t Timeline<'a>,
    account: &'t str,
    rows: &'t [Account],
    pots: Vec<Pot<'a, 't>>,
    units: Vec<Arc<str>>,
    /// A unit each, the fullest of the pots that may pay: what one pot is overdrawn does not empty
    /// another. `None` without such a pot, `Some(None)` not known.
    fullest: Vec<Option<OpeningBalance>>,
    own: OnceCell<HashMap<&'t str, Vec<(usize, &'t Posting)>>>,
}

impl<'a, 't> Wallets<'a, 't> {
    fn new(
        input: &'t DayView<'a>,
        timeline: &'t Timeline<'a>,
        packages: &'t Packages,
        account: &'t str,
    ) -> Wallets<'a, 't> {
        let mut pots = Vec::new();
        for place in timeline.wallets_of(account) {
            let id = timeline.wallets()[place].clone();
            let morning = input.opening.wallets.get(&id).map(WalletState::balance);
            let follow = Some(timeline.follow(place, morning));
            pots.push(Pot {
                terms: packages.terms(&id),
                id,
                place: Some(place),
                follow,
                still: None,
                unit: 0,
                now: None,
            });
        }
        for (id, state) in input.opening.wallets_of(account).filter(|(id, _)| timeline.find(id).is_none()) {
            let still = Some(state.balance());
            pots.push(Pot {
                terms: packages.terms(id),
                id: id.clone(),
                place: None,
                follow: None,
                still,
                unit: 0,
                now: None,
            });
        }
        let mut units: Vec<Arc<str>> = pots.iter().map(|p| p.id.unit.clone()).collect();
        units.sort();
        units.dedup();
        for pot in &mut pots {
            pot.unit = units.binary_search(&pot.id.unit).unwrap_or(0);
        }
        let rows = input.parties.account_rows(account);
        Wallets { input, timeline, account, rows, pots, fullest: vec![None; units.len()], units, own: OnceCell::new() }
    }

    /// Looks at every wallet at an instant. Wallets nobody has seen by then do not count.
    fn look(&mut self, at: Instant, row: usize) {
        self.fullest.fill(None);
        let mut names = None;
        for pot in &mut self.pots {
            let now = match &mut pot.follow {
                Some(follow) => follow.at(at),
                None => pot.still,
            };
            pot.now = None;
            let Some(balance) = now else { continue };
            if !pot.terms.is_empty()
                && !may_pay(pot.terms, at, names.get_or_insert_with(|| self.input.model_names(row)))
            {
                continue;
            }
            pot.now = Some(balance);
            let sum = &mut self.fullest[pot.unit];
            *sum = Some(match *sum {
                None => balance,
                Some(best) => best.zip(balance).map(|(best, balance)| best.max(balance)),
            });
        }
    }

    /// Debits this very call already has by its start; the balance before it does not know them.
    fn own_debits(&self, row: usize, at: Instant) -> Vec<(&'t str, Amount)> {
        let of_call = self.own_movements(row);
        of_call.filter(|(_, p)| p.posted_at <= at).map(|(_, p)| (&*p.unit, p.amount)).collect()
    }

    /// What is missing before a call, where every wallet is empty: which wallet paid is the ledger's word; where
    /// it has none, all the account lacks.
    fn lacks(&self, row: usize, at: Instant, unit: &str) -> Option<Amount> {
        let payer = self.own_movements(row).find(|(_, p)| &*p.unit == unit && p.amount.is_negative());
        let before = |place: usize| {
            let balance = self.pots.iter().find(|pot| pot.place == Some(place))?.now??;
            let mut own = self.own_movements(row).filter(|(at_place, p)| *at_place == place && p.posted_at <= at);
            own.try_fold(balance, |sum, (_, p)| sum.checked_sub(p.amount))
        };
        if let Some(balance) = payer.and_then(|(place, _)| before(place)) {
            return Some(-balance);
        }
        let balances = self.pots.iter().filter(|pot| *pot.id.unit == *unit).filter_map(|pot| pot.now.flatten());
        balances.filter(|b| b.is_negative()).try_fold(Amount::ZERO, |sum, b| sum.checked_sub(b))
    }

    /// The movements that name a call, each with its wallet's place.
    fn own_movements(&self, row: usize) -> impl Iterator<Item = (usize, &'t Posting)> + '_ {
        let (timeline, pots) = (self.timeline, &self.pots);
        let own = self.own.get_or_init(|| {
            let mut own: HashMap<&str, Vec<(usize, &Posting)>> = HashMap::new();
            for place in pots.iter().filter_map(|p| p.place) {
                for p in timeline.moves_of(place).iter().map(|m| timeline.posting(m.row)) {
                    if let Some(id) = p.call_id.as_deref() {
                        own.entry(id).or_default().push((place, p));
                    }
                }
            }
            own
        });
        let attempt = self.input.calls.attempt().value(row);
        let of_call = own.get(self.input.calls.call_id().value(row)).map_or(&[][..], Vec::as_slice);
        of_call.iter().filter(move |(_, p)| p.attempt.is_none_or(|a| a == attempt)).copied()
    }

    fn prepaid(&self, at: Instant) -> bool {
        match Account::in_force(self.rows, at) {
            Some(account) => account.mode == Mode::Prepaid,
            // Accounts nobody described pay in advance, where they have a wallet at all.
            None => !self.pots.is_empty(),
        }
    }

    fn served(&mut self, row: usize) -> Option<Finding> {
        let at = self.input.started(row);
        if !self.prepaid(at) {
            return None;
        }
        self.look(at, row);
        let known = || self.fullest.iter().flatten();
        if known().any(|s| s.is_none_or(Amount::is_positive)) {
            return None;
        }
        let mut held: BTreeMap<&str, Amount> =
            self.units.iter().zip(&self.fullest).filter_map(|(unit, s)| Some((&**unit, (*s)??))).collect();
        if held.is_empty() {
            self.empty_and_complete(at)?;
            held.insert(&self.input.unit[row], Amount::ZERO);
        }
        for (unit, amount) in self.own_debits(row, at) {
            if let Some(sum) = held.get_mut(unit) {
                *sum = sum.checked_sub(amount)?;
            }
        }
        if held.values().any(|s| s.is_positive()) {
            return None;
        }
        Some(self.at_zero(row, at, &held))
    }

    /// No wallet may pay: that is a balance of 0 where every wallet is known, or would be.
    fn empty_and_complete(&self, at: Instant) -> Option<()> {
        let complete = self.input.rules.has_postings && self.input.rules.complete_from.is_some_and(|from| from <= at);
        let described = Account::in_force(self.rows, at).is_some();
        let packages_only = !self.pots.is_empty() && self.pots.iter().all(|p| !p.terms.is_empty());
        ((complete && described) || packages_only).then_some(())
    }

    fn at_zero(&self, row: usize, at: Instant, held: &BTreeMap<&str, Amount>) -> Finding {
        let unit = &*self.input.unit[row];
        let (held_in, balance) =
            held.get_key_value(unit).or_else(|| held.first_key_value()).map_or((unit, Amount::ZERO), |(u, b)| (*u, *b));
        let ratio = self.input.rules.units.ratio(unit, held_in, at);
        let cost = self.input.cost[row].and_then(|c| ratio?.apply(c));
        let deficit = self.lacks(row, at, held_in).unwrap_or(-balance);
        let overrun = deficit.is_positive() && cost.is_some_and(|cost| deficit < cost);
        let (class, cause) =
            if overrun { (Class::Overrun, "in_flight_overrun") } else { (Class::ServedAtZero, "negative_balance") };
        let mut finding = self.input.call_finding(Leg::Policy, class, "balance_at_call", row);
        finding.unit = Some(held_in.to_owned());
        finding = finding.because(cause, self.account, Certainty::Exact).with("balance_before", balance);
        match self.input.cost[row] {
            Some(cost) => finding.with("cost", format_args!("{cost} {unit}")),
            None => finding,
        }
    }

    fn refused(&mut self, quotas: &Quotas, row: usize) -> Option<Finding> {
        let at = self.input.started(row);
        self.look(at, row);
        let something = |(unit, sum): (&Arc<str>, &Option<OpeningBalance>)| {
            Some((unit.to_string(), (*sum)?.filter(|s| s.is_positive())?))
        };
        let (unit, balance) = self.units.iter().zip(&self.fullest).find_map(something)?;
        let rule = "refused_with_balance";
        let mut finding = self.input.call_finding(Leg::Policy, Class::RefusedWithBalance, rule, row);
        finding.unit = Some(unit);
        let key = finding.api_key_id.clone().unwrap_or_default();
        let causes = refusal_causes(self.input, quotas, row);
        finding = match causes.as_slice() {
            [] => finding.because("refused_with_balance", self.account, Certainty::Unexplained),
            [(cause, certainty)] => finding.because(cause, &key, *certainty),
            several => {
                finding.candidates = several.iter().map(|(cause, _)| (*cause).to_owned()).collect();
                finding.because(several[0].0, &key, Certainty::Ambiguous)
            }
        };
        let status = self.input.status(row).unwrap_or_default();
        Some(finding.with("balance_before", balance).with("status", status))
    }
}
