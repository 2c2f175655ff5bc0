-- The IPv6 readiness as it was judged, one row per run; older rows are thinned (inventory/history.py).
CREATE TABLE readiness (
    at     REAL PRIMARY KEY,
    record BLOB NOT NULL
) STRICT;
