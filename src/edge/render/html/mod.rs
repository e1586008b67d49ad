//! A page as one HTML file: no script, nothing from outside, every text escaped.

mod chart;
mod table;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::plain::{short, visible};
use crate::report::{Block, Figure, Link, Page, Section, Tone, Verdict};

const STYLE: &str = include_str!("style.css");

/// Nothing runs and nothing is fetched, whatever a page says.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// Characters of a name that are shown in a heading.
const MOST: usize = 80;

/// The page as UTF-8.
pub fn to_html(page: &Page) -> Vec<u8> {
    let content = html! {
        (DOCTYPE)
        html lang="en" {
            (head(&page.title, &html! { meta name="referrer" content="no-referrer"; }))
            body {
                header {
                    @if !page.trail.is_empty() { nav.trail aria-label="Other pages" { (links(&page.trail)) } }
                    h1 { (name(&page.title)) }
                    p.subtitle {
                        @for (i, part) in page.subtitle.iter().enumerate() {
                            @if i > 0 { ", " }
                            bdi { (short(&visible(part), 300)) }
                        }
                    }
                    @if page.sections.len() > 3 { (contents(&page.sections)) }
                }
                main { @for (i, section) in page.sections.iter().enumerate() { (part(page, section, i)) } }
                @if !page.foot.is_empty() { footer { @for line in &page.foot { p { (visible(line)) } } } }
            }
        }
    };
    content.into_string().into_bytes()
}

/// A page that leads to another at once, and says so where it cannot.
pub fn redirect(title: &str, href: &str) -> Vec<u8> {
    let content = html! {
        (DOCTYPE)
        html lang="en" {
            (head(title, &html! { meta http-equiv="refresh" content=(format!("0; url={href}")); }))
            body { main { p { a href=(href) { (name(title)) } } } }
        }
    };
    content.into_string().into_bytes()
}

/// What stands in the head of every page, and what only some have.
fn head(title: &str, more: &Markup) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content=(POLICY);
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            (more)
            title { (name(title)) }
            style { (PreEscaped(STYLE)) }
        }
    }
}

/// A name as it may be shown.
fn name(text: &str) -> String {
    short(&visible(text), MOST)
}

fn links(links: &[Link]) -> Markup {
    html! { ul { @for link in links { li { a href=(link.href) { (name(&link.text)) } } } } }
}

fn contents(sections: &[Section]) -> Markup {
    html! {
        nav.contents aria-label="On this page" {
            ul { @for s in sections { li { a href=(format!("#{}", s.id)) { (name(&s.title)) } } } }
        }
    }
}

fn part(page: &Page, section: &Section, index: usize) -> Markup {
    let verdicts = section.blocks.iter().filter(|b| matches!(b, Block::Verdict(_))).count();
    let mut rest = section.blocks.as_slice();
    let mut row: Vec<&Verdict> = Vec::new();
    if verdicts > 1 {
        while let [Block::Verdict(verdict), tail @ ..] = rest {
            row.push(verdict);
            rest = tail;
        }
    }
    html! {
        section id=(section.id) aria-labelledby=(format!("h-{}", section.id)) {
            h2 id=(format!("h-{}", section.id)) { (name(&section.title)) }
            @if !section.lead.is_empty() { p.lead { (visible(&section.lead)) } }
            @if !row.is_empty() { div.verdicts { @for verdict in row { (said(verdict)) } } }
            @for (n, block) in rest.iter().enumerate() { (one(page, section, block, &format!("c{index}-{n}"))) }
        }
    }
}

fn one(page: &Page, section: &Section, block: &Block, id: &str) -> Markup {
    match block {
        Block::Verdict(verdict) => said(verdict),
        Block::Figures(figures) => {
            let places = |of: &Figure| {
                let alike = figures.iter().filter(|f| f.unit == of.unit);
                alike.map(|f| table::places(&f.value)).max().unwrap_or(0)
            };
            html! { dl.figures { @for f in figures { (figure(f, places(f))) } } }
        }
        Block::Chart(chart, listing) => html! {
            (chart::chart(chart, id))
            (table::listing(page.zone, listing, ""))
        },
        Block::Listing(listing) => table::listing(page.zone, listing, &section.title),
        Block::Text(text) => html! { p { (visible(text)) } },
        Block::Links(list) => html! { nav.links { (links(list)) } },
    }
}

fn class_of(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "plain",
        Tone::Good => "good",
        Tone::Warn => "warn",
    }
}

/// Said by a mark as well as by colour.
fn mark(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "",
        Tone::Good => "✓ ",
        Tone::Warn => "! ",
    }
}

fn said(verdict: &Verdict) -> Markup {
    html! {
        div class=(format!("verdict {}", class_of(verdict.tone))) {
            p.title { span aria-hidden="true" { (mark(verdict.tone)) } (visible(&verdict.title)) }
            @if !verdict.text.is_empty() { p { (visible(&verdict.text)) } }
        }
    }
}

fn figure(f: &Figure, places: usize) -> Markup {
    html! {
        div class=(class_of(f.tone)) {
            dt { (name(&f.label)) @if !f.unit.is_empty() { " " span.unit { (short(&visible(&f.unit), 24)) } } }
            dd.value { (table::alone(&f.value, places)) }
            @if !f.note.is_empty() { dd.note { (visible(&f.note)) } }
        }
    }
}
