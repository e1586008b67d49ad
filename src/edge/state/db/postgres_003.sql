-- Questions about the outbox stay cheap when it is old.
CREATE INDEX outbox_by_position ON outbox (position);
CREATE INDEX outbox_by_kind ON outbox (kind, account_id, position);

UPDATE meta SET value = '3' WHERE name = 'version';
