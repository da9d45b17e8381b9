package event

import (
	"context"
	"fmt"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
)

// adopt moves events that were stored untyped, because they were not planned
// when they came, to where the plan has them now: to their own rows, or to the
// quarantine when they break it. event selects one; empty is all.
func (s *Service) adopt(ctx context.Context, event string, out *Replayed) error {
	for {
		n, stored, err := s.adoptPage(ctx, event)
		if err != nil || n == 0 {
			return err
		}
		out.Tried += int64(n)
		out.Stored += int64(stored)
		out.Left += int64(n - stored)
	}
}

func (s *Service) adoptPage(ctx context.Context, event string) (n, stored int, err error) {
	s.storing.Lock()
	defer s.storing.Unlock()
	p, err := s.currentPlan(ctx)
	if err != nil {
		return 0, 0, err
	}
	list, err := s.untyped(ctx, p, event)
	if err != nil || len(list) == 0 {
		return 0, 0, err
	}
	b := warehouse.EventBatch{At: s.Now().UTC(), Zone: p.zone}
	// By name, too: an id that came again after a day may be another event's.
	taken := warehouse.TakenRows{Dataset: semantic.OtherEvents, Columns: [2]string{semantic.EventMessageID, "event"}}
	rows := map[*planned][][]any{}
	for i := range list {
		m := &list[i]
		taken.Keys = append(taken.Keys, [2]string{m.id, m.name})
		if v := p.judge(m); v.table != nil {
			rows[v.table] = append(rows[v.table], v.row)
			stored++
			continue
		}
		q, err := aside(m, p.label(m))
		if err != nil {
			return 0, 0, err
		}
		b.Quarantine = append(b.Quarantine, q)
	}
	for t, r := range rows {
		b.Tables = append(b.Tables, warehouse.EventTable{Dataset: t.name, Columns: t.columns, Rows: r, Checked: true})
	}
	b.Taken = []warehouse.TakenRows{taken}
	return len(list), stored, s.Warehouse.StoreEvents(ctx, nil, func([]bool) (warehouse.EventBatch, error) { return b, nil })
}

// untyped gives messages that are stored as events outside the plan and are in
// it now.
func (s *Service) untyped(ctx context.Context, p *plan, event string) (out []message, err error) {
	st, ok, err := s.Warehouse.State(ctx, semantic.OtherEvents)
	if err != nil || !ok {
		return nil, err
	}
	d := s.Warehouse.Dialect()
	var names expr.SQL
	if err := s.each(ctx, "SELECT DISTINCT event FROM "+st.Table, func(v []any) {
		sent, _ := v[0].(string)
		e := p.model.EventNamed("track", sent)
		if e == nil || p.events[e].stuck || event != "" && e.Name != event {
			return
		}
		lit := d.Literal(sent, expr.String)
		if names.Text != "" {
			names.Text += ", "
		}
		names.Text, names.Args = names.Text+lit.Text, append(names.Args, lit.Args...)
	}); err != nil || names.Text == "" {
		return nil, err
	}
	rows, err := s.Warehouse.Query(ctx, expr.SQL{Args: names.Args, Text: fmt.Sprintf(
		"SELECT message_id, user_id, anonymous_id, time, received_at, source, event, properties FROM %s WHERE event IN (%s) ORDER BY message_id LIMIT %d", st.Table, names.Text, replayPage)})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		v := rows.Values()
		text := func(i int) string { s, _ := v[i].(string); return s }
		m := message{call: "track", id: text(0), userID: text(1), anonymousID: text(2), source: text(5), name: text(6), properties: []byte(text(7))}
		m.time, _ = v[3].(time.Time)
		m.received, _ = v[4].(time.Time)
		m.raw = m.rebuilt()
		out = append(out, m)
	}
	return out, rows.Err()
}

// rebuilt writes the message as it could have been sent. Its time is by our
// clock already.
func (m *message) rebuilt() []byte {
	b := []byte(`{"type":"track"`)
	if m.userID == "" && m.anonymousID == "" {
		b = []byte(`{"type":"` + hookType + `"`)
	}
	for _, f := range [][2]string{{"messageId", m.id}, {"userId", m.userID}, {"anonymousId", m.anonymousID}, {"event", m.name},
		{"timestamp", m.time.UTC().Format(time.RFC3339Nano)}} {
		if f[1] != "" {
			b = append(append(append(b, ",\""...), f[0]...), "\":"...)
			b = appendQuoted(b, []byte(f[1]))
		}
	}
	if !isNull(m.properties) {
		b = append(append(b, `,"properties":`...), m.properties...)
	}
	return append(b, '}')
}
