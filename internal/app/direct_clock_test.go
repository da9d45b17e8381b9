package app_test

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"lodestar/internal/calendar"
)

// keptClocks are the zones of the columns of a table of times that say none.
var keptClocks = []string{"America/New_York", "Australia/Lord_Howe", "Asia/Shanghai", "Europe/Berlin"}

// changesOf lists when clocks of those zones changed.
func changesOf(t *testing.T, from, to time.Time) (out []time.Time) {
	t.Helper()
	for _, zone := range keptClocks {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range (calendar.Calendar{Zone: loc}).Transitions(from, to)[1:] {
			out = append(out, c.At)
		}
	}
	return out
}

// keptTimes starts servers with a table of times: some about changes of clocks,
// two at the ends of time, and many years of others.
func keptTimes(t *testing.T) (pg, my seen, postgres, maria *sql.DB, columns string) {
	var there, names, values []string
	columns = "columns: [{name: id, type: integer}, {name: moment, type: timestamp}"
	for i, zone := range keptClocks {
		there = append(there, fmt.Sprintf("c%d TYPE", i))
		names = append(names, fmt.Sprintf("c%d", i))
		columns += fmt.Sprintf(", {name: c%d, type: timestamp, zone: %s}", i, zone)
	}
	add := func(at string) {
		values = append(values, fmt.Sprintf("(%d%s, 'M')", len(values)+1, strings.Repeat(", '"+at+"'", len(keptClocks))))
		m := at
		if at < "1971" || at > "2037" {
			m = "2026-01-01 00:00:00"
		}
		values[len(values)-1] = strings.Replace(values[len(values)-1], "'M'", "'"+m+"'", 1)
	}
	add("0001-01-01 00:00:00")
	add("9999-12-31 23:59:59")
	for _, at := range changesOf(t, time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)) {
		for i := range 40 { // by every clock there
			add(at.Add(time.Duration(i-20) * 47 * time.Minute).Format("2006-01-02 15:04:05"))
		}
	}
	const more = 20_000
	list := strings.Join(names, ", ")
	index := make([]string, 0, len(names)+1)
	for _, n := range append(names, "moment") {
		index = append(index, "CREATE INDEX by_"+n+" ON @ ("+n+")")
	}
	statements := func(table, typ, moment, series string) []string {
		out := []string{"CREATE TABLE @ (id int PRIMARY KEY, " + strings.ReplaceAll(strings.Join(there, ", "), "TYPE", typ) + ", moment " + moment + ")",
			"INSERT INTO @ (id, " + list + ", moment) VALUES " + strings.Join(values, ", "), series}
		out = append(out, index...)
		for i := range out {
			out[i] = strings.ReplaceAll(out[i], "@", table)
		}
		return out
	}
	pg, postgres = postgresTable(t, "public.kept", append([]string{"SET timezone = 'UTC'"}, append(statements("kept", "timestamp", "timestamptz",
		fmt.Sprintf("INSERT INTO @ (id, %s, moment) SELECT 10000 + g%s FROM generate_series(1, %d) g", list,
			strings.Repeat(", timestamp '1990-01-01' + g * interval '17 hours 11 seconds'", len(names)+1), more)), "ANALYZE kept")...)...)
	my, maria = mariaTable(t, "shop.kept", append(append([]string{"USE shop"}, statements("shop.kept", "datetime", "timestamp NULL",
		fmt.Sprintf("INSERT INTO @ (id, %s, moment) SELECT 10000 + seq%s, TIMESTAMP'1990-01-01 00:00:00' + INTERVAL seq * 61211 SECOND FROM seq_1_to_%d", list,
			strings.Repeat(", TIMESTAMP'1990-01-01 00:00:00' + INTERVAL seq * 61211 SECOND", len(names)), more))...), "ANALYZE TABLE shop.kept")...)
	for _, p := range []*seen{&pg, &my} {
		p.modes = map[string]string{"direct": "", "full": "mode: full"}
	}
	return pg, my, postgres, maria, columns + "], time: c0"
}

// TestTimesAreFoundByAnIndex asks for short ranges of times that say no zone: rows
// are those of a copy, at changes of clocks too, and the server does not read all
// others.
func TestTimesAreFoundByAnIndex(t *testing.T) {
	t.Parallel()
	pg, my, postgres, maria, columns := keptTimes(t)
	j := both(t, "{zone: Asia/Shanghai}", columns, pg, my)
	changes := changesOf(t, time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))
	rnd := rand.New(rand.NewPCG(20, 26))
	zones := append([]string{"UTC", "Asia/Kolkata", "America/Los_Angeles"}, keptClocks...)
	found := 0
	for n := range 40 {
		about := changes[rnd.IntN(len(changes))].Add(time.Duration(rnd.IntN(72*60)-36*60) * time.Minute)
		from, to := about.Format(time.RFC3339), about.Add(time.Duration(1+rnd.IntN(9*60))*time.Minute).Format(time.RFC3339)
		column := []string{"c0", "c1", "c2", "c3", "moment"}[rnd.IntN(5)]
		grain := []string{"day", "hour", "month"}[rnd.IntN(3)]
		q := map[string]any{"distinct": false, "timezone": zones[rnd.IntN(len(zones))], "limit": 5000, "order": []string{"id"},
			"by": []any{"id", map[string]any{"time": grain, "of": column}}}
		switch n % 4 {
		case 0:
			q["time"], column = map[string]any{"from": from, "to": to}, "c0"
		case 1:
			q["where"] = fmt.Sprintf("%s >= '%s' and %s < '%s'", column, from, column, to)
		case 2:
			q["where"] = fmt.Sprintf("'%s' < %s and id > 0 and %s <= '%s' and hour(%s) < 20", from, column, column, to, column)
		case 3: // what is beside "or" bounds nothing
			q["where"] = fmt.Sprintf("(%s >= '%s' or id < 40) and not (%s >= '%s') and id between 3 and 9999", column, from, column, to)
		}
		p, db := pg, postgres
		if n/4%2 == 1 {
			p, db = my, maria
		}
		q["from"] = p.place + "_full"
		want := j.query(q)
		found += len(want.Rows)
		q["from"] = p.place + "_direct"
		if got, want := rounded(any(j.query(q).anyRows())), rounded(any(want.anyRows())); got != want {
			t.Errorf("%v:\n%s\ncopied:\n%s", q, got, want)
		}
		if n%4 == 3 {
			continue
		}
		var plan struct{ Statements []struct{ SQL string } }
		j.post("/query/plan", q, &plan)
		if how := planned(t, db, plan.Statements[0].SQL); !strings.Contains(how, "by_"+column) {
			t.Errorf("no index is used:\n%s\n%s", plan.Statements[0].SQL, how)
		}
	}
	if found < 200 {
		t.Errorf("only %d rows were asked for", found)
	}
}

// planned tells how a server goes about a statement; of one that says so, only
// the indexes that are used.
func planned(t *testing.T, db *sql.DB, statement string) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "EXPLAIN "+statement)
	if err != nil {
		t.Fatalf("%v\n%s", err, statement)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for rows.Next() {
		cells := make([]sql.NullString, len(columns))
		into := make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		for i, c := range cells {
			if columns[i] == "possible_keys" {
				continue
			}
			out.WriteString(c.String + " ")
		}
		out.WriteString("\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
