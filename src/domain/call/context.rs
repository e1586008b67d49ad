//! What else a price may depend on: named facts of a call, as one text.
//!
//! `route=mistral/eu;speed=fast`: ordered by name, each name once, `%`, `;` and `=` written as `%25`,
//! `%3B` and `%3D`, so that equal facts are one text and a dictionary holds each once.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// The text of some facts; none of none. Of a name given twice the last value stands.
pub fn context_text<K: AsRef<str>, V: AsRef<str>>(facts: impl IntoIterator<Item = (K, V)>) -> Option<String> {
    let sorted: BTreeMap<String, String> =
        facts.into_iter().map(|(name, value)| (written(name.as_ref()), written(value.as_ref()))).collect();
    let parts: Vec<String> = sorted.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    (!parts.is_empty()).then(|| parts.join(";"))
}

/// The value of a name.
pub fn context_value(context: Option<&str>, name: &str) -> Option<String> {
    let name = written(name);
    let mut facts = context?.split(';').filter_map(|fact| fact.split_once('='));
    facts.find(|fact| fact.0 == name).map(|fact| fact.1.replace("%3D", "=").replace("%3B", ";").replace("%25", "%"))
}

/// Whether a name has this value.
pub fn context_holds(context: Option<&str>, name: &str, value: &str) -> bool {
    context_value(context, name).is_some_and(|found| found == value)
}

fn written(text: &str) -> String {
    let mut out = Cow::Borrowed(text);
    for (sign, code) in [("%", "%25"), (";", "%3B"), ("=", "%3D")] {
        if out.contains(sign) {
            out = Cow::Owned(out.replace(sign, code));
        }
    }
    out.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_for_equal_facts() {
        let text = context_text([("speed", "fast"), ("route", "mistral/eu")]);
        assert_eq!(text.as_deref(), Some("route=mistral/eu;speed=fast"));
        assert_eq!(text, context_text([("route", "mistral/eu"), ("speed", "slow"), ("speed", "fast")]));
        assert_eq!(context_text::<&str, &str>([]), None);
        assert_eq!(context_value(text.as_deref(), "speed").as_deref(), Some("fast"));
        assert_eq!(context_value(text.as_deref(), "spee"), None);
        assert!(context_holds(text.as_deref(), "route", "mistral/eu") && !context_holds(None, "route", "mistral/eu"));
    }

    #[test]
    fn any_sign_comes_back() {
        let odd = [("a;b=%3B", "%;=%253D;"), ("", "x")];
        let text = context_text(odd);
        for (name, value) in odd {
            assert_eq!(context_value(text.as_deref(), name).as_deref(), Some(value));
        }
    }
}
