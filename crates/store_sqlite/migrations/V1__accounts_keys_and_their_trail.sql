-- The first format: accounts, keys, operators' keys, and the trail that tells of changes.
--
-- Instants are milliseconds since the Unix epoch, in UTC. Identities are the bytes that the command
-- brought; nothing here makes one up. `made_epoch` is the epoch of a row's making: it orders lists
-- and is never shown. No clock, no calendar and no letter case is asked of the database.

-- Says whose file this is ('Chav'), and in which format.
PRAGMA application_id = 0x43686176;
PRAGMA user_version = 1;

-- How many changes were made: one row, which every change counts up.
CREATE TABLE epoch (
    only INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
    value INTEGER NOT NULL CHECK (value >= 0)
) STRICT;
INSERT INTO epoch (only, value) VALUES (1, 0);

CREATE TABLE account (
    made_epoch INTEGER NOT NULL PRIMARY KEY,
    -- 16 bytes of a UUID, or 12 of a project.
    id BLOB NOT NULL UNIQUE CHECK (length(id) IN (12, 16)),
    realm TEXT NOT NULL,
    environment TEXT NOT NULL,
    -- 0 root, 1 sub-account, 2 project.
    kind INTEGER NOT NULL CHECK (kind IN (0, 1, 2)),
    parent BLOB REFERENCES account (id),
    name TEXT NOT NULL,
    -- Rules joined by commas; empty for any address.
    ip_list TEXT NOT NULL,
    -- 0 optional, 1 required.
    user_agent INTEGER NOT NULL CHECK (user_agent IN (0, 1)),
    created_at INTEGER NOT NULL CHECK (created_at >= 0),
    epoch INTEGER NOT NULL CHECK (epoch >= made_epoch),
    CHECK ((kind = 0) = (parent IS NULL))
) STRICT;
CREATE INDEX account_by_place ON account (realm, environment);
CREATE INDEX account_by_parent ON account (parent) WHERE parent IS NOT NULL;

CREATE TABLE key (
    made_epoch INTEGER NOT NULL PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    realm TEXT NOT NULL,
    environment TEXT NOT NULL,
    owner BLOB NOT NULL REFERENCES account (id),
    -- 0 own, 1 descendants.
    reach INTEGER NOT NULL CHECK (reach IN (0, 1)),
    -- The number that the public id spells, most significant byte first.
    kid BLOB NOT NULL UNIQUE CHECK (length(kid) = 16),
    -- 1 SHA-256, 2 HMAC-SHA-256 under the pepper.
    digest_version INTEGER NOT NULL CHECK (digest_version IN (1, 2)),
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    -- '*', or NAME:R and NAME:RW joined by commas.
    permissions TEXT NOT NULL,
    -- Rules joined by commas; empty for any address.
    ip_list TEXT NOT NULL,
    -- 0 enabled; 10 disabled by hand, 11 for lack of use, 12 because the owner's arrangement
    -- changed; 20 expired by date, 21 for lack of use; 30 deleted. Below 20 a key can still work.
    state INTEGER NOT NULL CHECK (state IN (0, 10, 11, 12, 20, 21, 30)),
    expires_at INTEGER CHECK (expires_at >= 0),
    last_used_at INTEGER CHECK (last_used_at >= 0),
    epoch INTEGER NOT NULL CHECK (epoch >= made_epoch),
    -- What the initial load does not need comes last.
    created_at INTEGER NOT NULL CHECK (created_at >= 0),
    enabled_at INTEGER NOT NULL CHECK (enabled_at >= 0),
    hint TEXT NOT NULL,
    name TEXT NOT NULL
) STRICT;
CREATE INDEX key_by_place ON key (realm, environment) WHERE state < 30;
CREATE INDEX key_by_owner ON key (owner) WHERE state < 30;
-- Answers the question of the limit by itself.
CREATE INDEX key_towards_limit ON key (owner, expires_at) WHERE state < 20;

CREATE TABLE operator_key (
    made_epoch INTEGER NOT NULL PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    role TEXT NOT NULL CHECK (role IN ('admin', 'verifier')),
    name TEXT NOT NULL,
    kid BLOB NOT NULL UNIQUE CHECK (length(kid) = 16),
    digest_version INTEGER NOT NULL CHECK (digest_version IN (1, 2)),
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    hint TEXT NOT NULL,
    created_at INTEGER NOT NULL CHECK (created_at >= 0)
) STRICT;

-- One entry for each change, in the order of changes.
CREATE TABLE audit (
    epoch INTEGER NOT NULL PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    at INTEGER NOT NULL CHECK (at >= 0),
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    -- Both absent for what concerns the whole server.
    realm TEXT,
    environment TEXT,
    target TEXT NOT NULL,
    request_id BLOB NOT NULL CHECK (length(request_id) = 16),
    CHECK ((realm IS NULL) = (environment IS NULL))
) STRICT;

-- The events of each change, in their order.
CREATE TABLE event (
    epoch INTEGER NOT NULL REFERENCES audit (epoch),
    ordinal INTEGER NOT NULL CHECK (ordinal >= 0),
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    at INTEGER NOT NULL CHECK (at >= 0),
    kind TEXT NOT NULL,
    realm TEXT NOT NULL,
    environment TEXT NOT NULL,
    account BLOB NOT NULL CHECK (length(account) IN (12, 16)),
    key BLOB NOT NULL CHECK (length(key) = 16),
    PRIMARY KEY (epoch, ordinal)
) STRICT, WITHOUT ROWID;
