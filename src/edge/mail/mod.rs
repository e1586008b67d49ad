//! Mail: from facts to a message's bytes, and from bytes to a server or a folder.
//!
//! A message is made once and kept as bytes; the same facts give the same bytes. No bare CR or LF, no
//! line of a header and no address gets into it from outside: text is cleaned on its way in, every part
//! is encoded, and the bytes are proved before they are given out.
//! Knows nothing of: who is low, what was sent before, when to try again.

mod clean;
mod envelope;
mod letter;
mod page;
mod proof;
mod smtp;
mod transport;
mod words;

#[cfg(test)]
mod tests;

pub use clean::{Address, AddressError};
pub use envelope::{Envelope, Outcome};
pub use letter::{Attachment, Eml, Letter, LetterError, compose};
pub use page::{List, ListLine, Page};
pub use smtp::{Patience, Secret, Smtp, Tls};
pub use transport::{Folder, Session, Transport};
pub use words::{Document, LowBalance, document, low_balance};
