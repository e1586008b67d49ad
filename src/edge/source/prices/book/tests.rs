use super::*;
use crate::domain::call::Meter;
use crate::domain::money::Exact;
use crate::domain::period::{Day, Instant};
use crate::domain::price::{Condition, ModelName, MultiplierOf};

/// The example of the format, with every member.
const FULL: &str = r#"[book]
id = "tokone"
unit = "CNY"
price_at = "ended"
price_by = "served"
failed_calls = "charged"
cancelled_calls = "free"
cache_hits = "charged"
no_variant = "half_batch"
rounding = { at = "call", mode = "half_up", scale = 6 }

[[version]]
effective_from = "2026-10-01T00:00:00+08:00"
known_from = 2026-09-25T00:00:00Z

[[version.price]]
models = ["gpt-5.5", "gpt-5.5-chat"]
aliases = ["gpt-latest"]
pattern = "gpt-5.5-*"
provider = "openai"
endpoint = "chat"
group = "vip"
region = "eu"
input = { rate = "2.5", per = 1000000 }
output = { rate = 15, per = 1_000_000 }
cache_read = { rate = "0.25", per = 1000000 }
cache_write_1h = { rate = "2e-6", per = 1 }
image = [{ size = "1024x1024", quality = "hd", rate = "0.04", per = 1 }, { rate = "0.02", per = 1 }]
second = { rate = "0.06", per = 60000 }
request = { rate = "1", per = 1000 }
multiplier = "1.5"
minimum = "0.000001"
tiers = [
  { input_above = 200000, input = { rate = "5", per = 1000000 }, batch = { input = { rate = "2", per = 1000000 } } },
  { input_from = 500000, multiplier = "2", service_tier.flex = { multiplier = "0.7" } },
]
batch = { multiplier = "0.5" }
service_tier.flex = { output = { rate = "7", per = 1000000 } }
windows = [{ from = "16:30", until = "00:30", zone = "UTC", days = ["mon"], since = "2026-10-05", before = "2026-12-01", multiplier = "0.5" }]
when = [{ name = "speed", value = "fast", page = { rate = "2", per = 1000 } }]

[[version.price]]
model = "free-model"
free = true

[[version.multiplier]]
group = "vip"
value = "0.9"

[[version.multiplier]]
account = "alice \"the\" first"
value = 2

[[version]]
effective_from = 2026-11-01T00:00:00+08:00
"#;

