//! What providers say inside a usage object that is no count and yet changes the price.

use super::parts::tier;
use super::usage_fields::slot::{MODIFIED_PLACE, MODIFIED_SPEED, MODIFIED_TIER, MODIFIED_TRAFFIC, at};
use crate::edge::source::record::fields::{Fault, Fields};

pub(super) struct Modifiers {
    pub(super) tier: Option<String>,
    /// Facts of the call's context, by name.
    pub(super) facts: Vec<(&'static str, String)>,
}

impl Modifiers {
    /// What is usual goes without saying.
    pub(super) fn of(f: &Fields<'_, '_>) -> Result<Modifiers, Fault> {
        let known: [(u8, &'static str, &[&str]); 3] = [
            (MODIFIED_SPEED, "speed", &["standard"]),
            (MODIFIED_PLACE, "inference_geo", &["global", "not_available"]),
            (MODIFIED_TRAFFIC, "traffic_type", &["ON_DEMAND", "TRAFFIC_TYPE_UNSPECIFIED"]),
        ];
        let mut facts = Vec::new();
        for (slot, name, usual) in known {
            let told = f.text(at(slot))?.filter(|value| !usual.contains(&value.as_str()));
            facts.extend(told.map(|value| (name, value)));
        }
        Ok(Modifiers { tier: tier(f, at(MODIFIED_TIER))?, facts })
    }
}
