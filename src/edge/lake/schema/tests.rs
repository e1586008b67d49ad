use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

use super::{ChargesTable, Record, RejectRow, RepresentationRow, WalletDayRow, from_batch, schema, to_batch};
use crate::domain::call::Meter;
use crate::domain::ledger::{Balance, Posting, PostingKind, StateRow, WalletDay, WalletId};
use crate::domain::money::Amount;
use crate::domain::period::Instant;
use crate::domain::price::VersionId;
use crate::domain::rating::{ChargeKind, ChargeStatus, Charges, Unpriced, Zero};
use crate::domain::reconcile::{Certainty, Class, Finding, Leg, LegSum, MovementRow};

/// Rows come back as they were, also from two batches whose dictionaries differ.
fn check<R: Record + PartialEq + Debug>(rows: &[R]) {
    let batch = to_batch(rows);
    assert_eq!(batch.schema(), schema::<R>());
    assert_eq!(from_batch::<R>(&batch).unwrap(), rows);
    let (left, right) = rows.split_at(rows.len() / 2);
    let both = concat_batches(&schema::<R>(), &[to_batch(right), to_batch(left)]).unwrap();
    let back = from_batch::<R>(&both).unwrap();
    assert!(back.iter().eq(right.iter().chain(left)));
}

fn amount() -> impl Strategy<Value = Amount> {
    let edge = 10i128.pow(38) - 1;
    prop_oneof![Just(0), Just(edge), Just(-edge), -edge..=edge, -1000i128..1000]
        .prop_map(|raw| Amount::from_raw(raw).unwrap())
}

fn instant() -> impl Strategy<Value = Instant> {
    prop_oneof![any::<i64>(), 0i64..2_000_000_000_000_000].prop_map(Instant::from_micros)
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]{0,2}", any::<String>()]
}

fn name() -> impl Strategy<Value = Arc<str>> {
    text().prop_map(Arc::from)
}

fn pick<T: Copy + Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    (0..all.len()).prop_map(move |i| all[i])
}

fn posting() -> impl Strategy<Value = Posting> {
    let head = (text(), name(), name(), pick(&PostingKind::ALL), amount(), name(), instant());
    let link = (of(name()), of(text()), of(any::<u32>()), of(name()), of(instant()), of(instant()), of(text()));
    let tail = (of(amount()), of(name()), of(instant()), of(instant()), vec(text(), 0..3), any::<u32>(), any::<u64>());
    let cut = of(any::<bool>());
    (head, link, tail, cut).prop_map(|(h, l, t, cut)| Posting {
        posting_id: h.0,
        account_id: h.1,
        wallet: h.2,
        kind: h.3,
        amount: h.4,
        unit: h.5,
        posted_at: h.6,
        source: l.0,
        call_id: l.1,
        attempt: l.2,
        api_key_id: l.3,
        covers_from: l.4,
        covers_until: l.5,
        reference: l.6,
        money: t.0,
        currency: t.1,
        valid_from: t.2,
        valid_until: t.3,
        models: t.4,
        cut,
        file: t.5,
        offset: t.6,
    })
}

fn finding() -> impl Strategy<Value = Finding> {
    let head = (text(), text(), pick(&Leg::ALL), pick(Class::ALL), text(), text(), pick(&Certainty::ALL));
    let ids = (of(text()), of(text()), of(text()), of(text()), of(text()), of(any::<u32>()), of(text()));
    let times = (of(instant()), of(instant()), of(instant()), vec(text(), 0..3), vec((text(), text()), 0..3));
    let money = (of(text()), of(amount()), of(amount()), of(amount()), of(amount()), of(text()), of(text()));
    (head, ids, times, money).prop_map(|(h, i, t, m)| Finding {
        finding_id: h.0,
        incident_id: h.1,
        leg: h.2,
        class: h.3,
        cause: h.4,
        origin: h.5,
        certainty: h.6,
        candidates: t.3,
        source: i.0,
        account_id: i.1,
        api_key_id: i.2,
        wallet: i.3,
        call_id: i.4,
        attempt: i.5,
        posting_id: i.6,
        at: t.0,
        from: t.1,
        until: t.2,
        unit: m.0,
        expected: m.1,
        recorded: m.2,
        posted: m.3,
        difference: m.4,
        version_in_force: m.5,
        version_matched: m.6,
        evidence: t.4,
    })
}

