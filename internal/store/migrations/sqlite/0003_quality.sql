-- +goose Up
CREATE TABLE quality_runs (
    id        TEXT PRIMARY KEY,
    dataset   TEXT NOT NULL,
    at        INTEGER NOT NULL,
    millis    REAL NOT NULL,
    cause     TEXT NOT NULL,
    by_user   TEXT NOT NULL,
    row_count INTEGER NOT NULL,
    versions  TEXT NOT NULL,
    revision  INTEGER NOT NULL
);
CREATE INDEX quality_runs_of ON quality_runs (dataset, at);
CREATE TABLE quality_results (
    run      TEXT NOT NULL REFERENCES quality_runs (id),
    place    INTEGER NOT NULL,
    rule     TEXT NOT NULL,
    kind     TEXT NOT NULL,
    severity TEXT NOT NULL,
    state    TEXT NOT NULL,
    checked  INTEGER NOT NULL,
    broken   INTEGER NOT NULL,
    since    INTEGER NOT NULL,
    detail   TEXT NOT NULL,
    PRIMARY KEY (run, place)
);
