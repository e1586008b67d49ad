//! A made-up October: accounts, calls and postings as lines of words, and what would be billed for them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::documents::amount;
use crate::domain::call::CallsBuilder;
use crate::domain::call::tests::call;
use crate::domain::invoice::*;
use crate::domain::ledger::tests::{at, posting};
use crate::domain::ledger::{Account, DayMovements, LedgerState, Mode, Parties, Posting, Timeline, roll};
use crate::domain::money::{Amount, Units};
use crate::domain::period::{Day, Period, Zone};
use crate::domain::reconcile::{Class, Finding};

pub(super) fn october() -> Period {
    Period::parse("2026-10").unwrap()
}

/// `alice postpaid currency=EUR commitment=50`, with `from=05T00:00` where the row begins in October.
fn account(line: &str) -> Account {
    let mut words = line.split_whitespace();
    let id = words.next().unwrap();
    let mode = if words.next() == Some("postpaid") { Mode::Postpaid } else { Mode::Prepaid };
    let mut account = Account { account_id: id.into(), name: id.into(), mode, ..Account::default() };
    for (name, text) in words.map(|word| word.split_once('=').unwrap()) {
        match name {
            "currency" => account.currency = Some(text.into()),
            "from" => account.from = Some(at(text)),
            _ => {
                account.other.insert(name.into(), text.into());
            }
        }
    }
    for column in ["street", "city", "country"] {
        account.other.insert(column.into(), "x".into());
    }
    account
}

#[derive(Default)]
pub(super) struct World {
    pub(super) parties: Parties,
    /// `c1 alice gpt-x 05T10:00 EUR EXPECTED POSTED`, where `-` is absent, and `again` behind it says that the
    /// row is a second logging.
    pub(super) calls: Vec<String>,
    pub(super) postings: Vec<Posting>,
    pub(super) findings: Vec<Finding>,
    pub(super) issued: IssuedDocuments,
    pub(super) rules: BillingRules,
    pub(super) late: BTreeMap<String, Late>,
    pub(super) units: Units,
}

/// All calls and postings are of one day as far as days matter.
const DAY: Day = Day::EPOCH;

impl World {
    pub(super) fn new(accounts: &[&str], calls: &[&str], postings: &[&str]) -> World {
        World {
            parties: Parties::new(accounts.iter().map(|line| account(line)).collect(), Vec::new()),
            calls: calls.iter().map(|line| (*line).to_owned()).collect(),
            postings: postings.iter().map(|line| posting(line)).collect(),
            rules: BillingRules {
                series: "INV-".into(),
                credit_series: "CN-".into(),
                statement_series: "STM-".into(),
                hold_above: Vec::new(),
            },
            ..World::default()
        }
    }

