//! What is left: the one place that knows of every invoice what it billed, of which month, what notes took back of
//! it, whoever made them, and what more can be.
//!
//! Notes that were asked for name lines; those of late corrections name a month; those over money paid back and over
//! so much of an invoice name neither: they take of the invoice's own month first. Together they never take more than
//! was billed.

use std::collections::BTreeMap;

use super::allocate::{allocate, payable};
use super::document::{Document, Line, LineKind, Totals};
use super::tax::{share, without};
use super::usage::OpenLine;
use crate::domain::money::{Amount, Exact, Mode, mul_div_round};
use crate::domain::period::Period;

/// Money before tax, and its tax.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Money {
    pub(crate) net: Amount,
    pub(crate) tax: Amount,
}

impl Money {
    /// Of a document's totals. `None` on overflow.
    pub(crate) fn of(totals: &Totals) -> Option<Money> {
        Some(Money { net: totals.net, tax: Amount::sum(totals.tax.iter().map(|t| t.amount))? })
    }

    pub(crate) fn checked_add(self, other: Money) -> Option<Money> {
        Some(Money { net: self.net.checked_add(other.net)?, tax: self.tax.checked_add(other.tax)? })
    }

    pub(crate) fn checked_sub(self, other: Money) -> Option<Money> {
        Some(Money { net: self.net.checked_sub(other.net)?, tax: self.tax.checked_sub(other.tax)? })
    }

    pub(crate) fn total(self) -> Option<Amount> {
        self.net.checked_add(self.tax)
    }

    pub(crate) fn is_zero(self) -> bool {
        self.net.is_zero() && self.tax.is_zero()
    }
}

/// One month on an invoice, before tax.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct MonthLeft {
    billed: Amount,
    /// By notes of late corrections.
    corrected: Amount,
    /// By all notes.
    taken: Amount,
}

/// What of an invoice no note has taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Left {
    pub(crate) net: Amount,
    pub(crate) tax: Amount,
    billed: Money,
    percent: Exact,
    minor_units: u32,
    months: BTreeMap<Period, MonthLeft>,
}

