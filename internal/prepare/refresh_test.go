package prepare_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/ingest"
	"lodestar/internal/prepare"
	"lodestar/internal/semantic"
	"lodestar/internal/steps"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/duckdb"
)

var editor = access.Actor{Name: "mei", Role: access.Editor}

// inline runs a refresh at once, and keeps how it ended.
type inline struct {
	n    int
	ends map[string]ingest.Load
}

func (r *inline) Make(actor access.Actor, dataset, from string, work func(context.Context, string) (ingest.Made, error)) (ingest.Load, error) {
	r.n++
	l := ingest.Load{ID: fmt.Sprintf("run%d", r.n), Dataset: dataset, File: from, Actor: actor.Name, State: ingest.Done}
	made, err := work(context.Background(), l.ID)
	if err != nil {
		f := fault.Of(err)
		l.State, l.Error = ingest.Failed, &ingest.Note{Code: f.Code, Text: f.Text}
		if fault.Is(err, fault.Internal) {
			l.Error.Code = err.Error()
		}
	}
	l.Mode, l.Version, l.Loaded, l.Rejected, l.Gone, l.Warnings = made.Mode, made.State.Version, made.Loaded, made.Rejected, made.Gone, made.Warnings
	r.ends[l.ID] = l
	return l, nil
}

func (r *inline) Wait(_ context.Context, id string) (ingest.Load, error) { return r.ends[id], nil }

// place is a warehouse with datasets that steps are tried on.
type place struct {
	db    *duckdb.DB
	model *semantic.Model
	*prepare.Service
	now  time.Time
	runs *inline
	n    int
}

