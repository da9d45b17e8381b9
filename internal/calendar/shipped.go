package calendar

import (
	"embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"time"

	"lodestar/internal/text"
)

//go:embed holidays/*.csv
var holidayFiles embed.FS

// HolidaySets lists the sets of holidays that come with the program.
func HolidaySets() []string {
	files, err := holidayFiles.ReadDir("holidays")
	if err != nil {
		return nil // an embedded folder is always there
	}
	out := make([]string, len(files))
	for i, f := range files {
		out[i] = strings.TrimSuffix(f.Name(), ".csv")
	}
	return out
}

// HolidaySet gives the special days of a set that comes with the program, by
// date; ok is false when there is none of that name. The head of the file says
// which notices the days are from.
func HolidaySet(name string) (days []SpecialDay, ok bool) {
	if !slices.Contains(HolidaySets(), name) {
		return nil, false
	}
	b, err := holidayFiles.ReadFile("holidays/" + name + ".csv")
	if err != nil {
		return nil, false
	}
	days, err = readHolidays(string(b))
	if err != nil {
		panic("calendar: holidays of " + name + ": " + err.Error()) // a test reads every file
	}
	return days, true
}

func readHolidays(src string) ([]SpecialDay, error) {
	r := csv.NewReader(strings.NewReader(src))
	r.Comment, r.FieldsPerRecord = '#', -1
	lines, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	names := map[string]text.Text{}
	var out []SpecialDay
	for _, l := range lines {
		if len(l) < 4 {
			return nil, fmt.Errorf("line %q", l)
		}
		if l[0] == "name" {
			names[l[1]] = text.Text{ZH: l[2], EN: l[3]}
			continue
		}
		from, err := time.Parse(time.DateOnly, l[2])
		if err != nil {
			return nil, err
		}
		to, err := time.Parse(time.DateOnly, l[3])
		if err != nil {
			return nil, err
		}
		kind := DayKind(l[0])
		if names[l[1]].IsZero() || to.Before(from) || kind != Holiday && kind != Workday && kind != Festival {
			return nil, fmt.Errorf("line %q", l)
		}
		for d := from; !d.After(to); d = d.AddDate(0, 0, 1) {
			out = append(out, SpecialDay{Date: d, Kind: kind, ID: l[1], Name: names[l[1]],
				Main: kind == Festival || len(l) > 4 && l[4] == d.Format(time.DateOnly)})
		}
	}
	slices.SortStableFunc(out, func(a, b SpecialDay) int { return a.Date.Compare(b.Date) })
	return out, nil
}
