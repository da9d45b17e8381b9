package catalog

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/audit"
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// PutOptions are the conditions of a Put.
type PutOptions struct {
	// IfRevision, when not nil, must be the present revision; 0 means that
	// there must be none yet.
	IfRevision *int
}

// Put stores one resource; kind, metadata and spec are read, the rest is given
// by the service. Nothing changes when it is already so. Faults: Conflict
// "revision_conflict" with params revision and author of the present one;
// Invalid "invalid_definition" with the findings as fields.
func (s *Service) Put(ctx context.Context, who access.Actor, r *Resource, o PutOptions) (*Resource, error) {
	if err := who.Must(access.Editor); err != nil {
		return nil, err
	}
	if _, err := s.KindOf(r.Kind); err != nil {
		return nil, err
	}
	s.write.Lock()
	defer s.write.Unlock()
	now, exists := s.Snapshot().Get(r.Kind, r.Metadata.Name)
	if o.IfRevision != nil {
		have := 0
		if exists {
			have = now.Revision
		}
		if have != *o.IfRevision {
			return nil, conflict(r.Ref(), now)
		}
	}
	plan := s.plan(who)
	if err := plan.put(r); err != nil {
		return nil, err
	}
	if err := plan.check(ctx); err != nil {
		return nil, err
	}
	if err := plan.commit(ctx); err != nil {
		return nil, err
	}
	out, _ := s.Snapshot().Get(r.Kind, r.Metadata.Name)
	return out, nil
}

// RevisionConflict is the fault of a change made on an older revision than the
// present one, which is named with its author; author is empty when the
// resource is gone.
func RevisionConflict(ref Ref, revision int, author string) error {
	t := text.Text{
		EN: "{name} was changed meanwhile: it is at revision {revision} by {author}; load it again and repeat your change",
		ZH: "{name} 已被他人修改：当前为第 {revision} 版，修改人 {author}，请重新载入后再改"}
	if author == "" {
		t = text.Text{
			EN: "{name} does not exist at the revision you named; load the list again",
			ZH: "{name} 不存在你指定的版本，请重新载入列表"}
	}
	return fault.New(fault.Conflict, "revision_conflict", t, "name", ref.Name, "revision", revision, "author", author)
}

func conflict(ref Ref, now *Resource) error {
	if now == nil {
		return RevisionConflict(ref, 0, "")
	}
	return RevisionConflict(ref, now.Revision, now.Author)
}

// DeleteOptions say how a Delete goes.
type DeleteOptions struct {
	IfRevision *int
	Cascade    bool // also delete everything that needs it
}

// Delete removes a resource; its revisions stay. When others need it the fault
// is Conflict "in_use" that lists them as fields, unless Cascade. It gives what
// was deleted.
func (s *Service) Delete(ctx context.Context, who access.Actor, kind, name string, o DeleteOptions) ([]Ref, error) {
	if err := who.Must(access.Editor); err != nil {
		return nil, err
	}
	s.write.Lock()
	defer s.write.Unlock()
	snap := s.Snapshot()
	now, ok := snap.Get(kind, name)
	if !ok {
		return nil, s.notFound(snap, kind, name)
	}
	if o.IfRevision != nil && *o.IfRevision != now.Revision {
		return nil, conflict(now.Ref(), now)
	}
	users := snap.Dependants(kind, name)
	plan := s.plan(who)
	for _, ref := range append(slices.Clone(users), now.Ref()) {
		plan.delete(ref)
	}
	// Some need it without naming it, as a metric does that counts unified entities.
	for harmed := plan.harmed(ctx); len(harmed) > 0; harmed = plan.harmed(ctx) {
		for _, ref := range harmed {
			plan.delete(ref)
		}
		users = append(users, harmed...)
	}
	if len(users) > 0 && !o.Cascade {
		return nil, s.inUse(snap, now.Ref(), users)
	}
	return append(users, now.Ref()), plan.commit(ctx)
}

func (s *Service) inUse(snap Snapshot, ref Ref, users []Ref) error {
	var names []string
	for _, u := range users {
		names = append(names, u.Kind+" "+u.Name)
	}
	f := fault.New(fault.Conflict, "in_use", text.Text{
		EN: "{name} is needed by {users}; change those first or delete them with it",
		ZH: "{name} 正被 {users} 使用，请先修改它们，或选择一并删除"}, "name", ref.Name, "users", strings.Join(names, ", "))
	for _, u := range users {
		t := text.Same(u.Name)
		if r, ok := snap.Get(u.Kind, u.Name); ok && !r.Metadata.Title.IsZero() {
			t = r.Metadata.Title
		}
		f.At(u.Kind+"/"+u.Name, "in_use", t)
	}
	return f
}

