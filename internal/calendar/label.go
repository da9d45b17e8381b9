package calendar

import (
	"fmt"
	"time"

	"lodestar/internal/text"
)

// Label names the period in which t lies, as 2026年第5周 or 2026-W05. A week
// belongs to the year of its fourth day, which for weeks from Monday is the
// ISO rule; a fiscal year that does not start in January is named by the year
// in which it ends.
func (c Calendar) Label(t time.Time, g Grain, l text.Lang) string {
	// A period that begins late, such as a day without midnight, is named by
	// the wall clock of its first instant.
	start := Civil(c.Start(t, g), c.zone())
	y, m, d := start.Date()
	zh := l == text.ZH
	switch g {
	case Minute, Hour:
		return start.Format("2006-01-02 15:04")
	case Day:
		if zh {
			return fmt.Sprintf("%d年%d月%d日", y, m, d)
		}
		return start.Format("2 Jan 2006")
	case Week:
		middle := start.AddDate(0, 0, 3)
		week := (middle.YearDay()-1)/7 + 1
		if zh {
			return fmt.Sprintf("%d年第%d周", middle.Year(), week)
		}
		return fmt.Sprintf("%d-W%02d", middle.Year(), week)
	case Month:
		if zh {
			return fmt.Sprintf("%d年%d月", y, m)
		}
		return start.Format("Jan 2006")
	}
	return c.yearLabel(y, m, g, zh)
}

func (c Calendar) yearLabel(y int, m time.Month, g Grain, zh bool) string {
	fiscal := c.yearStart() != time.January
	if fiscal && m >= c.yearStart() {
		y++
	}
	name := fmt.Sprint(y)
	switch {
	case fiscal && zh:
		name += "财年"
	case fiscal:
		name = "FY" + name
	case zh:
		name += "年"
	}
	if g == Year {
		return name
	}
	q := int(m-c.yearStart()+12)%12/3 + 1
	if zh {
		return fmt.Sprintf("%s第%d季度", name, q)
	}
	return fmt.Sprintf("%s Q%d", name, q)
}

// Before says "the week before" for a grain; it is empty for Minute, which
// nobody compares by.
func Before(g Grain) text.Text {
	switch g {
	case Hour:
		return text.Text{ZH: "前一小时", EN: "the hour before"}
	case Day:
		return text.Text{ZH: "前一天", EN: "the day before"}
	case Week:
		return text.Text{ZH: "前一周", EN: "the week before"}
	case Month:
		return text.Text{ZH: "前一个月", EN: "the month before"}
	case Quarter:
		return text.Text{ZH: "前一季度", EN: "the quarter before"}
	case Year:
		return text.Text{ZH: "前一年", EN: "the year before"}
	}
	return text.Text{}
}
