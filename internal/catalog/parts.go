package catalog

import (
	"encoding/json"
	"reflect"
	"slices"
)

// changedParts lists the places in which two stored bodies differ, in order:
// metadata.title, spec.expr. Items of a list are known by their names, and what
// differs inside of one is listed too: spec.columns.amount.type; an item that
// came or went is spec.columns.amount. None when one of the bodies is missing.
func changedParts(before, after json.RawMessage) ([]string, error) {
	out := []string{}
	if before == nil || after == nil {
		return out, nil
	}
	var a, b map[string]map[string]any
	if err := json.Unmarshal(before, &a); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(after, &b); err != nil {
		return nil, err
	}
	for _, top := range []string{"metadata", "spec"} {
		eachDifference(a[top], b[top], func(key string, x, y any) {
			path := top + "." + key
			old, oldNamed := byName(x)
			now, nowNamed := byName(y)
			if !oldNamed || !nowNamed {
				out = append(out, path)
				return
			}
			n := len(out)
			eachDifference(old, now, func(name string, x, y any) {
				was, _ := x.(map[string]any)
				is, _ := y.(map[string]any)
				if was == nil || is == nil {
					out = append(out, path+"."+name)
					return
				}
				eachDifference(was, is, func(key string, _, _ any) { out = append(out, path+"."+name+"."+key) })
			})
			if len(out) == n { // the same items in another order
				out = append(out, path)
			}
		})
	}
	slices.Sort(out)
	return out, nil
}

// eachDifference calls f with the keys whose values differ; nil stands for none.
func eachDifference(a, b map[string]any, f func(key string, x, y any)) {
	for key, x := range a {
		if y := b[key]; !reflect.DeepEqual(x, y) {
			f(key, x, y)
		}
	}
	for key, y := range b {
		if _, had := a[key]; !had {
			f(key, nil, y)
		}
	}
}

// byName reads a list of objects with names of their own; no list is an empty
// one.
func byName(v any) (map[string]any, bool) {
	out := map[string]any{}
	if v == nil {
		return out, true
	}
	list, ok := v.([]any)
	for _, item := range list {
		object, _ := item.(map[string]any)
		name, _ := object["name"].(string)
		if _, twice := out[name]; name == "" || twice {
			return nil, false
		}
		out[name] = object
	}
	return out, ok
}
