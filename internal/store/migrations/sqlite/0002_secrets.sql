-- +goose Up
CREATE TABLE secrets (
    name    TEXT   PRIMARY KEY,
    by_user TEXT   NOT NULL,
    at      INTEGER NOT NULL,
    sealed  TEXT   NOT NULL
);
