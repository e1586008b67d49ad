//! Names people did not choose with printing in mind.

use serde_json::json;

use super::shown::pages;
use super::*;
use crate::edge::render::pdf::text::fit;

pub(super) fn named(name: &str) -> serde_json::Value {
    let mut value = fixture("invoice-usage");
    value["customer"]["name"] = json!(name);
    value["lines"][0]["text"] = json!(name);
    value["customer"]["account_id"] = json!(name);
    value
}

#[test]
fn markup_is_text() {
    for name in [
        "#import \"@preview/x:1.0.0\": *",
        "$ integral_0^1 x dif x $",
        "*bold* _it_ `raw`",
        "#panic()",
        "\\#{}[]<>@~--'\"",
        "= Heading\n- list",
        "//comment /* */",
        "<script>alert(1)</script>",
        "=1+1",
        "../../x",
    ] {
        let page = pages(&renderer(), &named(name)).remove(0).replace('|', "");
        assert!(page.contains(&fit(name)), "{name:?} is not in {page}");
        assert!(render(&named(name)).is_ok());
    }
}

#[test]
fn controls_and_turned_text_are_made_visible() {
    assert_eq!(
        fit("a\u{202e}b\u{0}c\td\r\ne\u{7f}\u{2066}f\u{feff}"),
        "a\u{fffd}b\u{fffd}c d  e\u{fffd}\u{fffd}f\u{fffd}"
    );
    assert!(render(&named("evil\u{202e}\u{0}\u{1b}[31m\u{85}\u{2028}name\u{e0041}")).is_ok());
}

#[test]
fn endless_names_stay_on_the_page() {
    for name in ["x".repeat(10_000), "王".repeat(10_000), "a b ".repeat(2_500)] {
        let fitted = fit(&name);
        assert!(fitted.chars().filter(|c| *c != '\u{200b}').count() <= 301 && fitted.ends_with('…'));
    }
    let value = named(&"W".repeat(10_000));
    let found = pages(&renderer(), &value);
    assert!(found.len() <= 2, "{} pages", found.len());
    assert!(found.concat().replace('|', "").contains("8,928.80"));
}

#[test]
fn digits_are_never_broken_or_cut() {
    let digits = "-123456789012345678901234567890.123456789012345678";
    assert_eq!(fit(digits), digits);
    assert_eq!(fit(&"x".repeat(24)), "x".repeat(24));
    assert_eq!(fit(&"x".repeat(25)), format!("{0}\u{200b}{0}\u{200b}x", "x".repeat(12)));
}

#[test]
fn a_name_without_a_glyph_is_told_with_its_place() {
    // A code point that stands for nothing.
    let Err(fault) = render(&named("Müller \u{378} & Co")) else { panic!("no font has a glyph for it") };
    let PdfError::Glyph { field, text, glyphs } = &fault else { panic!("{fault}") };
    assert_eq!((field.as_str(), glyphs.as_str()), ("customer.account_id", "\u{378} (U+0378)"));
    assert!(text.contains("Müller") && fault.is_of_one_document() && fault.hint().contains("[invoice] fonts"));
}

#[test]
fn scripts_of_the_world_are_typeset_or_told() {
    for name in [
        "Αθήνα ΑΕ",
        "ООО Ромашка",
        "Łódź Sp. z o.o.",
        "شركة النور",
        "王小明",
        "株式会社",
        "한국",
        "Tĥông tin",
        "naïve 👩‍💻 café",
    ] {
        assert!(render(&named(name)).is_ok(), "{name} needs no font of the machine");
    }
    // Fonts for these are not shipped.
    for name in ["บริษัท กุหลาบ", "ქართული", "חברת נגב"] {
        match render(&named(name)) {
            Ok(pdf) => assert!(pdf.starts_with(b"%PDF-")),
            Err(fault) => assert!(matches!(fault, PdfError::Glyph { .. }), "{name}: {fault}"),
        }
    }
}
