//! What the rates and multipliers of a row or a variant must satisfy by themselves.

use super::book::{Components, Place};
use super::fault::BookFault;
use crate::domain::call::Meter;
use crate::domain::money::Exact;

/// Rates and multiplier of a row or variant by themselves.
pub(super) fn check_components(components: &Components, at: &Place, faults: &mut Vec<BookFault>) {
    for meter in Meter::ALL {
        not_negative(meter.name(), components.rate(meter), at, faults);
    }
    not_negative("the multiplier", components.multiplier, at, faults);
    for (i, image) in components.images.iter().enumerate() {
        not_negative("image", Some(image.rate), at, faults);
        if components.images[..i].iter().any(|o| (&o.size, &o.quality) == (&image.size, &image.quality)) {
            faults.push(BookFault::ImageTwice { at: at.clone() });
        }
    }
}

pub(super) fn not_negative(what: &str, value: Option<Exact>, at: &Place, faults: &mut Vec<BookFault>) {
    if value.is_some_and(Exact::is_negative) {
        faults.push(BookFault::Negative { what: what.to_owned(), at: at.clone() });
    }
}
