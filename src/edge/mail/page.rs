//! What a message says, as values; the text and the HTML part are made of the same.

use maud::{DOCTYPE, html};

use super::clean::one_line;

const LONGEST: usize = 300;

/// What a message says, in order. Text from outside is cleaned when it becomes text or HTML.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Of the language, for the HTML part: `en`, `zh-CN`.
    pub language: &'static str,
    pub subject: String,
    pub greeting: String,
    pub lead: String,
    /// Label and value.
    pub rows: Vec<(String, String)>,
    pub lists: Vec<List>,
    pub advice: Vec<String>,
    pub link: Option<String>,
    pub closing: Vec<String>,
}

/// Lines under a heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    pub heading: String,
    pub lines: Vec<ListLine>,
    /// How many more there are than lines.
    pub more: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListLine {
    pub what: String,
    pub detail: String,
}

fn clean(text: &str) -> String {
    one_line(text, LONGEST)
}

impl Page {
    /// The plain part: lines that end with LF.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        let mut block = |lines: Vec<String>| {
            if lines.iter().any(|l| !l.is_empty()) {
                if !text.is_empty() {
                    text.push('\n');
                }
                lines.iter().for_each(|l| text.extend([l, "\n"]));
            }
        };
        block(vec![clean(&self.greeting)]);
        block(vec![clean(&self.lead)]);
        block(self.rows.iter().map(|(label, value)| format!("  {}: {}", clean(label), clean(value))).collect());
        for list in &self.lists {
            let mut lines = vec![clean(&list.heading)];
            lines.extend(list.lines.iter().map(|l| match l.detail.is_empty() {
                true => format!("  - {}", clean(&l.what)),
                false => format!("  - {}: {}", clean(&l.what), clean(&l.detail)),
            }));
            if list.more > 0 {
                lines.push(format!("  - … +{}", list.more));
            }
            block(lines);
        }
        block(self.advice.iter().map(|l| clean(l)).collect());
        block(self.link.iter().map(|l| format!("  {}", clean(l))).collect());
        block(self.closing.iter().map(|l| clean(l)).collect());
        text
    }

    /// The same for a browser: no style sheet, no picture, nothing fetched.
    pub fn to_html(&self) -> String {
        html! {
            (DOCTYPE)
            html lang=(self.language) {
                head {
                    meta charset="utf-8";
                    title { (clean(&self.subject)) }
                }
                body style="font-family: sans-serif; max-width: 40em" {
                    @if !self.greeting.is_empty() { p { (clean(&self.greeting)) } }
                    @if !self.lead.is_empty() { p { (clean(&self.lead)) } }
                    @if !self.rows.is_empty() {
                        table cellpadding="4" {
                            @for (label, value) in &self.rows {
                                tr {
                                    th align="left" valign="top" { (clean(label)) }
                                    td { (clean(value)) }
                                }
                            }
                        }
                    }
                    @for list in &self.lists {
                        h3 { (clean(&list.heading)) }
                        ul {
                            @for line in &list.lines {
                                li {
                                    (clean(&line.what))
                                    @if !line.detail.is_empty() { ": " (clean(&line.detail)) }
                                }
                            }
                            @if list.more > 0 { li { "… +" (list.more) } }
                        }
                    }
                    @for line in &self.advice { p { (clean(line)) } }
                    @if let Some(link) = self.link.as_deref().map(clean) { p { a href=(link) { (link) } } }
                    @for line in &self.closing { p { small { (clean(line)) } } }
                }
            }
        }
        .into_string()
    }
}
