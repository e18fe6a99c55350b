-- A webhook keeps the token that was replaced for as long as that goes along, and what its people
-- are told is found by its webhook.

PRAGMA user_version = 15;

-- As the token: kept as it is, and not a moment longer than it is needed.
ALTER TABLE webhook ADD COLUMN former TEXT CHECK (former IS NULL OR (state = 0 AND token IS NOT NULL));
-- From this instant of its place on nothing is sent with it.
ALTER TABLE webhook ADD COLUMN former_ends_at INTEGER CHECK (
    (former_ends_at IS NULL) = (former IS NULL) AND former_ends_at >= 0
);
-- Finds what is to be erased without a look at what is not.
CREATE INDEX webhook_by_former_end ON webhook (former_ends_at) WHERE former IS NOT NULL;

CREATE INDEX webhook_alert_by_webhook ON webhook_alert (webhook, epoch);
