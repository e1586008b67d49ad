CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- What was last found unchanged, so that it need not be looked at again. May be emptied at any time.
CREATE TABLE checked (
    job         TEXT NOT NULL,
    period      TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    revision    BIGINT NOT NULL,
    PRIMARY KEY (job, period)
);

-- What ran and how it ended. Derived; instants in microseconds since 1970 UTC.
CREATE TABLE runs (
    run_id  BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job     TEXT NOT NULL,
    period  TEXT NOT NULL,
    started BIGINT NOT NULL,
    ended   BIGINT,
    exit    BIGINT,
    counts  TEXT NOT NULL
);
CREATE INDEX runs_by_period ON runs (job, period, run_id);

-- Raised by triggers that guard what is appended only.
CREATE FUNCTION trueup_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is appended, never edited or removed', TG_TABLE_NAME;
END
$$;

-- What people say of findings. Appended, never edited.
CREATE TABLE finding_notes (
    note_id    BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    finding_id TEXT NOT NULL,
    at         BIGINT NOT NULL,
    who        TEXT NOT NULL,
    state      TEXT NOT NULL,
    note       TEXT NOT NULL
);
CREATE INDEX finding_notes_by_finding ON finding_notes (finding_id, note_id);
CREATE TRIGGER finding_notes_stay BEFORE UPDATE OR DELETE ON finding_notes
    FOR EACH ROW EXECUTE FUNCTION trueup_refuse();

-- Who holds the lock, for whoever waits. The lock itself is the server's, gone with its connection.
CREATE TABLE lock_holder (
    name   TEXT PRIMARY KEY,
    holder TEXT NOT NULL
);

INSERT INTO meta (name, value) VALUES ('version', '1');
