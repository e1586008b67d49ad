//! Random days against an obvious matcher that looks at every call for every posting.

use proptest::prelude::*;

use super::*;
use crate::domain::call::content_hash;

const WITHIN: i64 = 6;

fn hours(count: i64) -> Span {
    Span::from_hours(count)
}

fn hour(number: i64) -> Instant {
    at("01T00:00").plus(hours(number))
}

prop_compose! {
    fn any_call(attempts: u32)(
        id in 0..5u8, source in 0..2usize, attempt in 1..=attempts, account in 0..2u8, key in 0..3u8,
        start in 0..72i64, lasts in 0..2i64, charge in prop::option::weighted(0.9, 0..4i64), expected in 0..4i64,
        version in prop::option::of(0..2i64),
    ) -> Rated {
        let call = Call {
            source: ["gw", "gw2"][source].into(),
            call_id: format!("c{id}"),
            attempt,
            account_id: format!("a{account}"),
            api_key_id: (key > 0).then(|| format!("k{key}")),
            started_at: hour(start),
            ended_at: hour(start + lasts),
            charge: charge.map(Amount::from_int),
            row_version: version,
            ..blank_call()
        };
        Rated { call, status: ChargeStatus::Priced, expected: Amount::from_int(expected) }
    }
}

prop_compose! {
    fn any_posting(attempts: u32)(
        id in prop::option::of(0..6u8), source in prop::option::weighted(0.3, 0..2usize),
        attempt in prop::option::weighted(0.5, 1..=attempts), account in 0..2u8, key in prop::option::weighted(0.3, 1..3u8),
        posted in 0..72i64, debit in 0..5i64, covers in prop::option::weighted(0.3, 1..4i64), kind in 0..5usize,
    ) -> Posting {
        let kind = [PostingKind::Usage, PostingKind::Usage, PostingKind::Usage, PostingKind::Hold, PostingKind::Refund][kind];
        let sign = if kind == PostingKind::Refund { 1 } else { -1 };
        let covers = covers.filter(|_| id.is_none());
        Posting {
            account_id: format!("a{account}").into(),
            kind,
            amount: Amount::from_int(sign * debit),
            posted_at: hour(posted),
            source: source.map(|s| ["gw", "gw2"][s].into()),
            call_id: id.map(|i| format!("c{i}")),
            attempt: attempt.filter(|_| id.is_some()),
            api_key_id: key.filter(|_| id.is_none()).map(|k| format!("k{k}").into()),
            covers_from: covers.map(|c| hour(posted - c)),
            covers_until: covers.map(|_| hour(posted)),
            ..blank_posting()
        }
    }
}

pub(super) fn any_world(attempts: u32) -> impl Strategy<Value = World> {
    let calls = prop::collection::vec(any_call(attempts), 0..12);
    let postings = prop::collection::vec(any_posting(attempts), 0..12);
    (calls, postings, 1..=3u32).prop_map(|(mut calls, mut postings, day)| {
        let mut seen = std::collections::HashSet::new();
        calls.retain(|c| seen.insert(content_hash(&c.call)));
        for (number, posting) in postings.iter_mut().enumerate() {
            posting.posting_id = format!("p{number:02}");
        }
        let mut world = World { calls, postings, day: Day::new(2026, 10, day).unwrap(), ..World::default() };
        world.rules.match_within = hours(WITHIN);
        world
    })
}

/// What a pass says, call by call and movement by movement.
#[derive(Debug, Default, PartialEq)]
struct Told {
    calls: BTreeMap<u128, (Class, Option<Amount>)>,
    movements: BTreeMap<String, (Class, Amount)>,
}

impl Told {
    fn of(world: &World, result: &DayResult) -> Told {
        let rows = world.own_calls().into_iter().enumerate();
        Told {
            calls: rows.map(|(i, c)| (content_hash(c), (result.posting_class[i], result.posted[i]))).collect(),
            movements: result.movements.iter().map(|m| (m.posting_id.clone(), (m.class, m.posted))).collect(),
        }
    }
}

/// The matcher nobody can misread: every question is a loop over everything. One attempt only.
struct Obvious<'a> {
    world: &'a World,
    calls: Vec<&'a Rated>,
}

