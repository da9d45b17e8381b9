package app_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/app"
	"lodestar/internal/demo"
)

const processWorld = `
{kind: Workspace, metadata: {name: workspace}, spec: {zone: UTC, weekStart: monday, asOf: now}}
---
kind: Dataset
metadata: {name: orders}
spec: {columns: [{name: id, type: integer}, {name: amount, type: integer}, {name: day, type: date}], primaryKey: [id], time: day}
---
kind: Dataset
metadata: {name: visits, title: {zh: 到店, en: Visits}}
spec: {columns: [{name: id, type: integer}, {name: day, type: date}], primaryKey: [id], time: day}
---
{kind: Metric, metadata: {name: revenue, title: {zh: 销售额, en: Revenue}}, spec: {type: simple, dataset: orders, agg: sum, expr: amount, direction: up, unit: CNY, format: "0.0"}}
---
{kind: Metric, metadata: {name: visitors}, spec: {type: simple, dataset: visits, agg: count}}
---
{kind: Metric, metadata: {name: per_visit}, spec: {type: ratio, numerator: {metric: revenue}, denominator: {metric: visitors}}}
---
{kind: Metric, metadata: {name: biggest}, spec: {type: simple, dataset: orders, agg: max, expr: amount}}
---
{kind: Event, metadata: {name: lead_created, title: {zh: 线索, en: Lead}}, spec: {}}
---
{kind: Event, metadata: {name: called}, spec: {}}
---
{kind: Event, metadata: {name: visited}, spec: {}}
---
{kind: Target, metadata: {name: of_year}, spec: {metric: revenue, period: year, values: {2026: 5200}}}
---
{kind: Target, metadata: {name: of_week}, spec: {metric: revenue, period: week, values: {2026-W20: 200, 2026-W21: 100}}}
---
{kind: Target, metadata: {name: of_day}, spec: {metric: revenue, period: day, values: {2020-01-01: 1}}}
---
kind: Process
metadata: {name: sales, title: {zh: 销售, en: Sales}, owner: wang}
spec:
  steps:
    - {name: answer, stage: {zh: 售前, en: Pre-sales}, title: {zh: 回应线索, en: Answer leads}, who: {zh: 销售顾问, en: Sales advisers}, does: {zh: 十分钟内回电, en: Call back within ten minutes}, events: [lead_created, called]}
    - {name: receive, metrics: [visitors, per_visit], events: [visited]}
    - {name: close, metrics: [revenue]}
---
{kind: Process, metadata: {name: service}, spec: {steps: [{name: renew, title: {zh: 续约, en: Renew}, metrics: [revenue]}]}}
`

type named struct {
	Name  string
	Title struct{ ZH, EN string }
}

type processView struct {
	Process string
	Steps   []struct {
		Name              string
		Stage, Title, Who struct{ ZH, EN string }
		Metrics           []struct {
			named
			Unit, Format string
			Target       *struct {
				Target                 string
				Actual, Expected, Pace *float64
			}
		}
		Events []struct {
			named
			Last *time.Time
		}
		Gaps []struct {
			Code, Of string
			Text     struct{ ZH, EN string }
		}
	}
	Outside []named
	Values  []struct {
		Metric                  string
		Value, Previous, Change *float64
	}
}

