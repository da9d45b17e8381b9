package query

import (
	"context"
	"fmt"
	"math"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/calendar"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// RollupStatus tells how a roll-up is doing.
type RollupStatus struct {
	Name    string    `json:"name"`
	Dataset string    `json:"dataset"`
	State   string    `json:"state"` // fresh | behind | empty | failed
	Rows    int64     `json:"rows"`
	Base    int64     `json:"base"` // rows that it stands for
	BuiltAt time.Time `json:"builtAt,omitzero"`
	Error   string    `json:"error,omitempty"`
	Use
}

// RollupCheck is what comparing a roll-up with its rows found.
type RollupCheck struct {
	Name      string   `json:"name"`
	Compared  int      `json:"compared"` // values
	Different []string `json:"different"`
}

func noRollup(name string) error {
	return fault.New(fault.NotFound, "unknown_rollup", text.Text{
		ZH: "没有名为 {name} 的汇总表", EN: "there is no roll-up {name}"}, "name", name)
}

// Rollups lists the roll-ups of the model. Viewers may ask.
func (e *Engine) Rollups(ctx context.Context, who access.Actor) ([]RollupStatus, error) {
	if err := who.Must(access.Viewer); err != nil {
		return nil, err
	}
	if err := e.log.load(ctx); err != nil {
		return nil, err
	}
	out := []RollupStatus{}
	m := e.c.Model()
	for _, def := range m.Rollups() {
		s, err := e.rollupStatus(ctx, m, def)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func (e *Engine) rollupStatus(ctx context.Context, m *semantic.Model, def *semantic.Rollup) (RollupStatus, error) {
	out := RollupStatus{Name: def.Name, Dataset: def.Dataset.Name, State: "empty"}
	if e.rollups.kept == nil {
		return out, nil
	}
	known, err := e.rollups.material(ctx, def.Name)
	if err != nil {
		return out, err
	}
	want, err := e.rollups.recipe(ctx, m, def)
	if err != nil {
		return out, err
	}
	state, _ := want.q.stateOf(def.Dataset.Name)
	out.Rows, out.BuiltAt, out.Base = known.Rows, known.At, state.Rows
	e.rollups.mu.Lock()
	defer e.rollups.mu.Unlock()
	switch failed := e.rollups.failed[def.Name]; {
	case failed != nil:
		out.State, out.Error = "failed", failed.Error()
	case known.Fingerprint == want.fingerprint:
		out.State = "fresh"
	case known.Name != "":
		out.State = "behind"
	}
	use := e.rollups.useOf(def.Name)
	out.Hits, out.Misses = use.Hits, map[string]int64{}
	for why, n := range use.Misses {
		out.Misses[why] = n
	}
	return out, nil
}

// RefreshRollup builds a roll-up now, if it is behind. Editors may.
func (e *Engine) RefreshRollup(ctx context.Context, who access.Actor, name string) (RollupStatus, error) {
	if err := who.Must(access.Editor); err != nil {
		return RollupStatus{}, err
	}
	m := e.c.Model()
	for _, def := range m.Rollups() {
		if def.Name != name {
			continue
		}
		if e.rollups.kept == nil {
			return RollupStatus{}, fault.New(fault.Invalid, "no_rollups", text.Text{
				ZH: "这个数据仓库不能保存汇总表", EN: "this warehouse cannot keep roll-ups"})
		}
		if err := e.rollups.refresh(ctx, name); err != nil {
			return RollupStatus{}, err
		}
		return e.rollupStatus(ctx, m, def)
	}
	return RollupStatus{}, noRollup(name)
}

// VerifyRollup compares a roll-up with the rows it was made from: its parts in
// all, by each of its dimensions, and by month. Editors may.
func (e *Engine) VerifyRollup(ctx context.Context, who access.Actor, name string) (RollupCheck, error) {
	if err := who.Must(access.Editor); err != nil {
		return RollupCheck{}, err
	}
	m := e.c.Model()
	for _, def := range m.Rollups() {
		if def.Name == name {
			return e.verifyRollup(ctx, m, def)
		}
	}
	return RollupCheck{}, noRollup(name)
}

func (e *Engine) verifyRollup(ctx context.Context, m *semantic.Model, def *semantic.Rollup) (RollupCheck, error) {
	out := RollupCheck{Name: def.Name, Different: []string{}}
	type view struct {
		title string
		keys  []*semantic.Field
		grain calendar.Grain
	}
	views := []view{{"in all", nil, semantic.NoTime}}
	for _, f := range def.Keys {
		views = append(views, view{"by " + f.String(), []*semantic.Field{f}, semantic.NoTime})
	}
	if def.Grain != semantic.NoTime {
		grain := calendar.Month
		if !def.Grain.Nests(grain) {
			grain = def.Grain
		}
		views = append(views, view{"by " + string(grain), nil, grain})
	}
	for _, v := range views {
		q := partsQuestion(m, def, v.keys, v.grain)
		if err := e.lookAt(ctx, q); err != nil {
			return out, err
		}
		kept, err := e.rollups.usable(ctx, q)
		if err != nil {
			return out, err
		}
		for _, r := range kept {
			if r.def == def {
				q.rollups = []*rollup{r}
			}
		}
		if len(q.rollups) == 0 {
			return out, fault.New(fault.Conflict, "rollup_behind", text.Text{
				ZH: "汇总表 {name} 落后于数据，请先刷新", EN: "the roll-up {name} is behind the data; refresh it first"}, "name", def.Name)
		}
		rolled, err := e.ask(ctx, q.draft("rows"))
		if err != nil {
			return out, err
		}
		q.rollups = nil
		rows, err := e.ask(ctx, q.draft("rows"))
		if err != nil {
			return out, err
		}
		out.compare(q, v.title, rolled, rows)
	}
	return out, nil
}

// compare notes what differs by more than rounding.
func (c *RollupCheck) compare(q *question, title string, rolled, rows [][]any) {
	const most = 20
	by := map[string][]any{}
	for _, r := range rolled {
		by[q.memberID(r, -1)] = r
	}
	note := func(format string, args ...any) {
		if len(c.Different) < most {
			c.Different = append(c.Different, fmt.Sprintf(format, args...))
		}
	}
	for _, want := range rows {
		id := q.memberID(want, -1)
		have, ok := by[id]
		delete(by, id)
		if !ok {
			note("%s: %v is missing", title, want[:len(q.keys)])
			continue
		}
		for i := len(q.keys); i < len(want); i++ {
			c.Compared++
			if !closeTo(have[i], want[i]) {
				note("%s: %v: %s is %v in the roll-up and %v in the rows", title, want[:len(q.keys)], q.names()[i], have[i], want[i])
			}
		}
	}
	for _, r := range by {
		note("%s: %v has no rows", title, r[:len(q.keys)])
	}
}

func closeTo(a, b any) bool {
	if x, ok := a.(warehouse.Decimal); ok {
		if y, ok := b.(warehouse.Decimal); ok && x.String() == y.String() {
			return true
		}
	}
	x, xok := Float(a)
	y, yok := Float(b)
	if !xok || !yok {
		return a == b
	}
	return math.Abs(x-y) <= 1e-9*math.Max(math.Abs(x), math.Abs(y))
}
