//! What somebody may have meant who wrote a name wrongly.

/// The known name that differs in the fewest letters, if it is few enough to be a slip.
pub(super) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let most = 1 + name.chars().count() / 4;
    let (distance, near) = known.map(|known| (letters_apart(name, known), known)).min()?;
    (distance <= most).then_some(near)
}

/// How many letters must be put in, taken out or changed.
fn letters_apart(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let changed = corner + usize::from(!left.eq_ignore_ascii_case(right));
            corner = row[j + 1];
            row[j + 1] = changed.min(corner + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_told_from_another_name() {
        let known = ["auto", "trueup", "litellm", "new-api"];
        let check = |name: &str, expect: Option<&str>| assert_eq!(nearest(name, known.into_iter()), expect, "{name}");
        check("liteLM", Some("litellm"));
        check("true-up", Some("trueup"));
        check("newapi", Some("new-api"));
        check("Auto", Some("auto"));
        check("langfuse", None);
        check("", None);
    }
}
