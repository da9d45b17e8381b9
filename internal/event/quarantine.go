package event

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/audit"
	"lodestar/internal/fault"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// Message is a message in quarantine.
type Message struct {
	ID        int64           `json:"id"`
	MessageID string          `json:"messageId"`
	Call      string          `json:"call"`
	Event     string          `json:"event"`
	Source    string          `json:"source"`
	UserID    string          `json:"userId"`
	Received  time.Time       `json:"received"`
	Reasons   []Told          `json:"reasons" nullable:"false"`
	Payload   json.RawMessage `json:"payload"`
	State     string          `json:"state"` // open | stored | dismissed
	SettledAt *time.Time      `json:"settledAt,omitempty"`
	SettledBy string          `json:"settledBy,omitempty"`
}

// Told is a reason with its words.
type Told struct {
	Reason
	Text text.Text `json:"text"`
}

func told(rs []Reason) []Told {
	out := make([]Told, len(rs))
	for i, r := range rs {
		out[i] = Told{r, r.Text()}
	}
	return out
}

// Filter selects messages in quarantine; what is empty selects all.
type Filter struct {
	Event    string  `json:"event,omitempty"`
	Kind     string  `json:"kind,omitempty"` // of a reason
	Property string  `json:"property,omitempty"`
	State    string  `json:"state,omitempty"` // open when empty
	IDs      []int64 `json:"ids,omitempty"`
	Before   int64   `json:"before,omitempty"` // ids below it, for the next page
	Limit    int     `json:"limit,omitempty"`  // at most 500; default 50
}

func (f Filter) stored() warehouse.QuarantineFilter {
	if f.State == "" {
		f.State = "open"
	}
	if f.Limit <= 0 || f.Limit > 500 {
		f.Limit = 50
	}
	return warehouse.QuarantineFilter{Event: f.Event, Kind: f.Kind, Prop: f.Property, State: f.State, IDs: f.IDs, Before: f.Before, Limit: f.Limit}
}

// Quarantine lists messages that were set aside, newest first. What was sent may
// hold personal data, so it is for editors.
func (s *Service) Quarantine(ctx context.Context, who access.Actor, f Filter) ([]Message, error) {
	if err := who.Must(access.Editor); err != nil {
		return nil, err
	}
	list, err := s.Warehouse.Quarantined(ctx, f.stored())
	if err != nil {
		return nil, err
	}
	out := make([]Message, len(list))
	for i, q := range list {
		rs, err := decode(q.Reasons)
		if err != nil {
			return nil, err
		}
		out[i] = Message{ID: q.ID, MessageID: q.MessageID, Call: q.Call, Event: q.Event, Source: q.Source, UserID: q.UserID, Received: q.Received,
			Reasons: told(rs), Payload: json.RawMessage(q.Payload), State: q.State, SettledBy: q.SettledBy}
		if !q.SettledAt.IsZero() {
			out[i].SettledAt = &q.SettledAt
		}
	}
	return out, nil
}

// Count is how many open messages have a reason.
type Count struct {
	warehouse.QuarantineCount
	Text text.Text `json:"text"` // the reason of one of them, in words
}

// Counts tells how many open messages of each event have which reasons. The
// value that one of them has is for editors, as the messages are.
func (s *Service) Counts(ctx context.Context, who access.Actor) ([]Count, error) {
	if err := who.Must(access.Viewer); err != nil {
		return nil, err
	}
	list, err := s.Warehouse.QuarantineCounts(ctx)
	out := make([]Count, len(list))
	for i, c := range list {
		if c.Layer != LayerEvent && !who.Role.Includes(access.Editor) {
			c.Found = "…"
		}
		out[i] = Count{c, Reason{Layer: c.Layer, Kind: c.Kind, Property: c.Property, Found: c.Found, Expected: c.Expected}.Text()}
	}
	return out, err
}

// Replay says which open messages to check again, and how to mend them before.
type Replay struct {
	Filter
	Rule *Rule `json:"rule,omitempty"`
	Dry  bool  `json:"dry,omitempty"` // only tell what would become of them
}

