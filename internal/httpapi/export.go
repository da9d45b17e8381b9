package httpapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"lodestar/internal/access"
	"lodestar/internal/query"
	"lodestar/internal/text"
)

type exportQueryIn struct {
	Format string `query:"format" enum:"csv,xlsx,ndjson,arrow" required:"true"`
	Body   question
}

const (
	xlsxType  = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	arrowType = "application/vnd.apache.arrow.stream"

	exportLimit = 30 * time.Minute // of a whole file
	sendLimit   = time.Minute      // for a reader to take the next rows
)

// rowFile writes an answer row by row, and holds no rows.
type rowFile interface {
	begin(w io.Writer, s *query.Stream, lang text.Lang) error
	write(rows [][]any) error
	end() error
}

// fileFormat is a kind of file that answers come as.
type fileFormat struct {
	contentType string
	file        func() rowFile
}

func formatOf(name string) fileFormat {
	switch name {
	case "xlsx":
		return fileFormat{xlsxType, func() rowFile { return &xlsxFile{} }}
	case "ndjson":
		return fileFormat{"application/x-ndjson", func() rowFile { return &ndjsonFile{} }}
	case "arrow":
		return fileFormat{arrowType, func() rowFile { return &arrowFile{} }}
	}
	return fileFormat{"text/csv; charset=utf-8", func() rowFile { return &csvFile{} }}
}

func (a *API) exportRoutes() {
	op := operation{id: "exportQuery", method: "POST", path: "/query/export", role: access.Viewer, tag: "Query",
		status: http.StatusOK, summary: "The answer to a question as a file, all rows of it"}
	register(a, op, func(ctx context.Context, who access.Actor, in *exportQueryIn) (*huma.StreamResponse, error) {
		q, err := in.Body.get()
		if err != nil {
			return nil, err
		}
		d, err := a.open(requestOf(ctx), who, q) // not ctx: that ends with this function
		if err != nil {
			return nil, err
		}
		return &huma.StreamResponse{Body: func(hc huma.Context) {
			_, w := humago.Unwrap(hc)
			w.Header().Set("Content-Disposition", `attachment; filename="lodestar.`+in.Format+`"`)
			a.send(w, d, formatOf(in.Format))
		}}, nil
	})
	a.describe(op, func(o *huma.Operation) {
		file := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
		o.Responses["200"] = &huma.Response{Description: "OK", Content: map[string]*huma.MediaType{
			"text/csv": file, xlsxType: file, "application/x-ndjson": file, arrowType: file}}
	})
}

// asArrow answers a question as an Arrow stream when the caller asks for that.
func (a *API) asArrow(w http.ResponseWriter, r *http.Request, data []byte) bool {
	if !strings.Contains(r.Header.Get("Accept"), arrowType) {
		return false
	}
	var q question
	q.decode(data)
	request, err := q.get()
	if err == nil {
		var d *download
		if d, err = a.open(r, actorOf(r.Context()), request); err == nil {
			a.send(w, d, formatOf("arrow"))
			return true
		}
	}
	writeProblem(w, r, a.asFault(r.Context(), err))
	return true
}

// download is a stream whose first rows are there: what goes wrong before them
// is still a problem document.
type download struct {
	r      *http.Request
	stream *query.Stream
	first  [][]any
	cancel context.CancelFunc
}

func (a *API) open(r *http.Request, who access.Actor, q query.Request) (*download, error) {
	ctx, cancel := context.WithTimeout(r.Context(), exportLimit)
	s, err := a.cfg.Queries.Stream(ctx, who, q)
	if err != nil {
		cancel()
		return nil, err
	}
	d := &download{r: r, stream: s, cancel: cancel}
	if d.first, err = s.Next(); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

func (d *download) close() error {
	err := d.stream.Close()
	d.cancel()
	return err
}

// send writes the file. When that goes wrong the connection is broken off, so
// that nobody takes half an answer for a whole one.
func (a *API) send(w http.ResponseWriter, d *download, f fileFormat) {
	err := d.copy(w, f)
	err = errors.Join(err, d.close())
	if err != nil {
		a.failed(d.r.Context(), err)
		panic(http.ErrAbortHandler)
	}
}

func (d *download) copy(w http.ResponseWriter, f fileFormat) error {
	w.Header().Set("Content-Type", f.contentType)
	w.Header().Set("Cache-Control", "no-store")
	rc := http.NewResponseController(w)
	hurry := func() {
		// Writers without deadlines (in-process calls, tests) do not block.
		_ = rc.SetWriteDeadline(time.Now().Add(sendLimit))
	}
	hurry()
	defer rc.SetWriteDeadline(time.Time{})
	file := f.file()
	if err := file.begin(w, d.stream, langOf(d.r.Context())); err != nil {
		return err
	}
	for rows := d.first; rows != nil; {
		hurry()
		if err := file.write(rows); err != nil {
			return err
		}
		var err error
		if rows, err = d.stream.Next(); err != nil {
			return err
		}
	}
	hurry()
	return file.end()
}

// heads are the columns' titles with their units.
func heads(r *query.Result, lang text.Lang) []string {
	out := make([]string, len(r.Columns))
	for i, c := range r.Columns {
		out[i] = c.Title.In(lang)
		if out[i] == "" {
			out[i] = c.Name
		}
		if c.Unit != "" {
			out[i] += " (" + c.Unit + ")"
		}
	}
	return out
}

// summaries are the rows below the rows: others, then totals.
func summaries(r *query.Result, lang text.Lang) [][]any {
	return append(labelled(r.Others, text.Text{EN: "others", ZH: "其他"}.In(lang)),
		labelled(r.Totals, text.Text{EN: "total", ZH: "总计"}.In(lang))...)
}

// labelled puts a word into the first empty cell of copies of summary rows.
func labelled(rows [][]any, word string) [][]any {
	out := make([][]any, len(rows))
	for i, row := range rows {
		out[i] = append([]any(nil), row...)
		for j, v := range out[i] {
			if v == nil {
				out[i][j] = word
				break
			}
		}
	}
	return out
}
