package catalog

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/text"
)

// Judged reads files and gives what they define with findings and states, as a
// Service with nothing stored would, for those who work on files alone. Adjust,
// when not nil, may complete what was read before it is judged. Findings are
// all of them, also on what could not be read.
func Judged(ctx context.Context, c Config, files []File, adjust func([]*Resource) []Finding) ([]*Resource, []Finding, error) {
	s := &Service{Config: c, byKind: map[string]Kind{}}
	for _, k := range c.Kinds {
		s.byKind[k.Name] = k
	}
	rs, findings, err := s.decodeFiles(files)
	if err != nil {
		return nil, nil, err
	}
	if adjust != nil {
		findings = append(findings, adjust(rs)...)
	}
	rs = s.judge(ctx, rs)
	for _, r := range rs {
		findings = append(findings, r.Findings...)
	}
	return rs, findings, nil
}

// judge gives copies of the resources with their findings and states: what
// each spec says of itself, references, what the Checker says of all together,
// and quarantine of whatever needs something that is bad.
func (s *Service) judge(ctx context.Context, rs []*Resource) []*Resource {
	out := make([]*Resource, len(rs))
	for i, r := range rs {
		c := *r
		c.said = r.heard()
		out[i] = &c
	}
	found := s.findings(ctx, out)
	set := make(map[Ref]*Resource, len(rs))
	for _, c := range out {
		c.Findings, c.State = found[c.Ref()], Published
		if hasError(c.Findings) {
			c.State = Quarantined
		}
		set[c.Ref()] = c
	}
	standIn(set, out)
	for again := true; again; {
		again = false
		for _, r := range out {
			if r.State == Quarantined {
				continue
			}
			for _, ref := range refsOf(r) {
				if to := set[key(ref.Kind, ref.Name)]; to != nil && to.State == Quarantined {
					r.State = Quarantined
					r.Findings = append(r.Findings, locate(r, s.needsBad(r, ref)))
					again = true
					break
				}
			}
		}
	}
	return out
}

// standsFor is the kind in whose place a resource may be named besides its own,
// as an event's rows are a dataset; "" for most.
func standsFor(r *Resource) string {
	if s, ok := r.Spec.(interface{ StandsFor() string }); ok {
		return s.StandsFor()
	}
	return ""
}

// standIn lets resources be found by the kind they stand for, where there is
// none of that kind and name.
func standIn(set map[Ref]*Resource, rs []*Resource) {
	for _, r := range rs {
		if kind := standsFor(r); kind != "" && set[key(kind, r.Metadata.Name)] == nil {
			set[key(kind, r.Metadata.Name)] = r
		}
	}
}

func (s *Service) needsBad(r *Resource, ref Ref) Finding {
	return Finding{Kind: r.Kind, Name: r.Metadata.Name, Path: specPath(ref.Path), Rule: "needs_quarantined", Severity: Error,
		Text: text.Text{
			EN: "this needs the {kind} {name}, which is in quarantine; mend that first",
			ZH: "所依赖的{kind} {name} 已被隔离，请先修复它"}.With("kind", s.kindTitle(ref.Kind), "name", ref.Name)}
}

func (s *Service) kindTitle(kind string) text.Text {
	if k, ok := s.byKind[kind]; ok {
		return k.Title
	}
	return text.Same(kind)
}

// findings collects per resource what is wrong, without quarantine that only
// follows from others. Errors come first.
func (s *Service) findings(ctx context.Context, rs []*Resource) map[Ref][]Finding {
	set := make(map[Ref]*Resource, len(rs))
	names := map[string][]string{}
	for _, r := range rs {
		set[r.Ref()] = r
		names[r.Kind] = append(names[r.Kind], r.Metadata.Name)
		if kind := standsFor(r); kind != "" {
			names[kind] = append(names[kind], r.Metadata.Name)
		}
	}
	standIn(set, rs)
	out := map[Ref][]Finding{}
	add := func(r *Resource, f Finding) {
		f.Kind, f.Name = r.Kind, r.Metadata.Name
		f = locate(r, f)
		for i, g := range out[r.Ref()] {
			if g.Path == f.Path && g.Rule == f.Rule && g.Offset == f.Offset {
				return
			}
			// One missing thing is said once, even when both the reference
			// check and the Checker see it.
			if g.Path == f.Path && g.Rule == "unknown_reference" && f.Severity == Error && strings.HasPrefix(f.Rule, "unknown_") {
				if f.Suggestion != "" || g.Suggestion == "" {
					out[r.Ref()][i] = f
				}
				return
			}
		}
		out[r.Ref()] = append(out[r.Ref()], f)
	}
	for _, r := range rs {
		for _, f := range r.broken {
			add(r, f)
		}
		for _, f := range s.checkOne(r) {
			add(r, f)
		}
		for _, ref := range refsOf(r) {
			if set[key(ref.Kind, ref.Name)] == nil && !slices.Contains(s.byKind[ref.Kind].Given, ref.Name) {
				add(r, s.unknownReference(ref, names[ref.Kind]))
			}
		}
	}
	if s.Checker != nil {
		for _, f := range s.Checker.Check(ctx, rs) {
			if r := set[key(f.Kind, f.Name)]; r != nil {
				add(r, f)
			}
		}
	}
	for _, fs := range out {
		slices.SortStableFunc(fs, func(a, b Finding) int { return strings.Compare(string(a.Severity), string(b.Severity)) })
	}
	return out
}

