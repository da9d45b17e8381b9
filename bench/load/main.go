// Command load measures loading against DuckDB reading the same file by
// itself, from file to table on disk.
package main

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // the raw engine, as the baseline
	"golang.org/x/text/encoding/simplifiedchinese"

	"lodestar/bench/internal/bed"
	"lodestar/bench/internal/figure"
	"lodestar/bench/internal/shopdata"
)

func main() {
	if err := run(context.Background()); err != nil {
		figure.Fail(err)
	}
}

// turns is how often each is loaded by either.
const turns = 5

// variant is one way in which the order lines are loaded.
type variant struct {
	name   string
	file   string
	key    bool
	bad    int    // records that must be set aside
	raw    string // file that the raw engine reads for comparison
	target float64
}

func run(ctx context.Context) (err error) {
	lines, err := bed.Lines()
	if err != nil {
		return err
	}
	dir, err := bed.Files(lines)
	if err != nil {
		return err
	}
	extra, err := os.MkdirTemp(bed.Dir(lines), "load-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(extra)) }()
	clean := filepath.Join(dir, "order_lines.csv")
	bad, chinese, gb := filepath.Join(extra, "bad.csv"), filepath.Join(extra, "chinese.csv"), filepath.Join(extra, "gb18030.csv")
	figure.Say("writing files with bad rows and in GB18030")
	err = errors.Join(write(bad, shopdata.Options{Lines: lines, BadEvery: 100}, false),
		write(chinese, shopdata.Options{Lines: lines, Chinese: true}, false),
		write(gb, shopdata.Options{Lines: lines, Chinese: true}, true))
	if err != nil {
		return err
	}
	for _, v := range []variant{
		{name: "no key", file: clean, raw: clean, target: 0.9},
		{name: "with key check", file: clean, raw: clean, key: true, target: 0.7},
		{name: "1 % bad rows", file: bad, raw: clean, bad: lines / 100, target: 0.7},
		{name: "GB18030", file: gb, raw: chinese, target: 0.5},
	} {
		if err := v.measure(ctx, lines, extra); err != nil {
			return fmt.Errorf("%s: %w", v.name, err)
		}
	}
	return nil
}

func write(path string, o shopdata.Options, gb bool) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	buffer := bufio.NewWriterSize(f, 1<<20)
	if gb {
		out := simplifiedchinese.GB18030.NewEncoder().Writer(buffer)
		err = shopdata.WriteLines(out, o)
	} else {
		err = shopdata.WriteLines(buffer, o)
	}
	return errors.Join(err, buffer.Flush(), f.Close())
}

// measure loads with each, in turns, and prints rows per second at the median.
func (v variant) measure(ctx context.Context, lines int, scratch string) error {
	var ours, raw []time.Duration
	for range turns {
		took, err := rawLoad(ctx, v.raw, scratch)
		if err != nil {
			return err
		}
		raw = append(raw, took)
		if took, err = v.load(ctx, lines, scratch); err != nil {
			return err
		}
		ours = append(ours, took)
	}
	perSecond := func(d []time.Duration) float64 { return float64(lines) / figure.Quantile(d, 0.5).Seconds() }
	figure.Against("load", v.name, perSecond(ours), "rows/s", perSecond(raw))
	if got := perSecond(ours) / perSecond(raw); got < v.target {
		figure.Say("%s: %.2f of the raw speed, wanted %.2f", v.name, got, v.target)
	}
	return nil
}

func (v variant) load(ctx context.Context, lines int, scratch string) (took time.Duration, err error) {
	dir, err := os.MkdirTemp(scratch, "warehouse-*")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	b, err := bed.Open(dir)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, b.Close(ctx)) }()
	if v.key {
		b.Model.Dataset("order_lines").Spec.PrimaryKey = []string{"order_id", "line_no"}
	}
	start := time.Now()
	l, err := b.Load(ctx, "order_lines", v.file)
	took = time.Since(start)
	if err != nil {
		return took, err
	}
	if l.Records != int64(lines) || l.Rejected != int64(v.bad) || l.Loaded+l.Rejected != l.Records {
		return took, fmt.Errorf("%d records, %d loaded, %d rejected; wrote %d with %d bad", l.Records, l.Loaded, l.Rejected, lines, v.bad)
	}
	return took, nil
}

// rawLoad lets DuckDB make a table on disk from the file, with the types told.
func rawLoad(ctx context.Context, file, scratch string) (took time.Duration, err error) {
	dir, err := os.MkdirTemp(scratch, "raw-*")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	db, err := sql.Open("duckdb", filepath.Join(dir, "raw.duckdb"))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	start := time.Now()
	_, err = db.ExecContext(ctx, `CREATE TABLE order_lines AS FROM read_csv('`+strings.ReplaceAll(file, "'", "''")+`', header = true, columns = {
		'order_id': 'BIGINT', 'line_no': 'BIGINT', 'ordered_at': 'TIMESTAMP', 'store_id': 'BIGINT', 'product_id': 'BIGINT',
		'customer_id': 'BIGINT', 'channel': 'VARCHAR', 'quantity': 'BIGINT', 'amount': 'DECIMAL(12,2)', 'discount': 'DECIMAL(12,2)'})`)
	if err != nil {
		return 0, err
	}
	if _, err := db.ExecContext(ctx, "CHECKPOINT"); err != nil {
		return 0, err
	}
	return time.Since(start), nil
}
