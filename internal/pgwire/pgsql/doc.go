// Package pgsql reads the SQL that PostgreSQL clients send: SELECT in the
// breadth that tools use to look at catalogues, and the commands around it.
// It says where something is wrong; what a statement means is for others.
package pgsql
