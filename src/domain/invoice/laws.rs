//! What must be equal in every document, checked when it is made and again when it is read back.

use super::document::{Document, DocumentKind, DocumentLaw, LineKind, Statement, Totals, UsageRow};
use crate::domain::money::Amount;

/// An equality that must hold in a document and does not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{law}: {left} is not {right}")]
pub struct BrokenDocument {
    pub law: String,
    pub left: String,
    pub right: String,
}

struct Checks(Vec<DocumentLaw>);

impl Checks {
    fn equal(&mut self, law: &str, left: Option<Amount>, right: Option<Amount>) -> Result<(), BrokenDocument> {
        let show = |a: Option<Amount>| a.map_or("too large a sum".to_owned(), |a| a.to_string());
        let (law, left_text, right_text) = (law.to_owned(), show(left), show(right));
        if left.is_none() || left != right {
            return Err(BrokenDocument { law, left: left_text, right: right_text });
        }
        self.0.push(DocumentLaw { name: law, left: left_text, right: right_text });
        Ok(())
    }
}

fn sum(amounts: impl IntoIterator<Item = Amount>) -> Option<Amount> {
    Amount::sum(amounts)
}

/// The equalities of a document, each as it was found.
///
/// # Errors
/// The first that does not hold.
pub fn check_document(document: &Document) -> Result<Vec<DocumentLaw>, BrokenDocument> {
    let mut checks = Checks(Vec::new());
    match (&document.totals, &document.statement) {
        (Some(totals), _) => money(document, totals, &mut checks)?,
        (None, Some(statement)) => ledger(statement, &mut checks)?,
        (None, None) => {}
    }
    Ok(checks.0)
}

fn money(document: &Document, totals: &Totals, checks: &mut Checks) -> Result<(), BrokenDocument> {
    let lines = &document.lines;
    checks.equal("sum of lines = subtotal", sum(lines.iter().map(|l| l.net)), Some(totals.subtotal))?;
    checks.equal("sum of drift = rounding", sum(lines.iter().map(|l| l.drift)), Some(totals.rounding_drift))?;
    let taken = sum(totals.discounts.iter().map(|d| d.amount));
    let net = taken
        .and_then(|taken| totals.subtotal.checked_sub(taken))
        .and_then(|rest| rest.checked_add(totals.commitment.unwrap_or_default()));
    checks.equal("subtotal - discounts + commitment = net", net, Some(totals.net))?;
    checks.equal("sum of tax bases = net", sum(totals.tax.iter().map(|t| t.base)), Some(totals.net))?;
    let tax = sum(totals.tax.iter().map(|t| t.amount));
    checks.equal("net + tax = total", tax.and_then(|t| totals.net.checked_add(t)), Some(totals.total))?;
    checks.equal("total - paid = payable", totals.total.checked_sub(totals.paid), Some(totals.payable))?;
    let whole = |a: &Amount| a.round(document.minor_units, crate::domain::money::Mode::Down) == Some(*a);
    let mut amounts = lines.iter().map(|l| l.net).chain([totals.subtotal, totals.net, totals.total, totals.paid]);
    if let Some(odd) = amounts.find(|a| !whole(a)) {
        let law = "every amount is whole in minor units".to_owned();
        return Err(BrokenDocument { law, left: odd.to_string(), right: format!("{} places", document.minor_units) });
    }
    // Rounding a line moves less than one unit; where a tax is taken out, at most one more.
    let unit = Amount::from_raw(2 * 10i128.pow(18 - document.minor_units.min(18)));
    let far = lines.iter().filter(|l| l.kind == LineKind::Usage).find(|l| Some(l.drift.abs()) > unit);
    if let Some(line) = far {
        let law = format!("line {} = its calls ± rounding", line.position);
        return Err(BrokenDocument { law, left: line.net.to_string(), right: format!("drift {}", line.drift) });
    }
    if document.kind != DocumentKind::Statement && totals.total.is_negative() {
        let law = "nobody is billed less than nothing".to_owned();
        return Err(BrokenDocument { law, left: totals.total.to_string(), right: "0 or more".to_owned() });
    }
    Ok(())
}

fn ledger(statement: &Statement, checks: &mut Checks) -> Result<(), BrokenDocument> {
    if let (Some(opening), Some(closing)) = (statement.opening, statement.closing) {
        let moved = sum(statement.movements.iter().map(|m| m.amount));
        let ends =
            moved.and_then(|moved| opening.checked_add(moved)).and_then(|moved| moved.checked_add(statement.residual));
        checks.equal("opening + movements + unexplained = closing", ends, Some(closing))?;
    }
    let calls = ["usage", "hold", "release", "refund"];
    let paid = sum(statement.movements.iter().filter(|m| calls.contains(&m.kind.as_str())).map(|m| m.amount));
    checks.equal("usage = what was posted for calls", Some(statement.usage_posted), paid.map(|p| -p))?;
    for (law, rows) in [
        ("sum of days = usage", &statement.by_day),
        ("sum of models = usage", &statement.by_model),
        ("sum of keys = usage", &statement.by_key),
    ] {
        checks.equal(law, sum(rows.iter().map(|r: &UsageRow| r.amount)), Some(statement.usage_posted))?;
    }
    Ok(())
}
