//! The runner itself: it works figures out exactly, and says where a scenario is wrong.

use super::arithmetic::{canonical, evaluate, show};
use super::{page, rewritten, story};

#[test]
fn arithmetic_is_exact() {
    for (text, value) in [
        ("3,000 x 2.5 / 1M + 800 x 15 / 1M", "0.0195"),
        ("0.1 + 0.2", "0.3"),
        ("(1 + 2) x 3 - 4", "5"),
        ("half_up(0.5, 0) + half_even(0.5, 0) + half_even(1.5, 0)", "3"),
        ("up(1.21, 1)", "1.3"),
        ("down(1.29, 1) x 1K", "1200"),
        ("half_up(0 - 2.5, 0)", "-3"),
        ("max(0.2, 0.001)", "0.2"),
        ("1 / 3", "1/3"),
    ] {
        assert_eq!(evaluate(text).map(|n| show(&n)).unwrap(), value, "{text}");
    }
    for text in ["", "3 x", "(1", "1 / 0", "half_up(1)", "2 apples"] {
        assert!(evaluate(text).is_err(), "{text}");
    }
    assert_eq!(canonical("1,234.50"), "1234.5");
    assert_eq!(canonical("2026-10-05"), "2026-10-05");
    assert_eq!(canonical("12,34"), "12,34");
}

const STORY: &str = "\
# A call that was charged too much

So that the runner has something to tell.

## Setup

- zone: Asia/Shanghai
- unit: CNY

## Prices

| model   | input per 1M | output per 1M |
|---------|--------------|---------------|
| gpt-5.5 | 2.5          | 15            |

## Calls

| call | account | model   | started          | input | output | charge |
|------|---------|---------|------------------|-------|--------|--------|
| c-1  | alice   | gpt-5.5 | 2026-10-05 10:00 | 3,000 | 800    | 0.0195 |
| c-2  | alice   | gpt-5.5 | 2026-10-05 10:05 | 1,000 | 100    | 0.0041 |

## Run

| job   | period     | as of                     | ends |
|-------|------------|---------------------------|------|
| daily | 2026-10-05 | 2026-10-06T06:00:00+08:00 | 3    |

## Expected charges

| call | arithmetic                       | expected   |
|------|----------------------------------|------------|
| c-1  | 3,000 x 2.5 / 1M + 800 x 15 / 1M | 0.0195 CNY |

## Expected findings

| leg    | class           | about | difference |
|--------|-----------------|-------|------------|
| charge | amount_mismatch | c-2   | 0.0001     |
";

#[test]
fn a_scenario_that_holds() {
    assert_eq!(story::tell(STORY).problems, []);
}

/// One thing changed: the problem said, and its line.
#[track_caller]
fn wrong(from: &str, to: &str, say: &str) {
    assert!(STORY.contains(from), "{from}");
    let text = STORY.replacen(from, to, 1);
    let told = story::tell(&text);
    let said: Vec<String> = told.problems.iter().map(ToString::to_string).collect();
    assert!(said.iter().any(|s| s.contains(say)), "{say:?} is not in {said:#?}");
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    wrong("# A call", "A call", "1: a scenario begins with");
    wrong("So that", "## So that", "1: a sentence under the title");
    wrong("- zone: Asia/Shanghai\n", "", "5: the setup names no zone");
    wrong("- zone", "- zoom", "7: the setup has no \"zoom\"");
    wrong("| output per 1M |", "| output per 2M |", "12: prices have no column \"output per 2M\"");
    wrong("| 15            |", "| much          |", "14: \"much\" is not a decimal number");
    wrong("| gpt-5.5 | 2.5          | 15            |", "| gpt-5.5 | 2.5 |", "14: the row has 2 cells, the table 3");
    wrong("| account |", "| acount  |", "18: no column \"acount\" here");
    wrong("## Calls", "## Cols", "16: no section is called \"Cols\"");
    wrong("## Run", "## Expected days", "nothing was run yet");
    wrong("| 3    |", "| 0    |", "27: ends 3, not 0");
    wrong("800 x 15 / 1M |", "900 x 15 / 1M |", "33: 3,000 x 2.5 / 1M + 900 x 15 / 1M is 0.021, not 0.0195");
    wrong("| 0.0195 CNY |", "| 0.0194 CNY |", "33: c-1 is expected to cost 0.0195 CNY, not 0.0194 CNY");
    wrong("| 0.0001     |", "| 0.0002     |", "39: expected, but is not: leg charge, class amount_mismatch");
    wrong("| charge | amount_mismatch | c-2   | 0.0001     |\n", "", "37: is, but was not expected: leg charge");
    wrong("## Expected findings", "## Expected classes", "37: no column \"about\" here");
    wrong("## Expected findings\n", "## Expected charges\n", "the columns of charges");
}

#[test]
fn a_failing_expectation_is_rewritten_to_what_is() {
    let text = STORY.replace("0.0001 ", "7      ").replace("| 3    |", "| 0    |");
    let told = story::tell(&text);
    assert_eq!(told.problems.len(), 3, "{:?}", told.problems);
    assert_eq!(rewritten(&text, told.edits), STORY);
    let none = STORY.find("| leg ").map(|at| format!("{}none\n", &STORY[..at])).unwrap();
    let told = story::tell(&none);
    let written = rewritten(&none, told.edits);
    assert!(written.contains("| charge | amount_mismatch | c-2   |"), "{written}");
    assert_eq!(story::tell(&written).problems, []);
}

#[test]
fn a_dash_is_an_empty_cell_and_a_fence_must_close() {
    let page = page::parse("# T\n\nWhy.\n\n## S\n\n| a | b |\n|---|---|\n| - | x |\n").unwrap();
    assert_eq!(page.sections[0].table().unwrap().unwrap().rows[0].cells, ["", "x"]);
    let open = page::parse("# T\n\nWhy.\n\n## S\n\n```\nx\n").unwrap_err();
    assert_eq!(open.to_string(), "7: the fence is never closed");
}
