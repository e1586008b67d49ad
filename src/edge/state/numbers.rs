//! Numbers without gap or repeat, each taken together with the document that has it.

use std::collections::BTreeSet;

use super::db::{Row, Value, Work};
use super::error::{Result, StateError, StateErrorKind};
use super::outbox::{MessageStatus, add};
use super::records::whole;
use super::{NewMessage, State};

/// A document about to become final.
#[derive(Clone, Debug)]
pub struct NewDocument<'a> {
    /// What every number of its kind begins with: `INV-2026-`.
    pub series: &'a str,
    /// Where the series begins. Read only when it does.
    pub first: u32,
    /// What the document is, for ever: it has one number, however often it is asked for.
    pub document_key: &'a str,
    pub sha256: &'a str,
    /// The document without its number, as its hash was taken.
    pub body: &'a str,
}

/// What a document is called now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbered {
    pub number: String,
    /// It had the number before.
    pub existing: bool,
}

/// A final document as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    pub number: String,
    pub series: String,
    pub sequence: u64,
    pub document_key: String,
    pub sha256: String,
    /// The document without its number.
    pub body: String,
}

macro_rules! documents {
    ($rest:literal) => {
        concat!("SELECT number, series, sequence, document_key, sha256, body FROM documents ", $rest)
    };
}

const BY_KEY: &str = documents!("WHERE document_key = $1");

impl State {
    /// Gives a document its number and keeps it, with the message that is to announce it (waiting, until
    /// [`State::outbox_ready`]) and a note that it is unfinished, all in one transaction. The same document again gets the same number
    /// and adds nothing.
    ///
    /// `message` is made from the number; the message of a document that had a number is not made again.
    ///
    /// # Errors
    /// Conflict: the key has a number already, with another content.
    pub async fn take_number(
        &self,
        new: &NewDocument<'_>,
        message: impl FnOnce(&str) -> Option<NewMessage> + Send,
    ) -> Result<Numbered> {
        let mut work = self.db.begin().await?;
        let numbered = self.take(&mut work, new, message).await?;
        work.commit().await?;
        Ok(numbered)
    }

