package datasync

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/ingest"
	"lodestar/internal/source"
	"lodestar/internal/text"
)

// mostPoints bounds the values of the cursor whose rows are fetched by a comparison
// of keys: where more are missing, somebody has to say what is read again.
const mostPoints = 100

// missing says what a comparison of keys found besides rows that are gone: rows
// that are there and not here, though nothing was wrong with them, as those that
// were committed later than the lookback reaches. They are fetched by the values
// that their cursors have, and what cannot be had that way is told.
func (b *bringing) missing(ctx context.Context, keys *ingest.Spool) error {
	if err := b.pieces(ctx, true); err != nil { // what came since is not missing
		return err
	}
	n, _, err := b.looked(ctx, keys, "", 0)
	if err != nil || n == 0 {
		return err
	}
	if b.plan.ranged {
		if n, err = b.fetch(ctx, n); err != nil {
			return err
		}
	}
	b.s.update(b.l, func(r *Run) { r.Missing = n })
	if n > 0 {
		r := b.l.run
		b.s.warn(b.l, "rows_missing", text.Text{
			EN: "{n} rows of {table} are not here: they came later than lookback reaches, or have no value in {cursor}. Those that came late are read by lodestar sync {dataset} --full, or by --from and --to; raise lookback. Rows without a value in {cursor} are never read by it: give them one there, or choose the mode full",
			ZH: "{table} 中有 {n} 行未读到：提交时间晚于 lookback 所及，或 {cursor} 列为空。晚到的行请用 lodestar sync {dataset} --full 重新读取全部，或用 --from/--to 补读，并调大 lookback；{cursor} 为空的行按游标永远读不到，请在来源处补上取值，或改用 full 方式"}.
			With("n", n, "table", r.Table, "cursor", b.plan.request.Cursor, "dataset", r.Dataset))
	}
	return b.s.save(ctx, b.l)
}

// fetch reads the rows that are missing by their cursors, and tells how many are
// still missing. Of n nothing is read when their cursors have too many values.
func (b *bringing) fetch(ctx context.Context, n int64) (rest int64, err error) {
	sp, err := b.keys(ctx, b.plan.request.Cursor)
	if err != nil {
		return n, err
	}
	defer func() { err = errors.Join(err, sp.Close()) }()
	_, values, err := b.looked(ctx, sp, b.plan.spec.Source.Sync.Cursor, mostPoints+1)
	if err != nil || len(values) == 0 || len(values) > mostPoints {
		return n, err
	}
	rows, err := b.s.Loads.NewSpool(ingest.SpoolOptions{Key: b.plan.request.Key, Numbered: true})
	if err != nil {
		return n, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for _, v := range values {
		req := b.plan.request
		to, ok := after(v, req.Columns[req.Index(req.Cursor)].Type)
		if !ok {
			continue // such as infinity
		}
		req.From, req.To = v, to
		if _, err := b.all(ctx, rows, req); err != nil {
			return n, err
		}
	}
	if !rows.Silent() {
		if err := b.load(ctx, rows, ingest.Upsert, nil); err != nil {
			return n, err
		}
	}
	rest, _, err = b.looked(ctx, sp, "", 0)
	if err == nil && rest < n {
		b.s.warn(b.l, "rows_fetched", text.Text{
			EN: "{n} rows of {table} were committed later than lookback reaches; comparing keys found them, and they are here now. Raise lookback so that none is missing until then",
			ZH: "{table} 中有 {n} 行的提交时间晚于 lookback 所及，比对主键时发现并已补读。请调大 lookback，以免此前缺数"}.With("n", n-rest, "table", b.l.run.Table))
	}
	return rest, err
}

// looked counts the rows of a spool of keys that are missing.
func (b *bringing) looked(ctx context.Context, sp *ingest.Spool, column string, most int) (int64, []string, error) {
	return b.s.Loads.Missing(ctx, b.who(), ingest.SpoolLoad{Spool: sp, Dataset: b.l.run.Dataset, Spec: b.plan.spec, Columns: b.plan.columns}, column, most)
}

// keys reads the keys of all rows, and further columns, into a spool that is the
// caller's to close. Keys are not rows that were read.
func (b *bringing) keys(ctx context.Context, more ...string) (sp *ingest.Spool, err error) {
	req := b.plan.request
	req.Mode, req.Cursor, req.Columns = source.Full, "", nil
	for _, name := range slices.Concat(req.Key, more) {
		req.Columns = append(req.Columns, b.plan.request.Columns[b.plan.request.Index(name)])
	}
	if sp, err = b.s.Loads.NewSpool(ingest.SpoolOptions{}); err != nil {
		return nil, err
	}
	read := b.l.run.Read
	if _, err := b.all(ctx, sp, req); err != nil {
		return nil, errors.Join(err, sp.Close())
	}
	b.s.update(b.l, func(r *Run) { r.Read, r.Phase = read, Comparing })
	return sp, nil
}

// after is the value that comes next after one of a cursor, as its source writes
// them: rows from the one to before the other have the first.
func after(value string, t expr.Type) (string, bool) {
	switch t {
	case expr.Integer:
		n, err := strconv.ParseInt(value, 10, 64)
		return strconv.FormatInt(n+1, 10), err == nil && n+1 > n
	case expr.Date:
		day, err := time.Parse(time.DateOnly, value)
		return day.AddDate(0, 0, 1).Format(time.DateOnly), err == nil
	case expr.Timestamp:
		at, err := time.Parse(stamp, value)
		return at.Truncate(time.Microsecond).Add(time.Microsecond).Format(stamp), err == nil
	}
	return "", false
}
