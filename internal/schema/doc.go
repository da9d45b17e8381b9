// Package schema writes JSON Schemas of everything that people define, from
// the Go types that definitions are decoded into: editors complete keys with
// them and underline mistakes. Descriptions are the comments of the types in
// both languages (words.json), enumerations are the lists of validation.
package schema