fn read(text: &str) -> Book {
    parse_book(text, "prices/tokone.toml").unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn everything_is_read() {
    let book = read(FULL);
    let h = &book.header;
    assert_eq!((h.id.as_str(), h.unit.as_str()), ("tokone", "CNY"));
    assert_eq!((h.price_at, h.price_by), (PriceAt::Ended, PriceBy::Served));
    assert_eq!((h.failed_calls, h.cancelled_calls, h.cache_hits), (Charged::Charged, Charged::Free, Charged::Charged));
    assert_eq!(h.no_variant, NoVariant::HalfBatch);
    assert_eq!(h.rounding, Some(Rounding { at: RoundingPlace::Call, mode: Mode::HalfUp, scale: 6 }));
    let at = |text| Instant::parse(text).expect("an instant");
    let [first, second] = &book.versions[..] else { panic!("two versions") };
    assert_eq!(first.effective_from, at("2026-09-30T16:00:00Z"));
    assert_eq!(first.known_from, at("2026-09-25T00:00:00Z"));
    assert_eq!(second.known_from, second.effective_from);
    let row = &first.rows[0];
    let exact = |text: &str| text.parse::<Exact>().expect("a number");
    assert_eq!(row.components.rate(Meter::Input), Some(exact("0.0000025")));
    assert_eq!(row.components.rate(Meter::Output), Some(exact("0.000015")));
    assert_eq!(row.components.rate(Meter::CacheWrite1h), Some(exact("0.000002")));
    assert_eq!(row.components.rate(Meter::Second), Some(exact("0.000001")));
    assert_eq!(row.components.images.len(), 2);
    assert_eq!((row.components.multiplier, row.minimum), (Some(exact("1.5")), Some(exact("0.000001"))));
    assert_eq!(row.matcher.models.len(), 4);
    assert_eq!(row.matcher.models[3], ModelName::Pattern("gpt-5.5-".to_owned(), String::new()));
    assert_eq!(row.variants.len(), 6);
    assert_eq!(row.variants[0].condition, Condition::Context { tokens: 200_000, inclusive: false });
    assert_eq!(row.variants[0].nested[0].condition, Condition::Batch);
    assert_eq!(row.variants[1].nested[0].condition, Condition::ServiceTier("flex".to_owned()));
    let Condition::Window(window) = &row.variants[5].condition else { panic!("a window") };
    assert_eq!((window.from_minute, window.until_minute), (990, 30));
    assert_eq!(window.weekdays, [true, false, false, false, false, false, false]);
    assert_eq!((window.since, window.before), (Day::new(2026, 10, 5), Day::new(2026, 12, 1)));
    let speed = Condition::When { name: "speed".to_owned(), value: "fast".to_owned() };
    assert_eq!(row.variants[4].condition, speed);
    assert_eq!(row.variants[4].components.rate(Meter::Page), Some(exact("0.002")));
    assert!(first.rows[1].free);
    assert_eq!(first.multipliers[1].of, MultiplierOf::Account("alice \"the\" first".to_owned()));
}

#[test]
fn places_are_lines() {
    let book = read(FULL);
    let version = &book.versions[0];
    let lines: Vec<u32> = version.rows.iter().map(|r| r.place.line).collect();
    assert_eq!((version.place.line, lines), (12, vec![16, 42]));
    assert_eq!(version.rows[0].place.file, "prices/tokone.toml");
    let variants: Vec<u32> = version.rows[0].variants.iter().map(|v| v.place.line).collect();
    assert_eq!(variants, [34, 35, 37, 38, 40, 39]);
}

#[test]
fn what_is_written_back_is_the_same_book() {
    let book = read(FULL);
    let again = read(&book.to_toml());
    assert_eq!(again.to_toml(), book.to_toml());
    assert_eq!(again.header, book.header);
    let hashes = |book: &Book| book.versions.iter().map(|v| v.content_hash()).collect::<Vec<_>>();
    assert_eq!(hashes(&again), hashes(&book));
}

#[test]
fn defaults() {
    let book = read("[book]\nid = \"b\"\nunit = \"USD\"\n[[version]]\neffective_from = 2026-10-01T00:00:00Z\n");
    let h = book.header;
    assert_eq!((h.price_at, h.price_by, h.rounding), (PriceAt::Started, PriceBy::Billed, None));
    assert_eq!((h.failed_calls, h.cancelled_calls, h.cache_hits), (Charged::Free, Charged::Charged, Charged::Free));
    assert_eq!(h.no_variant, NoVariant::Unpriced);
}

const HEAD: &str = "[book]\nid = \"b\"\nunit = \"USD\"\n[[version]]\neffective_from = \"2026-10-01T00:00:00Z\"\n";

/// Each expected line is the start of an error, in order.
#[track_caller]
fn refuse(text: &str, expect: &[&str]) {
    let errors = parse_book(text, "b.toml").expect_err("should be refused");
    let said: Vec<String> = errors.0.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), expect.len(), "{said:#?}");
    for (said, expect) in said.iter().zip(expect) {
        assert!(said.starts_with(expect), "{said:?} does not begin with {expect:?}");
    }
    assert!(errors.0.iter().all(|e| !e.hint.is_empty()));
}

/// A price of `m` in line 6, and these lines from line 8 on.
#[track_caller]
fn refuse_row(lines: &str, expect: &[&str]) {
    refuse(&format!("{HEAD}[[version.price]]\nmodel = \"m\"\n{lines}\n"), expect);
}

#[test]
fn headers_and_versions() {
    refuse("", &["b.toml:1: has no [book]", "b.toml:1: has no [[version]]"]);
    refuse(
        "[book]\nid = \"b\"\nunit = 5\n[[version]]\n",
        &["b.toml:3: unit is not a text", "b.toml:4: version has no effective_from"],
    );
    refuse(&HEAD.replace("unit", "unti"), &["b.toml:1: book has no unit", "b.toml:3: unknown \"unti\" in book"]);
    refuse(&format!("{HEAD}[[prices]]\n"), &["b.toml:6: unknown \"prices\" in the book"]);
    refuse(
        &HEAD.replace("id =", "price_at = \"midnight\"\nid ="),
        &["b.toml:2: price_at cannot be \"midnight\"; one of"],
    );
    refuse(
        &HEAD.replace("id =", "rounding = { at = \"call\", mode = \"up\" }\nid ="),
        &["b.toml:2: rounding has no scale"],
    );
    let fine = HEAD.replace("id =", "rounding = { at = \"call\", mode = \"up\", scale = 19 }\nid =");
    refuse(&fine, &["b.toml:1: rounding to 19 places"]);
    refuse(&format!("{HEAD}nonsense"), &["b.toml:6: "]);
    refuse(&format!("{HEAD}effective_from = 2026-10-01T00:00:00Z\n"), &["b.toml:6: duplicate key"]);
}

