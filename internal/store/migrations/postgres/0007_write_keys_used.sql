-- +goose Up
ALTER TABLE write_keys ADD COLUMN used_at BIGINT;
