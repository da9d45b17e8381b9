// Package importer holds what importers of other tools' formats share: files
// in, definitions with findings and a loss report out. Each format has a
// package below this one.
package importer
