//! What a row of a batch says that can change its price.

use arrow::array::{Array, BooleanArray};

use crate::domain::call::{Calls, DictColumn, Outcome, Usage, is_refusal};
use crate::domain::period::Instant;
use crate::domain::price::{PriceBy, RowQuery};

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
    model: DictColumn<'a>,
    model_served: DictColumn<'a>,
    provider: DictColumn<'a>,
    endpoint: DictColumn<'a>,
    region: DictColumn<'a>,
    group: DictColumn<'a>,
    account_id: DictColumn<'a>,
    outcome: DictColumn<'a>,
    service_tier: DictColumn<'a>,
    context: DictColumn<'a>,
    image_size: DictColumn<'a>,
    image_quality: DictColumn<'a>,
    started_at: &'a [i64],
    ended_at: &'a [i64],
    batch: &'a BooleanArray,
    cache_hit: &'a BooleanArray,
    has_usage: &'a BooleanArray,
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

    /// `account_group` is the group of the call's account; the call's own goes before it.
    pub(super) fn call(&self, row: usize, account_group: Option<&'a str>) -> CallRow<'a, '_> {
        CallRow { columns: self, row, account_group }
    }
}

/// A row of a batch, for what it has in common with all that no price can tell from it.
#[derive(Clone, Copy)]
pub(super) struct CallRow<'a, 'c> {
    columns: &'c AttributeColumns<'a>,
    row: usize,
    account_group: Option<&'a str>,
}

impl<'a> CallRow<'a, '_> {
    pub(super) fn is_batch(&self) -> bool {
        self.columns.batch.value(self.row)
    }

    pub(super) fn service_tier(&self) -> Option<&'a str> {
        self.columns.service_tier.get(self.row)
    }

    pub(super) fn account_id(&self) -> &'a str {
        self.columns.account_id.get(self.row).unwrap_or_default()
    }

    fn group(&self) -> Option<&'a str> {
        self.columns.group.get(self.row).or(self.account_group)
    }

    pub(super) fn query(&self, price_by: PriceBy) -> RowQuery<'a> {
        let (columns, row) = (self.columns, self.row);
        let served = match price_by {
            PriceBy::Billed => None,
            PriceBy::Served => columns.model_served.get(row),
        };
        RowQuery {
            model: served.or_else(|| columns.model.get(row)).unwrap_or_default(),
            group: self.group(),
            provider: columns.provider.get(row),
            endpoint: columns.endpoint.get(row),
            region: columns.region.get(row),
        }
    }

    /// No quantities, and no word on whether it was refused.
    pub(super) fn attributes(&self) -> CallAttributes<'a> {
        let (columns, row) = (self.columns, self.row);
        let text = |names: &DictColumn<'a>| names.get(row).map(str::to_owned);
        let usage = columns.has_usage.value(row).then(|| Usage {
            image_size: text(&columns.image_size),
            image_quality: text(&columns.image_quality),
            ..Usage::default()
        });
        CallAttributes {
            model: columns.model.get(row).unwrap_or_default(),
            model_served: columns.model_served.get(row),
            provider: columns.provider.get(row),
            endpoint: columns.endpoint.get(row),
            region: columns.region.get(row),
            group: self.group(),
            account_id: self.account_id(),
            started_at: Instant::from_micros(columns.started_at[row]),
            ended_at: Instant::from_micros(columns.ended_at[row]),
            outcome: columns.outcome.get(row).and_then(Outcome::from_name).unwrap_or(Outcome::Ok),
            refusal: false,
            cache_hit: columns.cache_hit.value(row),
            service_tier: self.service_tier(),
            batch: self.is_batch(),
            context: columns.context.get(row),
            usage,
        }
    }
}

impl<'a> CallAttributes<'a> {
    /// `account_group` is the group of the call's account; the call's own goes before it.
    pub fn of_row(calls: &'a Calls, row: usize, account_group: Option<&'a str>) -> CallAttributes<'a> {
        let usage = calls.usage_of(row);
        let status = calls.status().is_valid(row).then(|| calls.status().value(row));
        let alike = AttributeColumns::of(calls).call(row, account_group).attributes();
        CallAttributes { refusal: is_refusal(status, usage.as_ref()), usage, ..alike }
    }
}
