//! The shape of trueup.toml, as it is written. Unknown keys are refused.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

type Text = Spanned<String>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) time: Time,
    #[serde(default)]
    pub(super) lake: Lake,
    #[serde(default)]
    pub(super) state: State,
    #[serde(default)]
    pub(super) publish: Publish,
    pub(super) metrics: Option<Metrics>,
    #[serde(default)]
    pub(super) close: Close,
    #[serde(default)]
    pub(super) s3: S3,
    #[serde(default)]
    pub(super) source: Vec<Source>,
    #[serde(default)]
    pub(super) waive: Vec<Waive>,
    pub(super) ledger: Option<Ledger>,
    #[serde(default)]
    pub(super) parties: Parties,
    #[serde(default)]
    pub(super) reconcile: Reconcile,
    #[serde(default)]
    pub(super) policy: Policy,
    #[serde(default)]
    pub(super) notice: Notice,
    #[serde(default)]
    pub(super) invoice: Option<Invoice>,
    pub(super) mail: Option<Mail>,
    #[serde(default)]
    pub(super) unit: Vec<Unit>,
    #[serde(default)]
    pub(super) health: Health,
    /// By kind and by what it is counted in.
    #[serde(default)]
    pub(super) accept: BTreeMap<Text, BTreeMap<Text, Text>>,
    #[serde(default)]
    pub(super) run: Run,
    #[serde(default)]
    pub(super) issuer: Option<Issuer>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Time {
    pub(super) zone: Text,
}

macro_rules! url_table {
    ($name:ident, $default:literal) => {
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $name {
            pub(super) url: String,
        }
        impl Default for $name {
            fn default() -> $name {
                $name { url: $default.to_owned() }
            }
        }
    };
}

url_table!(Lake, "lake");
url_table!(State, "sqlite:state.db");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Publish {
    #[serde(default = "out")]
    pub(super) url: String,
    #[serde(default = "yes")]
    pub(super) customers: bool,
    pub(super) readable_by: Option<Text>,
}

fn out() -> String {
    "out".to_owned()
}

fn yes() -> bool {
    true
}

impl Default for Publish {
    fn default() -> Publish {
        Publish { url: out(), customers: yes(), readable_by: None }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Metrics {
    pub(super) file: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Close {
    pub(super) grace: Option<Text>,
    pub(super) max_late: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct S3 {
    pub(super) endpoint: Option<String>,
    pub(super) region: Option<String>,
    #[serde(default)]
    pub(super) path_style: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    pub(super) name: Text,
    #[serde(default)]
    pub(super) format: Option<Text>,
    pub(super) version: Option<Text>,
    pub(super) path: Text,
    pub(super) book: Text,
    pub(super) unit: Option<Text>,
    pub(super) zone: Option<Text>,
    pub(super) recorded: Option<Spanned<Recorded>>,
    pub(super) settle: Option<Text>,
    pub(super) max_rejects: Option<Text>,
    pub(super) expect: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Waive {
    pub(super) source: Text,
    pub(super) from: Text,
    pub(super) until: Text,
    pub(super) reason: Text,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Recorded {
    #[serde(rename = "as")]
    pub(super) kind: String,
    pub(super) scale: Option<u32>,
    pub(super) mode: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ledger {
    pub(super) postings: Option<Text>,
    pub(super) balances: Option<Text>,
    pub(super) format: Option<Text>,
    pub(super) match_within: Option<Text>,
    pub(super) complete_from: Option<Text>,
    pub(super) zone: Option<Text>,
    pub(super) unit: Option<Text>,
    pub(super) settle: Option<Text>,
    pub(super) max_rejects: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Parties {
    pub(super) accounts: Option<Text>,
    pub(super) keys: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reconcile {
    #[serde(default)]
    pub(super) tolerance: BTreeMap<String, Tolerance>,
    #[serde(default)]
    pub(super) exit_above: BTreeMap<String, Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tolerance {
    pub(super) row: Option<Text>,
    pub(super) sum: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Policy {
    #[serde(default)]
    pub(super) forbid: Vec<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Notice {
    pub(super) default: Option<Text>,
    pub(super) top_up_url: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Invoice {
    #[serde(default)]
    pub(super) hold_above: BTreeMap<String, Text>,
    pub(super) fonts: Option<String>,
    pub(super) system_fonts: Option<bool>,
    pub(super) template: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mail {
    pub(super) url: Text,
    pub(super) from: Text,
    pub(super) reply_to: Option<Text>,
    pub(super) operator: Option<Text>,
    pub(super) fresh: Option<Text>,
    pub(super) user: Option<Text>,
    pub(super) password_file: Option<Text>,
    pub(super) ca_file: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Health {
    pub(super) url: Option<Text>,
    pub(super) url_file: Option<Text>,
}

/// How runs use the machine; nothing here changes a result.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Run {
    pub(super) partitions: Option<Spanned<u32>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Unit {
    pub(super) name: Text,
    /// Absent: it is worth no other.
    pub(super) rate: Option<UnitRate>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UnitRate {
    pub(super) unit: Text,
    pub(super) amount: Text,
    pub(super) from: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Issuer {
    pub(super) name: Text,
    pub(super) address: Option<String>,
    pub(super) street: Option<String>,
    pub(super) city: Option<String>,
    pub(super) postcode: Option<String>,
    pub(super) country: Option<String>,
    pub(super) tax_id: Option<String>,
    pub(super) registration: Option<String>,
    pub(super) bank: Option<String>,
    pub(super) account_holder: Option<String>,
    pub(super) iban: Option<String>,
    pub(super) bic: Option<String>,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) series: Option<Text>,
    pub(super) credit_series: Option<Text>,
    pub(super) statement_series: Option<Text>,
    pub(super) first: Option<Spanned<u32>>,
}
