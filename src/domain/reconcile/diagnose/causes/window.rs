//! The price of other hours or days than the call's.

use crate::domain::period::{Instant, Span, Zone};
use crate::domain::price::{Condition, Variant, Window};
use crate::domain::rating::Edit;
use crate::domain::reconcile::diagnose::Case;
use crate::domain::reconcile::diagnose::cause::{Cause, CauseWords, Hypothesis, Mutation, Nature, Scene};
use crate::domain::reconcile::diagnose::price_candidates::rows_for;

const DAY: Span = Span::from_hours(24);

pub(super) const CAUSES: &[Cause] = &[Cause {
    code: "price_window_wrong",
    words: CauseWords {
        sentence: "The price of other hours or days was applied",
        english: "Rate of other hours",
        chinese: "按其他时段计费",
    },
    family: "window",
    rank: 13,
    nature: Nature::Systematic,
    explains_zero: false,
    decided_by: "calls of the same model at other hours, on other days of the week",
    applies: |_| true,
    suppose: hours,
}];

fn conditions<'v>(variants: &'v [Variant], visit: &mut dyn FnMut(&'v Condition)) {
    for variant in variants {
        visit(&variant.condition);
        conditions(&variant.nested, visit);
    }
}

/// Every daily window that the rows for a call know, each once.
fn windows_of(case: &Case) -> Vec<Window> {
    let (book, in_force) = (case.rater.book(), case.rater.version_for(&case.facts));
    let mut all: Vec<Window> = Vec::new();
    let Some(version) = book.versions.iter().find(|v| Some(v.id()) == in_force) else { return all };
    for row in rows_for(version, case.priced_model()) {
        conditions(&row.variants, &mut |condition| match condition {
            Condition::Window(window) if !all.contains(window) => all.push(window.clone()),
            _ => {}
        });
    }
    all
}

fn hours(scene: &Scene) -> Vec<Hypothesis> {
    let windows = windows_of(scene.case);
    if windows.is_empty() {
        return Vec::new();
    }
    let origin = || scene.at_model();
    // A call inside a window shows it; one outside shows nothing of the window it was taken for.
    let outside = |case: &Case| {
        let at = case.price_instant();
        windows_of(case).iter().any(|w| w.holds(at)).then(|| Mutation::edits(vec![Edit::NoWindow]))
    };
    let mut all = vec![
        Hypothesis::per_call(origin(), "outside every window of hours", outside),
        Hypothesis::per_call(origin(), "days of the week not looked at", any_day).unmarked(),
        Hypothesis::per_call(origin(), "hours taken as UTC", in_utc).unmarked(),
    ];
    all.extend(windows.iter().filter_map(|window| {
        let edits = vec![Edit::WindowsAt(inside(window, scene.case.price_instant())?)];
        Some(Hypothesis::new(origin(), &format!("inside the window {}", name(window)), edits).unmarked())
    }));
    all
}

fn name(window: &Window) -> String {
    let clock = |minute: u32| format!("{:02}:{:02}", minute / 60, minute % 60);
    format!("{}-{}", clock(window.from_minute), clock(window.until_minute))
}

/// A time near another at which a window is open.
fn inside(window: &Window, near: Instant) -> Option<Instant> {
    let minutes = Span::from_micros(i64::from(window.from_minute) * 60_000_000);
    let today = window.zone.day_of(near);
    (-7..=7).map(|n| window.zone.start_of(today.plus(n)).plus(minutes)).find(|at| window.holds(*at))
}

/// The same time of the nearest day on which other windows are open.
fn any_day(case: &Case) -> Option<Mutation> {
    let (windows, at) = (windows_of(case), case.price_instant());
    let open = |at: Instant| windows.iter().map(|w| w.holds(at)).collect::<Vec<_>>();
    let now = open(at);
    let days = (1..=6).flat_map(|n| [-n, n]).map(|n| at.plus(Span::from_micros(n * DAY.micros())));
    let other = days.into_iter().find(|day| open(*day) != now && open(*day).contains(&true))?;
    Some(Mutation::edits(vec![Edit::WindowsAt(other)]))
}

/// The time at which the clock of the windows' zone shows what UTC's shows now.
fn in_utc(case: &Case) -> Option<Mutation> {
    let at = case.price_instant();
    let zone = windows_of(case).first()?.zone;
    let minutes = |zone: Zone| {
        let (day, minute) = zone.local_minute(Instant::from_micros(at.micros().div_euclid(60_000_000) * 60_000_000));
        i64::from(day.number()) * 1440 + i64::from(minute)
    };
    let ahead = minutes(zone) - minutes(Zone::UTC);
    (ahead != 0).then(|| {
        let other = at.minus(Span::from_micros(ahead * 60_000_000));
        Mutation::edits(vec![Edit::WindowsAt(other)])
    })
}
