//! Is what is kept what was made? Opened, recomputed, and on request made again.

use std::collections::BTreeSet;
use std::path::Path;

use crate::cli::End;
use crate::cli::args::{Format, VerifyArgs};
use crate::cli::clock::clock;
use crate::cli::context::{load_settings, lock, open, period};
use crate::cli::output::Out;
use crate::edge::lake::Lake;
use crate::pipeline::{self, Verification, VerifyAsk};
use crate::pipeline::{AppError, ErrorKind};
use crate::report::{Cell, Table};

const LOST_IDENTITY: &str = "is lost: it said whose lake this is";

pub(super) async fn verify(args: &VerifyArgs, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    let only = args.lake || args.published;
    let ask = VerifyAsk {
        period: period(args.period.as_deref())?,
        lake: args.lake || !only,
        published: args.published || !only,
        again: !only,
        repair: args.repair,
        accept_lost: args.accept_lost,
    };
    let settings = load_settings(dir)?;
    // A repair says whose it is by opening it.
    let has_no_identity = Lake::new(settings.lake.clone()).lost_identity().await?;
    let context = open(settings, clock(), !args.repair).await?;
    let lock = lock(&context, "verify", &args.lock_wait).await?;
    let scratch = std::env::temp_dir().join(format!("trueup-verify-{}", std::process::id()));
    std::fs::create_dir_all(&scratch)
        .map_err(|e| AppError::new(ErrorKind::Temporary, format!("{}: {e}", scratch.display())))?;
    let verified = pipeline::verify(&context, ask, &scratch).await;
    let _ = std::fs::remove_dir_all(&scratch);
    let verified = verified?;
    if let Some(lock) = lock {
        lock.done().await;
    }
    if args.output.format != Format::Text {
        let identity = (has_no_identity && !args.repair).then(|| format!("{}/lake.json", context.lake.blob().place()));
        out.table(&table(&verified, identity), args.output.format)?;
    }
    if has_no_identity {
        let what = if args.repair { "was lost, and is written again" } else { LOST_IDENTITY };
        out.talk(&format!("{}/lake.json {what}", context.lake.blob().place()));
    }
    for line in lines(&verified) {
        out.talk(&line);
    }
    if let Some(error) = error(&verified, has_no_identity && !args.repair) {
        return Err(error);
    }
    if args.output.format == Format::Text {
        for line in summary(&verified) {
            out.line(&line)?;
        }
    }
    Ok(End::Done)
}

/// A row a table computed again, and a row a thing that is not as it was (`place` and `problem`).
fn table(verified: &Verification, has_no_identity: Option<String>) -> Table {
    let mut table = Table::new(&["day", "revision", "table", "rows", "equal", "place", "problem"]);
    for t in verified.again.iter().flat_map(|again| &again.tables) {
        let equal = if t.equal { "yes" } else { "no" };
        let revision = Cell::count(u64::from(t.revision));
        table.push(vec![
            t.day.into(),
            revision,
            t.table.as_str().into(),
            t.rows.into(),
            equal.into(),
            Cell::Empty,
            Cell::Empty,
        ]);
    }
    let mut odd = |place: &str, problem: &str| {
        let [day, revision, name, rows, equal] = std::array::from_fn(|_| Cell::Empty);
        table.push(vec![day, revision, name, rows, equal, place.into(), problem.into()]);
    };
    if let Some(place) = has_no_identity {
        odd(&place, LOST_IDENTITY);
    }
    verified.found.sealed.iter().chain(&verified.published).for_each(|d| odd(&d.place, &d.what));
    verified.documents.wrong.iter().for_each(|(document, what)| odd(document, what));
    verified.again.iter().flat_map(|again| &again.files).for_each(|(file, what)| odd(file, what));
    table
}

/// Everything that was made again, and everything that is not as it was.
fn lines(verified: &Verification) -> Vec<String> {
    let mut lines: Vec<String> = verified.repaired.iter().map(|made| format!("repair     {made}")).collect();
    let damaged = verified.found.sealed.iter().chain(&verified.published);
    lines.extend(damaged.map(|d| format!("{} {}", d.place, d.what)));
    lines.extend(verified.documents.wrong.iter().map(|(document, what)| format!("{document} {what}")));
    if let Some(again) = &verified.again {
        lines.extend(again.files.iter().map(|(file, what)| format!("{file} {what}")));
        let differs = again.tables.iter().filter(|t| !t.equal);
        lines.extend(differs.map(|t| {
            let what = match t.other_rules {
                true => "was made by an earlier build, whose rules gave another; runs look at it again",
                false => "is not what the raw input gives now",
            };
            format!("{} r{}: table {} {what}", t.day, t.revision, t.table)
        }));
    }
    lines
}

fn error(verified: &Verification, has_no_identity: bool) -> Option<AppError> {
    if !verified.found.sealed.is_empty() || has_no_identity {
        let count = verified.found.sealed.len() + usize::from(has_no_identity);
        return Some(
            AppError::new(ErrorKind::Law, format!("{count} things that were sealed are lost, changed, or nobody's"))
                .hint("`trueup verify --repair` makes again what can be made and says what cannot")
                .hint("put the rest back from a copy of the lake or the state; what is nobody's is removed by hand"),
        );
    }
    if !verified.is_same() {
        return Some(
            AppError::new(ErrorKind::Law, "what is sealed is not what the raw input gives")
                .hint("if input arrived or settings changed since, run the job again first"),
        );
    }
    if !verified.is_whole() {
        let what = "final documents are not what they were, or not what their days give";
        return Some(
            AppError::new(ErrorKind::Law, what)
                .hint("a final document is never changed: `trueup invoice credit NUMBER` takes one back"),
        );
    }
    let count = verified.published.len();
    (count > 0).then(|| {
        AppError::new(ErrorKind::Law, format!("{count} published files are not what was published"))
            .hint("what is sealed is whole: `trueup verify --repair` publishes them again; others are removed by hand")
    })
}

fn summary(verified: &Verification) -> Vec<String> {
    let mut lines = Vec::new();
    let found = &verified.found;
    let documents = match verified.documents.kept {
        0 => String::new(),
        kept => format!(", {kept} documents ({} made again)", verified.documents.recomputed),
    };
    if let Some(again) = &verified.again {
        let days: BTreeSet<_> = again.tables.iter().map(|t| t.day).collect();
        let tables = again.tables.len();
        let equal = match again.tables.iter().filter(|t| !t.equal).count() {
            0 => "every digest is equal".to_owned(),
            earlier => format!("every digest is equal but {earlier} of earlier rules"),
        };
        lines.push(format!("verified {} days, {tables} tables{documents}: {equal}", days.len()));
    }
    let unnamed = match found.unnamed {
        0 => String::new(),
        unnamed => format!(" ({unnamed} more that a stopped run left, named by nobody)"),
    };
    lines.push(format!(
        "opened {} manifests, {} parts{unnamed}, {} kept files, {} published files: all as they were",
        found.manifests, found.parts, found.kept, verified.files
    ));
    lines
}
