package datasync

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"lodestar/internal/fault"
	"lodestar/internal/job"
	"lodestar/internal/semantic"
	"lodestar/internal/source"
)

func short(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// reader is what a dataset is called at its source. Another table, or another
// program on the same source, has another name.
func (s *Service) reader(dataset string, at *semantic.Source) string {
	plain := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToLower(dataset))
	return "lodestar_" + short(strings.Join([]string{s.Installation, dataset, at.Connection, at.Table}, "/"))[:10] + "_" + plain[:min(len(plain), 28)]
}

// letGo has sources forget readers of datasets that are not read there by
// changes any more.
func (s *Service) letGo(ctx context.Context, names map[string]bool) error {
	var forget []leaving
	s.mu.Lock()
	for name, m := range s.memories {
		if _, open := s.open[name]; open {
			continue
		}
		for _, h := range m.Held {
			if !s.wanted(name, h) {
				forget = append(forget, leaving{name, h})
			}
		}
		if !names[name] && len(m.Held) == 0 {
			if err := s.Store.DropMemory(ctx, name); err != nil {
				s.mu.Unlock()
				return err
			}
			delete(s.memories, name)
		}
	}
	s.mu.Unlock()
	for _, l := range forget {
		if _, _, err := s.Queue.Add(ctx, job.New{Kind: kindForget, Payload: l, Dedupe: l.Held.Reader, MaxAttempts: 20}); err != nil {
			return err
		}
	}
	return nil
}

// leaving is a reader to be forgotten, and the dataset that it was of.
type leaving struct {
	Dataset string `json:"dataset"`
	Held    Held   `json:"held"`
}

func (s *Service) wanted(dataset string, h Held) bool {
	spec, err := s.synced(dataset)
	return err == nil && spec.Source.Sync.Mode == semantic.SyncChanges && spec.Source.Connection == h.Connection && spec.Source.Table == h.Table
}

// handleForget tells a source to forget a reader. One whose connection is no
// longer defined cannot be told: whoever took it away has to.
func (s *Service) handleForget(ctx context.Context, j job.Job) (err error) {
	var l leaving
	if err := json.Unmarshal(j.Payload, &l); err != nil {
		return job.Permanent(err)
	}
	if s.wanted(l.Dataset, l.Held) {
		return nil
	}
	src, err := s.Open(ctx, l.Held.Connection)
	switch {
	case fault.Is(err, fault.NotFound):
		s.Log.Warn("a source keeps what nobody reads any more: its connection is gone", "connection", l.Held.Connection, "reader", l.Held.Reader)
	case err != nil:
		return err
	default:
		err = src.Forget(ctx, source.Request{Stream: l.Held.Table, Reader: l.Held.Reader, Mode: l.Held.Mode, Key: l.Held.Key})
		if err := errors.Join(err, src.Close()); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m, ok := s.memories[l.Dataset]
	if !ok {
		return nil
	}
	m.Held = slices.DeleteFunc(slices.Clone(m.Held), func(h Held) bool { return h.Reader == l.Held.Reader })
	return s.remember(ctx, l.Dataset, m)
}

// hold remembers that the source is about to keep something.
func (s *Service) hold(ctx context.Context, dataset string, h Held) error {
	return s.memorise(ctx, dataset, func(m *Memory) {
		if !slices.ContainsFunc(m.Held, func(x Held) bool { return x.Reader == h.Reader }) {
			m.Held = append(slices.Clone(m.Held), h)
		}
	})
}
