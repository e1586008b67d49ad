//! What is quick, and how quick: each part against the same work done by others, in one run.
//!
//! `cargo bench` measures this program; `benches/run` first installs the Python packages of the
//! others and so prints their times and the ratios too. `cargo bench -- kernel` runs one part,
//! `ROWS=200000 REPEAT=3 cargo bench` a small one. `TABLE` names a LiteLLM table of your own to import.

#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a program of its own")]

mod kernel;
mod others;
mod prices;
mod rows;
mod table;

use table::Table;

/// A part: its name, and what measures it.
type Part = (&'static str, fn(&Setting, &mut Table) -> Result<(), String>);

/// More parts are added here.
const PARTS: &[Part] = &[("kernel", kernel::measure), ("prices", prices::measure)];

/// What a run is asked for.
pub(crate) struct Setting {
    pub(crate) rows: usize,
    pub(crate) repeat: usize,
    /// Where files that others read are written.
    pub(crate) dir: std::path::PathBuf,
}

fn number(name: &str, default: usize) -> Result<usize, String> {
    match std::env::var(name) {
        Ok(text) => text.parse().map_err(|_| format!("{name}={text} is not a whole number")),
        Err(_) => Ok(default),
    }
}

fn run() -> Result<(), String> {
    // Cargo adds an option of its own.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    if let Some(unknown) = wanted.iter().find(|w| PARTS.iter().all(|p| p.0 != **w)) {
        let known: Vec<&str> = PARTS.iter().map(|p| p.0).collect();
        return Err(format!("there is no part {unknown}; there are {}", known.join(", ")));
    }
    let dir = std::env::temp_dir().join(format!("trueup-bench-{}", std::process::id()));
    std::fs::create_dir_all(&dir).map_err(|e| format!("{}: {e}", dir.display()))?;
    let setting = Setting { rows: number("ROWS", 4_000_000)?, repeat: number("REPEAT", 7)?.max(1), dir };
    let mut table = Table::default();
    let done = PARTS
        .iter()
        .filter(|part| wanted.is_empty() || wanted.iter().any(|w| w == part.0))
        .try_for_each(|part| part.1(&setting, &mut table));
    std::fs::remove_dir_all(&setting.dir).map_err(|e| format!("{}: {e}", setting.dir.display()))?;
    println!("{table}");
    done
}

fn main() -> std::process::ExitCode {
    match run() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(why) => {
            println!("{why}");
            std::process::ExitCode::FAILURE
        }
    }
}