// Rename gives a resource another name and follows it in everything that
// refers to it, as one change. Faults: NotFound; Conflict "name_taken"; Invalid
// when the new name breaks a rule or something that refers to it cannot follow.
func (s *Service) Rename(ctx context.Context, who access.Actor, kind, from, to string) (*Resource, error) {
	if err := who.Must(access.Editor); err != nil {
		return nil, err
	}
	s.write.Lock()
	defer s.write.Unlock()
	snap := s.Snapshot()
	now, ok := snap.Get(kind, from)
	if !ok {
		return nil, s.notFound(snap, kind, from)
	}
	if rule, why := CheckName(to); rule != "" {
		return nil, fault.New(fault.Invalid, rule, why).At("to", rule, why)
	}
	if _, taken := snap.Get(kind, to); taken {
		return nil, fault.New(fault.Conflict, "name_taken", text.Text{
			EN: "there is a {kind} named {name} already", ZH: "已有名为 {name} 的{kind}"}, "kind", s.kindTitle(kind), "name", to)
	}
	plan := s.plan(who)
	plan.note = map[string]any{"renamed": kind, "from": from, "to": to}
	renamed := *now
	renamed.Metadata.Name = to
	if ren, ok := now.Spec.(Renamer); ok {
		renamed.Spec = ren.Rename(kind, from, to)
	}
	plan.delete(now.Ref())
	if err := plan.put(&renamed); err != nil {
		return nil, err
	}
	done := map[Ref]bool{key(kind, from): true}
	for _, u := range snap.UsedBy(kind, from) {
		if done[key(u.Kind, u.Name)] {
			continue
		}
		done[key(u.Kind, u.Name)] = true
		user, _ := snap.Get(u.Kind, u.Name)
		ren, ok := user.Spec.(Renamer)
		if !ok {
			return nil, fault.New(fault.Invalid, "cannot_follow", text.Text{
				EN: "{user} refers to {name} and cannot follow to another name; change it by hand",
				ZH: "{user} 引用了 {name}，无法自动跟随改名，请手动修改"}, "user", u.Kind+" "+u.Name, "name", from)
		}
		c := *user
		c.Spec = ren.Rename(kind, from, to)
		if also := standsFor(now); also != "" {
			if ren, ok := c.Spec.(Renamer); ok {
				c.Spec = ren.Rename(also, from, to)
			}
		}
		if err := plan.put(&c); err != nil {
			return nil, err
		}
	}
	if err := plan.check(ctx); err != nil {
		return nil, err
	}
	if err := plan.commit(ctx); err != nil {
		return nil, err
	}
	out, _ := s.Snapshot().Get(kind, to)
	return out, nil
}

// plan is a change set in the making. Its service's write lock is held.
type plan struct {
	s       *Service
	who     access.Actor
	snap    Snapshot
	next    map[Ref]*Resource
	changed map[Ref]Action
	order   []Ref
	note    map[string]any // goes into each audit entry
	judged  []*Resource    // the set with findings; nil until it is judged as it is now
	untried bool           // somebody with the right to do so wants no Try
	at      time.Time      // as precise as stores keep it
}

func (s *Service) plan(who access.Actor) *plan {
	snap := s.Snapshot()
	return &plan{s: s, who: who, snap: snap, next: maps.Clone(snap.byRef), changed: map[Ref]Action{},
		at: s.Now().UTC().Truncate(time.Microsecond)}
}

// put adds a resource to the change set, unless it is already so.
func (p *plan) put(r *Resource) error {
	ref := r.Ref()
	action, revision := Create, p.s.tombs[ref]+1
	if old, ok := p.snap.byRef[ref]; ok {
		same, err := sameBody(old, r)
		if err != nil {
			return err
		}
		if same {
			return nil
		}
		action, revision = Update, old.Revision+1
	}
	c := *r
	c.Revision, c.Author, c.UpdatedAt, c.broken = revision, p.who.Name, p.at, nil
	p.next[ref] = &c
	p.mark(ref, action)
	return nil
}

func (p *plan) delete(ref Ref) {
	delete(p.next, ref)
	p.mark(ref, Delete)
}

func (p *plan) mark(ref Ref, a Action) {
	p.judged = nil
	if _, ok := p.changed[ref]; !ok {
		p.order = append(p.order, ref)
	}
	p.changed[ref] = a
}

// drop takes a change back.
func (p *plan) drop(ref Ref) {
	p.judged = nil
	delete(p.changed, ref)
	p.order = slices.DeleteFunc(p.order, func(r Ref) bool { return r == ref })
	if old, ok := p.snap.byRef[ref]; ok {
		p.next[ref] = old
	} else {
		delete(p.next, ref)
	}
}

func sameBody(a, b *Resource) (bool, error) {
	x, err := encodeBody(a)
	if err != nil {
		return false, err
	}
	y, err := encodeBody(b)
	if err != nil {
		return false, err
	}
	return a.broken == nil && string(x) == string(y), nil
}

