-- Keys age: when each is looked at again, the steps that it took, and what is kept of each place.

PRAGMA user_version = 11;

-- Never later than anything that is due for the key; absent where nothing will ever be.
ALTER TABLE key ADD COLUMN look_at INTEGER CHECK (look_at >= 0);
-- Finds what is due without a look at what is not. What is over for good leaves it.
CREATE INDEX key_to_look_at ON key (realm, environment, look_at)
    WHERE look_at IS NOT NULL AND state < 20;

-- The steps of a key in its latest idle time: each once.
CREATE TABLE key_step (
    key BLOB NOT NULL CHECK (length(key) = 16),
    idle_since INTEGER NOT NULL CHECK (idle_since >= 0),
    -- disable, warn: and its time in the policy, expire, date.
    step TEXT NOT NULL,
    at INTEGER NOT NULL CHECK (at >= 0),
    -- The change that it was.
    epoch INTEGER NOT NULL REFERENCES audit (epoch),
    PRIMARY KEY (key, idle_since, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE place_aging (
    realm TEXT NOT NULL,
    environment TEXT NOT NULL,
    -- The fingerprint of the policy by which keys are looked at; absent until there was one.
    policy TEXT,
    -- While keys are made due for a look because the policy changed: the last that was.
    relooked_to INTEGER CHECK (relooked_to >= 0),
    -- The latest instant at which keys took steps; no step is taken before it.
    latest_at INTEGER CHECK (latest_at >= 0),
    PRIMARY KEY (realm, environment)
) STRICT, WITHOUT ROWID;
