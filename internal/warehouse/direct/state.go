package direct

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
)

// look is what is known of a dataset's rows; ready is closed when it is.
type look struct {
	version int64
	ready   chan struct{}
	state   warehouse.State
	err     error
}

// State tells of a dataset's rows. Tables that others write to have no
// version; here it is the number of the TTL that is running, so that what is
// remembered of them is forgotten with it.
func (w *Warehouse) State(ctx context.Context, dataset string) (warehouse.State, bool, error) {
	w.mu.Lock()
	table, ok := w.tables[dataset]
	w.mu.Unlock()
	if !ok {
		return warehouse.State{}, false, nil
	}
	version := w.c.Now().UnixNano() / int64(w.c.TTL)
	for {
		l, mine := w.turn(dataset, version)
		if mine {
			l.state, l.err = w.look(ctx, dataset, table, version)
			if l.err != nil {
				w.forget(dataset, l) // the next question tries again
			}
			close(l.ready)
			return l.state, l.err == nil, l.err
		}
		select {
		case <-l.ready:
		case <-ctx.Done():
			return warehouse.State{}, false, w.fault(ctx, ctx.Err())
		}
		if l.err == nil {
			return l.state, true, nil
		}
	}
}

// turn gives the look that is under way or done, or a new one to the caller
// who is to do it.
func (w *Warehouse) turn(dataset string, version int64) (l *look, mine bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if l := w.states[dataset]; l != nil && l.version >= version {
		return l, false
	}
	l = &look{version: version, ready: make(chan struct{})}
	w.states[dataset] = l
	return l, true
}

func (w *Warehouse) forget(dataset string, l *look) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.states[dataset] == l {
		delete(w.states, dataset)
	}
}

// lookTime bounds the question for the columns of a table.
const lookTime = 30 * time.Second

// look finds out how a table is read, counts the rows and finds the bounds of every time column.
func (w *Warehouse) look(ctx context.Context, dataset string, table Table, version int64) (warehouse.State, error) {
	limited, stop := context.WithTimeout(ctx, lookTime)
	reading, err := w.c.Look(limited, table)
	err = w.fault(limited, err)
	stop()
	if err != nil {
		return warehouse.State{}, err
	}
	from, kept, err := w.from(dataset, table, reading, nil)
	if err != nil {
		return warehouse.State{}, err
	}
	d := w.c.Dialect
	s := warehouse.State{Dataset: dataset, Table: from, Version: version, TTL: w.c.TTL, LoadedAt: w.c.Now().UTC(), Kept: kept,
		MinTime: map[string]time.Time{}, MaxTime: map[string]time.Time{}, Newest: map[string]time.Time{}, Future: map[string]int64{}}
	s.BroughtAt = s.LoadedAt
	list := []expr.SQL{d.Aggregate(warehouse.Aggregate{Func: "count"})}
	var times []string
	for _, c := range table.Columns {
		if c.Type.IsTime() {
			times = append(times, c.Name)
			x, odd := "t."+d.Quote(c.Name), "0"
			if reading.NoTime != nil {
				x, odd = reading.some(x), "CASE WHEN "+reading.NoTime(x)+" THEN 1 ELSE 0 END"
			}
			for _, a := range []warehouse.Aggregate{{Func: "min", Arg: expr.SQL{Text: x}}, {Func: "max", Arg: expr.SQL{Text: x}}, {Func: "max", Arg: expr.SQL{Text: odd}}} {
				list = append(list, d.Aggregate(a))
			}
		}
	}
	v, err := w.figures(ctx, dataset, from, list)
	if err != nil {
		return s, err
	}
	s.Rows, _ = v[0].(int64)
	odd := map[string]bool{}
	for i, name := range times {
		if lo, ok := v[1+3*i].(time.Time); ok {
			s.MinTime[name] = lo
		}
		if hi, ok := v[2+3*i].(time.Time); ok {
			s.MaxTime[name] = hi
		}
		n, _ := v[3+3*i].(int64)
		odd[name] = n > 0
	}
	if err := w.settle(&s, table, reading, odd); err != nil {
		return s, err
	}
	return s, w.findNewest(ctx, &s, table)
}

