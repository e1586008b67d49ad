//! Names that print on a machine without any font.

use std::collections::BTreeSet;

use serde_json::Value;
use typst::layout::{Frame, FrameItem};
use typst_layout::PagedDocument;

use super::hostile::named;
use super::*;
use crate::edge::render::pdf::text::{Content, fit};
use crate::edge::render::pdf::world::PrintWorld;

/// The families a document is set in, and each piece of text with the one that shows it.
fn set_in(renderer: &Renderer, value: &Value) -> BTreeSet<(String, String)> {
    let bytes = serde_json::to_vec(value).unwrap();
    let mut content = Content::read(&bytes).unwrap();
    let typefaces = renderer.typefaces(&mut content).unwrap();
    let world = PrintWorld::new(&renderer.template, typefaces, &content, &bytes);
    let document = typst::compile::<PagedDocument>(&world).output.unwrap();
    let mut found = BTreeSet::new();
    document.pages().iter().for_each(|page| collect(&page.frame, &mut found));
    found
}

fn collect(frame: &Frame, found: &mut BTreeSet<(String, String)>) {
    for (_, item) in frame.items() {
        match item {
            FrameItem::Group(group) => collect(&group.frame, found),
            FrameItem::Text(text) => {
                assert!(text.glyphs.iter().all(|glyph| glyph.id != 0), "a box stands in {:?}", text.text);
                found.insert((text.font.info().family.clone(), text.text.to_string()));
            }
            _ => {}
        }
    }
}

fn families(found: &BTreeSet<(String, String)>) -> Vec<&str> {
    let names: BTreeSet<&str> = found.iter().map(|(family, _)| family.as_str()).collect();
    names.into_iter().collect()
}

/// A name, and the face that shows what Libertinus has not.
const NAMES: &[(&str, &str)] = &[
    ("王小明 有限公司", "Droid Sans Fallback"),
    ("株式会社さくら", "Droid Sans Fallback"),
    ("김민준 스튜디오", "Droid Sans Fallback"),
    ("شركة النخيل للتقنية", "Noto Naskh Arabic"),
    ("شرکت پژوهش گستر", "Noto Naskh Arabic"),
    ("Rocket 🚀 Labs", "Noto Emoji"),
    ("naïve 👩‍💻 café", "Noto Emoji"),
    ("🇨🇳 👍🏽 ❤️ ☎", "Noto Emoji"),
];

#[test]
fn names_print_without_a_font_of_the_machine() {
    let renderer = without_system_fonts();
    for (name, family) in NAMES {
        let value = named(name);
        let found = set_in(&renderer, &value);
        assert_eq!(
            families(&found),
            [*family, "Libertinus Serif"].into_iter().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>(),
            "{name}"
        );
        let json = serde_json::to_vec(&value).unwrap();
        assert!(renderer.check(&json).is_ok());
        let pdf = renderer.render(&json).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        assert!(String::from_utf8_lossy(&pdf).contains("<pdfaid:part>3</pdfaid:part>"), "{name}");
        assert!(without_system_fonts().render(&json).unwrap() == pdf, "{name}: other bytes");
    }
}

#[test]
fn the_face_for_code_shows_what_nothing_else_has() {
    let found = set_in(&without_system_fonts(), &named("Knight ♞ ⚑"));
    assert_eq!(families(&found), ["DejaVu Sans Mono", "Libertinus Serif"]);
}

#[test]
fn one_name_of_every_script_prints() {
    let all: String = NAMES.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(" / ");
    let found = set_in(&without_system_fonts(), &named(&all));
    assert_eq!(families(&found), ["Droid Sans Fallback", "Libertinus Serif", "Noto Emoji", "Noto Naskh Arabic"]);
}

