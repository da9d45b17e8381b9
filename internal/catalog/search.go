package catalog

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"lodestar/internal/access"
	"lodestar/internal/expr"
	"lodestar/internal/text"
)

// index holds the texts of a snapshot in lower case, resource by resource, in
// the snapshot's order. A workspace has a few thousand resources: going through
// all of them takes less than a millisecond or two and finds any part of a
// Chinese word, which word-based indexes do not.
type index struct {
	snap    Snapshot
	entries []entry
}

type entry struct {
	names []string // name, titles, synonyms: what it is called
	words []string // the Latin words of names
	about string   // description, tags, owner, steward, domain
	spec  string   // texts of the spec, such as expressions
}

// newIndex indexes a snapshot. What the one before, which may be nil, holds of
// a resource at the same revision is taken over.
func newIndex(snap Snapshot, before *index) *index {
	x := &index{snap: snap, entries: make([]entry, len(snap.all))}
	at := 0
	for i, r := range snap.all {
		for before != nil && at < len(before.entries) && compareResources(before.snap.all[at], r) < 0 {
			at++
		}
		if before != nil && at < len(before.entries) && sameRevision(before.snap.all[at], r) {
			x.entries[i] = before.entries[at]
		} else {
			x.entries[i] = newEntry(r)
		}
	}
	return x
}

func sameRevision(a, b *Resource) bool {
	return a.Kind == b.Kind && a.Metadata.Name == b.Metadata.Name && a.Revision == b.Revision && a.Spec == b.Spec
}

func newEntry(r *Resource) entry {
	m := r.Metadata
	e := entry{names: []string{strings.ToLower(m.Name)}}
	for _, n := range append([]string{m.Title.ZH, m.Title.EN}, m.Synonyms...) {
		if n != "" {
			e.names = append(e.names, strings.ToLower(n))
		}
	}
	for _, n := range e.names {
		e.words = append(e.words, strings.FieldsFunc(n, notLatin)...)
	}
	about := append([]string{m.Description.ZH, m.Description.EN, m.Owner, m.Steward, m.Domain}, m.Tags...)
	e.about = strings.ToLower(strings.Join(about, "\n"))
	var spec []string
	collectTexts(reflect.ValueOf(r.Spec), &spec)
	e.spec = strings.ToLower(strings.Join(spec, "\n"))
	return e
}

func notLatin(r rune) bool {
	return r > unicode.MaxLatin1 || !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

// collectTexts gathers every string in a value.
func collectTexts(v reflect.Value, out *[]string) {
	switch v.Kind() {
	case reflect.String:
		if v.Len() > 0 {
			*out = append(*out, v.String())
		}
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			collectTexts(v.Elem(), out)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				collectTexts(v.Field(i), out)
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			collectTexts(v.Index(i), out)
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			collectTexts(it.Key(), out)
			collectTexts(it.Value(), out)
		}
	}
}

// has reports whether every word occurs in the resource at place i.
func (x *index) has(i int, words []string) bool {
	e := &x.entries[i]
	for _, w := range words {
		if !strings.Contains(e.about, w) && !strings.Contains(e.spec, w) &&
			!slices.ContainsFunc(e.names, func(n string) bool { return strings.Contains(n, w) }) {
			return false
		}
	}
	return true
}

// Hit is one thing found.
type Hit struct {
	Kind        string    `json:"kind"`
	Name        string    `json:"name"`
	Title       text.Text `json:"title"`
	Description text.Text `json:"description"`
	Score       float64   `json:"score"` // higher is better; 100 is the very name
}

// Search finds resources of all kinds by any part of a Chinese name, by the
// beginning of Latin words, and by Latin words with a slip or two; the best
// come first. limit 0 is 20. Viewers may.
func (s *Service) Search(ctx context.Context, who access.Actor, q string, limit int) ([]Hit, error) {
	if err := who.Must(access.Viewer); err != nil {
		return nil, err
	}
	if limit <= 0 {
		limit = 20
	}
	if r := []rune(q); len(r) > 200 {
		q = string(r[:200])
	}
	words := strings.Fields(strings.ToLower(q))
	x := s.current().index
	hits := []Hit{}
	for i, r := range x.snap.all {
		if score := x.entries[i].score(strings.Join(words, " "), words); score > 0 {
			hits = append(hits, Hit{Kind: r.Kind, Name: r.Metadata.Name, Title: r.Metadata.Title,
				Description: r.Metadata.Description, Score: score})
		}
	}
	slices.SortStableFunc(hits, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(len(a.Name), len(b.Name)), cmp.Compare(a.Name, b.Name))
	})
	return hits[:min(limit, len(hits))], nil
}

// score is 0 unless every word is found somewhere.
func (e *entry) score(whole string, words []string) float64 {
	if len(words) == 0 {
		return 0
	}
	if slices.Contains(e.names, whole) {
		return 100
	}
	sum := 0.0
	for _, w := range words {
		one := e.scoreWord(w)
		if one == 0 {
			return 0
		}
		sum += one
	}
	return sum / float64(len(words))
}

func (e *entry) scoreWord(w string) float64 {
	best := 0.0
	for _, n := range e.names {
		switch {
		case n == w:
			return 90
		case strings.HasPrefix(n, w):
			best = max(best, 80)
		case strings.Contains(n, w):
			best = max(best, 60)
		}
	}
	for _, word := range e.words {
		if strings.HasPrefix(word, w) {
			best = max(best, 70)
		}
	}
	switch {
	case best > 0:
		return best
	case strings.Contains(e.about, w):
		return 30
	case e.fuzzy(w):
		return 25
	case strings.Contains(e.spec, w):
		return 15
	}
	return 0
}

// fuzzy allows one slip in a Latin word of four letters, two from eight on.
func (e *entry) fuzzy(w string) bool {
	if len(w) < 4 || strings.IndexFunc(w, notLatin) >= 0 {
		return false
	}
	slips := 1
	if len(w) >= 8 {
		slips = 2
	}
	return slices.ContainsFunc(e.words, func(word string) bool {
		return max(len(w)-len(word), len(word)-len(w)) <= slips && expr.Distance([]rune(w), []rune(word)) <= slips
	})
}
