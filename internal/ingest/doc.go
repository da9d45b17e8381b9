// Package ingest brings files into the warehouse: it keeps an upload in the
// staging directory, finds out how the file is written, loads it into a
// dataset's table, and tells afterwards what is there and how good it is.
//
// A record of the file is either loaded or set aside as a reject with its
// line, column, reason and raw text; records = loaded + rejected holds before
// anything is committed. A load has two lanes. The first lets the engine read
// the file itself, strictly typed, and gives up at the first value that does
// not fit exactly. The second splits and converts in Go, record by record,
// and hands clean values to the engine. What is not read from the file itself
// (texts that are packed or in another encoding, clean values) the engine gets
// in pieces: while it reads one with every core, the next one is written.
//
// The package knows no engine; Loader is what it needs of one.
package ingest
