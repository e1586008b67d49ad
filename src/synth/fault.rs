//! Faults: what can be planted, when, and the truth that is told about it.

use super::write::{Object, shown_instant};

macro_rules! kinds {
    ($($name:ident = $leg:literal $class:literal $cause:literal),* $(,)?) => {
        /// One way for a platform's books to be wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum Kind { $($name),* }
        impl Kind {
            pub(super) fn leg(self) -> &'static str {
                match self { $(Kind::$name => $leg),* }
            }

            pub(super) fn class(self) -> &'static str {
                match self { $(Kind::$name => $class),* }
            }

            pub(super) fn cause(self) -> &'static str {
                match self { $(Kind::$name => $cause),* }
            }
        }
    };
}

kinds! {
    PriceStale = "charge" "amount_mismatch" "price_stale",
    PriceEarly = "charge" "amount_mismatch" "price_early",
    UnitSlip = "charge" "amount_mismatch" "unit_slip",
    CachedAtFullRate = "charge" "amount_mismatch" "cached_at_full_rate",
    CachedDoubleCounted = "charge" "amount_mismatch" "cached_double_counted",
    CachedNotCharged = "charge" "amount_mismatch" "cached_not_charged",
    ContextTierNotApplied = "charge" "amount_mismatch" "context_tier_not_applied",
    BatchDiscountMissing = "charge" "amount_mismatch" "batch_discount_missing",
    FailedCallCharged = "charge" "amount_mismatch" "failed_call_charged",
    ModelMismatch = "charge" "amount_mismatch" "model_mismatch",
    GroupRatioWrong = "charge" "amount_mismatch" "group_ratio_wrong",
    Rounding = "charge" "amount_mismatch" "rounding",
    TokensTakenAsCredits = "charge" "amount_mismatch" "tokens_taken_as_credits",
    DuplicateCall = "charge" "duplicate_call" "duplicate_charge",
    DuplicatePosting = "posting" "duplicate_posting" "duplicate_charge",
    NotPosted = "posting" "not_posted" "debit_missing_or_partial",
    PartlyPosted = "posting" "amount_mismatch" "debit_missing_or_partial",
    RowLost = "posting" "no_call" "log_row_lost",
    WrongAccount = "posting" "wrong_account" "wrong_account",
    BalanceBreak = "balance" "balance_break" "balance_unexplained",
    ServedAtZero = "policy" "served_at_zero" "negative_balance",
    OverQuota = "policy" "over_quota" "over_quota",
    KeyExpired = "policy" "key_expired" "key_expired",
    KeyDisabled = "policy" "key_disabled" "key_disabled",
    OtherSupplier = "policy" "other_supplier" "other_supplier",
    PackageNotValid = "policy" "package_not_valid" "package_expired",
    PackageOtherModel = "policy" "package_not_valid" "package_other_model",
    RefusedWithBalance = "policy" "refused_with_balance" "refused_with_balance",
    RefusedForeignKey = "policy" "refused_with_balance" "key_of_other_account",
    RefusedDisabledKey = "policy" "refused_with_balance" "key_revoked",
    LastUsedMismatch = "policy" "last_used_mismatch" "last_used_not_in_log",
    Fee = "policy" "forbidden_kind" "forbidden_kind",
    Expiry = "policy" "forbidden_kind" "forbidden_kind",
    TopUpMismatch = "funding" "top_up_mismatch" "top_up_mismatch",
    ReferenceTwice = "funding" "reference_twice" "reference_twice",
}

impl Kind {
    /// Ways to be wrong that need neither another version nor another model.
    pub(super) const TWISTS: [Kind; 9] = [
        Kind::UnitSlip,
        Kind::CachedAtFullRate,
        Kind::CachedDoubleCounted,
        Kind::CachedNotCharged,
        Kind::ContextTierNotApplied,
        Kind::BatchDiscountMissing,
        Kind::GroupRatioWrong,
        Kind::Rounding,
        Kind::TokensTakenAsCredits,
    ];

    /// Planted when a balance or the keys' file is written, not when a call begins.
    pub(super) fn comes_by_itself(self) -> bool {
        matches!(self, Kind::BalanceBreak | Kind::LastUsedMismatch)
    }

