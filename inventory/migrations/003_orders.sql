-- What the officer asked of the inventory by hand: the one writer carries it out. `done_at` and
-- `outcome` are set then; `done` is 1 when it could be done.
CREATE TABLE orders (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    at      REAL NOT NULL,
    action  TEXT NOT NULL,
    device  TEXT NOT NULL,
    other   TEXT NOT NULL,
    done_at REAL,
    done    INTEGER,
    outcome TEXT
) STRICT;
