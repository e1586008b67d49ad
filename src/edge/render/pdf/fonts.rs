//! Fonts: the text face, those the operator names, those of the machine, and last those shipped for names.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use typst::foundations::{Array, Dict, IntoValue, Str};
use typst::text::{Font, FontInfo, is_default_ignorable};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt};
use typst_kit::fonts::{FontSource, FontStore, embedded};

use super::error::PdfError;
use super::font_files::{self, LostFont};
use super::shipped::Selection;
use super::template::labels_of;
use super::text::{Content, named};

/// Families that look well beside ours, best first; of others the nearest that has the glyph is taken.
const PREFERRED: &[&str] = &[
    "Noto Serif CJK SC",
    "Noto Serif SC",
    "Source Han Serif SC",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "Droid Sans Fallback",
    "Amiri",
    "Noto Naskh Arabic",
    "DejaVu Sans",
    "Noto Color Emoji",
    "Noto Emoji",
];

/// The typesetter's face for code. It has Arabic and many symbols, each letter as wide as the next, so for
/// names it stands in only where nothing else does.
const CODE: &str = "DejaVu Sans Mono";

/// Which fonts documents may use besides the text face within the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FontSettings {
    /// Files or folders of TrueType or OpenType fonts; asked first.
    pub paths: Vec<PathBuf>,
    /// Whether the machine's own fonts are asked next. Without them a document has the same bytes on
    /// every machine. The faces shipped with the program are asked last, always.
    pub system: bool,
}

impl Default for FontSettings {
    fn default() -> FontSettings {
        FontSettings { paths: Vec::new(), system: true }
    }
}

/// A font that several collections share.
#[derive(Clone)]
struct Shared(Arc<dyn FontSource>);

impl FontSource for Shared {
    fn load(&self) -> Option<Font> {
        self.0.load()
    }
}

type Face = (Shared, FontInfo);

fn face((source, info): (impl FontSource, FontInfo)) -> Face {
    (Shared(Arc::new(source)), info)
}

/// Fonts, the characters they have, and a standard library that names them to templates.
pub(super) struct Typefaces {
    faces: Vec<Face>,
    pub(super) store: FontStore,
    pub(super) library: LazyHash<Library>,
    covered: Coverage,
    /// With what only the face for code has.
    covered_somehow: Coverage,
}

impl Typefaces {
    /// The text face within the program, and what is in `paths`.
    pub(super) fn own(paths: &[PathBuf], lost: &LostFont) -> Result<Typefaces, PdfError> {
        let mut faces: Vec<Face> = embedded().map(face).collect();
        for path in paths {
            faces.extend(font_files::named(path, lost)?.into_iter().map(face));
        }
        Ok(Typefaces::of(faces))
    }

    /// The same, and the machine's.
    pub(super) fn and_system(&self, lost: &LostFont) -> Result<Typefaces, PdfError> {
        Ok(self.and(font_files::of_machine(lost)?.into_iter().map(face)))
    }

    /// The same, and some of those shipped for names.
    pub(super) fn and_shipped(&self, selection: Selection) -> Typefaces {
        self.and(selection.faces().map(|font| face((font.clone(), font.info().clone()))))
    }

    fn and(&self, more: impl Iterator<Item = Face>) -> Typefaces {
        Typefaces::of(self.faces.iter().cloned().chain(more).collect())
    }

    fn of(faces: Vec<Face>) -> Typefaces {
        let mut store = FontStore::new();
        store.extend(faces.iter().cloned());
        let book = store.book();
        let families: Array = PREFERRED
            .iter()
            .filter(|name| book.contains_family(&name.to_lowercase()))
            .map(|name| name.into_value())
            .collect();
        let (mut covered, mut covered_somehow) = (Coverage::new(), Coverage::new());
        for (_, info) in &faces {
            info.coverage.iter().for_each(|c| covered_somehow.add(c));
            if info.family != CODE {
                info.coverage.iter().for_each(|c| covered.add(c));
            }
        }
        let mut inputs = Dict::new();
        inputs.insert(Str::from("families"), families.into_value());
        inputs.insert(
            Str::from("chinese"),
            labels_of("zh").chars().all(|c| c.is_whitespace() || covered.has(c)).into_value(),
        );
        let library = LazyHash::new(Library::builder().with_inputs(inputs).build());
        Typefaces { faces, store, library, covered, covered_somehow }
    }

    /// The characters of some texts that no font here has, the one for code left aside.
    pub(super) fn unknown<'t>(&self, texts: impl IntoIterator<Item = &'t str>) -> BTreeSet<char> {
        self.covered.lacks(texts)
    }

    /// The characters of some texts that cannot be shown at all.
    pub(super) fn lacks<'t>(&self, texts: impl IntoIterator<Item = &'t str>) -> BTreeSet<char> {
        self.covered_somehow.lacks(texts)
    }

    /// The first field of a document with text that these fonts cannot show.
    pub(super) fn missing(&self, content: &Content) -> Option<PdfError> {
        content.texts.iter().find_map(|(field, text)| {
            let unknown = self.lacks([text.as_str()]);
            let glyph = || PdfError::Glyph {
                field: field.clone(),
                text: text.chars().take(60).collect(),
                glyphs: named(unknown.iter().copied()),
            };
            (!unknown.is_empty()).then(glyph)
        })
    }
}

/// One bit a code point.
struct Coverage(Vec<u64>);

impl Coverage {
    fn new() -> Coverage {
        Coverage(vec![0; 0x11_0000 / 64])
    }

    fn add(&mut self, code_point: u32) {
        if let Some(word) = self.0.get_mut(code_point as usize / 64) {
            *word |= 1 << (code_point % 64);
        }
    }

    /// The characters of some texts that need a glyph and have none.
    fn lacks<'t>(&self, texts: impl IntoIterator<Item = &'t str>) -> BTreeSet<char> {
        let needs = |c: &char| !c.is_whitespace() && !is_default_ignorable(*c) && !self.has(*c);
        texts.into_iter().flat_map(str::chars).filter(needs).collect()
    }

    fn has(&self, c: char) -> bool {
        let code_point = u32::from(c);
        self.0.get(code_point as usize / 64).is_some_and(|word| word >> (code_point % 64) & 1 == 1)
    }
}
