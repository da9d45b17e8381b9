package app_test

import (
	"database/sql"
	"slices"
	"testing"
	"time"

	"lodestar/internal/datasync"
	"lodestar/internal/ingest"
)

// standing is what a dataset says of rows that differ from their source.
type standing struct{ outdated, absent int64 }

// stands reads it from the dataset and from its sync, which must say the same, and
// from a question over it.
func (j *journey) stands(dataset string) standing {
	j.t.Helper()
	var st ingest.Status
	var sync datasync.Status
	j.do("GET", "/datasets/"+dataset+"/status", nil, &st)
	j.do("GET", "/datasets/"+dataset+"/sync", nil, &sync)
	if st.Outdated != sync.Outdated || st.Absent != sync.Absent {
		j.t.Errorf("%s: the dataset says %d, %d, its sync %d, %d", dataset, st.Outdated, st.Absent, sync.Outdated, sync.Absent)
	}
	told := map[string]bool{}
	for _, n := range sync.Last.Warnings {
		told[n.Code] = true
	}
	if told["rows_outdated"] != (st.Outdated > 0) || told["rows_absent"] != (st.Absent > 0) {
		j.t.Errorf("%s: %+v, and the run tells %v", dataset, st, told)
	}
	a := j.query(map[string]any{"from": dataset, "distinct": false, "by": []string{"id"}})
	warned := slices.ContainsFunc(a.Warnings, func(w struct{ Code string }) bool { return w.Code == "rows_outdated" })
	if warned != (st.Outdated > 0) {
		j.t.Errorf("%s: %+v, and a question is warned %v", dataset, st, a.Warnings)
	}
	return standing{st.Outdated, st.Absent}
}

// again runs a sync to its end, which must be a good one.
func (j *journey) again(dataset string, req map[string]any) datasync.Run {
	j.t.Helper()
	run := j.synced(dataset, req)
	if run.State != datasync.Done {
		j.t.Fatalf("%+v %+v", run, run.Error)
	}
	return run
}

// synced runs a sync to its end, however that is.
func (j *journey) synced(dataset string, req map[string]any) (run datasync.Run) {
	j.t.Helper()
	for j.post("/datasets/"+dataset+"/sync", req, &run); !run.Ended(); j.do("GET", "/syncs/"+run.ID, nil, &run) {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-j.t.Context().Done():
			j.t.Fatal("no end")
		}
	}
	return run
}

// TestNewVersionsThatDoNotFit changes rows at their source to what a column does
// not take: the old ones go on counting, and that is said until it is mended.
func TestNewVersionsThatDoNotFit(t *testing.T) {
	t.Parallel()
	pg, pgDB := postgresTable(t, "public.stock", "CREATE TABLE stock (id int PRIMARY KEY, v int, qty text)",
		"INSERT INTO stock VALUES (1, 1, '10'), (2, 2, '20'), (3, 3, '30')")
	my, myDB := mariaTable(t, "shop.stock", "CREATE TABLE shop.stock (id int PRIMARY KEY, v int, qty varchar(20))",
		"INSERT INTO shop.stock VALUES (1, 1, '10'), (2, 2, '20'), (3, 3, '30')")
	ways := map[string]string{"cursor": "mode: incremental, cursor: v, lookback: '0'", "log": "mode: changes", "full": "mode: full"}
	pg.modes, my.modes = ways, ways
	j := both(t, "{zone: UTC}", "columns: [{name: id, type: integer}, {name: v, type: integer}, {name: qty, type: integer}]", pg, my)
	for _, there := range []struct {
		place, table string
		db           *sql.DB
	}{{"pg", "stock", pgDB}, {"my", "shop.stock", myDB}} {
		do := execute(t, there.db)
		expect := func(step string, keyed, full standing) {
			t.Helper()
			for way := range ways {
				name := there.place + "_" + way
				j.again(name, map[string]any{})
				want := keyed
				if way == "full" {
					want = full
				}
				if got := j.stands(name); got != want {
					t.Errorf("%s, %s: %+v, want %+v", name, step, got, want)
				}
			}
		}
		do("UPDATE " + there.table + " SET qty = 'ten', v = 11 WHERE id = 1")
		do("INSERT INTO " + there.table + " VALUES (4, 12, 'many')")
		expect("two that do not fit", standing{1, 1}, standing{0, 2})
		expect("nothing new", standing{1, 1}, standing{0, 2})
		do("UPDATE " + there.table + " SET qty = '2x', v = 13 WHERE id = 2")
		do("UPDATE " + there.table + " SET qty = '40', v = 14 WHERE id = 4")
		expect("one more, and one that is mended", standing{2, 0}, standing{0, 2})
		// Back to before the last piece, and on again.
		j.post("/datasets/"+there.place+"_cursor/undo", map[string]any{}, &ingest.Load{})
		var st ingest.Status
		j.do("GET", "/datasets/"+there.place+"_cursor/status", nil, &st)
		if st.Outdated != 1 || st.Absent != 1 {
			t.Errorf("%s after an undo: %+v", there.place, st)
		}
		expect("after an undo", standing{2, 0}, standing{0, 2})
		do("UPDATE " + there.table + " SET qty = '10', v = 15 WHERE id = 1")
		expect("mended", standing{1, 0}, standing{0, 1})
		for way := range ways { // everything anew: what is there does not fit, and no old version is left
			name := there.place + "_" + way
			j.again(name, map[string]any{"full": true})
			if got := j.stands(name); got != (standing{0, 1}) {
				t.Errorf("%s, everything: %+v", name, got)
			}
		}
		do("UPDATE " + there.table + " SET qty = '20', v = 16 WHERE id = 2")
		expect("all mended", standing{}, standing{})
	}
}
