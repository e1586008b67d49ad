//! Something to start from.

use std::path::Path;

use super::init_from;
use crate::cli::End;
use crate::cli::args::InitArgs;
use crate::cli::output::Out;
use crate::cli::settings::SHIPPED_JOBS;
use crate::edge::blob::WholeFile;
use crate::edge::source::FORMATS;
use crate::pipeline::{AppError, ErrorKind};

const SETTINGS: &str = include_str!("../../../jobs/init/trueup.toml");
const BOOK: &str = include_str!("../../../jobs/init/prices.toml");

pub(super) fn init(args: &InitArgs, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    let root = dir.join(&args.folder);
    let settings = if args.from.is_empty() { settings() } else { init_from::settings(&args.from, dir, &root)? };
    let mut files = vec![("prices/main.toml".to_owned(), BOOK)];
    files.extend(SHIPPED_JOBS.map(|(name, text)| (format!("jobs/{name}.toml"), text)));
    // Last: what was cut short is finished by the same command.
    files.push(("trueup.toml".to_owned(), settings.as_str()));
    if root.join("trueup.toml").exists() {
        return Err(AppError::usage("there is a trueup.toml already").at(root.display().to_string()));
    }
    for (name, text) in files {
        let path = root.join(&name);
        if path.exists() {
            out.talk(&format!("kept   {name}"));
            continue;
        }
        let folder = path.parent().unwrap_or(&root);
        std::fs::create_dir_all(folder)
            .and_then(|()| WholeFile::write(&path, text.as_bytes()))
            .map_err(|e| AppError::new(ErrorKind::Temporary, format!("{}: {e}", path.display())))?;
        out.line(&format!("wrote  {name}"))?;
    }
    out.line("next: name your own files in trueup.toml, your prices in prices/main.toml, then `trueup doctor`")?;
    Ok(End::Done)
}

/// The settings to start from, with the formats that are known.
fn settings() -> String {
    let names: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
    SETTINGS.replace("{formats}", &names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_name_every_format() {
        let settings = settings();
        let line = settings.lines().find(|line| line.starts_with("format = ")).unwrap();
        assert!(FORMATS.iter().all(|format| line.contains(format.name)) && !line.contains('{'), "{line}");
    }
}
