package web

import (
	"context"
	"encoding/json"
	"fmt"
	"hash"
	"hash/fnv"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"lodestar/internal/fault"
	"lodestar/internal/source/record"
	"lodestar/internal/text"
)

// mostPages bounds what is read at one go.
const mostPages = 100_000

// pages goes through the pages of a list.
type pages struct {
	r    *rest
	s    *Stream
	base *url.URL
	at   url.Values

	count   int
	offset  int64
	done    bool
	longest int             // records on the longest page so far
	guess   bool            // the last page was short: whether there is another is not known
	empty   int             // pages without a record, in a row
	link    string          // the next address, for pages by links
	seen    map[uint64]bool // what was read, and where it led to
}

// pages begins; since is the value for what is new, empty for all.
func (r *rest) pages(s *Stream, since string) (*pages, error) {
	base, err := url.Parse(strings.TrimSuffix(r.URL, "/") + "/" + strings.TrimPrefix(s.Path, "/"))
	if s.Path == "" {
		base, err = url.Parse(r.URL)
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "bad_address", text.Text{EN: "the address cannot be used", ZH: "地址不可用"}).Wrap(err)
	}
	p := &pages{r: r, s: s, base: base, at: base.Query(), seen: map[uint64]bool{}}
	for name, value := range s.Query {
		p.at.Set(name, value)
	}
	if since != "" {
		p.at.Set(s.Since.Param, since)
	}
	if g := s.Page; g != nil {
		if g.SizeParam != "" && g.Size > 0 {
			p.at.Set(g.SizeParam, strconv.Itoa(g.Size))
		}
		switch g.Type {
		case "page":
			p.at.Set(g.Param, strconv.Itoa(g.First))
		case "offset":
			p.at.Set(g.Param, "0")
		}
	}
	return p, nil
}

func (p *pages) more() bool { return !p.done }

// next gives the records of a page. Behind a short page an interface may refuse
// the number, or give what it gave before: then that was the last one.
func (p *pages) next(ctx context.Context) ([]any, error) {
	if p.count >= mostPages {
		return nil, errEndless(text.Text{EN: fmt.Sprintf("there are more than %d", mostPages), ZH: fmt.Sprintf("超过 %d 页", mostPages)})
	}
	guess := p.guess
	answer, header, err := p.ask(ctx)
	var records []any
	if err == nil {
		records, err = p.take(answer, header)
	}
	if guess && fault.Is(err, fault.Invalid) && slices.Contains(beyond, fault.Of(err).Code) {
		p.done = true
		return nil, nil
	}
	return records, err
}

// beyond are what an interface says behind its last page: a status, or what it
// gave before. Anything else, such as words of a limit in place of records, may
// hide records.
var beyond = []string{"source_status", "endless_pages"}

// ask asks for a page.
func (p *pages) ask(ctx context.Context) (any, http.Header, error) {
	p.count++
	address := p.link
	if address == "" {
		u := *p.base
		u.RawQuery = p.at.Encode()
		address = u.String()
	}
	method := p.s.Method
	if method == "" {
		method = http.MethodGet
	}
	return p.r.answer(ctx, method, address, p.s.Body)
}

// take gives the records of a page, and finds the way to the next one.
func (p *pages) take(answer any, header http.Header) ([]any, error) {
	records, err := p.records(answer)
	if err != nil {
		return nil, err
	}
	if err := p.again(records); err != nil {
		return nil, err
	}
	return records, p.onward(answer, header, len(records))
}

// records finds the list in an answer.
func (p *pages) records(answer any) ([]any, error) {
	at, ok := record.Dig(answer, p.s.Records)
	if list, isList := at.([]any); isList {
		return list, nil
	}
	if ok && at == nil {
		return nil, nil // null for none
	}
	if record, isRecord := at.(map[string]any); isRecord && p.s.Page == nil && p.s.Records != "" {
		return []any{record}, nil
	}
	return nil, fault.New(fault.Invalid, "no_records", text.Text{
		EN: "there is no list of records at {where} in the answer of {stream}; correct records in the connection",
		ZH: "{stream} 的应答在 {where} 处没有记录列表；请修改连接中的 records"}, "where", "/"+strings.ReplaceAll(p.s.Records, ".", "/"), "stream", p.s.Name)
}

