use std::path::Path;

use super::resolve::resolve;
use crate::domain::money::Representation;
use crate::edge::mail::{Tls, Transport};

const GOOD: &str = r#"
[time]
zone = "Asia/Shanghai"
[[source]]
name = "gateway"
path = "raw/calls/*"
book = "prices/tokone.toml"
recorded = { as = "decimal", scale = 6, mode = "half_up" }
max_rejects = "0.25%"
[ledger]
postings = "raw/postings/*"
match_within = "36h"
complete_from = "2026-10-01"
[[unit]]
name = "credit"
rate = { unit = "EUR", amount = "0.00001", from = "2026-01-01" }
"#;

#[test]
fn a_file_is_resolved() {
    let settings = resolve(GOOD, Path::new("/srv/t"), None).unwrap();
    let config = settings.config;
    assert_eq!(config.zone.name(), "Asia/Shanghai");
    assert_eq!(config.sources[0].max_rejects_ppm, 2_500);
    assert!(matches!(config.rules.sources[0].recorded, Representation::Decimal { scale: 6, .. }));
    assert_eq!(config.rules.complete_from.unwrap().to_string(), "2026-09-30T16:00:00Z");
    assert_eq!(settings.state.to_string(), "sqlite:/srv/t/state.db");
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (from, to, what, place) in [
        ("Asia/Shanghai", "Asia/Peking", "is not a time zone", ":3:"),
        ("name = \"gateway\"", "name = \"gateway\"\nnmae = 1", "unknown field `nmae`", ":6:"),
        ("36h", "36 hours", "is not a span of time", ":12:"),
        ("half_up", "half-up", "mode \"half-up\"", ":8:"),
        ("0.25%", "2", "is not a share", ":9:"),
        ("0.00001", "1e-5x", "is not a decimal number", ":16:"),
        ("0.00001", "0", "a rate is above zero", ":16:"),
        ("2026-10-01", "soon", "is not a day", ":13:"),
        ("unit = \"EUR\", amount", "unit = \"EURO\", amount", "\"EURO\" is no unit", ":16:"),
        ("name = \"gateway\"", "name = \"gateway\"\nunit = \"points\"", "\"points\" is no unit", ":6:"),
        ("[ledger]", "[reconcile]\nexit_above = { Euro = \"1\" }\n[ledger]", "\"Euro\" is no unit", ":11:"),
        ("[ledger]", "[close]\ngrace = \"1h\"\n[ledger]", "shorter than match_within", ":11:"),
        ("[ledger]", "[accept]\nfutur = { rows = \"1\" }\n[ledger]", "\"futur\" is not known", ":11:"),
        ("[ledger]", "[accept]\nfuture = { calls = \"1\" }\n[ledger]", "not counted in \"calls\"", ":11:"),
        ("[ledger]", "[accept]\nfuture = { rows = \"few\" }\n[ledger]", "is not a whole number", ":11:"),
        ("[ledger]", "[run]\npartitions = 0\n[ledger]", "is not between 1 and 4096", ":11:"),
        (
            "[[unit]]",
            "[[source]]\nname = \"gateway\"\npath = \"x\"\nbook = \"y\"\n[[unit]]",
            "two sources are named",
            ":15:",
        ),
        ("zone = \"Asia/Shanghai\"", "", "missing field `zone`", "trueup.toml"),
    ] {
        let text = GOOD.replacen(from, to, 1);
        let failure = resolve(&text, Path::new("/srv/t"), None).unwrap_err();
        let shown = failure.told();
        assert!(shown.contains(what) && shown.contains(place), "{to}: {shown}");
    }
}

