-- Sub-accounts can be white-label, accounts carry labels, and accounts have webhooks.

PRAGMA user_version = 3;

-- 0 ours, 1 white-label; sub-accounts alone can be so.
ALTER TABLE account ADD COLUMN branding INTEGER NOT NULL DEFAULT 0
    CHECK (branding = 0 OR (branding = 1 AND kind = 1));

-- By what accounts are found and kept apart. The labels of a deleted account stay, and count no more.
CREATE TABLE account_label (
    account BLOB NOT NULL REFERENCES account (id),
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    realm TEXT NOT NULL,
    environment TEXT NOT NULL,
    -- How many active accounts of a place may carry it: 0 many, 1 one.
    single INTEGER NOT NULL CHECK (single IN (0, 1)),
    -- 0 of an active account, 30 of a deleted one.
    state INTEGER NOT NULL CHECK (state IN (0, 30)),
    PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;
-- What the command checks before, the database holds as well.
CREATE UNIQUE INDEX account_label_single ON account_label (realm, environment, name, value)
    WHERE single = 1 AND state = 0;

CREATE TABLE webhook (
    made_epoch INTEGER NOT NULL,
    -- Orders those that were made in one change.
    ordinal INTEGER NOT NULL CHECK (ordinal >= 0),
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    realm TEXT NOT NULL,
    environment TEXT NOT NULL,
    account BLOB NOT NULL REFERENCES account (id),
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    mail TEXT NOT NULL,
    -- 0 sequential, 1 free.
    send_order INTEGER NOT NULL CHECK (send_order IN (0, 1)),
    -- Names joined by commas.
    events TEXT NOT NULL,
    -- 0 on, 10 off.
    switch INTEGER NOT NULL CHECK (switch IN (0, 10)),
    -- 0 running, 1 interrupted.
    queue INTEGER NOT NULL CHECK (queue IN (0, 1)),
    -- What the receiver knows us by: sent with each event, so it is kept as it is while the webhook
    -- lives, and not a moment longer.
    token TEXT,
    -- 0 active, 30 deleted, as for accounts.
    state INTEGER NOT NULL CHECK (state IN (0, 30)),
    created_at INTEGER NOT NULL CHECK (created_at >= 0),
    epoch INTEGER NOT NULL CHECK (epoch >= made_epoch),
    PRIMARY KEY (made_epoch, ordinal),
    CHECK (state = 0 OR token IS NULL)
) STRICT;
CREATE INDEX webhook_by_account ON webhook (account, made_epoch, ordinal) WHERE state = 0;
