use std::path::{Path, PathBuf};

use super::*;
use crate::domain::ledger::{PostingKind, Threshold};
use crate::domain::money::{Amount, Mode, Representation};
use crate::domain::period::{Instant, PeriodKind, Span};

const WHOLE: &str = r#"
[time]
zone = "Asia/Shanghai"
[lake]
url = "lake"
[s3]
endpoint = "http://127.0.0.1:9000"
region = "eu-west-1"
path_style = true
[state]
url = "sqlite:state.db"
[publish]
url = "s3://reports/out/"
[close]
grace = "48h"
max_late = "90d"
[[source]]
name = "gateway"
format = "trueup"
path = "raw/calls/*"
book = "prices/tokone.toml"
unit = "CNY"
recorded = { as = "decimal", scale = 6, mode = "half_up" }
settle = "10m"
max_rejects = "0.1%"
expect = "hourly"
[[source]]
name = "second"
path = "s3://logs/calls/*.gz"
book = "/prices/other.toml"
unit = "credit"
recorded = { as = "integer", mode = "up" }
max_rejects = "3"
[ledger]
postings = "raw/postings/*"
balances = "raw/balances/*"
match_within = "36h"
complete_from = "2026-10-01"
[parties]
accounts = "accounts.csv"
keys = "keys.csv"
[reconcile]
tolerance = { CNY = { row = "0.01", sum = "1" } }
exit_above = { CNY = "5" }
[policy]
forbid = ["fee", "expiry"]
[notice]
default = "10%;500"
[invoice]
hold_above = { CNY = "0" }
[mail]
url = "smtps://mail.example.com"
from = "billing@example.com"
fresh = "24h"
user = "billing"
password_file = "secret"
[[unit]]
name = "credit"
rate = { unit = "EUR", amount = "0.00001", from = "2026-01-01" }
[[unit]]
name = "credit"
rate = { unit = "EUR", amount = "0.00002", from = "2026-06-01" }
[[unit]]
name = "token"
[issuer]
name = "Example Ltd"
series = "INV-{year}-"
first = 1
"#;

fn parse(text: &str) -> Result<Settings, String> {
    Settings::parse(text, Path::new("/srv/bill")).map_err(|failure| {
        assert_eq!(failure.kind, Kind::Config);
        assert!(!failure.hints.is_empty(), "{failure}");
        failure.to_string()
    })
}

#[test]
fn every_key_is_read() {
    let settings = parse(WHOLE).unwrap();
    assert_eq!(settings.zone.name(), "Asia/Shanghai");
    assert_eq!(settings.lake, Location::Folder("/srv/bill/lake".into()));
    assert_eq!(settings.publish, Location::S3 { bucket: "reports".into(), prefix: "out".into() });
    assert_eq!(settings.state, StateUrl::Sqlite("/srv/bill/state.db".into()));
    assert_eq!((settings.close.grace, settings.close.max_late), (Span::from_hours(48), Span::from_hours(2160)));
    let [first, second] = &settings.sources[..] else { panic!() };
    assert_eq!(first.path, Input::Files { pattern: "/srv/bill/raw/calls/*".into() });
    assert_eq!(first.recorded, Representation::Decimal { scale: 6, mode: Mode::HalfUp });
    assert_eq!((first.settle, first.expect), (Span::parse("10m").unwrap(), Some(Expect::Hourly)));
    assert_eq!(second.path, Input::S3 { bucket: "logs".into(), pattern: "calls/*.gz".into() });
    assert_eq!((second.format, second.max_rejects), (Format::Trueup, MaxRejects::Rows(3)));
    assert_eq!(second.book, PathBuf::from("/prices/other.toml"));
    let ledger = settings.ledger.unwrap();
    // Midnight in the zone of the settings.
    assert_eq!(ledger.complete_from, Instant::parse("2026-09-30T16:00:00Z").ok());
    assert_eq!(settings.reconcile.tolerance["CNY"].sum, Amount::from_int(1));
    assert_eq!(settings.reconcile.exit_above["CNY"], Amount::from_int(5));
    assert_eq!(settings.policy.forbid, [PostingKind::Fee, PostingKind::Expiry]);
    assert_eq!(settings.notice.default[1], Threshold::Amount(Amount::from_int(500)));
    let mail = settings.mail.unwrap();
    assert_eq!(mail.password_file, Some("/srv/bill/secret".into()));
    assert_eq!(format!("{:?}", mail.url), "Smtp((secret))");
    assert_eq!(settings.declared, ["credit", "token"]);
    assert_eq!(settings.units.rates().len(), 2);
    assert_eq!(settings.issuer.unwrap().first, 1);
}

