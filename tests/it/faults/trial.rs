//! One disturbed command: what a reader sees then, and what it comes to.

use super::power::{self, Loss};
use super::scene::Played;
use super::shim::{Errno, Mode, Sabotage};
use super::world::{Ask, Harm, Seen, UNHARMED, World};
use crate::desk::Ran;

/// A way to be disturbed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The process alone.
    Process(Mode),
    /// The power goes, and with it some of what was not synced.
    Power(Loss),
    /// Killed, done again to the end, and then the power goes: what was said to be done has to be there.
    PowerAfter,
    /// Killed, and the repair is disturbed as well, once or twice.
    Nested,
}

pub(crate) const FAULTS: &[(&str, Fault)] = &[
    ("kill", Fault::Process(Mode::Kill)),
    ("power cut", Fault::Power(Loss::All)),
    ("disk full", Fault::Process(Mode::Always(Errno::Full))),
    ("power after", Fault::PowerAfter),
    ("disk error", Fault::Process(Mode::Once(Errno::Broken))),
    ("nested", Fault::Nested),
    ("torn write", Fault::Process(Mode::Tear)),
    ("power, bytes", Fault::Power(Loss::Bytes)),
    ("full once", Fault::Process(Mode::Once(Errno::Full))),
    ("power, names", Fault::Power(Loss::Names)),
    ("disk broken", Fault::Process(Mode::Always(Errno::Broken))),
    ("short write", Fault::Process(Mode::Short)),
    ("power, half", Fault::Power(Loss::LaterHalf)),
    ("over quota", Fault::Process(Mode::Always(Errno::Quota))),
];

impl Fault {
    /// Only calls that carry bytes can be done by half; what nobody reads need not outlive a power cut.
    pub(crate) fn meets(self, played: &Played, call: &power::Call) -> bool {
        match self {
            Fault::Process(Mode::Tear | Mode::Short) => call.writes(),
            Fault::Power(_) | Fault::PowerAfter => played.scene.has_readers,
            _ => true,
        }
    }

    fn is_error(self) -> bool {
        matches!(self, Fault::Process(Mode::Once(_) | Mode::Always(_)))
    }

    /// What the process itself meets.
    fn mode(self) -> Mode {
        match self {
            Fault::Process(mode) => mode,
            _ => Mode::Kill,
        }
    }
}

/// How a trial ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// The command again ended with the same bytes. The code of the disturbed one; absent: killed.
    Again(Option<i32>),
    /// Only the next jobs ended with the same bytes.
    Later(Option<i32>),
    /// The command was over before.
    Missed,
}

/// Exit codes a disturbed command may end with; see `trueup --help`.
const TABLE: [i32; 5] = [4, 5, 65, 75, 78];

/// Disturbs a command at a call, from 1.
///
/// # Errors
/// What did not hold, in words.
pub(crate) fn disturb(played: &Played, fault: Fault, at: usize, sabotage: Option<Sabotage>) -> Result<Held, String> {
    let world = played.start.copy(sabotage == Some(Sabotage::MovesCopy));
    let ask = &played.scene.ask;
    let ran = world.run(ask, Harm { mode: fault.mode(), at, sabotage });
    let killed = ran.code == -1;
    told_in_full(&ran)?;
    if fault == Fault::Process(Mode::Short) || (ran.code == played.code && !killed) {
        // Nothing depended on it: then nothing is missing.
        return match ran.code == played.code {
            true => same(&world.all(), &played.after, "it said it was done").map(|()| Held::Missed),
            false => Err(format!("a short write ended with {}: {}", ran.code, ran.stderr)),
        };
    }
    let is_told = fault.is_error() && TABLE.contains(&ran.code);
    if !killed && !is_told {
        return Err(format!("ended with {} in place of {}: {}", ran.code, played.code, ran.stderr));
    }
    if let Fault::Power(loss) = fault {
        power::cut(&world.journal(), loss);
    }
    if played.scene.has_readers {
        whole(played, &world.files(), ran.code == 4).map_err(|e| format!("a reader finds {e}"))?;
    }
    if fault == Fault::Nested {
        for deeper in [Mode::Kill, Mode::Always(Errno::Full)].into_iter().take(1 + at % 2) {
            // Somewhere in a repair, which is about as long as what was left to do.
            let place = 1 + (at * 7919) % played.calls.len();
            told_in_full(&world.run(ask, Harm { mode: deeper, at: place, sabotage }))?;
            if played.scene.has_readers {
                whole(played, &world.files(), false)
                    .map_err(|e| format!("after the second fault a reader finds {e}"))?;
            }
        }
    }
    let code = (!killed).then_some(ran.code);
    repaired(played, &world, fault == Fault::PowerAfter, sabotage).map(|is_at_once| match is_at_once {
        true => Held::Again(code),
        false => Held::Later(code),
    })
}

