//! What the typesetter says is wrong, as one error.

use typst::WorldExt;
use typst::diag::SourceDiagnostic;

use super::error::PdfError;
use super::text::named;
use super::world::PrintWorld;

/// The first fault; what typst says of a glyph that only shaping could miss becomes a glyph error.
pub(super) fn of_template(world: &PrintWorld<'_>, errors: &[SourceDiagnostic]) -> PdfError {
    let Some(first) = errors.first() else {
        return PdfError::Template { place: "main.typ".to_owned(), message: "failed without a reason".to_owned() };
    };
    let message = first.message.to_string();
    if message.contains("could not be displayed with") || message.contains("codepoint") {
        let shown = message.split('`').nth(1).unwrap_or_default().trim_matches('"').to_owned();
        let glyphs = named(shown.chars());
        return PdfError::Glyph { field: world.field_with(&shown), text: shown, glyphs };
    }
    let hints: Vec<String> = first.hints.iter().map(|hint| format!(" ({})", hint.v)).collect();
    PdfError::Template { place: place(world, first), message: format!("{message}{}", hints.concat()) }
}

fn place(world: &PrintWorld<'_>, fault: &SourceDiagnostic) -> String {
    use typst::World;
    let Some(source) = fault.span.id().and_then(|id| world.source(id).ok()) else { return "main.typ".to_owned() };
    let line = world.range(fault.span).and_then(|range| source.lines().byte_to_line(range.start));
    let path = source.id().get().vpath();
    let name = path.get_without_slash();
    line.map_or_else(|| name.to_owned(), |line| format!("{name}:{}", line + 1))
}
