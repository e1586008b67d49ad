//! Which fields a kind of row has: a tree of names, each with a slot.

use std::borrow::Cow;

use super::value::Value;

/// The members of one object. Dotted paths name the same fields in CSV and Parquet.
#[derive(Debug)]
pub(crate) struct Node {
    /// What stands before a member's own name in its dotted one: empty, or `usage.`.
    pub(crate) path: &'static str,
    /// Tells the nodes of one shape apart, from 0 on.
    pub(crate) id: usize,
    pub(crate) entries: &'static [Entry],
}

#[derive(Debug)]
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
    /// A list of objects, which only JSON can hold.
    List,
    Object(&'static Node),
    /// An object here, a list in another provider's shape.
    ObjectOrList(&'static Node),
}

pub(crate) const fn leaf(name: &'static str, slot: u8) -> Entry {
    Entry { name, slot, kind: EntryKind::Leaf }
}

/// Takes no slot.
pub(crate) const fn ignored(name: &'static str) -> Entry {
    Entry { name, slot: u8::MAX, kind: EntryKind::Ignored }
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

/// A kind of row.
#[derive(Debug)]
pub(crate) struct Shape {
    /// What its rows are, for messages: `calls`.
    pub(crate) what: &'static str,
    pub(crate) root: &'static Node,
    /// How many nodes the tree has.
    pub(crate) nodes: usize,
    pub(crate) required: &'static [&'static str],
}

/// Numbers the slots of a shape, in the order named.
macro_rules! slots {
    ($($name:ident)*) => {
        #[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "constants in the making")]
        #[derive(Clone, Copy)]
        enum Order { $($name),* }
        $(pub(crate) const $name: u8 = Order::$name as u8;)*
    };
}
pub(crate) use slots;

/// At most this many slots a shape.
pub(crate) const SLOTS: usize = 128;

impl Node {
    fn find(&self, dotted: &str) -> Option<&'static Entry> {
        let name = dotted.strip_prefix(self.path)?;
        self.entries.iter().find_map(|entry| match entry.kind {
            _ if entry.name == name => Some(entry),
            EntryKind::Object(node) | EntryKind::ObjectOrList(node) => node.find(dotted),
            _ => None,
        })
    }

    fn name_of(&self, slot: u8) -> Option<Cow<'static, str>> {
        self.entries.iter().find_map(|entry| match entry.kind {
            _ if entry.slot == slot => Some(dotted(self.path, entry.name)),
            EntryKind::Object(node) | EntryKind::ObjectOrList(node) => node.name_of(slot),
            _ => None,
        })
    }
}

pub(crate) fn dotted(path: &'static str, name: &'static str) -> Cow<'static, str> {
    if path.is_empty() { Cow::Borrowed(name) } else { Cow::Owned(format!("{path}{name}")) }
}

impl Shape {
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
    seen: u128,
}

impl<'a> Slots<'a> {
    pub(crate) fn new() -> Slots<'a> {
        Slots { values: [Value::Absent; SLOTS], seen: 0 }
    }

    pub(crate) fn clear(&mut self) {
        self.seen = 0;
    }

    /// `false` where the slot already holds something (null counts).
    #[inline]
    pub(crate) fn put(&mut self, slot: u8, value: Value<'a>) -> bool {
        let bit = 1u128 << slot;
        let fresh = self.seen & bit == 0;
        self.seen |= bit;
        self.values[usize::from(slot)] = value;
        fresh
    }

    #[inline]
    pub(crate) fn get(&self, slot: u8) -> Value<'a> {
        if self.seen >> slot & 1 == 1 { self.values[usize::from(slot)] } else { Value::Absent }
    }

    /// Whether any slot from `first` to `last` was named at all.
    pub(crate) fn any(&self, first: u8, last: u8) -> bool {
        (self.seen >> first) & (u128::MAX >> (127 - (last - first))) != 0
    }
}
