//! Documents as PDF/A-3b, typeset by typst from their canonical JSON.
//!
//! The same JSON gives the same bytes: no clock, no file and no package is within a template's reach,
//! and the document's date is its `issued_on`. Knows nothing of: money, where documents come from or go.

mod error;
mod fault;
mod font_files;
mod fonts;
mod shipped;
mod template;
mod text;
mod world;

#[cfg(test)]
mod tests;

use std::sync::{OnceLock, PoisonError};

use typst::diag::SourceDiagnostic;
use typst::foundations::{Datetime, Smart};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

pub use self::error::PdfError;
use self::font_files::LostFont;
pub use self::fonts::FontSettings;
use self::fonts::Typefaces;
use self::shipped::Selection;
use self::template::{Template, labels_of};
use self::text::{Content, is_pictograph};
use self::world::PrintWorld;

/// How many documents ago something laid out must have been used to be kept: enough for what every
/// document has in common, so memory does not grow with their number.
const KEPT_DOCUMENTS: usize = 4;

/// Typesets documents; shared by threads, fonts are loaded once.
pub struct Renderer {
    template: Template,
    own: Typefaces,
    system: bool,
    /// Looked for only when a document needs a glyph that `own` has not.
    with_system: OnceLock<Result<Typefaces, PdfError>>,
    /// By the selection of shipped faces that stand last.
    with_shipped: [OnceLock<Typefaces>; Selection::COUNT],
    lost: LostFont,
}

impl Renderer {
    /// `template`: the text of an operator's template in place of ours; it finds the document in
    /// `document.json`, and may import `labels.typ` and `parts.typ`.
    ///
    /// # Errors
    /// A font path that cannot be read or holds no font.
    pub fn new(fonts: &FontSettings, template: Option<String>) -> Result<Renderer, PdfError> {
        let lost = LostFont::default();
        Ok(Renderer {
            template: Template::new(template),
            own: Typefaces::own(&fonts.paths, &lost)?,
            system: fonts.system,
            with_system: OnceLock::new(),
            with_shipped: [const { OnceLock::new() }; Selection::COUNT],
            lost,
        })
    }

    /// One document as PDF/A-3b with its canonical JSON attached.
    ///
    /// # Errors
    /// Not a `trueup/document/1`; text for which no font has a glyph; a fault in the template; a font that can no
    /// longer be read.
    pub fn render(&self, canonical_json: &[u8]) -> Result<Vec<u8>, PdfError> {
        let mut content = Content::read(canonical_json)?;
        let typefaces = self.typefaces(&mut content)?;
        let world = PrintWorld::new(&self.template, typefaces, &content, canonical_json);
        let result = typeset(&world, &content);
        typst::comemo::evict(KEPT_DOCUMENTS);
        // Set in another face, it would be another document.
        let lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner).clone();
        lost.map_or(result, Err)
    }

    /// Whether a document could be typeset as far as its text and the fonts at hand go; much cheaper than
    /// typesetting it.
    ///
    /// # Errors
    /// As [`Renderer::render`], but for faults of the template.
    pub fn check(&self, canonical_json: &[u8]) -> Result<(), PdfError> {
        self.typefaces(&mut Content::read(canonical_json)?).map(|_| ())
    }

    /// The fewest fonts that show the whole text: without the machine's where they are not needed, and
    /// of the shipped ones those with a character that nothing else has. A pictograph that no font has
    /// becomes its code point; it never keeps a bill from going out.
    fn typefaces(&self, content: &mut Content) -> Result<&Typefaces, PdfError> {
        let unknown = |faces: &Typefaces| faces.unknown(content.all_texts().chain([labels_of(&content.language)]));
        if unknown(&self.own).is_empty() {
            return Ok(&self.own);
        }
        let all = match self.system {
            true => self.with_system.get_or_init(|| self.own.and_system(&self.lost)).as_ref().map_err(Clone::clone)?,
            false => &self.own,
        };
        let selection = Selection::that_show(&unknown(all));
        let faces = self.with_shipped[selection.index()].get_or_init(|| all.and_shipped(selection));
        let odd = faces.lacks(content.all_texts()).into_iter().filter(|c| is_pictograph(*c)).collect();
        content.spell_out(&odd);
        faces.missing(content).map_or(Ok(faces), Err)
    }
}

fn typeset(world: &PrintWorld<'_>, content: &Content) -> Result<Vec<u8>, PdfError> {
    let of_template = |errors: &[SourceDiagnostic]| fault::of_template(world, errors);
    let document = typst::compile::<PagedDocument>(world).output.map_err(|errors| of_template(&errors))?;
    typst_pdf::pdf(&document, &options(content)?).map_err(|errors| of_template(&errors))
}

fn options(content: &Content) -> Result<PdfOptions, PdfError> {
    let standards = PdfStandards::new(&[PdfStandard::A_3b]).map_err(|e| PdfError::Standard(e.message().to_string()))?;
    let midnight = Datetime::from_ymd_hms(content.date.0, content.date.1, content.date.2, 0, 0, 0);
    Ok(PdfOptions {
        ident: Smart::Custom(content.identity.clone()),
        creator: Smart::Custom(Some("trueup".to_owned())),
        timestamp: midnight.map(Timestamp::new_utc),
        standards,
        ..PdfOptions::default()
    })
}
