// Package calendar does all arithmetic on periods: grains, the start of a
// period in a zone with a chosen week start, ranges, the period before, and
// relative time such as "last 30 days". Besides days, weeks and months it knows
// fiscal years of weeks, periods with names, working days and holidays.
//
// Ranges are half-open. An instant is a time.Time; a day is midnight of that
// day in the calendar's zone. Go's zone data is the one source of zone rules.
package calendar
