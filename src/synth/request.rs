//! How a call begins: who calls what, with which key, whether it is let in, how it will end.

use std::io;

use super::accounts::HOUR;
use super::call::{Call, Settle};
use super::fault::{Kind, Truth};
use super::price::digits;
use super::rates::{Tokens, Work};
use super::simulation::{What, World};
use super::spec::{Serves, Style};

/// Most input tokens of a call that is not meant to pass a context tier.
const LONGEST: i64 = 180_000;

impl World<'_> {
    /// The next request of the month.
    pub(super) fn slot(&mut self, at: i64) -> io::Result<()> {
        if let Some(index) = self.incidents.due(at) {
            let taken = self.plant(index, at)?;
            if taken {
                return Ok(());
            }
        }
        let mut a = self.pick_account(at);
        if self.dry(a, at) && self.rng.chance(700) {
            a = 0;
        }
        let key = self.pick_key(a, at);
        let model = self.pick_model(a, key);
        let Some((at, wallet)) = self.admit(a, model, at)? else { return self.refuse(a, key, model, at) };
        let mut call = self.draft(a, key, model, wallet, at);
        match self.rng.below(1000) {
            0..20 => return self.fail(call),
            20..30 if self.spec.models[model].serves == Serves::Chat => self.abort(&mut call),
            _ => {}
        }
        self.price(&mut call);
        if call.status == 200 && !self.accounts[a].frugal && (self.accounts[a].postpaid || self.accounts[a].healthy(at))
        {
            self.go_wrong(&mut call);
        }
        self.launch(call)
    }

    fn pick_account(&mut self, at: i64) -> usize {
        let throw = self.rng.below(self.ranks.last().copied().unwrap_or(1));
        let a = self.ranks.partition_point(|r| *r <= throw);
        if self.accounts[a].opened > at - HOUR && self.accounts[a].opened > self.accounts[0].opened { 0 } else { a }
    }

    /// A prepaid account that has run out and does not pay at once.
    pub(super) fn dry(&self, a: usize, at: i64) -> bool {
        let account = &self.accounts[a];
        account.frugal && account.opened <= at && account.wallets.get(account.current).is_some_and(|w| w.posted <= 0)
    }

    fn pick_key(&mut self, a: usize, at: i64) -> usize {
        let n = self.accounts[a].keys.len();
        let key = if self.rng.chance(450) { 0 } else { self.rng.index(n) };
        if self.accounts[a].keys[key].usable(at) { key } else { 0 }
    }

    pub(super) fn pick_model(&mut self, a: usize, key: usize) -> usize {
        let supplier = self.accounts[a].keys[key].supplier;
        let models = self.spec.models;
        self.rng.weighted(models.iter().map(|m| if supplier.is_none_or(|s| s == m.provider) { m.weight } else { 0 }))
    }

    /// The wallet that will pay and when the call can start; nothing where it is refused.
    pub(super) fn admit(&mut self, a: usize, model: usize, at: i64) -> io::Result<Option<(i64, usize)>> {
        if let Some((wallet, only)) = self.accounts[a].restricted
            && only == model
            && self.open_until(a, wallet, at)
            && self.accounts[a].wallets[wallet].posted - self.accounts[a].wallets[wallet].in_flight
                > self.spec.typical * 80
        {
            return Ok(Some((at, wallet)));
        }
        if self.accounts[a].postpaid {
            return Ok(Some((at, 0)));
        }
        let mut start = at;
        for _ in 0..30 {
            let account = &self.accounts[a];
            if account.wallet().posted > 0 && self.open_until(a, account.current, at) {
                return Ok(Some((start, account.current)));
            }
            if account.frugal {
                return Ok(None);
            }
            self.top_up(a, at)?;
            start = at + 250_000;
        }
        Ok(None)
    }

    fn open_until(&self, a: usize, wallet: usize, at: i64) -> bool {
        self.accounts[a].wallets[wallet].valid_until.is_none_or(|until| at + 2 * HOUR < until)
    }

    /// A request with what it will consume; not priced yet.
    pub(super) fn draft(&mut self, a: usize, key: usize, model: usize, wallet: usize, started: i64) -> Call {
        self.counter += 1;
        let spec = self.spec;
        let m = &spec.models[model];
        let tokens = self.tokens(model);
        let batch = m.rates.batch && tokens.total_input() <= 200_000 && self.rng.chance(40);
        let stream = m.serves == Serves::Chat && !batch && self.rng.chance(600);
        let work = Work { tokens, batch, group: self.accounts[a].group_value };
        Call {
            id: self.call_id(self.counter),
            attempt: 1,
            account: a,
            key_of: a,
            key,
            model,
            wallet,
            provider: m.provider,
            started,
            ended: self.ends(started, &tokens),
            status: 200,
            stream,
            metered: true,
            work,
            expected: 0,
            recorded: 0,
            settle: Settle::Once,
            in_log: true,
            twin: None,
            hold: 0,
            balance_after: None,
        }
    }

    /// Where `last_used_at` is kept, a call begins and ends within one minute.
    pub(super) fn ends(&mut self, started: i64, tokens: &Tokens) -> i64 {
        let millis = self.rng.between(150, 1500) + tokens.output.min(4000) * 9 + tokens.images * 4000;
        let ended = started + millis * 1000;
        if !self.spec.last_used {
            return ended;
        }
        let minute = started / 60_000_000 * 60_000_000;
        ended.min((minute + 59_999_000).max(started))
    }

    fn tokens(&mut self, model: usize) -> Tokens {
        let m = &self.spec.models[model];
        let rng = &mut self.rng;
        if m.serves == Serves::Image {
            return Tokens { images: rng.between(1, 3), hd: rng.chance(350), ..Tokens::default() };
        }
        let mut t = Tokens { input: rng.tail(m.median_input).clamp(5, LONGEST), ..Tokens::default() };
        if m.serves == Serves::Embedding {
            return t;
        }
        t.output = rng.tail(m.median_output).clamp(1, 16_000);
        if let Some(tier) = m.rates.tier {
            match rng.below(1000) {
                0..6 => t.input = tier.above + rng.tail(9000),
                6..8 => t.input = tier.above,
                8..10 => t.input = tier.above + 1,
                _ => {}
            }
        }
        if (m.caches() || self.spec.packages) && rng.chance(350) {
            t.cache_read = t.input * rng.between(10, 90) / 100;
            t.input -= t.cache_read;
            if m.rates.cache_write.is_some() && rng.chance(400) {
                t.cache_write = t.input / 3;
                t.cache_write_1h = if rng.chance(250) { t.input / 5 } else { 0 };
                t.input -= t.cache_write + t.cache_write_1h;
            }
        }
        if m.style != Style::Anthropic && rng.chance(220) {
            t.reasoning = t.output * rng.between(10, 60) / 100;
        }
        t
    }

    /// A client that goes away halfway: usage so far is charged.
    fn abort(&mut self, call: &mut Call) {
        call.status = 499;
        call.stream = true;
        call.work.batch = false;
        call.work.tokens.output = call.work.tokens.output * self.rng.between(5, 70) / 100;
        call.work.tokens.reasoning = call.work.tokens.reasoning.min(call.work.tokens.output);
    }

    pub(super) fn price(&self, call: &mut Call) {
        let version = self.prices.version_at(call.started);
        call.expected = self.prices.charge(self.spec, version, call.model, &call.work, None);
        call.recorded = call.expected;
    }

    /// An error that costs nothing; some are tried again under the same id.
    fn fail(&mut self, mut call: Call) -> io::Result<()> {
        call.status = [500, 503, 429, 400][self.rng.weighted([5u32, 3, 4, 3].into_iter())];
        call.metered = false;
        call.ended = call.started + self.rng.between(20, 900) * 1000;
        if self.spec.last_used {
            call.ended = call.started;
        }
        if call.status != 400 && self.rng.chance(600) && !self.accounts[call.account].frugal {
            let mut again = call.clone();
            again.attempt = 2;
            again.started = call.ended + self.rng.between(200, 3000) * 1000;
            self.later(again.started, What::Retry(Box::new(again)));
        }
        self.launch(call)
    }

    /// The second attempt of a call whose first failed.
    pub(super) fn retry(&mut self, mut call: Call) -> io::Result<()> {
        if call.started + 1_000_000 >= self.month_end()
            || !self.accounts[call.account].keys[call.key].usable(call.started)
        {
            return Ok(());
        }
        let Some((at, wallet)) = self.admit(call.account, call.model, call.started)? else { return Ok(()) };
        (call.started, call.wallet, call.status, call.metered) = (at, wallet, 200, true);
        call.ended = self.ends(at, &call.work.tokens);
        self.price(&mut call);
        self.launch(call)
    }

    /// No credit: the request is refused, and after a few the customer pays.
    fn refuse(&mut self, a: usize, key: usize, model: usize, at: i64) -> io::Result<()> {
        self.accounts[a].refusals += 1;
        if self.accounts[a].refusals >= 3 && !self.accounts[a].topping {
            self.accounts[a].topping = true;
            self.accounts[a].refusals = 0;
            let hours = self.rng.between(2, 9);
            self.later(at + hours * HOUR, What::TopUp(a));
        }
        let current = self.accounts[a].current;
        let mut call = self.draft(a, key, model, current, at);
        self.turn_away(&mut call, self.spec.refusal);
        self.launch(call)
    }

    pub(super) fn turn_away(&mut self, call: &mut Call, status: u16) {
        call.status = status;
        call.metered = false;
        call.stream = false;
        call.work.batch = false;
        call.ended = if self.spec.last_used { call.started } else { call.started + self.rng.between(5, 40) * 1000 };
    }

    /// Lets a priced or failed call run: counts it on its key and lets it end in its time.
    pub(super) fn launch(&mut self, mut call: Call) -> io::Result<()> {
        let at = call.started;
        let account = &mut self.accounts[call.account];
        if call.metered && call.in_log {
            account.keys[call.key].used += call.work.tokens.total();
        }
        let key = &mut account.keys[call.key];
        key.last_end = key.last_end.max(call.ended);
        account.wallets[call.wallet].in_flight += call.recorded;
        let plain = call.settle == Settle::Once && call.recorded > 0 && !account.postpaid;
        if self.spec.holds && plain && call.twin.is_none() && self.rng.chance(50) {
            let grain = super::write::ONE / 100;
            call.hold = (call.recorded * 13 / 10 / grain + 1) * grain;
            // After the start, so that a call is not served at a balance its own hold made.
            let mut hold = self.posting(call.account, call.wallet, "hold", -call.hold, at + 2000);
            hold.call = Some((call.id.clone(), call.attempt));
            self.later(hold.at, What::Post(Box::new(hold)));
        }
        self.low(call.account, at);
        self.later(call.ended, What::End(Box::new(call)));
        Ok(())
    }

    /// Pays before the balance runs dry, if that is the customer's way.
    fn low(&mut self, a: usize, at: i64) {
        let account = &self.accounts[a];
        let left = account.wallet().posted - account.wallet().in_flight;
        let share = if self.spec.packages { 12 } else { 4 };
        if account.frugal
            || account.postpaid
            || account.topping
            || left * share > account.top_money * self.spec.per_money
        {
            return;
        }
        self.accounts[a].topping = true;
        let seconds = self.rng.between(5, 90);
        self.later(at + seconds * 1_000_000, What::TopUp(a));
    }

    /// Charges a call wrongly where it falls into a run of wrong charges.
    fn go_wrong(&mut self, call: &mut Call) {
        let Some(index) = self.incidents.run(call.model, call.started) else { return };
        let (kind, other) = (self.incidents.get(index).kind, self.incidents.get(index).other);
        let group = self.accounts[call.account].group_value;
        if kind == Kind::GroupRatioWrong && group == 1000 {
            return;
        }
        let right = call.clone();
        for _ in 0..12 {
            self.shape(call, kind);
            self.price(call);
            if self.mistake(call, kind, other) {
                let mut truth = self.truth_of(call, kind);
                truth.difference = Some(call.recorded - call.expected);
                self.truths.push(truth);
                self.incidents.planted(index, call.started);
                return;
            }
        }
        *call = right;
    }

    /// Work on which this mistake shows, with a charge of many digits.
    fn shape(&mut self, call: &mut Call, kind: Kind) {
        let rng = &mut self.rng;
        let small = kind == Kind::UnitSlip && self.spec.slips_up;
        let (input, output) = if small {
            (rng.between(310, 900), rng.between(60, 190))
        } else {
            (rng.between(3100, 9900), rng.between(710, 2900))
        };
        let mut tokens = Tokens { input, output, ..Tokens::default() };
        match kind {
            Kind::CachedAtFullRate | Kind::CachedDoubleCounted | Kind::CachedNotCharged => {
                tokens.cache_read = rng.between(2100, 17_000);
            }
            Kind::ContextTierNotApplied => tokens.input = rng.between(201_000, 240_000),
            _ => {}
        }
        call.work.batch = kind == Kind::BatchDiscountMissing;
        call.stream = !call.work.batch && rng.chance(600);
        if kind == Kind::FailedCallCharged {
            call.status = 500;
        }
        call.work.tokens = tokens;
        call.ended = self.ends(call.started, &tokens);
    }

    /// Records the wrong charge if only this mistake explains it and the wallet can bear it.
    fn mistake(&mut self, call: &mut Call, kind: Kind, other: usize) -> bool {
        let version = self.prices.version_at(call.started);
        if kind == Kind::FailedCallCharged {
            call.recorded = call.expected;
            call.expected = 0;
        } else {
            let all = self.prices.wrongs(self.spec, version, call.model, &call.work);
            let meant = |k: Kind, with: usize| match kind {
                Kind::ModelMismatch => k == kind && with == other,
                _ => k == kind,
            };
            let Some(wrong) = all.iter().find(|w| meant(w.0, w.1)).map(|w| w.2) else { return false };
            let alone = all.iter().all(|w| w.2 != wrong || meant(w.0, w.1));
            if !alone || wrong == call.expected {
                return false;
            }
            call.recorded = wrong;
        }
        let account = &self.accounts[call.account];
        let bearable = account.postpaid || call.recorded * 2 < account.wallets[call.wallet].posted;
        let least = if self.spec.last_used || self.spec.immediate { 3 } else { 4 };
        bearable && digits(call.recorded) >= least
    }

    pub(super) fn truth_of(&self, call: &Call, kind: Kind) -> Truth {
        let account = &self.accounts[call.account];
        Truth {
            account_id: Some(account.id.clone()),
            api_key_id: Some(self.accounts[call.key_of].keys[call.key].id.clone()),
            call: Some((call.id.clone(), call.attempt)),
            ..Truth::of(kind)
        }
    }
}
