package demo

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// seller walks through the days and writes what happens.
type seller struct {
	*world
	rng     *rand.Rand
	members []member

	orders, lines, visits, returns, complaints *table
	orderNo, returnNo, complaintNo             int

	carry    map[string]float64 // fractions of whole things left over, by what
	products [2]sequence        // which product a line has: 0 in all, 1 inside a promotion
	choices  sequence
	cdf      []float64 // of the products on sale this week
	onSale   []int
	stats    stats
	pending  []complaint
	app      []appOrder
	noise    noise
}

// stats is what targets are made from.
type stats struct {
	repeatOrders []int       // by complete week
	revenue      map[int]int // fen by year*12+month
}

// sequence spreads its numbers evenly over [0,1): by quota rather than by
// chance, so that weekly shares hardly wobble.
type sequence struct{ at, step float64 }

func (s *sequence) next() float64 {
	s.at += s.step
	s.at -= math.Floor(s.at)
	return s.at
}

// noise is drawn anew each week.
type noise struct {
	all             float64
	visits, convert []float64 // by store
	online          []float64
	products        []float64 // how much more than usual each is liked: its category's noise times its own
}

func (s *seller) drawNoise() {
	n := len(s.stores)
	around := func(sd float64) float64 { return math.Exp(sd * s.rng.NormFloat64()) }
	s.noise = noise{all: around(0.003), visits: make([]float64, n), convert: make([]float64, n), online: make([]float64, n)}
	for i := range n {
		s.noise.visits[i], s.noise.convert[i], s.noise.online[i] = around(0.018), around(0.014), around(0.02)
	}
	categories := make([]float64, len(s.categories))
	for i := range categories {
		categories[i] = around(0.03)
	}
	for _, p := range s.world.products {
		s.noise.products = append(s.noise.products, categories[p.category]*around(0.03))
	}
}

// whole turns an expected count into a whole one and carries the rest over.
func (s *seller) whole(what string, expected float64) int {
	sum := s.carry[what] + expected
	n := math.Floor(sum)
	s.carry[what] = sum - n
	return int(n)
}

func (s *seller) sellDay(i int) {
	day := s.span.day(i)
	if i%7 == 0 {
		s.drawNoise()
		s.priceShelves(day)
		if i/7 < s.span.weeks {
			s.stats.repeatOrders = append(s.stats.repeatOrders, 0)
		}
	}
	base := demand(day, i) * s.noise.all
	online := base * (0.75 + 0.35*math.Min(1, float64(i)/730))
	for st := range s.stores {
		s.storeDay(st, day, base, online)
	}
	s.promotionDay(day, base)
	s.fileComplaints(day)
}

func (s *seller) storeDay(st int, day time.Time, base, online float64) {
	shop := &s.stores[st]
	convert := shop.convert * s.noise.convert[st]
	for k := range s.events {
		if e := &s.events[k]; e.Kind == ConversionFall && e.store == st && e.on(day) {
			convert *= e.Factor
		}
	}
	visits := s.whole("visits"+shop.id, shop.visits*base*s.noise.visits[st]*math.Exp(0.025*s.rng.NormFloat64()))
	s.writeVisits(shop, day, visits)
	for range s.whole("store"+shop.id, float64(visits)*convert) {
		s.sell(sale{store: st, day: day, channel: "store", promotion: -1})
	}
	outside := shop.online * online * s.noise.online[st]
	for range s.whole("delivery"+shop.id, 0.65*outside) {
		s.sell(sale{store: st, day: day, channel: "delivery", promotion: -1})
	}
	for range s.whole("app"+shop.id, 0.35*outside) {
		s.sell(sale{store: st, day: day, channel: "app", promotion: -1})
	}
}

func (s *seller) writeVisits(shop *store, day time.Time, visits int) {
	if cut := s.cut("visits"); !cut.IsZero() && !day.Before(cut) {
		return
	}
	weights := hourWeights()
	left, leftWeight := visits, 0.0
	for _, x := range weights {
		leftWeight += x
	}
	for h, x := range weights {
		n := int(math.Round(float64(left) * x / leftWeight))
		left, leftWeight = left-n, leftWeight-x
		if n > 0 {
			s.visits.text(shop.id)
			s.visits.time(day.Add(time.Duration(openingHour+h) * time.Hour))
			s.visits.int(n)
			s.visits.end()
		}
	}
}

// promotionDay adds the orders that a promotion brings: lines of one category
// only, in one channel, spread over all stores.
func (s *seller) promotionDay(day time.Time, base float64) {
	for k := range s.events {
		e := &s.events[k]
		if e.Kind != Promotion || !e.on(day) {
			continue
		}
		price := 100 * float64(s.categories[e.category].price) * promotionPieces * (1 - promotionDiscount)
		for st := range s.stores {
			shop := &s.stores[st]
			usual := (shop.visits*shop.convert + shop.online) * base
			for range s.whole("promotion"+shop.id, e.Factor*usual*usualOrder/price) {
				s.sell(sale{store: st, day: day, channel: e.channel, promotion: e.category})
			}
		}
	}
}

const (
	usualOrder        = 6200 // fen in an average order
	promotionPieces   = 1.5  // in an order that a promotion brings
	promotionDiscount = 0.20
)

// priceShelves sets which products are on sale and how often each is bought.
func (s *seller) priceShelves(day time.Time) {
	lost := map[int]float64{}
	for k := range s.events {
		if e := &s.events[k]; e.Kind == Launch && e.on(day) {
			lost[e.category] = 0.25
		}
	}
	s.onSale, s.cdf = s.onSale[:0], s.cdf[:0]
	sum := 0.0
	for p, x := range s.world.products {
		if x.weight > 0 {
			sum += x.weight * s.noise.products[p] * (1 - lost[x.category])
			s.onSale, s.cdf = append(s.onSale, p), append(s.cdf, sum)
		}
	}
}

func (s *seller) pickProduct() int {
	u := s.products[0].next() * s.cdf[len(s.cdf)-1]
	i, _ := slices.BinarySearchFunc(s.cdf, u, cmp.Compare)
	return s.onSale[min(i, len(s.onSale)-1)]
}

func (s *seller) pickInCategory(category int) int {
	first := 0
	for first < len(s.world.products) && s.world.products[first].category != category {
		first++
	}
	n := len(s.categories[category].products)
	return first + int(s.products[1].next()*float64(n))
}
