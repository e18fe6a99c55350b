-- Which pepper the secrets were made under.

PRAGMA user_version = 14;

-- One row at most. A store of before has none: whoever starts it first with a pepper leaves its mark.
CREATE TABLE pepper (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    -- Tells one pepper from another, and nothing of either.
    mark BLOB NOT NULL CHECK (length(mark) = 32)
) STRICT;
