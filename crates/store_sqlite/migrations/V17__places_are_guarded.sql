-- Places are guarded against clocks that are wrong.

PRAGMA user_version = 17;

-- How many keys somebody admitted to take steps at once, and until when.
ALTER TABLE place_aging ADD COLUMN approved_keys INTEGER CHECK (approved_keys > 0);
ALTER TABLE place_aging ADD COLUMN approved_until INTEGER
    CHECK ((approved_until IS NULL) = (approved_keys IS NULL));

-- What the clock showed when it was noted last, and until when nothing is deleted because it leapt.
ALTER TABLE place_aging ADD COLUMN seen_at INTEGER;
ALTER TABLE place_aging ADD COLUMN rests_until INTEGER;
