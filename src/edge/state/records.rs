//! Checks, runs and notes.

use std::collections::BTreeMap;

use super::db::{Db, Row, Value};
use super::error::Result;
use super::{Checked, FindingNote, NoteState, Run, State};
use crate::domain::period::Instant;

impl State {
    /// What was found when a period was last checked.
    pub async fn checked(&self, job: &str, period: &str) -> Result<Option<Checked>> {
        let sql = "SELECT fingerprint, revision FROM checked WHERE job = $1 AND period = $2";
        let rows = self.db.rows(sql, &[job.into(), period.into()]).await?;
        let read = |row: &Row| Some(Checked { fingerprint: row.get(0).ok()?, revision: whole(row, 1)? });
        rows.first().map(|row| read(row).ok_or_else(|| self.db.damaged("a row of checked"))).transpose()
    }

    pub async fn set_checked(&self, job: &str, period: &str, checked: &Checked) -> Result<()> {
        let sql = "INSERT INTO checked (job, period, fingerprint, revision) VALUES ($1, $2, $3, $4)
             ON CONFLICT (job, period) DO UPDATE SET fingerprint = excluded.fingerprint, revision = excluded.revision";
        let values = [job.into(), period.into(), checked.fingerprint.as_str().into(), checked.revision.into()];
        self.db.run(sql, &values).await?;
        Ok(())
    }

    /// Every check of a job, by period.
    pub async fn checks_of(&self, job: &str) -> Result<BTreeMap<String, Checked>> {
        let sql = "SELECT period, fingerprint, revision FROM checked WHERE job = $1";
        let rows = self.db.rows(sql, &[job.into()]).await?;
        let read =
            |row: &Row| Some((row.get(0).ok()?, Checked { fingerprint: row.get(1).ok()?, revision: whole(row, 2)? }));
        rows.iter().map(|row| read(row).ok_or_else(|| self.db.damaged("a row of checked"))).collect()
    }

    /// Forgets every check, so that all is looked at again.
    pub async fn forget_checked(&self) -> Result<()> {
        self.db.run("DELETE FROM checked", &[]).await?;
        Ok(())
    }

    /// Records a run (its `run_id` is not read); gives its number.
    pub async fn begin_run(&self, run: &Run) -> Result<i64> {
        let sql = "INSERT INTO runs (job, period, started, ended, exit, counts) VALUES ($1, $2, $3, $4, $5, $6)
                   RETURNING run_id";
        let values = [
            run.job.as_str().into(),
            run.period.as_str().into(),
            run.started.micros().into(),
            run.ended.map(Instant::micros).into(),
            run.exit.map(i64::from).into(),
            counts_text(&self.db, &run.counts)?.into(),
        ];
        let rows = self.db.rows(sql, &values).await?;
        rows.first().and_then(|row| row.get(0).ok()).ok_or_else(|| self.db.damaged("a run got no number"))
    }

    /// Records how a run ended: `ended`, `exit` and `counts` of the run with this `run_id`.
    ///
    /// # Errors
    /// Other where no such run was begun.
    pub async fn end_run(&self, run: &Run) -> Result<()> {
        let sql = "UPDATE runs SET ended = $1, exit = $2, counts = $3 WHERE run_id = $4";
        let values = [
            run.ended.map(Instant::micros).into(),
            run.exit.map(i64::from).into(),
            counts_text(&self.db, &run.counts)?.into(),
            run.run_id.into(),
        ];
        match self.db.run(sql, &values).await? {
            1 => Ok(()),
            _ => Err(self.db.damaged(format!("no run {} was begun", run.run_id))),
        }
    }

    /// The newest runs, newest first.
    pub async fn runs(&self, limit: u32) -> Result<Vec<Run>> {
        let sql = "SELECT run_id, job, period, started, ended, exit, counts FROM runs ORDER BY run_id DESC LIMIT $1";
        let rows = self.db.rows(sql, &[limit.into()]).await?;
        rows.iter().map(|row| run(row).ok_or_else(|| self.db.damaged("a row of runs cannot be read"))).collect()
    }

    /// Appends what somebody says of a finding.
    pub async fn add_note(&self, note: &FindingNote) -> Result<()> {
        let sql = "INSERT INTO finding_notes (finding_id, at, who, state, note) VALUES ($1, $2, $3, $4, $5)";
        let values = [
            note.finding_id.as_str().into(),
            note.at.micros().into(),
            note.who.as_str().into(),
            note.state.name().into(),
            note.note.as_str().into(),
        ];
        self.db.run(sql, &values).await?;
        Ok(())
    }

    /// Notes of one finding (absent: of all), in the order they were made.
    pub async fn notes(&self, finding_id: Option<&str>) -> Result<Vec<FindingNote>> {
        let sql = "SELECT finding_id, at, who, state, note FROM finding_notes
                   WHERE CAST($1 AS TEXT) IS NULL OR finding_id = $1 ORDER BY note_id";
        let rows = self.db.rows(sql, &[Value::Text(finding_id.map(str::to_owned))]).await?;
        rows.iter().map(|row| note(row).ok_or_else(|| self.db.damaged("a note cannot be read"))).collect()
    }
}

/// A whole number of a narrower kind than a column holds.
pub(super) fn whole<T: TryFrom<i64>>(row: &Row, column: usize) -> Option<T> {
    T::try_from(row.get::<i64>(column).ok()?).ok()
}

fn counts_text(db: &Db, counts: &BTreeMap<String, u64>) -> Result<String> {
    serde_json::to_string(counts).map_err(|e| db.damaged(e.to_string()))
}

fn run(row: &Row) -> Option<Run> {
    let exit: Option<i64> = row.get(5).ok()?;
    Some(Run {
        run_id: row.get(0).ok()?,
        job: row.get(1).ok()?,
        period: row.get(2).ok()?,
        started: Instant::from_micros(row.get(3).ok()?),
        ended: row.get::<Option<i64>>(4).ok()?.map(Instant::from_micros),
        exit: exit.map(i32::try_from).transpose().ok()?,
        counts: serde_json::from_str(&row.get::<String>(6).ok()?).ok()?,
    })
}

fn note(row: &Row) -> Option<FindingNote> {
    Some(FindingNote {
        finding_id: row.get(0).ok()?,
        at: Instant::from_micros(row.get(1).ok()?),
        who: row.get(2).ok()?,
        state: NoteState::from_name(&row.get::<String>(3).ok()?)?,
        note: row.get(4).ok()?,
    })
}
