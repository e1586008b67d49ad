//! Fonts: those within the program, those the operator names, those of the machine.

use std::fs;
use std::path::{Path, PathBuf};

use typst::foundations::{Array, Bytes, Dict, IntoValue, Str};
use typst::text::{Font, is_default_ignorable};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt};
use typst_kit::fonts::{FontStore, embedded, scan, system};

use super::error::PdfError;
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
];

/// Fonts, the characters they have, and a standard library that names them to templates.
pub(super) struct Typefaces {
    pub(super) store: FontStore,
    pub(super) library: LazyHash<Library>,
    covered: Coverage,
}

impl Typefaces {
    /// Those within the program and in `paths`.
    pub(super) fn own(paths: &[PathBuf]) -> Result<Typefaces, PdfError> {
        let mut store = FontStore::new();
        store.extend(embedded());
        for path in paths {
            add(&mut store, path)?;
        }
        Ok(Typefaces::of(store))
    }

    /// The same, and the machine's. `paths` were read before: what is gone since then is left out.
    pub(super) fn and_system(&self, paths: &[PathBuf]) -> Typefaces {
        let mut store = FontStore::new();
        store.extend(embedded());
        for path in paths {
            let _ = add(&mut store, path);
        }
        let mut found: Vec<_> = system().collect();
        found.sort_by(|(a, _), (b, _)| (&a.path, a.index).cmp(&(&b.path, b.index)));
        store.extend(found);
        Typefaces::of(store)
    }

    fn of(store: FontStore) -> Typefaces {
        let book = store.book();
        let families: Array = PREFERRED
            .iter()
            .filter(|name| book.contains_family(&name.to_lowercase()))
            .map(|name| name.into_value())
            .collect();
        let mut covered = Coverage::new();
        for index in 0.. {
            let Some(info) = book.info(index) else { break };
            info.coverage.iter().for_each(|c| covered.add(c));
        }
        let mut inputs = Dict::new();
        inputs.insert(Str::from("families"), families.into_value());
        inputs.insert(
            Str::from("chinese"),
            labels_of("zh").chars().all(|c| c.is_whitespace() || covered.has(c)).into_value(),
        );
        let library = LazyHash::new(Library::builder().with_inputs(inputs).build());
        Typefaces { store, library, covered }
    }

    /// Whether every character of `text` has a glyph.
    pub(super) fn covers(&self, text: &str) -> bool {
        text.chars().all(|c| self.shows(c))
    }

    /// The first field of a document with text that these fonts cannot show.
    pub(super) fn missing(&self, content: &Content) -> Option<PdfError> {
        content.texts.iter().find_map(|(field, text)| {
            let mut unknown: Vec<char> = text.chars().filter(|c| !self.shows(*c)).collect();
            unknown.sort_unstable();
            unknown.dedup();
            let glyph = || PdfError::Glyph {
                field: field.clone(),
                text: text.chars().take(60).collect(),
                glyphs: named(unknown.iter().copied()),
            };
            (!unknown.is_empty()).then(glyph)
        })
    }

    fn shows(&self, c: char) -> bool {
        c.is_whitespace() || is_default_ignorable(c) || self.covered.has(c)
    }
}

fn add(store: &mut FontStore, path: &Path) -> Result<(), PdfError> {
    let fault = |reason: String| PdfError::Fonts { path: path.to_owned(), reason };
    let kind = fs::metadata(path).map_err(|e| fault(e.to_string()))?;
    let mut count = 0usize;
    if kind.is_dir() {
        let mut found: Vec<_> = scan(path).collect();
        found.sort_by(|(a, _), (b, _)| (&a.path, a.index).cmp(&(&b.path, b.index)));
        count = found.len();
        store.extend(found);
    } else {
        let bytes = fs::read(path).map_err(|e| fault(e.to_string()))?;
        for font in Font::iter(Bytes::new(bytes)) {
            count += 1;
            let info = font.info().clone();
            store.push((font, info));
        }
    }
    if count == 0 { Err(fault("no font in it".to_owned())) } else { Ok(()) }
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

    fn has(&self, c: char) -> bool {
        let code_point = u32::from(c);
        self.0.get(code_point as usize / 64).is_some_and(|word| word >> (code_point % 64) & 1 == 1)
    }
}
