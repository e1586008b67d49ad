//! Which postings count for a day, and in which row of the posting leg each is.

use std::collections::HashSet;

use super::findings::finding::Class;
use super::input::{CountedPosting, DayInput};
use super::posting::classify::PostingLeg;
use super::posting::matching::{CallMatch, MatchInput, Pairing, PostingMatch};

/// What is found out of a posting on the way.
#[derive(Clone, Copy, Default)]
struct Found {
    /// Whether it was posted on the day; absent where it is no movement of the leg.
    own: Option<bool>,
    /// It pays for a call of the day.
    pays_here: bool,
    class: Option<Class>,
}

/// Of the postings that stand (by position, in order) those of the day, and those that pay for its calls.
pub(super) fn counted(
    input: &DayInput<'_>,
    stand: &[u32],
    matching: &MatchInput<'_>,
    pairing: &Pairing,
    leg: &PostingLeg,
) -> Vec<CountedPosting> {
    let in_day = |at| input.span.0 <= at && at < input.span.1;
    let mut found = vec![Found::default(); input.postings.len()];
    for (movement, m) in matching.movements.iter() {
        let one = &mut found[m.position as usize];
        one.own = Some(in_day(m.at));
        if let Some(row) = row_of_day(matching, pairing, movement) {
            (one.pays_here, one.class) = (true, Some(leg.class[row]));
        }
    }
    let spans = spans_of_day(matching, pairing);
    for (movement, m) in matching.movements.iter().filter(|_| !spans.is_empty()) {
        if matches!(pairing.posting_match[movement as usize], PostingMatch::Span(span) if spans.contains(&span)) {
            let one = &mut found[m.position as usize];
            (one.pays_here, one.class) = (true, Some(Class::Matched));
        }
    }
    for (movement, row) in &leg.in_unmatched {
        found[matching.movements.get(*movement).position as usize].class = Some(leg.unmatched[*row as usize].class);
    }
    let one = |posting: &u32| {
        let Found { own, pays_here, class } = found[*posting as usize];
        let own = own.unwrap_or_else(|| in_day(input.postings[*posting as usize].posted_at));
        (own || pays_here).then_some(CountedPosting { posting: *posting, own, class })
    };
    stand.iter().filter_map(one).collect()
}

/// The (first) call of the day that a movement pays for by itself.
fn row_of_day(matching: &MatchInput<'_>, pairing: &Pairing, movement: u32) -> Option<usize> {
    let of_day = |row: &u32| (*row as usize) < matching.rows.day;
    let row = match pairing.posting_match[movement as usize] {
        PostingMatch::Call(row) => Some(row).filter(of_day),
        // In the order of attempts.
        PostingMatch::Attempts(group) => pairing.attempt_groups[group as usize].rows.iter().copied().find(of_day),
        PostingMatch::Alone | PostingMatch::OutOfWindow(_) | PostingMatch::Contested(_) | PostingMatch::Span(_) => None,
    };
    row.map(|row| row as usize)
}

/// Spans that calls of the day lie in.
fn spans_of_day(matching: &MatchInput<'_>, pairing: &Pairing) -> HashSet<u32> {
    let span = |tie: &CallMatch| if let CallMatch::Span(span) = tie { Some(*span) } else { None };
    pairing.call_match[..matching.rows.day].iter().filter_map(span).collect()
}
