//! Accounts, their keys and wallets: who they are and how they behave through the month.

use super::random::{Rng, scramble};
use super::spec::Spec;
use super::write::{csv_row, shown, shown_instant};

pub(super) const HOUR: i64 = 3_600_000_000;
pub(super) const DAY: i64 = 24 * HOUR;

/// One pot of one unit.
#[derive(Clone, Debug, Default)]
pub(super) struct Wallet {
    /// Absent: the account's main wallet.
    pub(super) name: Option<String>,
    /// What the ledger file adds up to.
    pub(super) posted: i128,
    /// Debits of calls begun and not yet posted.
    pub(super) in_flight: i128,
    /// How far the ledger's snapshots are off, once one is.
    pub(super) offset: i128,
    pub(super) last_snapshot: Option<i64>,
    pub(super) valid_until: Option<i64>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Key {
    pub(super) id: String,
    pub(super) supplier: Option<&'static str>,
    pub(super) quota: Option<i64>,
    pub(super) used_before: i64,
    pub(super) used: i64,
    /// Used until its quota is gone, where other keys stay far below theirs.
    pub(super) trap: bool,
    pub(super) expires: Option<i64>,
    pub(super) disabled: Option<i64>,
    pub(super) last_end: i64,
    /// Start of the latest call in the log, and whether that call was served.
    pub(super) last_used: Option<(i64, bool)>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Account {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) group: Option<&'static str>,
    pub(super) group_value: i64,
    pub(super) postpaid: bool,
    /// Lets its balance run to zero and is refused until it pays again.
    pub(super) frugal: bool,
    /// Gets its balance told on each call, and no fault of the ledger's.
    pub(super) told: bool,
    pub(super) opened: i64,
    pub(super) keys: Vec<Key>,
    pub(super) wallets: Vec<Wallet>,
    pub(super) current: usize,
    /// A wallet that is for one model only.
    pub(super) restricted: Option<(usize, usize)>,
    pub(super) top_money: i128,
    pub(super) last_top: i64,
    pub(super) topping: bool,
    pub(super) refusals: u32,
}

impl Account {
    pub(super) fn wallet(&self) -> &Wallet {
        &self.wallets[self.current]
    }

    /// A prepaid account in good standing, whose books no fault or limit confuses.
    pub(super) fn healthy(&self, at: i64) -> bool {
        !self.frugal
            && !self.postpaid
            && self.opened + HOUR <= at
            && self.wallets.get(self.current).is_some_and(|w| {
                w.posted > 0 && w.posted > w.in_flight && w.valid_until.is_none_or(|until| at + 3 * HOUR < until)
            })
    }
}

impl Key {
    /// Whether an orderly client may use it now.
    pub(super) fn usable(&self, at: i64) -> bool {
        let far = |end: Option<i64>| end.is_none_or(|end| at + HOUR < end);
        let room = if self.trap { 0 } else { 2_000_000 };
        far(self.expires) && far(self.disabled) && self.quota.is_none_or(|q| self.used_before + self.used + room < q)
    }

    pub(super) fn plain(&self) -> bool {
        self.quota.is_none() && self.expires.is_none() && self.disabled.is_none()
    }
}

/// The span and size of the month accounts are made for.
pub(super) struct Frame<'a> {
    pub(super) spec: &'a Spec,
    pub(super) calls: u64,
    pub(super) start: i64,
}

const NAMES: [&str; 24] = [
    "王小明 有限公司",
    "شركة النخيل للتقنية",
    "Łódź Software GmbH",
    "=1+1",
    "Rocket 🚀 Labs",
    "Müller, Söhne & Co. KG",
    "O'Brien \"Fast\" Ltd",
    "株式会社さくら",
    "Ελληνικά Δεδομένα ΑΕ",
    "ООО Ромашка",
    "Café Ångström AB",
    "김민준 스튜디오",
    "Acme Analytics",
    "Blue Harbor Systems",
    "חברת אור בע\"מ",
    "Nguyễn Văn An",
    "São João Tecnologia",
    "Zażółć Gęślą S.A.",
    "@home",
    "-minus one",
    "Northwind Traders",
    "Đorđević d.o.o.",
    "Ünal Yazılım",
    "The Quite Remarkably Long Name of a Small Research Cooperative with Limited Liability",
];

pub(super) fn account_id(spec: &Spec, i: u32) -> String {
    format!("{}-acct-{:04}", spec.prefix, i + 1)
}

/// How much an account calls, falling off as its rank.
pub(super) fn weight(i: u32) -> u64 {
    1_000_000 / (u64::from(i) + 2)
}

pub(super) fn make(frame: &Frame, i: u32, total_weight: u64, rng: &mut Rng) -> Account {
    let spec = frame.spec;
    let frugal = i % 13 == 7;
    let postpaid = spec.postpaid && i % 9 == 4 && !frugal;
    let new = spec.grant > 0 && i % 5 == 3 && !frugal && !postpaid;
    let group = match (i % 4, i % 7) {
        (1, _) => spec.groups.first(),
        (_, 3) => spec.groups.get(1),
        _ => None,
    };
    let name = NAMES[i as usize % NAMES.len()];
    let round = i as usize / NAMES.len();
    let month = spec.typical * i128::from(frame.calls) * i128::from(weight(i)) / i128::from(total_weight.max(1));
    let usual = nice((month / 6).max(spec.typical * 25) / spec.per_money).max(spec.least_money);
    // One who lets it run dry pays little at a time, so that it happens.
    let top_money = if frugal { nice(month / 8 / spec.per_money) } else { usual };
    let mut account = Account {
        id: account_id(spec, i),
        name: if round == 0 { name.to_owned() } else { format!("{name} {}", round + 1) },
        group: group.map(|g| g.0),
        group_value: group.map_or(1000, |g| g.1),
        postpaid,
        frugal,
        told: spec.immediate && i.is_multiple_of(2),
        opened: if new { frame.start + (1 + i64::from(i) * 7 % 20) * DAY + 8 * HOUR } else { frame.start },
        top_money,
        last_top: frame.start - DAY,
        ..Account::default()
    };
    if !spec.packages {
        let mut wallet = Wallet::default();
        if !new && !postpaid {
            let percent = i128::from(rng.between(50, 150));
            wallet.posted = match frugal {
                true => (month / 14).max(spec.typical * 10) * percent / 100 / spec.opening_step() * spec.opening_step(),
                false => top_money * spec.per_money / 100 * percent,
            };
        }
        account.wallets.push(wallet);
    }
    account.keys = keys(frame, i, &account, rng);
    account
}

