-- Accounts have contacts, and a language in which they are written to.

PRAGMA user_version = 13;

-- Their addresses with a comma between them: at most five.
ALTER TABLE account ADD COLUMN contacts TEXT NOT NULL DEFAULT '' CHECK (length(contacts) < 1280);
-- The address that it was opened with; written to while it has no contacts.
ALTER TABLE account ADD COLUMN mail TEXT CHECK (length(mail) <= 254);
-- Absent where the realm says.
ALTER TABLE account ADD COLUMN language TEXT CHECK (language IN ('pt-BR', 'en'));

-- Accounts that were opened with an address carry it as a label, in small letters.
UPDATE account SET mail = (
    SELECT value FROM account_label
    WHERE account_label.account = account.id AND account_label.name = 'email'
);
