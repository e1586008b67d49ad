//! Values as text in stored JSON: hashes in hex, amounts as decimal strings, instants as RFC 3339.

pub(super) use crate::domain::hash::sha256;

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

macro_rules! as_text {
    ($module:ident, $type:ty, $read:expr) => {
        pub(super) mod $module {
            use serde::{Deserialize, Deserializer, Serializer};

            pub(in crate::edge::lake) fn serialize<S: Serializer>(value: &$type, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(value)
            }

            pub(in crate::edge::lake) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<$type, D::Error> {
                let text = String::deserialize(from)?;
                ($read)(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

as_text!(amount, crate::domain::money::Amount, str::parse::<crate::domain::money::Amount>);
as_text!(instant, crate::domain::period::Instant, crate::domain::period::Instant::parse);

pub(super) mod hash {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(in crate::edge::lake) fn serialize<S: Serializer>(value: &u128, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{value:032x}"))
    }

    pub(in crate::edge::lake) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u128, D::Error> {
        u128::from_str_radix(&String::deserialize(from)?, 16).map_err(serde::de::Error::custom)
    }
}
