//! Text from outside on its way into a message.

use lettre::message::Mailbox;

/// A name in a header; longer ones are cut.
const LONGEST_NAME: usize = 120;
const LONGEST_ADDRESS: usize = 254;

/// Characters that turn, hide or break the text around them.
fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// One line without controls, turned or hidden text, with single blanks, at most `longest` characters.
pub(super) fn one_line(text: &str, longest: usize) -> String {
    let plain = text.chars().filter(|c| !is_hidden(*c)).map(|c| if c.is_control() { ' ' } else { c });
    let mut line = String::new();
    let mut count = 0;
    for c in plain {
        let blank = c.is_whitespace();
        if blank && (line.is_empty() || line.ends_with(' ')) {
            continue;
        }
        if count == longest {
            line.truncate(line.trim_end().len());
            line.push('…');
            return line;
        }
        line.push(if blank { ' ' } else { c });
        count += 1;
    }
    line.truncate(line.trim_end().len());
    line
}

/// As [`one_line`], for a header: no text that would be decoded again by whoever reads it.
pub(super) fn header_line(text: &str, longest: usize) -> String {
    one_line(text, longest).replace("=?", "= ?")
}

/// Why mail cannot go to an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error("there is no address")]
    Missing,
    #[error("{0:?} is not a mail address such as name@example.com")]
    Malformed(String),
    #[error("{0:?} is not plain ASCII; write the domain in its xn-- form")]
    NotAscii(String),
}

/// Somebody who sends or gets mail: an address that may stand in a command and a header, and a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    name: Option<String>,
    address: lettre::Address,
}

impl Address {
    /// An address and the name of whose it is, cleaned.
    ///
    /// # Errors
    /// Where no message could be sent to it.
    pub fn new(name: Option<&str>, address: &str) -> Result<Address, AddressError> {
        let shown = || one_line(address, LONGEST_NAME);
        if address.trim().is_empty() {
            return Err(AddressError::Missing);
        }
        if address.chars().any(|c| c.is_control() || is_hidden(c)) {
            return Err(AddressError::Malformed(shown()));
        }
        if !address.is_ascii() {
            return Err(AddressError::NotAscii(shown()));
        }
        let (user, domain) = address.rsplit_once('@').ok_or_else(|| AddressError::Malformed(shown()))?;
        let odd = |c: char| !c.is_ascii_alphanumeric() && !"!#$%&'*+-/=?^_`{|}~.".contains(c);
        let parsed = address.parse::<lettre::Address>().ok();
        let usual = address.len() <= LONGEST_ADDRESS && !user.chars().any(odd) && is_host(domain);
        let address = parsed.filter(|_| usual).ok_or_else(|| AddressError::Malformed(shown()))?;
        let name = name.map(|n| header_line(n, LONGEST_NAME)).filter(|n| !n.is_empty());
        Ok(Address { name, address })
    }

    /// `billing@example.com`, or `Billing <billing@example.com>`.
    ///
    /// # Errors
    /// As [`Address::new`].
    pub fn parse(text: &str) -> Result<Address, AddressError> {
        match text.trim().strip_suffix('>').and_then(|t| t.rsplit_once('<')) {
            Some((name, address)) => Address::new(Some(name.trim().trim_matches('"')), address.trim()),
            None => Address::new(None, text.trim()),
        }
    }

    pub fn as_str(&self) -> &str {
        self.address.as_ref()
    }

    pub fn domain(&self) -> &str {
        self.address.domain()
    }

    /// The name, else the address.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_else(|| self.as_str())
    }

    pub(super) fn mailbox(&self) -> Mailbox {
        Mailbox::new(self.name.clone(), self.address.clone())
    }

    pub(super) fn inner(&self) -> &lettre::Address {
        &self.address
    }
}

fn is_host(domain: &str) -> bool {
    let label = |l: &str| {
        !l.is_empty()
            && l.len() <= 63
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !l.starts_with('-')
            && !l.ends_with('-')
    };
    domain.split('.').all(label)
}
