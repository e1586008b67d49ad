//! What a run will need, tried beforehand; nothing is written but a probe that is taken away again.

use std::collections::BTreeMap;

use super::config::{Place, SourceConfig};
use super::context::RunContext;
use super::ingest::discover;
use super::preflight_check::PreflightCheck;
use super::raw_catalog::RawCatalog;
use super::registry::books::{load_books, load_parties};
use crate::domain::money::Representation;
use crate::domain::period::Span;
use crate::edge::source::{call_format, format_of_calls};

/// Tries the lake, the publishing place, price books, parties and every place input comes from.
pub(crate) async fn preflight(context: &RunContext) -> Vec<PreflightCheck> {
    let mut checks = Vec::new();
    checks.push(match context.lake.blob().try_to_write(".probe").await {
        Ok(()) => PreflightCheck::open("lake", context.lake.blob().place()),
        Err(e) => PreflightCheck::failed("lake", e),
    });
    for (path, mode) in context.lake.blob().open_to_others().await.into_iter().take(1) {
        let what = format!("others may read {path} (mode {mode:o}): chmod go= keeps them out");
        checks.push(PreflightCheck::odd("lake", what));
    }
    match RawCatalog::load(context).await {
        Ok(catalog) => {
            checks.push(PreflightCheck::open("contents", format!("{} files read so far", catalog.files().len())))
        }
        Err(stop) => checks.push(PreflightCheck::failed("contents", stop)),
    }
    let publish = &context.config.publish;
    checks.push(match publish.try_to_write(".probe").await {
        Ok(()) => PreflightCheck::open("publish", publish.place()),
        Err(e) => PreflightCheck::failed("publish", e),
    });
    checks.push(match load_books(context).await {
        Ok(books) => {
            let known: Vec<String> =
                books.books.iter().map(|b| format!("{} ({} versions)", b.header.id, b.versions.len())).collect();
            PreflightCheck::open("prices", known.join(", "))
        }
        Err(stop) => PreflightCheck::failed("prices", stop),
    });
    checks.push(match load_parties(context).await {
        Ok((parties, _)) => {
            let count = format!("{} accounts, {} keys", parties.accounts().count(), parties.keys().count());
            match parties.faults() {
                [] => PreflightCheck::open("parties", count),
                [first, more @ ..] => {
                    PreflightCheck::odd("parties", format!("{count}; {first}{}", and_more(more.len())))
                }
            }
        }
        Err(stop) => PreflightCheck::failed("parties", stop),
    });
    checks.extend(super::notify::probe_mail(context).await);
    for source in &context.config.sources {
        let door = input(context, &format!("source {}", source.name), &source.place, source.settle).await;
        checks.push(if door.works() { formats(context, source, door).await } else { door });
    }
    if let Some(ledger) = &context.config.ledger {
        for (name, place) in [("postings", &ledger.postings), ("balances", &ledger.balances)] {
            if let Some(place) = place {
                checks.push(input(context, name, place, ledger.settle).await);
            }
        }
    }
    checks
}

/// Files of one source that are looked into.
const LOOKED_INTO: usize = 8;

/// Which formats the files of a source are in.
async fn formats(context: &RunContext, source: &SourceConfig, door: PreflightCheck) -> PreflightCheck {
    let files = match discover::find(&source.place, source.settle, context.now).await {
        Ok(found) => found.ready,
        Err(e) => return PreflightCheck::failed(&door.name, e),
    };
    if let Some(format) = source.format {
        return PreflightCheck::open(&door.name, format!("{}, read as {format}", door.what));
    }
    let step = files.len().div_ceil(LOOKED_INTO).max(1);
    let (mut told, mut looked) = (BTreeMap::<&str, usize>::new(), 0);
    for object in files.iter().step_by(step) {
        let name = object.key.rsplit('/').next().unwrap_or(&object.key).to_owned();
        let body = match source.place.blob.open(&object.key).await {
            Ok(body) => body,
            Err(e) => return PreflightCheck::failed(&door.name, e),
        };
        let format = tokio::task::spawn_blocking(move || format_of_calls(body, &name)).await;
        match format {
            Ok(Ok(format)) => *told.entry(format).or_default() += 1,
            Ok(Err(e)) => return PreflightCheck::shut(&door.name, format!("{} {e}", object.key)),
            Err(e) => return PreflightCheck::shut(&door.name, format!("{}: {e}", object.key)),
        }
        looked += 1;
    }
    if looked == 0 {
        return door;
    }
    let list: Vec<String> = match told.len() {
        1 => told.keys().map(|format| (*format).to_owned()).collect(),
        _ => told.iter().map(|(format, files)| format!("{files} {format}")).collect(),
    };
    let of = if looked < files.len() { format!(" (by {looked} of them)") } else { String::new() };
    let is_set =
        context.config.rules.sources.iter().any(|s| s.name == source.name && s.recorded != Representation::Exact);
    let other =
        told.keys().filter_map(|name| call_format(name)).find(|f| f.recorded != Representation::Exact && !is_set);
    let hint = other.map_or(String::new(), |f| {
        format!("; set format = \"{}\" or recorded = {}: that is how it writes amounts", f.name, setting(f.recorded))
    });
    PreflightCheck::open(&door.name, format!("{}, {}{of}{hint}", door.what, list.join(", ")))
}

/// A representation as trueup.toml says it.
fn setting(recorded: Representation) -> String {
    match recorded {
        Representation::Exact => "{ as = \"exact\" }".to_owned(),
        Representation::Float64 => "{ as = \"float64\" }".to_owned(),
        Representation::Integer { mode } => format!("{{ as = \"integer\", mode = \"{}\" }}", mode.name()),
        Representation::Decimal { scale, mode } => {
            format!("{{ as = \"decimal\", scale = {scale}, mode = \"{}\" }}", mode.name())
        }
    }
}

async fn input(context: &RunContext, name: &str, place: &Place, settle: Span) -> PreflightCheck {
    let found = match discover::find(place, settle, context.now).await {
        Ok(found) => found,
        Err(e) => return PreflightCheck::failed(name, e),
    };
    if found.ready.is_empty() && found.settling.is_empty() {
        return PreflightCheck::shut(name, format!("no file matches {} in {}", place.pattern, place.blob.place()));
    }
    // A bucket would send every object; of a folder every file is tried.
    for object in found.ready.iter().filter(|_| place.blob.is_folder()) {
        if let Err(e) = place.blob.open(&object.key).await
            && !e.is_not_found()
        {
            return PreflightCheck::failed(name, e);
        }
    }
    PreflightCheck::open(name, format!("{} files ready, {} settling", found.ready.len(), found.settling.len()))
}

fn and_more(more: usize) -> String {
    if more == 0 { String::new() } else { format!(", and {more} more") }
}
