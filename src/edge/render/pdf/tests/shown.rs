//! What a page shows. Text is read back from the pages typst laid out, before they are compressed.

use serde_json::{Value, json};
use typst::World;
use typst::layout::{Frame, FrameItem};
use typst_layout::PagedDocument;

use super::*;
use crate::domain::reconcile::{CauseWords, known_causes};
use crate::edge::render::pdf::text::Content;
use crate::edge::render::pdf::world::PrintWorld;

/// All text of each page, in the order it was laid out.
pub(super) fn pages(renderer: &Renderer, value: &Value) -> Vec<String> {
    let bytes = serde_json::to_vec(value).unwrap();
    let mut content = Content::read(&bytes).unwrap();
    let typefaces = renderer.typefaces(&mut content).unwrap();
    let world = PrintWorld::new(&renderer.template, typefaces, &content, &bytes);
    let document = typst::compile::<PagedDocument>(&world).output.unwrap();
    assert!(world.main() == renderer.template.main.id());
    document.pages().iter().map(|page| text_of(&page.frame)).collect()
}

fn text_of(frame: &Frame) -> String {
    let mut out = String::new();
    for (_, item) in frame.items() {
        match item {
            FrameItem::Group(group) => out.push_str(&text_of(&group.frame)),
            FrameItem::Text(text) => {
                out.push_str(&text.text);
                out.push('|');
            }
            _ => {}
        }
    }
    out
}

fn shows(page: &str, texts: &[&str]) {
    let plain = page.replace('|', "");
    for text in texts {
        assert!(plain.contains(&text.replace('|', "")), "{text:?} is not in {page}");
    }
}

#[test]
fn an_invoice_shows_lines_discounts_tax_and_how_to_pay() {
    let pages = pages(&renderer(), &fixture("invoice-usage"));
    assert_eq!(pages.len(), 1);
    let texts = [
        "Invoice",
        "INV-2026-0042",
        "Nordlicht Analytics GmbH",
        "20457 Hamburg",
        "net 30 days",
        "due by 2026-12-04",
        "91,234,567",
        "227,495,810.125",
        "Late usage of 2026-09",
        "2,274.96",
        "Volume discount",
        "5 % of 1,000.00 to 5,000.00",
        "\u{2212}200.00",
        "10 % of what is above 5,000.00",
        "Tax 19 %",
        "1,425.61",
        "8,928.80",
        "DE02 1203 0000 0000 2020 51",
        "1 credit = 0.00001 EUR since 2026-01-01",
        "Page 1 of 1",
    ];
    shows(&pages[0], &texts);
    assert!(!pages[0].contains("DRAFT"));
}

#[test]
fn a_draft_says_so_and_reverse_charge_is_named() {
    let pages = pages(&renderer(), &fixture("invoice-draft"));
    shows(
        &pages[0],
        &["DRAFT", "none yet (draft)", "Minimum commitment", "313.78", "Reverse charge: the customer accounts"],
    );
}

#[test]
fn a_paid_invoice_asks_for_nothing() {
    let pages = pages(&renderer(), &fixture("invoice-top-up"));
    shows(&pages[0], &["Invoice for top-ups", "Nothing is due", "\u{2212}1,170.00", "Exempt (E)"]);
    assert!(!pages[0].contains("Payment|"));
}

#[test]
fn a_credit_note_names_what_it_corrects() {
    let pages = pages(&renderer(), &fixture("credit-note"));
    shows(
        &pages[0],
        &["Credit note", "INV-2026-0042", "Amount credited", "A price was applied before it was in force"],
    );
}

#[test]
fn a_statement_shows_the_ledger_and_apart_from_it_what_is_proposed() {
    let pages = pages(&renderer(), &fixture("statement"));
    let plain = pages[0].replace('|', "");
    shows(
        &plain,
        &["Opening balance", "212.480731", "Top-ups", "Usage debited", "984.881796", "Usage by model", "key-prod-1"],
    );
    let (ledger, proposed) = plain.split_once("Corrections we propose").unwrap();
    assert!(proposed.contains("\u{2212}3.2071") && !ledger.contains("\u{2212}3.2071"));
}

