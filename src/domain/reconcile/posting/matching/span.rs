//! Postings that cover a span of time: one debit for all calls of an account in it.

use std::collections::HashMap;

use super::{CallMatch, MatchInput, Pairing, PostingMatch, number};
use crate::domain::money::{Amount, Ratio};
use crate::domain::period::Instant;
use crate::domain::reconcile::error::{PassError, fits};
use crate::domain::reconcile::unit_rates::Ratios;

/// What one span is about. A call starts in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Cover {
    account: u32,
    key: Option<u32>,
    source: Option<u32>,
    from: Instant,
    until: Instant,
    unit: u32,
}

/// The movements that cover one span, and the calls they pay for.
#[derive(Clone, Debug)]
pub(crate) struct SpanGroup {
    cover: Cover,
    /// In the order of their time; the first carries what is left.
    pub(crate) movements: Vec<u32>,
    pub(crate) calls: u64,
    /// Sums in the postings' unit: taken, and due for the calls inside.
    pub(crate) debit: Amount,
    pub(crate) due: Amount,
}

pub(crate) fn pair(matching: &MatchInput<'_>, ratios: &mut Ratios<'_>, pairing: &mut Pairing) -> Result<(), PassError> {
    collect(matching, pairing)?;
    if pairing.spans.is_empty() {
        return Ok(());
    }
    let index = Index::new(&pairing.spans);
    for row in 0..matching.rows.len() {
        if pairing.call_match[row] != CallMatch::Free || !matching.wants(row) {
            continue;
        }
        let (Some((span, ratio)), Some(target)) =
            (index.best(matching, ratios, &pairing.spans, row), matching.target(row))
        else {
            continue;
        };
        let group = &mut pairing.spans[span as usize];
        let due = fits(ratio.apply(target), "the sum of a span")?;
        group.due = fits(group.due.checked_add(due), "the sum of a span")?;
        group.calls += 1;
        pairing.call_match[row] = CallMatch::Span(span);
    }
    Ok(())
}

/// Groups the movements that name a whole span and no call.
fn collect(matching: &MatchInput<'_>, pairing: &mut Pairing) -> Result<(), PassError> {
    let mut known: HashMap<Cover, u32> = HashMap::new();
    for (movement, m) in matching.movements.iter() {
        let posting = matching.movements.posting(movement);
        let (None, Some(from), Some(until)) = (&posting.call_id, posting.covers_from, posting.covers_until) else {
            continue;
        };
        let cover = Cover { account: m.account, key: m.key, source: m.source, from, until, unit: m.unit };
        let next = number(pairing.spans.len());
        let span = *known.entry(cover).or_insert(next);
        if span == next {
            let (debit, due) = (Amount::ZERO, Amount::ZERO);
            pairing.spans.push(SpanGroup { cover, movements: Vec::new(), calls: 0, debit, due });
        }
        let group = &mut pairing.spans[span as usize];
        group.movements.push(movement);
        group.debit = fits(group.debit.checked_add(m.debit), "the sum of a span")?;
        pairing.posting_match[movement as usize] = PostingMatch::Span(span);
    }
    Ok(())
}

/// The least is the span that pays: other unit, no key, no source, length, start, unit.
type Rank<'a> = ((bool, bool, bool), i64, Instant, &'a str);

/// Spans of an account (and key), by their start.
struct Index {
    of: HashMap<(u32, Option<u32>), Vec<u32>>,
    longest: i64,
}

impl Index {
    fn new(spans: &[SpanGroup]) -> Index {
        let mut of: HashMap<_, Vec<u32>> = HashMap::new();
        for (span, group) in (0u32..).zip(spans) {
            of.entry((group.cover.account, group.cover.key)).or_default().push(span);
        }
        of.values_mut().for_each(|list| list.sort_by_key(|s| spans[*s as usize].cover.from));
        let length = |g: &SpanGroup| g.cover.until.micros().saturating_sub(g.cover.from.micros());
        Index { of, longest: spans.iter().map(length).max().unwrap_or(0) }
    }

    /// The span that pays for a call, and the rate into its unit. Where several cover it: one in the
    /// call's own unit, then the one that says most, then the shortest, then the earliest.
    fn best(
        &self,
        matching: &MatchInput<'_>,
        ratios: &mut Ratios<'_>,
        spans: &[SpanGroup],
        row: usize,
    ) -> Option<(u32, Ratio)> {
        let (rows, unit) = (matching.rows, matching.compared.unit[row]);
        let started = rows.started(row);
        let mut best: Option<(Rank<'_>, u32, Ratio)> = None;
        let keys = [Some(None), rows.api_key(row).map(Some)];
        for list in keys.into_iter().flatten().filter_map(|key| self.of.get(&(rows.account(row), key))) {
            let earliest = started.micros().saturating_sub(self.longest);
            let first = list.partition_point(|s| spans[*s as usize].cover.from.micros() < earliest);
            for &span in list[first..].iter().take_while(|s| spans[**s as usize].cover.from <= started) {
                let cover = &spans[span as usize].cover;
                let covers = started < cover.until && cover.source.is_none_or(|s| s == rows.source(row));
                let Some(ratio) = ratios.get(&rows.names, unit, cover.unit, started).filter(|_| covers) else {
                    continue;
                };
                let length = cover.until.micros().saturating_sub(cover.from.micros());
                let said = (cover.unit != unit, cover.key.is_none(), cover.source.is_none());
                let rank = (said, length, cover.from, &**rows.names.name(cover.unit));
                if best.as_ref().is_none_or(|(least, ..)| rank < *least) {
                    best = Some((rank, span, ratio));
                }
            }
        }
        best.map(|(_, span, ratio)| (span, ratio))
    }
}
