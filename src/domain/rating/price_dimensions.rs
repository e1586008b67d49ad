//! Which names a book tells apart: calls that differ in others alone cost the same.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::domain::price::{Book, Components, Condition, MultiplierOf, PriceRow, Variant};

/// Names by their text.
pub(super) type Texts = BTreeSet<Arc<str>>;

/// The names that rows or multipliers mention, by what they are matched with.
#[derive(Clone, Debug, Default)]
pub(super) struct PriceDimensions {
    pub(super) groups: Texts,
    /// `None`: rules say what a provider's name means, so that each may mean another.
    pub(super) providers: Option<Texts>,
    pub(super) endpoints: Texts,
    pub(super) regions: Texts,
    pub(super) accounts: Texts,
    pub(super) image_sizes: Texts,
    pub(super) image_qualities: Texts,
    /// Names of context facts.
    pub(super) facts: Texts,
}

fn add(texts: &mut Texts, text: Option<&str>) {
    if let Some(text) = text.filter(|text| !texts.contains(*text)) {
        texts.insert(text.into());
    }
}

impl PriceDimensions {
    pub(super) fn by(book: &Book) -> PriceDimensions {
        let ruled = book.versions.iter().any(|version| !version.providers.is_empty());
        let mut all = PriceDimensions { providers: (!ruled).then(Texts::new), ..PriceDimensions::default() };
        for version in &book.versions {
            version.rows.iter().for_each(|row| all.row(row));
            for multiplier in &version.multipliers {
                match &multiplier.of {
                    MultiplierOf::Group(name) => add(&mut all.groups, Some(name)),
                    MultiplierOf::Account(name) => add(&mut all.accounts, Some(name)),
                    // Models are told apart by their own names.
                    MultiplierOf::Model(_) => {}
                }
            }
        }
        all
    }

    /// What at least one of them mentions.
    pub(super) fn by_any<'a>(books: impl Iterator<Item = &'a PriceDimensions>) -> PriceDimensions {
        let start = PriceDimensions { providers: Some(Texts::new()), ..PriceDimensions::default() };
        books.fold(start, |mut all, book| {
            all.providers = all.providers.zip(book.providers.as_ref()).map(|(all, more)| &all | more);
            let pairs: [(&mut Texts, &Texts); 7] = [
                (&mut all.groups, &book.groups),
                (&mut all.endpoints, &book.endpoints),
                (&mut all.regions, &book.regions),
                (&mut all.accounts, &book.accounts),
                (&mut all.image_sizes, &book.image_sizes),
                (&mut all.image_qualities, &book.image_qualities),
                (&mut all.facts, &book.facts),
            ];
            pairs.into_iter().for_each(|(all, more)| all.extend(more.iter().cloned()));
            all
        })
    }

    fn row(&mut self, row: &PriceRow) {
        let m = &row.matcher;
        add(&mut self.groups, m.group.as_deref());
        if let Some(providers) = &mut self.providers {
            add(providers, m.provider.as_deref());
        }
        add(&mut self.endpoints, m.endpoint.as_deref());
        add(&mut self.regions, m.region.as_deref());
        self.variants(&row.components, &row.variants);
    }

    fn variants(&mut self, components: &Components, variants: &[Variant]) {
        for image in &components.images {
            add(&mut self.image_sizes, image.size.as_deref());
            add(&mut self.image_qualities, image.quality.as_deref());
        }
        for variant in variants {
            if let Condition::When { name, .. } = &variant.condition {
                add(&mut self.facts, Some(name));
            }
            self.variants(&variant.components, &variant.nested);
        }
    }
}
