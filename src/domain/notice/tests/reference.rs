//! A slow, obvious reading of the rule must find the same crossings.

use num_rational::BigRational;
use proptest::prelude::*;

use super::*;
use crate::domain::ledger::PostingKind;

fn exact(amount: Amount) -> BigRational {
    BigRational::new(amount.raw().into(), 10i128.pow(18).into())
}

/// The balance after each movement, everything added up again each time.
fn balance_after(moves: &[Posting]) -> BigRational {
    moves.iter().map(|p| exact(p.amount)).sum()
}

fn level(moves: &[Posting], threshold: &str) -> Option<BigRational> {
    let last = moves.last()?;
    if let Some(percent) = threshold.strip_suffix('%') {
        let bought = |p: &&Posting| matches!(p.kind, PostingKind::TopUp | PostingKind::PackagePurchase);
        let grants: Vec<BigRational> =
            moves.iter().filter(|p| p.kind == PostingKind::Grant).map(|p| exact(p.amount)).collect();
        let basis = match moves.iter().rev().find(bought) {
            Some(purchase) => exact(purchase.amount),
            None if grants.is_empty() => return None,
            None => grants.into_iter().sum(),
        };
        return Some(basis * exact(amount(percent)) / BigRational::from_integer(100.into()));
    }
    if let Some(days) = threshold.strip_suffix('d') {
        let today = Zone::UTC.day_of(last.posted_at);
        let week = moves.iter().filter(|p| p.kind.pays_for_calls()).filter(|p| {
            let day = Zone::UTC.day_of(p.posted_at);
            today.plus(-7) <= day && day < today
        });
        let used: BigRational = week.map(|p| -exact(p.amount)).sum();
        let used = used.max(BigRational::from_integer(0.into()));
        // The days the wallet has, from its first movement's on.
        let has = today.number() - Zone::UTC.day_of(moves[0].posted_at).number();
        return Some(used * exact(amount(days)) / BigRational::from_integer(has.clamp(1, 7).into()));
    }
    Some(exact(amount(threshold)))
}

/// The newest crossing that nothing has brought back, of several thresholds.
fn slow(moves: &[Posting], thresholds: &[&str]) -> Option<String> {
    let mut newest: Option<(Instant, String)> = None;
    for threshold in thresholds {
        let mut crossed: Option<(Instant, String)> = None;
        for n in 1..=moves.len() {
            let last = &moves[n - 1];
            let below = level(&moves[..n], threshold).is_some_and(|level| balance_after(&moves[..n]) < level);
            if crossed.is_none() && below {
                crossed = Some((last.posted_at, last.posting_id.clone()));
            } else if crossed.is_some() && !below && last.amount.is_positive() {
                crossed = None;
            }
        }
        newest = newest.max(crossed);
    }
    newest.map(|(_, posting)| posting)
}

fn moves() -> impl Strategy<Value = Vec<(u32, u32, usize, i64)>> {
    prop::collection::vec((1u32..25, 0u32..1440, 0usize..6, 1i64..400), 1..40)
}

fn build(raw: Vec<(u32, u32, usize, i64)>) -> Vec<Posting> {
    let mut raw = raw;
    raw.sort_by_key(|r| (r.0, r.1));
    let kinds = [("usage", -1), ("usage", -1), ("refund", 1), ("top_up", 3), ("grant", 1), ("adjustment", -1)];
    let line = |(n, (day, minute, kind, size)): (usize, (u32, u32, usize, i64))| {
        let (name, sign) = kinds[kind];
        let (hour, minute, value) = (minute / 60, minute % 60, sign * size);
        posting(&format!("p{n:03} {day:02}T{hour:02}:{minute:02} alice/main CNY {name} {value}"))
    };
    raw.into_iter().enumerate().map(line).collect()
}

proptest! {
    #[test]
    fn the_slow_reading_agrees(raw in moves(), which in 0usize..5) {
        let texts = ["10%", "250", "3d", "10%;100", "33.3%;2d;40"];
        let mut world = World::new(texts[which], &[], &[]);
        world.postings = build(raw);
        let thresholds: Vec<&str> = texts[which].split(';').collect();
        let found = world.low().first().map(|l| l.crossing.posting_id.clone());
        prop_assert_eq!(found, slow(&world.postings, &thresholds));
    }

    /// However often it is looked, each range below is told of once, and a range that was told of began
    /// after the one before had ended.
    #[test]
    fn one_notice_a_crossing(raw in moves(), looks in prop::collection::vec(0usize..40, 1..12)) {
        let mut world = World::new("10%", &[], &[]);
        let all = build(raw);
        let mut looks = looks;
        looks.sort_unstable();
        let mut notified = NotifiedLog::default();
        let mut notices: Vec<String> = Vec::new();
        for seen in looks {
            world.postings = all[..seen.min(all.len())].to_vec();
            for low in world.low() {
                let far = Span::from_hours(24 * 365);
                if decide(&low, &notified, at("31T23:00"), far) == NoticeDecision::Due {
                    notified.note(NoticeKey::of(&low));
                    notices.push(low.crossing.posting_id);
                }
            }
        }
        let mut once = notices.clone();
        once.dedup();
        prop_assert_eq!(&once, &notices);
        for pair in notices.windows(2) {
            let place = |id: &str| all.iter().position(|p| p.posting_id == id).unwrap();
            let between = &all[place(&pair[0])..place(&pair[1])];
            prop_assert!(between.iter().any(|p| p.amount.is_positive()), "{:?}", pair);
        }
    }

    #[test]
    fn a_threshold_is_written_as_it_is_read(n in 0u32..100_000, scale in 0u32..4, suffix in 0usize..3) {
        let number = Amount::from_raw(i128::from(n) * 10i128.pow(18 - scale)).unwrap();
        let text = match suffix { 0 => number.to_string(), 1 => format!("{number}%"), _ => format!("{}d", n + 1) };
        prop_assert_eq!(Threshold::parse(&text).unwrap().to_string(), text);
    }
}
