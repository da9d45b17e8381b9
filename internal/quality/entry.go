package quality

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/stats"
	"lodestar/internal/text"
)

// EntryRequest says which columns tell of values that people enter by hand.
type EntryRequest struct {
	Dataset  string
	Reporter string // who entered it, or for which place
	Value    string // the number entered
	Entered  string // when it was entered; "" when that is not known
}

// EntryReport tells of each reporter what is unlike the others. It says what
// stands out, not why: there may be good reasons.
type EntryReport struct {
	Dataset   string     `json:"dataset"`
	Reporters int        `json:"reporters"`
	Rows      int        `json:"rows"`
	Days      int        `json:"days"` // on which at least half of them reported
	Truncated bool       `json:"truncated,omitempty"`
	Remarks   []Remark   `json:"remarks" nullable:"false"` // the least likely first
	Figures   []Reporter `json:"figures" nullable:"false"`
}

// Remark is something about a reporter that chance hardly explains.
type Remark struct {
	Reporter string    `json:"reporter"`
	Kind     string    `json:"kind"` // round | repeated | same_value | late | missing
	Share    float64   `json:"share"`
	Others   float64   `json:"others"` // the share to compare with
	Chance   float64   `json:"chance"` // of so much or more, if it were like the others
	Text     text.Text `json:"text"`
}

// Reporter holds the figures of one.
type Reporter struct {
	Name     string  `json:"name"`
	Rows     int     `json:"rows"`
	Round    float64 `json:"round"`    // share of values that are multiples of 10
	Repeated float64 `json:"repeated"` // share of values equal to the one before
	Longest  int     `json:"longest"`  // equal values in a row
	Missing  int     `json:"missing"`  // days without a report
	MedianH  float64 `json:"medianLagHours"`
}

// Bounds of the report.
const (
	mostEntries   = 200_000
	fewestEntries = 15   // of a reporter, to say anything
	entryChance   = 0.01 // that a whole report of honest entries says anything at all
	clearly       = 0.2  // a share must be so much above the others', too
	lateAfter     = 24 * time.Hour
)

// entry is one value as entered.
type entry struct {
	day   time.Time // on which the value is of, as midnight UTC
	value float64
	lag   time.Duration
	timed bool
}

// Entries looks for values that were entered by hand late, rounded, repeated,
// or not at all, and compares each reporter with the others. Faults: NotFound,
// and Invalid for columns that do not fit.
func (s *Service) Entries(ctx context.Context, who access.Actor, r EntryRequest) (EntryReport, error) {
	out := EntryReport{Dataset: r.Dataset, Remarks: []Remark{}, Figures: []Reporter{}}
	if err := who.Must(access.Viewer); err != nil {
		return out, err
	}
	m := s.Model()
	d := m.Dataset(r.Dataset)
	if d == nil {
		return out, semantic.UnknownDataset(r.Dataset)
	}
	p, ok, err := s.placeOf(ctx, m, d)
	if err != nil || !ok {
		return out, err
	}
	if err := p.fitsEntries(r); err != nil {
		return out, err
	}
	entries, n, err := p.entries(ctx, r)
	if err != nil {
		return out, err
	}
	out.Rows, out.Truncated = n, n > mostEntries
	out.judge(entries, r.Entered != "")
	return out, nil
}

func (p *place) fitsEntries(r EntryRequest) error {
	bad := func(field string, t text.Text, pairs ...any) error {
		return fault.New(fault.Invalid, "bad_column", t, pairs...).At(field, "bad_column", t.With(pairs...))
	}
	t := p.dataset.Time
	switch {
	case p.dataset.Column(r.Reporter) == nil:
		return bad("reporter", text.Text{ZH: "没有名为 {name} 的列", EN: "there is no column {name}"}, "name", r.Reporter)
	case !p.typeOf(r.Value).IsNumber():
		return bad("value", text.Text{ZH: "{name} 不是数字列", EN: "{name} is no column of numbers"}, "name", r.Value)
	case r.Entered != "" && p.typeOf(r.Entered) != expr.Timestamp:
		return bad("entered", text.Text{ZH: "{name} 不是时间列", EN: "{name} is no timestamp"}, "name", r.Entered)
	case t == nil || t.Column == nil || len(t.Path) > 0:
		return bad("dataset", text.Text{ZH: "数据集没有自己的时间列", EN: "the dataset has no time column of its own"})
	}
	return nil
}

