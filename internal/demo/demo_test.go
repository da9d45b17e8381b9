package demo_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"lodestar/internal/demo"
	"lodestar/internal/fault"
)

func now(t *testing.T) time.Time {
	t.Helper()
	zone, err := time.LoadLocation(demo.Zone)
	if err != nil {
		t.Fatal(err)
	}
	return time.Date(2026, 5, 20, 9, 30, 0, 0, zone) // a Wednesday
}

func generate(t *testing.T, o demo.Options) *demo.Workspace {
	t.Helper()
	o.Dir = t.TempDir()
	if o.Now.IsZero() {
		o.Now = now(t)
	}
	ws, err := demo.Generate(o)
	if err != nil {
		t.Fatal(err)
	}
	return ws
}

func read(t *testing.T, ws *demo.Workspace, name string) (map[string]int, [][]string) {
	t.Helper()
	f, err := os.Open(filepath.Join(ws.Dir, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for i, h := range rows[0] {
		at[h] = i
	}
	return at, rows[1:]
}

func TestSameSeedSameFiles(t *testing.T) {
	t.Parallel()
	a := generate(t, demo.Options{Seed: 7, Weeks: 8})
	b := generate(t, demo.Options{Seed: 7, Weeks: 8})
	c := generate(t, demo.Options{Seed: 8, Weeks: 8})
	for _, name := range []string{"orders.csv", "order_lines.csv", "visits.csv", "members.csv", "complaints.csv", "member_contacts.csv", "app_accounts.csv"} {
		x, y, z := file(t, a, name), file(t, b, name), file(t, c, name)
		if !bytes.Equal(x, y) {
			t.Errorf("%s differs between two runs of one seed", name)
		}
		if bytes.Equal(x, z) {
			t.Errorf("%s is the same for two seeds", name)
		}
	}
	if !reflect.DeepEqual(a.Messages, b.Messages) || reflect.DeepEqual(a.Messages, c.Messages) {
		t.Error("what the app reports does not follow the seed")
	}
}

// TestMessages: what the app reports comes in order, within the days before the
// end, and its orders are those of the files.
func TestMessages(t *testing.T) {
	t.Parallel()
	ws := generate(t, demo.Options{Seed: 4, Weeks: 8})
	at, rows := read(t, ws, "orders.csv")
	app := map[string]string{}
	for _, r := range rows {
		if r[at["channel"]] == "app" {
			app[r[at["order_id"]]] = r[at["amount"]]
		}
	}
	last, orders := time.Time{}, 0
	for _, m := range ws.Messages {
		if m.Received.Before(last) || m.Received.After(ws.DataEnd.Add(time.Hour)) || m.Received.Before(ws.DataEnd.AddDate(0, 0, -37)) {
			t.Fatalf("%s came in at %v after %v", m.Body, m.Received, last)
		}
		last = m.Received
		var x struct {
			Event      string
			Properties struct {
				OrderID string
				Amount  float64
			}
		}
		if err := json.Unmarshal(m.Body, &x); err != nil {
			t.Fatal(err)
		}
		if x.Event != "Order Placed" {
			continue
		}
		orders++
		if want, err := strconv.ParseFloat(app[x.Properties.OrderID], 64); err != nil || want != x.Properties.Amount {
			t.Fatalf("%s: the order's amount is %q", m.Body, app[x.Properties.OrderID])
		}
	}
	if orders < 100 || len(ws.Messages) < 10*orders/3 {
		t.Errorf("%d orders in %d messages", orders, len(ws.Messages))
	}
}

func file(t *testing.T, ws *demo.Workspace, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(ws.Dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSpanEndsYesterday(t *testing.T) {
	t.Parallel()
	ws := generate(t, demo.Options{Seed: 3, Weeks: 8, Quiet: true})
	if got := ws.DataEnd.Format(time.DateTime); got != "2026-05-20 00:00:00" {
		t.Errorf("data end at %s", got)
	}
	if got := ws.LastWeek.Format(time.DateOnly); got != "2026-05-11" {
		t.Errorf("last complete week starts %s", got)
	}
	at, rows := read(t, ws, "orders.csv")
	first, last := "9", ""
	for _, r := range rows {
		first, last = min(first, r[at["ordered_at"]]), max(last, r[at["ordered_at"]])
	}
	if first[:10] != "2026-03-23" || last[:10] != "2026-05-19" {
		t.Errorf("orders from %s to %s", first, last)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, o := range []demo.Options{{Template: "bank"}, {Weeks: 3}} {
		o.Dir, o.Now = t.TempDir(), now(t)
		if _, err := demo.Generate(o); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestQuietPlantsNothing(t *testing.T) {
	t.Parallel()
	if ws := generate(t, demo.Options{Seed: 5, Weeks: 8, Quiet: true}); len(ws.Events) != 0 {
		t.Errorf("%d events", len(ws.Events))
	}
}

// Each main event must stand at least three times above the weekly noise of
// the metric that it is said to show in.
func TestMainEventStandsOut(t *testing.T) {
	t.Parallel()
	for _, kind := range []demo.Kind{demo.ConversionFall, demo.Promotion, demo.Launch} {
		for seed := range uint64(8) {
			ws := generate(t, demo.Options{Seed: seed, Weeks: 26, Main: kind})
			series := weekly(t, ws, ws.Events[0].Metric, 26)
			if z := lastChange(series); math.Abs(z) < 3 {
				t.Errorf("%s, seed %d: last change is %.1f times the noise: %s", kind, seed, z, ws.Events[0].Text.EN)
			}
		}
	}
}

func TestQuietWeekIsWithinNoise(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		ws := generate(t, demo.Options{Seed: seed, Weeks: 26, Quiet: true})
		for _, metric := range []string{"conversion", "revenue"} {
			if z := lastChange(weekly(t, ws, metric, 26)); math.Abs(z) > 3 {
				t.Errorf("seed %d: %s moved %.1f times the noise in a quiet week", seed, metric, z)
			}
		}
	}
}

func TestLateFeedEndsEarly(t *testing.T) {
	t.Parallel()
	files := map[string][2]string{"visits": {"visits.csv", "hour"}, "returns": {"returns.csv", "returned_at"}, "complaints": {"complaints.csv", "投诉时间"}}
	for seed := range uint64(6) {
		ws := generate(t, demo.Options{Seed: seed, Weeks: 8, Main: demo.LateFeed})
		e := ws.Events[0]
		f := files[e.Dataset]
		at, rows := read(t, ws, f[0])
		last := ""
		for _, r := range rows {
			last = max(last, r[at[f[1]]])
		}
		if day := e.From.AddDate(0, 0, -1).Format(time.DateOnly); last[:10] != day {
			t.Errorf("seed %d: %s ends %s, not on %s", seed, e.Dataset, last, day)
		}
	}
}

// weekly computes conversion or revenue by week from the files.
func weekly(t *testing.T, ws *demo.Workspace, metric string, weeks int) []float64 {
	t.Helper()
	start := ws.LastWeek.AddDate(0, 0, -7*(weeks-1))
	sum := func(name, time, value string, keep func(map[string]int, []string) bool) []float64 {
		out := make([]float64, weeks+1)
		at, rows := read(t, ws, name)
		for _, r := range rows {
			v := 1.0
			if value != "" {
				v, _ = strconv.ParseFloat(r[at[value]], 64)
			}
			if keep == nil || keep(at, r) {
				out[weekOf(t, start, r[at[time]])] += v
			}
		}
		return out[:weeks]
	}
	if metric == "revenue" {
		return sum("order_lines.csv", "ordered_at", "amount", nil)
	}
	orders := sum("orders.csv", "ordered_at", "", func(at map[string]int, r []string) bool { return r[at["channel"]] == "store" })
	visits := sum("visits.csv", "hour", "visits", nil)
	for i := range orders {
		orders[i] /= visits[i]
	}
	return orders
}

func weekOf(t *testing.T, start time.Time, at string) int {
	t.Helper()
	x, err := time.ParseInLocation(time.DateTime, at, start.Location())
	if err != nil {
		t.Fatal(err)
	}
	return int(x.Sub(start).Hours()/24) / 7
}

// lastChange is the last week-on-week change over the usual size of one, which
// is 1.48 times the median of the absolute changes before.
func lastChange(series []float64) float64 {
	var sizes []float64
	n := len(series)
	for i := 1; i < n-1; i++ {
		sizes = append(sizes, math.Abs(series[i]-series[i-1]))
	}
	slices.Sort(sizes)
	return (series[n-1] - series[n-2]) / (1.48 * sizes[len(sizes)/2])
}
