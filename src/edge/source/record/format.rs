//! The seam of formats: what a system's file looks like, and what its rows are.
//!
//! A format is told by the members of a file's first rows. It names the members it wants, and makes of
//! each row any number of calls (postings, balances, ...), or says why the row is none.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::collector::{Spot, Tally};
use super::fields::{Fault, Fields};
use super::schema::Schema;
use crate::domain::money::Representation;
use crate::domain::period::Zone;

/// A format of rows of `T`, read under a context `C`.
pub struct RowFormat<C: 'static, T: 'static> {
    /// What `format = ` calls it.
    pub name: &'static str,
    /// Other names of it, such as that of a fork.
    pub aliases: &'static [&'static str],
    /// Whose it is and what it holds, in one line.
    pub about: &'static str,
    /// What `version = ` may say where its rows do not tell which release wrote them; the first is assumed. One
    /// that is a number stands for the releases from it on, to the next one listed.
    pub versions: &'static [&'static str],
    /// What counts contain which, by version, as [`RowFormat::convention`] tells it.
    pub conventions: &'static [(&'static str, &'static str)],
    /// The unit of its amounts where neither a row nor the settings name one.
    pub unit: Option<&'static str>,
    /// How it writes amounts, where the settings do not say.
    pub recorded: Representation,
    pub(crate) framing: Framing,
    /// How sure the members of the first rows make that a file is of this format.
    pub(crate) sniff: fn(&Members<'_>) -> Fit,
    /// The members it wants.
    pub(crate) schema: &'static Schema,
    /// What makes rows of one file into `T`s.
    pub(crate) reader: fn(&C) -> Box<dyn ToRows<T> + '_>,
}

impl<C: 'static, T: 'static> RowFormat<C, T> {
    /// The listed version that a release is of.
    pub fn version(&self, release: &str) -> Option<&'static str> {
        if let Some(listed) = self.versions.iter().find(|listed| **listed == release) {
            return Some(listed);
        }
        let wanted = numbers(release)?;
        let from = self.versions.iter().filter_map(|listed| Some((numbers(listed)?, *listed)));
        from.filter(|(numbers, _)| *numbers <= wanted).max().map(|(_, listed)| listed)
    }

    /// The convention that holds for a version, where it has one, or for all of them.
    pub fn convention(&self, version: Option<&str>) -> Option<&'static str> {
        let of = |version: &str| self.conventions.iter().find(|(of, _)| *of == version);
        of(version.unwrap_or_default()).or_else(|| of("")).map(|(_, words)| *words)
    }

    /// Our own format of such rows.
    pub(crate) const fn own(
        about: &'static str,
        schema: &'static Schema,
        sniff: fn(&Members<'_>) -> Fit,
        reader: fn(&C) -> Box<dyn ToRows<T> + '_>,
    ) -> RowFormat<C, T> {
        RowFormat {
            name: "trueup",
            aliases: &["native"],
            about,
            versions: &[],
            conventions: &[(
                "",
                "each usage object says by its members whose it is, and so which counts contain which",
            )],
            unit: None,
            recorded: Representation::Exact,
            framing: Framing::Rows,
            sniff,
            schema,
            reader,
        }
    }
}

/// `1.84.0` as numbers, so that 1.108 comes after 1.84.
fn numbers(version: &str) -> Option<Vec<u64>> {
    let version = version.trim_start_matches('v');
    version.split('.').map(|part| part.parse().ok()).collect()
}

/// The members of a file's first rows.
pub(crate) struct Members<'n> {
    /// The file's own name, without its folder.
    pub(crate) file: &'n str,
    /// By dotted name; what is inside text that holds JSON is there as well.
    pub(super) names: BTreeSet<String>,
}

