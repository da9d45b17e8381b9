// Package record makes rows of records of JSON: fields are found by their paths,
// and their values become the texts that a spool takes.
package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"lodestar/internal/expr"
	"lodestar/internal/source"
)

// notText stands for bytes that are no text, which the loader sets aside with the
// record and says why.
const notText = "\xff"

// errMore says that there is more than one document.
var errMore = errors.New("more text follows the JSON")

// Parse reads a document of JSON, and nothing behind it. Where its bytes are no
// UTF-8, its texts are not made to look as if they were.
func Parse(b []byte) (any, error) {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF { // a second document would be lost
		return nil, errMore
	}
	if !utf8.Valid(b) {
		v = unfit(v)
	}
	return v, nil
}

// unfit puts notText where the decoder has put a sign of its own.
func unfit(v any) any {
	switch v := v.(type) {
	case string:
		return strings.ReplaceAll(v, "\uFFFD", notText)
	case []any:
		for i := range v {
			v[i] = unfit(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = unfit(v[k])
		}
	}
	return v
}

// whole reports whether all texts are text.
func whole(v any) bool {
	switch v := v.(type) {
	case string:
		return utf8.ValidString(v)
	case []any:
		return !slices.ContainsFunc(v, func(v any) bool { return !whole(v) })
	case map[string]any:
		for _, v := range v {
			if !whole(v) {
				return false
			}
		}
	}
	return true
}

// Dig goes down a path of names with dots, and numbers for places in lists. A
// name that has dots itself comes first.
func Dig(v any, path string) (any, bool) {
	if path == "" {
		return v, true
	}
	switch v := v.(type) {
	case map[string]any:
		if inner, ok := v[path]; ok {
			return inner, true
		}
		head, rest, deeper := strings.Cut(path, ".")
		if inner, ok := v[head]; ok && deeper {
			return Dig(inner, rest)
		}
	case []any:
		head, rest, _ := strings.Cut(path, ".")
		if i, err := strconv.Atoi(head); err == nil && i >= 0 && i < len(v) {
			return Dig(v[i], rest)
		}
	}
	return nil, false
}

// Word is a text or number in an answer; empty for none.
func Word(answer any, path string) string {
	switch v, _ := Dig(answer, path); v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// Value is the text of a field; nil when the record does not have it.
func Value(record any, c source.Column) ([]byte, error) {
	v, _ := Dig(record, c.Name)
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		if c.Type == expr.Timestamp {
			if at, ok := moment(v, c.Zone); ok {
				return []byte(at), nil
			}
		}
		return []byte(v), nil
	case bool:
		return strconv.AppendBool(nil, v), nil
	case json.Number:
		if c.Type == expr.Timestamp {
			return []byte(since1970(v.String())), nil
		}
		return []byte(plain(v.String())), nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	out := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	if !whole(v) {
		out = bytes.ReplaceAll(out, []byte(`\ufffd`), []byte(notText))
	}
	return out, err
}

// Stamp is how the spool writes times, for the time package.
const Stamp = "2006-01-02 15:04:05.999999"

// moment reads a time, and gives it as the spool has it; one that says no zone is
// of the zone given, nil for UTC.
func moment(s string, zone *time.Location) (string, bool) {
	if len(s) < len("2006-01-02T15:04") {
		return "", false
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04Z07:00"} {
		if at, err := time.Parse(layout, s); err == nil {
			return written(at), true
		}
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04"} {
		if shown, err := time.Parse(layout, s); err == nil {
			return written(when(shown, zone)), true
		}
	}
	return "", false
}

// written is a moment as the spool has it. The end of the year 9999, by which
// many say "for ever", would be a later year by the clocks of UTC.
func written(at time.Time) string {
	switch at = at.UTC(); {
	case at.Year() > 9999:
		return "9999-12-31 23:59:59.999999"
	case at.Year() < 1:
		return "0001-01-01 00:00:00"
	}
	return at.Format(Stamp)
}

// when is the moment at which clocks in a zone showed a time, which is given as if
// it were UTC: the earlier one of a time that they show twice, and the later one
// of a time that they skip, as files are read.
func when(shown time.Time, zone *time.Location) time.Time {
	if zone == nil {
		return shown
	}
	ahead := func(at time.Time) time.Duration {
		_, seconds := at.In(zone).Zone()
		return time.Duration(seconds) * time.Second
	}
	before := shown.Add(-ahead(shown.Add(-24 * time.Hour)))
	if after := shown.Add(-ahead(shown.Add(24 * time.Hour))); before.Add(ahead(before)) != shown && after.Add(ahead(after)) == shown {
		return after
	}
	return before
}

// since1970 reads seconds, or milliseconds when there are so many that seconds
// would lie beyond the year 5000.
func since1970(s string) string {
	r, ok := new(big.Rat).SetString(plain(s))
	if !ok {
		return s
	}
	if new(big.Rat).Abs(r).Cmp(big.NewRat(100_000_000_000, 1)) >= 0 {
		r.Quo(r, big.NewRat(1000, 1))
	}
	r.Mul(r, big.NewRat(1_000_000, 1))
	micros := new(big.Int).Quo(r.Num(), r.Denom())
	if !micros.IsInt64() {
		return s
	}
	return time.UnixMicro(micros.Int64()).UTC().Format(Stamp)
}

// plain writes a number of JSON without an exponent, where that is of use.
func plain(s string) string {
	i := strings.IndexAny(s, "eE")
	if i < 0 {
		return s
	}
	if e, err := strconv.Atoi(s[i+1:]); err != nil || e > 40 || e < -40 {
		return s
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return s
	}
	out := r.FloatString(80)
	return strings.TrimSuffix(strings.TrimRight(out, "0"), ".")
}

// deepest is how far fields within fields become columns of their own.
const deepest = 3

// mostColumns bounds them.
const mostColumns = 1000

// Columns finds the fields of records, in the order of their names, with the
// type that fits all of their values.
func Columns(records []any) []source.Column {
	types := map[string]expr.Type{}
	for _, r := range records {
		if fields, ok := r.(map[string]any); ok {
			look(types, "", fields, 1)
		}
	}
	return columnsOf(types)
}

func columnsOf(types map[string]expr.Type) []source.Column {
	var out []source.Column
	for name, typ := range types {
		if typ == "" || typ == expr.Null {
			typ = expr.String // it never had a value
		}
		out = append(out, source.Column{Name: name, Type: typ, Native: "JSON"})
	}
	slices.SortFunc(out, func(a, b source.Column) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// enough is how many values of a field tell its type.
const enough = 100

// Fields collects the fields of records as they are read, but for those that are
// wanted: their types are known.
type Fields struct {
	wanted map[string]bool
	types  map[string]expr.Type
	values map[string]int
}

// NewFields begins a collection.
func NewFields(wanted []source.Column) *Fields {
	f := &Fields{map[string]bool{}, map[string]expr.Type{}, map[string]int{}}
	for _, c := range wanted {
		f.wanted[c.Name] = true
	}
	return f
}

// See takes the fields of a record in.
func (f *Fields) See(r any) {
	if fields, ok := r.(map[string]any); ok {
		f.see("", fields, 1)
	}
}

func (f *Fields) see(above string, fields map[string]any, depth int) {
	for name, v := range fields {
		name = above + name
		if f.wanted[name] || f.values[name] >= enough {
			continue
		}
		if inner, ok := v.(map[string]any); ok && depth < deepest {
			f.see(name+".", inner, depth+1)
			continue
		}
		if _, known := f.types[name]; !known && len(f.types) >= mostColumns {
			continue
		}
		if v != nil { // a field that never has a value is not missed
			f.types[name] = wider(f.types[name], typeOf(v))
			f.values[name]++
		}
	}
}

// Columns are the fields that were seen, in the order of their names.
func (f *Fields) Columns() []source.Column { return columnsOf(f.types) }

// Messages are the columns of messages: the fields of those that are objects, and
// the columns that every message has, whose names begin with _.
func Messages(objects []any, own []source.Column) []source.Column {
	fields := slices.DeleteFunc(Columns(objects), func(c source.Column) bool { return strings.HasPrefix(c.Name, "_") })
	return append(fields, own...)
}

func look(types map[string]expr.Type, above string, fields map[string]any, depth int) {
	for name, v := range fields {
		if len(types) >= mostColumns {
			return
		}
		if inner, ok := v.(map[string]any); ok && depth < deepest {
			look(types, above+name+".", inner, depth+1)
			continue
		}
		types[above+name] = wider(types[above+name], typeOf(v))
	}
}

var dateOnly = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)

func typeOf(v any) expr.Type {
	switch v := v.(type) {
	case nil:
		return expr.Null
	case bool:
		return expr.Boolean
	case json.Number:
		if _, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			return expr.Integer
		}
		return expr.Decimal
	case string:
		if _, ok := moment(v, nil); ok {
			return expr.Timestamp
		}
		if dateOnly.MatchString(v) {
			return expr.Date
		}
	}
	return expr.String
}

func wider(a, b expr.Type) expr.Type {
	switch {
	case a == "" || a == expr.Null || a == b:
		return b
	case b == expr.Null:
		return a
	case a.IsNumber() && b.IsNumber():
		return expr.Decimal
	}
	return expr.String
}
