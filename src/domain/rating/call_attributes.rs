//! What a row of a batch says that can change its price.

use arrow::array::{Array, BooleanArray};

use crate::domain::call::{Calls, DictColumn, Outcome, Usage, is_refusal};
use crate::domain::period::Instant;

/// Everything of a call that can change its price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallAttributes<'a> {
    pub model: &'a str,
    pub model_served: Option<&'a str>,
    pub provider: Option<&'a str>,
    pub endpoint: Option<&'a str>,
    pub region: Option<&'a str>,
    /// The call's own group, else its account's.
    pub group: Option<&'a str>,
    pub account_id: &'a str,
    pub started_at: Instant,
    pub ended_at: Instant,
    pub outcome: Outcome,
    /// 401, 402, 403 or 429 without usage.
    pub refusal: bool,
    pub cache_hit: bool,
    pub service_tier: Option<&'a str>,
    pub batch: bool,
    /// As [`crate::domain::call::context_text`] writes it.
    pub context: Option<&'a str>,
    pub usage: Option<Usage>,
}

/// The columns of a batch that attributes are read from, looked up once.
pub(super) struct AttributeColumns<'a> {
    pub(super) model: DictColumn<'a>,
    pub(super) model_served: DictColumn<'a>,
    pub(super) provider: DictColumn<'a>,
    pub(super) endpoint: DictColumn<'a>,
    pub(super) region: DictColumn<'a>,
    pub(super) group: DictColumn<'a>,
    pub(super) account_id: DictColumn<'a>,
    pub(super) outcome: DictColumn<'a>,
    pub(super) service_tier: DictColumn<'a>,
    pub(super) context: DictColumn<'a>,
    pub(super) image_size: DictColumn<'a>,
    pub(super) image_quality: DictColumn<'a>,
    pub(super) started_at: &'a [i64],
    pub(super) ended_at: &'a [i64],
    pub(super) batch: &'a BooleanArray,
    pub(super) cache_hit: &'a BooleanArray,
    pub(super) has_usage: &'a BooleanArray,
}

impl<'a> AttributeColumns<'a> {
    pub(super) fn of(calls: &'a Calls) -> AttributeColumns<'a> {
        AttributeColumns {
            model: calls.model(),
            model_served: calls.model_served(),
            provider: calls.provider(),
            endpoint: calls.endpoint(),
            region: calls.region(),
            group: calls.group(),
            account_id: calls.account_id(),
            outcome: calls.outcome(),
            service_tier: calls.service_tier(),
            context: calls.context(),
            image_size: calls.image_size(),
            image_quality: calls.image_quality(),
            started_at: calls.started_at().values(),
            ended_at: calls.ended_at().values(),
            batch: calls.is_batch(),
            cache_hit: calls.cache_hit(),
            has_usage: calls.has_usage(),
        }
    }

    /// Of a row, without quantities and without a word on whether it was refused: what it has in common with all
    /// rows that no price can tell from it. `account_group` is the group of the call's account; the call's own
    /// goes before it.
    pub(super) fn of_row(&self, row: usize, account_group: Option<&'a str>) -> CallAttributes<'a> {
        let text = |names: &DictColumn<'a>| names.get(row).map(str::to_owned);
        let usage = self.has_usage.value(row).then(|| Usage {
            image_size: text(&self.image_size),
            image_quality: text(&self.image_quality),
            ..Usage::default()
        });
        CallAttributes {
            model: self.model.get(row).unwrap_or_default(),
            model_served: self.model_served.get(row),
            provider: self.provider.get(row),
            endpoint: self.endpoint.get(row),
            region: self.region.get(row),
            group: self.group.get(row).or(account_group),
            account_id: self.account_id.get(row).unwrap_or_default(),
            started_at: Instant::from_micros(self.started_at[row]),
            ended_at: Instant::from_micros(self.ended_at[row]),
            outcome: self.outcome.get(row).and_then(Outcome::from_name).unwrap_or(Outcome::Ok),
            refusal: false,
            cache_hit: self.cache_hit.value(row),
            service_tier: self.service_tier.get(row),
            batch: self.batch.value(row),
            context: self.context.get(row),
            usage,
        }
    }
}

impl<'a> CallAttributes<'a> {
    /// `account_group` is the group of the call's account; the call's own goes before it.
    pub fn of_row(calls: &'a Calls, row: usize, account_group: Option<&'a str>) -> CallAttributes<'a> {
        let usage = calls.usage_of(row);
        let status = calls.status().is_valid(row).then(|| calls.status().value(row));
        let alike = AttributeColumns::of(calls).of_row(row, account_group);
        CallAttributes { refusal: is_refusal(status, usage.as_ref()), usage, ..alike }
    }
}
