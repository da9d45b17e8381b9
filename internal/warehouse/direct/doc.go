// Package direct asks an engine where its rows are: a warehouse over any
// database/sql driver and a mapping of datasets to tables. What differs
// between engines is given by Config; packages such as postgres and mysql
// fill it in.
package direct
