package web

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"lodestar/internal/fault"
	"lodestar/internal/source"
	"lodestar/internal/text"
)

// SheetStream is what the table of a sheet is called.
const SheetStream = "sheet"

// mostSheet bounds the size of a file.
const mostSheet = 512 << 20

type sheet struct{ *client }

var (
	_ source.Source  = (*sheet)(nil)
	_ source.Sampler = (*sheet)(nil)
)

// Sheet makes a source of an address that gives a table as CSV or XLSX. The
// address of a Google sheet as one sees it in a browser becomes that of its
// export.
func Sheet(c Config) source.Source {
	c.URL = exported(c.URL)
	return &sheet{newClient(c, true)}
}

var google = regexp.MustCompile(`^https://docs\.google\.com/spreadsheets/d/([A-Za-z0-9_-]+)(/edit|/view|/?$)`)

// exported is the address of the file behind that of a page.
func exported(address string) string {
	m := google.FindStringSubmatch(address)
	u, err := url.Parse(address)
	if m == nil || err != nil {
		return address
	}
	out := "https://docs.google.com/spreadsheets/d/" + m[1] + "/export?format="
	gid := u.Query().Get("gid")
	if v, ok := strings.CutPrefix(u.Fragment, "gid="); ok {
		gid = v
	}
	if gid == "" {
		return out + "xlsx"
	}
	return out + "csv&gid=" + url.QueryEscape(gid)
}

func (s *sheet) Close() error {
	s.http.CloseIdleConnections()
	return nil
}

// Acknowledge does nothing.
func (s *sheet) Acknowledge(context.Context, source.Request, source.Mark) error { return nil }

// Forget does nothing.
func (s *sheet) Forget(context.Context, source.Request) error { return nil }

// Discover tells of the one table, when the address gives one.
func (s *sheet) Discover(ctx context.Context) ([]source.Stream, error) {
	d, err := s.Describe(ctx, SheetStream)
	if err != nil {
		return nil, err
	}
	return []source.Stream{d}, nil
}

// Describe looks whether the address gives a table; what is in it is found out
// by looking into it, or when it is loaded.
func (s *sheet) Describe(ctx context.Context, name string) (source.Stream, error) {
	if name != SheetStream {
		return source.Stream{}, source.NoStream(name)
	}
	body, _, err := s.fetch(ctx)
	if err != nil {
		return source.Stream{}, err
	}
	why := text.Text{EN: "a sheet is read whole", ZH: "表格总是整份读取"}
	return source.Stream{Name: name, Modes: []string{source.Full}, Why: map[string]text.Text{source.Incremental: why, source.Changes: why}}, body.Close()
}

type body struct {
	io.Reader
	io.Closer
}

// fetch gives the file, and the ending of its name.
func (s *sheet) fetch(ctx context.Context) (io.ReadCloser, string, error) {
	r, err := s.ask(ctx, http.MethodGet, s.URL, "")
	if err != nil {
		return nil, "", err
	}
	in := bufio.NewReaderSize(r.Body, 4096)
	head, err := in.Peek(512)
	if len(head) == 0 && err != io.EOF {
		_ = r.Body.Close()
		return nil, "", s.fault(ctx, err)
	}
	start := strings.ToLower(string(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")))
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return body{in, r.Body}, ".xlsx", nil
	case strings.HasPrefix(start, "<!doctype") || strings.HasPrefix(start, "<html") || strings.HasPrefix(start, "<?xml") || strings.HasPrefix(start, "{"):
		_ = r.Body.Close()
		return nil, "", fault.New(fault.Unavailable, "not_a_table", text.Text{
			EN: "the address gives a page for people, not a table; share the sheet with everybody who has the link, or write the address of its export as CSV or XLSX",
			ZH: "该地址返回的是网页而不是表格；请将表格设为知道链接的人可查看，或填写导出为 CSV、XLSX 的地址"})
	}
	return body{in, r.Body}, ".csv", nil
}

// Read copies the file.
func (s *sheet) Read(ctx context.Context, q source.Request, out source.Spool) (source.Result, error) {
	if q.Stream != SheetStream {
		return source.Result{}, source.NoStream(q.Stream)
	}
	if q.Mode != source.Full {
		return source.Result{}, source.NotPossible(text.Text{EN: "a sheet is read whole; use mode: full", ZH: "表格总是整份读取；请用 mode: full"})
	}
	in, end, err := s.fetch(ctx)
	if err != nil {
		return source.Result{}, err
	}
	defer func() { _ = in.Close() }()
	to, err := out.File(SheetStream + end)
	if err != nil {
		return source.Result{}, err
	}
	from := &heard{in: io.LimitReader(in, mostSheet+1)}
	n, err := io.Copy(to, from)
	if e := to.Close(); err == nil {
		err = e
	}
	if from.err != nil {
		return source.Result{}, s.fault(ctx, from.err)
	}
	if err != nil {
		return source.Result{}, err
	}
	if n > mostSheet {
		return source.Result{}, fault.New(fault.TooLarge, "answer_too_large", text.Text{
			EN: "the sheet has more than {most} MB", ZH: "表格超过 {most} MB"}, "most", mostSheet>>20)
	}
	return source.Result{Whole: true, Rows: 1}, nil
}

// Sample copies the file.
func (s *sheet) Sample(ctx context.Context, stream string, out source.Spool) error {
	_, err := s.Read(ctx, source.Request{Stream: stream, Mode: source.Full}, out)
	return err
}

// heard keeps what went wrong on the side that is read.
type heard struct {
	in  io.Reader
	err error
}

// Read reads.
func (h *heard) Read(p []byte) (int, error) {
	n, err := h.in.Read(p)
	if err != nil && err != io.EOF {
		h.err = err
	}
	return n, err
}
