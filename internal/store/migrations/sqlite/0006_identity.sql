-- +goose Up
CREATE TABLE identity_decisions (
    entity   TEXT NOT NULL,
    a_kind   TEXT NOT NULL,
    a_value  TEXT NOT NULL,
    b_kind   TEXT NOT NULL,
    b_value  TEXT NOT NULL,
    together INTEGER NOT NULL,
    by_user  TEXT NOT NULL,
    at       INTEGER NOT NULL,
    why      TEXT NOT NULL,
    PRIMARY KEY (entity, a_kind, a_value, b_kind, b_value)
);

CREATE TABLE identity_reports (
    entity TEXT NOT NULL,
    day    TEXT NOT NULL,
    body   TEXT NOT NULL,
    PRIMARY KEY (entity, day)
);