// Replayed tells what became of messages that were checked again.
type Replayed struct {
	Tried  int64         `json:"tried"`
	Stored int64         `json:"stored"`
	Left   int64         `json:"left"`
	Why    []ReplayCount `json:"why" nullable:"false"` // of those that are left
}

// ReplayCount is how many messages are left for a reason.
type ReplayCount struct {
	Told
	N int64 `json:"n"`
}

// replayPage is how many messages are checked again in one transaction.
const replayPage = 2000

// Replay checks open messages again by the plan as it is now, after the rule
// where there is one, and stores those that keep it. Without a reason, ids or a
// rule it also moves events that came before they were planned to where they
// belong.
func (s *Service) Replay(ctx context.Context, who access.Actor, r Replay) (Replayed, error) {
	if err := who.Must(access.Editor); err != nil {
		return Replayed{}, err
	}
	if err := r.Rule.check(); err != nil {
		return Replayed{}, err
	}
	if len(r.IDs) > 500 {
		return Replayed{}, fault.New(fault.Invalid, "too_many_ids", text.Text{
			EN: "name at most 500 messages, or select them by event and reason", ZH: "最多指定 500 条，或按事件和原因筛选"})
	}
	out := Replayed{Why: []ReplayCount{}}
	at := map[Reason]int{}
	f := r.stored()
	f.State, f.Before, f.After, f.Limit = "open", 0, -1, replayPage
	for {
		list, left, err := s.replay(ctx, who, r, f)
		if err == nil && len(list) == 0 && r.Rule == nil && r.Kind == "" && len(r.IDs) == 0 && !r.Dry {
			err = s.adopt(ctx, r.Event, &out)
		}
		if err != nil || len(list) == 0 {
			return out, errors.Join(err, s.noteReplay(ctx, who, r, out))
		}
		f.After = list[len(list)-1].ID
		out.Tried += int64(len(list))
		out.Left += int64(len(left))
		out.Stored += int64(len(list) - len(left))
		for _, m := range left {
			for _, reason := range m.reasons {
				key := Reason{Layer: reason.Layer, Kind: reason.Kind, Property: reason.Property}
				i, seen := at[key]
				if !seen {
					i = len(out.Why)
					at[key], out.Why = i, append(out.Why, ReplayCount{Told: Told{reason, reason.Text()}})
				}
				out.Why[i].N++
			}
		}
	}
}

func (s *Service) noteReplay(ctx context.Context, who access.Actor, r Replay, done Replayed) error {
	if r.Dry || done.Tried == 0 {
		return nil
	}
	return s.Trail.Record(ctx, audit.Entry{Actor: who.Name, Via: who.Via, Action: "quarantine.replay", Kind: "event", Name: r.Event,
		Detail: map[string]any{"tried": done.Tried, "stored": done.Stored, "rule": r.Rule}})
}

// replay checks one page again and gives it, with those that still break the
// plan. It is read in its turn: nobody else settles the same messages.
func (s *Service) replay(ctx context.Context, who access.Actor, r Replay, f warehouse.QuarantineFilter) (list []warehouse.Quarantined, left []message, err error) {
	s.storing.Lock()
	defer s.storing.Unlock()
	if list, err = s.Warehouse.Quarantined(ctx, f); err != nil || len(list) == 0 {
		return nil, nil, err
	}
	p, err := s.currentPlan(ctx)
	if err != nil {
		return nil, nil, err
	}
	b := warehouse.EventBatch{At: s.Now().UTC(), Zone: p.zone}
	rows := map[*planned][][]any{}
	counts := tallies{zone: p.zone}
	for _, q := range list {
		m := again(q, r.Rule, p)
		v := p.judge(&m)
		if v.table == nil {
			left = append(left, m)
			reasons, err := encode(m.reasons)
			if err != nil {
				return nil, nil, err
			}
			if r.Rule == nil && reasons != q.Reasons {
				b.Settled = append(b.Settled, warehouse.Settled{ID: q.ID, State: "open", Reasons: reasons})
			}
			continue
		}
		rows[v.table] = append(rows[v.table], v.row)
		counts.add(&m, p.label(&m), Stored, "", 1)
		b.Settled = append(b.Settled, warehouse.Settled{ID: q.ID, State: "stored", By: who.Name})
	}
	if r.Dry {
		return list, left, nil
	}
	for t, list := range rows {
		b.Tables = append(b.Tables, warehouse.EventTable{Dataset: t.name, Columns: t.columns, Rows: list, Checked: true})
	}
	b.Tallies = counts.list()
	return list, left, s.Warehouse.StoreEvents(ctx, nil, func([]bool) (warehouse.EventBatch, error) { return b, nil })
}

