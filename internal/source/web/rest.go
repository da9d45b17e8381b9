package web

import (
	"context"
	"encoding/json"
	"slices"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/source"
	"lodestar/internal/source/record"
	"lodestar/internal/text"
)

// Stream is a list of records.
type Stream struct {
	Name    string
	Path    string // behind the address
	Method  string // GET, also when empty | POST
	Query   map[string]string
	Body    string
	Records string // where the list is in an answer, with dots
	Key     []string
	Page    *Page  // nil for one answer
	Since   *Since // nil when it cannot be asked for what is new
}

// Page says how a list comes in pages.
type Page struct {
	Type      string // page | offset | cursor | link
	Param     string
	Next      string // where the cursor or link is in an answer, with dots
	Size      int
	SizeParam string
	First     int // the number of the first page
}

// Since says how to ask for what is new.
type Since struct {
	Param  string
	Format string // iso, also when empty | date | unix | milliseconds | number
}

type rest struct {
	*client
	streams []Stream
}

var _ source.Source = (*rest)(nil)

// REST makes a source of lists of records. Nothing is asked yet.
func REST(c Config, streams []Stream) source.Source {
	return &rest{newClient(c, false), streams}
}

func (r *rest) Close() error {
	r.http.CloseIdleConnections()
	return nil
}

// Acknowledge does nothing.
func (r *rest) Acknowledge(context.Context, source.Request, source.Mark) error { return nil }

// Forget does nothing.
func (r *rest) Forget(context.Context, source.Request) error { return nil }

// Discover lists the streams, and asks the first one, to see whether anybody
// answers.
func (r *rest) Discover(ctx context.Context) ([]source.Stream, error) {
	var out []source.Stream
	for _, s := range r.streams {
		out = append(out, source.Stream{Name: s.Name, Modes: []string{}})
	}
	if len(r.streams) > 0 {
		if _, _, err := r.first(ctx, &r.streams[0]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (r *rest) stream(name string) (*Stream, error) {
	i := slices.IndexFunc(r.streams, func(s Stream) bool { return s.Name == name })
	if i < 0 {
		return nil, source.NoStream(name)
	}
	return &r.streams[i], nil
}

func (r *rest) first(ctx context.Context, s *Stream) ([]any, *pages, error) {
	p, err := r.pages(s, "")
	if err != nil {
		return nil, nil, err
	}
	records, err := p.next(ctx)
	return records, p, err
}

// Describe looks at the first page.
func (r *rest) Describe(ctx context.Context, name string) (source.Stream, error) {
	s, err := r.stream(name)
	if err != nil {
		return source.Stream{}, err
	}
	records, _, err := r.first(ctx, s)
	if err != nil {
		return source.Stream{}, err
	}
	return r.described(s, records), nil
}

func noDeletes() map[string]text.Text {
	return map[string]text.Text{source.Changes: {EN: "an interface tells no deletes", ZH: "接口不会告知删除"}}
}

var noSince = text.Text{EN: "the stream says no parameter that asks for what is new (since)", ZH: "该 stream 未指定查询新记录的参数（since）"}

// place is the mark of reading what is new.
type place struct {
	High string `json:"high"`
}

// Read reads all pages. In what order records come nobody knows, so there is no
// stopping on the way.
func (r *rest) Read(ctx context.Context, q source.Request, spool source.Spool) (source.Result, error) {
	s, err := r.stream(q.Stream)
	if err != nil {
		return source.Result{}, err
	}
	if q.Mode == source.Changes {
		return source.Result{}, source.NotPossible(text.Text{EN: "an interface tells no deletes; read by full or incremental", ZH: "接口不会告知删除；请用 full 或 incremental"})
	}
	if err := q.Check(); err != nil {
		return source.Result{}, err
	}
	w := &writer{q: q, had: make([]bool, len(q.Columns)), others: record.NewFields(q.Columns)}
	began := r.Now() // what is written there from now on may be missing
	from := ""
	if q.Mode == source.Incremental {
		if from, err = r.from(s, q, w); err != nil {
			return source.Result{}, err
		}
	}
	p, err := r.pages(s, from)
	if err != nil {
		return source.Result{}, err
	}
	if w.to, err = spool.Rows(q.Names()); err != nil {
		return source.Result{}, err
	}
	for p.more() {
		records, err := p.next(ctx)
		if err != nil {
			return source.Result{}, err
		}
		if err := w.write(records); err != nil {
			return source.Result{}, err
		}
	}
	out := source.Result{Rows: w.rows, Others: w.others.Columns(), Without: w.without()}
	switch {
	case q.Mode == source.Full:
		out.Whole = true
	case q.From != "" || q.To != "":
		out.Mark = q.Mark
	default:
		b, err := json.Marshal(place{w.high.limited(began)})
		if err != nil {
			return source.Result{}, err
		}
		out.Mark = source.Mark(b)
	}
	return out, nil
}

// from is what to ask from: the range, or the mark less the lookback.
func (r *rest) from(s *Stream, q source.Request, w *writer) (string, error) {
	if s.Since == nil {
		return "", source.NotPossible(noSince)
	}
	w.cursor = q.Index(q.Cursor)
	w.high = cursor{typ: q.Columns[w.cursor].Type}
	if t := w.high.typ; t != expr.Integer && t != expr.Decimal && !t.IsTime() {
		return "", source.NotPossible(text.Text{
			EN: "{column} is no cursor: it has to be an integer, a date or a timestamp",
			ZH: "{column} 不能作游标：须为整数、日期或时间列"}.With("column", q.Cursor))
	}
	if q.From != "" || q.To != "" {
		w.from, w.until = q.From, q.To
		return w.high.asked(q.From, s.Since.Format, 0, 0)
	}
	if q.Mark == "" {
		return "", nil
	}
	var at place
	if err := json.Unmarshal([]byte(q.Mark), &at); err != nil {
		return "", source.BadMark(err)
	}
	w.high.value = at.High
	return w.high.asked(at.High, s.Since.Format, q.Lookback, q.LookbackNumber)
}

// writer puts records into the spool.
type writer struct {
	q           source.Request
	to          source.Rows
	rows        int64
	cursor      int // the cursor's place among the columns
	high        cursor
	from, until string
	had         []bool // by columns: some record has it
	others      *record.Fields
}

// without are the columns wanted that no record had.
func (w *writer) without() (out []string) {
	for i, c := range w.q.Columns {
		if !w.had[i] && w.rows > 0 {
			out = append(out, c.Name)
		}
	}
	return out
}

func (w *writer) write(records []any) error {
	values := make([][]byte, len(w.q.Columns))
	for _, r := range records {
		for i, c := range w.q.Columns {
			v, err := record.Value(r, c)
			if err != nil {
				return err
			}
			values[i] = v
			if !w.had[i] {
				_, w.had[i] = record.Dig(r, c.Name)
			}
		}
		w.others.See(r)
		if w.q.Mode == source.Incremental {
			at := string(values[w.cursor])
			if w.from != "" && w.high.less(at, w.from) || w.until != "" && !w.high.less(at, w.until) {
				continue // more than was asked for
			}
			w.high.see(at)
		}
		if err := w.to.Put(values); err != nil {
			return err
		}
		w.rows++
	}
	return nil
}

// errEndless is the fault for pages without end.
func errEndless(why text.Text) error {
	return fault.New(fault.Invalid, "endless_pages", text.Text{
		EN: "the pages do not end: " + why.EN + "; check page in the connection", ZH: "分页没有尽头：" + why.ZH + "；请检查连接中的 page"})
}