#[test]
fn a_pictograph_newer_than_every_font_is_spelled_out_and_holds_nothing() {
    // No character yet.
    let name = "Rocket \u{1FAFF} Labs";
    for renderer in [without_system_fonts(), renderer()] {
        let value = named(name);
        let json = serde_json::to_vec(&value).unwrap();
        assert!(renderer.check(&json).is_ok());
        assert!(renderer.render(&json).unwrap().starts_with(b"%PDF-"));
        let pages = super::shown::pages(&renderer, &value);
        assert!(pages[0].replace('|', "").contains("Rocket [U+1FAFF] Labs"), "{}", pages[0]);
    }
}

#[test]
fn a_configured_font_comes_before_a_shipped_one() {
    let folder = tempfile::tempdir().unwrap();
    let amiri = include_bytes!("../../../../../assets/fonts/NotoNaskhArabic-Regular.ttf");
    std::fs::write(folder.path().join("own.ttf"), renamed(amiri, "Noto Naskh Arabic", "Corp Naskh Arabic")).unwrap();
    let fonts = FontSettings { paths: vec![folder.path().to_owned()], system: false };
    let renderer = Renderer::new(&fonts, None).unwrap();
    let found = set_in(&renderer, &named("شركة النخيل 🚀"));
    assert_eq!(families(&found), ["Corp Naskh Arabic", "Libertinus Serif", "Noto Emoji"]);
    assert_eq!(fit("شركة"), "شركة");
}

/// A font under another family name of the same length.
fn renamed(font: &[u8], from: &str, to: &str) -> Vec<u8> {
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
    let (from, to) = (utf16(from), utf16(to));
    assert_eq!(from.len(), to.len());
    let mut font = font.to_vec();
    let places: Vec<usize> = (0..font.len() - from.len()).filter(|at| font[*at..].starts_with(&from)).collect();
    assert!(!places.is_empty());
    for at in places {
        font[at..at + to.len()].copy_from_slice(&to);
    }
    font
}

/// A folder with the shipped Chinese face, and a renderer that has no other but the text face.
fn with_folder() -> (tempfile::TempDir, Renderer) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("deep")).unwrap();
    let face = include_bytes!("../../../../../assets/fonts/DroidSansFallback.ttf");
    std::fs::write(dir.path().join("deep/face.TTF"), face).unwrap();
    std::fs::write(dir.path().join("README"), "no font").unwrap();
    let renderer = of(dir.path()).unwrap();
    (dir, renderer)
}

fn of(folder: &std::path::Path) -> Result<Renderer, PdfError> {
    Renderer::new(&FontSettings { paths: vec![folder.to_owned()], system: false }, None)
}

/// Set in another face it would be another document than the one before: this ended in a panic, or in silence.
#[test]
fn a_font_that_can_no_longer_be_read_is_said_and_no_other_takes_its_place() {
    let (dir, renderer) = with_folder();
    let value = named("王小明 有限公司");
    assert!(families(&set_in(&with_folder().1, &value)).contains(&"Droid Sans Fallback"));
    std::fs::remove_file(dir.path().join("deep/face.TTF")).unwrap();
    let failure = renderer.render(&serde_json::to_vec(&value).unwrap()).unwrap_err();
    assert!(failure.to_string().contains("deep/face.TTF: No such file"), "{failure}");
    assert!(!failure.is_of_one_document());
}

#[test]
fn a_folder_of_fonts_that_cannot_be_read_whole_is_refused() {
    let (dir, _) = with_folder();
    std::fs::write(dir.path().join("torn.otf"), "OTTO").unwrap();
    let failure = of(dir.path()).err().unwrap().to_string();
    assert!(failure.ends_with("torn.otf: no font in it"), "{failure}");
    std::fs::remove_file(dir.path().join("torn.otf")).unwrap();
    std::os::unix::fs::symlink("nowhere.ttf", dir.path().join("gone.ttf")).unwrap();
    let failure = of(dir.path()).err().unwrap().to_string();
    assert!(failure.contains("gone.ttf: No such file"), "{failure}");
}
