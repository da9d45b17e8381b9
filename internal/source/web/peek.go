package web

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"lodestar/internal/source"
	"lodestar/internal/source/record"
)

var _ source.Peeker = (*rest)(nil)

// Peek reads the first page, and the second one where there is one: so it is
// seen whether pages follow as they are said to.
func (r *rest) Peek(ctx context.Context, name string) (source.Glimpse, error) {
	found, err := r.stream(name)
	if err != nil {
		return source.Glimpse{}, err
	}
	s := *found
	p, err := r.pages(&s, "")
	if err != nil {
		return source.Glimpse{}, err
	}
	answer, header, err := p.ask(ctx)
	if err != nil {
		return source.Glimpse{}, err
	}
	out := source.Glimpse{Answer: answer, Lists: lists(answer)}
	if _, isList := answer.([]any); s.Records == "" && !isList && len(out.Lists) > 0 {
		s.Records = out.Lists[0].Path
	}
	out.Path = s.Records
	out.Records, out.Wrong = p.take(answer, header)
	if out.Wrong != nil {
		return out, nil
	}
	out.Stream, out.Pages = r.described(&s, out.Records), []int{len(out.Records)}
	if s.Page == nil {
		out.Paging = paging(answer, header)
		return out, nil
	}
	if p.more() {
		next, err := p.next(ctx)
		if out.Wrong = err; err == nil {
			out.Pages = append(out.Pages, len(next))
		}
	}
	return out, nil
}

// deepest is how far down lists and places of the next page are looked for.
const deepest = 4

// lists finds the lists of objects, the longest first.
func lists(answer any) (out []source.List) {
	walk(answer, "", deepest, func(path string, v any) {
		list, ok := v.([]any)
		if !ok || len(list) > 0 && !isObject(list[0]) {
			return
		}
		out = append(out, source.List{Path: path, Count: len(list)})
	})
	slices.SortStableFunc(out, func(a, b source.List) int { return cmp.Compare(b.Count, a.Count) })
	return out
}

func isObject(v any) bool {
	_, ok := v.(map[string]any)
	return ok
}

// walk goes down objects, by the order of names, and not into lists.
func walk(v any, path string, depth int, see func(path string, v any)) {
	see(path, v)
	fields, ok := v.(map[string]any)
	if !ok || depth == 0 {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		below := name
		if path != "" {
			below = path + "." + name
		}
		walk(fields[name], below, depth-1, see)
	}
}

// Names of fields that interfaces have beside their lists, in small letters and
// without signs, with the parameter that takes what is in them.
var (
	links   = []string{"next", "nexturl", "nextlink", "nextpageurl", "odatanextlink"}
	cursors = map[string]string{"nextcursor": "cursor", "cursor": "cursor", "endcursor": "after", "after": "after", "nextpagetoken": "pageToken",
		"nexttoken": "nextToken", "pagetoken": "page_token", "continuationtoken": "continuationToken", "offset": "offset", "next": "cursor"}
	numbers = map[string]string{"page": "page", "currentpage": "page", "pageno": "pageNo", "pagenum": "pageNum", "pagenumber": "pageNumber", "pageindex": "pageIndex"}
)

var signs = strings.NewReplacer("_", "", "-", "", "@", "", ".", "")

// paging tells by an answer how the next page is had.
func paging(answer any, header http.Header) (out *source.Paging) {
	if linkOf(header) != "" {
		return &source.Paging{Type: "link"}
	}
	better := func(found source.Paging) {
		if order := []string{"link", "cursor", "page"}; out == nil || slices.Index(order, found.Type) < slices.Index(order, out.Type) {
			out = &found
		}
	}
	walk(answer, "", deepest, func(path string, v any) {
		name := signs.Replace(strings.ToLower(path[strings.LastIndex(path, ".")+1:]))
		word, isText := v.(string)
		number, isNumber := v.(json.Number)
		switch {
		case isText && slices.Contains(links, name) && (strings.Contains(word, "://") || strings.HasPrefix(word, "/") || strings.HasPrefix(word, "?")):
			better(source.Paging{Type: "link", Next: path})
		case (isText && word != "" || isNumber && name != "offset") && cursors[name] != "":
			better(source.Paging{Type: "cursor", Param: cursors[name], Next: path})
		case isNumber && number != "" && numbers[name] != "":
			better(source.Paging{Type: "page", Param: numbers[name]})
		}
	})
	return out
}

// described is what the records of a page tell of a stream.
func (r *rest) described(s *Stream, records []any) source.Stream {
	out := source.Stream{Name: s.Name, Columns: record.Columns(records), Sampled: true, Key: s.Key, Modes: []string{source.Full}}
	out.Why = noDeletes()
	if s.Since != nil {
		out.Modes = append(out.Modes, source.Incremental)
	} else {
		out.Why[source.Incremental] = noSince
	}
	return out
}