#[test]
fn an_empty_file_has_defaults() {
    let settings = parse("").unwrap();
    assert_eq!(settings.zone.name(), "UTC");
    assert_eq!(settings.lake, Location::Folder("/srv/bill/lake".into()));
    assert_eq!(settings.publish, Location::Folder("/srv/bill/out".into()));
    assert_eq!(settings.close.grace, Span::from_hours(48));
    assert!(settings.sources.is_empty() && settings.ledger.is_none() && settings.mail.is_none());
    assert_eq!(settings.notice.default, [Threshold::parse("10%").unwrap()]);
    let source = parse("[[source]]\nname='a'\npath='x'\nbook='b'\n").unwrap().sources.remove(0);
    assert_eq!((source.recorded, source.settle), (Representation::Exact, Span::ZERO));
    assert!(source.max_rejects.allows(1, 1000) && !source.max_rejects.allows(1, 999));
}

#[test]
fn special_characters_of_the_root_are_no_pattern() {
    let text = "[[source]]\nname='a'\npath='raw/*'\nbook='b'\n";
    let settings = Settings::parse(text, Path::new("/srv/[x]")).unwrap();
    let Input::Files { pattern } = &settings.sources[0].path else { panic!() };
    assert!(glob::Pattern::new(pattern).unwrap().matches("/srv/[x]/raw/1.jsonl"));
}

/// The settings with one line put in the place of another, and the place and start of what is said.
fn check(old: &str, new: &str, expect: &str) {
    assert!(WHOLE.contains(old), "{old}");
    let said = parse(&WHOLE.replacen(old, new, 1)).expect_err(new);
    assert!(said.contains(expect), "{new}\n{said}");
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    check("zone = \"Asia/Shanghai\"", "zone = \"Mars\"", "the time zone \"Mars\" is none\n  trueup.toml:3:8\nHint: ");
    check("zone =", "zoom =", "unknown field `zoom`, expected `zone`\n  trueup.toml:3:1\n");
    check("[lake]", "[lakes]", "unknown field `lakes`");
    check("grace = \"48h\"", "grace = \"2 days\"", "grace \"2 days\" is none\n  trueup.toml:15:9\n");
    check("grace = \"48h\"", "grace = \"35h\"", "grace 1d11h is shorter than match_within 1d12h\n  trueup.toml:15:9\n");
    check("match_within = \"36h\"", "match_within = \"3d\"", "is shorter than match_within 3d\n  trueup.toml:15:9\n");
    check("max_late = \"90d\"", "max_late = \"1h\"", "max_late 1h is shorter than grace 2d\n  trueup.toml:16:12\n");
    check("name = \"second\"", "name = \"gateway\"", "two sources are named \"gateway\"\n  trueup.toml:28:8\n");
    check("name = \"second\"\n", "", "the source's name is missing\n  trueup.toml:27:1\n");
    check("book = \"prices/tokone.toml\"\n", "", "book is missing");
    check("format = \"trueup\"", "format = \"csv\"", "the format \"csv\" is none");
    check("path = \"raw/calls/*\"", "path = \"\"", "the path \"\" is none");
    check("path = \"raw/calls/*\"", "path = \"raw/***\"", "the pattern is wrong");
    check("path = \"raw/calls/*\"", "path = \"http://x/y\"", "http:// is no address");
    check("path = \"s3://logs/calls/*.gz\"", "path = \"s3://\"", "the address names no bucket");
    check("unit = \"CNY\"", "unit = \"points\"", "the unit \"points\" is neither a currency nor declared");
    check("scale = 6", "scale = 19", "what the source does to an amount is not said");
    check("scale = 6", "scale = \"6\"", "invalid type: string \"6\", expected u32");
    check("mode = \"half_up\" }", "mode = \"nearest\" }", "the mode \"nearest\" is none");
    check("as = \"integer\", mode = \"up\"", "as = \"integer\"", "what the source does to an amount");
    check("\"0.1%\"", "\"many\"", "max_rejects \"many\" is none");
    check("\"0.1%\"", "\"101%\"", "max_rejects \"101%\" is none");
    check("\"hourly\"", "\"often\"", "expect \"often\" is none");
    check("\"2026-10-01\"", "\"October\"", "complete_from \"October\" is none");
    check("row = \"0.01\"", "row = \"-1\"", "row \"-1\" is none");
    check(", sum = \"1\"", "", "sum is missing");
    check("{ CNY = \"5\" }", "{ coin = \"5\" }", "the unit \"coin\" is neither");
    check("\"fee\"", "\"tax\"", "the kind \"tax\" is none");
    check("10%;500", "10%;", "the threshold \"10%;\" is none");
    check("smtps://mail.example.com", "mail.example.com", "the mail's url is none");
    check("billing@example.com", "billing", "the sender \"billing\" is none");
    check("password_file = \"secret\"\n", "", "a user has no password_file");
    check("amount = \"0.00001\"", "amount = \"0\"", "the rate \"0\" is none");
    check("from = \"2026-06-01\"", "from = \"2026-01-01\"", "credit has two rates to EUR from 2025-12-31T16:00:00Z");
    check("unit = \"EUR\", amount = \"0.00001\"", "unit = \"credit\", amount = \"1\"", "converts to itself");
    check("first = 1", "first = 0", "cannot have the number 0");
    check("INV-{year}-", "INV-{yaer}-", "the series \"INV-{yaer}-\" is none");
    check("sqlite:state.db", "mysql://u:secret@h/d", "the address of the state is none");
    check("[time]", "[time", "trueup.toml:2:6");
}

