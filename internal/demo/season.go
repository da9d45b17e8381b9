package demo

import (
	"math"
	"time"
)

// demand is how busy a day is against a plain day, before noise: growth over
// the years, the seasons, the day of the week and the holidays.
func demand(day time.Time, sinceStart int) float64 {
	growth := math.Pow(1.07, float64(sinceStart)/365)
	season := 1 + 0.05*math.Sin(2*math.Pi*float64(day.YearDay()-110)/365)
	return growth * season * weekday(day.Weekday()) * holiday(day)
}

func weekday(d time.Weekday) float64 {
	return [...]float64{time.Sunday: 1.22, time.Monday: 0.88, time.Tuesday: 0.90, time.Wednesday: 0.92,
		time.Thursday: 0.94, time.Friday: 1.04, time.Saturday: 1.26}[d]
}

// holiday rises before Spring Festival and falls during it (people are at
// home), and rises softly around 18 June, the National Day week and
// 11 November.
func holiday(day time.Time) float64 {
	f := 1.0
	for _, year := range []int{day.Year() - 1, day.Year(), day.Year() + 1} {
		if spring, ok := springFestival(year); ok {
			f += bump(day, spring.AddDate(0, 0, -9), 5, 0.16) - bump(day, spring.AddDate(0, 0, 2), 3.5, 0.34)
		}
		at := func(m time.Month, d int) time.Time { return time.Date(year, m, d, 0, 0, 0, 0, day.Location()) }
		f += bump(day, at(time.June, 16), 9, 0.05)
		f += bump(day, at(time.October, 3), 9, 0.06)
		f += bump(day, at(time.November, 8), 10, 0.05)
	}
	return f
}

// bump is a bell of the given height around a day; width in days.
func bump(day, centre time.Time, width, height float64) float64 {
	x := day.Sub(centre).Hours() / 24 / width
	if math.Abs(x) > 4 {
		return 0
	}
	return height * math.Exp(-x*x/2)
}

// springFestival gives the first day of the lunar year. Years outside the
// table have no festival in the made-up data.
func springFestival(year int) (time.Time, bool) {
	table := map[int][2]int{
		2020: {1, 25}, 2021: {2, 12}, 2022: {2, 1}, 2023: {1, 22}, 2024: {2, 10}, 2025: {1, 29}, 2026: {2, 17},
		2027: {2, 6}, 2028: {1, 26}, 2029: {2, 13}, 2030: {2, 3}, 2031: {1, 23}, 2032: {2, 11}, 2033: {1, 31},
		2034: {2, 19}, 2035: {2, 8}}
	d, ok := table[year]
	return time.Date(year, time.Month(d[0]), d[1], 0, 0, 0, 0, time.UTC), ok
}

// hourWeights is how visits spread over the opening hours 7 to 21.
func hourWeights() []float64 {
	return []float64{0.5, 1.3, 1.2, 0.8, 0.7, 1.2, 1.1, 0.9, 1.0, 1.0, 0.9, 1.0, 0.8, 0.5, 0.3}
}

// openingHour is the first hour with visits.
const openingHour = 7
