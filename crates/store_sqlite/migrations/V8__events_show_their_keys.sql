-- Events show their key as it stood after the change.

PRAGMA user_version = 8;

-- State, instants, hint and name; absent in older rows, and where the change did not write the key.
ALTER TABLE event ADD COLUMN shown TEXT;
