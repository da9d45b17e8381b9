// Package testserver starts throw-away database servers, for tests and for
// tools that try things on every engine: PostgreSQL, MariaDB, ClickHouse's
// engine, a cluster of Trino, OpenSSH's SFTP, the broker Mosquitto, and one that
// speaks SQL Server's protocol. They listen on loopback or on a socket in a
// temporary directory, which goes with them.
package testserver