// again reads a message as it came, after the rule.
func again(q warehouse.Quarantined, rule *Rule, p *plan) message {
	raw := []byte(q.Payload)
	if rule != nil {
		m := parse(raw, q.Call)
		to := p.events[p.model.EventNamed(m.call, m.name)]
		raw = rule.apply(raw, to)
	}
	m := parse(raw, q.Call)
	var sentAt []byte
	if !q.SentAt.IsZero() && isNull(m.sentAt) {
		sentAt = appendQuoted(nil, []byte(q.SentAt.UTC().Format(time.RFC3339Nano)))
	}
	m.complete(q.Received, sentAt, q.Source, func() string { return q.MessageID })
	return m
}

// Edit gives an open message another content and checks it again.
func (s *Service) Edit(ctx context.Context, who access.Actor, id int64, payload []byte) (Replayed, error) {
	if err := who.Must(access.Editor); err != nil {
		return Replayed{}, err
	}
	if err := checkJSON(payload); err != nil {
		return Replayed{}, invalid(err)
	}
	from := space(payload, 0)
	if payload = payload[from:skip(payload, from)]; !isObject(payload) {
		return Replayed{}, badBody("payload", "not_an_object", notAnObject)
	}
	if err := s.Warehouse.EditQuarantined(ctx, id, string(payload)); err != nil {
		return Replayed{}, err
	}
	return s.Replay(ctx, who, Replay{Filter: Filter{IDs: []int64{id}}})
}

// Dismiss gives up open messages: they are no longer counted, and go when the
// quarantine lets go of what is old.
func (s *Service) Dismiss(ctx context.Context, who access.Actor, f Filter) (int64, error) {
	if err := who.Must(access.Editor); err != nil {
		return 0, err
	}
	if f.Event == "" && f.Kind == "" && len(f.IDs) == 0 {
		return 0, fault.New(fault.Invalid, "select_messages", text.Text{
			EN: "say which messages to dismiss: by id, event or reason", ZH: "请指定要放弃的消息：编号、事件或原因"})
	}
	q := f.stored()
	q.State, q.Before, q.After, q.Limit = "open", 0, -1, replayPage
	var n int64
	for {
		list, err := s.dismiss(ctx, who, q)
		if err != nil {
			return n, err
		}
		if len(list) == 0 {
			return n, s.Trail.Record(ctx, audit.Entry{Actor: who.Name, Via: who.Via, Action: "quarantine.dismiss", Kind: "event", Name: f.Event,
				Detail: map[string]any{"messages": n, "reason": strings.TrimSpace(f.Kind + " " + f.Property)}})
		}
		n += int64(len(list))
		q.After = list[len(list)-1].ID
	}
}

// dismiss gives up one page.
func (s *Service) dismiss(ctx context.Context, who access.Actor, f warehouse.QuarantineFilter) ([]warehouse.Quarantined, error) {
	s.storing.Lock()
	defer s.storing.Unlock()
	list, err := s.Warehouse.Quarantined(ctx, f)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	b := warehouse.EventBatch{At: s.Now().UTC()}
	for _, m := range list {
		b.Settled = append(b.Settled, warehouse.Settled{ID: m.ID, State: "dismissed", By: who.Name})
	}
	return list, s.Warehouse.StoreEvents(ctx, nil, func([]bool) (warehouse.EventBatch, error) { return b, nil })
}

// epoch writes seconds or milliseconds since 1970 as a time.
func epoch(n int64, millis bool) string {
	if millis {
		return time.UnixMilli(n).UTC().Format(time.RFC3339Nano)
	}
	return time.Unix(n, 0).UTC().Format(time.RFC3339Nano)
}