impl Left {
    /// `notes` are those that correct the invoice. `None` where it has no totals, or on overflow.
    pub(crate) fn of<'a>(invoice: &Document, notes: impl IntoIterator<Item = &'a Document>) -> Option<Left> {
        let billed = invoice.totals.as_ref()?;
        let all = Money::of(billed)?;
        let percent = billed.tax.first().map_or(Exact::ZERO, |t| t.percent);
        let mut left = Left {
            net: all.net,
            tax: all.tax,
            billed: all,
            percent,
            minor_units: invoice.minor_units,
            months: BTreeMap::new(),
        };
        let lines = worth(invoice, billed)?;
        for line in &lines {
            let month = left.months.entry(line.period).or_default();
            month.billed = month.billed.checked_add(line.net)?;
        }
        let mut unnamed = Amount::ZERO;
        for note in notes {
            let taken = Money::of(note.totals.as_ref()?)?;
            left.net = left.net.checked_sub(taken.net)?;
            left.tax = left.tax.checked_sub(taken.tax)?;
            for line in &note.lines {
                unnamed = unnamed.checked_add(left.name(line, &lines)?)?;
            }
        }
        left.spread(unnamed, invoice.period)?;
        Some(left)
    }

    /// Notes what a note's line takes of the month it names; gives what names none.
    fn name(&mut self, line: &Line, lines: &[Line]) -> Option<Amount> {
        let is_it = |l: &&Line| (l.position, &l.text) == (line.position, &line.text);
        let named = match line.kind {
            LineKind::Late => Some(line.period),
            _ => lines.iter().find(is_it).map(|l| l.period),
        };
        let Some(month) = named.and_then(|period| self.months.get_mut(&period)) else { return Some(line.net) };
        month.taken = month.taken.checked_add(line.net)?;
        if line.kind == LineKind::Late {
            month.corrected = month.corrected.checked_add(line.net)?;
        }
        Some(Amount::ZERO)
    }

    /// Shares out what names no month: the invoice's own first, each as far as it has something left.
    fn spread(&mut self, mut unnamed: Amount, own: Period) -> Option<()> {
        let mut order: Vec<Period> = self.months.keys().copied().collect();
        order.sort_by_key(|month| (*month != own, *month));
        for period in &order {
            let month = self.months.get_mut(period)?;
            let over = month.taken.checked_sub(month.billed)?.max(Amount::ZERO);
            month.taken = month.taken.checked_sub(over)?;
            unnamed = unnamed.checked_add(over)?;
        }
        for period in &order {
            let month = self.months.get_mut(period)?;
            let room = month.billed.checked_sub(month.taken)?.max(Amount::ZERO);
            let more = unnamed.min(room).max(-month.taken);
            month.taken = month.taken.checked_add(more)?;
            unnamed = unnamed.checked_sub(more)?;
        }
        Some(())
    }

    /// What it bills of a month before tax, late corrections taken off. `None` on overflow.
    pub(crate) fn stands_of(&self, month: Period) -> Option<Amount> {
        let of = self.months.get(&month).copied().unwrap_or_default();
        of.billed.checked_sub(of.corrected)
    }

    /// So much before tax can be taken back of a month.
    pub(crate) fn left_of(&self, month: Period) -> Option<Amount> {
        let of = self.months.get(&month).copied().unwrap_or_default();
        Some(of.billed.checked_sub(of.taken)?.min(self.net).max(Amount::ZERO))
    }

    /// What goes back with `net`, no more than is left, its tax by the invoice's percent; who takes all gets all.
    /// `None` on overflow.
    pub(crate) fn take(&self, net: Amount) -> Option<Money> {
        let net = net.min(self.net).max(Amount::ZERO);
        if net == self.net && net.is_positive() {
            return Some(Money { net, tax: self.tax });
        }
        let tax = payable(share(net, self.percent)?, self.minor_units)?;
        Some(Money { net, tax: tax.min(self.tax).max(Amount::ZERO) })
    }

    /// What all notes together took back, tax included. `None` on overflow.
    pub(crate) fn given_back(&self) -> Option<Amount> {
        self.billed.total()?.checked_sub(self.net.checked_add(self.tax)?)
    }

    /// Lines of amounts with their tax in them, as they stand on a note that takes back so much. `None` on overflow.
    pub(crate) fn before_tax(&self, lines: Vec<OpenLine>, taken: Money) -> Option<Vec<Line>> {
        let exact = lines.iter().map(|(_, with_tax)| without(*with_tax, self.percent)).collect::<Option<Vec<_>>>()?;
        let parts = allocate(taken.net, &exact, self.minor_units)?;
        let lines = lines.into_iter().zip(parts.into_iter().zip(exact));
        lines.map(|((line, _), (net, exact))| Some(Line { net, drift: net.checked_sub(exact)?, ..line })).collect()
    }

    /// As [`Left::take`], of an amount with its tax in it.
    pub(crate) fn take_paid(&self, gross: Amount) -> Option<Money> {
        let all = self.net.checked_add(self.tax)?;
        if gross >= all {
            return Some(Money { net: self.net.max(Amount::ZERO), tax: self.tax.max(Amount::ZERO) });
        }
        let net = payable(without(gross, self.percent)?, self.minor_units)?.min(self.net);
        let tax = gross.checked_sub(net)?.min(self.tax);
        Some(Money { net: gross.checked_sub(tax)?, tax })
    }
}

/// The invoice's lines less their shares of the discount, and its commitment as one more.
pub(super) fn worth(invoice: &Document, billed: &Totals) -> Option<Vec<Line>> {
    let taken = Amount::sum(billed.discounts.iter().map(|d| d.amount))?;
    // Late lines were settled before and take no part in this month's discount.
    let shares = |l: &Line| l.kind != LineKind::Late;
    let base = Amount::sum(invoice.lines.iter().filter(|l| shares(l)).map(|l| l.net))?;
    let mut exact = Vec::new();
    for line in invoice.lines.iter().filter(|l| shares(l)) {
        let off =
            if base.is_zero() { 0 } else { mul_div_round(line.net.raw(), taken.raw(), base.raw(), Mode::HalfEven)? };
        exact.push(line.net.checked_sub(Amount::from_raw(off)?)?);
    }
    let mut reduced = allocate(base.checked_sub(taken)?, &exact, invoice.minor_units)?.into_iter();
    let mut lines = Vec::new();
    for line in &invoice.lines {
        let net = if shares(line) { reduced.next()? } else { line.net };
        lines.push(Line { kind: LineKind::Credit, net, drift: Amount::ZERO, ..line.clone() });
    }
    if let Some(commitment) = billed.commitment {
        let position = invoice.lines.iter().map(|l| l.position).max().unwrap_or(0).checked_add(1)?;
        lines.push(plain(position, "Minimum commitment", commitment, invoice));
    }
    Some(lines)
}

pub(super) fn plain(position: u32, text: &str, net: Amount, invoice: &Document) -> Line {
    Line {
        position,
        text: text.to_owned(),
        kind: LineKind::Credit,
        model: None,
        endpoint: None,
        unit: invoice.currency.clone(),
        quantity_calls: None,
        input_tokens: None,
        output_tokens: None,
        usage_amount: net,
        rate: Vec::new(),
        net,
        drift: Amount::ZERO,
        period: invoice.period,
    }
}
