-- Keys are told of that others saw.

PRAGMA user_version = 18;

-- How its key came to be seen, and perhaps where; absent in events of other kinds.
ALTER TABLE event ADD COLUMN exposure TEXT CHECK (length(exposure) <= 300);

-- The last day on which it was told that others saw a key: once for each cause and day.
CREATE TABLE key_exposure (
    key BLOB NOT NULL CHECK (length(key) = 16),
    cause TEXT NOT NULL CHECK (cause IN ('reported', 'in_the_clear')),
    -- Days since 1970, in UTC.
    day INTEGER NOT NULL,
    PRIMARY KEY (key, cause)
) STRICT, WITHOUT ROWID;
