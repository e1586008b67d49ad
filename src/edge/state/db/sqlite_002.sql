-- What the next number of a series is. Moved only with the document that takes one.
CREATE TABLE series (
    series TEXT PRIMARY KEY,
    first  INTEGER NOT NULL,
    next   INTEGER NOT NULL
);

-- Every final document, under the number it has for ever.
CREATE TABLE documents (
    number       TEXT PRIMARY KEY,
    series       TEXT NOT NULL,
    sequence     INTEGER NOT NULL,
    document_key TEXT NOT NULL UNIQUE,
    sha256       TEXT NOT NULL,
    body         TEXT NOT NULL,
    UNIQUE (series, sequence)
);
CREATE TRIGGER documents_stay BEFORE UPDATE ON documents
BEGIN
    SELECT RAISE(ABORT, 'a final document is never changed');
END;
CREATE TRIGGER documents_last BEFORE DELETE ON documents
BEGIN
    SELECT RAISE(ABORT, 'a final document is never removed');
END;

-- What is to be sent and what became of it.
CREATE TABLE outbox (
    message_key TEXT PRIMARY KEY,
    position    INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    recipient   TEXT NOT NULL,
    message_id  TEXT NOT NULL UNIQUE,
    created     INTEGER NOT NULL,
    not_after   INTEGER,
    body        BLOB NOT NULL,
    status      TEXT NOT NULL,
    attempts    INTEGER NOT NULL,
    next_try    INTEGER,
    changed     INTEGER NOT NULL,
    detail      TEXT NOT NULL
);
CREATE INDEX outbox_by_status ON outbox (status, position);

-- Every change of a message. Appended, never edited.
CREATE TABLE outbox_log (
    log_id      INTEGER PRIMARY KEY,
    message_key TEXT NOT NULL,
    at          INTEGER NOT NULL,
    was         TEXT NOT NULL,
    became      TEXT NOT NULL,
    detail      TEXT NOT NULL
);
CREATE INDEX outbox_log_by_message ON outbox_log (message_key, log_id);
CREATE TRIGGER outbox_log_stay BEFORE UPDATE ON outbox_log
BEGIN
    SELECT RAISE(ABORT, 'the log of messages is appended, never edited');
END;
CREATE TRIGGER outbox_log_last BEFORE DELETE ON outbox_log
BEGIN
    SELECT RAISE(ABORT, 'the log of messages is appended, never removed');
END;

PRAGMA user_version = 2;
