package identity

import (
	"context"
	"slices"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// Trial is what a definition would make of the links that there are.
type Trial struct {
	After  Report  `json:"after"`
	Before *Report `json:"before,omitempty"` // without for an entity whose ids nothing links yet
	Joined int     `json:"joined"`           // entities of now that would become one with others
	Parted int     `json:"parted"`           // entities of now whose ids would no longer be together
}

// Try tells what a definition of an entity would make of the links that there
// are, and how that differs from what is there. Nothing is kept.
func (s *Service) Try(ctx context.Context, who access.Actor, name string, spec *semantic.EntitySpec) (Trial, error) {
	if err := who.Must(access.Editor); err != nil {
		return Trial{}, err
	}
	m := s.Model()
	if !spec.Fits(m) {
		return Trial{}, fault.New(fault.Invalid, "bad_definition", text.Text{
			EN: "the definition has mistakes; mend them, then try it", ZH: "定义有误，请先改正再试算"})
	}
	s.trying.Lock()
	defer s.trying.Unlock()
	began := s.Now()
	e := subject{&semantic.UnifiedEntity{Name: name, Spec: spec}, m}
	g, links, err := s.read(ctx, e)
	if err != nil {
		return Trial{}, err
	}
	out := Trial{After: reportOf(name, g, g.Add(links...), began)}
	out.After.Millis = s.Now().Sub(began).Milliseconds()
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.entity(name); err != nil {
		return out, nil // it is new
	}
	before, err := s.graph(ctx, name)
	if err != nil {
		return out, err
	}
	report := s.warm[name].report
	out.Before = &report
	out.Joined, out.Parted = compare(before, g)
	return out, nil
}

// compare counts the entities of one graph that are one with others in another
// graph, and those whose ids are not together there.
func compare(before, after *Graph) (joined, parted int) {
	into, from := map[int32]map[int32]bool{}, map[int32]map[int32]bool{}
	for i := range before.kind {
		was, is := before.entities.find(int32(i)), -1-int32(i) // an id that is not there is alone
		if j, ok := after.index[before.id(int32(i))]; ok {
			is = after.entities.find(j)
		}
		note(into, was, is)
		note(from, is, was)
	}
	for _, to := range into {
		if len(to) > 1 {
			parted++
		}
	}
	for _, of := range from {
		if len(of) > 1 {
			joined += len(of)
		}
	}
	return joined, parted
}

func note(sets map[int32]map[int32]bool, key, value int32) {
	if sets[key] == nil {
		sets[key] = map[int32]bool{}
	}
	sets[key][value] = true
}

// read gives an empty graph of an entity, and all links that are to go into it.
func (s *Service) read(ctx context.Context, e subject) (*Graph, []Link, error) {
	decisions, err := s.decisions(ctx, e)
	if err != nil {
		return nil, nil, err
	}
	g, err := NewGraph(rulesOf(e.Spec, decisions))
	if err != nil {
		return nil, nil, err
	}
	now, err := s.versions(ctx, e)
	if err != nil {
		return nil, nil, err
	}
	links, err := s.gather(ctx, e, decisions, nil, now)
	return g, links, err
}

// Recall keeps a report for each of the days before, as the links that had been
// made by its end would have given it, so that the trend of an entity over older
// rows does not begin today. Links count as often as they do by now. It does
// nothing for an entity that has reports.
func (s *Service) Recall(ctx context.Context, who access.Actor, name string, days int) error {
	if err := who.Must(access.Editor); err != nil {
		return err
	}
	e, err := s.entity(name)
	if err != nil {
		return err
	}
	kept, err := s.Store.Reports(ctx, name, 1)
	if err != nil || len(kept) > 0 {
		return err
	}
	g, links, err := s.read(ctx, e)
	if err != nil {
		return err
	}
	slices.SortStableFunc(links, func(a, b Link) int { return a.At.Compare(b.At) })
	refused := 0
	for day := days; day > 0; day-- {
		end := s.Now().AddDate(0, 0, -day)
		n, _ := slices.BinarySearchFunc(links, end, func(l Link, t time.Time) int { return l.At.Compare(t) })
		refused += g.Add(links[:n]...)
		links = links[n:]
		if err := s.Store.Report(ctx, reportOf(name, g, refused, end)); err != nil {
			return err
		}
	}
	return nil
}
