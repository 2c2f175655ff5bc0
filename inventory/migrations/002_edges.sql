-- Who asked for whom on a link, one row per device and target, as JSON.
CREATE TABLE edges (
    interface TEXT NOT NULL,
    mac       TEXT NOT NULL,
    target    TEXT NOT NULL,
    family    TEXT NOT NULL,
    record    TEXT NOT NULL,
    PRIMARY KEY (interface, mac, target, family)
) STRICT, WITHOUT ROWID;