// openProcesses opens the world a week and a day after some events came.
func openProcesses(t *testing.T) (*app.App, *journey) {
	t.Helper()
	var clock atomic.Int64
	clock.Store(time.Date(2026, 5, 12, 9, 0, 0, 0, time.UTC).Unix())
	a, err := app.New(t.Context(), app.Config{DataDir: t.TempDir(), Memory: "512MB", Threads: 1, Now: func() time.Time { return time.Unix(clock.Load(), 0).UTC() }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if err := a.Furnish(t.Context(), &demo.Workspace{Dir: t.TempDir(), Documents: []demo.Document{{Name: "w.yaml", Text: []byte(processWorld)}}}); err != nil {
		t.Fatal(err)
	}
	j := &journey{t, &http.Client{Transport: a.Transport()}}
	var made struct{ WriteKey string }
	j.post("/events/keys", map[string]any{"name": "web"}, &made)
	var batch []map[string]any
	for i := range 12 {
		batch = append(batch, map[string]any{"type": "track", "event": "lead_created", "messageId": "l" + strconv.Itoa(i), "userId": "u"})
	}
	batch = append(batch, map[string]any{"type": "track", "event": "called", "messageId": "c", "userId": "u"})
	body, err := json.Marshal(map[string]any{"batch": batch})
	if err != nil {
		t.Fatal(err)
	}
	w := call(a.Handler(), access.Actor{}, "POST", "/v1/batch", bytes.NewReader(body), "Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(made.WriteKey+":")))
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	for {
		var rep struct {
			Progress struct{ Behind int64 }
			Events   []struct{ Stored int64 }
		}
		if j.do("GET", "/events/report", nil, &rep); rep.Progress.Behind == 0 && rep.Events[0].Stored+rep.Events[1].Stored == 13 {
			break
		}
		<-time.After(5 * time.Millisecond)
	}
	clock.Store(time.Date(2026, 5, 20, 0, 0, 0, 0, time.UTC).Unix()) // a Wednesday
	j.load("orders", "o.csv", "id,amount,day\n1,100,2026-05-05\n2,30,2026-05-12\n3,60,2026-05-17\n4,50,2026-05-18\n5,70,2026-05-19\n")
	return a, j
}

// TestProcess: what the view of a process says is what a pencil says of its
// rows, events and targets, and each gap is told.
func TestProcess(t *testing.T) {
	t.Parallel()
	a, j := openProcesses(t)
	var v processView
	j.do("GET", "/processes/sales/state", nil, &v)
	if len(v.Steps) != 3 || v.Steps[0].Stage.ZH != "售前" || v.Steps[0].Who.EN != "Sales advisers" || v.Steps[1].Title.EN != "receive" || v.Steps[1].Stage.EN != "" {
		t.Fatalf("%+v", v.Steps)
	}
	var gaps []string
	for _, s := range v.Steps {
		for _, g := range s.Gaps {
			gaps = append(gaps, strings.TrimSpace(s.Name+" "+g.Code+" "+g.Of))
			if g.Text.ZH == "" || g.Text.EN == "" || strings.Contains(g.Text.ZH+g.Text.EN, "{") {
				t.Errorf("%s: %+v", g.Code, g.Text)
			}
		}
	}
	// The day before, a Tuesday, nothing came while twelve leads did a week
	// before; one call is too few to say anything.
	if got, want := strings.Join(gaps, "\n"), `answer unmeasured
answer silent Event/lead_created
receive not_collected Metric/visitors
receive not_collected Metric/per_visit
receive silent Event/visited`; got != want {
		t.Errorf("gaps\n%s\nwant\n%s", got, want)
	}
	if e := v.Steps[0].Events; e[0].Title.EN != "Lead" || e[0].Last == nil || !e[0].Last.Equal(time.Date(2026, 5, 12, 9, 0, 0, 0, time.UTC)) || v.Steps[1].Events[0].Last != nil {
		t.Errorf("events %+v %+v", e, v.Steps[1].Events)
	}
	// 11 to 17 May: 30 + 60, after 100 in the week before; 120 of the 100 × 2/7
	// that are wanted by Tuesday of the week after.
	m := v.Steps[2].Metrics[0]
	if m.Title.ZH != "销售额" || m.Unit != "CNY" || m.Format != "0.0" || m.Target == nil || m.Target.Target != "of_week" || !about(m.Target.Actual, 120) || !about(m.Target.Expected, 200.0/7) || !about(m.Target.Pace, 4.2) {
		t.Errorf("revenue: %+v, target %+v", m, m.Target)
	}
	if v.Steps[1].Metrics[0].Target != nil {
		t.Errorf("a target of visitors: %+v", v.Steps[1].Metrics[0].Target)
	}
	values := map[string][3]*float64{}
	for _, x := range v.Values {
		values[x.Metric] = [3]*float64{x.Value, x.Previous, x.Change}
	}
	if r := values["revenue"]; len(v.Values) != 3 || !about(r[0], 90) || !about(r[1], 100) || !about(r[2], -10) || values["per_visit"][0] != nil {
		t.Errorf("values %+v", v.Values)
	}
	if len(v.Outside) != 1 || v.Outside[0].Name != "biggest" {
		t.Errorf("outside: %+v", v.Outside)
	}
	var steps struct {
		Items []struct {
			Process     named
			Step        string
			Title, Does struct{ ZH, EN string }
		}
	}
	j.do("GET", "/metrics/revenue/steps", nil, &steps)
	if s := steps.Items; len(s) != 2 || s[0].Process.Name != "sales" || s[0].Process.Title.ZH != "销售" || s[0].Step != "close" || s[1].Process.Title.EN != "service" || s[1].Title.ZH != "续约" {
		t.Errorf("steps of revenue: %+v", s)
	}
	j.do("GET", "/metrics/biggest/steps", nil, &steps)
	if len(steps.Items) != 0 {
		t.Errorf("steps of biggest: %+v", steps.Items)
	}
	viewer := access.Actor{Name: "vi", Role: access.Viewer, Via: "session"}
	for path, want := range map[string]int{"/processes/sales/state": 200, "/metrics/revenue/steps": 200, "/processes/none/state": 404, "/metrics/none/steps": 404} {
		if w := call(a.Handler(), viewer, "GET", "/api/v1"+path, nil); w.Code != want {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if w := call(a.Handler(), viewer, "PUT", "/api/v1/processes/sales", strings.NewReader("{}")); w.Code != http.StatusForbidden {
		t.Errorf("a viewer changed a process: %d", w.Code)
	}
}

func about(v *float64, want float64) bool { return v != nil && abs(*v-want) < 1e-9 }

// TestProcessReferences: a process depends on its metrics and events, follows
// their names, and is drawn below them.
func TestProcessReferences(t *testing.T) {
	t.Parallel()
	a, j := openProcesses(t)
	remove := func(path string) (int, string) {
		w := call(a.Handler(), access.Local("test"), "DELETE", "/api/v1"+path, nil)
		return w.Code, w.Body.String()
	}
	for _, path := range []string{"/metrics/per_visit", "/events/visited"} {
		if code, body := remove(path); code != http.StatusConflict || !strings.Contains(body, "in_use") || !strings.Contains(body, "Process sales") {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
	var uses struct {
		UsedBy, Dependants []struct{ Kind, Name, Path string }
	}
	j.do("GET", "/events/visited/references", nil, &uses)
	if u := uses.UsedBy; len(u) != 1 || u[0].Kind != "Process" || u[0].Path != "steps[1].events[0]" {
		t.Errorf("references: %+v", uses)
	}
	var l lineage
	j.do("GET", "/lineage?of=Event/visited", nil, &l)
	if _, down := l.ids(); !slices.Equal(down, []string{"Process/sales"}) {
		t.Errorf("below an event: %v", down)
	}
	var done any
	j.post("/metrics/per_visit/rename", map[string]any{"to": "spend"}, &done)
	j.post("/events/visited/rename", map[string]any{"to": "came"}, &done)
	var v processView
	j.do("GET", "/processes/sales/state", nil, &v)
	if v.Steps[1].Metrics[1].Name != "spend" || v.Steps[1].Events[0].Name != "came" {
		t.Errorf("after renaming: %+v", v.Steps)
	}
	if code, body := remove("/events/came?cascade=true"); code != http.StatusOK {
		t.Errorf("with what hangs on it: %d %s", code, body)
	}
	for path, want := range map[string]int{"/processes/sales": 404, "/processes/sales/state": 404, "/processes/service": 200, "/metrics/spend": 200} {
		if code := statusOf(a, "GET", path, ""); code != want {
			t.Errorf("%s: %d, want %d", path, code, want)
		}
	}
}
