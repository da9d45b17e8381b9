package event

import (
	"context"
	"fmt"
	"slices"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/semantic"
)

// Chain is a step of a chain of events: how many of those who took it had taken
// the one before.
type Chain struct {
	Event  string   `json:"event"`
	After  string   `json:"after"`
	By     string   `json:"by"`   // what tells them apart: an id that both carry
	Took   int64    `json:"took"` // took the step
	Before int64    `json:"before"`
	Share  *float64 `json:"share,omitempty"` // Before / Took; without when nobody took it
}

// chains finds for each step of the plan how much of it is covered: whoever
// takes a step without the one before shows that the one before is not reported.
// Steps since a time count, whenever the earlier one was.
func (s *Service) chains(ctx context.Context, m *semantic.Model, since time.Time) ([]Chain, error) {
	out := []Chain{}
	for _, e := range m.Events() {
		for _, name := range e.Spec.After {
			before := m.Event(name)
			if before == nil {
				continue
			}
			c := Chain{Event: e.Name, After: name, By: sharedID(e, before)}
			if err := s.cover(ctx, &c, since); err != nil {
				return nil, err
			}
			if c.Took > 0 {
				share := float64(c.Before) / float64(c.Took)
				c.Share = &share
			}
			out = append(out, c)
		}
	}
	return out, nil
}

// sharedID is the first id that both must carry; the user, or who is not signed
// in, otherwise.
func sharedID(a, b *semantic.Event) string {
	for _, id := range a.Spec.IDs {
		if slices.Contains(b.Spec.IDs, id) {
			return id
		}
	}
	return ""
}

func (s *Service) cover(ctx context.Context, c *Chain, since time.Time) error {
	here, ok, err := s.Warehouse.State(ctx, c.Event)
	if err != nil || !ok {
		return err
	}
	d := s.Warehouse.Dialect()
	who := d.Quote(c.By)
	if c.By == "" {
		who = fmt.Sprintf("coalesce(%s, %s)", d.Quote(semantic.EventUserID), d.Quote(semantic.EventAnonymousID))
	}
	at := d.Quote(semantic.EventTime)
	from := d.Literal(since, expr.Timestamp)
	steps := fmt.Sprintf("SELECT %s AS who, max(%s) AS at_last FROM %s WHERE %s >= %s AND %s IS NOT NULL GROUP BY 1", who, at, here.Table, at, from.Text, who)
	q := expr.SQL{Text: "SELECT count(*), 0 FROM (" + steps + ") b", Args: from.Args}
	there, ok, err := s.Warehouse.State(ctx, c.After)
	if err != nil {
		return err
	}
	if ok {
		q.Text = fmt.Sprintf("SELECT count(*), count(a.who) FROM (%s) b LEFT JOIN (SELECT %s AS who, min(%s) AS at_first FROM %s GROUP BY 1) a ON a.who = b.who AND a.at_first <= b.at_last",
			steps, who, at, there.Table)
	}
	rows, err := s.Warehouse.Query(ctx, q)
	if err != nil {
		return err
	}
	defer rows.Close()
	if rows.Next() {
		v := rows.Values()
		c.Took, _ = v[0].(int64)
		c.Before, _ = v[1].(int64)
	}
	return rows.Err()
}
