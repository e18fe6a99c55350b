-- The clocks of places that were moved.

PRAGMA user_version = 9;

CREATE TABLE place_clock (
    realm TEXT NOT NULL,
    environment TEXT NOT NULL,
    -- How far it runs ahead of the system's clock, in milliseconds. It only grows.
    offset_ms INTEGER NOT NULL CHECK (offset_ms > 0),
    -- The epoch of its last move.
    epoch INTEGER NOT NULL CHECK (epoch > 0),
    PRIMARY KEY (realm, environment)
) STRICT, WITHOUT ROWID;
