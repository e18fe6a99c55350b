-- Letters are given up by their first failure, and not by when they were due.

PRAGMA user_version = 16;

-- When it failed first, in the time of its place; absent where it never did.
ALTER TABLE letter_copy ADD COLUMN first_failed_at INTEGER;
UPDATE letter_copy SET first_failed_at = (SELECT closes_at FROM letter WHERE id = letter)
    WHERE failures > 0;
