package ingest

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"

	"lodestar/internal/expr"
	"lodestar/internal/semantic"
)

// TestPieces loads files that the engine gets in several pieces, plain and not,
// and compares all rows with those that were written.
func TestPieces(t *testing.T) {
	t.Parallel()
	const rows = 300_000 // 12 MB
	var text strings.Builder
	text.WriteString("id,name,amount,at\n")
	for i := range rows {
		fmt.Fprintf(&text, "%d,\"名称, %d\",%d.25,2026-01-05 10:%02d:%02d\n", i, i%1000, i%100_000, i/60%60, i%60)
	}
	packed := func(text []byte) []byte {
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		_, err := w.Write(text)
		must(t, errors.Join(err, w.Close()))
		return out.Bytes()
	}
	bad := []byte(text.String() + "x,bad,1,2026-01-05 10:00:00\n7,bad,1,2026-02-30 10:00:00\n")
	chinese, err := simplifiedchinese.GB18030.NewEncoder().Bytes(bad)
	must(t, err)
	for name, c := range map[string]struct {
		data []byte
		bad  int64
	}{
		"plain.csv.gz":   {packed([]byte(text.String())), 0},
		"bad.csv.gz":     {packed(bad), 2}, // known to be no plain one when several pieces are read
		"bad.csv":        {bad, 2},
		"chinese.csv":    {chinese, 2},
		"chinese.csv.gz": {packed(chinese), 2},
	} {
		b := newBench(t)
		b.define("d", semantic.DatasetSpec{Columns: []semantic.Column{col("id", expr.Integer), col("name", expr.String),
			{Name: "amount", Type: expr.Decimal, Precision: 12, Scale: 2}, col("at", expr.Timestamp)}})
		l := b.loadBytes(LoadRequest{Dataset: "d", Mode: Replace}, name, c.data)
		if l.State != Done || l.Loaded != rows || l.Rejected != c.bad {
			t.Fatalf("%s: %+v", name, l)
		}
		state, _, err := b.db.State(t.Context(), "d")
		must(t, err)
		wrong := b.query(fmt.Sprintf(`SELECT count(*)::VARCHAR FROM (FROM range(%d) r(i)) r FULL JOIN %s d ON d.id = r.i WHERE d.id IS NULL OR r.i IS NULL
			OR d.name <> '名称, ' || (i %% 1000) OR d.amount <> i %% 100000 + 0.25 OR d.at <> TIMESTAMP '2026-01-05 10:00:00' + to_seconds(i %% 3600)`, rows, state.Table))
		if !slices.Equal(wrong, []string{"0"}) {
			t.Errorf("%s: %v rows are not as they were written", name, wrong)
		}
		if c.bad > 0 {
			if r, err := b.Rejects(t.Context(), editor, "d", 0, 10); err != nil || len(r.Items) != 2 || r.Items[0].Line != rows+2 || r.Items[1].Line != rows+3 {
				t.Errorf("%s: %+v %v", name, r, err)
			}
		}
	}
}

// TestPiecesEnd: whichever side fails, the other one ends, the first reason is
// told, and no file is left.
func TestPiecesEnd(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	r := &run{service: b.Service, load: Load{ID: "x"}}
	most := bytes.Repeat([]byte("1\n"), firstPiece/2)
	mine := errors.New("mine")
	ctx, cancel := context.WithCancelCause(t.Context())
	ok := func(context.Context, string) error { return nil }
	endless := func(_ context.Context, to io.Writer) error {
		for {
			if _, err := to.Write(most); err != nil {
				return err
			}
		}
	}
	for name, c := range map[string]struct {
		ctx   context.Context
		write func(context.Context, io.Writer) error
		read  func(context.Context, string) error
		told  func(error) bool
	}{
		"nothing": {t.Context(), func(context.Context, io.Writer) error { return nil }, func(context.Context, string) error { return mine }, func(err error) bool { return err == nil }},
		"the writer fails": {t.Context(), func(_ context.Context, to io.Writer) error {
			_, err := to.Write(most[:10])
			return errors.Join(err, mine)
		}, ok, func(err error) bool { return errors.Is(err, mine) }},
		"the writer panics": {t.Context(), func(_ context.Context, to io.Writer) error { _, _ = to.Write(most[:10]); panic("oh") }, ok,
			func(err error) bool { return err != nil && strings.Contains(err.Error(), "oh") }},
		"the reader fails": {t.Context(), endless, func(context.Context, string) error { return mine }, func(err error) bool { return errors.Is(err, mine) }},
		"somebody gives up": {ctx, endless, func(context.Context, string) error { cancel(mine); return nil },
			func(err error) bool { return errors.Is(err, mine) }},
		"the file is taken": {t.Context(), func(_ context.Context, to io.Writer) error {
			must(t, os.WriteFile(b.db.Staging()+"/x.piece2", nil, 0o600))
			return errors.Join(endless(nil, to), os.Remove(b.db.Staging()+"/x.piece2"))
		}, ok, func(err error) bool { return errors.Is(err, os.ErrExist) }},
	} {
		if err := r.inPieces(c.ctx, c.write, c.read); !c.told(err) {
			t.Errorf("%s: %v", name, err)
		}
		if left, err := os.ReadDir(b.db.Staging()); err != nil || len(left) > 0 {
			t.Errorf("%s: staging holds %v, %v", name, left, err)
		}
	}
}

// Times are written as the library for them writes them.
func TestAppendTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(firstTime, lastTime).Draw(t, "seconds"), rapid.Int64Range(0, 999_999).Draw(t, "micros")*1000).UTC()
		if got, want := string(appendTime(nil, at.Unix(), at.Nanosecond()/1000)), at.Format("2006-01-02 15:04:05.999999"); got != want {
			t.Fatalf("%s, not %s", got, want)
		}
		if got, want := string(appendDate(nil, at.Unix())), at.Format("2006-01-02"); got != want {
			t.Fatalf("%s, not %s", got, want)
		}
	})
}