#[test]
fn times_need_an_offset() {
    for local in ["2026-10-01T00:00:00", "\"2026-10-01T00:00:00\""] {
        let text = HEAD.replace("\"2026-10-01T00:00:00Z\"", local);
        refuse(&text, &["b.toml:5: effective_from has no offset; add the offset, such as +08:00"]);
    }
    for odd in ["2026-10-01", "\"yesterday\"", "17"] {
        refuse(&HEAD.replace("\"2026-10-01T00:00:00Z\"", odd), &["b.toml:5: effective_from is not an RFC 3339 time"]);
    }
}

#[test]
fn rates_are_exact_and_not_negative() {
    refuse_row(
        "input = { rate = 2.5, per = 1 }",
        &["b.toml:8: rate is a float, which cannot hold a price exactly; write"],
    );
    refuse_row("input = { rate = \"-2.5\", per = 1 }", &["b.toml:8: rate is negative"]);
    refuse_row("input = { rate = -2, per = 1 }", &["b.toml:8: rate is negative"]);
    refuse_row("input = { rate = \"2,5\", per = 1 }", &["b.toml:8: rate is not a decimal number"]);
    refuse_row("input = { rate = \"1\", per = 3 }", &["b.toml:8: per leaves no finite decimal for one unit (1 / 3)"]);
    refuse_row("input = { rate = \"1\", per = 0 }", &["b.toml:8: per is below 1"]);
    refuse_row("input = { rate = \"1\" }", &["b.toml:8: input has no per"]);
    refuse_row("input = \"1\"", &["b.toml:8: input is not a table"]);
    refuse_row(
        "inptu = { rate = \"1\", per = 1 }",
        &["b.toml:8: unknown \"inptu\" in price; known here: aliases, batch"],
    );
    refuse_row(
        "minimum = \"-1\"\nmultiplier = true",
        &["b.toml:8: minimum is negative", "b.toml:9: multiplier is not"],
    );
    refuse_row("free = \"yes\"", &["b.toml:8: free is neither true nor false"]);
}

#[test]
fn names() {
    refuse_row("aliases = [\"a*\"]", &["b.toml:8: aliases \"a*\" has a *; write it as pattern"]);
    refuse_row("pattern = \"abc\"", &["b.toml:8: pattern \"abc\" has not exactly one *"]);
    refuse_row("pattern = \"a*b*\"", &["b.toml:8: pattern \"a*b*\" has not exactly one *"]);
    refuse_row("group = \"\"", &["b.toml:8: group is empty"]);
    refuse(&format!("{HEAD}[[version.price]]\nfree = true\n"), &["b.toml:6: a price has no model; add"]);
    refuse_row(
        "[[version.price]]\nmodels = [\"n\", \"m\"]",
        &["b.toml:6: two prices answer to \"m\" and neither is more specific (and b.toml:8)"],
    );
    refuse_row(
        "[[version.multiplier]]\ngroup = \"a\"\nmodel = \"b\"\nvalue = \"1\"",
        &["b.toml:8: multiplier names not exactly one"],
    );
}