    /// As [`State::take_number`] for several documents, in their order: all of them get their numbers, or
    /// none does.
    ///
    /// # Errors
    /// As [`State::take_number`].
    pub async fn take_numbers<M>(&self, new: Vec<(NewDocument<'_>, M)>) -> Result<Vec<Numbered>>
    where
        M: FnOnce(&str) -> Option<NewMessage> + Send,
    {
        let mut work = self.db.begin().await?;
        let mut numbered = Vec::with_capacity(new.len());
        for (document, message) in new {
            numbered.push(self.take(&mut work, &document, message).await?);
        }
        work.commit().await?;
        Ok(numbered)
    }

    async fn take(
        &self,
        work: &mut Work,
        new: &NewDocument<'_>,
        message: impl FnOnce(&str) -> Option<NewMessage> + Send,
    ) -> Result<Numbered> {
        // Writing the series' row first makes two that finalise at once wait for each other.
        let sql = "INSERT INTO series (series, first, next) VALUES ($1, $2, $2)
                   ON CONFLICT (series) DO UPDATE SET next = series.next";
        work.run(sql, &[new.series.into(), new.first.into()]).await?;
        let known = work.rows(BY_KEY, &[new.document_key.into()]).await?;
        if let Some(row) = known.first() {
            let there = issued(row).ok_or_else(|| self.db.damaged("a document cannot be read"))?;
            if there.sha256 != new.sha256 {
                return Err(self.conflict(&there.number, new.document_key));
            }
            return Ok(Numbered { number: there.number, existing: true });
        }
        let number = self.next(work, new).await?;
        if let Some(message) = message(&number) {
            add(&self.db, work, &message, MessageStatus::Waiting).await?;
        }
        Ok(Numbered { number, existing: false })
    }

    async fn next(&self, work: &mut Work, new: &NewDocument<'_>) -> Result<String> {
        let sql = "UPDATE series SET next = next + 1 WHERE series = $1 RETURNING next - 1";
        let rows = work.rows(sql, &[new.series.into()]).await?;
        let sequence: i64 =
            rows.first().and_then(|r| r.get(0).ok()).ok_or_else(|| self.db.damaged("a series is missing"))?;
        let number = format!("{}{sequence}", new.series);
        let sql = "INSERT INTO documents (number, series, sequence, document_key, sha256, body)
                   VALUES ($1, $2, $3, $4, $5, $6)";
        let values: [Value; 6] = [
            number.as_str().into(),
            new.series.into(),
            sequence.into(),
            new.document_key.into(),
            new.sha256.into(),
            new.body.into(),
        ];
        work.run(sql, &values).await?;
        work.run("INSERT INTO unfinished (number) VALUES ($1)", &[number.as_str().into()]).await?;
        Ok(number)
    }

    fn conflict(&self, number: &str, key: &str) -> StateError {
        let what = format!("{key} is {number} already, with another content");
        StateError::new(StateErrorKind::Conflict, self.db.place(), what)
    }

    /// Numbers whose documents are not yet everywhere they belong, in the order of their names.
    pub async fn unfinished(&self) -> Result<BTreeSet<String>> {
        let rows = self.db.rows("SELECT number FROM unfinished ORDER BY number", &[]).await?;
        rows.iter().map(|row| row.get(0).map_err(|_| self.db.damaged("a number cannot be read"))).collect()
    }

    /// Nothing is left to do for these documents.
    pub async fn finished(&self, numbers: &BTreeSet<String>) -> Result<()> {
        let mut work = self.db.begin().await?;
        for number in numbers {
            work.run("DELETE FROM unfinished WHERE number = $1", &[number.as_str().into()]).await?;
        }
        work.commit().await
    }

    /// The final document of a key.
    pub async fn issued(&self, document_key: &str) -> Result<Option<Issued>> {
        let rows = self.db.rows(BY_KEY, &[document_key.into()]).await?;
        Ok(self.read_issued(&rows)?.pop())
    }

    /// Final documents whose keys begin with a text.
    pub async fn issued_below(&self, prefix: &str) -> Result<Vec<Issued>> {
        let mut pattern = String::new();
        for c in prefix.chars() {
            if matches!(c, '%' | '_' | '!') {
                pattern.push('!');
            }
            pattern.push(c);
        }
        pattern.push('%');
        let sql = documents!("WHERE document_key LIKE $1 ESCAPE '!' ORDER BY series, sequence");
        let mut found = self.read_issued(&self.db.rows(sql, &[pattern.as_str().into()]).await?)?;
        // Some databases compare without regard to the size of letters.
        found.retain(|issued| issued.document_key.starts_with(prefix));
        Ok(found)
    }

    /// The final document with a number.
    pub async fn issued_as(&self, number: &str) -> Result<Option<Issued>> {
        let rows = self.db.rows(documents!("WHERE number = $1"), &[number.into()]).await?;
        Ok(self.read_issued(&rows)?.pop())
    }

    /// Every final document, by series and sequence.
    pub async fn all_issued(&self) -> Result<Vec<Issued>> {
        let rows = self.db.rows(documents!("ORDER BY series, sequence"), &[]).await?;
        self.read_issued(&rows)
    }

    /// Every series: its name, its first number, and the one it gives next.
    pub async fn all_series(&self) -> Result<Vec<(String, u64, u64)>> {
        let rows = self.db.rows("SELECT series, first, next FROM series ORDER BY series", &[]).await?;
        let read = |row: &Row| Some((row.get(0).ok()?, whole(row, 1)?, whole(row, 2)?));
        rows.iter().map(|row| read(row).ok_or_else(|| self.db.damaged("a series cannot be read"))).collect()
    }

    fn read_issued(&self, rows: &[Row]) -> Result<Vec<Issued>> {
        rows.iter().map(|row| issued(row).ok_or_else(|| self.db.damaged("a document cannot be read"))).collect()
    }
}

fn issued(row: &Row) -> Option<Issued> {
    Some(Issued {
        number: row.get(0).ok()?,
        series: row.get(1).ok()?,
        sequence: whole(row, 2)?,
        document_key: row.get(3).ok()?,
        sha256: row.get(4).ok()?,
        body: row.get(5).ok()?,
    })
}