impl<'a> Obvious<'a> {
    fn new(world: &'a World) -> Obvious<'a> {
        let identity = |c: &Rated| (c.call.source.clone(), c.call.call_id.clone(), c.call.attempt);
        let rank = |c: &Rated| {
            let version = c.call.row_version.map_or(-1, |v| v);
            (std::cmp::Reverse(version), std::cmp::Reverse(c.call.ended_at), content_hash(&c.call))
        };
        let best = |c: &&Rated| world.calls.iter().all(|o| identity(o) != identity(c) || rank(c) <= rank(o));
        Obvious { world, calls: world.calls.iter().filter(best).collect() }
    }

    fn near(call: &Rated, posting: &Posting) -> bool {
        (call.call.ended_at.micros() - posting.posted_at.micros()).abs() <= hours(WITHIN).micros()
    }

    fn target(call: &Rated) -> Amount {
        call.call.charge.unwrap_or(call.expected)
    }

    /// Calls a posting names and is near to; more than one only where sources cannot be told apart.
    fn named(&self, p: &Posting) -> Vec<usize> {
        let names = |c: &Rated| {
            Some(&c.call.call_id) == p.call_id.as_ref()
                && p.source.as_deref().is_none_or(|s| s == c.call.source)
                && p.attempt.is_none_or(|a| a == c.call.attempt)
        };
        let near: Vec<usize> =
            (0..self.calls.len()).filter(|i| names(self.calls[*i]) && Self::near(self.calls[*i], p)).collect();
        let own: Vec<usize> =
            near.iter().copied().filter(|i| self.calls[*i].call.account_id == *p.account_id).collect();
        if near.len() > 1 && own.len() == 1 { own } else { near }
    }

    fn is_linked(&self, call: usize) -> bool {
        self.world.postings.iter().any(|p| self.named(p) == [call])
    }

    fn is_contested(&self, call: usize) -> bool {
        let among = |p: &Posting| self.named(p).len() > 1 && self.named(p).contains(&call);
        !self.is_linked(call) && self.world.postings.iter().any(among)
    }

    fn is_open(&self, call: usize) -> bool {
        !Self::target(self.calls[call]).is_zero() && !self.is_linked(call) && !self.is_contested(call)
    }

    fn same_party(&self, call: usize, p: &Posting) -> bool {
        let call = &self.calls[call].call;
        call.account_id == *p.account_id
            && p.api_key_id.as_deref().is_none_or(|k| Some(k) == call.api_key_id.as_deref())
            && p.source.as_deref().is_none_or(|s| s == call.source)
    }

    /// What makes two postings cover the same thing, narrowest first.
    fn cover(p: &Posting) -> (bool, bool, i64, Instant, String) {
        let (from, until) = (p.covers_from.unwrap(), p.covers_until.unwrap());
        let who = format!("{} {:?} {:?}", p.account_id, p.api_key_id, p.source);
        (p.api_key_id.is_none(), p.source.is_none(), until.micros() - from.micros(), from, who)
    }

    fn span_of(&self, call: usize) -> Option<(bool, bool, i64, Instant, String)> {
        let started = self.calls[call].call.started_at;
        let covers = |p: &&Posting| {
            p.covers_from.is_some_and(|f| f <= started)
                && p.covers_until.is_some_and(|u| started < u)
                && self.same_party(call, p)
        };
        let spans = self.world.postings.iter().filter(|_| self.is_open(call)).filter(covers);
        spans.map(Self::cover).min()
    }

    fn by_amount(&self, call: usize, p: &Posting) -> bool {
        p.call_id.is_none()
            && p.covers_from.is_none()
            && self.is_open(call)
            && self.span_of(call).is_none()
            && self.same_party(call, p)
            && Self::near(self.calls[call], p)
            && Self::target(self.calls[call]) == -p.amount
    }

    fn candidates_of(&self, p: &Posting) -> Vec<usize> {
        (0..self.calls.len()).filter(|c| self.by_amount(*c, p)).collect()
    }

    fn candidates_for(&self, call: usize) -> Vec<&Posting> {
        self.world.postings.iter().filter(|p| self.by_amount(call, p)).collect()
    }

    fn call(&self, call: usize) -> (Class, Option<Amount>) {
        let target = Self::target(self.calls[call]);
        let mut movements: Vec<&Posting> = self.world.postings.iter().filter(|p| self.named(p) == [call]).collect();
        if self.is_contested(call) {
            return (Class::Undecided, Some(Amount::ZERO));
        }
        if self.span_of(call).is_some() {
            return (Class::Matched, Some(target));
        }
        if let [only] = self.candidates_for(call)[..]
            && self.candidates_of(only) == [call]
        {
            movements.push(only);
        }
        if movements.is_empty() && !self.candidates_for(call).is_empty() {
            return (Class::Undecided, Some(Amount::ZERO));
        }
        let posted = Amount::sum(movements.iter().map(|p| -p.amount)).unwrap();
        if movements.is_empty() {
            let class = if target.is_zero() { Class::Matched } else { Class::NotPosted };
            return (class, Some(posted));
        }
        let residual = posted.checked_sub(target).unwrap();
        let repeated = movements.iter().any(|p| {
            let same = movements.iter().filter(|o| (o.kind, o.amount) == (p.kind, p.amount)).count();
            (1..same)
                .any(|n| p.amount.checked_mul(-i64::try_from(n).unwrap()) == Some(residual) && residual.is_positive())
        });
        let other_day =
            |p: &&&Posting| Zone::UTC.day_of(p.posted_at) != Zone::UTC.day_of(self.calls[call].call.started_at);
        let class = if repeated {
            Class::DuplicatePosting
        } else if movements.iter().any(|p| *p.account_id != self.calls[call].call.account_id) {
            Class::WrongAccount
        } else if !residual.is_zero() {
            Class::AmountMismatch
        } else if movements.iter().any(|p| other_day(&p)) {
            Class::Timing
        } else {
            Class::Matched
        };
        (class, Some(posted))
    }

    fn movement(&self, p: &Posting) -> Option<(Class, Amount)> {
        let debit = -p.amount;
        if p.call_id.is_some() {
            return match self.named(p).len() {
                0 => Some((Class::NoCall, debit)),
                1 => None,
                _ => Some((Class::Undecided, debit)),
            };
        }
        if p.covers_from.is_some() {
            let inside: Vec<usize> =
                (0..self.calls.len()).filter(|c| self.span_of(*c) == Some(Self::cover(p))).collect();
            let of_cover = || self.world.postings.iter().filter(|o| o.covers_from.is_some() && o.call_id.is_none());
            let together: Vec<&Posting> = of_cover().filter(|o| Self::cover(o) == Self::cover(p)).collect();
            if inside.is_empty() {
                return Some((Class::NoCall, debit));
            }
            let first = together.iter().min_by_key(|o| (o.posted_at, &o.posting_id)).unwrap();
            if first.posting_id != p.posting_id {
                return Some((Class::Matched, Amount::ZERO));
            }
            let due = Amount::sum(inside.iter().map(|c| Self::target(self.calls[*c]))).unwrap();
            let left = Amount::sum(together.iter().map(|o| -o.amount)).unwrap().checked_sub(due).unwrap();
            return Some((if left.is_zero() { Class::Matched } else { Class::AmountMismatch }, left));
        }
        match self.candidates_of(p)[..] {
            [] => Some((Class::NoCall, debit)),
            [only] if self.candidates_for(only).len() == 1 => None,
            _ => Some((Class::Undecided, debit)),
        }
    }

    fn tell(&self) -> Told {
        let of_day = |at| Zone::UTC.day_of(at) == self.world.day;
        let mut told = Told::default();
        for call in self.world.own_calls() {
            told.calls.insert(content_hash(call), (Class::DuplicateCall, None));
        }
        for (i, call) in self.calls.iter().enumerate().filter(|(_, c)| of_day(c.call.started_at)) {
            told.calls.insert(content_hash(&call.call), self.call(i));
        }
        let mut own: Vec<&Posting> = self.world.postings.iter().filter(|p| of_day(p.posted_at)).collect();
        own.sort_by_key(|p| (p.posted_at, &p.posting_id));
        for posting in &own {
            told.movements.extend(self.movement(posting).map(|row| (posting.posting_id.clone(), row)));
        }
        Self::gather(&own, &mut told);
        told
    }

    /// Movements that name one absent call are one row, under the first debit among them.
    fn gather(own: &[&Posting], told: &mut Told) {
        let lost = |told: &Told, p: &Posting| {
            p.call_id.is_some() && told.movements.get(&p.posting_id).is_some_and(|row| row.0 == Class::NoCall)
        };
        let same = |a: &Posting, b: &Posting| {
            (&a.call_id, &a.source, a.attempt, &a.account_id, &a.unit)
                == (&b.call_id, &b.source, b.attempt, &b.account_id, &b.unit)
        };
        for p in own {
            let group: Vec<&&Posting> = own.iter().filter(|o| lost(told, o) && same(o, p)).collect();
            if group.len() < 2 || !lost(told, p) {
                continue;
            }
            let net = Amount::sum(group.iter().map(|o| -o.amount)).unwrap();
            let head = group.iter().find(|o| o.kind == PostingKind::Usage).unwrap_or(&group[0]);
            for o in &group {
                told.movements.remove(&o.posting_id);
            }
            let class = if net.is_zero() { Class::Matched } else { Class::NoCall };
            told.movements.insert(head.posting_id.clone(), (class, net));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

    #[test]
    fn the_obvious_matcher_agrees(world in any_world(1)) {
        prop_assert_eq!(Told::of(&world, &world.run().unwrap()), Obvious::new(&world).tell());
    }

    #[test]
    fn any_order_of_rows_gives_the_same(world in any_world(3), calls in any::<u64>(), postings in any::<u64>()) {
        let mut other = world.clone();
        let shuffle = |seed: u64, i: usize| crate::domain::call::name_hash(&format!("{seed} {i}"));
        let mut order: Vec<usize> = (0..world.calls.len()).collect();
        order.sort_by_key(|i| shuffle(calls, *i));
        other.calls = order.iter().map(|i| world.calls[*i].clone()).collect();
        let mut order: Vec<usize> = (0..world.postings.len()).collect();
        order.sort_by_key(|i| shuffle(postings, *i));
        other.postings = order.iter().map(|i| world.postings[*i].clone()).collect();
        let (a, b) = (world.run().unwrap(), other.run().unwrap());
        prop_assert_eq!(Told::of(&world, &a), Told::of(&other, &b));
        prop_assert_eq!(a.findings, b.findings);
        prop_assert_eq!(a.sums, b.sums);
        prop_assert_eq!(a.movements, b.movements);
        prop_assert_eq!(a.conflicts, b.conflicts);
    }

    /// Day after day, every movement is counted once: in its call's row or in its own.
    #[test]
    fn all_days_together_account_for_every_movement(mut world in any_world(3)) {
        let mut posted = Amount::ZERO;
        let mut classes = 0;
        for day in 1..=4 {
            world.day = Day::new(2026, 10, day).unwrap();
            let result = world.run().unwrap();
            let rows = result.posted.iter().flatten().copied().chain(result.movements.iter().map(|m| m.posted));
            posted = posted.checked_add(Amount::sum(rows).unwrap()).unwrap();
            classes += result.charge_class.len();
        }
        prop_assert_eq!(classes, world.calls.len());
        prop_assert_eq!(posted, Amount::sum(world.postings.iter().map(|p| -p.amount)).unwrap());
    }

    /// A pass needs no more context than it asks for: nothing farther away changes a class.
    #[test]
    fn what_lies_farther_than_the_context_changes_nothing(world in any_world(1)) {
        let (from, until) = Zone::UTC.span_of(world.day);
        let reach = |at: Instant, times: i64| {
            from.minus(hours(times * WITHIN)) <= at && at <= until.plus(hours(times * WITHIN))
        };
        let mut cut = world.clone();
        let near = |c: &Rated| reach(c.call.ended_at, 2) || reach(c.call.started_at, 2);
        let identity = |c: &Rated| (c.call.source.clone(), c.call.call_id.clone(), c.call.attempt);
        let needed: Vec<_> = world.calls.iter().filter(|c| near(c)).map(identity).collect();
        cut.calls.retain(|c| needed.contains(&identity(c)));
        cut.postings.retain(|p| reach(p.posted_at, 3));
        let (whole, part) = (world.run().unwrap(), cut.run().unwrap());
        prop_assert_eq!(Told::of(&world, &whole), Told::of(&cut, &part));
        prop_assert_eq!(whole.sums, part.sums);
    }
}
