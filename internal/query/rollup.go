package query

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"sync"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
)

// rollup is a kept roll-up as a plan sees it: a table whose columns are the
// keys, the period, and the parts.
type rollup struct {
	def   *semantic.Rollup
	table string
	rows  int64
	key   map[string]string // field → column
	time  string            // column of the period; "" for none
	part  map[string]string // part's text → column
	cal   calendar.Calendar // whose days and weeks they are
}

// rollups keeps roll-ups in step with definitions and data. A roll-up whose
// rows are not those of the moment is never used.
type rollups struct {
	engine *Engine
	kept   warehouse.Materials // nil when the warehouse keeps none

	mu       sync.Mutex
	known    map[string]warehouse.Material // nil until read
	failed   map[string]error              // why the last build failed, by name
	recipes  map[string]remembered         // by name
	building bool
	again    bool
	use      map[string]*Use

	stop context.Context
	end  context.CancelFunc
	work sync.WaitGroup
}

// Use counts how often a roll-up answered, and why it did not.
type Use struct {
	Hits   int64            `json:"hits"`
	Misses map[string]int64 `json:"misses,omitempty"` // by reason
}

func newRollups(e *Engine) *rollups {
	kept, _ := e.c.Warehouse.(warehouse.Materials)
	r := &rollups{engine: e, kept: kept, failed: map[string]error{}, recipes: map[string]remembered{}, use: map[string]*Use{}}
	r.stop, r.end = context.WithCancel(context.Background())
	return r
}

// recipe is the statement that makes a roll-up, with a fingerprint of it and
// of the data it reads.
type recipe struct {
	q           *question
	sql         expr.SQL
	fingerprint string
}

