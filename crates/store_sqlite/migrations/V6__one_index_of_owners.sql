-- The keys of an owner are listed and counted by one index: each more is a page to write for every
-- key that is made.

PRAGMA user_version = 6;

-- Its order is that of making; the state and the end answer the question of the limit by themselves.
CREATE INDEX key_of_owner ON key (owner, made_epoch, state, expires_at) WHERE state < 30;
DROP INDEX key_by_owner;
DROP INDEX key_towards_limit;
