//! Hours without a row of a source that promised one in each: the day stays provisional, and its month
//! open, until the rows come or somebody says in the settings that there are none.

use super::day_inputs::DayInputs;
use super::day_revisions::{DayState, known_for};
use crate::domain::call::Calls;
use crate::domain::hash::{Canonical, CanonicalBytes};
use crate::domain::period::{Day, Instant, TimeRange, empty_hours, uncovered};
use crate::edge::lake::Manifest;
use crate::pipeline::context::RunContext;

/// A source was silent, and nobody has said that it may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SilentHours {
    pub source: String,
    pub from: Instant,
    pub until: Instant,
}

/// Sources that promise a row an hour are a day's facts: with another promise its revision is another.
pub(crate) fn promises(context: &RunContext) -> Vec<&str> {
    context.config.sources.iter().filter(|s| s.expects_hourly).map(|s| s.name.as_str()).collect()
}

/// What notes about silent hours begin with.
pub(crate) const SILENT: &str = "silent hours of ";

fn note(source: &str) -> String {
    format!("{SILENT}{source}")
}

impl Canonical for SilentHours {
    fn write(&self, to: &mut CanonicalBytes) {
        let SilentHours { source, from, until } = self;
        to.record("silent_hours", |to| {
            to.member("source", source);
            to.member("from", from);
            to.member("until", until);
        });
    }
}

/// What a day's manifest says of its silent hours, waived or not.
pub(crate) fn notes(context: &RunContext, day: Day, inputs: &DayInputs) -> Vec<(String, String)> {
    let span = context.config.zone.span_of(day);
    let of = |source: &str| {
        let gaps: Vec<String> = empty_hours(span, started(&inputs.calls, source))
            .into_iter()
            .map(|(from, until)| format!("{from}/{until}"))
            .collect();
        (!gaps.is_empty()).then(|| (note(source), gaps.join(" ")))
    };
    context.config.sources.iter().filter(|s| s.expects_hourly).filter_map(|s| of(&s.name)).collect()
}

fn started<'a>(calls: &'a Calls, source: &str) -> impl Iterator<Item = Instant> + use<'a> {
    let (names, started) = (calls.source(), calls.started_at().values());
    // Parts put together may name the source more than once.
    let own: Vec<bool> = (0..names.entries()).map(|entry| names.entry(entry) == source).collect();
    let is_own = move |row: &usize| names.index(*row).is_some_and(|entry| own[entry]);
    (0..calls.len()).filter(is_own).map(|row| Instant::from_micros(started[row]))
}

/// The silent hours of a sealed day that hold it open.
pub(crate) fn silent(context: &RunContext, manifest: &Manifest) -> Vec<SilentHours> {
    let mut open = Vec::new();
    for source in context.config.sources.iter().filter(|s| s.expects_hourly) {
        let text = manifest.notes.get(&note(&source.name)).map_or("", String::as_str);
        let gaps: Vec<TimeRange> = text.split_whitespace().filter_map(range).collect();
        let waivers = context.config.waivers.iter().filter(|w| w.source == source.name);
        let waived: Vec<TimeRange> = waivers.map(|w| w.span).collect();
        open.extend(uncovered(&gaps, &waived).into_iter().map(|(from, until)| SilentHours {
            source: source.name.clone(),
            from,
            until,
        }));
    }
    open
}

/// How many hours, the last begun one counted whole.
pub(crate) fn count(silent: &[SilentHours]) -> u64 {
    let hours = |s: &SilentHours| (s.until.micros() - s.from.micros() + 3_599_999_999) / 3_600_000_000;
    silent.iter().map(|s| u64::try_from(hours(s)).unwrap_or(0)).sum()
}

fn range(text: &str) -> Option<TimeRange> {
    let (from, until) = text.split_once('/')?;
    Some((Instant::parse(from).ok()?, Instant::parse(until).ok()?))
}

/// How final a sealed day is now.
pub(crate) fn state_of(context: &RunContext, manifest: &Manifest, day: Day) -> DayState {
    let (_, by_time) = known_for(context, day);
    if silent(context, manifest).is_empty() { by_time } else { DayState::Provisional }
}

/// Silent hours for a person, one line a source and range.
pub(crate) fn told(context: &RunContext, silent: &[SilentHours]) -> Vec<String> {
    let zone = context.config.zone;
    let line =
        |s: &SilentHours| format!("{} has no row from {} until {}", s.source, zone.show(s.from), zone.show(s.until));
    silent.iter().map(line).collect()
}