// figures asks for aggregates over the rows t of a table.
func (w *Warehouse) figures(ctx context.Context, dataset, from string, list []expr.SQL) ([]any, error) {
	q := expr.Concat("SELECT ", expr.Join(list, ", "), " FROM "+from+" AS t")
	q.Text = w.c.Dialect.Rebind(q.Text)
	r, err := w.Query(ctx, q)
	if err != nil {
		return nil, err
	}
	if !r.Next() {
		return nil, errors.Join(r.Err(), r.Close(), fmt.Errorf("no row of figures about %s", dataset))
	}
	v := slices.Clone(r.Values())
	for r.Next() { // to the end, so that the connection is kept
	}
	return v, errors.Join(r.Err(), r.Close())
}

// findNewest finds the newest times that are not of the future; rows are read
// again only where some are.
func (w *Warehouse) findNewest(ctx context.Context, s *warehouse.State, table Table) error {
	var zone *time.Location
	if table.Zone != "" {
		var err error
		if zone, err = time.LoadLocation(table.Zone); err != nil {
			return err
		}
	}
	d := w.c.Dialect
	var list []expr.SQL
	var ahead []string
	for _, c := range table.Columns {
		top, ok := s.MaxTime[c.Name]
		if !ok {
			continue
		}
		end := warehouse.Reached(c.Type, s.BroughtAt, zone)
		if !top.After(end) {
			s.Newest[c.Name] = top
			continue
		}
		x, bound := expr.SQL{Text: "t." + d.Quote(c.Name)}, d.Literal(end, c.Type)
		list = append(list, d.Aggregate(warehouse.Aggregate{Func: "max", Arg: x, Filter: expr.Concat(x, " <= ", bound)}),
			d.Aggregate(warehouse.Aggregate{Func: "count", Filter: expr.Concat(x, " > ", bound)}))
		ahead = append(ahead, c.Name)
	}
	if len(list) == 0 {
		return nil
	}
	v, err := w.figures(ctx, s.Dataset, s.Table, list)
	if err != nil {
		return err
	}
	for i, name := range ahead {
		if at, ok := v[2*i].(time.Time); ok {
			s.Newest[name] = at
		}
		s.Future[name], _ = v[2*i+1].(int64)
	}
	return nil
}

// some writes a time that is one, or nothing.
func (r Reading) some(x string) string {
	return "CASE WHEN " + r.NoTime(x) + " THEN NULL ELSE " + x + " END"
}

// settle leaves out what is no time, in the columns that are odd, and makes
// instants of the times that clocks showed, now that their bounds are known.
func (w *Warehouse) settle(s *warehouse.State, table Table, reading Reading, odd map[string]bool) (err error) {
	mend := map[string]func(string) string{}
	clocks := map[string]clock{}
	for _, c := range table.Columns {
		some := func(x string) string { return x }
		if odd[c.Name] {
			some = reading.some
			mend[c.Name] = some
		}
		zone := table.Zones[c.Name]
		if zone == "" || c.Type != expr.Timestamp || !reading.Local[table.there(c.Name)] {
			continue
		}
		loc, err := time.LoadLocation(zone)
		if err != nil {
			return err
		}
		lo, found := s.MinTime[c.Name]
		hi := s.MaxTime[c.Name]
		if !found {
			lo, hi = s.LoadedAt, s.LoadedAt
		}
		k := newClock(loc, lo, hi, s.LoadedAt)
		if found {
			s.MinTime[c.Name], s.MaxTime[c.Name] = k.bounds(lo, hi)
		}
		if len(k.steps) == 1 && k.steps[0].Offset == 0 {
			continue // clocks there show UTC
		}
		clocks[c.Name] = k
		mend[c.Name] = func(x string) string { return k.instant(w.c.Dialect, some(x)) }
	}
	if len(mend) == 0 {
		return nil
	}
	if s.Table, s.Kept, err = w.from(s.Dataset, table, reading, mend); err != nil {
		return err
	}
	for name, c := range clocks {
		k := s.Kept[name]
		k.Steps, k.Ends = c.steps, c.early || c.late || odd[name]
		s.Kept[name] = k
	}
	return nil
}
