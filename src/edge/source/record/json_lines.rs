//! One JSON object into slots, walked along a schema.

use std::borrow::Cow;

use super::fields::Fault;
use super::json::{Cursor, Syntax};
use super::raw_text::{RawText, unescape};
use super::report::{FileReport, shortened};
use super::schema::{Entry, EntryKind, Node, OTHERS_IGNORED, Schema, Slots};
use super::texts::Texts;
use super::value::{Value, name_of};

/// Reads objects of one schema, with what was learnt of the order their writer puts names in.
pub(crate) struct JsonRows {
    /// The first is the row itself.
    branches: Vec<Branch>,
    /// Members that may be text with an object in it, outer ones first: slot, and branch of what is in it.
    packed: Vec<(u8, usize)>,
}

/// One object of the schema.
struct Branch {
    entries: &'static [Entry],
    /// What stands before a member's own name in its dotted one: empty, or `usage.`.
    path: String,
    /// Whether names that are in no entry are of no use.
    others_ignored: bool,
    /// The slot that tells of names in no entry that hold a count.
    others_counted: Option<u8>,
    /// By entry: the branch of its members; 0 where it has none.
    inner: Vec<usize>,
    /// By the entry before (0: none): the entry that came next last time.
    learnt: Vec<usize>,
}

impl Branch {
    fn dotted(&self, name: &'static str) -> Cow<'static, str> {
        if self.path.is_empty() { Cow::Borrowed(name) } else { Cow::Owned(format!("{}{name}", self.path)) }
    }

    fn own_name(&self) -> String {
        self.path.trim_end_matches('.').to_owned()
    }
}

/// Names that no one reads and one row may have.
const MAX_STRANGERS: usize = 1000;

/// Names of one row that no one reads, by the branch they are in.
type Strangers<'a> = Vec<(usize, Cow<'a, str>)>;

impl From<Syntax> for Fault {
    fn from(syntax: Syntax) -> Fault {
        Fault::row(format!("is not JSON: expected {} at byte {}", syntax.expected, syntax.at + 1))
    }
}

impl JsonRows {
    pub(crate) fn new(schema: &'static Schema) -> JsonRows {
        let mut rows = JsonRows { branches: Vec::new(), packed: Vec::new() };
        rows.grow(schema.root, String::new());
        rows
    }

    fn grow(&mut self, node: &'static Node, path: String) -> usize {
        let at = self.branches.len();
        let inner = vec![0; node.entries.len()];
        let others_ignored = node.entries.iter().any(|entry| entry.name == OTHERS_IGNORED.name);
        let counted = node.entries.iter().find(|entry| matches!(entry.kind, EntryKind::OthersCounted));
        self.branches.push(Branch {
            entries: node.entries,
            path: path.clone(),
            others_ignored,
            others_counted: counted.map(|entry| entry.slot),
            inner,
            learnt: Vec::new(),
        });
        for (index, entry) in node.entries.iter().enumerate() {
            let Some(members) = entry.kind.inner() else { continue };
            let packed = self.packed.len();
            if let EntryKind::Packed(_) = entry.kind {
                self.packed.push((entry.slot, 0));
            }
            let branch = self.grow(members, format!("{path}{}.", entry.name));
            self.branches[at].inner[index] = branch;
            if let EntryKind::Packed(_) = entry.kind {
                self.packed[packed].1 = branch;
            }
        }
        at
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
        self.walk(&mut cursor, 0, slots, &mut Vec::new(), report)?;
        Ok(cursor.end()?)
    }