fn wallet_day() -> impl Strategy<Value = WalletDay> {
    let movements = vec((pick(&PostingKind::ALL), amount()), 0..3);
    let id = (name(), name(), name());
    (id, of(amount()), movements, of(amount()), vec((instant(), amount()), 0..3), amount(), amount()).prop_map(
        |(id, opening, movements, closing, asserted, residual, named)| WalletDay {
            wallet: WalletId { account_id: id.0, wallet: id.1, unit: id.2 },
            opening,
            movements: movements.into_iter().map(|(k, a)| (k.name(), a)).collect(),
            closing,
            asserted,
            residual,
            named,
        },
    )
}

fn status() -> impl Strategy<Value = ChargeStatus> {
    use ChargeStatus::{NoUsage, Priced, Unpriced as Un};
    prop_oneof![
        Just(Priced),
        pick(&[Zero::Refusal, Zero::Failed, Zero::Cancelled, Zero::GatewayCache, Zero::FreeRow])
            .prop_map(ChargeStatus::Zero),
        Just(NoUsage),
        Just(Un(Unpriced::NoVersion)),
        Just(Un(Unpriced::NoRow)),
        Just(Un(Unpriced::Tie)),
        Just(Un(Unpriced::NoBatch)),
        Just(Un(Unpriced::Overflow)),
        pick(&Meter::ALL).prop_map(|m| Un(Unpriced::NoRate(m))),
        text().prop_map(|t| Un(Unpriced::NoServiceTier(t))),
        text().prop_map(|t| Un(Unpriced::NoContext(t))),
    ]
}

fn charge_row() -> impl Strategy<Value = ChargesTable> {
    let ends = prop_oneof![instant(), Just(Instant::MIN), Just(Instant::MAX)];
    let version = of((ends.clone(), ends, any::<bool>()).prop_map(|(effective_from, known, same)| VersionId {
        effective_from,
        known_from: if same { effective_from } else { known },
    }));
    let amounts = (of(amount()), of(amount()), of(amount()));
    (status(), amount(), version, of(any::<u32>()), name(), amounts, (pick(Class::ALL), pick(Class::ALL))).prop_map(
        |(status, amount, version, row, unit, amounts, classes)| {
            let priced = matches!(status, ChargeStatus::Priced | ChargeStatus::Zero(_));
            ChargesTable {
                charges: Charges::from_iter([(
                    ChargeKind { status, version, row },
                    if priced { amount } else { Amount::ZERO },
                )]),
                unit: vec![unit],
                expected: vec![amounts.0],
                recorded: vec![amounts.1],
                posted: vec![amounts.2],
                charge_class: vec![classes.0],
                posting_class: vec![classes.1],
            }
        },
    )
}

