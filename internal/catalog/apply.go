package catalog

import (
	"context"
	"fmt"
	"slices"

	"lodestar/internal/access"
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// File is a YAML text with one or more definitions.
type File struct {
	Name string `json:"name"` // for messages
	Text string `json:"text"`
}

// ApplyOptions say how an Apply goes.
type ApplyOptions struct {
	DryRun    bool // judge and report, store nothing
	KeepGoing bool // store what is good and leave out the rest
	SkipTests bool // do not Try the change; for admins
}

// Change is what an Apply does to one resource.
type Change struct {
	Kind     string `json:"kind"`
	Name     string `json:"name"`
	Action   Action `json:"action"`
	Revision int    `json:"revision"` // after the change
	Diff     string `json:"diff"`     // unified, between canonical YAML texts
}

// Report tells what an Apply did or would do.
type Report struct {
	Changes  []Change  `json:"changes"`  // in the order of the files; none when nothing may be stored
	Findings []Finding `json:"findings"` // errors and warnings, with file and line
	Applied  bool      `json:"applied"`  // something may have been stored: no dry run, no refusal
}

// OK reports whether there is no error among the findings.
func (r *Report) OK() bool { return !hasError(r.Findings) }

// Parsed is what a text says, judged together with what is stored.
type Parsed struct {
	Findings  []Finding `json:"findings"`
	Resources []Ref     `json:"resources"`
}

const maxFiles, maxTotal = 5000, 32 << 20

// Validate judges files as Apply would, for an editor or a dry look; what Try
// does takes too long for that. Viewers may.
func (s *Service) Validate(ctx context.Context, who access.Actor, files []File) (Parsed, error) {
	if err := who.Must(access.Viewer); err != nil {
		return Parsed{}, err
	}
	rs, findings, err := s.decodeFiles(files)
	if err != nil {
		return Parsed{}, err
	}
	s.write.Lock()
	defer s.write.Unlock()
	p := s.plan(who)
	out := Parsed{Findings: []Finding{}, Resources: []Ref{}}
	for _, r := range rs {
		out.Resources = append(out.Resources, r.Ref())
		if err := p.put(r); err != nil {
			return Parsed{}, err
		}
	}
	changed, others := p.verdict(ctx)
	out.Findings = append(append(append(out.Findings, findings...), changed...), others...)
	return out, nil
}

// Apply stores the definitions of the files as one change: all of them or, on
// any error, none. With KeepGoing what is good is stored and what is bad, or
// would make something else bad, is left out. The report has the errors; the
// error of this method is a fault of rights, of limits or of the store.
func (s *Service) Apply(ctx context.Context, who access.Actor, files []File, o ApplyOptions) (*Report, error) {
	need := access.Editor
	if o.DryRun {
		need = access.Viewer
	}
	if o.SkipTests {
		need = access.Admin
	}
	if err := who.Must(need); err != nil {
		return nil, err
	}
	rs, findings, err := s.decodeFiles(files)
	if err != nil {
		return nil, err
	}
	rep := &Report{Changes: []Change{}, Findings: append([]Finding{}, findings...)}
	s.write.Lock()
	defer s.write.Unlock()
	p := s.plan(who)
	if o.SkipTests {
		p.untried, p.note = true, map[string]any{"tests": "skipped"}
	}
	for _, r := range rs {
		if err := p.put(r); err != nil {
			return nil, err
		}
	}
	changed, others := p.tried(ctx)
	rep.Findings = append(append(rep.Findings, changed...), others...)
	bad := hasError(rep.Findings)
	if bad && !o.KeepGoing {
		return rep, nil
	}
	if bad {
		p.dropBad(ctx, changed, others)
	}
	if rep.Changes, err = p.changes(rs); err != nil {
		return nil, err
	}
	if o.DryRun {
		return rep, nil
	}
	if err := p.commit(ctx); err != nil {
		return nil, err
	}
	rep.Applied = true
	return rep, nil
}

func (s *Service) decodeFiles(files []File) ([]*Resource, []Finding, error) {
	total := 0
	for _, f := range files {
		total += len(f.Text)
	}
	if len(files) > maxFiles || total > maxTotal {
		return nil, nil, fault.New(fault.TooLarge, "too_many_definitions", text.Text{
			EN: "at most {files} files and {bytes} MiB can be applied at once; split them",
			ZH: "一次最多应用 {files} 个文件、共 {bytes} MiB，请分批进行"}, "files", maxFiles, "bytes", maxTotal>>20)
	}
	var out []*Resource
	var findings []Finding
	first := map[Ref]*Resource{}
	for _, f := range files {
		rs, fs := Decode(f.Name, []byte(f.Text), s.Kinds)
		findings = append(findings, fs...)
		for _, r := range rs {
			if other := first[r.Ref()]; other != nil {
				findings = append(findings, defined(r, other.Positions[""]))
				continue
			}
			first[r.Ref()] = r
			out = append(out, r)
		}
	}
	return out, findings, nil
}

func defined(r *Resource, at Position) Finding {
	return locate(r, Finding{Kind: r.Kind, Name: r.Metadata.Name, Path: "metadata.name", Rule: "defined_twice", Severity: Error,
		Text: text.Text{EN: "this is defined already at {where}", ZH: "此定义已出现在 {where}"}.
			With("where", fmt.Sprintf("%s:%d", at.File, at.Line))})
}

// dropBad takes changes back until what remains is good and harms nobody.
func (p *plan) dropBad(ctx context.Context, changed, others []Finding) {
	for hasError(changed) || hasError(others) {
		before := len(p.order)
		for _, f := range changed {
			if f.Severity == Error {
				p.drop(key(f.Kind, f.Name))
			}
		}
		if before == len(p.order) {
			p.dropCauses(others)
		}
		if len(p.order) == before { // nobody to blame in particular
			for _, ref := range slices.Clone(p.order) {
				p.drop(ref)
			}
			return
		}
		changed, others = p.tried(ctx)
	}
}

// dropCauses takes back the changes that the resources with errors depend on.
func (p *plan) dropCauses(others []Finding) {
	harmed := map[Ref]bool{}
	for _, f := range others {
		if f.Severity == Error {
			harmed[key(f.Kind, f.Name)] = true
		}
	}
	cand := NewSnapshot(0, p.resources())
	for _, ref := range slices.Clone(p.order) {
		if slices.ContainsFunc(cand.Dependants(ref.Kind, ref.Name), func(d Ref) bool { return harmed[d] }) {
			p.drop(ref)
		}
	}
}

// changes reports what the plan does to the resources named.
func (p *plan) changes(rs []*Resource) ([]Change, error) {
	out := []Change{}
	for _, r := range rs {
		ref := r.Ref()
		after, ok := p.next[ref]
		if !ok {
			continue // left out
		}
		action, changed := p.changed[ref]
		if !changed {
			action = None
		}
		c := Change{Kind: ref.Kind, Name: ref.Name, Action: action, Revision: after.Revision}
		if action != None {
			var err error
			if c.Diff, err = diffResources(p.snap.byRef[ref], after); err != nil {
				return nil, err
			}
		}
		out = append(out, c)
	}
	return out, nil
}

// diffResources compares two resources as canonical YAML; nil stands for none.
func diffResources(a, b *Resource) (string, error) {
	var texts [2]string
	var names [2]string
	for i, r := range []*Resource{a, b} {
		if r == nil {
			continue
		}
		y, err := Encode([]*Resource{r})
		if err != nil {
			return "", err
		}
		texts[i], names[i] = string(y), fmt.Sprintf("%s/%s@%d", r.Kind, r.Metadata.Name, r.Revision)
	}
	return unified(names[0], names[1], texts[0], texts[1]), nil
}
