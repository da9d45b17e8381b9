package app_test

import (
	"testing"
	"time"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/quality"
	"lodestar/internal/semantic"
)

// TestRowsOfTheFutureKeepNothingFresh: a year typed wrongly must not hide that a
// feed has stopped.
func TestRowsOfTheFutureKeepNothingFresh(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		typ  expr.Type
		rows []string
		want string
	}{
		{"days, late", expr.Date, []string{"2026-05-28", "2062-05-31"}, quality.Broken},
		{"days, in time", expr.Date, []string{"2026-05-30", "2062-05-31"}, quality.Kept},
		{"today is not the future", expr.Date, []string{"2026-05-01", "2026-06-01"}, quality.Kept},
		{"days, tomorrow only", expr.Date, []string{"2026-06-02"}, quality.Unknown},
		{"times, late", expr.Timestamp, []string{"2026-05-30 00:00:00", "2026-06-01 02:00:01"}, quality.Broken},
		{"times, in time", expr.Timestamp, []string{"2026-05-31 09:00:00", "2026-06-01 02:00:01"}, quality.Kept},
		{"times, to come only", expr.Timestamp, []string{"2062-01-01 00:00:00"}, quality.Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newQueryBench(t)
			b.onDuckDB()
			b.define([]*catalog.Resource{
				{Kind: "Workspace", Metadata: catalog.Metadata{Name: "workspace"}, Revision: 1, Spec: &semantic.WorkspaceSpec{Zone: "Asia/Shanghai"}},
				{Kind: "Dataset", Metadata: catalog.Metadata{Name: "visits"}, Revision: 1, Spec: &semantic.DatasetSpec{Time: "at",
					Columns: []semantic.Column{{Name: "at", Type: c.typ}}, Quality: []semantic.QualityRule{{Rule: "freshness", Within: "36 hours"}}}}})
			list := make([][]string, len(c.rows))
			for i, at := range c.rows {
				list[i] = []string{at}
			}
			asOf := time.Date(2026, 6, 1, 2, 0, 0, 0, time.UTC) // ten in the morning there
			b.now = asOf
			b.fill("visits", list)
			run, err := b.quality(asOf).Run(t.Context(), checker, "visits")
			if err != nil {
				t.Fatal(err)
			}
			if got := run.Results[0]; got.State != c.want {
				t.Errorf("%+v, want %q", got, c.want)
			}
		})
	}
}
