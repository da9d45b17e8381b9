package calendar

import (
	"fmt"
	"time"

	"lodestar/internal/text"
)

// Label names the period in which t lies, as 2026年第5周 or 2026-W05. A week
// belongs to the year of its fourth day, which for weeks from Monday is the
// ISO rule; a fiscal year that does not start in January is named by the year
// in which it ends. A fiscal year of weeks is named as its calendar says, and
// its periods are numbered: FY2024 W03. A period with a name is called by it,
// and a gap has no name.
func (c Calendar) Label(t time.Time, g Grain, l text.Lang) string {
	// A period that begins late, such as a day without midnight, is named by
	// the wall clock of its first instant.
	start := Civil(c.Start(t, g), c.zone())
	y, m, d := start.Date()
	zh := l == text.ZH
	if c.gapped(g) != nil {
		return c.gappedLabel(Civil(t, c.zone()), g, l)
	}
	if g = c.plain(g); isFiscal(g) {
		return c.fiscalLabel(start, g, zh)
	}
	switch g {
	case Millisecond:
		return start.Format("2006-01-02 15:04:05.000")
	case Second:
		return start.Format("2006-01-02 15:04:05")
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

func (c Calendar) gappedLabel(civil time.Time, g Grain, l text.Lang) string {
	s, in := c.gapped(g).find(civil)
	switch {
	case !in:
		return ""
	case !s.Label.IsZero():
		return s.Label.In(l)
	case l == text.ZH:
		return fmt.Sprintf("%d年%d月%d日", s.From.Year(), s.From.Month(), s.From.Day())
	}
	return s.From.Format("2 Jan 2006")
}

func (c Calendar) fiscalLabel(start time.Time, g Grain, zh bool) string {
	year, n := c.Fiscal.ordinal(start, g)
	if zh {
		unit := map[Grain]string{FiscalWeek: "第%d周", FiscalMonth: "第%d月", FiscalQuarter: "第%d季度"}[g]
		if unit == "" {
			return fmt.Sprintf("%d财年", year)
		}
		return fmt.Sprintf("%d财年"+unit, year, n)
	}
	unit := map[Grain]string{FiscalWeek: " W%02d", FiscalMonth: " M%02d", FiscalQuarter: " Q%d"}[g]
	if unit == "" {
		return fmt.Sprintf("FY%d", year)
	}
	return fmt.Sprintf("FY%d"+unit, year, n)
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
	case FiscalWeek:
		return text.Text{ZH: "前一财周", EN: "the fiscal week before"}
	case FiscalMonth:
		return text.Text{ZH: "前一财月", EN: "the fiscal month before"}
	case FiscalQuarter:
		return text.Text{ZH: "前一财季", EN: "the fiscal quarter before"}
	case FiscalYear:
		return text.Text{ZH: "前一财年", EN: "the fiscal year before"}
	case WorkingDay:
		return text.Text{ZH: "前一个工作日", EN: "the working day before"}
	case TradingDay:
		return text.Text{ZH: "前一个交易日", EN: "the trading day before"}
	}
	return text.Text{}
}
