package prepare

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/ingest"
	"lodestar/internal/semantic"
	"lodestar/internal/steps"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// Refresh begins to make the rows of a dataset anew, as far as that is needed.
// The load that it gives stands in the list of loads.
func (s *Service) Refresh(ctx context.Context, actor access.Actor, dataset string) (ingest.Load, error) {
	if err := actor.Must(access.Editor); err != nil {
		return ingest.Load{}, err
	}
	m, d, err := s.dataset(dataset)
	if err != nil {
		return ingest.Load{}, err
	}
	j, err := s.job(ctx, m, d)
	if err != nil {
		return ingest.Load{}, err
	}
	return s.start(actor, d.Name, j.plan)
}

func (s *Service) start(actor access.Actor, dataset string, plan *steps.Plan) (ingest.Load, error) {
	from := strings.Join(plan.Inputs(), ", ")
	return s.Runs.Make(actor, dataset, from, func(ctx context.Context, load string) (ingest.Made, error) {
		return s.refresh(ctx, actor, dataset, load)
	})
}

func markText(j *job) (string, error) {
	b, err := json.Marshal(mark{j.print, j.versions})
	return string(b), err
}

// mostTries is how often a refresh begins again because its inputs changed
// while it waited for its turn.
const mostTries = 5

func (s *Service) refresh(ctx context.Context, actor access.Actor, dataset, load string) (ingest.Made, error) {
	for range mostTries {
		m, d, err := s.dataset(dataset)
		if err != nil {
			return ingest.Made{}, err
		}
		j, err := s.job(ctx, m, d)
		if err != nil {
			return ingest.Made{}, err
		}
		if j.current() {
			return s.nothing(ctx, dataset)
		}
		made, again, err := s.carry(ctx, m, j, warehouse.LoadSpec{ID: load, Dataset: dataset, Mode: j.mode(), File: strings.Join(j.plan.Inputs(), ", "),
			Actor: actor.Name, At: s.Now().UTC(), BroughtAt: j.brought(), Zone: zoneOf(m), Columns: j.columns, Key: d.Spec.PrimaryKey, Lines: j.growth == keyed})
		if !again || err != nil {
			return made, err
		}
	}
	return ingest.Made{}, fault.New(fault.Conflict, "inputs_keep_changing", text.Text{
		EN: "the datasets that {name} is made of keep changing; try again in a moment", ZH: "{name} 所依赖的数据一直在变化，请稍后再试"}, "name", dataset)
}

// nothing is the outcome when the rows are up to date.
func (s *Service) nothing(ctx context.Context, dataset string) (ingest.Made, error) {
	state, _, err := s.Warehouse.State(ctx, dataset)
	return ingest.Made{Mode: "append", State: state, Warnings: []ingest.Note{{Code: "up_to_date", Text: text.Text{
		EN: "nothing has changed since the last refresh", ZH: "自上次生成以来没有变化"}}}}, err
}

func (j *job) mode() string {
	return map[growth]string{anew: "replace", appended: "append", keyed: "change"}[j.growth]
}

// carry makes the rows in one transaction. While it has its turn no other
// change happens; what happened before that makes it begin again.
func (s *Service) carry(ctx context.Context, m *semantic.Model, j *job, spec warehouse.LoadSpec) (made ingest.Made, again bool, err error) {
	change, err := s.Warehouse.Begin(ctx, spec)
	if err != nil {
		return made, false, err
	}
	defer func() { err = errors.Join(err, change.Rollback()) }()
	now, err := s.job(ctx, m, j.dataset)
	if err != nil {
		return made, false, err
	}
	if now.current() || now.of() != j.of() || now.growth != j.growth {
		return made, true, nil // there was another refresh meanwhile, or news
	}
	st, filling, err := s.filling(ctx, m, j)
	if err != nil {
		return made, false, err
	}
	if err := s.fans(ctx, st); err != nil {
		return made, false, err
	}
	if made.Warnings, err = s.losses(ctx, st); err != nil {
		return made, false, err
	}
	rows, rejected, err := change.Fill(ctx, filling)
	if err != nil {
		return made, false, err
	}
	if err := s.unique(ctx, change, spec); err != nil {
		return made, false, err
	}
	if err := change.Apply(ctx); err != nil {
		return made, false, err
	}
	text, err := markText(j)
	if err != nil {
		return made, false, err
	}
	state, err := change.Commit(ctx, warehouse.Outcome{Records: rows + rejected, Rejected: rejected, Mark: &text})
	if err != nil {
		return made, false, err
	}
	made.Mode, made.State, made.Records, made.Rejected = spec.Mode, state, rows+rejected, rejected
	list, err := s.Warehouse.Ledger(context.WithoutCancel(ctx), spec.Dataset, 1)
	if err != nil {
		return made, false, err
	}
	if len(list) > 0 && list[0].Load == spec.ID {
		made.Mode, made.Loaded, made.Gone = list[0].Mode, list[0].Loaded, list[0].Gone
	}
	return made, false, nil
}