func openPlace(t *testing.T) *place {
	t.Helper()
	db, err := duckdb.Open(duckdb.Config{Dir: t.TempDir(), MemoryLimit: "512MB", Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	p := &place{db: db, now: time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC), runs: &inline{ends: map[string]ingest.Load{}}}
	p.Service = prepare.New(prepare.Config{Warehouse: db, Model: func() *semantic.Model { return p.model }, Runs: p.runs,
		Secret: func(context.Context, string) (string, error) { return "pepper", nil }, Now: func() time.Time { return p.now }})
	return p
}

type failer interface {
	Helper()
	Fatalf(string, ...any)
}

func stored(name string, key ...string) *catalog.Resource {
	spec := &semantic.DatasetSpec{PrimaryKey: key}
	for _, c := range columnsOf[name] {
		spec.Columns = append(spec.Columns, semantic.Column{Name: c.Name, Type: c.Type, Precision: c.Precision, Scale: c.Scale})
	}
	return &catalog.Resource{Kind: semantic.KindDataset, Metadata: catalog.Metadata{Name: name}, Spec: spec}
}

func made(name, from string, key []string, list []steps.Step) *catalog.Resource {
	return &catalog.Resource{Kind: semantic.KindDataset, Metadata: catalog.Metadata{Name: name},
		Spec: &semantic.DatasetSpec{PrimaryKey: key, Source: &semantic.Source{From: from, Steps: list}}}
}

func (p *place) compile(t failer, rs ...*catalog.Resource) {
	t.Helper()
	model, found := semantic.Compile(rs)
	if len(found) > 0 {
		t.Fatalf("%v", found)
	}
	p.model = model
}

// load brings rows into a dataset by a mode; gone are keys.
func (p *place) load(t failer, name, mode string, key []string, rows [][]any, gone ...any) {
	t.Helper()
	columns := columnsOf[name]
	p.n++
	c, err := p.db.Begin(context.Background(), warehouse.LoadSpec{ID: fmt.Sprintf("load%d", p.n), Dataset: name, Mode: mode, At: p.now,
		Columns: columns, Key: key, Lines: mode == "change"})
	if err != nil {
		t.Fatalf("%v", err)
	}
	defer func() {
		if err := c.Rollback(); err != nil {
			t.Fatalf("%v", err)
		}
	}()
	f := warehouse.Filling{Rows: literalRows(columns, rows)}
	if len(gone) > 0 {
		keys := make([][]any, len(gone))
		for i, k := range gone {
			keys[i] = []any{k}
		}
		f.Gone = literalRows(columns[:1], keys)
	}
	n, _, err := c.Fill(context.Background(), f)
	if err == nil {
		err = c.Apply(context.Background())
	}
	if err == nil {
		_, err = c.Commit(context.Background(), warehouse.Outcome{Records: n})
	}
	if err != nil {
		t.Fatalf("%v", err)
	}
}

func literalRows(columns []warehouse.StoredColumn, rows [][]any) expr.SQL {
	d := duckdb.Dialect{}
	var names []string
	var all [][]expr.SQL
	for _, c := range columns {
		names = append(names, c.Name)
	}
	blank := make([]any, len(columns))
	for _, row := range append([][]any{blank}, rows...) {
		cells := make([]expr.SQL, len(columns))
		for i, v := range row {
			cells[i] = expr.Concat("CAST(", d.Literal(v, columns[i].Type), " AS "+d.ColumnType(columns[i].Type, columns[i].Precision, columns[i].Scale)+")")
		}
		all = append(all, cells)
	}
	return expr.Concat("SELECT * FROM ", d.Rows(names, nil, all), " r OFFSET 1") // the first one is only there for the types
}

// table reads what a dataset holds.
func (p *place) table(t failer, q expr.SQL) rel {
	t.Helper()
	rows, err := p.db.Query(context.Background(), q)
	if err != nil {
		t.Fatalf("%v\n%s", err, q.Text)
	}
	defer rows.Close()
	out := rel{}
	for _, c := range rows.Columns() {
		out.cols = append(out.cols, c.Name)
	}
	for rows.Next() {
		row := slices.Clone(rows.Values())
		for i, v := range row {
			if d, ok := v.(warehouse.Decimal); ok {
				row[i] = d.Float64()
			}
		}
		out.rows = append(out.rows, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%v", err)
	}
	return out
}

func (p *place) rows(t failer, dataset string) rel {
	t.Helper()
	state, _, err := p.db.State(context.Background(), dataset)
	if err != nil {
		t.Fatalf("%v", err)
	}
	var names []string
	for _, c := range p.model.Dataset(dataset).Spec.Columns {
		names = append(names, duckdb.Dialect{}.Quote(c.Name))
	}
	return p.table(t, expr.SQL{Text: "SELECT " + strings.Join(names, ", ") + " FROM " + state.Table})
}

// whole works everything out anew, outside of the service.
func (p *place) whole(t failer, dataset string) rel {
	t.Helper()
	plan := p.model.Plan(p.model.Dataset(dataset))
	st, err := prepare.Printer{Dialect: p.db.Dialect(), Zone: time.UTC, Salt: func(string) (string, error) { return "pepper", nil },
		Table: func(name string, _ int) expr.SQL {
			state, _, err := p.db.State(context.Background(), name)
			if err != nil {
				t.Fatalf("%v", err)
			}
			return expr.SQL{Text: state.Table}
		}}.Print(plan)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return p.table(t, st.Rows(len(plan.Stages)-1, 0))
}

var growing = []string{"select", "rename", "cast", "filter", "derive", "fill", "split", "standardise", "map", "mask", "sample", "join", "union", "unpivot"}

// TestGrowing changes inputs at random in every way a load can, refreshes after
// each, and compares with all worked out anew.
func TestGrowing(t *testing.T) {
	t.Parallel()
	p := openPlace(t)
	modes := map[string]int{}
	rapid.Check(t, func(t2 *rapid.T) {
		kinds := growing
		if rapid.IntRange(0, 3).Draw(t2, "any kind") == 0 {
			kinds = steps.Kinds()
		}
		var list []steps.Step
		for range rapid.IntRange(0, 3).Draw(t2, "steps") {
			list = appended(t2, list, rapid.SampledFrom(kinds).Draw(t2, "kind"))
		}
		many := rapid.Bool().Draw(t2, "many there") // otherwise no two rows there have the same key
		for i := range list {
			if j := list[i].Join; j != nil && j.AsOf == nil {
				j.Many = many
			}
		}
		name := fmt.Sprintf("out%d", p.n)
		p.compile(t2, stored("facts", "id"), stored("dims"), stored("more"), stored("visits"), made(name, "facts", nil, list))
		var key []string
		for _, c := range p.model.Plan(p.model.Dataset(name)).Last().Columns {
			if c.Copy == (steps.Origin{Dataset: "facts", Column: "id"}) {
				key = []string{c.Name}
			}
		}
		next := int64(0)
		row := func(name string, id int64) []any {
			out := make([]any, len(columnsOf[name]))
			for i, c := range columnsOf[name] {
				out[i] = randomCell(t2, c)
			}
			if name == "facts" {
				out[0] = id
			}
			return out
		}
		some := func(name string, fresh bool) (rows [][]any) {
			for range rapid.IntRange(0, 4).Draw(t2, "rows") {
				id := next
				if next++; !fresh && next > 1 && rapid.Bool().Draw(t2, "known") {
					id, next = rapid.Int64Range(0, next-2).Draw(t2, "id"), next-1
				}
				if !slices.ContainsFunc(rows, func(r []any) bool { return name == "facts" && r[0] == id }) {
					rows = append(rows, row(name, id))
				}
			}
			return rows
		}
		dims := some("dims", true)
		if !many {
			seen := map[string]bool{}
			dims = slices.DeleteFunc(dims, func(r []any) bool {
				k, d := "k "+cell(r[0]), "d "+cell(r[2])
				twice := seen[k] || seen[d]
				seen[k], seen[d] = r[0] != nil, r[2] != nil
				return twice
			})
		}
		p.load(t2, "dims", "replace", nil, dims)
		p.load(t2, "more", "replace", nil, some("more", true))
		p.load(t2, "visits", "replace", nil, some("visits", true))
		next = 0
		p.load(t2, "facts", "replace", []string{"id"}, some("facts", true))
		withKey := made(name, "facts", key, list)
		if whole := p.whole(t2, name); key != nil && len(distinct(whole, key[0])) == len(whole.rows) && rapid.Bool().Draw(t2, "keyed") && !slices.ContainsFunc(list, func(s steps.Step) bool {
			return s.Join != nil && (s.Join.Many || s.Join.Kind == "full") || s.Unpivot != nil || s.Split != nil || s.Union != nil
		}) {
			p.compile(t2, stored("facts", "id"), stored("dims"), stored("more"), stored("visits"), withKey)
		}
		for range rapid.IntRange(1, 4).Draw(t2, "changes") {
			l, err := p.Refresh(context.Background(), editor, name)
			if err != nil || l.State != ingest.Done {
				t2.Fatalf("%v %+v %s", err, l.Error, asJSON(list))
			}
			modes[l.Mode]++
			if a, b := show(p.rows(t2, name)), show(p.whole(t2, name)); a != b {
				t2.Fatalf("%s %s\ngot\n%s\nwant\n%s", l.Mode, asJSON(list), a, b)
			}
			switch rapid.IntRange(0, 7).Draw(t2, "change") {
			case 0, 1, 2:
				p.load(t2, "facts", "append", []string{"id"}, some("facts", true))
			case 3, 4:
				p.load(t2, "facts", "upsert", []string{"id"}, some("facts", false))
			case 5:
				rows := some("facts", false)
				gone := rapid.Int64Range(100, 200).Draw(t2, "gone")
				if len(rows) == 0 && next > 0 {
					gone = rapid.Int64Range(0, next-1).Draw(t2, "gone")
				}
				p.load(t2, "facts", "change", []string{"id"}, rows, gone)
			case 6:
				p.load(t2, rapid.SampledFrom([]string{"dims", "more"}).Draw(t2, "other"), "append", nil, [][]any{row("dims", 0)}[:0])
			case 7:
				other := rapid.SampledFrom([]string{"more", "visits"}).Draw(t2, "other")
				p.load(t2, other, "append", nil, some(other, true))
			}
		}
		if err := p.db.Drop(context.Background(), warehouse.LoadSpec{ID: "drop" + name, Dataset: name, At: p.now}); err != nil {
			t2.Fatal(err)
		}
	})
	for _, mode := range []string{"replace", "append", "change"} {
		if modes[mode] == 0 {
			t.Errorf("never by %s: %v", mode, modes)
		}
	}
}

func distinct(r rel, column string) map[string]bool {
	out := map[string]bool{}
	for _, row := range r.rows {
		out[cell(r.get(row, column))] = true
	}
	return out
}

func factRow(id int64, k any, txt string) []any {
	return []any{id, k, "s", txt, nil, nil, nil, nil, nil, nil}
}

// TestRefresh goes through what a person sees: counts, warnings, rejects, keys,
// and rows that stay as they were when a refresh fails.
func TestRefresh(t *testing.T) {
	t.Parallel()
	p := openPlace(t)
	cast := func(onError string) []steps.Step {
		return []steps.Step{{Select: []string{"id", "k", "txt"}}, {Cast: []steps.Cast{{Column: "txt", Type: expr.Integer, OnError: onError}}}}
	}
	base := []*catalog.Resource{stored("facts", "id"), stored("dims")}
	p.compile(t, append(base, made("clean", "facts", []string{"id"}, cast("")))...)
	refresh := func(want string) ingest.Load {
		t.Helper()
		l, err := p.Refresh(t.Context(), editor, "clean")
		if err != nil {
			t.Fatal(err)
		}
		code := ""
		if l.Error != nil {
			code = l.Error.Code
		} else if len(l.Warnings) > 0 {
			code = l.Warnings[0].Code
		}
		if code != want {
			t.Fatalf("%q, not %q", code, want)
		}
		return l
	}
	if _, err := p.Refresh(t.Context(), editor, "clean"); !fault.Is(err, fault.Conflict) {
		t.Errorf("made of nothing: %v", err)
	}
	if _, err := p.Refresh(t.Context(), access.Actor{Name: "eve", Role: access.Viewer}, "clean"); !fault.Is(err, fault.Denied) {
		t.Errorf("a viewer may refresh: %v", err)
	}
	p.load(t, "facts", "replace", []string{"id"}, [][]any{factRow(1, int64(1), "10"), factRow(2, int64(1), "ten"), factRow(3, nil, "")})
	if l := refresh("values_lost"); l.Loaded != 3 || l.Mode != "replace" {
		t.Errorf("%+v", l)
	}
	refresh("up_to_date")
	p.load(t, "facts", "append", []string{"id"}, [][]any{factRow(4, int64(2), "4")})
	if l := refresh(""); l.Loaded != 1 || l.Mode != "append" {
		t.Errorf("%+v", l)
	}
	p.load(t, "facts", "upsert", []string{"id"}, [][]any{factRow(2, int64(1), "2")})
	if l := refresh(""); l.Loaded != 1 || l.Mode != "change" {
		t.Errorf("%+v", l)
	}
	p.compile(t, append(base, made("clean", "facts", []string{"id"}, cast("reject")))...)
	p.load(t, "facts", "upsert", []string{"id"}, [][]any{factRow(1, int64(1), "bad")})
	if l := refresh(""); l.Rejected != 1 || l.Loaded != 3 || l.Mode != "replace" {
		t.Errorf("%+v", l)
	}
	p.load(t, "facts", "upsert", []string{"id"}, [][]any{factRow(4, int64(1), "worse")})
	if l := refresh(""); l.Rejected != 1 || l.Gone != 1 || l.Mode != "change" || len(p.rows(t, "clean").rows) != 2 {
		t.Errorf("%+v", l)
	}
	rejects := p.table(t, expr.SQL{Text: "SELECT n, col, reason, value, raw FROM " + p.db.RejectTable(p.runs.ends[fmt.Sprintf("run%d", p.runs.n)].ID)})
	if len(rejects.rows) != 1 || rejects.rows[0][1] != "txt" || rejects.rows[0][3] != "worse" || !strings.Contains(rejects.rows[0][4].(string), "4") {
		t.Errorf("rejects %v", rejects.rows)
	}

	p.load(t, "dims", "replace", nil, [][]any{{int64(1), "a", nil}, {int64(1), "b", nil}})
	join := steps.Step{Join: &steps.Join{Dataset: "dims", On: map[string]string{"k": "k"}, Columns: []string{"label"}}}
	p.compile(t, append(base, made("clean", "facts", []string{"id"}, []steps.Step{{Select: []string{"id", "k"}}, join}))...)
	refresh("join_multiplies")
	join.Join.Many = true
	p.compile(t, append(base, made("clean", "facts", []string{"id"}, []steps.Step{{Select: []string{"id", "k"}}, join}))...)
	refresh("key_not_unique")
	if state, _, err := p.db.State(t.Context(), "clean"); err != nil || state.Rows != 2 {
		t.Errorf("%d rows after a refresh that failed, %v", state.Rows, err)
	}
	p.compile(t, append(base, made("clean", "facts", nil, []steps.Step{{Select: []string{"id", "k"}}, join}))...)
	if l := refresh(""); l.Loaded != 7 {
		t.Errorf("%+v", l)
	}
}

// TestMaskedRejects: what is masked later is not shown among rejects.
// busy is a warehouse in which something else has its turn first.
type busy struct {
	*duckdb.DB
	first func()
}

func (b *busy) Begin(ctx context.Context, spec warehouse.LoadSpec) (warehouse.Change, error) {
	if first := b.first; first != nil {
		b.first = nil
		first()
	}
	return b.DB.Begin(ctx, spec)
}

// Of two refreshes at once the second one finds everything done.
func TestRefreshAtOnce(t *testing.T) {
	t.Parallel()
	p := openPlace(t)
	p.compile(t, stored("facts", "id"), made("clean", "facts", nil, []steps.Step{{Select: []string{"id"}}, {Deduplicate: &steps.Deduplicate{By: []string{"id"}}}}))
	p.load(t, "facts", "replace", []string{"id"}, [][]any{factRow(1, int64(1), "10"), factRow(2, int64(1), "20")})
	var other ingest.Load
	late := p.Config
	late.Warehouse = &busy{DB: p.db, first: func() {
		var err error
		if other, err = p.Refresh(t.Context(), editor, "clean"); err != nil {
			t.Error(err)
		}
	}}
	l, err := prepare.New(late).Refresh(t.Context(), editor, "clean")
	if err != nil || other.Loaded != 2 || l.Loaded != 0 || len(l.Warnings) != 1 || l.Warnings[0].Code != "up_to_date" {
		t.Errorf("%+v, then %+v, %v", other, l, err)
	}
}

// A definition that is deleted, with what it is made of, when its refresh begins
// is told so.
func TestRefreshOfWhatIsDeleted(t *testing.T) {
	t.Parallel()
	p := openPlace(t)
	p.compile(t, stored("facts", "id"), made("clean", "facts", nil, []steps.Step{{Select: []string{"id"}}}))
	p.load(t, "facts", "replace", []string{"id"}, [][]any{factRow(1, int64(1), "10")})
	last := p.Config
	last.Model = func() *semantic.Model {
		m := p.model
		p.compile(t)
		return m
	}
	if l, err := prepare.New(last).Refresh(t.Context(), editor, "clean"); err != nil || l.State != ingest.Failed || l.Error.Code != "unknown_dataset" {
		t.Errorf("%+v %v", l, err)
	}
}

func TestMaskedRejects(t *testing.T) {
	t.Parallel()
	p := openPlace(t)
	p.compile(t, stored("facts", "id"), made("clean", "facts", nil, []steps.Step{{Select: []string{"id", "s", "txt"}},
		{Cast: []steps.Cast{{Column: "txt", Type: expr.Integer, OnError: "reject"}}}, {Mask: []steps.Mask{{Column: "s", How: "hash", Salt: &steps.Salt{Vault: "pii"}}, {Column: "txt", How: "drop"}}}}))
	p.load(t, "facts", "replace", []string{"id"}, [][]any{{int64(1), nil, "secret name", "secret text", nil, nil, nil, nil, nil, nil}})
	l, err := p.Refresh(t.Context(), editor, "clean")
	if err != nil || l.Rejected != 1 {
		t.Fatal(err, l.Error)
	}
	for _, v := range p.table(t, expr.SQL{Text: "SELECT * FROM " + p.db.RejectTable(l.ID)}).rows[0] {
		if strings.Contains(fmt.Sprint(v), "secret") {
			t.Errorf("a reject shows %v", v)
		}
	}
}

// TestCatch makes what is due, in the order in which datasets build on each
// other, by their schedules, and leaves failures alone for a while.
func TestCatch(t *testing.T) {
	t.Parallel()
	p := openPlace(t)
	slow := made("b_slow", "facts", nil, nil)
	slow.Spec.(*semantic.DatasetSpec).Source.Refresh = &semantic.Schedule{Every: "1 hour"}
	p.compile(t, stored("facts", "id"), stored("dims"), made("z_first", "facts", nil, []steps.Step{{Filter: "id > 1"}}),
		made("a_second", "z_first", nil, []steps.Step{{Aggregate: &steps.Aggregate{Values: []steps.Value{{Name: "rows", Agg: "count"}}}}}), slow,
		made("c_bad", "facts", []string{"id"}, []steps.Step{{Derive: []steps.Derived{{Name: "id", Expr: "1"}}}}))
	runs := func(catch bool) string {
		t.Helper()
		from := p.runs.n
		if catch {
			if err := p.Catch(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		var names []string
		for i := from + 1; i <= p.runs.n; i++ {
			l := p.runs.ends[fmt.Sprintf("run%d", i)]
			names = append(names, l.Dataset+":"+l.State)
		}
		slices.Sort(names)
		return strings.Join(names, " ")
	}
	if got := runs(true); got != "" {
		t.Errorf("made of nothing: %s", got)
	}
	p.load(t, "facts", "replace", []string{"id"}, [][]any{factRow(1, nil, ""), factRow(2, nil, "")})
	if got := runs(true); got != "a_second:done b_slow:done c_bad:failed z_first:done" {
		t.Errorf("at first: %s", got)
	}
	if got := cell(p.rows(t, "a_second").rows[0][0]); got != "1" {
		t.Errorf("%s rows counted", got)
	}
	if got := runs(true); got != "" {
		t.Errorf("nothing is new: %s", got)
	}
	p.load(t, "facts", "append", []string{"id"}, [][]any{factRow(3, nil, "")})
	if got := runs(true); got != "a_second:done c_bad:failed z_first:done" {
		t.Errorf("after an append: %s", got)
	}
	p.now = p.now.Add(2 * time.Hour)
	if got := runs(true); got != "b_slow:done c_bad:failed" {
		t.Errorf("after two hours: %s", got)
	}
}