// entries reads the newest values, by reporter in order of time.
func (p *place) entries(ctx context.Context, r EntryRequest) (map[string][]entry, int, error) {
	at := p.dataset.Time.Column.Name
	names := []string{r.Reporter, at, r.Value}
	if r.Entered != "" {
		names = append(names, r.Entered)
	}
	out, n := map[string][]entry{}, 0
	err := p.ask(ctx, expr.Concat("SELECT ", p.columns(names), " FROM ", p.from(), where(p.present(names[:3])),
		" ORDER BY ", p.d.Order(p.column(at), true), ", ", p.d.Order(p.column(r.Reporter), false), ", ", p.d.Order(p.column(r.Value), false), limit(mostEntries+1)),
		func(v []any) error {
			n++
			when, ok := v[1].(time.Time)
			x := number(v[2])
			if !ok || x == nil {
				return fmt.Errorf("quality: an entry of %s is a %T at a %T", p.dataset.Name, v[2], v[1])
			}
			e := entry{day: when}
			if p.dataset.Time.Type == expr.Date {
				when = calendar.Resolve(when, p.cal.Zone) // the day begins where the workspace is
			} else {
				e.day = civilDay(when, p.cal.Zone)
			}
			e.value, _ = x.Float64()
			if len(v) > 3 {
				if entered, ok := v[3].(time.Time); ok {
					e.lag, e.timed = entered.Sub(when), true
				}
			}
			who, isText := v[0].(string)
			if !isText {
				who = key(v[0])
			}
			out[who] = append(out[who], e)
			return nil
		})
	for _, list := range out {
		slices.Reverse(list)
	}
	return out, n, err
}

