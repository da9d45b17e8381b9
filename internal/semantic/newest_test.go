package semantic_test

import (
	"testing"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
)

// TestADayCountsUntilItIsOver: rows of a day are as fresh as its end, where the
// workspace is; those of a moment as it; those without a time as their load. Of
// rows that are all of the future nothing is known.
func TestADayCountsUntilItIsOver(t *testing.T) {
	t.Parallel()
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	loaded := time.Date(2026, 5, 9, 12, 0, 0, 0, time.UTC)
	day := map[string]time.Time{"at": time.Date(2026, 5, 3, 0, 0, 0, 0, time.UTC)}
	later := map[string]time.Time{"at": time.Date(2062, 5, 3, 0, 0, 0, 0, time.UTC)}
	for _, c := range []struct {
		typ   expr.Type
		times semantic.Times
		want  time.Time
	}{
		{expr.Date, semantic.Times{Max: later, Newest: day}, time.Date(2026, 5, 4, 2, 0, 0, 0, shanghai)}, // two hours after the 3rd is over
		{expr.Timestamp, semantic.Times{Max: later, Newest: day}, time.Date(2026, 5, 3, 2, 0, 0, 0, time.UTC)},
		{expr.Date, semantic.Times{}, loaded.Add(2 * time.Hour)},
		{expr.Date, semantic.Times{Max: later}, time.Time{}},
	} {
		spec := semantic.DatasetSpec{Time: "at", Columns: []semantic.Column{{Name: "at", Type: c.typ}}, Freshness: &semantic.Freshness{Within: "2 hours"}}
		c.times.Loaded = loaded
		cal := calendar.New(shanghai)
		fresh, ok := spec.Fresh(c.times, cal)
		if ok == c.want.IsZero() {
			t.Errorf("%+v: known %t", c, ok)
		}
		if !ok {
			continue
		}
		if got, err := spec.Freshness.Until(fresh, cal); err != nil || !got.Equal(c.want) {
			t.Errorf("%+v: fresh until %v (%v)", c, got, err)
		}
	}
}
