//! Variants that may hold for one call and set the same bucket must be nested.
//!
//! A variant is seen as the conditions on its way from the row. Of two that set one bucket, either
//! one has all conditions of the other, or they exclude each other, or a third with the conditions
//! of both says what holds. Then the one with most conditions is always the one to take.

use std::collections::BTreeSet;

use super::book::{Components, Condition, ImageRate, PriceRow, Variant, named_tier};
use super::component_rules::check_components;
use super::daily_window::DAY;
use super::fault::BookFault;
use crate::domain::call::Meter;

/// A variant with every condition it depends on.
struct Flat<'a> {
    conditions: Vec<&'a Condition>,
    variant: &'a Variant,
}

impl Flat<'_> {
    fn has(&self, condition: &Condition) -> bool {
        self.conditions.iter().any(|c| same(c, condition))
    }

    fn within(&self, other: &Flat<'_>) -> bool {
        self.conditions.iter().all(|c| other.has(c))
    }

    /// The most specific condition last, in words.
    fn words(&self) -> String {
        let words: Vec<String> = self.conditions.iter().map(ToString::to_string).collect();
        words.join(" + ")
    }
}

fn same(a: &Condition, b: &Condition) -> bool {
    match (a.least_input(), b.least_input()) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

/// Whether both conditions may hold for one call. One context tier holds at most.
fn compatible(a: &Condition, b: &Condition) -> bool {
    match (a, b) {
        (Condition::Context { .. }, Condition::Context { .. }) => same(a, b),
        (Condition::ServiceTier(a), Condition::ServiceTier(b)) => a == b,
        (Condition::When { name: a, value: x }, Condition::When { name: b, value: y }) => a != b || x == y,
        (Condition::Window(a), Condition::Window(b)) => a.may_meet(b),
        _ => true,
    }
}

/// What has one rate for a call: a meter, and of images those of one size and quality.
#[derive(Clone, Copy)]
struct Bucket<'a> {
    meter: Meter,
    /// `None`: any that no variant names.
    size: Option<&'a str>,
    quality: Option<&'a str>,
}

fn buckets<'a>(flat: &[Flat<'a>]) -> Vec<Bucket<'a>> {
    let images = || flat.iter().flat_map(|f| &f.variant.components.images);
    let sizes: BTreeSet<Option<&str>> = images().map(|i| i.size.as_deref()).chain([None]).collect();
    let qualities: BTreeSet<Option<&str>> = images().map(|i| i.quality.as_deref()).chain([None]).collect();
    let others = Meter::ALL.into_iter().filter(|meter| *meter != Meter::Image);
    let plain = others.map(|meter| Bucket { meter, size: None, quality: None });
    let of_size = |size| qualities.iter().map(move |quality| Bucket { meter: Meter::Image, size, quality: *quality });
    plain.chain(sizes.iter().copied().flat_map(of_size)).collect()
}

fn sets(components: &Components, bucket: Bucket<'_>) -> bool {
    let agrees = |named: &Option<String>, value: Option<&str>| named.is_none() || named.as_deref() == value;
    let image = |i: &ImageRate| agrees(&i.size, bucket.size) && agrees(&i.quality, bucket.quality);
    components.rate(bucket.meter).is_some() || (bucket.meter == Meter::Image && components.images.iter().any(image))
}

pub(super) fn check(row: &PriceRow, faults: &mut Vec<BookFault>) {
    let mut flat = Vec::new();
    for variant in &row.variants {
        flatten(variant, &[], &mut flat, faults);
    }
    let buckets = buckets(&flat);
    for (i, a) in flat.iter().enumerate() {
        for b in &flat[i + 1..] {
            check_pair(a, b, &flat, &buckets, faults);
        }
    }
}

fn flatten<'a>(variant: &'a Variant, above: &[&'a Condition], flat: &mut Vec<Flat<'a>>, faults: &mut Vec<BookFault>) {
    let condition = &variant.condition;
    check_condition(condition, above, variant, faults);
    check_components(&variant.components, &variant.place, faults);
    let mut conditions = above.to_vec();
    conditions.push(condition);
    flat.push(Flat { conditions: conditions.clone(), variant });
    for inner in &variant.nested {
        flatten(inner, &conditions, flat, faults);
    }
}

fn check_condition(condition: &Condition, above: &[&Condition], variant: &Variant, faults: &mut Vec<BookFault>) {
    let at = || variant.place.clone();
    let repeats = |c: &&&Condition| match (c, condition) {
        (Condition::Window(_), _) => false,
        (Condition::When { name: outer, .. }, Condition::When { name, .. }) => outer == name,
        _ => c.kind() == condition.kind(),
    };
    if let Some(outer) = above.iter().find(repeats) {
        faults.push(BookFault::Nested { what: condition.to_string(), inside: outer.to_string(), at: at() });
    }
    match condition {
        Condition::ServiceTier(name) if named_tier(Some(name)).is_none() => {
            faults.push(BookFault::StandardTier { name: name.clone(), at: at() });
        }
        Condition::When { value, .. } if named_tier(Some(value)).is_none() => {
            faults.push(BookFault::StandardContext { what: condition.to_string(), at: at() });
        }
        Condition::Window(w) => {
            let (from, until) = (w.from_minute, w.until_minute);
            let never = w.since.zip(w.before).is_some_and(|(since, before)| since >= before);
            if from == until || from >= DAY || until > DAY || w.weekdays == [false; 7] || never {
                faults.push(BookFault::BadWindow { window: w.to_string(), at: at() });
            }
        }
        Condition::Context { tokens, .. } if *tokens < 0 => {
            faults.push(BookFault::Negative { what: condition.to_string(), at: at() });
        }
        _ => {}
    }
}

fn check_pair(a: &Flat<'_>, b: &Flat<'_>, all: &[Flat<'_>], buckets: &[Bucket<'_>], faults: &mut Vec<BookFault>) {
    let places = || (a.variant.place.clone(), b.variant.place.clone());
    let (a_in_b, b_in_a) = (a.within(b), b.within(a));
    if a_in_b && b_in_a {
        let (first, second) = places();
        faults.push(BookFault::VariantTwice { what: a.words(), first, second });
        return;
    }
    if a_in_b || b_in_a || a.conditions.iter().any(|x| b.conditions.iter().any(|y| !compatible(x, y))) {
        return;
    }
    for bucket in buckets.iter().copied() {
        let both = sets(&a.variant.components, bucket) && sets(&b.variant.components, bucket);
        let settled = || {
            all.iter().any(|c| {
                let exact = c.conditions.iter().all(|x| a.has(x) || b.has(x));
                exact && a.within(c) && b.within(c) && sets(&c.variant.components, bucket)
            })
        };
        if both && !settled() {
            let (first, second) = places();
            faults.push(BookFault::VariantClash {
                meter: bucket.meter,
                first_is: a.words(),
                second_is: b.words(),
                first,
                second,
            });
            return;
        }
    }
}
