-- Accounts can be changed, opened for the management of the keys below them, and deleted.

PRAGMA user_version = 2;

-- Until when keys of the accounts below may be managed with this account's own keys.
ALTER TABLE account ADD COLUMN release_until INTEGER CHECK (release_until >= 0);
-- What the realm's dialect keeps about the account; only the dialect reads it.
ALTER TABLE account ADD COLUMN details TEXT;
-- 0 active, 30 deleted, as for keys.
ALTER TABLE account ADD COLUMN state INTEGER NOT NULL DEFAULT 0 CHECK (state IN (0, 30));
