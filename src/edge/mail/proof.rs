//! What must be true of a message's bytes, whatever made them.

/// Every name a header of ours may have.
const HEADERS: [&str; 10] = [
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
];

const LONGEST_LINE: usize = 998;

/// What is wrong with a message, if anything: a bare CR or LF, a byte that is not plain ASCII, a line too
/// long, a header that is not ours or is there twice.
pub(super) fn fault(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok().filter(|t| t.is_ascii() && !t.contains('\0'));
    let Some(text) = text else { return Some("a byte that is not plain ASCII".into()) };
    let whole = text.split("\r\n");
    for line in whole.clone() {
        if line.contains(['\r', '\n']) {
            return Some("a bare CR or LF".into());
        }
        if line.len() > LONGEST_LINE {
            return Some(format!("a line of {} bytes", line.len()));
        }
    }
    let mut seen: Vec<&str> = Vec::new();
    for line in whole.take_while(|l| !l.is_empty()).filter(|l| !l.starts_with([' ', '\t'])) {
        let name = line.split_once(':').map_or(line, |(name, _)| name);
        let Some(known) = HEADERS.into_iter().find(|h| *h == name) else {
            return Some(format!("a header {name:?}"));
        };
        if seen.contains(&known) {
            return Some(format!("two headers {known}"));
        }
        seen.push(known);
    }
    let needed = ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"];
    needed.into_iter().find(|n| !seen.contains(n)).map(|n| format!("no header {n}"))
}
