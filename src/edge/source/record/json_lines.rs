//! One JSON object into slots, walked along a shape.

use std::borrow::Cow;

use super::fields::Fault;
use super::json::{Cursor, Syntax};
use super::raw_text::RawText;
use super::report::{FileReport, shortened};
use super::schema::{Entry, EntryKind, Node, Shape, Slots, dotted};
use super::value::{Value, name_of};

/// JSON Lines, with what was learnt of the order its writer puts names in.
pub(crate) struct JsonRows {
    root: &'static Node,
    /// By node, then by the entry before (0: none): the entry that came next last time.
    learnt: Vec<Vec<usize>>,
}

/// Names that no one reads and one row may have.
const MAX_STRANGERS: usize = 1000;

/// Names of one row that no one reads, by the node they are in.
type Strangers<'a> = Vec<(usize, Cow<'a, str>)>;

impl From<Syntax> for Fault {
    fn from(syntax: Syntax) -> Fault {
        Fault::row(format!("is not JSON: expected {} at byte {}", syntax.expected, syntax.at + 1))
    }
}

impl JsonRows {
    pub(crate) fn new(shape: &'static Shape) -> JsonRows {
        JsonRows { root: shape.root, learnt: vec![Vec::new(); shape.nodes] }
    }

    pub(crate) fn read<'a>(
        &mut self,
        row: &'a str,
        slots: &mut Slots<'a>,
        report: &mut FileReport,
    ) -> Result<(), Fault> {
        let mut cursor = Cursor::new(row);
        if cursor.peek() != b'{' {
            return Err(Fault::row("is not a JSON object"));
        }
        self.walk(&mut cursor, self.root, slots, &mut Vec::new(), report)?;
        Ok(cursor.end()?)
    }

    fn walk<'a>(
        &mut self,
        cursor: &mut Cursor<'a>,
        node: &'static Node,
        slots: &mut Slots<'a>,
        strangers: &mut Strangers<'a>,
        report: &mut FileReport,
    ) -> Result<(), Fault> {
        let mut before = 0;
        let mut more = cursor.enter(b'{')?;
        while more {
            let guess = self.learnt[node.id].get(before).and_then(|guess| Some((*guess, node.entries.get(*guess)?)));
            if let Some((index, entry)) = guess
                && cursor.skip_name(entry.name)?
            {
                before = index + 1;
                self.member(cursor, node, entry, slots, strangers, report)?;
                more = cursor.more(b'{')?;
                continue;
            }
            let name = cursor.name()?;
            if let Some(index) = self.find(node, before, name)? {
                before = index + 1;
                self.member(cursor, node, &node.entries[index], slots, strangers, report)?;
            } else {
                let name = name_of(name).map_err(Fault::row)?;
                cursor.value()?;
                if node.path.is_empty() {
                    report.count_unknown(&name, 1);
                } else {
                    report.count_unknown(&format!("{}{name}", node.path), 1);
                }
                stranger(node, name, strangers)?;
            }
            more = cursor.more(b'{')?;
        }
        Ok(())
    }

    fn member<'a>(
        &mut self,
        cursor: &mut Cursor<'a>,
        node: &'static Node,
        entry: &'static Entry,
        slots: &mut Slots<'a>,
        strangers: &mut Strangers<'a>,
        report: &mut FileReport,
    ) -> Result<(), Fault> {
        let (value, inner) = match entry.kind {
            EntryKind::Ignored => {
                cursor.value()?;
                return stranger(node, Cow::Borrowed(entry.name), strangers);
            }
            EntryKind::Object(inner) | EntryKind::ObjectOrList(inner) if cursor.peek() == b'{' => {
                (Value::True, Some(inner))
            }
            _ => (cursor.value()?, None),
        };
        let fault = |reason: &'static str| Err(Fault::new(dotted(node.path, entry.name), reason));
        if !slots.put(entry.slot, value) {
            return fault("is named twice");
        }
        match (entry.kind, inner, value) {
            (_, Some(inner), _) => self.walk(cursor, inner, slots, strangers, report),
            (EntryKind::Object(_), _, Value::Absent) | (EntryKind::Leaf | EntryKind::List, ..) => Ok(()),
            (EntryKind::ObjectOrList(_), _, Value::Absent | Value::Json(_)) => Ok(()),
            _ => fault("is not an object"),
        }
    }

    /// Writers keep to one order of names, so what is found here is tried first in the next row.
    fn find(&mut self, node: &'static Node, before: usize, name: RawText<'_>) -> Result<Option<usize>, Fault> {
        let learnt = &mut self.learnt[node.id];
        let name = name_of(name).map_err(Fault::row)?;
        let found = node.entries.iter().position(|entry| entry.name == name);
        if let Some(index) = found {
            if learnt.len() <= before {
                learnt.resize(before + 1, usize::MAX);
            }
            learnt[before] = index;
        }
        Ok(found)
    }
}

/// A name without a slot: it too may stand only once.
fn stranger<'a>(node: &'static Node, name: Cow<'a, str>, strangers: &mut Strangers<'a>) -> Result<(), Fault> {
    if strangers.len() == MAX_STRANGERS {
        return Err(Fault::row(format!("has more than {MAX_STRANGERS} fields that no one reads")));
    }
    if strangers.iter().any(|(id, other)| *id == node.id && *other == name) {
        return Err(Fault::new(shortened(&format!("{}{name}", node.path)), "is named twice"));
    }
    strangers.push((node.id, name));
    Ok(())
}