// recipe plans a roll-up like any question: its keys, period and parts.
func (r *rollups) recipe(ctx context.Context, m *semantic.Model, def *semantic.Rollup) (recipe, error) {
	q := partsQuestion(m, def, def.Keys, def.Grain)
	if err := r.engine.lookAt(ctx, q); err != nil {
		return recipe{}, err
	}
	ready, err := r.engine.prepare(ctx, q.draft("rows"), nil)
	if err != nil {
		return recipe{}, err
	}
	if ready.engine != here || len(ready.guests) > 0 { // definitions of such are refused
		return recipe{}, fmt.Errorf("the roll-up %s reads rows of another engine", def.Name)
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00%v\x00%s\x00", ready.sql.Text, ready.sql.Args, q.cal.Zone)
	for _, name := range slices.Sorted(maps.Keys(q.states)) {
		fmt.Fprintf(h, "%s\x00%d\x00", name, q.states[name].Version)
	}
	return recipe{q, ready.sql, hex.EncodeToString(h.Sum(nil)[:16])}, nil
}

// remembered is a recipe's fingerprint with all that it was made of: questions
// ask for it each time, and seldom has anything changed.
type remembered struct {
	def         *semantic.Rollup // of one model
	rows        map[string]tableVersion
	fingerprint string
}

type tableVersion struct {
	table   string
	version int64
}

// fingerprint is that of the recipe of the moment.
func (r *rollups) fingerprint(ctx context.Context, m *semantic.Model, def *semantic.Rollup) (string, error) {
	r.mu.Lock()
	have := r.recipes[def.Name]
	r.mu.Unlock()
	if have.def == def {
		rows, err := r.rowsOf(ctx, slices.Collect(maps.Keys(have.rows)))
		if err != nil {
			return "", err
		}
		if maps.Equal(rows, have.rows) {
			return have.fingerprint, nil
		}
	}
	want, err := r.recipe(ctx, m, def)
	if err != nil {
		return "", err
	}
	rows := map[string]tableVersion{}
	for _, name := range want.q.reads() {
		s := want.q.states[name]
		rows[name] = tableVersion{s.Table, s.Version}
	}
	r.mu.Lock()
	r.recipes[def.Name] = remembered{def, rows, want.fingerprint}
	r.mu.Unlock()
	return want.fingerprint, nil
}

func (r *rollups) rowsOf(ctx context.Context, datasets []string) (map[string]tableVersion, error) {
	out := make(map[string]tableVersion, len(datasets))
	for _, name := range datasets {
		s, ok, err := r.engine.c.Warehouse.State(ctx, name)
		if err != nil {
			return nil, err
		}
		if !ok {
			s.Table, s.Version = "", 0
		}
		out[name] = tableVersion{s.Table, s.Version}
	}
	return out, nil
}

// partsQuestion asks for the parts of a roll-up by some of its keys.
func partsQuestion(m *semantic.Model, def *semantic.Rollup, keys []*semantic.Field, grain calendar.Grain) *question {
	q := &question{model: m, cal: m.Calendar(), facts: []*semantic.Dataset{def.Dataset}}
	for _, f := range keys {
		q.keys = append(q.keys, key{name: f.String(), by: By{Dimension: f.String()}, typ: f.Type, sample: f,
			fields: map[*semantic.Dataset]*semantic.Field{def.Dataset: f}})
	}
	if grain != semantic.NoTime {
		q.keys = append(q.keys, key{name: "time", by: By{Time: grain}, typ: expr.Date})
	}
	for _, p := range def.Parts {
		simple := &semantic.Metric{Name: p.Text(), Class: semantic.Additive, Datasets: q.facts,
			Simple: &semantic.Aggregation{Dataset: def.Dataset, Func: p.Func, Arg: p.Arg, Time: def.Dataset.Time, Zero: p.Func == "count"}}
		simple.Type = expr.Integer
		if p.Arg != nil && p.Func != "count" {
			simple.Type = p.Arg.Type()
		}
		simple.Leaves = []*semantic.Metric{simple}
		q.metrics = append(q.metrics, asked{name: p.Text(), metric: simple, value: q.valueOf(simple, nil, nil)})
	}
	return q
}

// usable finds the roll-ups of the question's datasets whose rows are those of
// the moment. One that is behind is built anew beside.
func (r *rollups) usable(ctx context.Context, q *question) ([]*rollup, error) {
	if r.kept == nil {
		return nil, nil
	}
	var out []*rollup
	behind := false
	for _, def := range q.model.Rollups() {
		if !slices.Contains(q.facts, def.Dataset) {
			continue
		}
		if _, loaded := q.stateOf(def.Dataset.Name); !loaded {
			continue
		}
		known, err := r.material(ctx, def.Name)
		if err != nil {
			return nil, err
		}
		want, err := r.fingerprint(ctx, q.model, def)
		if err != nil {
			return nil, err
		}
		if known.Fingerprint != want {
			behind = true
			r.missed(def.Name, "behind")
			continue
		}
		out = append(out, bind(def, known, q.model.Calendar()))
	}
	if behind {
		r.refreshBeside()
	}
	return out, nil
}

// bind names the columns of a kept roll-up.
func bind(def *semantic.Rollup, m warehouse.Material, cal calendar.Calendar) *rollup {
	out := &rollup{def: def, table: m.Table, rows: m.Rows, key: map[string]string{}, part: map[string]string{}, cal: cal}
	n := 0
	column := func() string { n++; return fmt.Sprintf("c%d", n-1) }
	for _, f := range def.Keys {
		out.key[f.String()] = column()
	}
	if def.Grain != semantic.NoTime {
		out.time = column()
	}
	for _, p := range def.Parts {
		out.part[p.Text()] = column()
	}
	return out
}

func (r *rollups) material(ctx context.Context, name string) (warehouse.Material, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil {
		list, err := r.kept.Materials(ctx)
		if err != nil {
			return warehouse.Material{}, err
		}
		r.known = map[string]warehouse.Material{}
		for _, m := range list {
			r.known[m.Name] = m
		}
	}
	return r.known[name], nil
}

func (r *rollups) missed(name, reason string) {
	r.mu.Lock()
	r.useOf(name).Misses[reason]++
	r.mu.Unlock()
	r.engine.log.touch()
}

func (r *rollups) hit(name string) {
	r.mu.Lock()
	r.useOf(name).Hits++
	r.mu.Unlock()
	r.engine.log.touch()
}

// uses is a copy of how roll-ups were used.
func (r *rollups) uses() map[string]*Use {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := map[string]*Use{}
	for name, u := range r.use {
		out[name] = &Use{Hits: u.Hits, Misses: maps.Clone(u.Misses)}
	}
	return out
}

// addUse adds how roll-ups were used in earlier runs.
func (r *rollups) addUse(old map[string]*Use) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, u := range old {
		now := r.useOf(name)
		now.Hits += u.Hits
		for why, n := range u.Misses {
			now.Misses[why] += n
		}
	}
}