impl Members<'_> {
    /// Whether some row has every one of these.
    pub(crate) fn all(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.names.contains(*name))
    }

    pub(crate) fn any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.names.contains(*name))
    }

    /// Sure by all of these, likely by any.
    pub(crate) fn fit(&self, names: &[&str]) -> Fit {
        match self {
            _ if self.all(names) => Fit::Sure,
            _ if self.any(names) => Fit::Likely,
            _ => Fit::No,
        }
    }
}

/// How rows lie in a file.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Framing {
    /// JSON Lines, CSV or Parquet.
    Rows,
    /// These, and JSON documents: one list, or objects in which rows are the list at one of these dotted paths.
    Lists(&'static [&'static str]),
    /// The whole text is one object, which is one row, of at most so many bytes.
    Whole(usize),
}

impl Framing {
    pub(super) fn lists(self) -> &'static [&'static str] {
        if let Framing::Lists(paths) = self { paths } else { &[] }
    }
}

/// How well a file fits a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fit {
    No,
    /// It has some of the members, and no other format could claim it with better right.
    Likely,
    /// It has members that together only this format has.
    Sure,
}

/// Makes rows of one file into `T`s, in the order they stand in.
pub(crate) trait ToRows<T> {
    /// Gives what the row holds to `out`.
    ///
    /// # Errors
    /// What makes the row a reject. Look at everything before giving anything: what was given stays given.
    fn row(&mut self, row: &Fields<'_, '_>, out: &mut Out<'_, T>) -> Result<(), Fault>;

    /// No row comes after; what was kept back is given now.
    ///
    /// # Errors
    /// As [`ToRows::row`], for the last row.
    fn end(&mut self, _out: &mut Out<'_, T>) -> Result<(), Fault> {
        Ok(())
    }
}

/// Rows that each hold one `T`, whatever stands around them.
pub(crate) struct EachRow<T>(pub(crate) fn(&Fields<'_, '_>) -> Result<T, Fault>);

impl<T> ToRows<T> for EachRow<T> {
    fn row(&mut self, row: &Fields<'_, '_>, out: &mut Out<'_, T>) -> Result<(), Fault> {
        out.give((self.0)(row)?)
    }
}

/// Where what a row holds goes.
pub(crate) struct Out<'o, T> {
    /// Where the row stands.
    pub(crate) spot: Spot,
    pub(super) sink: &'o mut (dyn FnMut(T) -> Result<(), Fault> + 'o),
    pub(super) tally: &'o mut Tally,
}

impl<T> Out<'_, T> {
    pub(crate) fn give(&mut self, row: T) -> Result<(), Fault> {
        (self.sink)(row)?;
        self.tally.given += 1;
        Ok(())
    }

    /// The row, or a part of it, is whole and nothing that is read; it is counted under the reason.
    pub(crate) fn set_aside(&mut self, reason: impl Into<Cow<'static, str>>) {
        self.tally.aside.push(reason.into());
    }

    /// What the row holds is kept until another row, or the end, says what is missing; then it is given.
    pub(crate) fn keep_back(&mut self) {
        self.tally.kept = true;
    }

    /// The row shows that the file as a whole is nothing that may be read.
    pub(crate) fn refuse(&mut self, why: &'static str) {
        self.tally.refused = Some(why);
    }

    /// A part of the row is a reject; its other parts are not.
    pub(crate) fn reject(&mut self, fault: Fault) {
        self.tally.faults.push(fault);
    }
}

/// What every context says.
pub(crate) trait ReadContext {
    /// The format asked for; absent: told by the file's members.
    fn format(&self) -> Option<&'static str>;
    fn zone(&self) -> Option<Zone>;
    /// The file's own name.
    fn file_name(&self) -> &str;
    /// The same, with this unit where it names none.
    fn in_unit(&self, unit: &'static str) -> Self;
}

/// The format of a name or of another name of it.
pub(crate) fn named<C, T>(formats: &'static [RowFormat<C, T>], name: &str) -> Option<&'static RowFormat<C, T>> {
    formats.iter().find(|format| format.name == name || format.aliases.contains(&name))
}