// judge compares each reporter with the others.
func (o *EntryReport) judge(entries map[string][]entry, lags bool) {
	days, reported := reportingDays(entries)
	o.Days, o.Reporters = len(days), len(entries)
	total := tallies{}
	each := map[string]tallies{}
	for name, list := range entries {
		t := tally(list, days, reported[name])
		each[name] = t
		for i := range t {
			total[i].n += t[i].n
			total[i].hits += t[i].hits
		}
	}
	tests := float64(len(entries) * len(entryTests))
	for name, list := range entries {
		t := each[name]
		o.Figures = append(o.Figures, figures(name, list, t))
		if len(list) < fewestEntries {
			continue
		}
		for i, test := range entryTests {
			others := share(total[i].hits-t[i].hits, total[i].n-t[i].n)
			if test.own { // the same values in another order are what to compare with
				others = shuffled(list)
			} else if total[i].n == t[i].n {
				continue // there is nobody to compare with
			}
			if test.kind == "late" && !lags {
				continue
			}
			mine := share(t[i].hits, t[i].n)
			chance := atLeast(t[i].hits, t[i].n, math.Max(others, 1/float64(total[i].n+2)))
			if chance >= entryChance/tests || mine < others+clearly {
				continue
			}
			o.Remarks = append(o.Remarks, Remark{name, test.kind, mine, others, chance, test.words.With(
				"hits", t[i].hits, "n", t[i].n, "mine", percent(mine), "others", percent(others))})
		}
	}
	slices.SortFunc(o.Figures, func(a, b Reporter) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(o.Remarks, func(a, b Remark) int {
		if a.Chance != b.Chance {
			if a.Chance < b.Chance {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Reporter+a.Kind, b.Reporter+b.Kind)
	})
}

// counted is how often something was so among how many.
type counted struct{ hits, n int }

type tallies [5]counted

var entryTests = [5]struct {
	kind  string
	own   bool
	words text.Text
}{
	{"round", false, text.Text{ZH: "{n} 个数值中有 {hits} 个是整十数（{mine}），其他填报者为 {others}",
		EN: "{hits} of {n} values are multiples of 10 ({mine}); of the others {others} are"}},
	{"repeated", true, text.Text{ZH: "{n} 次填报中有 {hits} 次与前一次完全相同（{mine}），同样的数值随机排列时为 {others}",
		EN: "{hits} of {n} values equal the one before ({mine}); the same values in a random order would {others} of the time"}},
	{"same_value", false, text.Text{ZH: "{n} 个数值中有 {hits} 个是同一个数（{mine}），其他填报者为 {others}",
		EN: "{hits} of {n} values are one and the same number ({mine}); with the others {others}"}},
	{"late", false, text.Text{ZH: "{n} 次填报中有 {hits} 次晚于 24 小时录入（{mine}），其他填报者为 {others}",
		EN: "{hits} of {n} were entered more than 24 hours later ({mine}); of the others {others}"}},
	{"missing", false, text.Text{ZH: "{n} 天中有 {hits} 天没有填报（{mine}），其他填报者为 {others}",
		EN: "there is no report on {hits} of {n} days ({mine}); of the others on {others}"}},
}

func tally(list []entry, days []time.Time, mine map[time.Time]bool) tallies {
	var t tallies
	most := map[float64]int{}
	for i, e := range list {
		if e.value != 0 {
			t[0].n++
			if math.Mod(e.value, 10) == 0 {
				t[0].hits++
			}
		}
		if i > 0 {
			t[1].n++
			if e.value == list[i-1].value {
				t[1].hits++
			}
		}
		most[e.value]++
		t[2].n++
		t[2].hits = max(t[2].hits, most[e.value])
		if e.timed {
			t[3].n++
			if e.lag > lateAfter {
				t[3].hits++
			}
		}
	}
	for _, d := range days {
		t[4].n++
		if !mine[d] {
			t[4].hits++
		}
	}
	return t
}

// reportingDays lists the days on which at least half of the reporters
// reported, and who reported when.
func reportingDays(entries map[string][]entry) ([]time.Time, map[string]map[time.Time]bool) {
	count, by := map[time.Time]int{}, map[string]map[time.Time]bool{}
	for name, list := range entries {
		by[name] = map[time.Time]bool{}
		for _, e := range list {
			if !by[name][e.day] {
				by[name][e.day] = true
				count[e.day]++
			}
		}
	}
	var out []time.Time
	for d, n := range count {
		if 2*n >= len(entries) {
			out = append(out, d)
		}
	}
	slices.SortFunc(out, time.Time.Compare)
	return out, by
}

// shuffled is how often a value would equal the one before if the same values
// came in a random order.
func shuffled(list []entry) float64 {
	count := map[float64]int{}
	for _, e := range list {
		count[e.value]++
	}
	pairs := 0.0
	for _, n := range count {
		pairs += float64(n) * float64(n-1)
	}
	n := float64(len(list))
	return pairs / (n * (n - 1))
}

func share(hits, n int) float64 {
	if n == 0 {
		return 0
	}
	return float64(hits) / float64(n)
}

func percent(f float64) string { return text.FormatNumber(f, "percent", "0", text.EN) }

// atLeast is the chance of at least so many hits among n, each of chance p.
func atLeast(hits, n int, p float64) float64 {
	if p >= 1 || hits <= 0 {
		return 1
	}
	sum := 0.0
	for k := hits; k <= n; k++ {
		a, _ := math.Lgamma(float64(n + 1))
		b, _ := math.Lgamma(float64(k + 1))
		c, _ := math.Lgamma(float64(n - k + 1))
		sum += math.Exp(a - b - c + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p))
	}
	return math.Min(sum, 1)
}

func figures(name string, list []entry, t tallies) Reporter {
	out := Reporter{Name: name, Rows: len(list), Round: share(t[0].hits, t[0].n), Repeated: share(t[1].hits, t[1].n), Missing: t[4].hits}
	run := 0
	var lags []float64
	for i, e := range list {
		if i > 0 && e.value == list[i-1].value {
			run++
		} else {
			run = 1
		}
		out.Longest = max(out.Longest, run)
		if e.timed {
			lags = append(lags, e.lag.Hours())
		}
	}
	if len(lags) > 0 {
		out.MedianH = stats.Median(lags)
	}
	return out
}
