package text

import (
	"fmt"
	"strings"
	"time"
)

var spanWords = strings.NewReplacer(
	" minutes", " 分钟", " minute", " 分钟", " hours", " 小时", " hour", " 小时", " days", " 天", " day", " 天",
	" weeks", " 周", " week", " 周", " months", " 个月", " month", " 个月", " quarters", " 个季度", " quarter", " 个季度", " years", " 年", " year", " 年")

// Span is a length of time for people: one that a definition promises ("30
// hours") as it stands there, one that was measured ("48h49m0s") in its largest
// unit and never as more than it is.
func Span(s string) Text {
	if d, err := time.ParseDuration(s); err == nil {
		n, unit := d/time.Minute, "minute"
		switch {
		case d >= 24*time.Hour:
			n, unit = d/(24*time.Hour), "day"
		case d >= time.Hour:
			n, unit = d/time.Hour, "hour"
		}
		if s = fmt.Sprintf("%d %s", n, unit); n != 1 {
			s += "s"
		}
	}
	return Text{ZH: spanWords.Replace(s), EN: s}
}
