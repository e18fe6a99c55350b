-- News go out in letters, a copy to each address.

PRAGMA user_version = 12;

-- What was written before this format nobody is written to about.
UPDATE event_cursor SET epoch = (SELECT value FROM epoch WHERE only = 1), ordinal = 4294967295
    WHERE consumer = 'mail' AND (SELECT value FROM epoch WHERE only = 1) > 0;

-- How the last attempt ended, and when the youngest deleted event was put up; absent where an alert
-- is about the other, and in older rows.
ALTER TABLE webhook_alert ADD COLUMN ending INTEGER CHECK (ending BETWEEN 1 AND 599);
ALTER TABLE webhook_alert ADD COLUMN youngest_at INTEGER;
CREATE INDEX webhook_alert_by_age ON webhook_alert (realm, environment, at);

CREATE TABLE letter (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    realm TEXT NOT NULL,
    environment TEXT NOT NULL,
    account BLOB NOT NULL CHECK (length(account) IN (12, 16)),
    -- What it is about, and the day of its news in the realm's zone.
    topic TEXT NOT NULL,
    day TEXT NOT NULL,
    language TEXT NOT NULL,
    -- To whom, joined by blanks.
    addresses TEXT NOT NULL,
    -- Until then it waits for more news; then its copies are due.
    closes_at INTEGER NOT NULL CHECK (closes_at >= 0),
    -- 1 once a copy was handed out: nothing joins it any more.
    sealed INTEGER NOT NULL CHECK (sealed IN (0, 1)),
    -- When the last copy was sent or given up.
    done_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX letter_by_topic ON letter (realm, environment, account, topic, day);
CREATE INDEX letter_done ON letter (realm, environment, done_at) WHERE done_at IS NOT NULL;

-- The news of each letter; each cause has one row at most.
CREATE TABLE letter_news (
    letter BLOB NOT NULL REFERENCES letter (id),
    epoch INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    news TEXT NOT NULL,
    PRIMARY KEY (letter, epoch, ordinal)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX letter_news_by_cause ON letter_news (epoch, ordinal);

CREATE TABLE letter_copy (
    letter BLOB NOT NULL REFERENCES letter (id),
    number INTEGER NOT NULL CHECK (number BETWEEN 0 AND 4),
    realm TEXT NOT NULL,
    environment TEXT NOT NULL,
    address TEXT NOT NULL,
    failures INTEGER NOT NULL CHECK (failures >= 0),
    -- When it is due; absent when it was sent or given up, at one of these instants.
    next_at INTEGER,
    sent_at INTEGER,
    given_up_at INTEGER,
    -- Counts the hands it was in; and until when it is in the last one, by the system's clock.
    fence INTEGER NOT NULL CHECK (fence >= 0),
    claimed_until INTEGER,
    PRIMARY KEY (letter, number),
    CHECK ((next_at IS NOT NULL) + (sent_at IS NOT NULL) + (given_up_at IS NOT NULL) = 1)
) STRICT, WITHOUT ROWID;
CREATE INDEX letter_copy_by_turn ON letter_copy (realm, environment, next_at, letter, number)
    WHERE next_at IS NOT NULL;
CREATE INDEX letter_copy_in_hand ON letter_copy (realm, environment, claimed_until)
    WHERE claimed_until IS NOT NULL;
