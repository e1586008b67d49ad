CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- What was last found unchanged, so that it need not be looked at again. May be emptied at any time.
CREATE TABLE checked (
    job         TEXT NOT NULL,
    period      TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    revision    INTEGER NOT NULL,
    PRIMARY KEY (job, period)
);

-- What ran and how it ended. Derived; instants in microseconds since 1970 UTC.
CREATE TABLE runs (
    run_id  INTEGER PRIMARY KEY,
    job     TEXT NOT NULL,
    period  TEXT NOT NULL,
    started INTEGER NOT NULL,
    ended   INTEGER,
    exit    INTEGER,
    counts  TEXT NOT NULL
);
CREATE INDEX runs_by_period ON runs (job, period, run_id);

-- What people say of findings. Appended, never edited.
CREATE TABLE finding_notes (
    note_id    INTEGER PRIMARY KEY,
    finding_id TEXT NOT NULL,
    at         INTEGER NOT NULL,
    who        TEXT NOT NULL,
    state      TEXT NOT NULL,
    note       TEXT NOT NULL
);
CREATE INDEX finding_notes_by_finding ON finding_notes (finding_id, note_id);
CREATE TRIGGER finding_notes_stay BEFORE UPDATE ON finding_notes
BEGIN
    SELECT RAISE(ABORT, 'notes are appended, never edited');
END;
CREATE TRIGGER finding_notes_last BEFORE DELETE ON finding_notes
BEGIN
    SELECT RAISE(ABORT, 'notes are appended, never removed');
END;
