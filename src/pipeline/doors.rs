//! What a run will need, tried beforehand; nothing is written but a probe that is taken away again.

use std::collections::BTreeMap;

use super::books::{load_books, load_parties};
use super::config::{Place, SourceConfig};
use super::desk::Desk;
use super::files;
use super::view::View;
use crate::domain::money::Representation;
use crate::domain::period::Span;
use crate::edge::source::{call_format, format_of_calls};

/// One thing a run needs.
#[derive(Debug)]
pub struct Door {
    pub name: String,
    pub works: bool,
    pub what: String,
}

impl Door {
    pub fn open(name: &str, what: impl Into<String>) -> Door {
        Door { name: name.to_owned(), works: true, what: what.into() }
    }

    pub fn shut(name: &str, what: impl Into<String>) -> Door {
        Door { name: name.to_owned(), works: false, what: what.into() }
    }
}

/// Tries the lake, the publishing place, price books, parties and every place input comes from.
pub async fn try_doors(desk: &Desk) -> Vec<Door> {
    let mut doors = Vec::new();
    doors.push(match desk.lake.blob().prove_put_if_absent(".probe").await {
        Ok(()) => Door::open("lake", desk.lake.blob().place()),
        Err(e) => Door::shut("lake", e.to_string()),
    });
    match View::load(desk).await {
        Ok(view) => doors.push(Door::open("contents", format!("{} files read so far", view.files().len()))),
        Err(stop) => doors.push(Door::shut("contents", stop.to_string())),
    }
    let publish = &desk.config.publish;
    doors.push(match publish.prove_put_if_absent(".probe").await {
        Ok(()) => Door::open("publish", publish.place()),
        Err(e) => Door::shut("publish", e.to_string()),
    });
    doors.push(match load_books(desk).await {
        Ok(books) => {
            let known: Vec<String> =
                books.books.iter().map(|b| format!("{} ({} versions)", b.header.id, b.versions.len())).collect();
            Door::open("prices", known.join(", "))
        }
        Err(stop) => Door::shut("prices", place(&stop)),
    });
    doors.push(match load_parties(desk).await {
        Ok((parties, _)) => {
            Door::open("parties", format!("{} accounts, {} keys", parties.accounts().count(), parties.keys().count()))
        }
        Err(stop) => Door::shut("parties", place(&stop)),
    });
    doors.extend(super::notify::probe_mail(desk).await);
    for source in &desk.config.sources {
        let door = input(desk, &format!("source {}", source.name), &source.place, source.settle).await;
        doors.push(if door.works { formats(desk, source, door).await } else { door });
    }
    if let Some(ledger) = &desk.config.ledger {
        for (name, place) in [("postings", &ledger.postings), ("balances", &ledger.balances)] {
            if let Some(place) = place {
                doors.push(input(desk, name, place, ledger.settle).await);
            }
        }
    }
    doors
}

fn place(stop: &super::stop::Stop) -> String {
    match &stop.place {
        Some(place) if !stop.what.contains(place.as_str()) => format!("{}: {}", place, stop.what),
        _ => stop.what.clone(),
    }
}

/// Files of one source that are looked into.
const LOOKED_INTO: usize = 8;

/// Which formats the files of a source are in.
async fn formats(desk: &Desk, source: &SourceConfig, door: Door) -> Door {
    let files = match files::find(&source.place, source.settle, desk.now).await {
        Ok(found) => found.ready,
        Err(e) => return Door::shut(&door.name, e.to_string()),
    };
    if let Some(format) = source.format {
        return Door::open(&door.name, format!("{}, read as {format}", door.what));
    }
    let step = files.len().div_ceil(LOOKED_INTO).max(1);
    let (mut told, mut looked) = (BTreeMap::<&str, usize>::new(), 0);
    for object in files.iter().step_by(step) {
        let name = object.key.rsplit('/').next().unwrap_or(&object.key).to_owned();
        let body = match source.place.blob.open(&object.key).await {
            Ok(body) => body,
            Err(e) => return Door::shut(&door.name, e.to_string()),
        };
        let format = tokio::task::spawn_blocking(move || format_of_calls(body, &name)).await;
        match format {
            Ok(Ok(format)) => *told.entry(format).or_default() += 1,
            Ok(Err(e)) => return Door::shut(&door.name, format!("{} {e}", object.key)),
            Err(e) => return Door::shut(&door.name, format!("{}: {e}", object.key)),
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
    let is_set = desk.config.rules.sources.iter().any(|s| s.name == source.name && s.recorded != Representation::Exact);
    let other =
        told.keys().filter_map(|name| call_format(name)).find(|f| f.recorded != Representation::Exact && !is_set);
    let hint = other.map_or(String::new(), |f| {
        format!("; set format = \"{}\" or recorded = {}: that is how it writes amounts", f.name, setting(f.recorded))
    });
    Door::open(&door.name, format!("{}, {}{of}{hint}", door.what, list.join(", ")))
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

async fn input(desk: &Desk, name: &str, place: &Place, settle: Span) -> Door {
    match files::find(place, settle, desk.now).await {
        Ok(found) if found.ready.is_empty() && found.settling.is_empty() => {
            Door::shut(name, format!("no file matches {} in {}", place.pattern, place.blob.place()))
        }
        Ok(found) => Door::open(name, format!("{} files ready, {} settling", found.ready.len(), found.settling.len())),
        Err(e) => Door::shut(name, e.to_string()),
    }
}
