//! Every version ever registered of one book, as one book.

use super::book::{Book, Version};
use super::fault::BookFault;

/// The union of the versions of several states of one book. Same times with equal content is one
/// version (the first given stays).
///
/// # Errors
/// Same times with other content (a version once known may not change), other rules of the book.
pub fn merge(books: &[Book]) -> Result<Option<Book>, Vec<BookFault>> {
    let Some((first, rest)) = books.split_first() else {
        return Ok(None);
    };
    let header = &first.header;
    let mut faults: Vec<BookFault> = rest.iter().filter_map(|b| header_fault(first, b)).collect();
    let mut versions: Vec<&Version> = books.iter().flat_map(|b| &b.versions).collect();
    // Stable: of equal versions the first given comes first.
    versions.sort_by_key(|v| v.id());
    let mut kept: Vec<&Version> = Vec::new();
    for version in versions {
        match kept.last() {
            Some(last) if last.id() == version.id() => {
                if last.content_hash() != version.content_hash() {
                    let (first, second) = (last.place.clone(), version.place.clone());
                    faults.push(BookFault::ChangedVersion { version: version.id(), first, second });
                }
            }
            _ => kept.push(version),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    Book::new(header.clone(), kept.into_iter().cloned().collect()).map(Some)
}

fn header_fault(first: &Book, other: &Book) -> Option<BookFault> {
    let (a, b) = (&first.header, &other.header);
    if a.id != b.id {
        return Some(BookFault::OtherBook { id: a.id.clone(), other: b.id.clone() });
    }
    a.difference(b).map(|what| BookFault::OtherHeader { id: a.id.clone(), what })
}