    fn movements(&self) -> DayMovements<'_> {
        DayMovements {
            span: october().span(Zone::UTC),
            complete_from: Some(at("01T00:00")),
            postings: &self.postings,
            balances: &[],
            keys: &[],
            named: &[],
        }
    }

    pub(super) fn debits(&self) -> Debits {
        let rolled = roll(&LedgerState::default(), &Timeline::new(&self.movements())).unwrap();
        let mut debits = Debits::new(&self.parties, october().span(Zone::UTC).1, &rolled.carry);
        debits.open(&LedgerState::default());
        let counted: Vec<(&Posting, bool)> = self.postings.iter().map(|p| (p, true)).collect();
        debits.pay_for(DAY, &counted);
        debits.follow(&self.postings).unwrap();
        debits
    }

    /// Shows the month's calls beside what is said of them.
    pub(super) fn charged<T>(&self, look: impl FnOnce(&ChargedCalls<'_>) -> T) -> T {
        let mut builder = CallsBuilder::default();
        let (mut unit, mut expected, mut posted, mut class) = (Vec::<Arc<str>>::new(), vec![], vec![], vec![]);
        let known = |text: &str| (text != "-").then(|| amount(text));
        for line in &self.calls {
            let words: Vec<&str> = line.split_whitespace().collect();
            let started_at = at(words[3]);
            let mut one = call(words[0]);
            (one.account_id, one.model) = (words[1].into(), words[2].into());
            (one.started_at, one.ended_at) = (started_at, started_at);
            builder.push(&one);
            unit.push(words[4].into());
            expected.push(known(words[5]));
            posted.push(known(words[6]));
            class.push(if words.len() > 7 { Class::DuplicateCall } else { Class::Matched });
        }
        let calls = builder.finish();
        let recorded = vec![None; expected.len()];
        look(&ChargedCalls {
            day: DAY,
            calls: &calls,
            unit: &unit,
            expected: &expected,
            recorded: &recorded,
            posted: &posted,
            class: &class,
        })
    }

    pub(super) fn months(&self) -> AccountMonths {
        let debits = self.debits();
        let span = october().span(Zone::UTC);
        let mut months = AccountMonths {
            call_debits: CallDebits::of(&self.findings),
            filled: debits.filled().clone(),
            ..AccountMonths::default()
        };
        self.postings.iter().for_each(|p| months.call_debits.add(p));
        let mut placer = CallPlacer::new(&self.parties, &self.units, debits, span.1);
        let changes = rate_changes(&self.units, span);
        self.charged(|day| months.add_calls(&mut placer, &changes, day)).unwrap();
        let named = self.charged(|calls| {
            let mut named = NamedCalls::of(&self.postings);
            named.find_in(calls.calls, &|_| true);
            named
        });
        months.rolled = roll(&LedgerState::default(), &Timeline::new(&self.movements())).unwrap().days;
        let usage = day_usage(DAY, &self.postings, &named).unwrap();
        assert!(agrees_with(&usage, &months.rolled));
        months.add_wallets(usage).unwrap();
        months.add_payments(payments_of(&self.postings));
        months.settle_places().unwrap();
        months.add_findings(self.findings.clone());
        months
    }

    pub(super) fn with_builder<T>(&self, period: Period, work: impl FnOnce(&DraftBuilder<'_>) -> T) -> T {
        let issuer = Issuer::default();
        let issued_on = period.end().plus(2);
        let frame = Frame { issuer: &issuer, period, zone: Zone::UTC, issued_on, sources: &[] };
        let (rules, parties, issued, late) = (&self.rules, &self.parties, &self.issued, &self.late);
        work(&DraftBuilder { rules, units: &self.units, parties, issued, frame, late })
    }

    pub(super) fn drafts(&self) -> Vec<Draft> {
        self.with_builder(october(), |builder| builder.drafts(&self.months())).unwrap()
    }

    /// Every draft in a line: key, kind, what it bills before tax, and why it is held.
    pub(super) fn shown(&self) -> Vec<String> {
        self.drafts().iter().map(show).collect()
    }

    /// Makes every draft without a hold final.
    pub(super) fn issue(&mut self) {
        let drafts = self.drafts();
        self.finish(drafts);
    }

    pub(super) fn finish(&mut self, drafts: Vec<Draft>) {
        for draft in drafts {
            let number = format!("N-{}", self.issued.all().len() + 1);
            if let Some(document) = draft.document.filter(|_| draft.holds.is_empty()) {
                let document = Document { number: Some(number), status: DocumentStatus::Final, ..document };
                self.issued.add(draft.key, document);
            }
        }
    }

    /// What the documents of November are to say of October, as it is now.
    pub(super) fn late(&self, pending: &[&str]) -> BTreeMap<String, Late> {
        self.late_in(october().next(), pending)
    }

    /// What the documents of a month are to say of October, as it is now.
    pub(super) fn late_in(&self, period: Period, pending: &[&str]) -> BTreeMap<String, Late> {
        let pending: Vec<String> = pending.iter().map(|key| (*key).to_owned()).collect();
        let mut all = BTreeMap::new();
        let months = self.months();
        self.with_builder(october(), |b| add_late(b, &months, &pending, period, &mut all)).unwrap();
        all
    }

    /// Makes the documents of a later month without usage final: what came late of October, and notes.
    pub(super) fn issue_late(&mut self, period: Period) {
        let late = self.late_in(period, &[]);
        let before = std::mem::replace(&mut self.late, late);
        let drafts = self.with_builder(period, |b| b.drafts(&AccountMonths::default())).unwrap();
        self.late = before;
        self.finish(drafts);
    }

    /// A note that was asked for; what cannot be taken back is said.
    pub(super) fn credit(&mut self, number: &str, ask: &CreditAsk<'_>) -> Result<(), CreditError> {
        let invoice = self.issued.of_number(number).unwrap();
        let earlier: Vec<Document> = self.issued.corrections(number).into_iter().cloned().collect();
        let note = credit_note(invoice, &earlier, ask)?;
        check_document(&note).unwrap();
        let key = credit_key(number, ask, u32::try_from(earlier.len()).unwrap());
        self.finish(vec![Draft { document: Some(note), ..Draft::new(key, "a") }]);
        Ok(())
    }

    /// Final documents in order: number, what it bills before tax, what it corrects.
    pub(super) fn finals(&self) -> Vec<String> {
        let show = |d: &IssuedDocument| {
            let corrects = d.document.corrects.as_deref().map_or(String::new(), |c| format!(" over {c}"));
            format!("{} {}{corrects}", d.document.number.as_deref().unwrap(), net(&d.document))
        };
        self.issued.all().iter().map(show).collect()
    }
}

pub(super) fn net(document: &Document) -> Amount {
    document.totals.as_ref().map(|t| t.net).unwrap_or_default()
}

fn show(draft: &Draft) -> String {
    let holds: Vec<String> = draft.holds.iter().map(ToString::to_string).collect();
    let held = if holds.is_empty() { String::new() } else { format!(" held: {}", holds.join("; ")) };
    match &draft.document {
        None => format!("{} nothing{held}", draft.key),
        Some(d) if d.statement.is_some() => format!("{} statement{held}", draft.key),
        Some(d) => format!("{} {} {} {}{held}", draft.key, d.kind.name(), net(d), d.currency),
    }
}
