//! The stored shape of a document: keys in their fixed order, absent values left out.

use serde::{Deserialize, Serialize};

/// Names the shape; a change of meaning raises it.
pub(super) const FORMAT: &str = "trueup/document/1";
/// What every shape's name begins with.
pub(super) const FAMILY: &str = "trueup/document/";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredDocument {
    pub format: String,
    pub kind: String,
    pub basis: String,
    pub status: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    pub series: String,
    pub issued_on: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_on: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms_days: Option<u32>,
    pub currency: String,
    pub minor_units: u32,
    pub issuer: StoredIssuer,
    pub customer: StoredCustomer,
    pub period: StoredPeriod,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<StoredLine>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subtotal: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<StoredDiscount>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub net: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tax: Vec<StoredTax>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payable: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounding_drift: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<StoredStatement>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<StoredSource>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub laws: Vec<StoredLaw>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredIssuer {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub street: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub city: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub postcode: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub country: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tax_id: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub registration: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub email: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub phone: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub bank_name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub account_holder: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub iban: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub bic: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredCustomer {
    pub account_id: String,
    pub name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub street: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub city: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub postcode: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub country: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tax_id: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub email: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub locale: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredPeriod {
    pub name: String,
    /// RFC 3339 in `zone`; half-open.
    pub from: String,
    pub until: String,
    pub zone: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredLine {
    pub position: u32,
    pub text: String,
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    pub unit: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity_calls: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_tokens: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_tokens: Option<u64>,
    pub usage_amount: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rate: Vec<StoredRate>,
    pub net: String,
    pub drift: String,
    pub period: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredRate {
    pub of: String,
    pub amount: String,
    pub unit: String,
    /// RFC 3339 in the document's zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredDiscount {
    pub from: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    pub percent: String,
    pub base: String,
    pub amount: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredTax {
    pub category: String,
    pub percent: String,
    pub base: String,
    pub amount: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredStatement {
    pub wallet: String,
    pub unit: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opening: Option<String>,
    pub movements: Vec<StoredMovement>,
    pub usage_posted: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closing: Option<String>,
    pub residual: String,
    pub proposed: Vec<StoredProposal>,
    pub by_day: Vec<StoredUsage>,
    pub by_model: Vec<StoredUsage>,
    pub by_key: Vec<StoredUsage>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredMovement {
    pub kind: String,
    pub count: u64,
    pub amount: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredProposal {
    pub cause: String,
    pub calls: u64,
    pub amount: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredUsage {
    pub name: String,
    pub calls: u64,
    pub input_tokens: u64,
    pub output_tokens: u64,
    pub amount: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredSource {
    pub job: String,
    pub period: String,
    pub revision: u32,
    pub digest: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredLaw {
    pub name: String,
    pub left: String,
    pub right: String,
}
