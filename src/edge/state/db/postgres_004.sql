-- Numbers whose documents are not yet kept, printed and let go: what a run that was stopped left to the next.
CREATE TABLE unfinished (number TEXT PRIMARY KEY);
INSERT INTO unfinished
SELECT number FROM documents
WHERE 'document/' || number IN (SELECT message_key FROM outbox WHERE status = 'waiting');

UPDATE meta SET value = '4' WHERE name = 'version';
