//! Faults that need an occasion of their own: each makes exactly one finding.

use std::io;

use super::accounts::{Account, HOUR};
use super::call::{Call, Settle};
use super::fault::{Kind, Truth};
use super::simulation::{What, World};
use super::spec::{Recorded, Serves, plain_work};
use super::write::ONE;

const MINUTE: i64 = HOUR / 60;

impl World<'_> {
    /// Plants a fault that is due, if there is an occasion; tells whether it took the request's place.
    pub(super) fn plant(&mut self, index: usize, at: i64) -> io::Result<bool> {
        let kind = self.incidents.get(index).kind;
        let beside = matches!(kind, Kind::Fee | Kind::Expiry | Kind::TopUpMismatch | Kind::ReferenceTwice);
        let done = match kind {
            Kind::Fee | Kind::Expiry | Kind::TopUpMismatch | Kind::ReferenceTwice => self.plant_movement(kind, at)?,
            Kind::ServedAtZero => self.plant_at_zero(at)?,
            Kind::OverQuota | Kind::KeyExpired | Kind::KeyDisabled | Kind::OtherSupplier => self.plant_key(kind, at)?,
            Kind::PackageNotValid | Kind::PackageOtherModel => self.plant_package(at)?,
            Kind::RefusedWithBalance | Kind::RefusedForeignKey | Kind::RefusedDisabledKey => {
                self.plant_refusal(kind, at)?
            }
            _ => self.plant_payment(kind, at)?,
        };
        if done {
            self.incidents.planted(index, at);
        } else {
            self.incidents.not_yet(index, at);
        }
        Ok(done && !beside)
    }

    /// Any account of this sort; the search begins anywhere.
    fn find(&mut self, fits: impl Fn(&Account) -> bool) -> Option<usize> {
        let n = self.accounts.len();
        let begin = self.rng.index(n);
        (0..n).map(|i| (begin + i) % n).find(|a| fits(&self.accounts[*a]))
    }

    /// A priced chat call of some size; its model is one the key's supplier has.
    fn sound(&mut self, a: usize, key: usize, at: i64) -> Option<Call> {
        let model = self.chat_model(a, key)?;
        let current = self.accounts[a].current;
        let mut call = self.draft(a, key, model, current, at);
        let (input, output) = (self.rng.between(1100, 9900), self.rng.between(310, 2900));
        self.size(&mut call, input, output);
        let paid = call.recorded > 0 && call.recorded * 4 < self.accounts[a].wallet().posted;
        paid.then_some(call)
    }

    fn chat_model(&mut self, a: usize, key: usize) -> Option<usize> {
        (0..12).find_map(|_| {
            let model = self.pick_model(a, key);
            let m = &self.spec.models[model];
            (m.serves == Serves::Chat && !m.rates.free).then_some(model)
        })
    }

    fn size(&mut self, call: &mut Call, input: i64, output: i64) {
        call.work = plain_work(input, output, call.work.group);
        call.stream = self.rng.chance(600);
        call.ended = self.ends(call.started, &call.work.tokens);
        self.price(call);
    }

    fn plant_payment(&mut self, kind: Kind, at: i64) -> io::Result<bool> {
        let Some(a) = self.find(|account| account.healthy(at) && !account.told) else { return Ok(false) };
        let Some(mut call) = self.sound(a, 0, at) else { return Ok(false) };
        let due = call.recorded;
        match kind {
            Kind::DuplicateCall if !self.twin(&mut call) => return Ok(false),
            Kind::DuplicatePosting => call.settle = Settle::Twice,
            Kind::NotPosted => call.settle = Settle::Never,
            Kind::PartlyPosted => {
                let grain = self.grain();
                call.settle = Settle::Part(due * i128::from(self.rng.between(53, 71)) / 100 / grain * grain + grain);
            }
            Kind::RowLost => call.in_log = false,
            Kind::WrongAccount => {
                let other = self.find(|o| o.healthy(at) && !o.told && o.wallet().posted > due * 10);
                let Some(other) = other.filter(|o| *o != a) else { return Ok(false) };
                call.settle = Settle::Elsewhere(other);
            }
            _ => {}
        }
        self.launch(call)?;
        Ok(true)
    }

    /// A second row of the same call: logged when it was half done, charged for what it was by then.
    fn twin(&mut self, call: &mut Call) -> bool {
        let halfway = (call.started + (call.ended - call.started) / 2) / 1000 * 1000;
        let mut early = call.clone();
        early.work.tokens.output /= 2;
        self.price(&mut early);
        call.twin = Some((halfway, early.work.tokens.output, early.recorded));
        if halfway == call.ended || halfway < call.started || early.recorded == call.recorded {
            return false;
        }
        let truth = Truth { difference: Some(early.recorded), ..self.truth_of(call, Kind::DuplicateCall) };
        self.truths.push(truth);
        true
    }

    /// The smallest step of amounts in this log.
    fn grain(&self) -> i128 {
        match self.spec.recorded {
            Recorded::Places(places) => ONE / 10i128.pow(places),
            Recorded::Exact if self.spec.packages => ONE,
            Recorded::Exact => ONE / 1000,
        }
    }

    /// Served though the wallet was empty, by more than the call's own cost.
    fn plant_at_zero(&mut self, at: i64) -> io::Result<bool> {
        let empty = |account: &Account| {
            let wallet = account.wallets.get(account.current);
            account.frugal && wallet.is_some_and(|w| w.posted < 0 && w.in_flight == 0)
        };
        let Some(a) = self.find(empty) else { return Ok(false) };
        let Some(model) = self.chat_model(a, 0) else { return Ok(false) };
        let current = self.accounts[a].current;
        let mut call = self.draft(a, 0, model, current, at);
        let (input, output) = (self.rng.between(21, 140), self.rng.between(5, 40));
        self.size(&mut call, input, output);
        let deficit = -self.accounts[a].wallet().posted;
        if call.recorded == 0 || call.recorded > deficit {
            return Ok(false);
        }
        self.told(&call, Kind::ServedAtZero);
        self.launch(call)?;
        Ok(true)
    }

    fn told(&mut self, call: &Call, kind: Kind) {
        let wallet = self.accounts[call.account].wallets[call.wallet].name.clone();
        self.truths.push(Truth { wallet, ..self.truth_of(call, kind) });
    }

    /// A call with a key that should not have served it.
    fn plant_key(&mut self, kind: Kind, at: i64) -> io::Result<bool> {
        let bad = move |key: &super::accounts::Key| match kind {
            Kind::OverQuota => {
                key.trap && key.last_end + MINUTE < at && key.quota.is_some_and(|q| key.used_before + key.used >= q)
            }
            Kind::KeyExpired => key.expires.is_some_and(|end| end + 10 * MINUTE < at),
            Kind::KeyDisabled => key.disabled.is_some_and(|end| end + 10 * MINUTE < at),
            _ => key.supplier.is_some() && key.plain(),
        };
        let Some(a) = self.find(|account| account.healthy(at) && account.keys.iter().any(bad)) else {
            return Ok(false);
        };
        let Some(key) = self.accounts[a].keys.iter().position(bad) else { return Ok(false) };
        let Some(mut call) = self.sound(a, key, at) else { return Ok(false) };
        if kind == Kind::OtherSupplier {
            let Some(model) = self.chat_model(a, 0) else { return Ok(false) };
            call.model = model;
            call.provider = self.spec.models[model].provider;
            if self.accounts[a].keys[key].supplier == Some(call.provider) {
                return Ok(false);
            }
            self.price(&mut call);
        }
        self.told(&call, kind);
        self.launch(call)?;
        Ok(true)
    }

    /// Paid from a package whose time was over, or which is for another model.
    fn plant_package(&mut self, at: i64) -> io::Result<bool> {
        let over = move |account: &Account| {
            account.wallets.iter().position(|w| {
                w.posted > 2_000_000 * ONE / 50
                    && w.valid_until.is_some_and(|end| end + 10 * MINUTE < at && at < end + 40 * HOUR)
            })
        };
        let a = self.find(|account| account.healthy(at) && over(account).is_some());
        let a = match a {
            Some(a) => a,
            None => {
                let other = |account: &Account| {
                    account.healthy(at)
                        && account
                            .restricted
                            .is_some_and(|(w, _)| account.wallets[w].posted > 0 && account.wallets[w].in_flight == 0)
                };
                let Some(a) = self.find(other) else { return Ok(false) };
                a
            }
        };
        let account = &self.accounts[a];
        let (wallet, only) = match (over(account), account.restricted) {
            (Some(w), _) => (w, None),
            (None, Some((w, only))) => (w, Some(only)),
            (None, None) => return Ok(false),
        };
        let Some(mut call) = self.sound(a, 0, at) else { return Ok(false) };
        if only == Some(call.model) || call.recorded * 2 > self.accounts[a].wallets[wallet].posted {
            return Ok(false);
        }
        call.wallet = wallet;
        let over = self.accounts[a].wallets[wallet].valid_until.is_some_and(|end| end <= at);
        self.told(&call, if over { Kind::PackageNotValid } else { Kind::PackageOtherModel });
        self.launch(call)?;
        Ok(true)
    }

    /// Turned away though there was credit.
    fn plant_refusal(&mut self, kind: Kind, at: i64) -> io::Result<bool> {
        let disabled = move |account: &Account| {
            account.keys.iter().position(|k| k.disabled.is_some_and(|end| end + 10 * MINUTE < at))
        };
        let fits = |account: &Account| {
            account.healthy(at) && (kind != Kind::RefusedDisabledKey || disabled(account).is_some())
        };
        let Some(a) = self.find(fits) else { return Ok(false) };
        let key = if kind == Kind::RefusedDisabledKey { disabled(&self.accounts[a]).unwrap_or(0) } else { 0 };
        let model = self.pick_model(a, key);
        let current = self.accounts[a].current;
        let mut call = self.draft(a, key, model, current, at);
        if kind == Kind::RefusedForeignKey {
            call.key_of = (a + 1) % self.accounts.len();
        }
        self.turn_away(&mut call, self.spec.refusal);
        self.told(&call, kind);
        self.launch(call)?;
        Ok(true)
    }

    /// A movement that should not be, or not so.
    fn plant_movement(&mut self, kind: Kind, at: i64) -> io::Result<bool> {
        let rich = self.spec.typical * 100;
        let Some(a) = self.find(|account| account.healthy(at) && !account.told && account.wallet().posted > rich)
        else {
            return Ok(false);
        };
        let current = self.accounts[a].current;
        let (posting, difference) = match kind {
            Kind::Fee | Kind::Expiry => {
                let amount = -self.spec.typical * i128::from(self.rng.between(700, 2100)) / 100;
                let name = if kind == Kind::Fee { "fee" } else { "expiry" };
                (self.posting(a, current, name, amount, at), None)
            }
            Kind::TopUpMismatch => {
                let mut posting = self.payment(a, at);
                let right = posting.amount;
                posting.amount = right * i128::from(self.rng.between(871, 967)) / 1000 / self.grain() * self.grain();
                let difference = Some(posting.amount - right);
                (posting, difference)
            }
            _ => {
                let first = self.payment(a, at);
                let reference = first.reference.clone();
                self.post(&first)?;
                let second = self.payment(a, at + 41_000_000);
                (super::call::Posting { reference, ..second }, None)
            }
        };
        let account_id = Some(self.accounts[a].id.clone());
        let wallet = self.accounts[a].wallets[posting.wallet].name.clone();
        let posting_id = Some(posting.id.clone());
        self.truths.push(Truth { account_id, wallet, posting_id, difference, ..Truth::of(kind) });
        self.later(posting.at, What::Post(Box::new(posting)));
        Ok(true)
    }

    /// From here on the ledger says of a wallet that it holds more than its movements add up to.
    pub(super) fn break_balances(&mut self, at: i64) {
        let Some(index) = self.incidents.break_due(at) else { return };
        let fits = |account: &Account| {
            account.healthy(at)
                && !account.told
                && account.wallet().offset == 0
                && account.wallet().last_snapshot.is_some()
        };
        let Some(a) = self.find(fits) else { return };
        let grain = self.grain();
        let odd = i128::from(self.rng.between(1007, 9973)) * grain;
        let wallet = &self.accounts[a].wallets[self.accounts[a].current];
        let delta = wallet.posted / 97 / grain * grain + odd.min(wallet.posted / 3 / grain * grain).max(grain);
        let span = wallet.last_snapshot.map(|from| (from, at));
        let (account_id, wallet_name) = (Some(self.accounts[a].id.clone()), wallet.name.clone());
        let current = self.accounts[a].current;
        self.accounts[a].wallets[current].offset = delta;
        let truth = Truth::of(Kind::BalanceBreak);
        let wallet = Some(wallet_name.unwrap_or_else(|| "main".to_owned()));
        self.truths.push(Truth { account_id, wallet, span, difference: Some(delta), ..truth });
        self.incidents.planted(index, at);
    }
}
