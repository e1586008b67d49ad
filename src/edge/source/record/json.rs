//! A strict JSON scanner over borrowed text: values are slices, numbers stay text, nothing is copied.
//!
//! RFC 8259 without extensions. Written here rather than deserialised because a log line is read
//! once, its numbers must stay as written, and its repeated names must be seen.

use super::raw_text::RawText;
use super::value::Value;

/// Where a text stops being JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Syntax {
    /// Byte in the row.
    pub(crate) at: usize,
    pub(crate) expected: &'static str,
}

/// How deep lists and objects may nest.
const MAX_DEPTH: u32 = 64;

#[derive(Debug)]
pub(crate) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str) -> Cursor<'a> {
        Cursor { text, at: 0 }
    }

    #[inline]
    fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    fn fail<T>(&self, expected: &'static str) -> Result<T, Syntax> {
        Err(Syntax { at: self.at, expected })
    }

    /// Byte in the text.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// The next byte that is not a blank; 0 at the end.
    #[inline]
    pub(crate) fn peek(&mut self) -> u8 {
        loop {
            match self.bytes().get(self.at) {
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.at += 1,
                Some(byte) => return *byte,
                None => return 0,
            }
        }
    }

    #[inline]
    fn eat(&mut self, byte: u8, expected: &'static str) -> Result<(), Syntax> {
        if self.peek() != byte {
            return self.fail(expected);
        }
        self.at += 1;
        Ok(())
    }

    /// Nothing but blanks may follow.
    pub(crate) fn end(&mut self) -> Result<(), Syntax> {
        self.peek();
        if self.at == self.text.len() { Ok(()) } else { self.fail("the end of the row") }
    }

    /// Steps into an object or list that begins with `open`; whether anything is in it.
    #[inline]
    pub(crate) fn enter(&mut self, open: u8) -> Result<bool, Syntax> {
        let (close, expected) = if open == b'{' { (b'}', "{") } else { (b']', "[") };
        self.eat(open, expected)?;
        let any = self.peek() != close;
        self.at += usize::from(!any);
        Ok(any)
    }

    /// After a member or element: whether another follows.
    #[inline]
    pub(crate) fn more(&mut self, open: u8) -> Result<bool, Syntax> {
        let (close, expected) = if open == b'{' { (b'}', ", or }") } else { (b']', ", or ]") };
        match self.peek() {
            b',' => {
                self.at += 1;
                Ok(true)
            }
            byte if byte == close => {
                self.at += 1;
                Ok(false)
            }
            _ => self.fail(expected),
        }
    }

    /// A member's name and the colon after it.
    #[inline]
    pub(crate) fn name(&mut self) -> Result<RawText<'a>, Syntax> {
        if self.peek() != b'"' {
            return self.fail("a name in quotes");
        }
        let name = self.string()?;
        self.eat(b':', ":")?;
        Ok(name)
    }

    /// Steps over a member's name and colon if it is this one, which must need no escapes.
    #[inline]
    pub(crate) fn skip_name(&mut self, name: &str) -> Result<bool, Syntax> {
        self.peek();
        let bytes = self.bytes();
        let (start, end) = (self.at + 1, self.at + 1 + name.len());
        let same = bytes.get(self.at) == Some(&b'"')
            && bytes.get(end) == Some(&b'"')
            && bytes.get(start..end) == Some(name.as_bytes());
        if same {
            self.at = end + 1;
            self.eat(b':', ":")?;
        }
        Ok(same)
    }

    /// Any value; lists and objects are checked and given as their text.
    #[inline]
    pub(crate) fn value(&mut self) -> Result<Value<'a>, Syntax> {
        match self.peek() {
            b'"' => {
                let text = self.string()?;
                Ok(if text.escaped { Value::Escaped(text.raw) } else { Value::Text(text.raw) })
            }
            b'-' | b'0'..=b'9' => self.number().map(Value::Number),
            b'{' | b'[' => {
                let start = self.at;
                self.skip(MAX_DEPTH)?;
                Ok(Value::Json(&self.text[start..self.at]))
            }
            b't' => self.word("true").map(|()| Value::True),
            b'f' => self.word("false").map(|()| Value::False),
            b'n' => self.word("null").map(|()| Value::Absent),
            _ => self.fail("a value"),
        }
    }

    fn skip(&mut self, depth: u32) -> Result<(), Syntax> {
        let open = self.peek();
        if open != b'{' && open != b'[' {
            return self.value().map(drop);
        }
        let Some(depth) = depth.checked_sub(1) else {
            return self.fail("fewer lists and objects inside each other");
        };
        let mut more = self.enter(open)?;
        while more {
            if open == b'{' {
                self.name()?;
            }
            self.skip(depth)?;
            more = self.more(open)?;
        }
        Ok(())
    }

    #[inline]
    fn word(&mut self, word: &'static str) -> Result<(), Syntax> {
        if !self.bytes()[self.at..].starts_with(word.as_bytes()) {
            return self.fail("a value");
        }
        self.at += word.len();
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Syntax> {
        let start = self.at;
        while matches!(self.bytes().get(self.at), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { self.fail("a digit") }
    }

    #[inline]
    fn number(&mut self) -> Result<&'a str, Syntax> {
        let start = self.at;
        self.at += usize::from(self.bytes()[start] == b'-');
        if self.bytes().get(self.at) == Some(&b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.bytes().get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.bytes().get(self.at) {
            self.at += 1;
            self.at += usize::from(matches!(self.bytes().get(self.at), Some(b'+' | b'-')));
            self.digits()?;
        }
        Ok(&self.text[start..self.at])
    }

    /// A string, its opening quote being next.
    #[inline]
    fn string(&mut self) -> Result<RawText<'a>, Syntax> {
        let start = self.at + 1;
        let mut escaped = false;
        self.at = start;
        loop {
            self.at = plain_until(self.bytes(), self.at);
            match self.bytes().get(self.at) {
                Some(b'"') => {
                    let raw = &self.text[start..self.at];
                    self.at += 1;
                    return Ok(RawText { raw, escaped });
                }
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(_) => return self.fail("no control character in a text"),
                None => return self.fail("a closing quote"),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Syntax> {
        match self.bytes().get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') if self.hexadecimal(self.at + 2) => self.at += 6,
            _ => return self.fail("an escape such as \\n or \\u0041"),
        }
        Ok(())
    }

    fn hexadecimal(&self, from: usize) -> bool {
        self.bytes().get(from..from + 4).is_some_and(|four| four.iter().all(u8::is_ascii_hexdigit))
    }
}

/// The first quote, backslash or control character from `at` on, eight bytes at a time.
#[inline]
fn plain_until(bytes: &[u8], mut at: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    // The lowest marked byte is exact; a borrow can mark only bytes above it.
    let zeros = |x: u64| x.wrapping_sub(ONES) & !x;
    while let Some(eight) = bytes.get(at..at + 8).and_then(|b| <[u8; 8]>::try_from(b).ok()) {
        let x = u64::from_le_bytes(eight);
        let control = x.wrapping_sub(ONES * 0x20) & !x;
        let found = (zeros(x ^ (ONES * 0x22)) | zeros(x ^ (ONES * 0x5c)) | control) & HIGHS;
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while let Some(byte) = bytes.get(at) {
        if *byte == b'"' || *byte == b'\\' || *byte < 0x20 {
            return at;
        }
        at += 1;
    }
    at
}
