//! A JSON document in memory: numbers as text, members in their order, every value with its place.

use std::borrow::Cow;

use super::{Refusal, TableError, price};
use crate::domain::money::Exact;
use crate::domain::price::Place;
use crate::edge::source::record::json::{Cursor, Syntax};
use crate::edge::source::record::value::{Value, name_of};

/// How deep lists and objects may nest.
const MAX_DEPTH: u32 = 64;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json<'a> {
    Null,
    Bool,
    Number(&'a str),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Object(Object<'a>),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Object<'a> {
    members: Vec<(Cow<'a, str>, Json<'a>)>,
    /// Byte at which it begins.
    at: usize,
}

/// Where it stands is not what it says.
impl PartialEq for Object<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.members == other.members
    }
}

/// A whole text.
#[derive(Debug)]
pub(super) struct Document<'a> {
    pub(super) root: Json<'a>,
    file: &'a str,
    /// Offsets at which lines begin.
    lines: Vec<usize>,
}

pub(super) fn parse<'a>(text: &'a str, file: &'a str) -> Result<Document<'a>, TableError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let mut document = Document { root: Json::Null, file, lines };
    let mut cursor = Cursor::new(text);
    let root = value(&mut cursor, MAX_DEPTH).and_then(|root| {
        cursor.end().map_err(|s| wrong(&s))?;
        Ok(root)
    });
    document.root = root.map_err(|(at, message)| TableError { place: document.place_at(at), message })?;
    Ok(document)
}

fn wrong(syntax: &Syntax) -> (usize, String) {
    (syntax.at, format!("is not JSON: expected {}", syntax.expected))
}

fn value<'a>(cursor: &mut Cursor<'a>, depth: u32) -> Result<Json<'a>, (usize, String)> {
    let open = cursor.peek();
    let at = cursor.position();
    let fail = |s: Syntax| wrong(&s);
    if open != b'{' && open != b'[' {
        return match cursor.value().map_err(fail)? {
            Value::Number(text) => Ok(Json::Number(text)),
            Value::Text(text) => Ok(Json::Text(Cow::Borrowed(text))),
            Value::Escaped(raw) => match crate::edge::source::record::raw_text::unescape(raw) {
                Some(text) => Ok(Json::Text(Cow::Owned(text))),
                None => Err((at, "has a text with half of a surrogate pair".to_owned())),
            },
            Value::True | Value::False => Ok(Json::Bool),
            _ => Ok(Json::Null),
        };
    }
    let Some(depth) = depth.checked_sub(1) else {
        return Err((at, "nests lists and objects too deep".to_owned()));
    };
    let mut more = cursor.enter(open).map_err(fail)?;
    if open == b'[' {
        let mut items = Vec::new();
        while more {
            items.push(value(cursor, depth)?);
            more = cursor.more(open).map_err(fail)?;
        }
        return Ok(Json::List(items));
    }
    let mut object = Object { members: Vec::new(), at };
    while more {
        let name = cursor.name().map_err(fail)?;
        let name = name_of(name).map_err(|why| (at, why.into_owned()))?;
        object.members.push((name, value(cursor, depth)?));
        more = cursor.more(open).map_err(fail)?;
    }
    Ok(Json::Object(object))
}

impl<'a> Document<'a> {
    fn place_at(&self, at: usize) -> Place {
        let line = self.lines.partition_point(|start| *start <= at);
        Place { file: self.file.to_owned(), line: u32::try_from(line).unwrap_or(u32::MAX) }
    }

    pub(super) fn place(&self, object: &Object<'a>) -> Place {
        self.place_at(object.at)
    }

    pub(super) fn start(&self) -> Place {
        self.place_at(0)
    }

    pub(super) fn error(&self, message: impl Into<String>) -> TableError {
        TableError { place: self.start(), message: message.into() }
    }
}

impl<'a> Json<'a> {
    pub(super) fn object(&self) -> Option<&Object<'a>> {
        if let Json::Object(object) = self { Some(object) } else { None }
    }

    pub(super) fn list(&self) -> Option<&[Json<'a>]> {
        if let Json::List(items) = self { Some(items) } else { None }
    }

    pub(super) fn text(&self) -> Option<&str> {
        if let Json::Text(text) = self { Some(text) } else { None }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Json::Null)
    }

    /// A price written as number or text; none where it is null.
    pub(super) fn price(&self) -> Result<Option<Exact>, Refusal> {
        match self {
            Json::Null => Ok(None),
            Json::Number(text) => price(text).map(Some),
            Json::Text(text) => price(text).map(Some),
            _ => Err("is not a number".into()),
        }
    }

    /// A whole number of tokens, such as `256000.0`.
    pub(super) fn whole(&self) -> Option<i64> {
        let Json::Number(text) = self else { return None };
        i64::try_from(text.parse::<Exact>().ok()?.at_scale(0)?).ok()
    }
}

impl<'a> Object<'a> {
    /// A member that is not null.
    pub(super) fn get(&self, name: &str) -> Option<&Json<'a>> {
        self.members.iter().find(|m| m.0 == name).map(|m| &m.1).filter(|value| !value.is_null())
    }

    pub(super) fn members(&self) -> impl Iterator<Item = (&str, &Json<'a>)> {
        self.members.iter().map(|(name, value)| (name.as_ref(), value))
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.text()
    }

    /// The price a member says.
    pub(super) fn price(&self, name: &str) -> Result<Option<Exact>, Refusal> {
        let found = self.get(name).map_or(Ok(None), Json::price);
        found.map_err(|why| format!("{name} {why}").into())
    }

    /// A name that stands twice.
    pub(super) fn repeated(&self) -> Option<&str> {
        let mut names: Vec<&str> = self.members.iter().map(|m| m.0.as_ref()).collect();
        names.sort_unstable();
        names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
    }
}
