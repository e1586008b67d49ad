-- What the next number of a series is. Moved only with the document that takes one.
CREATE TABLE series (
    series TEXT PRIMARY KEY,
    first  BIGINT NOT NULL,
    next   BIGINT NOT NULL
);

-- Every final document, under the number it has for ever.
CREATE TABLE documents (
    number       TEXT PRIMARY KEY,
    series       TEXT NOT NULL,
    sequence     BIGINT NOT NULL,
    document_key TEXT NOT NULL UNIQUE,
    sha256       TEXT NOT NULL,
    body         TEXT NOT NULL,
    UNIQUE (series, sequence)
);
CREATE TRIGGER documents_stay BEFORE UPDATE OR DELETE ON documents
    FOR EACH ROW EXECUTE FUNCTION trueup_refuse();

-- What is to be sent and what became of it.
CREATE TABLE outbox (
    message_key TEXT PRIMARY KEY,
    position    BIGINT NOT NULL,
    kind        TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    recipient   TEXT NOT NULL,
    message_id  TEXT NOT NULL UNIQUE,
    created     BIGINT NOT NULL,
    not_after   BIGINT,
    body        BYTEA NOT NULL,
    status      TEXT NOT NULL,
    attempts    BIGINT NOT NULL,
    next_try    BIGINT,
    changed     BIGINT NOT NULL,
    detail      TEXT NOT NULL
);
CREATE INDEX outbox_by_status ON outbox (status, position);

-- Every change of a message. Appended, never edited.
CREATE TABLE outbox_log (
    log_id      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_key TEXT NOT NULL,
    at          BIGINT NOT NULL,
    was         TEXT NOT NULL,
    became      TEXT NOT NULL,
    detail      TEXT NOT NULL
);
CREATE INDEX outbox_log_by_message ON outbox_log (message_key, log_id);
CREATE TRIGGER outbox_log_stay BEFORE UPDATE OR DELETE ON outbox_log
    FOR EACH ROW EXECUTE FUNCTION trueup_refuse();

UPDATE meta SET value = '2' WHERE name = 'version';
