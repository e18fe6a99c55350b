-- Rotations, changes of many keys and webhooks are done once, too.

PRAGMA user_version = 7;

-- A rule of a column cannot be changed in place, so the rows move.
CREATE TABLE idempotency_moved (
    -- The digest of the caller's key, and of whose it is.
    key BLOB NOT NULL PRIMARY KEY CHECK (length(key) = 32),
    -- The digest of what was asked.
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
    -- What was made, and of what kind: 0 an account, 1 a key, 2 an operator's key, 3 a secret, by
    -- the public id in its text, 4 a change of many keys, 5 a webhook.
    kind INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 5),
    -- Of many keys: how many were met (4 bytes), whether there may be more (1 byte, 0 or 1) and
    -- where (8 bytes), and the ids of those that changed (16 bytes each).
    made BLOB NOT NULL CHECK (CASE kind WHEN 4 THEN length(made) >= 29 AND length(made) % 16 = 13
                              ELSE length(made) IN (12, 16) END),
    at INTEGER NOT NULL CHECK (at >= 0),
    epoch INTEGER NOT NULL CHECK (epoch > 0)
) STRICT, WITHOUT ROWID;
INSERT INTO idempotency_moved (key, fingerprint, kind, made, at, epoch)
    SELECT key, fingerprint, kind, made, at, epoch FROM idempotency;
DROP TABLE idempotency;
ALTER TABLE idempotency_moved RENAME TO idempotency;
CREATE INDEX idempotency_by_age ON idempotency (at);