// unique holds the rows to the key that the dataset declares. Rows that change
// by key come from rows that have it already.
func (s *Service) unique(ctx context.Context, change warehouse.Change, spec warehouse.LoadSpec) error {
	if len(spec.Key) == 0 || spec.Mode == "change" {
		return nil
	}
	ok, err := change.KeysUnique(ctx)
	if err != nil || ok {
		return err
	}
	return fault.New(fault.Conflict, "key_not_unique", text.Text{
		EN: "the steps give rows with the same {key}, or without one; add a deduplicate step, or take the primaryKey out of the definition",
		ZH: "步骤的结果中 {key} 有重复或为空；请加一个去重步骤，或从定义中去掉 primaryKey"}, "key", strings.Join(spec.Key, ", "))
}

// fans refuses joins at which rows would multiply.
func (s *Service) fans(ctx context.Context, st *Statement) error {
	for _, f := range st.Fans {
		n, err := s.numbers(ctx, st.Multiplied(f), 1)
		if err != nil {
			return err
		}
		if n[0] > 0 {
			return fault.New(fault.Conflict, "join_multiplies", text.Text{
				EN: "step {step}: several rows of {dataset} match one row here ({n} keys), so rows would multiply; aggregate or deduplicate {dataset} first, or write many: true if that is meant",
				ZH: "第 {step} 步：{dataset} 中有 {n} 个键对应多行，关联后行数会变多；请先对 {dataset} 聚合或去重，确实需要时写 many: true"},
				"step", f.Stage, "dataset", f.Dataset, "n", n[0])
		}
	}
	return nil
}

// losses counts values that did not convert and became empty.
func (s *Service) losses(ctx context.Context, st *Statement) ([]ingest.Note, error) {
	var lossy []Loss
	for _, l := range st.Losses {
		if !l.Reject {
			lossy = append(lossy, l)
		}
	}
	if len(lossy) == 0 {
		return nil, nil
	}
	counts, err := s.numbers(ctx, st.Count(nil, lossy), len(lossy))
	if err != nil {
		return nil, err
	}
	var out []ingest.Note
	for i, l := range lossy {
		if counts[i] > 0 {
			out = append(out, ingest.Note{Code: "values_lost", Text: text.Text{
				EN: "step {step}: {n} values of {column} could not be read and are empty now",
				ZH: "第 {step} 步：{column} 有 {n} 个值无法识别，已置空"}.With("step", l.Stage, "n", counts[i], "column", l.Column)})
		}
	}
	return out, nil
}

// numbers asks for one row of whole numbers.
func (s *Service) numbers(ctx context.Context, q expr.SQL, n int) (out []int64, err error) {
	rows, err := s.Warehouse.Query(ctx, q)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if !rows.Next() {
		return nil, errors.Join(rows.Err(), errors.New("a count gave no row"))
	}
	for _, v := range rows.Values() {
		i, ok := v.(int64)
		if !ok {
			return nil, fmt.Errorf("a count gave %T", v)
		}
		out = append(out, i)
	}
	if len(out) != n {
		return nil, fmt.Errorf("%d counts, not %d", len(out), n)
	}
	return out, rows.Err()
}

