package catalog

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestChangedParts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ before, after, want string }{
		{`{"spec": {"expr": "a"}}`, `{"spec": {"expr": "a"}}`, ""},
		{`{"metadata": {"name": "m"}, "spec": {"expr": "a"}}`, `{"metadata": {"name": "m", "title": {"en": "M"}}, "spec": {"expr": "b"}}`, "metadata.title spec.expr"},
		{`{"spec": {"where": "a"}}`, `{"spec": {}}`, "spec.where"},
		{`{"spec": {"columns": [{"name": "a", "type": "x"}, {"name": "b"}]}}`, `{"spec": {"columns": [{"name": "c"}, {"name": "a", "type": "y"}]}}`, "spec.columns.a.type spec.columns.b spec.columns.c"},
		{`{"spec": {"columns": [{"name": "a"}, {"name": "b"}]}}`, `{"spec": {"columns": [{"name": "b"}, {"name": "a"}]}}`, "spec.columns"},
		{`{"spec": {}}`, `{"spec": {"dimensions": [{"name": "big", "expr": "x > 1"}]}}`, "spec.dimensions.big"},
		{`{"spec": {"quality": [{"rule": "unique"}]}}`, `{"spec": {"quality": [{"rule": "range"}]}}`, "spec.quality"},
		{`{"spec": {"values": {"a": 1}}}`, `{"spec": {"values": {"a": 2}}}`, "spec.values"},
		{"", `{"spec": {"expr": "b"}}`, ""},
	} {
		var before json.RawMessage
		if c.before != "" {
			before = json.RawMessage(c.before)
		}
		got, err := changedParts(before, json.RawMessage(c.after))
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%s → %s: %v %v, want %s", c.before, c.after, got, err, c.want)
		}
	}
}