    /// A charge computed wrongly, for every call of one model until the run of them is over.
    pub(super) fn comes_in_runs(self) -> bool {
        self.class() == "amount_mismatch" && self.leg() == "charge"
    }
}

/// What is known of a planted fault: the one finding that must come of it.
#[derive(Clone, Debug)]
pub(super) struct Truth {
    pub(super) kind: Kind,
    pub(super) account_id: Option<String>,
    pub(super) api_key_id: Option<String>,
    pub(super) wallet: Option<String>,
    pub(super) call: Option<(String, u32)>,
    pub(super) posting_id: Option<String>,
    pub(super) span: Option<(i64, i64)>,
    pub(super) difference: Option<i128>,
}

impl Truth {
    pub(super) fn of(kind: Kind) -> Truth {
        Truth {
            kind,
            account_id: None,
            api_key_id: None,
            wallet: None,
            call: None,
            posting_id: None,
            span: None,
            difference: None,
        }
    }

    /// One line of JSON.
    pub(super) fn line(&self, platform: &str, number: usize, unit: &str) -> String {
        let mut line = String::from("{");
        let mut o = Object(&mut line);
        o.text("fault_id", &format!("{platform}-{number:05}"));
        o.text("platform", platform);
        o.text("leg", self.kind.leg());
        o.text("class", self.kind.class());
        o.text("cause", self.kind.cause());
        if self.call.is_some() {
            o.text("source", super::SOURCE);
        }
        for (name, value) in
            [("account_id", &self.account_id), ("api_key_id", &self.api_key_id), ("wallet", &self.wallet)]
        {
            if let Some(value) = value {
                o.text(name, value);
            }
        }
        if let Some((call_id, attempt)) = &self.call {
            o.text("call_id", call_id);
            o.number("attempt", i64::from(*attempt));
        }
        if let Some(id) = &self.posting_id {
            o.text("posting_id", id);
        }
        if let Some((from, until)) = self.span {
            o.text("from", &shown_instant(from, 0));
            o.text("until", &shown_instant(until, 0));
        }
        if let Some(difference) = self.difference {
            o.text("unit", unit);
            o.amount("difference", difference);
        }
        line.push_str("}\n");
        line
    }
}

/// A fault still to be planted so many times.
#[derive(Clone, Debug)]
pub(super) struct Incident {
    pub(super) kind: Kind,
    pub(super) from: i64,
    pub(super) until: i64,
    pub(super) gap: i64,
    pub(super) left: u64,
    /// The model it befalls, and the other model it is taken for.
    pub(super) model: usize,
    pub(super) other: usize,
}

/// Everything still to be planted.
#[derive(Clone, Debug, Default)]
pub(super) struct Incidents(Vec<Incident>);

const RETRY: i64 = 600_000_000;

impl Incidents {
    pub(super) fn new(all: Vec<Incident>) -> Incidents {
        Incidents(all)
    }

    pub(super) fn get(&self, index: usize) -> &Incident {
        &self.0[index]
    }

    /// The first that is due and needs an occasion of its own.
    pub(super) fn due(&mut self, at: i64) -> Option<usize> {
        self.0.retain(|i| i.left > 0 && at < i.until);
        self.0.iter().position(|i| !i.kind.comes_in_runs() && !i.kind.comes_by_itself() && i.from <= at)
    }

    /// A balance that is to be wrong from now on.
    pub(super) fn break_due(&self, at: i64) -> Option<usize> {
        self.0.iter().position(|i| i.kind == Kind::BalanceBreak && i.left > 0 && i.from <= at && at < i.until)
    }

    /// The first run of wrong charges that a call of this model falls into.
    pub(super) fn run(&self, model: usize, at: i64) -> Option<usize> {
        self.0
            .iter()
            .position(|i| i.kind.comes_in_runs() && i.left > 0 && i.model == model && i.from <= at && at < i.until)
    }

    pub(super) fn planted(&mut self, index: usize, at: i64) {
        self.0[index].left -= 1;
        self.0[index].from = at + self.0[index].gap;
    }

    pub(super) fn not_yet(&mut self, index: usize, at: i64) {
        self.0[index].from = at + RETRY;
    }
}
