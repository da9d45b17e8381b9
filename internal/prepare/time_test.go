package prepare_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/steps"
)

// midnights are hours at which a day begins somewhere, on days of which the
// clocks change or not.
var midnights = []struct{ zone, at string }{{"UTC", "2026-03-08T00:00:00Z"}, {"Asia/Shanghai", "2026-03-07T16:00:00Z"}, {"America/New_York", "2026-03-08T05:00:00Z"},
	{"America/New_York", "2026-11-01T04:00:00Z"}, {"America/Santiago", "2026-09-06T04:00:00Z"}, {"America/Santiago", "2026-04-05T03:30:00Z"}}

func midnight(t failer, rng *rand.Rand) (*time.Location, time.Time) {
	m := midnights[rng.IntN(len(midnights))]
	zone, err := time.LoadLocation(m.zone)
	if err != nil {
		t.Fatalf("%v", err)
	}
	at, err := time.Parse(time.RFC3339, m.at)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return zone, at
}

// crowded makes rows of few keys around a time, many of them at one time or just
// half an hour apart.
func crowded(rng *rand.Rand, name string, n int, around time.Time) rel {
	out := rel{}
	for _, c := range columnsOf[name] {
		out.cols = append(out.cols, c.Name)
	}
	for i := range n {
		row := make([]any, len(out.cols))
		for j, c := range columnsOf[name] {
			switch {
			case c.Name == "id":
				row[j] = int64(i)
			case rng.IntN(12) == 0:
			case c.Type == expr.Integer:
				row[j] = int64(rng.IntN(3))
			case c.Type == expr.String:
				row[j] = []string{"a", "b", "1:a", "𝒳"}[rng.IntN(4)]
			case c.Type == expr.Boolean:
				row[j] = rng.IntN(2) == 0
			case c.Type == expr.Date:
				row[j] = time.Date(2026, 1, 1+rng.IntN(40), 0, 0, 0, 0, time.UTC)
			case c.Type == expr.Timestamp:
				row[j] = around.Add(time.Duration(rng.IntN(36)-18)*10*time.Minute + time.Duration(rng.IntN(2))*time.Microsecond)
			default:
				row[j] = float64(rng.IntN(9)-4) / 4
			}
		}
		out.rows = append(out.rows, row)
		if rng.IntN(9) == 0 && name != "facts" {
			out.rows = append(out.rows, row)
		}
	}
	return out
}

// pick gives one of some.
func pick[V any](rng *rand.Rand, of ...V) V { return of[rng.IntN(len(of))] }

// crowds is how many crowds are tried.
const crowds = 24

// TestSessionsOfCrowds and TestAsOfCrowds hold both against going through the
// rows one by one, where pauses end to the microsecond, times are equal and days
// begin at odd hours, in tables that the engine sorts.
func TestSessionsOfCrowds(t *testing.T) {
	t.Parallel()
	s := openScratch(t)
	for seed := range uint64(crowds) {
		rng := rand.New(rand.NewPCG(seed, 1))
		zone, around := midnight(t, rng)
		x := &steps.Session{By: pick(rng, []string{"k"}, []string{"s"}, []string{"k", "s"}, []string{"b", "d"}), Time: "ts",
			Gap: pick(rng, "", "10 minutes", "1 second", "5 hours"), Midnight: rng.IntN(2) == 0, Change: pick(rng, nil, nil, []string{"txt"}, []string{"n", "day"})}
		tables := map[string]rel{"facts": crowded(rng, "facts", pick(rng, 3, 20, 90), around)}
		compareIn(t, t, s, []steps.Step{{Session: x}}, tables, pick(rng, inputs, withKey), zone)
	}
}

func TestAsOfCrowds(t *testing.T) {
	t.Parallel()
	s := openScratch(t)
	for seed := range uint64(crowds) {
		rng := rand.New(rand.NewPCG(seed, 2))
		zone, around := midnight(t, rng)
		j := &steps.Join{Dataset: "visits", Kind: pick(rng, "", "", "inner", "anti"), On: pick(rng, map[string]string{"k": "k"}, map[string]string{"k": "k", "s": "s"}, map[string]string{"d": "n"}),
			AsOf: &steps.AsOf{Time: "ts", Other: "ts", Which: pick(rng, "", "first"), Within: pick(rng, "", "20 minutes", "2 hours", "1 week")}}
		if rng.IntN(4) == 0 {
			j.AsOf.Time, j.AsOf.Other, j.AsOf.Within = "day", "day", pick(rng, "", "1 day", "2 weeks")
		}
		if j.Kind != "anti" {
			j.Prefix, j.Columns = "v_", []string{"s", "n", "ts"}
		}
		tables := map[string]rel{"facts": crowded(rng, "facts", pick(rng, 0, 1, 20, 200), around), "visits": crowded(rng, "visits", pick(rng, 0, 1, 20, 200), around)}
		compareIn(t, t, s, []steps.Step{{Join: j}}, tables, withKey, zone)
	}
}

// TestSessionsStay: rows that come later leave the sessions of those that were
// there as they are, and no two sessions have one id.
func TestSessionsStay(t *testing.T) {
	t.Parallel()
	s := openScratch(t)
	for seed := range uint64(crowds) {
		rng := rand.New(rand.NewPCG(seed, 3))
		list := []steps.Step{{Session: &steps.Session{By: []string{"k", "s"}, Time: "ts", Midnight: rng.IntN(2) == 0, Change: pick(rng, nil, []string{"txt"}, []string{"n", "txt"})}}}
		zone, around := midnight(t, rng)
		all := crowded(rng, "facts", 40, around)
		s.fill(t, "facts", all)
		plan, _ := steps.Type("steps", "facts", list, withKey)
		st, err := s.printer(zone).Print(plan)
		if err != nil {
			t.Fatal(err)
		}
		at, _ := pick(rng, all.rows...)[all.at("ts")].(time.Time)
		sessions := func(keep func(time.Time) bool) map[string]string {
			s.fill(t, "facts", where(all, func(row []any) bool { ts, ok := all.get(row, "ts").(time.Time); return !ok || keep(ts) }))
			got := s.ask(t, st.Rows(1, 0))
			out, of := map[string]string{}, map[string]string{}
			for _, row := range got.rows {
				id := keyOf(got, row, []string{"session_id"})
				out[keyOf(got, row, []string{"id"})] = id
				has := keyOf(got, row, []string{"k", "s", "session_start", "session_number"})
				if had, ok := of[id]; ok && had != has && got.get(row, "session_id") != nil {
					t.Fatalf("%v is the id of %v and %v", id, had, has)
				}
				of[id] = has
			}
			return out
		}
		late := sessions(func(time.Time) bool { return true })
		for row, id := range sessions(func(ts time.Time) bool { return ts.Before(at) }) {
			if late[row] != id {
				t.Fatalf("row %s was in %s and is in %s", row, id, late[row])
			}
		}
	}
}
