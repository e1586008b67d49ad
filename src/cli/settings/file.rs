//! `trueup.toml` as it is written, before anything in it is judged.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::page::Text;

macro_rules! tables {
    ($($(#[$meta:meta])* $name:ident { $($(#[$attr:meta])* $field:ident: $kind:ty),* $(,)? })*) => { $(
        $(#[$meta])*
        #[derive(Debug, Default, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $name { $($(#[$attr])* pub(super) $field: $kind),* }
    )* };
}

/// One amount a unit.
pub(super) type ByUnit = BTreeMap<String, Text>;

tables! {
    File {
        time: Option<Time>,
        lake: Option<Url>,
        s3: Option<S3>,
        state: Option<Url>,
        publish: Option<Url>,
        close: Option<Close>,
        #[serde(default)]
        source: Vec<Spanned<Source>>,
        ledger: Option<Ledger>,
        parties: Option<Parties>,
        reconcile: Option<Reconcile>,
        policy: Option<Policy>,
        notice: Option<Notice>,
        invoice: Option<Invoice>,
        mail: Option<Spanned<Mail>>,
        #[serde(default)]
        unit: Vec<Spanned<Unit>>,
        issuer: Option<Spanned<Issuer>>,
    }
    Time { zone: Option<Text> }
    Url { url: Option<Text> }
    S3 { endpoint: Option<Text>, region: Option<Text>, path_style: Option<bool> }
    Close { grace: Option<Text>, max_late: Option<Text> }
    Source {
        name: Option<Text>,
        format: Option<Text>,
        path: Option<Text>,
        book: Option<Text>,
        unit: Option<Text>,
        zone: Option<Text>,
        recorded: Option<Spanned<Recorded>>,
        settle: Option<Text>,
        max_rejects: Option<Text>,
        expect: Option<Text>,
    }
    Recorded {
        #[serde(rename = "as")]
        written_as: Option<Text>,
        scale: Option<Spanned<u32>>,
        mode: Option<Text>,
    }
    Ledger {
        postings: Option<Text>,
        balances: Option<Text>,
        match_within: Option<Text>,
        complete_from: Option<Text>,
        settle: Option<Text>,
        max_rejects: Option<Text>,
        zone: Option<Text>,
        unit: Option<Text>,
    }
    Parties { accounts: Option<Text>, keys: Option<Text> }
    Reconcile {
        #[serde(default)]
        tolerance: BTreeMap<String, Spanned<Tolerance>>,
        #[serde(default)]
        exit_above: ByUnit,
    }
    Tolerance { row: Option<Text>, sum: Option<Text> }
    Policy {
        #[serde(default)]
        forbid: Vec<Text>,
    }
    Notice { default: Option<Text> }
    Invoice {
        #[serde(default)]
        hold_above: ByUnit,
    }
    Mail { url: Option<Text>, from: Option<Text>, fresh: Option<Text>, user: Option<Text>, password_file: Option<Text> }
    Unit { name: Option<Text>, rate: Option<Spanned<Rate>> }
    Rate { unit: Option<Text>, amount: Option<Text>, from: Option<Text> }
    Issuer {
        name: Option<Text>,
        series: Option<Text>,
        first: Option<Spanned<u64>>,
        street: Option<Text>,
        city: Option<Text>,
        postcode: Option<Text>,
        country: Option<Text>,
        tax_id: Option<Text>,
        email: Option<Text>,
        bank: Option<Text>,
        iban: Option<Text>,
        bic: Option<Text>,
    }
}
