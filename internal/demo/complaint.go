package demo

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

type complaint struct {
	at             time.Time
	store, orderNo int
	channel, topic string
	minutes        int // until it was answered; 0 while open
}

func (s *seller) maybeComplain(o sale, at time.Time) {
	rate := map[string]float64{"store": 0.015, "delivery": 0.035, "app": 0.025}[o.channel]
	for k := range s.events {
		if e := &s.events[k]; e.Kind == Promotion && e.on(o.day) && e.channel == o.channel {
			rate *= 3
		}
	}
	if s.whole("complaints"+o.channel, rate) == 0 {
		return
	}
	c := complaint{at: at.Add(time.Duration(20+s.rng.IntN(400)) * time.Minute), store: o.store, orderNo: s.orderNo,
		channel: o.channel, topic: s.topic(o.channel), minutes: 15 + int(240*s.rng.ExpFloat64())}
	if s.rng.IntN(25) == 0 {
		c.minutes = 0
	}
	s.pending = append(s.pending, c)
}

func (s *seller) topic(channel string) string {
	topics := []string{"等待太久", "口味", "服务态度", "价格与优惠", "卫生"}
	if channel != "store" {
		topics = []string{"配送超时", "送错餐品", "包装破损", "价格与优惠", "口味"}
	}
	return topics[s.rng.IntN(len(topics))]
}

// fileComplaints writes those that came in up to the end of the day, oldest
// first.
func (s *seller) fileComplaints(day time.Time) {
	slices.SortStableFunc(s.pending, func(a, b complaint) int { return cmp.Compare(a.at.Unix(), b.at.Unix()) })
	midnight, end := day.AddDate(0, 0, 1), s.feedEnd("complaints")
	n := 0
	for _, c := range s.pending {
		if !c.at.Before(midnight) {
			break
		}
		n++
		if c.at.Before(end) {
			s.writeComplaint(c)
		}
	}
	s.pending = slices.Delete(s.pending, 0, n)
}

func (s *seller) writeComplaint(c complaint) {
	s.complaintNo++
	t := s.complaints
	t.id('T', s.complaintNo, 6)
	t.time(c.at)
	t.text(s.stores[c.store].id)
	if s.rng.IntN(12) == 0 { // nobody noted the order
		t.null()
	} else {
		t.id('O', c.orderNo, 7)
	}
	t.text(c.channel)
	t.text(c.topic)
	switch {
	case c.minutes == 0:
		t.null()
	case !s.quiet && s.complaintNo%9 == 4 && c.minutes > 240 && !c.at.Before(s.span.end.AddDate(0, 0, -21)):
		t.text(strconv.Itoa(c.minutes)) // typed in as minutes
	default:
		t.text(strconv.FormatFloat(float64(c.minutes)/60, 'f', 2, 64))
	}
	t.end()
}
