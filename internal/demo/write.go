package demo

import (
	"errors"
	"math"
	"math/rand/v2"
)

// write makes all files in dir.
func (w *world) write(dir string) (stats, []Message, error) {
	if err := w.writeMasters(dir); err != nil {
		return stats{}, nil, err
	}
	s := &seller{world: w, rng: rand.New(rand.NewPCG(w.rng.Uint64(), 0x5e11e7)), carry: map[string]float64{},
		stats: stats{revenue: map[int]int{}}, members: w.firstMembers(),
		orders:     newTable(dir, "orders.csv", "order_id", "ordered_at", "store_id", "clerk_id", "member_id", "member_order_no", "channel", "payment", "amount"),
		lines:      newTable(dir, "order_lines.csv", "order_id", "line", "ordered_at", "store_id", "member_id", "channel", "product_id", "quantity", "amount", "discount", "cost"),
		visits:     newTable(dir, "visits.csv", "store_id", "hour", "visits"),
		returns:    newTable(dir, "returns.csv", "return_id", "returned_at", "order_id", "store_id", "product_id", "channel", "quantity", "amount", "reason"),
		complaints: newTable(dir, "complaints.csv", "投诉编号", "投诉时间", "门店编号", "订单编号", "渠道", "投诉原因", "处理时长（小时）"),
	}
	s.products[0] = sequence{s.rng.Float64(), math.Sqrt(5)/2 - 0.5}
	s.products[1] = sequence{s.rng.Float64(), math.Sqrt2 - 1}
	s.choices = sequence{s.rng.Float64(), math.Sqrt(3) - 1}
	for i := range w.span.days {
		s.sellDay(i)
	}
	accounts, ofMember := s.accounts()
	return s.stats, s.report(accounts, ofMember), errors.Join(s.writeContacts(dir, accounts), s.orders.close(), s.lines.close(), s.visits.close(), s.returns.close(),
		s.complaints.close(), s.writeMembers(dir))
}

func (w *world) writeMasters(dir string) error {
	regions := newTable(dir, "regions.csv", "region_id", "name", "name_en")
	for i, r := range regionNames() {
		regions.id('A', i+1, 1)
		regions.text(r.zh)
		regions.text(r.en)
		regions.end()
	}
	cities := newTable(dir, "cities.csv", "city_id", "name", "name_en", "region_id")
	for i, c := range w.cities {
		cities.id('U', i+1, 2)
		cities.text(c.zh)
		cities.text(c.en)
		cities.id('A', c.region+1, 1)
		cities.end()
	}
	stores := newTable(dir, "stores.csv", "store_id", "name", "name_en", "city_id", "format", "opened_on")
	for _, s := range w.stores {
		stores.text(s.id)
		stores.text(s.name.zh)
		stores.text(s.name.en)
		stores.id('U', s.city+1, 2)
		stores.text(map[bool]string{true: "flagship", false: "standard"}[s.size > 1.1])
		stores.date(s.opened)
		stores.end()
	}
	clerks := newTable(dir, "clerks.csv", "clerk_id", "name", "name_en", "store_id")
	for _, c := range w.clerks {
		clerks.text(c.id)
		clerks.text(c.name.zh)
		clerks.text(c.name.en)
		clerks.text(w.stores[c.store].id)
		clerks.end()
	}
	return errors.Join(regions.close(), cities.close(), stores.close(), clerks.close(), w.writeProducts(dir))
}

func (w *world) writeProducts(dir string) error {
	categories := newTable(dir, "categories.csv", "category_id", "name", "name_en", "parent_id")
	groups := groupNames()
	for i, g := range groups {
		categories.id('K', i+1, 2)
		categories.text(g.zh)
		categories.text(g.en)
		categories.null()
		categories.end()
	}
	for i, c := range w.categories {
		categories.id('K', len(groups)+i+1, 2)
		categories.text(c.zh)
		categories.text(c.en)
		categories.id('K', c.group+1, 2)
		categories.end()
	}
	products := newTable(dir, "products.csv", "product_id", "name", "name_en", "category_id", "price", "launched_on")
	for _, p := range w.products {
		if p.waits && p.launched.IsZero() {
			continue
		}
		products.text(p.id)
		products.text(p.name.zh)
		products.text(p.name.en)
		products.id('K', len(groups)+p.category+1, 2)
		products.money(p.price)
		if p.launched.IsZero() {
			products.null()
		} else {
			products.date(p.launched)
		}
		products.end()
	}
	return errors.Join(categories.close(), products.close())
}

// writeMembers comes last: members join while selling.
func (s *seller) writeMembers(dir string) error {
	t := newTable(dir, "members.csv", "member_id", "level", "joined_on", "birth_year", "home_store_id")
	for i, m := range s.members {
		t.id('M', i+1, 6)
		switch {
		case m.orders >= 25:
			t.text("gold")
		case m.orders >= 10:
			t.text("silver")
		default:
			t.text("basic")
		}
		t.date(m.joined)
		if m.born == 0 {
			t.null()
		} else {
			t.int(m.born)
		}
		if i%50 == 7 { // joined through a partner; no home store known
			t.null()
		} else {
			t.text(s.stores[m.home].id)
		}
		t.end()
	}
	return t.close()
}
