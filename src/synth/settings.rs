//! The operator's settings and price book, in the native formats.

use std::fmt::Write as _;
use std::io;

use super::files::Files;
use super::price::Prices;
use super::spec::{BalanceFiles, Model, Recorded, Spec};
use super::write::{shown, shown_instant};
use crate::domain::period::{Day, Instant, Zone};

pub(super) fn write(files: &mut Files, spec: &Spec, prices: &Prices, first: Day, zone: Zone) -> io::Result<()> {
    files.whole("trueup.toml", &settings(spec, first))?;
    files.whole(&format!("prices/{}.toml", spec.name), &book(spec, prices, zone))
}

fn settings(spec: &Spec, first: Day) -> String {
    let Spec { name, zone, unit, .. } = spec;
    let recorded = match spec.recorded {
        Recorded::Exact => "{ as = \"exact\" }".to_owned(),
        Recorded::Places(0) => "{ as = \"integer\", mode = \"half_up\" }".to_owned(),
        Recorded::Places(places) => format!("{{ as = \"decimal\", scale = {places}, mode = \"half_up\" }}"),
    };
    let balances =
        if spec.balance_files == BalanceFiles::Subscription { "raw/balances/*.json" } else { "raw/balances/*" };
    let mut out = format!(
        "[time]\nzone = \"{zone}\"\n\n[lake]\nurl = \"lake\"\n\n[state]\nurl = \"sqlite:state.db\"\n\n\
         [publish]\nurl = \"out\"\n\n[close]\ngrace = \"48h\"\nmax_late = \"90d\"\n\n\
         [[source]]\nname = \"{source}\"\nformat = \"trueup\"\npath = \"raw/calls/*\"\nbook = \"prices/{name}.toml\"\n\
         unit = \"{unit}\"\nrecorded = {recorded}\nsettle = \"0s\"\nmax_rejects = \"1%\"\n\n\
         [ledger]\npostings = \"raw/postings/*\"\nbalances = \"{balances}\"\nmatch_within = \"36h\"\n",
        source = super::SOURCE,
    );
    if spec.complete {
        let _ = writeln!(out, "complete_from = \"{first}\"");
    }
    let home = spec.homes[0];
    let tax_id = match spec.issuer_tax_id {
        "" => String::new(),
        id => format!("tax_id = \"{id}\"\n"),
    };
    let _ = write!(
        out,
        "settle = \"0s\"\nmax_rejects = \"1%\"\n\n[parties]\naccounts = \"accounts.csv\"\nkeys = \"keys.csv\"\n\n\
         [reconcile]\ntolerance = {{ {unit} = {{ row = \"0\", sum = \"0\" }} }}\nexit_above = {{ {unit} = \"0\" }}\n\n\
         [policy]\nforbid = [{}]\n\n[notice]\ndefault = \"10%\"\n\n[invoice]\nhold_above = {{ {unit} = \"0\" }}\n\n\
         [mail]\nurl = \"file:outbox\"\nfrom = \"billing@{name}.example.com\"\nfresh = \"24h\"\n\n{}\n\
         [issuer]\nname = \"{name} (made up)\"\nstreet = \"1 Example Street\"\ncity = \"{city}\"\npostcode = \"{postcode}\"\n\
         country = \"{country}\"\n{tax_id}email = \"billing@{name}.example.com\"\nseries = \"INV-{{year}}-\"\nfirst = 1\n",
        spec.forbid.iter().map(|kind| format!("\"{kind}\"")).collect::<Vec<_>>().join(", "),
        spec.units,
        city = home.city,
        postcode = home.postcode,
        country = home.country,
    );
    out
}

fn book(spec: &Spec, prices: &Prices, zone: Zone) -> String {
    let mut out = format!(
        "[book]\nid = \"{}\"\nunit = \"{}\"\nprice_at = \"started\"\nprice_by = \"billed\"\nfailed_calls = \"free\"\n\
         cancelled_calls = \"charged\"\ncache_hits = \"free\"\nno_variant = \"unpriced\"\n",
        spec.name, spec.book_unit
    );
    if let (true, Recorded::Places(scale)) = (spec.book_rounds, spec.recorded) {
        let _ = writeln!(out, "rounding = {{ at = \"call\", mode = \"half_up\", scale = {scale} }}");
    }
    for version in &prices.versions {
        let from = zone.show(Instant::from_micros(version.from));
        let _ = write!(out, "\n[[version]]\neffective_from = \"{from}\"\n");
        if version.known != version.from {
            let _ = writeln!(out, "known_from = \"{}\"", shown_instant(version.known, 0));
        }
        for (model, rates) in spec.models.iter().zip(&version.rates) {
            price(&mut out, spec, &Model { rates: *rates, ..*model });
        }
        for (group, value) in spec.groups {
            let value = shown(i128::from(*value) * super::write::ONE / 1000);
            let _ = write!(out, "\n[[version.multiplier]]\ngroup = \"{group}\"\nvalue = \"{value}\"\n");
        }
    }
    out
}

fn price(out: &mut String, spec: &Spec, model: &Model) {
    let rates = &model.rates;
    let per = spec.per;
    let rate = |atoms: i64| format!("{{ rate = \"{}\", per = {per} }}", shown(i128::from(atoms) * i128::from(per)));
    let _ = write!(out, "\n[[version.price]]\nmodel = \"{}\"\n", model.name);
    if rates.free {
        out.push_str("free = true\n");
        return;
    }
    if let Some((standard, hd)) = rates.images {
        let one = |quality: &str, atoms: i64| {
            let rate = shown(i128::from(atoms));
            format!("{{ size = \"1024x1024\", quality = \"{quality}\", rate = \"{rate}\", per = 1 }}")
        };
        let _ = writeln!(out, "image = [{}, {}]", one("standard", standard), one("hd", hd));
        return;
    }
    let _ = writeln!(out, "input = {}", rate(rates.input));
    if rates.output > 0 {
        let _ = writeln!(out, "output = {}", rate(rates.output));
    }
    let rest = [
        ("cache_read", rates.cache_read),
        ("cache_write", rates.cache_write),
        ("cache_write_1h", rates.cache_write_1h),
    ];
    for (name, atoms) in rest {
        if let Some(atoms) = atoms {
            let _ = writeln!(out, "{name} = {}", rate(atoms));
        }
    }
    if rates.times != 1000 {
        let _ = writeln!(out, "multiplier = \"{}\"", shown(i128::from(rates.times) * super::write::ONE / 1000));
    }
    if let Some(tier) = rates.tier {
        let (input, output, read) = (rate(tier.input), rate(tier.output), rate(tier.cache_read));
        let _ = writeln!(
            out,
            "tiers = [{{ input_above = {}, input = {input}, output = {output}, cache_read = {read} }}]",
            tier.above
        );
    }
    if rates.batch {
        out.push_str("batch = { multiplier = \"0.5\" }\n");
    }
}
