package demo

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"time"
)

//go:embed retail/*.yaml
var retail embed.FS

// documents reads the definitions of the template.
func documents() ([]Document, error) {
	entries, err := fs.ReadDir(retail, "retail")
	if err != nil {
		return nil, fmt.Errorf("demo definitions: %w", err)
	}
	var out []Document
	for _, e := range entries {
		b, err := retail.ReadFile("retail/" + e.Name())
		if err != nil {
			return nil, fmt.Errorf("demo definitions: %w", err)
		}
		out = append(out, Document{Name: e.Name(), Text: b})
	}
	return out, nil
}

// targetsYAML sets targets that a good team would just reach: a little above
// what the weeks before the last one brought.
func targetsYAML(s span, st stats) []byte {
	var b bytes.Buffer
	usual := 0
	weeks := st.repeatOrders[:s.weeks-1]
	weeks = weeks[len(weeks)-4:]
	for _, n := range weeks {
		usual += n
	}
	usual = usual / len(weeks) / 10 * 10
	b.WriteString(`kind: Target
metadata:
  name: weekly_repeat_orders
  title: {zh: 会员复购单量周目标, en: Weekly target for repeat orders}
  owner: mei.zhou
  domain: growth
spec:
  metric: repeat_orders
  period: week
  pace: history
  values:
`)
	for i := -12; i <= 4; i++ {
		if i < 1-s.weeks {
			continue
		}
		week := s.lastWeek.AddDate(0, 0, 7*i)
		value := float64(usual) * (1.02 + 0.002*float64(i))
		fmt.Fprintf(&b, "    %s: %d\n", week.Format(time.DateOnly), int(value)/10*10)
	}
	b.WriteString(`---
kind: Target
metadata:
  name: monthly_revenue
  title: {zh: 销售额月目标, en: Monthly target for revenue}
  owner: hao.chen
  domain: sales
spec:
  metric: revenue
  period: month
  pace: history
  values:
`)
	perDay := revenuePerDay(s, st)
	first := time.Date(s.end.Year(), s.end.Month(), 1, 0, 0, 0, 0, s.end.Location())
	for i := -5; i <= 2; i++ {
		month := first.AddDate(0, i, 0)
		days := month.AddDate(0, 1, 0).Sub(month).Hours() / 24
		fmt.Fprintf(&b, "    %s: %d\n", month.Format("2006-01"), int(perDay*days*1.02)/1000*1000)
	}
	return b.Bytes()
}

// revenuePerDay is the daily revenue in yuan over the last two whole months,
// or over all there is.
func revenuePerDay(s span, st stats) float64 {
	from := time.Date(s.end.Year(), s.end.Month()-2, 1, 0, 0, 0, 0, s.end.Location())
	to := from.AddDate(0, 2, 0)
	if from.Before(s.start) {
		from, to = s.start, s.end
	}
	fen := 0
	for m := from.Year()*12 + int(from.Month()) - 1; m < to.Year()*12+int(to.Month())-1 || m == from.Year()*12+int(from.Month())-1; m++ {
		fen += st.revenue[m]
	}
	return float64(fen) / 100 / (to.Sub(from).Hours() / 24)
}
