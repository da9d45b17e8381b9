package prepare_test

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"lodestar/internal/expr"
	"lodestar/internal/steps"
)

// asOf looks through all rows there for each row here.
func (x *reference) asOf(j *steps.Join, r, o rel) rel {
	out := rel{cols: slices.Clone(r.cols)}
	for _, c := range j.Columns {
		out.cols = append(out.cols, j.Prefix+c)
	}
	for _, a := range r.rows {
		var found []any
		for _, b := range o.rows {
			now, then := r.get(a, j.AsOf.Time), o.get(b, j.AsOf.Other)
			fits := now != nil && then != nil
			for here, there := range j.On {
				p, q := r.get(a, here), o.get(b, there)
				fits = fits && p != nil && q != nil && order(p, q) == 0
			}
			if !fits || then.(time.Time).After(now.(time.Time)) {
				continue
			}
			if w := j.AsOf.Window(); w > 0 && now.(time.Time).Sub(then.(time.Time)) > w {
				continue
			}
			if found == nil || sooner(j, o, b, found) {
				found = b
			}
		}
		switch {
		case j.Kind == "anti" && found != nil, j.Kind == "inner" && found == nil:
			continue
		}
		next := append(slices.Clone(a), make([]any, len(j.Columns))...)
		for i, c := range j.Columns {
			if found != nil {
				next[len(a)+i] = o.get(found, c)
			}
		}
		out.rows = append(out.rows, next)
	}
	return out
}

// sooner tells whether a row is taken rather than another that fits, too.
func sooner(j *steps.Join, o rel, a, b []any) bool {
	if c := order(o.get(a, j.AsOf.Other), o.get(b, j.AsOf.Other)); c != 0 {
		return c < 0 == (j.AsOf.Which == "first")
	}
	for i := range o.cols { // all columns, in their order: no key is known there
		switch p, q := a[i], b[i]; {
		case p == nil && q == nil:
		case p == nil || q == nil:
			return q == nil
		case order(p, q) != 0:
			return order(p, q) < 0
		}
	}
	return false
}

// session goes through the rows of each key one after the other.
func (x *reference) session(s *steps.Session, r rel) rel {
	out := rel{cols: x.after.Names()}
	zone := x.zone
	if zone == nil {
		zone = time.UTC
	}
	keys, of := groups(r, s.By)
	for _, k := range keys {
		rows := slices.Clone(of[k])
		slices.SortStableFunc(rows, x.less(r, append([]string{s.Time}, s.Change...), false))
		outside := slices.ContainsFunc(s.By, func(c string) bool { return r.get(rows[0], c) == nil })
		known := map[string]any{}
		var last, start time.Time
		var id string
		var number, row int64
		for i, a := range rows {
			at, timed := r.get(a, s.Time).(time.Time)
			if outside || !timed {
				out.rows = append(out.rows, append(slices.Clone(a), nil, nil, nil, nil))
				continue
			}
			begins := i == 0 || at.Sub(last) > s.Pause()
			if s.Midnight && i > 0 && at.In(zone).Format(time.DateOnly) != last.In(zone).Format(time.DateOnly) {
				begins = true
			}
			for _, c := range s.Change {
				if v := r.get(a, c); v != nil && (known[c] == nil || order(v, known[c]) != 0) {
					begins = true
				}
			}
			for _, c := range s.Change {

				if v := r.get(a, c); v != nil {
					known[c] = v
				}
			}
			last = at
			if begins {
				number, row, start, id = number+1, 0, at, x.sessionID(s, r, a, at)
			}
			row++
			out.rows = append(out.rows, append(slices.Clone(a), id, start, number, row))
		}
	}
	return out
}

func (x *reference) sessionID(s *steps.Session, r rel, first []any, start time.Time) string {
	var b strings.Builder
	write := func(c string) {
		v := r.get(first, c)
		switch v := v.(type) {
		case nil:
			b.WriteString(";")
		case string:
			fmt.Fprintf(&b, "%d:%s", utf8.RuneCountInString(v), v)
		case float64: // a decimal, which has no zero below zero
			if v == 0 {
				v = 0
			}
			b.WriteString(strconv.FormatFloat(v, 'f', x.before.Column(c).Scale, 64) + ";")
		case time.Time:
			layout := time.DateOnly
			if x.before.Column(c).Type == expr.Timestamp {
				layout = "2006-01-02 15:04:05.999999"
			}
			b.WriteString(v.Format(layout) + ";")
		default:
			fmt.Fprintf(&b, "%v;", v)
		}
	}
	for _, c := range s.By {
		write(c)
	}
	fmt.Fprint(&b, start.UnixMicro())
	if len(s.Change) > 0 {
		b.WriteString(";")
	}
	for _, c := range s.Change {
		write(c)
	}
	sum := md5.Sum([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}
