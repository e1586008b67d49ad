//! The disk that fails when told to, `tests/faults/faults.c`: built once, and what it is told.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// What happens at the call that is asked for; `faults.c` says it in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Count,
    Kill,
    Tear,
    Short,
    Once(Errno),
    Always(Errno),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Errno {
    /// EIO: the disk is broken.
    Broken,
    /// ENOSPC: it is full.
    Full,
    /// EDQUOT: this user's share of it is.
    Quota,
}

/// A disk or a program that does not keep its word, to see that a proof notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sabotage {
    NoSync,
    NoDirSync,
    MovesCopy,
    LostWrite,
    Crash,
    Quiet,
}

impl Mode {
    fn name(self) -> &'static str {
        match self {
            Mode::Count => "count",
            Mode::Kill => "kill",
            Mode::Tear => "tear",
            Mode::Short => "short",
            Mode::Once(_) => "error",
            Mode::Always(_) => "errors",
        }
    }

    fn errno(self) -> &'static str {
        match self {
            Mode::Once(Errno::Full) | Mode::Always(Errno::Full) => "28",
            Mode::Once(Errno::Quota) | Mode::Always(Errno::Quota) => "122",
            _ => "5",
        }
    }
}

impl Sabotage {
    fn name(self) -> &'static str {
        match self {
            Sabotage::NoSync => "no_sync",
            Sabotage::NoDirSync => "no_dir_sync",
            Sabotage::MovesCopy => "moves_copy",
            Sabotage::LostWrite => "lost_write",
            Sabotage::Crash => "crash",
            Sabotage::Quiet => "quiet",
        }
    }
}

/// The built library; `None` where there is no C compiler, or no Linux to load it, which is said once.
pub(crate) fn library() -> Option<&'static Path> {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    BUILT.get_or_init(build).as_deref()
}

fn build() -> Option<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/faults.c");
    let built = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("faults-{}.so", std::process::id()));
    if !cfg!(target_os = "linux") {
        eprintln!("skipped: faults are put under a program by its loader, as Linux has it");
        return None;
    }
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"]).arg(&built).arg(source);
    match compiler.output() {
        Err(e) => {
            eprintln!("skipped: faults need a C compiler, and `cc` does not run ({e})");
            None
        }
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            Some(built)
        }
    }
}

/// Puts the library under a command: below `root` the call number `at` meets `mode` (0: none does), and
/// `journal`, a folder, tells what happened.
pub(crate) fn arm(
    command: &mut Command,
    (root, journal): (&Path, &Path),
    (mode, at): (Mode, usize),
    sabotage: Option<Sabotage>,
) {
    let library = library().expect("looked for before");
    command.env("LD_PRELOAD", library).env("TRUEUP_FAULT_ROOT", root).env("TRUEUP_FAULT_JOURNAL", journal);
    command.env("TRUEUP_FAULT_MODE", mode.name()).env("TRUEUP_FAULT_ERRNO", mode.errno());
    command.env("TRUEUP_FAULT_AT", at.to_string());
    if let Some(sabotage) = sabotage {
        command.env("TRUEUP_FAULT_SABOTAGE", sabotage.name());
    }
}
