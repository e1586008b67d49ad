//! What a row of a batch says that can change its price.

use arrow::array::{Array, BooleanArray};

use super::types::Facts;
use crate::domain::call::{Calls, Names, Outcome, Usage, is_refusal};
use crate::domain::period::Instant;
use crate::domain::price::{PriceBy, Wanted};

/// The columns of a batch that facts are read from, looked up once.
pub(super) struct FactColumns<'a> {
    model: Names<'a>,
    model_served: Names<'a>,
    provider: Names<'a>,
    endpoint: Names<'a>,
    region: Names<'a>,
    group: Names<'a>,
    account_id: Names<'a>,
    outcome: Names<'a>,
    service_tier: Names<'a>,
    context: Names<'a>,
    image_size: Names<'a>,
    image_quality: Names<'a>,
    started_at: &'a [i64],
    ended_at: &'a [i64],
    batch: &'a BooleanArray,
    cache_hit: &'a BooleanArray,
    has_usage: &'a BooleanArray,
}

impl<'a> FactColumns<'a> {
    pub(super) fn of(calls: &'a Calls) -> FactColumns<'a> {
        FactColumns {
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
    pub(super) fn called(&self, row: usize, account_group: Option<&'a str>) -> Called<'a, '_> {
        Called { columns: self, row, account_group }
    }
}

/// A row of a batch, for what it has in common with all that no price can tell from it.
#[derive(Clone, Copy)]
pub(super) struct Called<'a, 'c> {
    columns: &'c FactColumns<'a>,
    row: usize,
    account_group: Option<&'a str>,
}

impl<'a> Called<'a, '_> {
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

    pub(super) fn wanted(&self, price_by: PriceBy) -> Wanted<'a> {
        let (columns, row) = (self.columns, self.row);
        let served = match price_by {
            PriceBy::Billed => None,
            PriceBy::Served => columns.model_served.get(row),
        };
        Wanted {
            model: served.or_else(|| columns.model.get(row)).unwrap_or_default(),
            group: self.group(),
            provider: columns.provider.get(row),
            endpoint: columns.endpoint.get(row),
            region: columns.region.get(row),
        }
    }

    /// No quantities, and no word on whether it was refused.
    pub(super) fn facts(&self) -> Facts<'a> {
        let (columns, row) = (self.columns, self.row);
        let text = |names: &Names<'a>| names.get(row).map(str::to_owned);
        let usage = columns.has_usage.value(row).then(|| Usage {
            image_size: text(&columns.image_size),
            image_quality: text(&columns.image_quality),
            ..Usage::default()
        });
        Facts {
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

impl<'a> Facts<'a> {
    /// `account_group` is the group of the call's account; the call's own goes before it.
    pub fn of_row(calls: &'a Calls, row: usize, account_group: Option<&'a str>) -> Facts<'a> {
        let usage = calls.usage_of(row);
        let status = calls.status().is_valid(row).then(|| calls.status().value(row));
        let alike = FactColumns::of(calls).called(row, account_group).facts();
        Facts { refusal: is_refusal(status, usage.as_ref()), usage, ..alike }
    }
}
