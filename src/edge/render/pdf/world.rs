//! What a template can reach: its document, the two files of ours that it includes, the words they read,
//! fonts. Nothing else exists.

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, Source};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, World};

use super::fonts::Typefaces;
use super::template::{Template, file_id};
use super::text::Content;

/// One document, ready to be typeset.
pub(super) struct PrintWorld<'a> {
    template: &'a Template,
    typefaces: &'a Typefaces,
    content: &'a Content,
    document: (FileId, Bytes),
    canonical: (FileId, Bytes),
}

impl<'a> PrintWorld<'a> {
    pub(super) fn new(
        template: &'a Template,
        typefaces: &'a Typefaces,
        content: &'a Content,
        canonical: &[u8],
    ) -> PrintWorld<'a> {
        let document = (file_id("document.json"), Bytes::from_string(content.json.clone()));
        let canonical = (file_id("canonical.json"), Bytes::new(canonical.to_vec()));
        PrintWorld { template, typefaces, content, document, canonical }
    }

    /// The field whose text contains `part`, for messages.
    pub(super) fn field_with(&self, part: &str) -> String {
        let found = self.content.texts.iter().find(|(_, text)| !part.is_empty() && text.contains(part));
        found.map_or_else(|| "the document".to_owned(), |(field, _)| field.clone())
    }
}

impl World for PrintWorld<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.typefaces.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        self.typefaces.store.book()
    }

    fn main(&self) -> FileId {
        self.template.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        self.template.source(id).cloned().ok_or(FileError::AccessDenied)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let known =
            [&self.document, &self.canonical, &self.template.causes].into_iter().find(|(known, _)| *known == id);
        known.map(|(_, bytes)| bytes.clone()).ok_or(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.typefaces.store.font(index)
    }

    /// The day the document is issued; there is no clock.
    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        let (year, month, day) = self.content.date;
        Datetime::from_ymd(year, month, day)
    }
}
