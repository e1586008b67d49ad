//! Tries every door without changing anything.

use std::fs::OpenOptions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::cli::End;
use crate::cli::clock::clock;
use crate::cli::context::{belongs_to, load_settings};
use crate::cli::output::Out;
use crate::cli::settings::Settings;
use crate::edge::lake::Lake;
use crate::edge::state::State;
use crate::pipeline::{AppError, ErrorKind};
use crate::pipeline::{Outcome, PreflightCheck, RunContext, preflight};

pub(super) async fn doctor(dir: &Path, out: &mut Out) -> Result<End, AppError> {
    let settings = load_settings(dir)?;
    let mut doors = vec![PreflightCheck::open("settings", format!("{}/trueup.toml", dir.display()))];
    doors.extend(settings.exposed.iter().map(|what| PreflightCheck::odd("settings", what)));
    match settings.state.open_to_read(&std::env::temp_dir()).await {
        Ok(state) => {
            doors.extend(state_doors(&settings, &state));
            let lake = Lake::new(settings.lake.clone());
            match lake.owner().await {
                Ok(Some(other)) if other != state.id() => {
                    doors.push(PreflightCheck::failed("owner", told(belongs_to(&other, &lake, &state))));
                }
                Ok(_) => {}
                Err(e) => doors.push(PreflightCheck::failed("owner", e)),
            }
            let context = RunContext::new(settings.config, lake, state, clock(), true);
            doors.extend(preflight(&context).await);
            context.state.close().await;
        }
        Err(e) => doors.push(PreflightCheck::failed("state", e)),
    }
    for door in &doors {
        let mark = match door.outcome {
            Outcome::Works => "ok  ",
            Outcome::Odd => "note",
            Outcome::Fails(_) => "FAIL",
        };
        out.line(&format!("{mark} {:<10} {}", door.name, door.what))?;
    }
    // A run ends with the first of these, whichever it meets first.
    let kinds = [ErrorKind::Internal, ErrorKind::Config, ErrorKind::Law, ErrorKind::Temporary, ErrorKind::Input];
    let worst = kinds.into_iter().find(|kind| doors.iter().any(|door| door.outcome == Outcome::Fails(*kind)));
    match worst {
        None => Ok(End::Done),
        Some(kind) => Err(AppError::new(kind, "not every door opens").hint("mend what is marked FAIL and ask again")),
    }
}

/// A failure's first hint says what two sides are.
fn told(stop: AppError) -> AppError {
    let hint = stop.hints.first().map(|hint| format!(": {hint}")).unwrap_or_default();
    AppError { what: format!("{}{hint}", stop.what), ..stop }
}

fn state_doors(settings: &Settings, state: &State) -> Vec<PreflightCheck> {
    let url = &settings.state;
    let Some(file) = url.file() else {
        let made = if state.id().is_empty() { " (no tables yet: the first run makes them)" } else { "" };
        return vec![PreflightCheck::open("state", format!("{url}{made}"))];
    };
    if state.id().is_empty() {
        let folder = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        return vec![match folder.is_dir() {
            true => PreflightCheck::open("state", format!("{url} (made by the first run)")),
            false => PreflightCheck::shut("state", format!("{}: its folder is not there", file.display())),
        }];
    }
    // Opened for writing, and nothing written.
    let mut doors = vec![match OpenOptions::new().write(true).open(file) {
        Ok(_) => PreflightCheck::open("state", url.to_string()),
        Err(e) => PreflightCheck::shut("state", format!("{} cannot be written: {e}", file.display())),
    }];
    let mode = std::fs::metadata(file).map_or(0, |meta| meta.permissions().mode() & 0o777);
    if mode & 0o077 != 0 {
        let what = format!("others may read {} (mode {mode:o}): chmod go= keeps them out", file.display());
        doors.push(PreflightCheck::odd("state", what));
    }
    doors
}
