-- +goose Up
CREATE TABLE sync_runs (
    id         TEXT   PRIMARY KEY,
    dataset    TEXT   NOT NULL,
    ended      INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    body       TEXT   NOT NULL
);
CREATE INDEX sync_runs_dataset ON sync_runs (dataset, created_at);
CREATE INDEX sync_runs_open ON sync_runs (ended, created_at);

CREATE TABLE sync_memories (
    dataset TEXT PRIMARY KEY,
    body    TEXT NOT NULL
);
