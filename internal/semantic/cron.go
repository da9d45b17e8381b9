package semantic

import (
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
