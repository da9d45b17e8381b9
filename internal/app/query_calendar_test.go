package app_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/catalog"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
)

// TestGrainsOfCalendars groups random rows by grains that engines do not know,
// in random calendars and zones, and holds the answer against the calendar
// itself, asked row by row.
func TestGrainsOfCalendars(t *testing.T) {
	t.Parallel()
	b := openQueryBench(t)
	rounds := uint64(40)
	if testing.Short() {
		rounds = 10
	}
	for seed := range rounds {
		r := rand.New(rand.NewPCG(seed, 17))
		zone := []string{"UTC", "Asia/Shanghai", "America/New_York", "America/Santiago", "Australia/Lord_Howe"}[r.IntN(5)]
		timeType := []string{"date", "timestamp"}[r.IntN(2)]
		rs := timedResources(zone, timeType)
		rs[0].Spec = &semantic.WorkspaceSpec{Zone: zone, Calendar: "some"}
		b.define(append(rs, &catalog.Resource{Kind: semantic.KindCalendar, Metadata: catalog.Metadata{Name: "some"}, Spec: randomCalendar(r)}))
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		rows := fillCalendarSales(b, r, loc, timeType)
		cal := b.model.CalendarNamed("").Base
		for range 6 {
			g := append(calendar.FiscalGrains(), calendar.WorkingDay, calendar.TradingDay, "season")[r.IntN(7)]
			checkGrain(t, b, r, cal, g, rows)
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
	}
}

func randomCalendar(r *rand.Rand) *semantic.CalendarSpec {
	day := []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
	spec := &semantic.CalendarSpec{
		WeekStart: day[r.IntN(7)], YearStart: r.IntN(13), Holidays: &semantic.CalendarHolidays{Use: "china"},
		TradingDays: &semantic.TradingDays{Week: []string{day[r.IntN(7)], day[r.IntN(7)], day[r.IntN(7)]}},
	}
	if r.IntN(4) > 0 {
		spec.Pattern = calendar.Patterns()[r.IntN(3)]
		month := time.Month(1 + r.IntN(12)).String()
		spec.YearEnds = []string{"last", "nearest"}[r.IntN(2)] + " " + day[r.IntN(7)] + " of " + month
	}
	p := semantic.CalendarPeriods{Name: "season"}
	at := time.Date(2023, 1+time.Month(r.IntN(12)), 1, 0, 0, 0, 0, time.UTC)
	for range 1 + r.IntN(30) {
		at = at.AddDate(0, 0, []int{0, 0, 3, 20}[r.IntN(4)])
		to := at.AddDate(0, 0, 1+r.IntN(60))
		p.List = append(p.List, semantic.CalendarPeriod{From: at.Format(time.DateOnly), To: to.Format(time.DateOnly)})
		at = to
	}
	spec.Periods = []semantic.CalendarPeriods{p}
	return spec
}

type momentRow struct {
	at     time.Time // zero for none
	amount int64
}

func fillCalendarSales(b *queryBench, r *rand.Rand, loc *time.Location, timeType string) []momentRow {
	var rows []momentRow
	var cells [][]string
	for range 1 + r.IntN(300) {
		at := time.Date(2023, 11, 1+r.IntN(900), []int{0, 0, 1, 12, 23}[r.IntN(5)], []int{0, 30, 59}[r.IntN(3)], 0, 0, loc)
		row := momentRow{at: at, amount: int64(1 + r.IntN(100))}
		stamp := at.UTC().Format("2006-01-02 15:04:05")
		if timeType == "date" {
			stamp = at.Format(time.DateOnly)
		}
		if r.IntN(20) == 0 {
			row.at, stamp = time.Time{}, ""
		}
		rows = append(rows, row)
		cells = append(cells, []string{stamp, "", "", strconv.FormatInt(row.amount, 10)})
	}
	b.fill("sales", cells)
	return rows
}

func checkGrain(t *testing.T, b *queryBench, r *rand.Rand, cal calendar.Calendar, g calendar.Grain, rows []momentRow) {
	t.Helper()
	b.now = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	ask := query.Request{Metrics: []query.MetricRef{{Metric: "revenue"}}, By: []query.By{{Time: g}}}
	in := calendar.Range{}
	if r.IntN(2) == 0 {
		from := time.Date(2023, 11, 1+r.IntN(500), 0, 0, 0, 0, cal.Zone)
		in = calendar.Range{From: cal.Start(from, calendar.Day), To: cal.Start(from.AddDate(0, 0, 1+r.IntN(400)), calendar.Day)}
		ask.Time = &query.TimeRange{From: in.From.Format(time.DateOnly), To: in.To.Format(time.DateOnly)}
	}
	want := map[string]int64{}
	for _, row := range rows {
		switch {
		case !in.IsZero() && (row.at.Before(in.From) || !row.at.Before(in.To)):
		case row.at.IsZero() || !cal.In(row.at, g):
			want["<nil>"] += row.amount
		default:
			want[calendar.Civil(cal.Start(row.at, g).Add(2*time.Hour), cal.Zone).Format(time.DateOnly)] += row.amount
		}
	}
	for _, plain := range []bool{false, true} {
		res, err := b.engine(plain).Query(t.Context(), asker, ask)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int64{}
		for _, row := range res.Rows {
			got[fmt.Sprint(row[0])] += row[1].(int64)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s in %s %v:\n got %v\nwant %v", g, cal.Zone, ask.Time, got, want)
		}
	}
}
