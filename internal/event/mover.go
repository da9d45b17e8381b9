package event

import (
	"context"
	"errors"
	"slices"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/eventlog"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
)

// Waits of the mover.
const (
	firstRetry = 200 * time.Millisecond
	lastRetry  = 10 * time.Second
	tidyEvery  = 10 * time.Minute
)

// mostAtOnceBatches bounds what is stored in one transaction when much waits.
const mostAtOnceBatches = 4

// move stores what is in the log, batch by batch, until ctx ends. What cannot be
// stored is tried again: it is safe in the log.
func (s *Service) move(ctx context.Context, pos int64) {
	defer close(s.ended)
	wait, tidied := firstRetry, s.Now()
	today := tidied
	for ctx.Err() == nil {
		gathering, cancel := context.WithTimeout(ctx, tidyEvery)
		err := s.log.Gather(gathering, pos, s.Batch, s.Every)
		cancel()
		if s.Now().Sub(tidied).Abs() >= tidyEvery && ctx.Err() == nil {
			tidied = s.Now()
			today = slower(today, tidied)
			s.tidy(ctx, today.UTC())
		}
		if err != nil {
			continue // nothing came, or ctx has ended
		}
		next, err := s.step(ctx, pos)
		if err == nil {
			s.failing.Store(nil)
			pos, wait = next, firstRetry
			s.stored.Store(pos)
			if err = s.log.Release(pos); err != nil {
				s.Log.Warn("old segments of the log of events stay", "error", err)
			}
			continue
		}
		if ctx.Err() != nil {
			return
		}
		s.Log.Error("events wait in the log; storing is tried again", "error", err, "wait", wait)
		why := fault.Of(err).Text.EN
		s.failing.Store(&why)
		if look := s.log.Look(); look != nil {
			s.Log.Warn("free space of the log of events", "error", look)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
		wait = min(2*wait, lastRetry)
	}
}

// step stores one batch and gives the position behind it.
func (s *Service) step(ctx context.Context, pos int64) (int64, error) {
	list := s.read[:0]
	defer func() { clear(list); s.read = list[:0] }()
	// The more waits, the more is stored at once: a transaction has its price.
	next, err := s.log.Read(pos, mostAtOnceBatches*s.Batch, func(pos int64, content []byte) error {
		r, err := decodeRecord(append([]byte(nil), content...))
		if err != nil {
			s.Log.Error("a record of the log of events is passed over", "position", pos, "error", err)
			return nil
		}
		list = r.messages(pos, list)
		return nil
	})
	var broken *eventlog.Broken
	if errors.As(err, &broken) && next == pos {
		s.Log.Error("a damaged part of the log of events is set aside", "file", broken.Path, "position", broken.At)
		if err := s.log.SetAside(broken); err != nil {
			return pos, err
		}
		next = broken.Next
	} else if err != nil && broken == nil {
		return pos, err
	}
	s.storing.Lock()
	defer s.storing.Unlock()
	p, err := s.currentPlan(ctx)
	if err != nil {
		return pos, err
	}
	if err := s.store(ctx, p, list, &next); err != nil {
		return pos, err
	}
	s.used(ctx, list)
	return next, nil
}

// Past is a message of the past, to be stored as if it had come in when it says.
type Past struct {
	Source   string    // name of the write key
	Received time.Time // when it came in
	Body     []byte    // one message as JSON; its type names the call
}

// mostImported is how many messages are imported in one transaction.
const mostImported = 5000

// Import stores messages of the past, oldest first. They are judged, counted and
// set aside as those that come in are. The caller answers for their JSON.
func (s *Service) Import(ctx context.Context, past []Past) error {
	for n, chunk := range slices.Collect(slices.Chunk(past, mostImported)) {
		list := make([]message, 0, len(chunk))
		for i, m := range chunk {
			r := record{source: m.Source, received: m.Received.UTC().Truncate(time.Microsecond), body: m.Body}
			list = r.messages(int64(n*mostImported+i), list)
		}
		s.storing.Lock()
		p, err := s.currentPlan(ctx)
		if err == nil {
			err = s.store(ctx, p, list, nil)
		}
		s.storing.Unlock()
		if err != nil {
			return err
		}
	}
	return nil
}

// currentPlan gives the plan of the model, and brings the stored rows to it when
// it is new.
func (s *Service) currentPlan(ctx context.Context) (*plan, error) {
	m := s.Model()
	if p := s.plan.Load(); p != nil && p.model == m {
		return p, s.loosen(ctx, p)
	}
	p := newPlan(m)
	for _, t := range p.tables() {
		if err := s.follow(ctx, t); err != nil {
			return nil, err
		}
	}
	s.plan.Store(p)
	return p, nil
}

// loosen looks whether the rows that did not follow their plan are gone, or have
// its columns by now.
func (s *Service) loosen(ctx context.Context, p *plan) error {
	for _, t := range p.events {
		if !t.stuck {
			continue
		}
		have, err := s.Warehouse.EventColumns(ctx, t.name)
		if err != nil {
			return err
		}
		t.stuck = len(have) > 0 && !sameColumns(have, t.columns)
	}
	return nil
}

func (p *plan) tables() []*planned {
	var out []*planned
	for _, t := range p.events {
		out = append(out, t)
	}
	for _, t := range p.system {
		out = append(out, t)
	}
	return out
}

// follow gives a table the columns of the plan. One that would lose values is
// left as it is, and its events are set aside until the plan fits again.
func (s *Service) follow(ctx context.Context, t *planned) error {
	have, err := s.Warehouse.EventColumns(ctx, t.name)
	if err != nil || len(have) == 0 || sameColumns(have, t.columns) {
		return err
	}
	_, err = s.Warehouse.Recast(ctx, warehouse.LoadSpec{ID: "events_" + t.name, Dataset: t.name, Actor: access.Local("lodestar").Name,
		At: s.Now().UTC(), Zone: zoneOf(s.Model()), Columns: t.columns, Key: []string{semantic.EventMessageID}})
	if fault.Is(err, fault.Conflict) {
		s.Log.Error("stored events do not follow their plan", "event", t.name, "error", err)
		t.stuck = true
		return nil
	}
	return err
}

func sameColumns(a, b []warehouse.StoredColumn) bool {
	if len(a) != len(b) {
		return false
	}
	at := map[string]warehouse.StoredColumn{}
	for _, c := range a {
		at[c.Name] = c
	}
	for _, c := range b {
		if at[c.Name] != c {
			return false
		}
	}
	return true
}

// judged is what becomes of a message: a row of a table, or the quarantine.
type judged struct {
	table *planned // nil for the quarantine
	row   []any
}

// judge checks a message against the plan.
func (p *plan) judge(m *message) judged {
	if len(m.reasons) > 0 {
		return judged{}
	}
	t := p.route(m)
	if t == nil {
		return judged{}
	}
	if t.stuck {
		m.blame(Reason{Layer: LayerEvent, Kind: ColumnsDiffer, Found: t.name})
		return judged{}
	}
	row := t.row(m)
	if len(m.reasons) > 0 && t.event.Spec.Violating() == semantic.PlanQuarantine {
		return judged{}
	}
	return judged{t, row}
}

// What is counted besides the kinds of reasons.
const (
	Received    = "received"
	Stored      = "stored"
	Duplicate   = "duplicate"
	Quarantined = "quarantined"
)

// store commits messages together with the position behind them.
func (s *Service) store(ctx context.Context, p *plan, list []message, pos *int64) error {
	ids := make([]warehouse.MessageID, len(list))
	verdicts := make([]judged, len(list))
	for i := range list {
		ids[i] = list[i].key
		verdicts[i] = p.judge(&list[i])
	}
	return s.Warehouse.StoreEvents(ctx, ids, func(fresh []bool) (warehouse.EventBatch, error) {
		b := warehouse.EventBatch{At: s.Now().UTC(), Zone: p.zone, Position: pos}
		rows := map[*planned][][]any{}
		counts := tallies{zone: p.zone}
		for i := range list {
			m := &list[i]
			label := p.label(m)
			if !fresh[i] {
				counts.add(m, label, Duplicate, "", 1)
				continue
			}
			counts.add(m, label, Received, "", 1)
			for _, r := range m.reasons {
				counts.add(m, label, r.Kind, r.Property, 1)
			}
			if t := verdicts[i].table; t != nil {
				rows[t] = append(rows[t], verdicts[i].row)
				counts.add(m, label, Stored, "", 1)
				continue
			}
			counts.add(m, label, Quarantined, "", 1)
			q, err := aside(m, label)
			if err != nil {
				return b, err
			}
			b.Quarantine = append(b.Quarantine, q)
		}
		for t, r := range rows {
			b.Tables = append(b.Tables, warehouse.EventTable{Dataset: t.name, Columns: t.columns, Rows: r})
		}
		b.Tallies = counts.list()
		return b, nil
	})
}

// aside is a message as the quarantine keeps it.
func aside(m *message, label string) (warehouse.Quarantined, error) {
	reasons, err := encode(m.reasons)
	payload := string(m.raw)
	if m.shared { // so that it says by itself what the batch said for all
		payload = `{"context":` + string(m.context)
		if rest := m.raw[space(m.raw, 1):]; rest[0] != '}' {
			payload += ","
		}
		payload += string(m.raw[1:])
	}
	return warehouse.Quarantined{MessageID: m.id, Call: m.call, Event: label, Source: m.source, UserID: m.userID,
		Received: m.received, SentAt: m.sent, Reasons: reasons, Payload: payload}, err
}

// tallies counts what happens to messages, by the day on which they came in.
type tallies struct {
	zone *time.Location
	n    map[tallyKey]int64
}

type tallyKey struct {
	day                           time.Time
	event, source, what, property string
}

func (t *tallies) add(m *message, event, what, property string, n int64) {
	if t.n == nil {
		t.n = map[tallyKey]int64{}
	}
	y, mo, d := m.received.In(t.zone).Date()
	t.n[tallyKey{time.Date(y, mo, d, 0, 0, 0, 0, time.UTC), event, m.source, what, property}] += n
}

func (t *tallies) list() []warehouse.Tally {
	out := make([]warehouse.Tally, 0, len(t.n))
	for k, n := range t.n {
		out = append(out, warehouse.Tally{Day: k.day, Event: k.event, Source: k.source, What: k.what, Property: k.property, N: n})
	}
	return out
}

// slower follows a clock, but not when it is put forward by much: what would be
// forgotten then is still needed when it is put right again.
func slower(last, now time.Time) time.Time {
	if most := last.Add(2 * tidyEvery); now.After(most) {
		return most
	}
	return now
}

// tidy forgets what is older than it is kept.
func (s *Service) tidy(ctx context.Context, now time.Time) {
	if err := s.Warehouse.ForgetMessages(ctx, now.Add(-s.Window)); err != nil && !canceled(err) {
		s.Log.Warn("old message ids stay", "error", err)
	}
	n, err := s.Warehouse.PurgeQuarantine(ctx, now.Add(-s.retain()))
	if err != nil && !canceled(err) {
		s.Log.Warn("old messages stay in quarantine", "error", err)
	}
	if n > 0 {
		s.Log.Info("messages left the quarantine because they are old", "messages", n)
	}
}

// retain is how long the quarantine keeps messages.
func (s *Service) retain() time.Duration {
	if r := s.Model().Workspace().Events; r != nil {
		if d := r.For(); d > 0 {
			return d
		}
	}
	return semantic.DefaultRetainDays * 24 * time.Hour
}
