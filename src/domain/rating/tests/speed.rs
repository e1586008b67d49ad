//! How fast the kernel is; run by hand: `cargo test --release --lib speed -- --ignored --nocapture`.
use super::generate::Dice;
use super::*;
use crate::domain::call::Meter::{CacheRead, Input, Output};
use crate::domain::money::Mode;
use crate::domain::price::samples::{above, header, multiplier, per_million, row, times, variant, version, window};
use crate::domain::price::{Condition, MultiplierOf, Rounding, RoundingPlace};

fn run(what: &str, header: Header, mk: impl Fn(&str) -> PriceRow, vip: bool) {
    if std::env::var("W").is_ok_and(|w| !what.starts_with(&w)) {
        return;
    }
    let mut dice = Dice(7);
    let n = 1_000_000;
    let t0 = at("2026-10-01T00:00:00Z").micros();
    let models: Vec<String> = (0..20).map(|i| format!("model-{i}")).collect();
    let mut b = CallsBuilder::default();
    for i in 0..n {
        let mut c = call(&[
            (Input, dice.below(5000) as i64),
            (CacheRead, if dice.below(3) == 0 { dice.below(3000) as i64 } else { 0 }),
            (Output, dice.below(2000) as i64),
        ]);
        c.model = models[dice.below(20) as usize].clone();
        c.account_id = format!("acc{}", dice.below(1000));
        c.provider = Some(["a", "b", "c"][dice.below(3) as usize].to_owned());
        c.group = (dice.below(3) == 0).then(|| "vip".to_owned());
        c.started_at = Instant::from_micros(t0 + i as i64 * 86_400);
        if dice.below(100) == 0 {
            c.status = Some(403);
            c.outcome = Outcome::Error;
            c.usage = None;
        }
        b.push(&c);
    }
    let calls = b.finish();
    let versions = (0..24)
        .map(|h| {
            let mut v = version(&format!("2026-10-01T{h:02}:00:00Z"), models.iter().map(|m| mk(m)).collect());
            if vip {
                v.multipliers.push(multiplier(MultiplierOf::Group("vip".to_owned()), "0.9"));
            }
            v
        })
        .collect();
    let raters = [rater(header, versions)];
    let asg = assign(&raters, &calls, |_| 0, |_| vec![]);
    let mut best = f64::MAX;
    for _ in 0..std::env::var("N").map_or(7, |n| n.parse().unwrap()) {
        let s = cpu();
        let c = rate(&raters, &calls, &asg);
        best = best.min(cpu() - s);
        std::hint::black_box(&c);
    }
    println!("{what}: {:.1} M/s", n as f64 / best / 1e6);
}

#[test]
#[ignore]
fn speed() {
    let plain = |m: &str| row(m, per_million(&[(Input, "2.5"), (Output, "15"), (CacheRead, "0.25")]));
    run("plain", header(), plain, false);
    run("group", header(), plain, true);
    run(
        "rounded",
        Header { rounding: Some(Rounding { at: RoundingPlace::Call, mode: Mode::HalfUp, scale: 6 }), ..header() },
        plain,
        true,
    );
    run("tiers", header(), |m| PriceRow { variants: vec![variant(above(4000), times("2"))], ..plain(m) }, true);
    run(
        "windows",
        header(),
        |m| PriceRow {
            variants: vec![variant(Condition::Window(window(600, 900, "Asia/Shanghai")), times("0.5"))],
            ..plain(m)
        },
        true,
    );
    run(
        "wide",
        header(),
        |m| {
            let mut r = plain(m);
            r.components.multiplier = Some("0.123456789012345678".parse().unwrap());
            r
        },
        true,
    );
}

fn cpu() -> f64 {
    std::fs::read_to_string("/proc/thread-self/schedstat").unwrap().split(' ').next().unwrap().parse::<f64>().unwrap()
        / 1e9
}
