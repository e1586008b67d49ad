//! What was tried, and what came of it.

use std::collections::BTreeMap;
use std::fmt;

use super::trial::Held;

/// Of one command and one fault.
#[derive(Debug, Default)]
struct Line {
    points: usize,
    /// The command was over before the fault, or nothing depended on the call.
    missed: usize,
    /// Repaired by the next jobs only.
    later: usize,
    failed: usize,
    codes: BTreeMap<i32, usize>,
}

#[derive(Debug, Default)]
pub(crate) struct Table {
    lines: BTreeMap<(&'static str, &'static str), Line>,
    pub(crate) failures: Vec<String>,
}

impl Table {
    pub(crate) fn add(&mut self, command: &'static str, fault: &'static str, held: Result<Held, String>) {
        let line = self.lines.entry((command, fault)).or_default();
        line.points += 1;
        match held {
            Ok(Held::Missed) => line.missed += 1,
            Ok(Held::Again(code)) => code.into_iter().for_each(|code| *line.codes.entry(code).or_default() += 1),
            Ok(Held::Later(code)) => {
                line.later += 1;
                code.into_iter().for_each(|code| *line.codes.entry(code).or_default() += 1);
            }
            Err(why) => {
                line.failed += 1;
                self.failures.push(why);
            }
        }
    }

    pub(crate) fn tried(&self) -> usize {
        self.lines.values().map(|line| line.points).sum()
    }

    /// Points at which the fault found the command at work.
    pub(crate) fn struck(&self) -> usize {
        self.lines.values().map(|line| line.points - line.missed).sum()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:26} {:13} {:>7} {:>9} {:>7} {:>7}  exit codes",
            "command", "fault", "points", "unharmed", "later", "failed"
        )?;
        for ((command, fault), line) in &self.lines {
            let codes: Vec<String> = line.codes.iter().map(|(code, count)| format!("{code} x {count}")).collect();
            writeln!(
                f,
                "{command:26} {fault:13} {:>7} {:>9} {:>7} {:>7}  {}",
                line.points,
                line.missed,
                line.later,
                line.failed,
                codes.join(", ")
            )?;
        }
        writeln!(f, "{} points, {} struck, {} failed", self.tried(), self.struck(), self.failures.len())?;
        self.failures.iter().try_for_each(|why| writeln!(f, "FAILED {why}"))
    }
}
