// Package cube reads the YAML models of Cube: cubes with their joins,
// dimensions, measures and segments become datasets and metrics. SQL of simple
// shape is taken over into the expression language; anything else is named in
// the report and left out, never guessed. Keys are read strictly, in snake
// case and in the old camel case.
package cube
