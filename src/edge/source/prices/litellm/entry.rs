//! One entry of the table: its prices by member, and which of them were looked at.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::super::document::{Json, Object};
use super::super::{Refusal, shown};
use crate::domain::money::Exact;

pub(super) struct Entry<'a> {
    pub(super) name: &'a str,
    pub(super) provider: &'a str,
    pub(super) mode: &'a str,
    pub(super) object: &'a Object<'a>,
    prices: BTreeMap<&'a str, Exact>,
    used: RefCell<BTreeSet<String>>,
    /// Members at 0 that are no price.
    zeros: RefCell<BTreeSet<String>>,
}

/// How a provider's calls are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Usual,
    /// A tier begins at its number of tokens; every output token costs the same; no service tiers.
    Xai,
    /// Every input token costs the same; no tiers.
    Perplexity,
    /// Tiers only by `tiered_pricing`; sound and images as text.
    Dashscope,
    /// No service tiers; where a cache read has no price it is half of the input's.
    Fireworks,
    /// No service tiers.
    Plain,
}

const SEARCH_SIZES: [&str; 3] = ["search_context_size_low", "search_context_size_medium", "search_context_size_high"];

impl<'a> Entry<'a> {
    pub(super) fn new(name: &'a str, object: &'a Object<'a>) -> Result<Entry<'a>, Refusal> {
        if let Some(twice) = object.repeated() {
            return Err(format!("has {} twice", shown(twice)).into());
        }
        if object.get("off_peak_pricing").is_some() {
            return Err("has off_peak_pricing, whose hours no row of ours says".into());
        }
        let mut prices = BTreeMap::new();
        for (member, value) in object.members().filter(|m| is_price(m.0)) {
            if let Json::Number(_) | Json::Text(_) = value {
                let price = value.price().map_err(|why| format!("{member} {why}"))?;
                prices.extend(price.map(|price| (member, price)));
            }
        }
        let text = |member| object.text(member).unwrap_or_default();
        let (provider, mode) = (text("litellm_provider"), text("mode"));
        Ok(Entry { name, provider, mode, object, prices, used: RefCell::default(), zeros: RefCell::default() })
    }

    pub(super) fn rate(&self, member: &str) -> Option<Exact> {
        let found = self.prices.get(member).copied();
        if found.is_some() {
            self.used.borrow_mut().insert(member.to_owned());
        }
        found
    }

    /// Says that a member at 0 is no price.
    pub(super) fn doubt(&self, member: &str) {
        self.zeros.borrow_mut().insert(member.to_owned());
    }

    /// What is said of members at 0 that are no price.
    pub(super) fn doubts(&self) -> Option<String> {
        let zeros = self.zeros.borrow();
        let names: Vec<&str> = zeros.iter().map(String::as_str).collect();
        (!names.is_empty()).then(|| format!("{} at 0 is no price: another of the entry counts", names.join(", ")))
    }

    /// A price that is only looked at.
    pub(super) fn peek(&self, member: &str) -> Option<Exact> {
        self.prices.get(member).copied()
    }

    pub(super) fn members(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.prices.keys().copied()
    }

    /// Prices that no part of the row was made from, unless they are nothing.
    pub(super) fn unused(&self) -> Vec<&'a str> {
        let used = self.used.borrow();
        let single = self.prices.iter().filter(|(name, price)| !price.is_zero() && !used.contains(**name));
        let search = self.object.get("search_context_cost_per_query").is_some() && self.search().is_none();
        single.map(|p| *p.0).chain(search.then_some("search_context_cost_per_query")).collect()
    }

    /// The price of a web search, where it is the same for every size of context.
    pub(super) fn search(&self) -> Option<Exact> {
        let sizes = self.object.get("search_context_cost_per_query")?.object()?;
        let prices: Vec<Exact> = SEARCH_SIZES.iter().filter_map(|size| sizes.price(size).ok()?).collect();
        let first = *prices.first()?;
        (prices.len() == SEARCH_SIZES.len() && prices.iter().all(|p| *p == first)).then_some(first)
    }

    pub(super) fn style(&self) -> Style {
        match self.provider {
            "xai" => Style::Xai,
            "perplexity" => Style::Perplexity,
            "dashscope" | "qwencloud" | "qwen_ai_platform" => Style::Dashscope,
            "fireworks_ai" => Style::Fireworks,
            "deepseek" | "tencent" => Style::Plain,
            _ => Style::Usual,
        }
    }

    /// Names of providers under which calls may prefix the model.
    pub(super) fn families(&self) -> BTreeSet<&'a str> {
        let family = match self.provider {
            "bedrock_converse" => "bedrock",
            "text-completion-openai" => "openai",
            "cohere_chat" => "cohere",
            provider if provider.starts_with("vertex_ai-") => "vertex_ai",
            provider => provider,
        };
        [family, self.provider].into_iter().filter(|name| !name.is_empty()).collect()
    }
}

fn is_price(member: &str) -> bool {
    member.contains("_cost") || member.contains("_multiplier")
}

/// Everything of an entry that can change a price, by name.
pub(super) fn prices_of<'j, 'a>(value: &'j Json<'a>) -> Option<BTreeMap<&'j str, &'j Json<'a>>> {
    let told = |name: &str| {
        is_price(name)
            || name.contains("pricing")
            || ["litellm_provider", "mode", "provider_specific_entry"].contains(&name)
    };
    Some(value.object()?.members().filter(|m| told(m.0)).collect())
}
