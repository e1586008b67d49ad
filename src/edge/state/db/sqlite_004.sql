-- Numbers whose documents are not yet kept, printed and let go: what a run that was stopped left to the next.
CREATE TABLE unfinished (number TEXT PRIMARY KEY) WITHOUT ROWID;
INSERT INTO unfinished
SELECT number FROM documents
WHERE 'document/' || number IN (SELECT message_key FROM outbox WHERE status = 'waiting');

PRAGMA user_version = 4;
