package ingest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lodestar/internal/expr"
	"lodestar/internal/semantic"
)

func TestConversions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		typ              expr.Type
		format, in, want string
		why              string
	}{
		{expr.Decimal, "", "-0.50", "-0.50", ""},
		{expr.Decimal, "", ".5", "0.5", ""},
		{expr.Decimal, "", "1e3", "1000", ""},
		{expr.Decimal, "", "1e-7", "", wouldRound},
		{expr.Decimal, "", "1234567890123", "", outOfRange},
		{expr.Decimal, "", "1,2", "", notANumber},
		{expr.Decimal, commaNumbers, "1,234.50", "1234.5", ""},
		{expr.Decimal, commaNumbers, "¥1,200", "1200", ""},
		{expr.Decimal, commaNumbers, "12%", "0.12", ""},
		{expr.Decimal, commaNumbers, "1.2万", "12000", ""},
		{expr.Decimal, commaNumbers, "(123)", "-123", ""},
		{expr.Decimal, commaNumbers, "1,23", "", notANumber},
		{expr.Decimal, pointNumbers, "1.234,50", "1234.5", ""},
		{expr.Integer, "", "9223372036854775807", "9223372036854775807", ""},
		{expr.Integer, "", "9223372036854775808", "", outOfRange},
		{expr.Integer, "", "3.0", "3", ""},
		{expr.Integer, "", "3.5", "", notAnInteger},
		{expr.Float, "", "1e999", "", outOfRange},
		{expr.Float, "", "nan", "", notANumber},
		{expr.Boolean, "", "是", "true", ""},
		{expr.Date, "", "2026/1/5", "2026-01-05", ""},
		{expr.Date, "", "2026-02-30", "", notADate},
		{expr.Date, "", "2026-01-05 10:00:00", "", notADate},
		{expr.Date, "", "infinity", "", notADate},
		{expr.Date, "%Y年%m月%d日", "2026年1月5日", "2026-01-05", ""},
		{expr.Date, "%Y%m%d|%Y-%m-%d", "2026-01-05", "2026-01-05", ""},
		{expr.Date, "%Y%m%d", "2026015", "", notADate},
		{expr.Date, excelSerial, "46027", "2026-01-05", ""},
		{expr.Timestamp, "", "2026-01-05T10:00:00+08:00", "2026-01-05 02:00:00", ""},
		{expr.Timestamp, "", "2026-01-05 10:00:00.123", "2026-01-05 10:00:00.123", ""},
		{expr.Timestamp, "", "2026-01-05 24:00:00", "", notATime},
		{expr.Timestamp, excelSerial, "46027.5", "2026-01-05 12:00:00", ""},
	} {
		col := newColumn(semantic.Column{Type: c.typ, Format: c.format}, 0, nil, nil)
		got, why := col.convert(nil, []byte(c.in))
		if why != c.why || why == "" && string(got) != c.want {
			t.Errorf("%s %q %q: got %q %s, want %q %s", c.typ, c.format, c.in, got, why, c.want, c.why)
		}
	}
}

// TestLocalTimes holds the zone's steps against the standard library: a time
// that the clock shows comes back as itself.
func TestLocalTimes(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"America/New_York", "Asia/Shanghai", "Europe/Berlin", "Australia/Lord_Howe"} {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		z := newZone(loc)
		rapid.Check(t, func(t *rapid.T) {
			at := rapid.Int64Range(-2000000000, 4000000000).Draw(t, "at")
			_, offset := time.Unix(at, 0).In(loc).Zone()
			got, odd := z.utc(at + int64(offset))
			if got != at && !odd || got > at {
				t.Fatalf("%s: %s came back as %s", name, time.Unix(at, 0).UTC(), time.Unix(got, 0).UTC())
			}
		})
	}
	loc, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	col := newColumn(semantic.Column{Type: expr.Timestamp}, 0, nil, newZone(loc))
	for in, want := range map[string]string{"2026-03-08 02:30:00": "2026-03-08 07:30:00", "2026-11-01 01:30:00": "2026-11-01 05:30:00"} {
		if got, _ := col.convert(nil, []byte(in)); string(got) != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
	if col.odd != 2 {
		t.Errorf("%d odd times", col.odd)
	}
}

// TestForEver has the first and the last time that can be written, by which many
// systems say "always" and "for ever": they stay so, whatever the clocks of UTC
// would say, in both lanes.
func TestForEver(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.define("d", semantic.DatasetSpec{Columns: []semantic.Column{col("id", expr.Integer), col("until", expr.Timestamp)}})
	const last, first = "9999-12-31 23:59:59.999999", "0001-01-01 00:00:00"
	for zone, want := range map[string][4]string{
		"UTC":              {"9999-12-31 23:59:59", first, last, first},
		"Asia/Shanghai":    {"9999-12-31 15:59:59", first, last, first},
		"Etc/GMT-8":        {"9999-12-31 15:59:59", first, last, first}, // clocks that never change
		"America/New_York": {last, "0001-01-01 05:00:00", last, first},
		"Etc/GMT+5":        {last, "0001-01-01 05:00:00", last, first},
	} {
		b.zone = zone
		for lane, more := range map[string]string{"fast": "", "slow": "3,9999-12-31T23:59:59-08:00\n4,0001-01-01T00:00:00+08:00\n"} {
			l := b.load(LoadRequest{Dataset: "d", Mode: Replace}, "id,until\n1,9999-12-31 23:59:59\n2,0001-01-01 00:00:00\n"+more)
			if l.State != Done || l.Rejected > 0 {
				t.Errorf("%s, %s: %s %+v", zone, lane, l.State, l.Error)
				continue
			}
			for i, row := range b.rows("d", "id, until") {
				if got := fmt.Sprintf("%d|%s", i+1, want[i]); row != got {
					t.Errorf("%s, %s: %s, want %s", zone, lane, row, got)
				}
			}
		}
	}
}

func TestRejectsLoadAgainOnceMended(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.define("shops", shops())
	b.load(LoadRequest{Dataset: "shops"}, "name;amount;id\na;1;1\n\"b;c\";x;2\nd;y;3\n")
	var file strings.Builder
	if err := b.RejectsFile(t.Context(), editor, "shops", &file); err != nil {
		t.Fatal(err)
	}
	if file.String() != "name;amount;id\n\"b;c\";x;2\nd;y;3\n" {
		t.Fatalf("%q", file.String())
	}
	l := b.load(LoadRequest{Dataset: "shops", Mode: Append}, strings.NewReplacer("x", "2", "y", "3").Replace(file.String()))
	if l.Loaded != 2 || l.Rejected != 0 || len(b.rows("shops", "id")) != 3 {
		t.Errorf("%+v %+v", l, l.Error)
	}
}
