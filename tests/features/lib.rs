//! Nothing: this package exists for the features in its `Cargo.toml`.
