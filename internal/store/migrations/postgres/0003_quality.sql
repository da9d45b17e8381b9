-- +goose Up
CREATE TABLE quality_runs (
    id        TEXT PRIMARY KEY,
    dataset   TEXT NOT NULL,
    at        BIGINT NOT NULL,
    millis    DOUBLE PRECISION NOT NULL,
    cause     TEXT NOT NULL,
    by_user   TEXT NOT NULL,
    row_count BIGINT NOT NULL,
    versions  TEXT NOT NULL,
    revision  BIGINT NOT NULL
);
CREATE INDEX quality_runs_of ON quality_runs (dataset, at);
CREATE TABLE quality_results (
    run      TEXT NOT NULL REFERENCES quality_runs (id),
    place    BIGINT NOT NULL,
    rule     TEXT NOT NULL,
    kind     TEXT NOT NULL,
    severity TEXT NOT NULL,
    state    TEXT NOT NULL,
    checked  BIGINT NOT NULL,
    broken   BIGINT NOT NULL,
    since    BIGINT NOT NULL,
    detail   TEXT NOT NULL,
    PRIMARY KEY (run, place)
);