#[test]
fn a_password_is_never_repeated() {
    let said = parse(&WHOLE.replace("sqlite:state.db", "mysql://u:hunter2@h/d")).unwrap_err();
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn units_may_not_convert_in_circles() {
    let rate = |name: &str, unit: &str| {
        format!("[[unit]]\nname='{name}'\nrate={{unit='{unit}',amount='2',from='2026-01-01'}}\n")
    };
    let tree = rate("quota", "USD") + &rate("credit", "USD") + &rate("token", "credit") + &rate("point", "EUR");
    assert_eq!(parse(&tree).unwrap().units.rates().len(), 4);
    for circle in [rate("quota", "token"), rate("USD", "token"), rate("credit", "quota")] {
        let said = parse(&(tree.clone() + &circle)).unwrap_err();
        assert!(said.contains("already convert into each other by another way"), "{said}");
    }
}

#[test]
fn a_share_of_rejects_is_exact() {
    let check = |percent: &str, rejects, rows, expect| {
        let most = MaxRejects::Percent(percent.parse().unwrap());
        assert_eq!(most.allows(rejects, rows), expect, "{percent} {rejects} {rows}");
    };
    check("0.1", 1, 1000, true);
    check("0.1", 1, 999, false);
    check("0", 0, 0, true);
    check("0", 1, u64::MAX, false);
    check("100", u64::MAX, u64::MAX, true);
    check("33.3", 333, 1000, true);
    check("33.3", 334, 1000, false);
    check("0.00000000000000000000000000000000001", 1, u64::MAX, false);
    check("0.00000000000000000000000000000000001", 0, 10, true);
}

#[test]
fn jobs_come_with_the_program_and_may_be_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let daily = Job::load(dir.path(), "daily").unwrap();
    assert_eq!((daily.period, daily.steps.len()), (Some(PeriodKind::Day), 4));
    assert_eq!(daily.catch_up, Span::from_hours(7 * 24));
    assert_eq!(Job::load(dir.path(), "hourly").unwrap().period, None);
    for (name, _) in Job::built_in() {
        assert_eq!(Job::load(dir.path(), name).unwrap().name, name);
    }
    std::fs::create_dir(dir.path().join("jobs")).unwrap();
    std::fs::write(dir.path().join("jobs/daily.toml"), "period='week'\nsteps=['rollup']\n").unwrap();
    assert_eq!(Job::load(dir.path(), "daily").unwrap().period, Some(PeriodKind::Week));
    for name in ["nightly", "", "../daily", "a/b"] {
        assert_eq!(Job::load(dir.path(), name).unwrap_err().kind, Kind::Usage);
    }
    assert_eq!(Settings::load(dir.path()).unwrap_err().kind, Kind::Config);
}

#[test]
fn a_wrong_job_is_told() {
    let check = |text: &str, expect: &str| {
        let failure = Job::parse("x", "jobs/x.toml", text).unwrap_err();
        assert_eq!(failure.kind, Kind::Config);
        assert!(failure.to_string().contains(expect), "{failure}");
    };
    check(
        "period='day'\nsteps=['ingest','mail']\n",
        "the step \"mail\" is none\n  jobs/x.toml:2:17\nHint: The steps are: ingest, reconcile, rollup, publish.",
    );
    check("period='day'\nsteps=['rollup','ingest']\n", "the step ingest stands twice or too late");
    check("period='day'\nsteps=['rollup','rollup']\n", "the step rollup stands twice or too late");
    check("period='day'\nsteps=[]\n", "the job has no steps");
    check("steps=['rollup']\n", "the job has no period");
    check("period='year'\nsteps=['rollup']\n", "the period \"year\" is none");
    check("period='day'\nsteps=['rollup']\ncatch_up='soon'\n", "catch_up \"soon\" is none");
    check("period='day'\n", "missing field `steps`");
    check("period='day'\nstep=['rollup']\n", "unknown field `step`");
}
