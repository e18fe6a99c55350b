-- A key can be given a new secret; the one before goes on working for a while.

PRAGMA user_version = 4;

-- The columns kid, digest_version, digest, hint and last_used_at are those of the secret in use.
-- When it was made; absent where it was made with the key.
ALTER TABLE key ADD COLUMN secret_created_at INTEGER CHECK (secret_created_at >= 0);
-- The last use with any secret but the one in use.
ALTER TABLE key ADD COLUMN earlier_used_at INTEGER CHECK (earlier_used_at >= 0);

-- The secret before, all of it absent where there is none: it is erased when it has ended.
ALTER TABLE key ADD COLUMN previous_kid BLOB CHECK (length(previous_kid) = 16);
ALTER TABLE key ADD COLUMN previous_digest_version INTEGER CHECK (previous_digest_version IN (1, 2));
ALTER TABLE key ADD COLUMN previous_digest BLOB
    CHECK (length(previous_digest) = 32)
    CHECK ((previous_digest IS NULL) = (previous_kid IS NULL));
ALTER TABLE key ADD COLUMN previous_hint TEXT;
ALTER TABLE key ADD COLUMN previous_created_at INTEGER CHECK (previous_created_at >= 0);
ALTER TABLE key ADD COLUMN previous_used_at INTEGER CHECK (previous_used_at >= 0);
-- Seconds for which it works once the secret in use was first used. As soon as that has happened
-- the instant of its end stands below, and nothing here.
ALTER TABLE key ADD COLUMN previous_overlap_s INTEGER CHECK (previous_overlap_s BETWEEN 0 AND 604800);
ALTER TABLE key ADD COLUMN previous_ends_at INTEGER
    CHECK (previous_ends_at >= 0)
    CHECK (previous_overlap_s IS NULL OR previous_ends_at IS NULL)
    CHECK ((coalesce(previous_overlap_s, previous_ends_at) IS NULL) = (previous_kid IS NULL));

CREATE UNIQUE INDEX key_by_previous_kid ON key (previous_kid) WHERE previous_kid IS NOT NULL;
-- Finds the secrets that open nothing any more, because they or their keys have ended.
CREATE INDEX key_by_secret_end ON key (
    CASE WHEN state >= 20 THEN 0
    ELSE min(coalesce(previous_ends_at, 9223372036854775807),
             coalesce(expires_at, 9223372036854775807)) END
) WHERE previous_kid IS NOT NULL;
