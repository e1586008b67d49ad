//! What a customer is sent: one statement, invoice or credit note, as a value.

use crate::domain::money::{Amount, Exact};
use crate::domain::period::{Day, Instant, Period, Zone};

/// Gives an enum the words it is written with.
macro_rules! words {
    ($type:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $type {
            pub const ALL: &'static [$type] = &[$($type::$variant),+];

            pub fn name(self) -> &'static str {
                match self { $($type::$variant => $word),+ }
            }

            pub fn from_name(name: &str) -> Option<$type> {
                $type::ALL.iter().copied().find(|one| one.name() == name)
            }
        }
    };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentKind {
    /// Repeats the ledger of one wallet; asks for nothing.
    Statement,
    Invoice,
    /// Takes back all or part of the document it names.
    CreditNote,
}

words!(DocumentKind { Statement = "statement", Invoice = "invoice", CreditNote = "credit_note" });

/// What an invoice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// Calls of the period.
    Usage,
    /// Money paid into wallets in the period.
    TopUp,
    /// As usage or top-up, made because somebody asked.
    Request,
}

words!(Basis { Usage = "usage", TopUp = "top_up", Request = "request" });

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentStatus {
    Draft,
    Final,
}

words!(DocumentStatus { Draft = "draft", Final = "final" });

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LineKind {
    /// Calls of the period.
    Usage,
    /// What calls of an earlier month add, known only after its documents went out.
    Late,
    TopUp,
    /// What is missing to the minimum agreed.
    Commitment,
    /// Something of the corrected document taken back.
    Credit,
}

words!(LineKind { Usage = "usage", Late = "late", TopUp = "top_up", Commitment = "commitment", Credit = "credit" });

/// Who sends the document. Empty text is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Issuer {
    pub name: String,
    pub street: String,
    pub city: String,
    pub postcode: String,
    /// Two capital letters.
    pub country: String,
    pub tax_id: String,
    /// Number in the register of companies.
    pub registration: String,
    pub email: String,
    pub phone: String,
    pub bank_name: String,
    pub account_holder: String,
    pub iban: String,
    pub bic: String,
}

/// Who gets it, as known at the period's end. Empty text is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Customer {
    pub account_id: String,
    pub name: String,
    pub street: String,
    pub city: String,
    pub postcode: String,
    pub country: String,
    pub tax_id: String,
    pub email: String,
    pub locale: String,
}

/// One `of` unit is worth `amount` of `unit` from an instant on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rate {
    pub of: String,
    pub amount: Exact,
    pub unit: String,
    /// Absent: always.
    pub from: Option<Instant>,
}

/// One thing billed. Money is in the document's currency, at its minor units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// 1 and up.
    pub position: u32,
    pub text: String,
    pub kind: LineKind,
    pub model: Option<String>,
    pub endpoint: Option<String>,
    /// Of `usage_amount`.
    pub unit: String,
    pub quantity_calls: Option<u64>,
    pub input_tokens: Option<u64>,
    pub output_tokens: Option<u64>,
    /// Exact, in `unit`, before conversion and rounding.
    pub usage_amount: Amount,
    /// Declared rates from `unit` to the currency, in the order they apply; none where they are one.
    pub rate: Vec<Rate>,
    pub net: Amount,
    /// `net` - the exact amount in the currency.
    pub drift: Amount,
    /// Of the calls or movements behind it.
    pub period: Period,
}

/// One step of a graduated discount: `percent` of what lies between `from` and `until`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discount {
    pub from: Amount,
    pub until: Option<Amount>,
    pub percent: Exact,
    /// How much lies in the step.
    pub base: Amount,
    /// Taken off; positive.
    pub amount: Amount,
}

/// Codes of EN 16931 for how a line is taxed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TaxCategory {
    Standard,
    Zero,
    ReverseCharge,
    Exempt,
    /// Not subject to tax.
    None,
}

words!(TaxCategory { Standard = "S", Zero = "Z", ReverseCharge = "AE", Exempt = "E", None = "O" });

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tax {
    pub category: TaxCategory,
    pub percent: Exact,
    /// Net money taxed.
    pub base: Amount,
    pub amount: Amount,
    /// Why none is charged.
    pub reason: Option<String>,
}

/// Money of a document, at the currency's minor units but for `rounding_drift`.
///
/// `subtotal` = lines; `net` = subtotal - discounts + commitment; `total` = net + taxes;
/// `payable` = total - paid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub subtotal: Amount,
    pub discounts: Vec<Discount>,
    /// What was added to reach the minimum agreed.
    pub commitment: Option<Amount>,
    pub net: Amount,
    pub tax: Vec<Tax>,
    pub total: Amount,
    pub paid: Amount,
    pub payable: Amount,
    /// Billed before tax - the exact amount it stands for.
    pub rounding_drift: Amount,
}

/// Movements of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovementSum {
    pub kind: String,
    pub count: u64,
    /// Signed as in the ledger.
    pub amount: Amount,
}

/// What we propose to post, by cause: expected - posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    pub cause: String,
    pub calls: u64,
    /// Positive: to be debited; negative: to be given back.
    pub amount: Amount,
}

/// Posted usage of one day, model or key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageRow {
    pub name: String,
    pub calls: u64,
    pub input_tokens: u64,
    pub output_tokens: u64,
    /// Debits, positive.
    pub amount: Amount,
}

/// The ledger of one wallet over the period, in the wallet's unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    pub wallet: String,
    pub unit: String,
    /// Absent: the ledger never said what was in it.
    pub opening: Option<Amount>,
    pub movements: Vec<MovementSum>,
    /// What calls took: usage, hold, release and refund postings, turned round; debits positive.
    pub usage_posted: Amount,
    pub closing: Option<Amount>,
    /// closing - (opening + movements), where the ledger's own balances do not tie out.
    pub residual: Amount,
    pub proposed: Vec<Proposal>,
    pub by_day: Vec<UsageRow>,
    pub by_model: Vec<UsageRow>,
    pub by_key: Vec<UsageRow>,
}

/// A sealed revision the document was made from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceRef {
    pub job: String,
    pub period: String,
    pub revision: u32,
    pub digest: String,
}

/// An equality that was checked: both sides as they were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentLaw {
    pub name: String,
    pub left: String,
    pub right: String,
}

/// One statement, invoice or credit note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub kind: DocumentKind,
    pub basis: Basis,
    pub status: DocumentStatus,
    /// Absent in a draft.
    pub number: Option<String>,
    pub series: String,
    pub issued_on: Day,
    /// Absent where nothing is asked for.
    pub due_on: Option<Day>,
    pub terms_days: Option<u32>,
    /// A statement's is its wallet's unit.
    pub currency: String,
    /// Decimal places of the currency.
    pub minor_units: u32,
    pub issuer: Issuer,
    pub customer: Customer,
    pub period: Period,
    /// Whose days the period consists of.
    pub zone: Zone,
    pub lines: Vec<Line>,
    /// Absent on a statement.
    pub totals: Option<Totals>,
    /// Number of the document it takes something back of.
    pub corrects: Option<String>,
    /// Why it does.
    pub reason: Option<String>,
    pub statement: Option<Statement>,
    pub sources: Vec<SourceRef>,
    pub laws: Vec<DocumentLaw>,
}
