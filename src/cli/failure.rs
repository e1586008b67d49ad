//! One told error: what is wrong, where, what to do, and the exit code it ends with.

use std::error::Error;
use std::fmt;

/// What went wrong, in the order in which one of several decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// A bug of ours.
    Internal = 1,
    /// Wrong arguments.
    Usage = 2,
    /// Settings, job files, price books, accounts.
    Config = 78,
    /// A law is broken; nothing was published.
    Law = 5,
    /// Trying again later may help.
    Temporary = 75,
    /// Input refused.
    Input = 65,
    /// Done in part; what was left out is listed.
    Partial = 4,
    /// Done, with open differences above `exit_above`.
    Differences = 3,
}

impl Kind {
    /// The most telling first.
    pub const ALL: [Kind; 8] = [
        Kind::Internal,
        Kind::Usage,
        Kind::Config,
        Kind::Law,
        Kind::Temporary,
        Kind::Input,
        Kind::Partial,
        Kind::Differences,
    ];

    pub fn exit_code(self) -> u8 {
        self as u8
    }

    /// Of several kinds the one that decides the exit code.
    pub fn first(kinds: impl IntoIterator<Item = Kind>) -> Option<Kind> {
        kinds.into_iter().min_by_key(|kind| Kind::ALL.iter().position(|k| k == kind))
    }
}

/// An error as it is told to people.
#[derive(Debug)]
pub struct Failure {
    pub kind: Kind,
    pub what: String,
    /// `trueup.toml:12:8`, or whatever says where.
    pub place: Option<String>,
    /// What to do.
    pub hints: Vec<String>,
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

impl Failure {
    pub fn new(kind: Kind, what: impl Into<String>) -> Failure {
        Failure { kind, what: what.into(), place: None, hints: Vec::new(), source: None }
    }

    pub fn at(mut self, place: impl Into<String>) -> Failure {
        self.place = Some(place.into());
        self
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hints.push(hint.into());
        self
    }

    pub fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Failure {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for Failure {
    /// `Error: WHAT`, the place and the causes indented, then each hint; no line end after the last.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error: {}", self.what)?;
        for line in self.place.iter().flat_map(|place| place.lines()) {
            write!(f, "\n  {line}")?;
        }
        let mut cause = self.source.as_deref().map(|source| source as &dyn Error);
        while let Some(error) = cause {
            for (at, line) in error.to_string().lines().enumerate() {
                write!(f, "\n  {}{line}", if at == 0 { "because: " } else { "  " })?;
            }
            cause = error.source();
        }
        self.hints.iter().try_for_each(|hint| write!(f, "\nHint: {hint}"))
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_what_where_why_and_what_to_do() {
        let failure = Failure::new(Kind::Config, "grace is too short")
            .at("trueup.toml:9:9")
            .because(std::io::Error::other("disk on fire"))
            .hint("Make it 48h.")
            .hint("Or leave it out.");
        let expect = "Error: grace is too short\n  trueup.toml:9:9\n  because: disk on fire\nHint: Make it 48h.\nHint: Or leave it out.";
        assert_eq!(failure.to_string(), expect);
    }

    #[test]
    fn the_most_telling_kind_decides() {
        let check = |kinds: &[Kind], code: Option<u8>| {
            assert_eq!(Kind::first(kinds.iter().copied()).map(Kind::exit_code), code);
        };
        check(&[], None);
        check(&[Kind::Differences, Kind::Partial], Some(4));
        check(&[Kind::Input, Kind::Law, Kind::Temporary], Some(5));
        check(&[Kind::Law, Kind::Config], Some(78));
        check(&[Kind::Config, Kind::Internal, Kind::Usage], Some(1));
    }
}
