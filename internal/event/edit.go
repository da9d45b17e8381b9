package event

import (
	"slices"
	"strconv"
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// Rule mends messages of one kind: it is applied to what was sent, before it is
// checked again.
type Rule struct {
	Do       string `json:"do"`                 // rename | cast | default | remove | rename_event
	Property string `json:"property,omitempty"` // as sent, or of the plan
	To       string `json:"to,omitempty"`       // of a renaming
	Value    string `json:"value,omitempty"`    // of a default: as text
}

var ruleWords = []string{"rename", "cast", "default", "remove", "rename_event"}

func (r *Rule) check() error {
	if r == nil {
		return nil
	}
	f := fault.New(fault.Invalid, "bad_rule", text.Text{EN: "this rule cannot be applied; see errors", ZH: "修复规则不可用，详见 errors"})
	need := func(path, value string) {
		if value == "" {
			f.At("rule."+path, "required", text.Text{EN: "{name} is missing", ZH: "缺少 {name}"}.With("name", path))
		}
	}
	switch r.Do {
	case "rename":
		need("property", r.Property)
		need("to", r.To)
	case "cast", "remove":
		need("property", r.Property)
	case "default":
		need("property", r.Property)
		need("value", r.Value)
	case "rename_event":
		need("to", r.To)
	default:
		f.At("rule.do", "bad_value", text.Text{EN: "use one of {all}", ZH: "可用：{all}"}.With("all", strings.Join(ruleWords, ", ")))
	}
	if len(f.Fields) > 0 {
		return f
	}
	return nil
}

// apply gives the message as it would have been sent right. t is the event that
// it belongs to; nil when that is not known.
func (r *Rule) apply(raw []byte, t *planned) []byte {
	if r.Do == "rename_event" {
		return rewrite(raw, []string{"event"}, func([]byte) []byte { return appendQuoted(nil, []byte(r.To)) })
	}
	path, f := r.place(t)
	switch r.Do {
	case "rename":
		var moved []byte
		out := rewrite(raw, path, func(old []byte) []byte { moved = old; return nil })
		if moved == nil {
			return raw
		}
		to := *r
		to.Property = r.To
		target, _ := to.place(t)
		return rewrite(out, target, func(old []byte) []byte {
			if old != nil {
				return old
			}
			return moved
		})
	case "remove":
		return rewrite(raw, path, func([]byte) []byte { return nil })
	case "default":
		return rewrite(raw, path, func(old []byte) []byte {
			if f != nil && old != nil && !isNull(old) {
				if _, bad := f.convert(old); bad == nil {
					return old
				}
			}
			if f == nil && old != nil {
				return old
			}
			return asJSON(r.Value, f)
		})
	}
	return rewrite(raw, path, func(old []byte) []byte { // cast
		if f == nil || old == nil || isNull(old) || isObject(old) || isList(old) {
			return old
		}
		return asJSON(shownWhole(old), f)
	})
}

func shownWhole(v []byte) string {
	if isText(v) {
		return string(unquoted(v))
	}
	return string(v)
}

// place says where a property stands in what is sent.
func (r *Rule) place(t *planned) ([]string, *field) {
	if t != nil {
		for i := range t.fields {
			if f := &t.fields[i]; f.Name == r.Property || f.From() == r.Property {
				path := strings.Split(f.From(), ".")
				if path[0] == "context" && len(path) > 1 {
					return path, f
				}
				return append([]string{"properties"}, path...), f
			}
		}
	}
	return []string{"properties", r.Property}, nil
}

// asJSON writes a text as the JSON that a field takes.
func asJSON(s string, f *field) []byte {
	if f == nil {
		return appendQuoted(nil, []byte(s))
	}
	switch trimmed := strings.TrimSpace(s); f.Type {
	case expr.Integer, expr.Decimal, expr.Float:
		trimmed = strings.ReplaceAll(trimmed, ",", "")
		if n := []byte(trimmed); isNumber(n) && checkJSON(n) == nil {
			return n
		}
	case expr.Boolean:
		switch strings.ToLower(trimmed) {
		case "true", "1", "yes", "是":
			return []byte("true")
		case "false", "0", "no", "否":
			return []byte("false")
		}
	case expr.Date:
		if len(trimmed) > 10 && trimmed[10] == 'T' {
			return appendQuoted(nil, []byte(trimmed[:10]))
		}
	case expr.Timestamp:
		if ms, err := strconv.ParseInt(trimmed, 10, 64); err == nil && len(trimmed) >= 10 {
			return appendQuoted(nil, []byte(epoch(ms, len(trimmed) > 10)))
		}
	}
	return appendQuoted(nil, []byte(s))
}

// rewrite gives a JSON object in which one place has another value: what change
// makes of the old one (nil when there was none); nil takes it away.
func rewrite(obj []byte, path []string, change func(old []byte) []byte) []byte {
	out := []byte{'{'}
	add := func(key, v []byte) {
		if v == nil {
			return
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(appendQuoted(out, key), ':'), v...)
	}
	inside := func(old []byte) []byte {
		if len(path) == 1 {
			return change(old)
		}
		if !isObject(old) {
			if v := rewrite([]byte("{}"), path[1:], change); len(v) > 2 {
				return v
			}
			return old
		}
		return rewrite(old, path[1:], change)
	}
	found := false
	members(obj, func(key, v []byte) {
		if !found && (string(key) == path[0] || hasUpper(key) && semantic.FoldEventName(string(key)) == path[0]) {
			found = true
			v = inside(slices.Clone(v))
		}
		add(key, v)
	})
	if !found {
		add([]byte(path[0]), inside(nil))
	}
	return append(out, '}')
}
