//! How a call ends and what the ledger makes of it; top-ups, packages and what is left of them.

use std::io;

use super::accounts::{DAY, HOUR, Wallet};
use super::call::{Call, Posting, Settle};
use super::fault::{Kind, Truth};
use super::simulation::{What, World};

impl World<'_> {
    pub(super) fn end(&mut self, mut call: Call) -> io::Result<()> {
        if call.in_log {
            let key = &mut self.accounts[call.key_of].keys[call.key];
            if key.last_used.is_none_or(|(at, _)| at <= call.started) {
                key.last_used = Some((call.started, call.status == 200));
            }
        }
        self.settle(&call)?;
        let account = &self.accounts[call.account];
        if account.told && call.metered {
            call.balance_after = Some(account.wallets[call.wallet].posted);
        }
        if !call.in_log {
            return Ok(());
        }
        let key = &self.accounts[call.key_of].keys[call.key].id;
        let day = self.day_of(call.started);
        let ordinary = call.settle == Settle::Once && call.twin.is_none();
        let (line, twin) = (call.line(self.spec, &account.id, key), call.twin_line(self.spec, &account.id, key));
        if let Some(twin) = twin {
            self.files.call(twin, day, false)?;
        }
        self.files.call(line, day, ordinary)
    }

    fn settle(&mut self, call: &Call) -> io::Result<()> {
        let (a, w, due) = (call.account, call.wallet, call.recorded);
        if due == 0 || call.settle == Settle::Never {
            self.accounts[a].wallets[w].in_flight -= due;
            if due != 0 {
                let difference = Some(-due);
                self.truths.push(Truth { difference, ..self.truth_of(call, Kind::NotPosted) });
            }
            return Ok(());
        }
        let seconds = match (self.spec.immediate, self.rng.chance(10)) {
            (true, _) => 0,
            (false, true) => self.rng.between(60_000, 600_000),
            (false, false) => self.rng.between(200, 8000),
        };
        let at = call.ended + seconds * 1000;
        let mut posting = self.posting(a, w, "usage", -due, at);
        posting.call = Some((call.id.clone(), call.attempt));
        posting.key = Some(self.accounts[call.key_of].keys[call.key].id.clone());
        posting.lands = due;
        self.variant(call, &mut posting)?;
        if call.hold > 0 {
            let mut release = self.posting(a, w, "release", call.hold, at);
            release.call = posting.call.clone();
            self.pay(release)?;
        }
        self.pay(posting)
    }

    /// Bends a debit as the call's fault wants it, and tells.
    fn variant(&mut self, call: &Call, posting: &mut Posting) -> io::Result<()> {
        let mut truth = match call.settle {
            Settle::Once if call.in_log => return Ok(()),
            Settle::Once | Settle::Never => {
                Truth { difference: Some(call.recorded), ..self.truth_of(call, Kind::RowLost) }
            }
            Settle::Twice => {
                let mut again = posting.clone();
                again.id = self.posting_id();
                again.lands = 0;
                again.at += if self.spec.immediate { 0 } else { self.rng.between(900, 30_000) * 1000 };
                let mut truth = self.truth_of(call, Kind::DuplicatePosting);
                (truth.posting_id, truth.difference) = (Some(again.id.clone()), Some(call.recorded));
                self.truths.push(truth);
                return self.pay(again);
            }
            Settle::Part(part) => {
                posting.amount = -part;
                Truth { difference: Some(part - call.recorded), ..self.truth_of(call, Kind::PartlyPosted) }
            }
            Settle::Elsewhere(other) => {
                self.accounts[call.account].wallets[call.wallet].in_flight -= call.recorded;
                (posting.account, posting.wallet, posting.lands) = (other, self.accounts[other].current, 0);
                Truth { difference: Some(0), ..self.truth_of(call, Kind::WrongAccount) }
            }
        };
        truth.posting_id = Some(posting.id.clone());
        self.truths.push(truth);
        Ok(())
    }

    /// Posts at once where the ledger does, else when its time has come.
    fn pay(&mut self, posting: Posting) -> io::Result<()> {
        if self.spec.immediate {
            return self.post(&posting);
        }
        self.later(posting.at, What::Post(Box::new(posting)));
        Ok(())
    }

    /// Writes a movement down; from here on it counts.
    pub(super) fn post(&mut self, posting: &Posting) -> io::Result<()> {
        let account = &mut self.accounts[posting.account];
        let wallet = &mut account.wallets[posting.wallet];
        wallet.posted += posting.amount;
        wallet.in_flight -= posting.lands;
        let line = posting.line(self.spec, &account.id, wallet.name.as_deref());
        self.files.posting(&line)
    }

    pub(super) fn posting_id(&mut self) -> String {
        self.counter += 1;
        format!("{}-p-{:011}", self.spec.prefix, self.counter)
    }

    /// A bare movement.
    pub(super) fn posting(
        &mut self,
        account: usize,
        wallet: usize,
        kind: &'static str,
        amount: i128,
        at: i64,
    ) -> Posting {
        let id = self.posting_id();
        Posting {
            id,
            account,
            wallet,
            kind,
            amount,
            at,
            call: None,
            key: None,
            reference: None,
            money: None,
            valid: None,
            model: None,
            lands: 0,
        }
    }

    /// The customer pays: money into the main wallet, or a new package to go on with.
    pub(super) fn top_up(&mut self, a: usize, at: i64) -> io::Result<()> {
        let account = &mut self.accounts[a];
        account.topping = false;
        if at - account.last_top < DAY / 2 {
            account.top_money *= 2;
        }
        account.last_top = at;
        let posting = self.payment(a, at);
        if self.spec.packages {
            self.accounts[a].current = posting.wallet;
            self.plan_leftover(a, posting.wallet);
        }
        self.post(&posting)?;
        if self.spec.packages && self.accounts[a].restricted.is_none() && a % 5 == 1 && !self.accounts[a].frugal {
            let mut special = self.payment(a, at + 1000);
            special.model = Some(self.spec.models[1].name);
            self.accounts[a].restricted = Some((special.wallet, 1));
            self.post(&special)?;
        }
        Ok(())
    }

    /// A payment as it should be; for a package its wallet is opened with it.
    pub(super) fn payment(&mut self, a: usize, at: i64) -> Posting {
        let spec = self.spec;
        let money = self.accounts[a].top_money;
        let (money, currency, rate) = match spec.other_money {
            Some((currency, rate)) if a % 3 == 2 => ((money / 5).max(10), currency, rate),
            _ => (money, spec.currency, spec.per_money),
        };
        let kind = if spec.packages { "package_purchase" } else { "top_up" };
        let mut posting = self.posting(a, 0, kind, money * rate, at);
        posting.reference = Some(format!("pay-{}-{:09}", spec.prefix, self.counter));
        posting.money = Some((money * super::write::ONE, currency));
        if spec.packages {
            let account = &mut self.accounts[a];
            let days = if account.frugal { 90 } else { [7, 14, 30][a % 3] };
            let until = at / 1_000_000 * 1_000_000 + days * DAY;
            let name = format!("pkg-{:04}-{:02}", a + 1, account.wallets.len() + 1);
            posting.valid = Some((at, until));
            posting.wallet = account.wallets.len();
            account.wallets.push(Wallet { name: Some(name), valid_until: Some(until), ..Wallet::default() });
        }
        posting
    }

    fn plan_leftover(&mut self, a: usize, wallet: usize) {
        let account = &self.accounts[a];
        let Some(until) = account.wallets[wallet].valid_until else { return };
        if !account.frugal {
            let rolls = a.is_multiple_of(2);
            let at = if rolls { until - HOUR / 2 } else { until + 47 * HOUR };
            self.later(at, What::Leftover(a, wallet, rolls));
        }
    }

    /// What is left of a package that nobody draws on any more rolls over, or expires.
    pub(super) fn leftover(&mut self, a: usize, w: usize, rolls: bool, at: i64) -> io::Result<()> {
        let account = &self.accounts[a];
        let (wallet, current) = (&account.wallets[w], account.current);
        let rest = wallet.posted - wallet.in_flight;
        if rest <= 0 || (rolls && current == w) {
            return Ok(());
        }
        if !rolls {
            let gone = self.posting(a, w, "expiry", -rest, at);
            return self.post(&gone);
        }
        let mut out = self.posting(a, w, "transfer", -rest, at);
        out.reference = Some(format!("roll-{}-{:09}", self.spec.prefix, self.counter));
        let mut into = self.posting(a, current, "transfer", rest, at);
        into.reference = out.reference.clone();
        self.post(&out)?;
        self.post(&into)
    }
}