/// Texts of over 24 characters get places to break at before they are set; a cause with so long a code was
/// looked up with them in it, not found, and a customer read the code.
#[test]
fn a_cause_with_a_long_code_is_told_in_words() {
    let mut statement = fixture("statement");
    statement["statement"]["proposed"][0]["cause"] = json!("gateway_cache_hit_charged");
    let words = known_causes().find(|(code, _)| *code == "gateway_cache_hit_charged").unwrap().1;
    let page = pages(&renderer(), &statement).concat();
    shows(&page, &[words.english]);
    assert!(!page.contains("gateway_cache") && !page.contains("cache hit"), "{page}");
}

#[test]
fn a_template_finds_the_words_of_every_cause_in_both_languages() {
    for (language, words) in [("en", (|w| w.english) as fn(CauseWords) -> &'static str), ("zh", |w| w.chinese)] {
        let own = format!(
            "#import \"labels.typ\": labels-of\n#set page(height: auto)\n\
             #for (code, text) in labels-of(\"{language}\").causes [#raw(code): #text \\ ]"
        );
        let renderer = Renderer::new(&FontSettings::default(), Some(own)).unwrap();
        let mut value = fixture("statement");
        value["customer"]["locale"] = json!(language);
        let shown = pages(&renderer, &value).concat().replace(['|', ' ', '\n'], "");
        for (code, words) in known_causes().map(|(code, all)| (code, words(all))).filter(|(_, text)| !text.is_empty()) {
            let line = format!("{code}:{words}").replace(' ', "");
            assert!(shown.contains(&line), "{line} is not in {shown}");
        }
        assert!(shown.contains("unexplained:"));
    }
}

#[test]
fn a_long_list_repeats_its_header_on_every_page() {
    let mut value = fixture("invoice-usage");
    let line = value["lines"][0].clone();
    value["lines"] = (1..=180)
        .map(|n| {
            let mut line = line.clone();
            line["position"] = json!(n);
            line
        })
        .collect();
    let pages = pages(&renderer(), &value);
    assert!(pages.len() > 3, "{} pages", pages.len());
    let with_rows = pages.iter().filter(|page| page.contains("91,234,567")).count();
    assert_eq!(pages.iter().filter(|page| page.contains("Description")).count(), with_rows);
    shows(&pages[3], &[&format!("Page 4 of {}", pages.len())]);
}

#[test]
fn thousands_stand_apart_and_no_digit_is_lost() {
    let renderer = renderer();
    let own =
        "#import \"parts.typ\": *\n#grouped(\"-1234567.5\") #grouped(\"123\") #grouped(\"0.0195\") #grouped(\"-12\")";
    let own = Renderer { template: Template::new(Some(own.to_owned())), ..renderer };
    shows(&pages(&own, &fixture("credit-note"))[0], &["\u{2212}1,234,567.5 123 0.0195 \u{2212}12"]);
}

#[test]
fn a_customer_who_reads_chinese_gets_chinese_labels() {
    let mut value = fixture("statement");
    value["customer"]["locale"] = json!("zh-CN");
    shows(&pages(&renderer(), &value)[0], &["对账单"]);
    shows(&pages(&without_system_fonts(), &value)[0], &["对账单"]);
}

#[test]
fn a_chinese_statement_is_chinese() {
    let pages = pages(&renderer(), &fixture("statement-zh"));
    shows(&pages[0], &["对账单", "北京星海智能科技有限公司", "期初余额", "key-dev-王", "建议更正"]);
}

#[test]
fn an_operators_template_gets_the_same_data() {
    let own = "#let d = json(\"document.json\")\n#d.number for #d.customer.name on #datetime.today().display()";
    let renderer = Renderer::new(&FontSettings::default(), Some(own.to_owned())).unwrap();
    let pages = pages(&renderer, &fixture("invoice-usage"));
    shows(&pages[0], &["INV-2026-0042 for Nordlicht Analytics GmbH on 2026-11-04"]);
    assert!(renderer.render(&serde_json::to_vec(&fixture("invoice-usage")).unwrap()).unwrap().starts_with(b"%PDF-"));
}
