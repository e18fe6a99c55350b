-- Accounts can be suspended and have limits of their own, operators' keys end, and commands that
-- carry an idempotency key are done once.

PRAGMA user_version = 5;

-- 1 while an operator has taken the account out of force; says nothing of one that was deleted.
ALTER TABLE account ADD COLUMN suspended INTEGER NOT NULL DEFAULT 0 CHECK (suspended IN (0, 1));
-- How many keys it may hold and projects it may have; absent where the realm says.
ALTER TABLE account ADD COLUMN keys_max INTEGER CHECK (keys_max BETWEEN 0 AND 100000);
ALTER TABLE account ADD COLUMN projects_max INTEGER CHECK (projects_max BETWEEN 0 AND 100000);

-- One more role, and an end. A rule of a column cannot be changed in place, so the rows move.
CREATE TABLE operator_key_moved (
    made_epoch INTEGER NOT NULL PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    role TEXT NOT NULL CHECK (role IN ('admin', 'support', 'verifier')),
    name TEXT NOT NULL,
    kid BLOB NOT NULL UNIQUE CHECK (length(kid) = 16),
    digest_version INTEGER NOT NULL CHECK (digest_version IN (1, 2)),
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    hint TEXT NOT NULL,
    created_at INTEGER NOT NULL CHECK (created_at >= 0),
    -- 0 active, 30 deleted, as for keys.
    state INTEGER NOT NULL DEFAULT 0 CHECK (state IN (0, 30))
) STRICT;
INSERT INTO operator_key_moved
    (made_epoch, id, role, name, kid, digest_version, digest, hint, created_at)
    SELECT made_epoch, id, role, name, kid, digest_version, digest, hint, created_at
    FROM operator_key;
DROP TABLE operator_key;
ALTER TABLE operator_key_moved RENAME TO operator_key;

-- Commands that were done once, for a day. No row says more of a request than digests.
CREATE TABLE idempotency (
    -- The digest of the caller's key, and of whose it is.
    key BLOB NOT NULL PRIMARY KEY CHECK (length(key) = 32),
    -- The digest of what was asked.
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
    -- What was made, and of what kind: 0 an account, 1 a key, 2 an operator's key.
    kind INTEGER NOT NULL CHECK (kind IN (0, 1, 2)),
    made BLOB NOT NULL CHECK (length(made) IN (12, 16)),
    at INTEGER NOT NULL CHECK (at >= 0),
    epoch INTEGER NOT NULL CHECK (epoch > 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_by_age ON idempotency (at);
