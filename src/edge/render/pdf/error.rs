//! Why a document could not be typeset.

use std::path::PathBuf;

use thiserror::Error;

#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PdfError {
    /// The bytes are no canonical document.
    #[error("not a document of format trueup/document/1: {0}")]
    Document(String),
    /// Text of this document that no font can show: hold its account, send the others.
    #[error("no font has a glyph for {glyphs} in {field}: {text:?}")]
    Glyph {
        /// Where in the document: `customer.name`.
        field: String,
        /// The text, shortened.
        text: String,
        /// The characters, each with its code point.
        glyphs: String,
    },
    /// The template is at fault, or some text is beyond what PDF/A allows.
    #[error("template {place}: {message}")]
    Template {
        /// `main.typ:12`.
        place: String,
        message: String,
    },
    #[error("{}: {reason}", path.display())]
    Fonts { path: PathBuf, reason: String },
    #[error("PDF/A-3b: {0}")]
    Standard(String),
}

impl PdfError {
    /// Whether only this document is concerned, so that others can go out.
    pub fn is_of_one_document(&self) -> bool {
        matches!(self, PdfError::Document(_) | PdfError::Glyph { .. })
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            PdfError::Document(_) => "make the document again with this program",
            PdfError::Glyph { .. } => {
                "install a font that has it (Debian: fonts-noto-core for most scripts, fonts-noto-cjk for rare \
                 ideographs), or name a folder of fonts in `[invoice] fonts`"
            }
            PdfError::Template { .. } => "mend the template, or leave `[invoice] template` out to use the built-in one",
            PdfError::Fonts { .. } => "`[invoice] fonts` names folders or files of TrueType or OpenType fonts",
            PdfError::Standard(_) => "this build cannot write PDF/A",
        }
    }
}
