//! Charts drawn as SVG: places across in percent, so that they fit any width; heights in pixels.

use maud::{Markup, html};

use super::super::plain::{PLACES, cut, decimals, visible};
use super::name;
use crate::domain::money::Amount;
use crate::report::{Bars, Cell, Chart, Columns, Scale, grouped, minus, part_of};

/// Tenths of a pixel.
const PLOT: i64 = 2_000;
const TOP: i64 = 160;
/// Thousandths of a percent: where the axis ends and the columns begin.
const LEFT: i64 = 8_000;
const WHOLE: i64 = 100_000;
const COLOURS: usize = 6;

pub(super) fn chart(chart: &Chart, id: &str) -> Markup {
    match chart {
        Chart::Columns(c) => columns(c, id),
        Chart::Bars(b) => bars(b),
    }
}

fn px(tenths: i64) -> String {
    if tenths % 10 == 0 { (tenths / 10).to_string() } else { format!("{}.{}", tenths / 10, tenths.abs() % 10) }
}

fn percent(thousandths: i64) -> String {
    let text = format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

fn amount(value: Amount) -> String {
    let value = cut(value);
    minus(&grouped(value, decimals(value)))
}

/// A round figure, short: `2.5M`.
fn tick(value: Amount) -> String {
    for (power, letter) in [(12, "T"), (9, "B"), (6, "M"), (3, "k")] {
        let Some(limit) = Amount::from_raw(10i128.pow(18 + power)) else { continue };
        if value.abs() >= limit {
            let short = value.to_exact().shifted(-(power as i32));
            return short.map_or_else(|| amount(value), |s| minus(&format!("{s}{letter}")));
        }
    }
    amount(value)
}

/// A colour of its own for each series; the one for all others is always the last.
fn colour(index: usize, series: usize, others: bool) -> String {
    let last = others && index + 1 == series;
    format!("s{}", if last { COLOURS - 1 } else { index.min(COLOURS - 1) })
}

fn columns(chart: &Columns, id: &str) -> Markup {
    let scale = chart.scale();
    let y = |value: Amount| TOP + PLOT - scale.place(value, PLOT);
    let slots = i64::try_from(chart.slots.len()).unwrap_or(1).max(1);
    let step = (WHOLE - LEFT) / slots;
    let others = chart.series.len() >= COLOURS;
    let hue = |index: usize| colour(index, chart.series.len(), others);
    let (title, about) = (format!("{id}-t"), format!("{id}-d"));
    html! {
        figure.chart {
            figcaption { (name(&chart.title)) }
            @if chart.series.len() > 1 {
                ul.legend aria-hidden="true" {
                    @for (i, s) in chart.series.iter().enumerate() { li { span class=(format!("key {}", hue(i))) {} bdi { (name(&s.name)) } } }
                }
            }
            svg role="img" aria-labelledby=(format!("{title} {about}")) width="100%" height=(px(TOP + PLOT + 260)) {
                title id=(title) { (name(&chart.title)) }
                desc id=(about) { (visible(&chart.about)) }
                @for value in &scale.ticks {
                    line.grid x1=(percent(LEFT)) x2="100%" y1=(px(y(*value))) y2=(px(y(*value))) {}
                    text.tick x="0" y=(px(y(*value) + 40)) { (tick(*value)) }
                }
                @for (slot, at) in chart.slots.iter().zip(0i64..) {
                    g {
                        title { (visible(&hover(chart, at as usize, &slot.name))) }
                        @for (x, top, height, series) in stack(chart, &scale, at as usize) {
                            rect class=(hue(series)) x=(percent(LEFT + at * step + step * x / 100)) width=(percent(step * 76 / 100)) y=(px(top)) height=(px(height)) {}
                        }
                    }
                    @if !slot.mark.is_empty() {
                        text.tick x=(percent(LEFT + at * step + step / 2)) y=(px(TOP + PLOT + 190)) text-anchor="middle" { (name(&slot.mark)) }
                    }
                }
                line.zero x1=(percent(LEFT)) x2="100%" y1=(px(y(Amount::ZERO))) y2=(px(y(Amount::ZERO))) {}
            }
        }
    }
}

/// Rectangles of a slot: share of the slot before it, top, height, series.
fn stack(chart: &Columns, scale: &Scale, slot: usize) -> Vec<(i64, i64, i64, usize)> {
    let (mut up, mut down) = (Amount::ZERO, Amount::ZERO);
    let mut boxes = Vec::new();
    for (series, values) in chart.series.iter().enumerate() {
        let value = values.values.get(slot).copied().unwrap_or_default();
        if value.is_zero() {
            continue;
        }
        let side = if value.is_negative() { &mut down } else { &mut up };
        let from = *side;
        *side = side.checked_add(value).unwrap_or(*side);
        let (a, b) = (scale.place(from, PLOT), scale.place(*side, PLOT));
        // A sliver that would vanish is still drawn.
        let height = (a - b).abs();
        let gap = if height > 40 { 10 } else { 0 };
        boxes.push((12, TOP + PLOT - a.max(b) + gap, (height - gap).max(5), series));
    }
    boxes
}

/// What is read where the pointer rests.
fn hover(chart: &Columns, slot: usize, day: &str) -> String {
    let parts: Vec<String> = chart
        .series
        .iter()
        .filter_map(|s| Some((name(&s.name), *s.values.get(slot)?)))
        .filter(|(_, value)| !value.is_zero())
        .map(|(series, value)| format!("{series} {}", amount(value)))
        .collect();
    if parts.is_empty() { format!("{day}: nothing") } else { format!("{day}, {}: {}", chart.unit, parts.join("; ")) }
}

/// Names and figures are text that wraps; only the bars are drawn.
fn bars(chart: &Bars) -> Markup {
    let (low, high) = chart.span();
    let scale = Scale::around([low, high]);
    let zero = scale.place(Amount::ZERO, WHOLE);
    let places = chart.bars.iter().map(|b| decimals(cut(b.value))).max().unwrap_or(0).min(PLACES as usize);
    html! {
        figure.chart {
            figcaption { (name(&chart.title)) }
            p.about { (visible(&chart.about)) }
            ol.bars {
                @for bar in &chart.bars {
                    @let at = scale.place(bar.value, WHOLE);
                    li {
                        span.name { bdi { (name(if bar.name.is_empty() { "not named" } else { &bar.name })) } }
                        span.value { (minus(&grouped(cut(bar.value), places))) @if let Some(share) = bar.share { span.share { (tenths(share)) } } }
                        svg aria-hidden="true" width="100%" height="10" {
                            rect.track x="0" width="100%" y="4" height="2" {}
                            rect class=(if bar.value.is_negative() { "s1" } else { "s0" }) x=(percent(zero.min(at))) width=(percent((at - zero).abs().max(250))) y="0" height="10" {}
                        }
                    }
                }
            }
            (axis(&scale))
        }
    }
}

fn axis(scale: &Scale) -> Markup {
    let last = scale.ticks.len().saturating_sub(1);
    html! {
        svg.axis aria-hidden="true" width="100%" height="22" {
            @for (i, value) in scale.ticks.iter().enumerate() {
                @let at = part_of(Amount::from_int(i as i64), Amount::from_int(last.max(1) as i64), WHOLE).unwrap_or(0);
                line.grid x1=(percent(at)) x2=(percent(at)) y1="0" y2="5" {}
                text.tick x=(percent(at)) y="18" text-anchor=(if i == 0 { "start" } else if i == last { "end" } else { "middle" }) { (tick(*value)) }
            }
        }
    }
}

fn tenths(share: i64) -> String {
    minus(&Cell::Share(share).plain().replace('%', " %"))
}
