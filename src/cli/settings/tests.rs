use std::path::Path;

use super::resolve::resolve;
use crate::domain::money::Representation;

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
    assert_eq!(settings.state, "sqlite:/srv/t/state.db");
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
        ("[ledger]", "[close]\ngrace = \"1h\"\n[ledger]", "shorter than match_within", ":11:"),
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
        let shown = failure.to_string();
        assert!(shown.contains(what) && shown.contains(place), "{to}: {shown}");
    }
}
