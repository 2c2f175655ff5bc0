-- One row per device: columns to search by, and the whole record as JSON.
CREATE TABLE devices (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    first_seen REAL NOT NULL,
    last_seen  REAL NOT NULL,
    record     TEXT NOT NULL
) STRICT;

CREATE TABLE networks (
    id     TEXT PRIMARY KEY,
    record TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    number  INTEGER PRIMARY KEY,
    at      REAL NOT NULL,
    kind    TEXT NOT NULL,
    device  TEXT NOT NULL,
    network TEXT NOT NULL,
    detail  TEXT NOT NULL
) STRICT;

-- The last run of each collector, and the time of the last run of each scheduled job.
CREATE TABLE runs (
    name   TEXT PRIMARY KEY,
    record TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE jobs (
    name     TEXT PRIMARY KEY,
    last_run REAL NOT NULL
) STRICT, WITHOUT ROWID;

-- Counters and single values, as JSON under a name.
CREATE TABLE totals (
    name   TEXT PRIMARY KEY,
    record TEXT NOT NULL
) STRICT, WITHOUT ROWID;
