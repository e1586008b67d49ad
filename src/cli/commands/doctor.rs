//! Tries every door without changing anything.

use std::path::Path;

use crate::cli::End;
use crate::cli::clock::clock;
use crate::cli::context::load_settings;
use crate::cli::output::Out;
use crate::edge::lake::Lake;
use crate::edge::state::State;
use crate::pipeline::{AppError, ErrorKind};
use crate::pipeline::{PreflightCheck, RunContext, preflight};

pub(super) async fn doctor(dir: &Path, out: &mut Out) -> Result<End, AppError> {
    let settings = load_settings(dir)?;
    let mut doors = vec![PreflightCheck::open("settings", format!("{}/trueup.toml", dir.display()))];
    let scratch = std::env::temp_dir().join(format!("trueup-doctor-{}", std::process::id()));
    std::fs::create_dir_all(&scratch).map_err(|e| AppError::new(ErrorKind::Temporary, e.to_string()))?;
    // A state that does not exist yet is made by the first run, not by asking.
    let path = settings.state.strip_prefix("sqlite:").map(std::path::PathBuf::from);
    let exists = path.as_ref().is_some_and(|p| p.exists());
    let state = if exists {
        State::open(&settings.state, &settings.dir, [0; 16]).await
    } else {
        State::open("sqlite:state.db", &scratch, [0; 16]).await
    };
    match state {
        Ok(state) => {
            let what =
                if exists { settings.state.clone() } else { format!("{} (made by the first run)", settings.state) };
            doors.push(PreflightCheck::open("state", what));
            let lake = Lake::new(settings.lake.clone());
            let context = RunContext::new(settings.config, lake, state, clock(), true);
            doors.extend(preflight(&context).await);
            context.state.close().await;
        }
        Err(e) => doors.push(PreflightCheck::shut("state", e.to_string())),
    }
    let _ = std::fs::remove_dir_all(&scratch);
    for door in &doors {
        let mark = if door.works { "ok  " } else { "FAIL" };
        out.line(&format!("{mark} {:<10} {}", door.name, door.what))?;
    }
    if doors.iter().all(|d| d.works) {
        return Ok(End::Done);
    }
    Err(AppError::config("not every door opens").hint("mend what is marked FAIL and ask again"))
}
