//! Rules for names, as genai-prices writes them.

use super::super::Refusal;
use super::super::document::Json;
use crate::domain::price::NameRule;

/// `{"equals": ...}`, `starts_with`, `ends_with`, `contains`, `regex`, or `or` and `and` of a list.
pub(super) fn rule_of(value: &Json<'_>) -> Result<NameRule, Refusal> {
    let object = value.object().ok_or("is no rule")?;
    let mut members = object.members();
    let (Some((kind, inner)), None) = (members.next(), members.next()) else {
        return Err("is not exactly one rule".into());
    };
    if let "or" | "or_" | "and" | "and_" = kind {
        let list = inner.list().ok_or("has a rule that is no list")?;
        let rules = list.iter().map(rule_of).collect::<Result<Vec<_>, _>>()?;
        return Ok(if kind.starts_with('o') { NameRule::Any(rules) } else { NameRule::All(rules) });
    }
    let text = inner.text().ok_or("has a rule that is no text")?.to_owned();
    match kind {
        "equals" => Ok(NameRule::Equals(text)),
        "starts_with" => Ok(NameRule::StartsWith(text)),
        "ends_with" => Ok(NameRule::EndsWith(text)),
        "contains" => Ok(NameRule::Contains(text)),
        "regex" => expression(&text),
        _ => Err(format!("has the rule {kind}, which is not known").into()),
    }
}

/// An expression that begins with what must not follow (`^(?!a)b`) is two: not `^a`, and `^b`.
pub(in crate::edge::source::prices) fn expression(text: &str) -> Result<NameRule, Refusal> {
    let rule = match text.strip_prefix("^(?!").and_then(split_at_close) {
        Some((not, rest)) => NameRule::All(vec![
            NameRule::Not(Box::new(NameRule::Regex(format!("^(?:{not})")))),
            NameRule::Regex(format!("^(?:{rest})")),
        ]),
        None => NameRule::Regex(text.to_owned()),
    };
    match rule.bad_expressions().is_empty() {
        true => Ok(rule),
        false => Err(format!("has the expression {text:?}, which is not understood").into()),
    }
}

/// What stands before and behind the parenthesis that closes the one before the text.
fn split_at_close(text: &str) -> Option<(&str, &str)> {
    let (mut depth, mut escaped, mut class) = (1, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => class = true,
            ']' => class = false,
            '(' if !class => depth += 1,
            ')' if !class => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((&text[..at], &text[at + 1..]));
        }
    }
    None
}