func (p *plan) resources() []*Resource {
	rs := slices.Collect(maps.Values(p.next))
	slices.SortFunc(rs, compareResources)
	return rs
}

// settled gives the set with findings. It is judged once: what was checked is
// what is published.
func (p *plan) settled(ctx context.Context) []*Resource {
	if p.judged == nil {
		p.judged = p.s.judge(ctx, p.resources())
	}
	return p.judged
}

// verdict gives every finding on a changed resource, and the errors that the
// changes newly cause on others.
func (p *plan) verdict(ctx context.Context) (changed, others []Finding) {
	for _, r := range p.settled(ctx) {
		if _, ok := p.changed[r.Ref()]; ok {
			changed = append(changed, r.Findings...)
			continue
		}
		before := map[string]bool{}
		if old, ok := p.snap.byRef[r.Ref()]; ok {
			for _, f := range old.Findings {
				before[f.Path+" "+f.Rule] = true
			}
		}
		for _, f := range r.Findings {
			if f.Severity == Error && !before[f.Path+" "+f.Rule] {
				others = append(others, f)
			}
		}
	}
	return changed, others
}

// harmed gives the resources that the changes newly cause errors on, each with
// everything that needs it.
func (p *plan) harmed(ctx context.Context) (out []Ref) {
	_, others := p.verdict(ctx)
	seen := map[Ref]bool{}
	for _, f := range others {
		first := key(f.Kind, f.Name)
		for _, ref := range append(p.snap.Dependants(f.Kind, f.Name), first) {
			if _, gone := p.changed[ref]; !gone && !seen[ref] {
				seen[ref] = true
				out = append(out, ref)
			}
		}
	}
	return out
}

// tried is verdict with what Try finds when there is no error yet.
func (p *plan) tried(ctx context.Context) (changed, others []Finding) {
	changed, others = p.verdict(ctx)
	if p.s.Try == nil || p.untried || len(p.order) == 0 || hasError(changed) || hasError(others) {
		return changed, others
	}
	after := NewSnapshot(p.snap.Revision, p.judged)
	for _, f := range p.s.Try(ctx, Trial{Before: p.snap, After: after, Changed: slices.Clone(p.order)}) {
		if _, ok := p.changed[key(f.Kind, f.Name)]; ok {
			changed = append(changed, f)
		} else {
			others = append(others, f)
		}
	}
	return changed, others
}

// check refuses a change set that is bad or makes others bad.
func (p *plan) check(ctx context.Context) error {
	changed, others := p.tried(ctx)
	return Invalid(append(changed, others...))
}

// Invalid makes of findings the Invalid fault "invalid_definition" whose
// fields are the errors, or nil when there is none.
func Invalid(findings []Finding) error {
	var f *fault.Error
	for _, g := range findings {
		if g.Severity != Error {
			continue
		}
		if f == nil {
			f = fault.New(fault.Invalid, "invalid_definition", text.Text{
				EN: "the definition has errors: {first}", ZH: "定义有误：{first}"}, "first", g.Text)
		}
		path, t := g.Path, g.Text
		if g.Suggestion != "" {
			t.EN += fmt.Sprintf("; did you mean %q?", g.Suggestion)
			t.ZH += fmt.Sprintf("；是不是想写 %q？", g.Suggestion)
		}
		f.At(path, g.Rule, t)
	}
	if f == nil {
		return nil
	}
	return f
}

// commit stores the change set. Nothing to do is no commit.
func (p *plan) commit(ctx context.Context) error {
	if len(p.order) == 0 {
		return nil
	}
	var records []Record
	var entries []audit.Entry
	for _, ref := range p.order {
		if err := p.may(ref); err != nil {
			return err
		}
		action := p.changed[ref]
		rec := Record{Kind: ref.Kind, Name: ref.Name, Action: action, Author: p.who.Name, Via: p.who.Via, At: p.at}
		if action == Delete {
			rec.Revision = p.snap.byRef[ref].Revision + 1
		} else {
			r := p.next[ref]
			b, err := encodeBody(r)
			if err != nil {
				return err
			}
			rec.Revision, rec.Body, rec.Positions = r.Revision, b, r.Positions
		}
		records = append(records, rec)
		detail := map[string]any{"revision": rec.Revision}
		maps.Copy(detail, p.note)
		entries = append(entries, audit.Entry{At: p.at, Actor: p.who.Name, Via: p.who.Via,
			Action: strings.ToLower(ref.Kind) + "." + string(action), Kind: ref.Kind, Name: ref.Name, Detail: detail})
	}
	// Once the rows are stored, publishing must not stop half-way because the
	// caller went away.
	return p.s.commit(ctx, p.settled(context.WithoutCancel(ctx)), records, entries)
}

// may refuses changes of kinds that not every editor writes.
func (p *plan) may(ref Ref) error {
	k, err := p.s.KindOf(ref.Kind)
	if err != nil {
		return err
	}
	return p.who.Must(k.Writer())
}