// Pauses after refreshes that failed.
const (
	firstPause   = 30 * time.Second
	longestPause = time.Hour
)

// Catch makes what is due, one after the other, until nothing is. Datasets that
// others are made of come first. What fails is left for a while; others go on.
func (s *Service) Catch(ctx context.Context) error {
	s.finding.Lock()
	defer s.finding.Unlock()
	for again := true; again && ctx.Err() == nil; {
		again = false
		known := map[*semantic.Dataset]*job{}
		for _, d := range s.Model().Datasets() {
			if !d.Spec.Prepared() {
				continue
			}
			j, err := s.due(ctx, d, known)
			if err != nil {
				return err
			}
			if j == nil {
				continue
			}
			load, err := s.start(access.Actor{Name: "lodestar", Role: access.Editor, Via: access.ViaLocal}, d.Name, j.plan)
			if err == nil {
				load, err = s.Runs.Wait(ctx, load.ID)
			}
			if err != nil {
				return err
			}
			if load.State == ingest.Done {
				again = true
			}
			clear(known)
			s.note(d.Name, j.of(), load)
		}
	}
	return ctx.Err()
}

// note remembers a failure, or that there is none any more.
func (s *Service) note(dataset, of string, load ingest.Load) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if load.State == ingest.Done {
		delete(s.failed, dataset)
		return
	}
	f := s.failed[dataset]
	f.pause = min(max(2*f.pause, firstPause), longestPause)
	f.of, f.until, f.why = of, s.Now().Add(f.pause), load.Error
	s.failed[dataset] = f
}

// due gives what is to be done for a dataset now, by its schedule; nil for nothing.
// known is what was found since the last refresh: many datasets may be made of one.
func (s *Service) due(ctx context.Context, d *semantic.Dataset, known map[*semantic.Dataset]*job) (j *job, err error) {
	if j, ok := known[d]; ok {
		return j, nil
	}
	defer func() {
		if err == nil {
			known[d] = j
		}
	}()
	m := s.Model()
	if m.Plan(d) == nil || m.Dataset(d.Name) != d {
		return nil, nil // the model has changed meanwhile
	}
	for _, in := range m.Plan(d).Inputs() {
		if other := m.Dataset(in); other != nil && other.Spec.Prepared() {
			if waits, err := s.due(ctx, other, known); err != nil || waits != nil {
				return nil, err // that one first
			}
		}
	}
	j, err = s.job(ctx, m, d)
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.NotFound) || fault.Is(err, fault.Unavailable) {
		return nil, nil // rows or a secret are missing: nothing to make yet
	}
	if err != nil || j.current() {
		return nil, err
	}
	s.mu.Lock()
	f, failed := s.failed[d.Name]
	s.mu.Unlock()
	if rest := f.until.Sub(s.Now()); failed && f.of == j.of() && rest > 0 && rest <= longestPause { // longer when the clock was put back
		return nil, nil
	}
	if now, err := s.scheduled(ctx, m, j); err != nil || !now {
		return nil, err
	}
	return j, nil
}

// scheduled tells whether the schedule lets a dataset with news be made now. A
// definition that changed is followed at once.
func (s *Service) scheduled(ctx context.Context, m *semantic.Model, j *job) (bool, error) {
	r := j.dataset.Spec.Source.Refresh
	if !j.made || r == nil || r.Every == "" && r.Cron == "" && len(r.After) == 0 {
		return true, nil
	}
	if slices.ContainsFunc(r.After, func(name string) bool { return j.before[name] != j.versions[name] }) {
		return true, nil
	}
	if r.Every == "" && r.Cron == "" {
		return false, nil
	}
	list, err := s.Warehouse.Ledger(ctx, j.dataset.Name, 1)
	if err != nil || len(list) == 0 {
		return true, err
	}
	next, ok := r.Next(s.Now(), list[0].At, zoneOf(m))
	return ok && !next.After(s.Now()), nil
}