func (s *Service) unknownReference(ref Ref, names []string) Finding {
	return Finding{Path: specPath(ref.Path), Rule: "unknown_reference", Severity: Error, Suggestion: expr.Didyoumean(ref.Name, names),
		Text: text.Text{EN: "there is no {kind} named {name}", ZH: "没有名为 {name} 的{kind}"}.
			With("kind", s.kindTitle(ref.Kind), "name", ref.Name)}
}

var userLike = regexp.MustCompile(`^[a-z][a-z0-9._-]*$`)

// checkOne finds what can be seen without other resources, of one that was heard.
func (s *Service) checkOne(r *Resource) []Finding {
	var out []Finding
	if f, bad := checkName(r.Metadata.Name); bad {
		out = append(out, f)
	}
	for _, f := range r.said.findings {
		f.Path = specPath(f.Path)
		out = append(out, f)
	}
	if class := r.Metadata.Sensitivity; class != "" && !slices.Contains(Sensitivities(), class) {
		all := strings.Join(Sensitivities(), ", ")
		out = append(out, Finding{Path: "metadata.sensitivity", Rule: "bad_value", Severity: Error, Suggestion: expr.Didyoumean(class, Sensitivities()),
			Text: text.Text{EN: "{name} is not allowed; use one of {all}", ZH: "{name} 不是可用的值，可用：{all}"}.With("name", class, "all", all)})
	}
	if s.KnownPerson != nil {
		for _, f := range r.Metadata.people() {
			path, who := f[0], f[1]
			if userLike.MatchString(who) && !s.KnownPerson(who) {
				out = append(out, Finding{Path: path, Rule: "unknown_person", Severity: Warning,
					Text: text.Text{EN: "there is no user named {name}; kept as plain text",
						ZH: "没有名为 {name} 的用户，已按普通文字保留"}.With("name", who)})
			}
		}
	}
	return out
}

// people lists who is named, with the paths.
func (m Metadata) people() [][2]string {
	out := [][2]string{{"metadata.owner", m.Owner}, {"metadata.steward", m.Steward}}
	if d := m.Duties; d != nil {
		out = append(out, [2]string{"metadata.duties.collects", d.Collects}, [2]string{"metadata.duties.cleans", d.Cleans},
			[2]string{"metadata.duties.analyses", d.Analyses}, [2]string{"metadata.duties.reports", d.Reports})
	}
	return out
}

// specPath makes a path that is relative to the spec one from the top.
func specPath(p string) string {
	if p == "spec" || p == "metadata" || p == "kind" || strings.HasPrefix(p, "spec.") || strings.HasPrefix(p, "metadata.") {
		return p
	}
	if p == "" {
		return "spec"
	}
	return "spec." + p
}

// locate fills in the place in the file from the longest known prefix of the
// path, unless the finding has one.
func locate(r *Resource, f Finding) Finding {
	if f.Line > 0 || len(r.Positions) == 0 {
		return f
	}
	for p := f.Path; ; {
		if pos, ok := r.Positions[p]; ok {
			f.Position = pos
			return f
		}
		cut := strings.LastIndexAny(p, ".[")
		if cut < 0 {
			break
		}
		p = p[:cut]
	}
	if pos, ok := r.Positions[""]; ok {
		f.Position = pos
	}
	return f
}

func hasError(fs []Finding) bool {
	return slices.ContainsFunc(fs, func(f Finding) bool { return f.Severity == Error })
}