/// Does the command again, then the jobs that come next anyway. Gives whether the first was enough.
fn repaired(played: &Played, world: &World, power_goes: bool, sabotage: Option<Sabotage>) -> Result<bool, String> {
    let honest = Harm { sabotage: sabotage.filter(|_| power_goes), ..UNHARMED };
    let again = |ask: &Ask| -> Result<Ran, String> {
        let ran = world.run(ask, honest);
        told_in_full(&ran)?;
        if power_goes {
            power::cut(&world.journal(), Loss::All);
        }
        Ok(ran)
    };
    let ran = again(&played.scene.ask)?;
    let at_once = same(&world.all(), &played.after, "done again");
    let wrong_code = (ran.code != played.code)
        .then(|| format!("done again, it ended with {} in place of {}: {}", ran.code, played.code, ran.stderr));
    // Asked for what is done already, a command may say so.
    if at_once.is_ok() && [2, 78].contains(&ran.code) && !ran.stderr.is_empty() {
        return Ok(true);
    }
    let Err(differs) = wrong_code.map_or(at_once, Err) else { return Ok(true) };
    if played.scene.then.is_empty() {
        return Err(differs);
    }
    let mut codes = Vec::new();
    for ask in played.scene.then {
        codes.push(again(ask)?.code);
    }
    let later = same(&world.all(), &played.later, "after the next jobs as well");
    later.map_err(|later| format!("{differs}; {later}"))?;
    if codes != played.later_codes {
        return Err(format!("{differs}; the next jobs ended with {codes:?} in place of {:?}", played.later_codes));
    }
    Ok(false)
}

/// No crash, and no exit code out of the table.
fn told_in_full(ran: &Ran) -> Result<(), String> {
    if ran.code == 101 || ran.code == 1 || ran.stderr.contains("panicked") {
        return Err(format!("ended with {}: {}", ran.code, ran.stderr));
    }
    Ok(())
}

/// A reader at any moment finds whole files, each as it was before or as it will be, and no list of files whose
/// files are not all there.
fn whole(played: &Played, now: &Seen, in_part: bool) -> Result<(), String> {
    let (before, after) = (&played.before, &played.after);
    for (path, bytes) in now {
        let is_known = [before, after].iter().any(|tree| tree.get(path) == Some(bytes));
        // Done in part: lists and pages say which part.
        if !is_known && !in_part {
            let was = if before.contains_key(path) || after.contains_key(path) { "other bytes" } else { "a new file" };
            return Err(format!("{path} with {} bytes ({was})", bytes.len()));
        }
    }
    let is_due = |path: &str| !(played.scene.withdraws_lists && path.ends_with("/manifest.json"));
    let mut stays = before.keys().filter(|path| after.contains_key(*path) && is_due(path));
    if let Some(path) = stays.find(|path| !now.contains_key(*path)) {
        return Err(format!("no {path}"));
    }
    let is_new = |path: &str| now.get(path) == after.get(path) && before.get(path) != after.get(path);
    for list in now.keys().filter(|path| path.ends_with("/manifest.json") && is_new(path)) {
        let folder = list.trim_end_matches("manifest.json");
        if let Some((path, _)) = after.iter().find(|(p, bytes)| p.starts_with(folder) && now.get(*p) != Some(bytes)) {
            return Err(format!("{list}, and not yet {path}"));
        }
    }
    // What a seal names is there: parts are named by their content.
    let missing = after.keys().filter(|path| !now.contains_key(*path));
    let parts: Vec<&str> =
        missing.filter_map(|path| path.strip_prefix("lake/").filter(|p| p.ends_with(".parquet"))).collect();
    for (seal, bytes) in now.iter().filter(|(path, _)| path.starts_with("lake/manifests/")) {
        let text = String::from_utf8_lossy(bytes);
        if let Some(part) = parts.iter().find(|part| text.contains(*part)) {
            return Err(format!("{seal}, which names {part}, which is not there"));
        }
    }
    Ok(())
}

fn same(found: &Seen, wanted: &Seen, when: &str) -> Result<(), String> {
    let more: Vec<_> = found.keys().filter(|path| !wanted.contains_key(*path)).take(5).collect();
    let fewer: Vec<_> = wanted.keys().filter(|path| !found.contains_key(*path)).take(5).collect();
    let other: Vec<_> = wanted
        .iter()
        .filter(|(path, bytes)| found.get(*path).is_some_and(|f| f != *bytes))
        .map(|(p, _)| p)
        .take(5)
        .collect();
    if more.is_empty() && fewer.is_empty() && other.is_empty() {
        return Ok(());
    }
    let first = other.first().filter(|path| path.starts_with("state/"));
    let shown = first.map_or(String::new(), |path| {
        let text = |tree: &Seen| String::from_utf8_lossy(&tree[*path]).into_owned();
        let (found, wanted) = (text(found), text(wanted));
        let line = found.lines().find(|line| !wanted.contains(line)).unwrap_or("fewer rows");
        format!(" ({})", line.chars().take(300).collect::<String>())
    });
    Err(format!("{when}: too many {more:?}, missing {fewer:?}, other bytes in {other:?}{shown}"))
}