    /// Members that are text with an object in it are read as that object.
    pub(crate) fn unpack<'a>(
        &mut self,
        slots: &mut Slots<'a>,
        texts: &'a Texts,
        report: &mut FileReport,
    ) -> Result<(), Fault> {
        for at in 0..self.packed.len() {
            let (slot, branch) = self.packed[at];
            let text: Option<&'a str> = match slots.get(slot) {
                Value::Text(text) | Value::Cell(text) => Some(text),
                Value::Escaped(raw) => unescape(raw).map(|text| texts.keep(text)),
                Value::Doubled(raw) => Some(texts.keep(raw.replace("\"\"", "\""))),
                _ => continue,
            };
            if text.is_some_and(|text| text.trim().is_empty()) {
                continue;
            }
            slots.put(slot, Value::True);
            let mut cursor = Cursor::new(text.unwrap_or_default());
            let read = match cursor.peek() {
                b'{' => self.walk(&mut cursor, branch, slots, &mut Vec::new(), report),
                _ => Err(Fault::row("is neither an object nor text that holds one")),
            };
            read.and_then(|()| Ok(cursor.end()?)).map_err(|fault| match fault.into_parts() {
                (field, reason) if field.is_empty() => Fault::new(self.branches[branch].own_name(), reason),
                (field, reason) => Fault::new(field, reason),
            })?;
        }
        Ok(())
    }

    pub(crate) fn has_packed(&self) -> bool {
        !self.packed.is_empty()
    }

    fn walk<'a>(
        &mut self,
        cursor: &mut Cursor<'a>,
        at: usize,
        slots: &mut Slots<'a>,
        strangers: &mut Strangers<'a>,
        report: &mut FileReport,
    ) -> Result<(), Fault> {
        let entries = self.branches[at].entries;
        let mut before = 0;
        let mut more = cursor.enter(b'{')?;
        while more {
            let guess = self.branches[at].learnt.get(before).and_then(|guess| Some((*guess, entries.get(*guess)?)));
            if let Some((index, entry)) = guess
                && cursor.skip_name(entry.name)?
            {
                before = index + 1;
                self.member(cursor, (at, index), slots, strangers, report)?;
                more = cursor.more(b'{')?;
                continue;
            }
            let name = cursor.name()?;
            if let Some(index) = self.find(at, before, name)? {
                before = index + 1;
                self.member(cursor, (at, index), slots, strangers, report)?;
            } else {
                let name = name_of(name).map_err(Fault::row)?;
                let value = cursor.value()?;
                let Branch { path, others_ignored, others_counted, .. } = &self.branches[at];
                if *others_ignored {
                    more = cursor.more(b'{')?;
                    continue;
                }
                if let Some(slot) = others_counted.filter(|_| holds_a_count(value)) {
                    // Of a name with escapes in it nothing can be borrowed; that it is there is told.
                    let told = if let Cow::Borrowed(name) = name { Value::Text(name) } else { Value::True };
                    slots.put(slot, told);
                }
                if value.is_absent() {
                    // Nothing is lost with it.
                } else if path.is_empty() {
                    report.count_unknown(&name, 1);
                } else {
                    report.count_unknown(&format!("{path}{name}"), 1);
                }
                self.stranger(at, name, strangers)?;
            }
            more = cursor.more(b'{')?;
        }
        Ok(())
    }

    fn member<'a>(
        &mut self,
        cursor: &mut Cursor<'a>,
        (at, index): (usize, usize),
        slots: &mut Slots<'a>,
        strangers: &mut Strangers<'a>,
        report: &mut FileReport,
    ) -> Result<(), Fault> {
        let entry = &self.branches[at].entries[index];
        let inner = self.branches[at].inner[index];
        let (value, walks) = match entry.kind {
            EntryKind::Ignored | EntryKind::OthersCounted => {
                cursor.value()?;
                return self.stranger(at, Cow::Borrowed(entry.name), strangers);
            }
            _ if inner > 0 && cursor.peek() == b'{' => (Value::True, true),
            _ => (cursor.value()?, false),
        };
        let fault = |reason: &'static str| Err(Fault::new(self.branches[at].dotted(entry.name), reason));
        if !slots.put(entry.slot, value) {
            return fault("is named twice");
        }
        match (entry.kind, value) {
            _ if walks => self.walk(cursor, inner, slots, strangers, report),
            (EntryKind::Object(_), Value::Absent) | (EntryKind::Leaf | EntryKind::List, _) => Ok(()),
            (EntryKind::ObjectOrLeaf(_), _) | (EntryKind::ObjectOrList(_), Value::Absent | Value::Json(_)) => Ok(()),
            // Text is unpacked once the row is read.
            (EntryKind::Packed(_), Value::Absent | Value::Text(_) | Value::Escaped(_)) => Ok(()),
            _ => fault("is not an object"),
        }
    }

    /// Writers keep to one order of names, so what is found here is tried first in the next row.
    fn find(&mut self, at: usize, before: usize, name: RawText<'_>) -> Result<Option<usize>, Fault> {
        let name = name_of(name).map_err(Fault::row)?;
        let Branch { entries, learnt, .. } = &mut self.branches[at];
        let found = entries.iter().position(|entry| entry.name == name);
        if let Some(index) = found {
            if learnt.len() <= before {
                learnt.resize(before + 1, usize::MAX);
            }
            learnt[before] = index;
        }
        Ok(found)
    }

    /// A name without a slot: it too may stand only once.
    fn stranger<'a>(&self, at: usize, name: Cow<'a, str>, strangers: &mut Strangers<'a>) -> Result<(), Fault> {
        if strangers.len() == MAX_STRANGERS {
            return Err(Fault::row(format!("has more than {MAX_STRANGERS} fields that no one reads")));
        }
        if strangers.iter().any(|(branch, other)| *branch == at && *other == name) {
            return Err(Fault::new(shortened(&format!("{}{name}", self.branches[at].path)), "is named twice"));
        }
        strangers.push((at, name));
        Ok(())
    }
}

/// Whether a value is a number other than 0, or has one in it.
fn holds_a_count(value: Value<'_>) -> bool {
    fn any(value: &serde_json::Value) -> bool {
        match value {
            serde_json::Value::Number(number) => number.as_f64().is_none_or(|number| number != 0.0),
            serde_json::Value::Array(list) => list.iter().any(any),
            serde_json::Value::Object(members) => members.values().any(any),
            _ => false,
        }
    }
    match value {
        Value::Number(text) => !text.parse().is_ok_and(|number: f64| number == 0.0),
        Value::Json(text) => serde_json::from_str(text).is_ok_and(|value| any(&value)),
        _ => false,
    }
}
