// Package model holds the definitions that the benchmarks ask.
package model

import _ "embed"

// YAML is the whole model as multi-document YAML.
//
//go:embed model.yaml
var YAML []byte
