//! What the books and the log know by name: models, groups, versions, told apart by what they cost.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::case::{Case, Context};
use super::same_price::price_of;
use crate::domain::price::{Book, ModelName, MultiplierOf, PriceMultiplier, PriceRow, Version, VersionId};

/// Names that occur in books and log. Parameters of a cause come from here, never from nowhere.
pub(crate) struct Books<'a> {
    seen_models: BTreeSet<&'a str>,
    seen_groups: BTreeSet<&'a str>,
    listed: RefCell<BTreeMap<(String, VersionId), Rc<Listed>>>,
}

/// Names by what they cost.
type Listed = BTreeMap<Vec<u8>, Vec<String>>;

/// Models of one version that cost the same, whatever is called.
pub(crate) struct ModelClass {
    pub(crate) names: Vec<String>,
}

impl<'a> Books<'a> {
    pub(crate) fn new(cases: &[&'a Case<'a>], context: &Context<'a>) -> Books<'a> {
        let facts = || cases.iter().map(|c| &c.facts);
        let models = facts().flat_map(|f| [Some(f.model), f.model_served]).flatten();
        let groups = facts().filter_map(|f| f.group);
        Books {
            seen_models: models.chain(context.models.iter().copied()).collect(),
            seen_groups: groups.chain(context.groups.iter().copied()).collect(),
            listed: RefCell::default(),
        }
    }

    /// Whether a price or a factor of the book depends on a group.
    pub(crate) fn names_group(&self, book: &Book) -> bool {
        let is_group = |m: &PriceMultiplier| matches!(m.of, MultiplierOf::Group(_));
        let names =
            |v: &Version| v.rows.iter().any(|r| r.matcher.group.is_some()) || v.multipliers.iter().any(is_group);
        book.versions.iter().any(names)
    }

    /// Every group the book or the log names.
    pub(crate) fn groups(&self, book: &Book) -> BTreeSet<String> {
        let mut groups: BTreeSet<String> = self.seen_groups.iter().map(|g| (*g).to_owned()).collect();
        for version in &book.versions {
            groups.extend(version.rows.iter().filter_map(|r| r.matcher.group.clone()));
            groups.extend(version.multipliers.iter().filter_map(|m| match &m.of {
                MultiplierOf::Group(name) => Some(name.clone()),
                MultiplierOf::Model(_) | MultiplierOf::Account(_) => None,
            }));
        }
        groups
    }

    /// The differently priced models of a version: first those the call names, then those of the log,
    /// then the rest. What costs the same as `own` is left out.
    pub(crate) fn models(&self, book: &Book, version: &Version, own: &str, named: &[&str]) -> Vec<ModelClass> {
        let own_price = price_in(version, own);
        let listed = self.listed(book, version);
        let mut classes: BTreeMap<&[u8], Vec<(u8, String)>> = BTreeMap::new();
        let nearness = |name: &str| match () {
            () if named.contains(&name) => 0,
            () if self.seen_models.contains(name) => 1,
            () => 2,
        };
        for (price, names) in listed.iter() {
            classes.insert(price, names.iter().map(|name| (nearness(name), name.clone())).collect());
        }
        // Names of call and log that only a pattern answers to.
        let others: BTreeSet<&str> = self.seen_models.iter().chain(named).copied().collect();
        let others: Vec<(Vec<u8>, &str)> =
            others.into_iter().filter_map(|name| Some((price_in(version, name)?, name))).collect();
        for (price, name) in &others {
            let class = classes.entry(price).or_default();
            if !class.iter().any(|(_, known)| known == name) {
                class.push((nearness(name), (*name).to_owned()));
            }
        }
        if let Some(price) = &own_price {
            classes.remove(price.as_slice());
        }
        let mut classes: Vec<Vec<(u8, String)>> = classes.into_values().collect();
        classes.iter_mut().for_each(|class| class.sort());
        classes.sort();
        let names = |class: Vec<(u8, String)>| class.into_iter().map(|(_, name)| name).collect();
        classes.into_iter().map(|class| ModelClass { names: names(class) }).collect()
    }

    /// The names and aliases of a version by what they cost; worked out once a version.
    fn listed(&self, book: &Book, version: &Version) -> Rc<Listed> {
        let known = (book.header.id.clone(), version.id());
        let mut all = self.listed.borrow_mut();
        let listed = all.entry(known).or_insert_with(|| {
            let mut classes = Listed::new();
            for (name, rows) in rows_by_name(version) {
                if let Some(price) = price_of(&rows, &version.multipliers, name) {
                    classes.entry(price).or_default().push(name.to_owned());
                }
            }
            Rc::new(classes)
        });
        Rc::clone(listed)
    }

    /// The versions before (nearest first) and after (nearest first) one, those that cost the same for
    /// the model together; those that cost the same as the one itself are left out.
    pub(crate) fn versions(
        &self,
        book: &Book,
        from: VersionId,
        model: &str,
    ) -> (Vec<Vec<VersionId>>, Vec<Vec<VersionId>>) {
        let Some(at) = book.versions.iter().position(|v| v.id() == from) else { return (Vec::new(), Vec::new()) };
        let own = price_in(&book.versions[at], model);
        let classes = |versions: &mut dyn Iterator<Item = &Version>| {
            let mut classes: Vec<(Vec<u8>, Vec<VersionId>)> = Vec::new();
            for version in versions {
                let Some(price) = price_in(version, model).filter(|p| Some(p) != own.as_ref()) else {
                    continue;
                };
                match classes.iter_mut().find(|c| c.0 == price) {
                    Some(class) => class.1.push(version.id()),
                    None => classes.push((price, vec![version.id()])),
                }
            }
            classes.into_iter().map(|c| c.1).collect()
        };
        (classes(&mut book.versions[..at].iter().rev()), classes(&mut book.versions[at + 1..].iter()))
    }
}

/// Rows of a version that answer to a name: by name or alias, else by pattern.
pub(crate) fn rows_for<'v>(version: &'v Version, model: &str) -> Vec<&'v PriceRow> {
    let by = |pattern: bool| {
        let names = move |r: &&PriceRow| {
            r.matcher.models.iter().any(|m| matches!(m, ModelName::Pattern(..)) == pattern && answers(m, model))
        };
        version.rows.iter().filter(names).collect::<Vec<_>>()
    };
    let plain = by(false);
    if plain.is_empty() { by(true) } else { plain }
}

fn answers(name: &ModelName, model: &str) -> bool {
    match name {
        ModelName::Exact(n) | ModelName::Alias(n) => n == model,
        ModelName::Pattern(before, after) => {
            model.len() >= before.len() + after.len()
                && model.starts_with(before.as_str())
                && model.ends_with(after.as_str())
        }
        ModelName::Rule(rule) => rule.holds(model),
    }
}

fn plain(name: &ModelName) -> Option<&str> {
    match name {
        ModelName::Exact(n) | ModelName::Alias(n) => Some(n),
        ModelName::Pattern(..) | ModelName::Rule(_) => None,
    }
}

fn price_in(version: &Version, model: &str) -> Option<Vec<u8>> {
    price_of(&rows_for(version, model), &version.multipliers, model)
}

/// Rows of a version by name and alias.
fn rows_by_name(version: &Version) -> BTreeMap<&str, Vec<&PriceRow>> {
    let mut rows: BTreeMap<&str, Vec<&PriceRow>> = BTreeMap::new();
    for row in &version.rows {
        for name in row.matcher.models.iter().filter_map(plain) {
            rows.entry(name).or_default().push(row);
        }
    }
    rows
}
