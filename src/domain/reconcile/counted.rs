//! Which postings count for a day, and in which row of the posting leg each is.

use std::collections::HashSet;

use super::finding::Class;
use super::matching::{Fate, Pairing, Scene, Tie};
use super::pass::{CountedPosting, DayInput};
use super::posting_leg::PostingLeg;

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
    scene: &Scene<'_>,
    pairing: &Pairing,
    leg: &PostingLeg,
) -> Vec<CountedPosting> {
    let in_day = |at| input.span.0 <= at && at < input.span.1;
    let mut found = vec![Found::default(); input.postings.len()];
    for (movement, m) in scene.movements.iter() {
        let one = &mut found[m.position as usize];
        one.own = Some(in_day(m.at));
        if let Some(row) = row_of_day(scene, pairing, movement) {
            (one.pays_here, one.class) = (true, Some(leg.class[row]));
        }
    }
    let spans = spans_of_day(scene, pairing);
    for (movement, m) in scene.movements.iter().filter(|_| !spans.is_empty()) {
        if matches!(pairing.fate[movement as usize], Fate::Span(span) if spans.contains(&span)) {
            let one = &mut found[m.position as usize];
            (one.pays_here, one.class) = (true, Some(Class::Matched));
        }
    }
    for (movement, row) in &leg.in_loose {
        found[scene.movements.get(*movement).position as usize].class = Some(leg.loose[*row as usize].class);
    }
    let one = |posting: &u32| {
        let Found { own, pays_here, class } = found[*posting as usize];
        let own = own.unwrap_or_else(|| in_day(input.postings[*posting as usize].posted_at));
        (own || pays_here).then_some(CountedPosting { posting: *posting, own, class })
    };
    stand.iter().filter_map(one).collect()
}

/// The (first) call of the day that a movement pays for by itself.
fn row_of_day(scene: &Scene<'_>, pairing: &Pairing, movement: u32) -> Option<usize> {
    let of_day = |row: &u32| (*row as usize) < scene.rows.day;
    let row = match pairing.fate[movement as usize] {
        Fate::Call(row) => Some(row).filter(of_day),
        // In the order of attempts.
        Fate::Attempts(group) => pairing.together[group as usize].rows.iter().copied().find(of_day),
        Fate::Alone | Fate::Far(_) | Fate::Contested(_) | Fate::Span(_) => None,
    };
    row.map(|row| row as usize)
}

/// Spans that calls of the day lie in.
fn spans_of_day(scene: &Scene<'_>, pairing: &Pairing) -> HashSet<u32> {
    let span = |tie: &Tie| if let Tie::Span(span) = tie { Some(*span) } else { None };
    pairing.tie[..scene.rows.day].iter().filter_map(span).collect()
}
