package demo

import (
	"math"
	"math/rand/v2"
	"time"
)

// sale is one order about to be written.
type sale struct {
	store     int
	day       time.Time
	channel   string
	promotion int // category whose promotion brought it; -1 for none
}

// line is one line of an order.
type line struct {
	product, quantity, discount, amount int // discount and amount in fen
	orphan                              bool
}

func (s *seller) sell(o sale) {
	s.orderNo++
	at := o.day.Add(s.timeOfDay())
	m, number := s.buyer(o)
	lines := s.basket(o)
	amount := 0
	for _, l := range lines {
		amount += l.amount
	}
	s.writeOrder(o, at, m, number, amount)
	for i, l := range lines {
		s.writeLine(o, at, m, i+1, l)
	}
	s.count(at, number, amount)
	s.noteApp(o, at, m, amount, lines)
	s.maybeComplain(o, at)
}

func (s *seller) count(at time.Time, number, amount int) {
	week := int(at.Sub(s.span.start).Hours()/24) / 7
	if number >= 2 && week < len(s.stats.repeatOrders) {
		s.stats.repeatOrders[week]++
	}
	s.stats.revenue[at.Year()*12+int(at.Month())-1] += amount
}

func (s *seller) timeOfDay() time.Duration { return timeOfDay(s.rng) }

func timeOfDay(rng *rand.Rand) time.Duration {
	weights := hourWeights()
	total, h := 0.0, 0
	for _, x := range weights {
		total += x
	}
	for u := rng.Float64() * total; h < len(weights)-1 && u > weights[h]; h++ {
		u -= weights[h]
	}
	return time.Duration(openingHour+h)*time.Hour + time.Duration(rng.IntN(3600))*time.Second
}

// buyer gives the member who buys and which order in their life this is; -1
// and 0 for someone who is not a member.
func (s *seller) buyer(o sale) (int, int) {
	share := 0.58
	if o.channel != "store" {
		share = 0.80
	}
	if s.choices.next() >= share {
		return -1, 0
	}
	home := &s.stores[o.store]
	var m int
	switch u := s.rng.Float64(); {
	case u < 0.085:
		m = len(s.members)
		s.members = append(s.members, member{home: o.store, joined: o.day, born: s.birthYear()})
		home.members = append(home.members, m)
	case u < 0.90:
		m = home.members[s.lean(len(home.members))]
	default:
		m = s.rng.IntN(len(s.members))
	}
	s.members[m].orders++
	return m, s.members[m].orders
}

// lean picks an index, the later (newer members) somewhat more often.
func (s *seller) lean(n int) int {
	return int(float64(n) * math.Pow(s.rng.Float64(), 0.8))
}

func (s *seller) basket(o sale) []line {
	if o.promotion >= 0 {
		return []line{s.price(s.pickInCategory(o.promotion), 1+s.rng.IntN(2), promotionDiscount)}
	}
	n := 1
	switch u := s.rng.Float64(); {
	case u > 0.90:
		n = 3
	case u > 0.45:
		n = 2
	}
	discount := 0.04
	if o.channel != "store" {
		discount = 0.08
	}
	lines := make([]line, 0, n+1)
	for range n {
		quantity := 1
		if s.rng.Float64() > 0.86 {
			quantity = 2
		}
		lines = append(lines, s.price(s.pickProduct(), quantity, discount))
	}
	for k := range s.events {
		if e := &s.events[k]; e.Kind == Launch && e.on(o.day) && s.whole("launch"+s.world.products[e.product].id, s.launchRate(e)) > 0 {
			lines = append(lines, s.price(e.product, 1, 0))
		}
	}
	return lines
}

// launchRate is how many orders in one take the new product: enough to lift
// revenue by the event's share whatever the product costs.
func (s *seller) launchRate(e *Event) float64 {
	return e.Factor * usualOrder / float64(s.world.products[e.product].price)
}

func (s *seller) price(product, quantity int, discount float64) line {
	full := s.world.products[product].price * quantity
	off := int(float64(full)*discount) / 10 * 10
	return line{product: product, quantity: quantity, discount: off, amount: full - off, orphan: s.rng.IntN(900) == 0}
}

func (s *seller) writeOrder(o sale, at time.Time, m, number, amount int) {
	t, shop := s.orders, &s.stores[o.store]
	t.id('O', s.orderNo, 7)
	t.time(at)
	t.text(shop.id)
	if s.rng.IntN(200) == 0 { // the till did not say who served
		t.null()
	} else {
		t.text(s.clerks[shop.clerks[s.rng.IntN(len(shop.clerks))]].id)
	}
	if m < 0 {
		t.null()
		t.null()
	} else {
		t.id('M', m+1, 6)
		t.int(number)
	}
	t.text(o.channel)
	t.text([]string{"wechat", "wechat", "alipay", "card", "cash"}[s.rng.IntN(5)])
	t.money(amount)
	t.end()
}

func (s *seller) writeLine(o sale, at time.Time, m, number int, l line) {
	t := s.lines
	t.id('O', s.orderNo, 7)
	t.int(number)
	t.time(at)
	t.text(s.stores[o.store].id)
	if m < 0 {
		t.null()
	} else {
		t.id('M', m+1, 6)
	}
	t.text(o.channel)
	product := s.world.products[l.product].id
	if l.orphan { // an old code that is gone from the product list
		product = "P9" + product[2:]
	}
	t.text(product)
	t.int(l.quantity)
	t.money(l.amount)
	t.money(l.discount)
	t.money(s.world.products[l.product].cost * l.quantity)
	t.end()
	if l.quantity > 0 && s.whole("returns", 0.022) > 0 {
		s.writeReturn(o, at, product, l)
	}
}

func (s *seller) writeReturn(o sale, at time.Time, product string, l line) {
	back := o.day.AddDate(0, 0, 1+s.rng.IntN(3)).Add(s.timeOfDay())
	if !back.Before(s.feedEnd("returns")) {
		return
	}
	s.returnNo++
	t := s.returns
	t.id('R', s.returnNo, 6)
	t.time(back)
	t.id('O', s.orderNo, 7)
	t.text(s.stores[o.store].id)
	t.text(product)
	t.text(o.channel)
	t.int(l.quantity)
	t.money(l.amount)
	t.text([]string{"quality", "wrong_item", "late", "changed_mind"}[s.rng.IntN(4)])
	t.end()
}

// feedEnd is when a dataset's rows stop: midnight of today, or earlier when
// its feed is late.
func (s *seller) feedEnd(dataset string) time.Time {
	if cut := s.cut(dataset); !cut.IsZero() {
		return cut
	}
	return s.span.end
}
