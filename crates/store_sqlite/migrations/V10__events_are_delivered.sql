-- Events are taken once by each consumer, and brought to webhooks.

PRAGMA user_version = 10;

-- Where each consumer of events goes on. What was written before this format nobody is told of.
CREATE TABLE event_cursor (
    consumer TEXT NOT NULL PRIMARY KEY,
    epoch INTEGER NOT NULL CHECK (epoch >= 0),
    ordinal INTEGER NOT NULL CHECK (ordinal >= 0)
) STRICT, WITHOUT ROWID;
INSERT INTO event_cursor (consumer, epoch, ordinal)
    SELECT consumer, coalesce((SELECT max(epoch) FROM event), 0),
           CASE WHEN EXISTS (SELECT 1 FROM event) THEN 4294967295 ELSE 0 END
    FROM (SELECT 'webhooks' AS consumer UNION ALL SELECT 'mail');

-- How the queue of each webhook fares to which anything was ever put up.
CREATE TABLE webhook_queue (
    webhook BLOB NOT NULL PRIMARY KEY REFERENCES webhook (id),
    realm TEXT NOT NULL,
    environment TEXT NOT NULL,
    -- Failures in a row.
    streak INTEGER NOT NULL DEFAULT 0 CHECK (streak >= 0),
    -- When it has its turn; absent where nothing can be sent, or enough is under way.
    due_at INTEGER,
    -- When the first of what is under way is free again, by the system's clock.
    lease_until INTEGER,
    -- When its oldest delivery was put up, or earlier; 0 where all of them are to go.
    oldest_at INTEGER,
    -- How many were deleted undelivered, and when that was last so.
    expired INTEGER NOT NULL DEFAULT 0 CHECK (expired >= 0),
    expired_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_queue_by_turn ON webhook_queue (realm, environment, due_at)
    WHERE due_at IS NOT NULL;
CREATE INDEX webhook_queue_by_lease ON webhook_queue (realm, environment, lease_until)
    WHERE lease_until IS NOT NULL;
CREATE INDEX webhook_queue_by_age ON webhook_queue (realm, environment, oldest_at)
    WHERE oldest_at IS NOT NULL;

-- One row for each event and webhook, in the order of events.
CREATE TABLE delivery (
    webhook BLOB NOT NULL REFERENCES webhook (id),
    epoch INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    event BLOB NOT NULL CHECK (length(event) = 16),
    kind TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    -- How often it failed since it was put up.
    failures INTEGER NOT NULL CHECK (failures >= 0),
    -- When it is due, 0 for at once; absent when it was delivered.
    next_at INTEGER CHECK (next_at >= 0),
    delivered_at INTEGER CHECK ((delivered_at IS NULL) = (next_at IS NOT NULL)),
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    -- Counts the hands it was in; and until when it is in the last one, by the system's clock.
    fence INTEGER NOT NULL CHECK (fence >= 0),
    claimed_until INTEGER,
    body TEXT NOT NULL,
    PRIMARY KEY (webhook, epoch, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_by_turn ON delivery (webhook, next_at, epoch, ordinal)
    WHERE next_at IS NOT NULL;
CREATE INDEX delivery_in_hand ON delivery (webhook, claimed_until) WHERE claimed_until IS NOT NULL;
CREATE INDEX delivery_penalized ON delivery (webhook) WHERE failures > 0 AND next_at IS NOT NULL;

-- The latest attempts of each delivery.
CREATE TABLE delivery_attempt (
    webhook BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    number INTEGER NOT NULL CHECK (number > 0),
    at INTEGER NOT NULL,
    took_ms INTEGER NOT NULL CHECK (took_ms >= 0),
    -- The status; below 100 what came instead of one.
    ending INTEGER NOT NULL CHECK (ending BETWEEN 1 AND 599),
    answer BLOB NOT NULL CHECK (length(answer) <= 4096),
    PRIMARY KEY (webhook, epoch, ordinal, number)
) STRICT, WITHOUT ROWID;

-- What the people of webhooks are to be told, one for each change.
CREATE TABLE webhook_alert (
    epoch INTEGER NOT NULL PRIMARY KEY REFERENCES audit (epoch),
    webhook BLOB NOT NULL REFERENCES webhook (id),
    realm TEXT NOT NULL,
    environment TEXT NOT NULL,
    account BLOB NOT NULL CHECK (length(account) IN (12, 16)),
    at INTEGER NOT NULL,
    -- 0 so many attempts in a row failed, 1 it was interrupted, 2 so many events were deleted.
    kind INTEGER NOT NULL CHECK (kind IN (0, 1, 2)),
    count INTEGER NOT NULL CHECK (count >= 0)
) STRICT;
