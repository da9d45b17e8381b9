package semantic

import (
	"time"

	"strings"

	"github.com/robfig/cron/v3"
)

var cronParser = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)

// cronFields reports whether a text is a schedule of five fields; zones are the
// workspace's business.
func cronFields(s string) bool {
	if strings.Contains(s, "TZ=") {
		return false
	}
	_, err := cronParser.Parse(s)
	return err == nil
}

// nextCron is the next time that a clock on the wall shows what a schedule says.
// A time that is left out when clocks are put forward comes right after that:
// the day is not left out with it.
func nextCron(c cron.Schedule, last time.Time) time.Time {
	next := c.Next(last)
	y, m, d := last.Date()
	wall := c.Next(time.Date(y, m, d, last.Hour(), last.Minute(), last.Second(), last.Nanosecond(), time.UTC))
	if wall.IsZero() {
		return next
	}
	y, m, d = wall.Date()
	at := time.Date(y, m, d, wall.Hour(), wall.Minute(), 0, 0, last.Location())
	_, off := at.Zone()
	missed := wall.Sub(at.Add(time.Duration(off) * time.Second).UTC()) // of what is left out
	if missed == 0 {
		return next
	}
	if at = at.Add(max(0, missed)); at.After(last) && (next.IsZero() || at.Before(next)) {
		return at
	}
	return next
}