// again finds a page that came before: the interface does not understand how it
// is asked, or leads around in a circle.
func (p *pages) again(records []any) error {
	if len(records) == 0 || p.s.Page == nil {
		return nil
	}
	h := fnv.New64a()
	if err := json.NewEncoder(h).Encode(records); err != nil {
		return err
	}
	if p.met(h) {
		return errEndless(text.Text{EN: "the same page came twice", ZH: "同一页出现了两次"})
	}
	return nil
}

// met reports whether something was met before, and remembers it.
func (p *pages) met(h hash.Hash64) bool {
	n := h.Sum64()
	known := p.seen[n]
	p.seen[n] = true
	return known
}

// onward finds out where the next page is.
func (p *pages) onward(answer any, header http.Header, n int) error {
	g := p.s.Page
	if g == nil {
		p.done = true
		return nil
	}
	if p.empty++; n > 0 {
		p.empty = 0
	}
	switch g.Type {
	case "page":
		p.done = p.last(n)
		p.at.Set(g.Param, strconv.Itoa(g.First+p.count))
	case "offset":
		p.done = p.last(n)
		p.offset += int64(n)
		p.at.Set(g.Param, strconv.FormatInt(p.offset, 10))
	case "cursor":
		next := record.Word(answer, g.Next)
		if p.done = next == ""; !p.done {
			p.at.Set(g.Param, next)
			return p.once(next)
		}
	default:
		next := linkOf(header)
		if g.Next != "" {
			next = record.Word(answer, g.Next)
		}
		if p.done = next == ""; !p.done {
			return p.follow(next)
		}
	}
	return nil
}

// last tells whether a page of n records is the last one. One that is shorter
// than was asked for need not be: many interfaces give no more than so many,
// whatever they are asked. One that is shorter than another is.
func (p *pages) last(n int) bool {
	longest := p.longest
	p.longest = max(longest, n)
	p.guess = n < p.s.Page.Size
	return n == 0 || p.guess && n < longest
}

// mostEmpty bounds pages without a record, each of which leads to another.
const mostEmpty = 100

// once finds a way to the next page that was gone before. A page may be empty
// and yet lead on, where an interface leaves records out after it has counted
// them; an empty one that leads back is the end.
func (p *pages) once(next string) error {
	h := fnv.New64a()
	_, _ = h.Write([]byte("to " + next)) // it never fails
	switch met := p.met(h); {
	case met && p.empty > 0:
		p.done = true
	case met:
		return errEndless(text.Text{EN: "they come around in a circle", ZH: "页面循环出现"})
	case p.empty > mostEmpty:
		return errEndless(text.Text{EN: fmt.Sprintf("more than %d in a row hold no record", mostEmpty), ZH: fmt.Sprintf("连续超过 %d 页没有记录", mostEmpty)})
	}
	return nil
}

// follow takes a link, which must stay with the host that knows us.
func (p *pages) follow(next string) error {
	u, err := p.base.Parse(next)
	if err != nil || u.Host != p.base.Host || u.Scheme != p.base.Scheme {
		return errLed("the next page is said to be on another host", "下一页的地址指向另一主机")
	}
	p.link = u.String()
	return p.once(p.link)
}

var nextLink = regexp.MustCompile(`<([^>]*)>\s*;[^,<]*\brel="?next"?`)

func linkOf(h http.Header) string {
	for _, line := range h.Values("Link") {
		if m := nextLink.FindStringSubmatch(line); m != nil {
			return m[1]
		}
	}
	return ""
}
