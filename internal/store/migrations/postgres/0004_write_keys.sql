-- +goose Up
CREATE TABLE write_keys (
    name    TEXT   PRIMARY KEY,
    calls   TEXT   NOT NULL, -- names, with blanks between; empty for all
    is_on   BIGINT NOT NULL,
    by_user TEXT   NOT NULL,
    at      BIGINT NOT NULL,
    start   TEXT   NOT NULL,
    hash    TEXT   NOT NULL UNIQUE
);
