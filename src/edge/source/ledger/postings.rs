//! Postings: the movements of the operator's ledger.

use std::collections::HashSet;
use std::sync::Arc;

use super::context::{LedgerContext, LedgerFormat};
use crate::domain::ledger::{Posting, PostingKind};
use crate::edge::source::record::collector::Spot;
use crate::edge::source::record::fields::{Fault, Fields};
use crate::edge::source::record::format::{Out, RowFormat, ToRows};
use crate::edge::source::record::schema::{Node, Schema, leaf, slots};

slots! {
    POSTING_ID ACCOUNT_ID KIND AMOUNT UNIT POSTED_AT WALLET SOURCE CALL_ID ATTEMPT API_KEY_ID COVERS_FROM COVERS_UNTIL
    REFERENCE MONEY CURRENCY VALID_FROM VALID_UNTIL MODELS
}

static ROOT: Node = Node {
    entries: &[
        leaf("posting_id", POSTING_ID),
        leaf("account_id", ACCOUNT_ID),
        leaf("kind", KIND),
        leaf("amount", AMOUNT),
        leaf("unit", UNIT),
        leaf("posted_at", POSTED_AT),
        leaf("wallet", WALLET),
        leaf("source", SOURCE),
        leaf("call_id", CALL_ID),
        leaf("attempt", ATTEMPT),
        leaf("api_key_id", API_KEY_ID),
        leaf("covers_from", COVERS_FROM),
        leaf("covers_until", COVERS_UNTIL),
        leaf("reference", REFERENCE),
        leaf("money", MONEY),
        leaf("currency", CURRENCY),
        leaf("valid_from", VALID_FROM),
        leaf("valid_until", VALID_UNTIL),
        leaf("models", MODELS),
    ],
};

static SCHEMA: Schema = Schema {
    what: "postings",
    root: &ROOT,
    required: &["posting_id", "account_id", "kind", "amount", "unit", "posted_at"],
    spans_lines: false,
};

/// Names that come again and again, kept once.
#[derive(Default)]
pub(crate) struct Shared(HashSet<Arc<str>>);

impl Shared {
    pub(crate) fn get(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let text: Arc<str> = text.into();
        self.0.insert(text.clone());
        text
    }
}

pub(super) const FORMAT: LedgerFormat<Posting> = RowFormat::own(
    "our own postings",
    &SCHEMA,
    |members| members.fit(SCHEMA.required),
    |context| Box::new(Postings { context, shared: Shared::default() }),
);

struct Postings<'c> {
    context: &'c LedgerContext,
    shared: Shared,
}

impl ToRows<Posting> for Postings<'_> {
    fn row(&mut self, row: &Fields<'_, '_>, out: &mut Out<'_, Posting>) -> Result<(), Fault> {
        out.give(posting(row, self.context, out.spot, &mut self.shared)?)
    }
}

const KINDS: &str = "is not one of usage, hold, release, refund, top_up, grant, package_purchase, payout, expiry, fee, \
                     adjustment, transfer, payment";

fn posting(f: &Fields<'_, '_>, context: &LedgerContext, spot: Spot, shared: &mut Shared) -> Result<Posting, Fault> {
    let posting_id = f.required_text(POSTING_ID)?;
    let account_id = shared.get(&f.required_cow(ACCOUNT_ID)?);
    f.required_cow(KIND)?;
    let kind = f.one_of(KIND, PostingKind::from_name, KINDS)?.ok_or_else(|| f.fault(KIND, "is missing"))?;
    let (amount, cut) = f.required_amount_cut(AMOUNT)?;
    if !kind.allows(amount) {
        let sign = if amount.is_negative() { "negative" } else { "positive" };
        return Err(f.fault(AMOUNT, format!("is {sign}, which a posting of kind {} never is", kind.name())));
    }
    let mut name = |slot| Ok::<_, Fault>(f.cow(slot)?.map(|text| shared.get(&text)));
    let (wallet, source, api_key_id) = (name(WALLET)?, name(SOURCE)?, name(API_KEY_ID)?);
    let currency = f.unit(CURRENCY, &context.units)?.map(|unit| shared.get(&unit));
    let (covers_from, covers_until) = (f.instant(COVERS_FROM)?, f.instant(COVERS_UNTIL)?);
    match (covers_from, covers_until) {
        (Some(_), None) => return Err(f.fault(COVERS_UNTIL, "is missing beside covers_from")),
        (None, Some(_)) => return Err(f.fault(COVERS_FROM, "is missing beside covers_until")),
        _ => f.in_order(covers_from, covers_until, COVERS_UNTIL)?,
    }
    let (valid_from, valid_until) = (f.instant(VALID_FROM)?, f.instant(VALID_UNTIL)?);
    f.in_order(valid_from, valid_until, VALID_UNTIL)?;
    Ok(Posting {
        posting_id,
        account_id,
        wallet: wallet.unwrap_or_else(|| shared.get("main")),
        kind,
        amount,
        unit: shared.get(&f.required_unit(UNIT, &context.units)?),
        posted_at: f.required_instant(POSTED_AT)?,
        source,
        call_id: f.text(CALL_ID)?,
        attempt: f.small(ATTEMPT)?,
        api_key_id,
        covers_from,
        covers_until,
        reference: f.text(REFERENCE)?,
        money: f.amount(MONEY)?,
        currency,
        valid_from,
        valid_until,
        models: f.texts(MODELS)?,
        cut: cut.then_some(true),
        file: context.file,
        offset: spot.offset,
    })
}
