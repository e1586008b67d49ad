//! One message on its way, and what can become of it.

use super::clean::Address;

/// One message on its way.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    pub from: &'a Address,
    pub to: &'a Address,
    /// Without angle brackets.
    pub message_id: &'a str,
    pub bytes: &'a [u8],
}

/// What became of a message, with what was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Accepted(String),
    /// It will never be taken.
    Refused(String),
    /// It was surely not taken, and may be tried again later.
    Later(String),
    /// It may have been taken or not: the connection was lost after its end was sent.
    Unknown(String),
    /// No message can be given to anybody just now; this one was surely not.
    Unreachable(String),
}