#[test]
fn variants() {
    refuse_row("tiers = [{ multiplier = \"2\" }]", &["b.toml:8: tiers needs one of input_above"]);
    refuse_row("tiers = [{ input_above = 1.5 }]", &["b.toml:8: input_above is not a whole number"]);
    refuse_row(
        "windows = [{ from = \"25:00\", until = \"8:00\", zone = \"Mars\", days = [\"monday\"] }]",
        &[
            "b.toml:8: from \"25:00\"",
            "b.toml:8: until \"8:00\"",
            "b.toml:8: zone \"Mars\"",
            "b.toml:8: days holds \"monday\"",
        ],
    );
    refuse_row(
        "windows = [{ from = \"08:00\", until = \"09:00\", zone = \"UTC\", since = \"1 May\" }]",
        &["b.toml:8: since \"1 May\" is not a date"],
    );
    refuse_row("when = [{ name = \"speed\" }]", &["b.toml:8: when has no value"]);
    refuse_row(
        "windows = [{ from = \"08:00\", until = \"08:00\", zone = \"UTC\" }]",
        &["b.toml:8: the window 08:00-08:00 UTC"],
    );
    refuse_row("service_tier.standard = {}", &["b.toml:8: service tier \"standard\" is the row itself"]);
    refuse_row(
        "batch = { input = { rate = \"1\", per = 1 } }\nservice_tier.flex = { input = { rate = \"1\", per = 1 } }",
        &[
            "b.toml:8: batch and service tier flex can hold for one call, and both set input (and b.toml:9); write one inside",
        ],
    );
    refuse_row(
        "batch = { tiers = [{ input_above = 1, batch = {} }] }",
        &[
            "b.toml:8: batch stands inside batch, where it can add nothing",
            "b.toml:8: batch + input above 1 is written twice",
        ],
    );
}

#[test]
fn states_of_a_file_become_one_book() {
    let one = HEAD.to_owned() + "[[version.price]]\nmodel = \"m\"\ninput = { rate = \"1\", per = 1 }\n";
    let same = one.replace("rate = \"1\", per = 1", "rate = \"1000\", per = 1000");
    let more = same.clone() + "[[version]]\neffective_from = \"2026-11-01T00:00:00Z\"\n";
    let other = one.replace("rate = \"1\"", "rate = \"2\"");
    let book = |text: &str, file| parse_book(text, file).expect("a book");
    let merged = crate::domain::price::merge(&[book(&one, "a"), book(&more, "b")]).expect("one").expect("some");
    assert_eq!(merged.versions.len(), 2);
    let faults = crate::domain::price::merge(&[book(&one, "a"), book(&other, "b")]).expect_err("changed");
    let said = BookErrors::from_faults(&faults, "b").to_string();
    assert!(said.starts_with("a:4: the version 2026-10-01T00:00:00Z was known with other content (and b:4)"), "{said}");
}

#[test]
fn rules_for_names_and_providers_come_back_as_they_were() {
    let text = r#"[book]
id = "b"
unit = "USD"
[[version]]
effective_from = "2026-10-01T00:00:00Z"
[[version.provider]]
id = "acme"
names = { any = [{ contains = "acme" }, { equals = "a" }] }
models = { regex = "^swift-" }
[[version.price]]
match = [{ all = [{ starts_with = "swift" }, { not = { ends_with = "mini" } }] }, { equals = "\"s\"" }]
provider = "acme"
input = { rate = "1", per = 1 }
[[version.price]]
match = { starts_with = "swift" }
provider = "acme"
input = { rate = "2", per = 1 }
"#;
    let book = parse_book(text, "b.toml").expect("a book");
    let again = parse_book(&book.to_toml(), "b.toml").expect("the same book");
    assert_eq!(book.versions[0].content_hash(), again.versions[0].content_hash());
    assert_eq!(book.versions[0].rows[0].matcher, again.versions[0].rows[0].matcher);
    assert_eq!(again.versions[0].providers[0].id, "acme");
    // Which of two rules comes first is content.
    let mut turned = book.versions[0].clone();
    turned.rows.reverse();
    assert_ne!(turned.content_hash(), book.versions[0].content_hash());
}

#[test]
fn rules_that_are_none_are_refused() {
    let head = "[book]\nid = \"b\"\nunit = \"USD\"\n[[version]]\neffective_from = \"2026-10-01T00:00:00Z\"\n";
    for (rule, says) in [
        ("{ regex = \"(\" }", "is no regular expression"),
        ("{ equals = \"a\", contains = \"b\" }", "is not exactly one rule"),
        ("{ like = \"a\" }", "unknown \"like\""),
        ("{}", "is not exactly one rule"),
        ("\"a\"", "match is not a table"),
    ] {
        let text = format!("{head}[[version.price]]\nmatch = {rule}\ninput = {{ rate = \"1\", per = 1 }}\n");
        let refused = parse_book(&text, "b.toml").unwrap_err().to_string();
        assert!(refused.contains(says), "{rule}: {refused}");
    }
}