func (r *rollups) useOf(name string) *Use {
	if r.use[name] == nil {
		r.use[name] = &Use{Misses: map[string]int64{}}
	}
	return r.use[name]
}

// refreshBeside builds what is behind, in the background; a second call while
// one works makes it look again at the end.
func (r *rollups) refreshBeside() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.building || r.stop.Err() != nil {
		r.again = true
		return
	}
	r.building = true
	r.work.Add(1)
	go func() {
		defer r.work.Done()
		for {
			if err := r.refresh(r.stop, ""); err != nil && r.stop.Err() == nil {
				r.engine.c.Log.Warn("a roll-up was not built", "error", err)
			}
			r.mu.Lock()
			if !r.again || r.stop.Err() != nil {
				r.building = false
				r.mu.Unlock()
				return
			}
			r.again = false
			r.mu.Unlock()
		}
	}()
}

// refresh builds the roll-ups that are behind, or the one named, and forgets
// those whose definition is gone.
func (r *rollups) refresh(ctx context.Context, only string) error {
	m := r.engine.c.Model()
	var first error
	defined := map[string]bool{}
	for _, def := range m.Rollups() {
		defined[def.Name] = true
		if only != "" && def.Name != only {
			continue
		}
		err := r.build(ctx, m, def)
		r.mu.Lock()
		r.failed[def.Name] = err
		r.mu.Unlock()
		if err != nil && first == nil {
			first = fmt.Errorf("%s: %w", def.Name, err)
		}
	}
	r.mu.Lock()
	gone := slices.DeleteFunc(slices.Sorted(maps.Keys(r.known)), func(name string) bool { return defined[name] })
	r.mu.Unlock()
	for _, name := range gone {
		if err := r.kept.DropMaterial(ctx, name); err != nil {
			return err
		}
		r.mu.Lock()
		delete(r.known, name)
		r.mu.Unlock()
	}
	return first
}

func (r *rollups) build(ctx context.Context, m *semantic.Model, def *semantic.Rollup) error {
	known, err := r.material(ctx, def.Name)
	if err != nil {
		return err
	}
	want, err := r.recipe(ctx, m, def)
	if err != nil || known.Fingerprint == want.fingerprint {
		return err
	}
	sql := want.sql
	sql.Text = r.engine.c.Warehouse.Dialect().Rebind(sql.Text)
	made, err := r.kept.Materialise(ctx, def.Name, want.fingerprint, sql)
	if err != nil {
		return err
	}
	// Rows that changed while it was built leave a fingerprint that fits
	// neither; the next question sees that.
	after, err := r.recipe(ctx, m, def)
	if err != nil {
		return err
	}
	if after.fingerprint != want.fingerprint {
		made.Fingerprint = ""
	}
	r.mu.Lock()
	r.known[def.Name] = made
	r.mu.Unlock()
	return nil
}

func (r *rollups) close() {
	r.end()
	r.work.Wait()
}
