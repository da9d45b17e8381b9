package ossie

import (
	"encoding/json"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
)

// Version is the version of the format that is written.
const Version = "0.2.0.dev0"

// Vendor marks our extensions.
const Vendor = "LODESTAR"

// ansi is the dialect that everybody reads.
const ansi = "ANSI_SQL"

type file struct {
	Version  string           `json:"version"`
	Models   []model          `json:"semantic_model"`
	Dialects catalog.Document `json:"dialects,omitzero"` // 0.1
	Vendors  catalog.Document `json:"vendors,omitzero"`  // 0.1
}

type model struct {
	Name          string           `json:"name"`
	Description   string           `json:"description,omitempty"`
	AI            catalog.Document `json:"ai_context,omitzero"`
	Datasets      []dataset        `json:"datasets"`
	Relationships []relationship   `json:"relationships,omitempty"`
	Metrics       []metric         `json:"metrics,omitempty"`
	Extensions    []extension      `json:"custom_extensions,omitempty"`
}

type dataset struct {
	Name        string           `json:"name"`
	Source      catalog.Document `json:"source"`
	PrimaryKey  []string         `json:"primary_key,omitempty"`
	UniqueKeys  [][]string       `json:"unique_keys,omitempty"`
	Description string           `json:"description,omitempty"`
	AI          catalog.Document `json:"ai_context,omitzero"`
	Fields      []field          `json:"fields,omitempty"`
	Extensions  []extension      `json:"custom_extensions,omitempty"`
}

type field struct {
	Name        string           `json:"name"`
	Expression  expression       `json:"expression"`
	Dimension   *dimension       `json:"dimension,omitempty"`
	Datatype    string           `json:"datatype,omitempty"`
	Label       string           `json:"label,omitempty"`
	Description string           `json:"description,omitempty"`
	AI          catalog.Document `json:"ai_context,omitzero"`
	Extensions  []extension      `json:"custom_extensions,omitempty"`
}

type dimension struct {
	IsTime bool `json:"is_time,omitempty"`
}

type relationship struct {
	Name        string           `json:"name"`
	From        string           `json:"from"`
	To          string           `json:"to"`
	FromColumns []string         `json:"from_columns"`
	ToColumns   []string         `json:"to_columns"`
	AI          catalog.Document `json:"ai_context,omitzero"`
	Extensions  []extension      `json:"custom_extensions,omitempty"`
}

type metric struct {
	Name        string           `json:"name"`
	Expression  expression       `json:"expression"`
	Datatype    string           `json:"datatype,omitempty"`
	Description string           `json:"description,omitempty"`
	AI          catalog.Document `json:"ai_context,omitzero"`
	Extensions  []extension      `json:"custom_extensions,omitempty"`
}

type expression struct {
	Dialects []dialect `json:"dialects"`
}

type dialect struct {
	Dialect    string `json:"dialect"`
	Expression string `json:"expression"`
}

type extension struct {
	Vendor string `json:"vendor_name"`
	Data   string `json:"data"` // JSON
}

// body is a definition inside our extension.
type body struct {
	Kind     string           `json:"kind"`
	Metadata catalog.Metadata `json:"metadata"`
	Spec     json.RawMessage  `json:"spec"`
}

// whole is our extension of a model: what has no place of its own.
type whole struct {
	Definitions []body `json:"definitions"`
}

// datatypes are the format's words for our types.
var datatypes = map[expr.Type]string{expr.String: "String", expr.Integer: "Integer", expr.Decimal: "Decimal", expr.Float: "Float",
	expr.Boolean: "Boolean", expr.Date: "Date", expr.Timestamp: "DateTime"}

// typeOf reads a datatype; ok is false for one that we have no type for.
func typeOf(word string) (t expr.Type, ok bool) {
	for t, w := range datatypes {
		if w == word {
			return t, true
		}
	}
	if word == "DateTimeTz" {
		return expr.Timestamp, true
	}
	return expr.String, false
}

// sql gives the expression that everybody reads; ok is false when there is
// none.
func (e expression) sql() (string, bool) {
	for _, d := range e.Dialects {
		if d.Dialect == ansi || d.Dialect == "Ossie_SQL_2026" {
			return d.Expression, true
		}
	}
	return "", false
}

func inANSI(sql string) expression { return expression{[]dialect{{ansi, sql}}} }
