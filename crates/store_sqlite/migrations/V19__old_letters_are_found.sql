-- Letters that failed first long ago are found behind those that were never tried.

PRAGMA user_version = 19;

CREATE INDEX letter_copy_by_first_failure
    ON letter_copy (realm, environment, first_failed_at, letter, number)
    WHERE first_failed_at IS NOT NULL AND next_at IS NOT NULL;