fn joined(rows: Vec<ChargesTable>) -> ChargesTable {
    rows.into_iter().fold(ChargesTable::default(), |mut all, row| {
        let charges = all.charges.rows().chain(row.charges.rows()).map(|(kind, amount)| (kind.clone(), amount));
        all.charges = charges.collect();
        all.unit.extend(row.unit);
        all.expected.extend(row.expected);
        all.recorded.extend(row.recorded);
        all.posted.extend(row.posted);
        all.charge_class.extend(row.charge_class);
        all.posting_class.extend(row.posting_class);
        all
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn postings(rows in vec(posting(), 0..12)) {
        check(&rows);
    }

    #[test]
    fn balances(rows in vec((name(), name(), name(), instant(), amount(), of(any::<bool>()), any::<u32>(), any::<u64>()), 0..12)) {
        let row = |(account_id, wallet, unit, at, balance, cut, file, offset)| {
            Balance { account_id, wallet, unit, at, balance, cut, file, offset }
        };
        check(&rows.into_iter().map(row).collect::<Vec<_>>());
    }

    #[test]
    fn findings(rows in vec(finding(), 0..8)) {
        check(&rows);
    }

    #[test]
    fn wallet_days(days in vec(wallet_day(), 0..8)) {
        let rows: Vec<WalletDayRow> = days.iter().map(WalletDayRow::from).collect();
        check(&rows);
        prop_assert!(rows.into_iter().map(WalletDay::from).eq(days));
    }

    #[test]
    fn charges(rows in vec(charge_row(), 0..16)) {
        let table = joined(rows);
        let batch = table.to_batch().unwrap();
        let back = ChargesTable::from_batch(&batch).unwrap();
        prop_assert_eq!(format!("{:?}", &back), format!("{:?}", &table));
        prop_assert_eq!(back.to_batch().unwrap(), batch);
    }

    #[test]
    fn carries(rows in vec((text(), text(), of(text()), of(instant()), of(amount()), of(any::<i64>())), 0..12)) {
        let row = |(kind, owner, text, at, amount, n)| {
            StateRow { kind, owner, at, amount, n, text, ..StateRow::default() }
        };
        check(&rows.into_iter().map(row).collect::<Vec<_>>());
    }

    #[test]
    fn rejects(rows in vec((text(), any::<u64>(), any::<u128>(), of(text())), 0..12)) {
        let row = |(reason, offset, hash, field)| {
            RejectRow { source: "s".into(), file: "f".into(), line: offset, offset, length: 1, hash, field, reason }
        };
        check(&rows.into_iter().map(row).collect::<Vec<_>>());
    }
}

#[test]
fn sums_and_movements() {
    let unit = || "CNY".to_owned();
    let one = Amount::from_int(1);
    let sum = |class| LegSum {
        leg: Leg::Posting,
        class,
        source: String::new(),
        unit: unit(),
        rows: 7,
        expected: one,
        recorded: -one,
        posted: Amount::ZERO,
        difference: one,
    };
    check(&[sum(Class::NoCall), sum(Class::Matched)]);
    let movement = |difference| MovementRow {
        posting_id: "p".into(),
        account_id: "a".into(),
        unit: unit(),
        class: Class::Undecided,
        posted: one,
        difference,
    };
    check(&[movement(None), movement(Some(one))]);
    let sums = BTreeMap::from([(("b".to_owned(), unit()), one), (("a".to_owned(), unit()), -one)]);
    let rows = RepresentationRow::of(&sums);
    assert_eq!(rows[0].source, "a");
    check(&rows);
}

#[test]
fn what_is_no_table_is_refused() {
    let row = RepresentationRow { source: "a".into(), unit: "CNY".into(), amount: Amount::ZERO };
    let batch = to_batch(&[row]);
    let refused = from_batch::<LegSum>(&batch).unwrap_err();
    assert_eq!((refused.column.as_str(), refused.what.as_str()), ("leg", "is missing"));
    let kind = from_batch::<OtherKind>(&batch).unwrap_err();
    assert_eq!(kind.column, "amount");

    let swapped = batch.project(&[2, 0, 1]).unwrap();
    assert_eq!(from_batch::<RepresentationRow>(&swapped).unwrap().len(), 1);
    assert!(ChargesTable::from_batch(&batch).is_err());
}

#[derive(Debug)]
struct OtherKind {
    amount: String,
}
crate::record! { "other" => OtherKind { amount: Text } }

#[derive(Clone, Debug, PartialEq)]
struct Grown {
    source: String,
    unit: String,
    amount: Amount,
    added_later: Option<String>,
}
crate::record! { "representation" => Grown { source: Name, unit: Name, amount: Amount, added_later: Text } }

#[test]
fn files_of_earlier_builds_have_empty_new_columns() {
    let row = RepresentationRow { source: "a".into(), unit: "CNY".into(), amount: Amount::ZERO };
    let grown = from_batch::<Grown>(&to_batch(&[row])).unwrap();
    assert_eq!(grown[0].added_later, None);
}

#[test]
fn a_value_that_is_not_known_is_an_error() {
    let finding = Finding::new(Leg::Usage, Class::UsageOverlap, "r", &["k"]);
    let batch = to_batch(&[finding]);
    let index = batch.schema().index_of("class").unwrap();
    let mut columns = batch.columns().to_vec();
    columns[index] = batch.columns()[batch.schema().index_of("finding_id").unwrap()].clone();
    let as_name =
        arrow::array::DictionaryArray::<arrow::datatypes::Int32Type>::new(vec![0].into(), columns[index].clone());
    columns[index] = Arc::new(as_name);
    let changed = RecordBatch::try_new(batch.schema(), columns).unwrap();
    let refused = from_batch::<Finding>(&changed).unwrap_err();
    assert_eq!(refused.column, "class");
    assert!(refused.what.contains("not known"), "{refused}");
}
