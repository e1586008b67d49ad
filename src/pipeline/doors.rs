//! What a run will need, tried beforehand; nothing is written but a probe that is taken away again.

use super::books::{load_books, load_parties};
use super::config::Place;
use super::desk::Desk;
use super::files;
use super::view::View;
use crate::domain::period::Span;

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
        doors.push(input(desk, &format!("source {}", source.name), &source.place, source.settle).await);
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

async fn input(desk: &Desk, name: &str, place: &Place, settle: Span) -> Door {
    match files::find(place, settle, desk.now).await {
        Ok(found) if found.ready.is_empty() && found.settling.is_empty() => {
            Door::shut(name, format!("no file matches {} in {}", place.pattern, place.blob.place()))
        }
        Ok(found) => Door::open(name, format!("{} files ready, {} settling", found.ready.len(), found.settling.len())),
        Err(e) => Door::shut(name, e.to_string()),
    }
}