#[test]
fn formats_are_those_of_the_list() {
    let resolve = |keys: &str| {
        let text = GOOD.replacen("name = \"gateway\"", &format!("name = \"gateway\"\n{keys}"), 1);
        resolve(&text, Path::new("/srv/t"), None)
    };
    for (keys, expect) in [
        ("", None),
        ("format = \"auto\"", None),
        ("format = \"trueup\"", Some("trueup")),
        ("format = \"native\"", Some("trueup")),
    ] {
        assert_eq!(resolve(keys).unwrap().config.sources[0].format, expect, "{keys}");
    }
    let wrong = |keys: &str| resolve(keys).unwrap_err();
    let failure = wrong("format = \"true-up\"");
    assert_eq!(failure.what, "format \"true-up\" is not known");
    assert_eq!(failure.hints[0], "did you mean \"trueup\"?");
    assert!(failure.hints[1].starts_with("known are auto (told by the members of each file), trueup"), "{failure:?}");
    assert_eq!(wrong("format = \"lago\"").hints.len(), 1);
    assert!(wrong("version = \"1\"").what.contains("is that of a format"));
    assert!(wrong("format = \"trueup\"\nversion = \"1\"").what.contains("version \"1\" of format trueup"));
    let ledger = |format: &str| {
        let text = GOOD.replacen("[ledger]", &format!("[ledger]\nformat = {format:?}"), 1);
        super::resolve::resolve(&text, Path::new("/srv/t"), None).map(|s| s.config.ledger.unwrap().format)
    };
    assert_eq!((ledger("auto").unwrap(), ledger("subscription").unwrap()), (None, Some("subscription")));
    assert!(ledger("trueupp").unwrap_err().hints[0].contains("did you mean \"trueup\""));
}

const MAIL: &str = r#"
[notice]
default = "10%;3d"
[mail]
url = "smtp://mail.example.com"
from = "Hub <billing@example.com>"
operator = "ops@example.com"
user = "billing"
password_file = "secrets/smtp"
"#;

#[test]
fn mail_goes_where_it_is_said() {
    let resolve = |text: &str| resolve(&format!("{GOOD}{text}"), Path::new("/srv/t"), None);
    let config = resolve(MAIL).unwrap().config;
    assert_eq!(config.notice.default.len(), 2);
    let mail = config.mail.unwrap();
    assert_eq!((mail.from.name(), mail.fresh.to_string().as_str()), ("Hub", "1d"));
    let smtp = |url: &str, user: bool| {
        let text = MAIL.replace("smtp://mail.example.com", url);
        let text = if user { text } else { text.replace("user = \"billing\"\n", "") };
        match resolve(&text).unwrap().config.mail.unwrap().transport {
            Transport::Smtp(smtp) => (smtp.host, smtp.port, smtp.tls),
            Transport::Folder(folder) => (folder.0.place(), 0, Tls::Never),
        }
    };
    assert_eq!(smtp("smtp://mail.example.com", true), ("mail.example.com".into(), 587, Tls::Offered));
    assert_eq!(smtp("smtp://mail.example.com", false), ("mail.example.com".into(), 25, Tls::Offered));
    assert_eq!(smtp("smtps://mail.example.com/", true), ("mail.example.com".into(), 465, Tls::Wrapped));
    assert_eq!(smtp("smtp://[::1]:2525?tls=required", true), ("::1".into(), 2525, Tls::Required));
    assert_eq!(smtp("smtp://localhost?tls=none", false), ("localhost".into(), 25, Tls::Never));
    assert_eq!(smtp("file:outbox", false).0, "/srv/t/outbox");
    assert_eq!(smtp("file:///var/mail/out", false).0, "/var/mail/out");
}

#[test]
fn mail_that_cannot_go_anywhere_is_said_with_its_place() {
    for (from, to, what) in [
        ("smtp://mail.example.com", "smtp://u:pass@mail.example.com", "the url names a user"),
        ("smtp://mail.example.com", "smtp://mail.example.com?tls=off", "none mail can go to"),
        ("smtp://mail.example.com", "smtps://mail.example.com?tls=none", "none mail can go to"),
        ("smtp://mail.example.com", "mail.example.com", "none mail can go to"),
        ("smtp://mail.example.com", "smtp://:25", "names no server"),
        ("smtp://mail.example.com", "smtp://a:b", "names no server"),
        ("smtp://mail.example.com", "file:", "names no folder"),
        ("Hub <billing@example.com>", "Hub", "is not a mail address"),
        ("ops@example.com", "ops@", "is not a mail address"),
        ("password_file = \"secrets/smtp\"", "", "no password_file"),
        ("10%;3d", "10%;soon", "is no threshold"),
        ("default = \"10%;3d\"", "top_up_url = \"javascript:alert(1)\"", "is no https:// address"),
        ("from =", "form =", "unknown field `form`"),
    ] {
        let text = format!("{GOOD}{}", MAIL.replacen(from, to, 1));
        let shown = resolve(&text, Path::new("/srv/t"), None).unwrap_err().told();
        assert!(shown.contains(what) && shown.contains("trueup.toml:"), "{to}: {shown}");
        assert!(!shown.contains("pass@"), "{shown}");
    }
}
