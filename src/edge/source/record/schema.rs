//! Which fields a kind of row has: a tree of names, each with a slot.

use std::borrow::Cow;

use super::value::Value;

/// The members of one object. Dotted paths (`usage.input_tokens`) name the same fields in CSV and Parquet.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) entries: &'static [Entry],
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) slot: u8,
    pub(crate) kind: EntryKind,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum EntryKind {
    Leaf,
    /// Known and of no use: not counted as unknown.
    Ignored,
    /// Stands for every name that is in no entry: one that holds a count goes into the slot, since it could be money.
    OthersCounted,
    /// A list of objects, which only JSON can hold.
    List,
    Object(&'static Node),
    /// An object here, a list in another provider's form.
    ObjectOrList(&'static Node),
    /// An object here, a value of another kind in another form of the row.
    ObjectOrLeaf(&'static Node),
    /// An object, or text that holds one as JSON: gateways keep such text in one column of a table.
    Packed(&'static Node),
}

impl EntryKind {
    /// The members below it.
    pub(crate) fn inner(self) -> Option<&'static Node> {
        match self {
            EntryKind::Object(node)
            | EntryKind::ObjectOrList(node)
            | EntryKind::ObjectOrLeaf(node)
            | EntryKind::Packed(node) => Some(node),
            EntryKind::Leaf | EntryKind::Ignored | EntryKind::OthersCounted | EntryKind::List => None,
        }
    }
}

pub(crate) const fn leaf(name: &'static str, slot: u8) -> Entry {
    Entry { name, slot, kind: EntryKind::Leaf }
}

/// Takes no slot.
pub(crate) const fn ignored(name: &'static str) -> Entry {
    Entry { name, slot: u8::MAX, kind: EntryKind::Ignored }
}

/// What else an object has is of no use, whatever it is called: it holds what users or their clients put there.
pub(crate) const OTHERS_IGNORED: Entry = ignored("*");

/// Names that are in no entry and hold a count are told by this slot.
pub(crate) const fn others_counted(slot: u8) -> Entry {
    Entry { name: "#", slot, kind: EntryKind::OthersCounted }
}

pub(crate) const fn list(name: &'static str, slot: u8) -> Entry {
    Entry { name, slot, kind: EntryKind::List }
}

pub(crate) const fn object(name: &'static str, slot: u8, node: &'static Node) -> Entry {
    Entry { name, slot, kind: EntryKind::Object(node) }
}

pub(crate) const fn object_or_list(name: &'static str, slot: u8, node: &'static Node) -> Entry {
    Entry { name, slot, kind: EntryKind::ObjectOrList(node) }
}

pub(crate) const fn object_or_leaf(name: &'static str, slot: u8, node: &'static Node) -> Entry {
    Entry { name, slot, kind: EntryKind::ObjectOrLeaf(node) }
}

pub(crate) const fn packed(name: &'static str, slot: u8, node: &'static Node) -> Entry {
    Entry { name, slot, kind: EntryKind::Packed(node) }
}

/// A kind of row.
#[derive(Debug)]
pub(crate) struct Schema {
    /// What its rows are, for messages: `calls`.
    pub(crate) what: &'static str,
    pub(crate) root: &'static Node,
    /// Columns without which a table holds no such row.
    pub(crate) required: &'static [&'static str],
    /// Whether a quoted cell of CSV may hold ends of line. Where none should, a quote that is never closed costs
    /// its own line and no other.
    pub(crate) spans_lines: bool,
}

/// Numbers the slots of a schema, in the order named.
macro_rules! slots {
    ($($name:ident)*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "constants in the making")]
        #[derive(Clone, Copy)]
        enum Order { $($name),* }
        $(pub(crate) const $name: u8 = Order::$name as u8;)*
    };
}
pub(crate) use slots;

/// At most this many slots a schema.
pub(crate) const SLOTS: usize = 192;

impl Node {
    fn find(&self, dotted: &str) -> Option<&'static Entry> {
        self.entries.iter().find_map(|entry| {
            if entry.name == dotted {
                return Some(entry);
            }
            entry.kind.inner()?.find(dotted.strip_prefix(entry.name)?.strip_prefix('.')?)
        })
    }

    fn name_of(&self, slot: u8) -> Option<Cow<'static, str>> {
        self.entries.iter().find_map(|entry| {
            if entry.slot == slot {
                return Some(Cow::Borrowed(entry.name));
            }
            let inner = entry.kind.inner()?.name_of(slot)?;
            Some(Cow::Owned(format!("{}.{inner}", entry.name)))
        })
    }
}

impl Schema {
    pub(crate) fn find(&self, dotted: &str) -> Option<&'static Entry> {
        self.root.find(dotted)
    }

    /// The dotted name of a slot.
    pub(crate) fn name_of(&self, slot: u8) -> Cow<'static, str> {
        self.root.name_of(slot).unwrap_or_default()
    }
}

/// The values of one row, by slot. Cleared, not filled anew, from row to row.
#[derive(Debug)]
pub(crate) struct Slots<'a> {
    values: [Value<'a>; SLOTS],
    seen: [u64; SLOTS / 64],
}

impl<'a> Slots<'a> {
    pub(crate) fn new() -> Slots<'a> {
        Slots { values: [Value::Absent; SLOTS], seen: [0; SLOTS / 64] }
    }

    pub(crate) fn clear(&mut self) {
        self.seen = [0; SLOTS / 64];
    }

    /// `false` where the slot already holds something (null counts).
    #[inline]
    pub(crate) fn put(&mut self, slot: u8, value: Value<'a>) -> bool {
        let (word, bit) = (usize::from(slot / 64), 1u64 << (slot % 64));
        let fresh = self.seen[word] & bit == 0;
        self.seen[word] |= bit;
        self.values[usize::from(slot)] = value;
        fresh
    }

    #[inline]
    pub(crate) fn get(&self, slot: u8) -> Value<'a> {
        if self.named(slot) { self.values[usize::from(slot)] } else { Value::Absent }
    }

    /// Whether any slot from `first` to `last` was named at all.
    pub(crate) fn any(&self, first: u8, last: u8) -> bool {
        (first / 64..=last / 64).any(|word| {
            let from = if word == first / 64 { u64::MAX << (first % 64) } else { u64::MAX };
            let to = if word == last / 64 { u64::MAX >> (63 - last % 64) } else { u64::MAX };
            self.seen[usize::from(word)] & from & to != 0
        })
    }

    #[inline]
    fn named(&self, slot: u8) -> bool {
        self.seen[usize::from(slot / 64)] >> (slot % 64) & 1 == 1
    }
}