fn keys(frame: &Frame, i: u32, account: &Account, rng: &mut Rng) -> Vec<Key> {
    let spec = frame.spec;
    let mut keys: Vec<Key> = (0..2 + i % 3)
        .map(|k| Key { id: key_id(spec, i, k), used_before: rng.between(0, 90_000), ..Key::default() })
        .collect();
    let at = |day: u32| Some(frame.start + i64::from(day) * DAY + 10 * HOUR);
    match i % 4 {
        0 => keys[1].expires = at(5 + i % 10),
        3 => keys[1].disabled = at(4 + i % 12),
        _ => {}
    }
    if spec.packages {
        for (k, key) in keys.iter_mut().enumerate().skip(1) {
            let provider = spec.models[(i as usize + k) % spec.models.len()].provider;
            key.supplier = (k == 1).then_some(provider);
            key.quota = (k == 2).then_some(900_000_000);
        }
        if i % 5 == 2 && !account.frugal {
            let id = key_id(spec, i, 9);
            keys.push(Key { id, quota: Some(40_000), used_before: 1234, trap: true, ..Key::default() });
        }
    }
    keys
}

fn key_id(spec: &Spec, account: u32, key: u32) -> String {
    let low = scramble(u64::from(account) * 16 + u64::from(key) + 1) & 0xffff_ffff;
    format!("{}-key-{:04}-{low:08x}", spec.prefix, account + 1)
}

/// Up to 1, 2 or 5 times a power of ten.
fn nice(money: i128) -> i128 {
    let mut step = 1;
    loop {
        for times in [1, 2, 5] {
            if money <= times * step {
                return times * step;
            }
        }
        step *= 10;
    }
}

pub(super) const ACCOUNT_COLUMNS: [&str; 18] = [
    "account_id",
    "name",
    "email",
    "locale",
    "time_zone",
    "mode",
    "currency",
    "terms_days",
    "group",
    "street",
    "city",
    "postcode",
    "country",
    "tax_id",
    "tax",
    "low_balance",
    "volume_discount",
    "invoice_on",
];

pub(super) fn account_row(out: &mut String, spec: &Spec, i: usize, account: &Account) {
    let home = &spec.homes[i % spec.homes.len()];
    let postpaid = account.postpaid;
    let cells = [
        account.id.clone(),
        account.name.clone(),
        format!("billing-{:04}@customer-{}.example.com", i + 1, spec.name),
        home.locale.to_owned(),
        spec.zone.to_owned(),
        if postpaid { "postpaid" } else { "prepaid" }.to_owned(),
        spec.currency.to_owned(),
        if postpaid { "30" } else { "" }.to_owned(),
        account.group.unwrap_or_default().to_owned(),
        format!("{} Example Street", 1 + i * 7 % 200),
        home.city.to_owned(),
        home.postcode.to_owned(),
        home.country.to_owned(),
        home.tax_id.to_owned(),
        home.tax.to_owned(),
        if i % 6 == 5 { spec.low_balance } else { "" }.to_owned(),
        if postpaid { spec.volume_discount } else { "" }.to_owned(),
        if !postpaid && i % 8 == 6 { "top_up" } else { "" }.to_owned(),
    ];
    csv_row(out, &cells);
}

pub(super) const KEY_COLUMNS: [&str; 9] = [
    "api_key_id",
    "account_id",
    "supplier",
    "quota",
    "used_before",
    "expires_at",
    "status",
    "disabled_at",
    "last_used_at",
];

/// `last_used` as it is to be written, if it is.
pub(super) fn key_row(out: &mut String, account: &Account, key: &Key, last_used: Option<i64>) {
    let at = |t: Option<i64>| t.map_or(String::new(), |t| shown_instant(t, 0));
    let cells = [
        key.id.clone(),
        account.id.clone(),
        key.supplier.unwrap_or_default().to_owned(),
        key.quota.map_or(String::new(), |q| q.to_string()),
        if key.quota.is_some() { key.used_before.to_string() } else { String::new() },
        at(key.expires),
        if key.disabled.is_some() { "disabled" } else { "enabled" }.to_owned(),
        at(key.disabled),
        at(last_used),
    ];
    csv_row(out, &cells);
}

pub(super) const BALANCE_COLUMNS: [&str; 5] = ["account_id", "wallet", "unit", "at", "balance"];

pub(super) fn balance_row(out: &mut String, spec: &Spec, account: &Account, wallet: &Wallet, at: i64) {
    let name = wallet.name.clone().unwrap_or_default();
    let amount = shown(wallet.posted + wallet.offset);
    csv_row(out, &[&account.id, &name, spec.unit, &shown_instant(at, spec.offset), &amount]);
}
