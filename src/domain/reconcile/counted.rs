//! Which postings count for a day, and in which row of the posting leg each is.

use std::collections::HashSet;

use super::finding::Class;
use super::matching::{Fate, Pairing, Scene, Tie};
use super::pass::{CountedPosting, DayInput};
use super::posting_leg::PostingLeg;

/// Of the postings that stand (by position, in order) those of the day, and those that pay for its calls.
pub(super) fn counted(
    input: &DayInput<'_>,
    stand: &[u32],
    scene: &Scene<'_>,
    pairing: &Pairing,
    leg: &PostingLeg,
) -> Vec<CountedPosting> {
    let spans = spans_of_day(scene, pairing);
    let mut class: Vec<Option<Class>> = vec![None; input.postings.len()];
    let mut pays_here = vec![false; input.postings.len()];
    for (movement, m) in scene.movements.iter() {
        let position = m.position as usize;
        let row = match pairing.fate[movement as usize] {
            Fate::Call(row) => Some(row as usize),
            // In the order of attempts: the first that is of the day.
            Fate::Attempts(group) => {
                pairing.together[group as usize].rows.iter().map(|row| *row as usize).find(|row| *row < scene.rows.day)
            }
            Fate::Span(span) => {
                pays_here[position] = spans.contains(&span);
                class[position] = pays_here[position].then_some(Class::Matched);
                None
            }
            Fate::Alone | Fate::Far(_) | Fate::Contested(_) => None,
        };
        if let Some(row) = row.filter(|row| *row < scene.rows.day) {
            pays_here[position] = true;
            class[position] = Some(leg.class[row]);
        }
    }
    for (movement, row) in &leg.in_loose {
        class[scene.movements.get(*movement).position as usize] = Some(leg.loose[*row as usize].class);
    }
    let own = |position: u32| {
        let at = input.postings[position as usize].posted_at;
        input.span.0 <= at && at < input.span.1
    };
    let one = |posting: &u32| CountedPosting { posting: *posting, own: own(*posting), class: class[*posting as usize] };
    stand.iter().map(one).filter(|c| c.own || pays_here[c.posting as usize]).collect()
}

/// Spans that calls of the day lie in.
fn spans_of_day(scene: &Scene<'_>, pairing: &Pairing) -> HashSet<u32> {
    let span = |tie: &Tie| if let Tie::Span(span) = tie { Some(*span) } else { None };
    pairing.tie[..scene.rows.day].iter().filter_map(span).collect()
}
