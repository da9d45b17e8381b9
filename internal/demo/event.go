package demo

import (
	"time"

	"lodestar/internal/text"
)

// Kind is a row of the table of events.
type Kind string

// The kinds. README.md describes each.
const (
	ConversionFall Kind = "conversion_fall"
	Promotion      Kind = "promotion"
	Launch         Kind = "launch"
	LateFeed       Kind = "late_feed"
)

// Event is something planted in the data.
type Event struct {
	Kind   Kind
	Main   bool      // began with the last complete week: what explain should name
	From   time.Time // first day
	To     time.Time // day after the last; zero while it goes on
	Metric string    // where it shows best
	// Members name what was hit: each is one dimension and the value in it. Any
	// of them is a right answer. Empty for a late feed.
	Members []Member
	Dataset string // whose rows are missing, for a late feed
	// Factor is what the planted rate was multiplied with (conversion_fall), or
	// the revenue that was added as a share of the usual revenue (promotion,
	// launch).
	Factor float64
	Text   text.Text

	store, category, product int
	channel                  string
}

// Member is a value of a dimension.
type Member struct{ Dimension, Value string }

func (e *Event) on(day time.Time) bool {
	return !day.Before(e.From) && (e.To.IsZero() || day.Before(e.To))
}

// drawEvents plants the main event, a late feed and, when there is enough
// history, one older event of each kind.
func (w *world) drawEvents(o Options) {
	if o.Quiet {
		return
	}
	kinds := []Kind{ConversionFall, Promotion, Launch}
	main := kinds[w.rng.IntN(len(kinds))]
	if o.Main != "" && o.Main != LateFeed {
		main = o.Main
	}
	if o.Main != LateFeed {
		w.plant(main, w.span.lastWeek, time.Time{}, true)
	}
	w.plantLateFeed(main, o.Main == LateFeed)
	weeksAgo := func(n int) time.Time { return w.span.lastWeek.AddDate(0, 0, -7*n) }
	old := func(k Kind, ago, weeks int) {
		if ago+8 < w.span.weeks {
			w.plant(k, weeksAgo(ago), weeksAgo(ago-weeks), false)
		}
	}
	old(ConversionFall, 18+w.rng.IntN(6), 2)
	old(Promotion, 30+w.rng.IntN(6), 2)
	old(Launch, 50+w.rng.IntN(10), 0)
}

func (w *world) plant(k Kind, from, to time.Time, main bool) {
	e := Event{Kind: k, Main: main, From: from, To: to, store: -1, category: -1, product: -1}
	if !to.After(from) {
		e.To = time.Time{}
	}
	switch k {
	case ConversionFall:
		w.drawConversionFall(&e)
	case Promotion:
		w.drawPromotion(&e)
	case Launch:
		w.drawLaunch(&e)
	}
	w.events = append(w.events, e)
}

func (w *world) drawConversionFall(e *Event) {
	for {
		e.store = w.rng.IntN(len(w.stores))
		if w.stores[e.store].size >= 1 && !w.taken(func(o Event) bool { return o.store == e.store }) {
			break
		}
	}
	s := w.stores[e.store]
	e.Factor = 0.18 + 0.14*w.rng.Float64()
	e.Metric = "conversion"
	e.Members = []Member{{"store.name", s.name.zh}, {"store.name_en", s.name.en}, {"store_id", s.id}}
	e.Text = text.Text{
		ZH: "{store}的成交率跌到原来的 {percent}%（收银系统故障，顾客排队离开）",
		EN: "conversion at {store} fell to {percent} % of what it was (the tills failed and people left the queue)",
	}.With("store", text.Text{ZH: s.name.zh, EN: s.name.en}, "percent", int(100*e.Factor))
}

func (w *world) drawPromotion(e *Event) {
	for {
		e.category = w.rng.IntN(len(w.categories))
		weight := w.categories[e.category].weight
		if weight >= 0.7 && !w.taken(func(o Event) bool { return o.category == e.category }) {
			break
		}
	}
	c := w.categories[e.category]
	e.channel = []string{"delivery", "app"}[w.rng.IntN(2)]
	e.Factor = 0.14 + 0.04*w.rng.Float64()
	e.Metric = "revenue"
	e.Members = []Member{{"product.category.name", c.zh}, {"product.category.name_en", c.en}, {"channel", e.channel}, {"order.channel", e.channel}}
	e.Text = text.Text{
		ZH: "{category}在{channel}渠道做促销，单量大增，投诉率也升到平时的 3 倍",
		EN: "a promotion of {category} in the channel {channel} lifted orders, and complaints there rose to three times the usual rate",
	}.With("category", text.Text{ZH: c.zh, EN: c.en}, "channel", channelTitle(e.channel))
}

func (w *world) drawLaunch(e *Event) {
	for {
		e.category = w.rng.IntN(len(w.categories))
		if !w.taken(func(o Event) bool { return o.category == e.category }) {
			break
		}
	}
	c := w.categories[e.category]
	e.product = w.launchProduct[e.category]
	w.products[e.product].launched = e.From
	e.Factor = 0.14 + 0.04*w.rng.Float64()
	e.Metric = "revenue"
	e.Members = []Member{{"product.name", c.launch.zh}, {"product.name_en", c.launch.en}, {"product_id", w.products[e.product].id}}
	e.Text = text.Text{
		ZH: "新品{product}上市，拉动销售额，同品类的老品略有下滑",
		EN: "the new product {product} came out and lifted revenue, at a small cost to its own category",
	}.With("product", text.Text{ZH: c.launch.zh, EN: c.launch.en})
}

func (w *world) taken(by func(Event) bool) bool {
	for _, o := range w.events {
		if by(o) {
			return true
		}
	}
	return false
}

// plantLateFeed stops one feed two to four days before the end of the last
// complete week. It spares the feeds by which the main event is seen.
func (w *world) plantLateFeed(main Kind, alone bool) {
	datasets := []string{"returns", "complaints"}
	if main == Promotion {
		datasets = []string{"returns"}
	}
	if alone {
		datasets = []string{"returns", "complaints", "visits"}
	}
	d := datasets[w.rng.IntN(len(datasets))]
	metric := map[string]string{"returns": "returned_amount", "complaints": "complaints", "visits": "visits"}[d]
	title := map[string]text.Text{"returns": {ZH: "退货", EN: "Returns"}, "complaints": {ZH: "投诉", EN: "Complaints"},
		"visits": {ZH: "客流", EN: "Visits"}}[d]
	w.events = append(w.events, Event{Kind: LateFeed, Main: alone, Dataset: d, Metric: metric,
		From: w.span.lastWeek.AddDate(0, 0, 3+w.rng.IntN(3)), store: -1, category: -1, product: -1,
		Text: text.Text{ZH: "{dataset}数据停在上周中间，尚未补齐：少的是数据，不是业务",
			EN: "the feed of {dataset} stopped in the middle of last week: data are missing, the business did not fall"}.With("dataset", title)})
}

// cut gives the time from which a dataset has no rows; zero when its feed is
// on time.
func (w *world) cut(dataset string) time.Time {
	for _, e := range w.events {
		if e.Kind == LateFeed && e.Dataset == dataset {
			return e.From
		}
	}
	return time.Time{}
}

func channelTitle(c string) text.Text {
	return map[string]text.Text{"store": {ZH: "到店", EN: "store"}, "delivery": {ZH: "外卖", EN: "delivery"},
		"app": {ZH: "小程序", EN: "app"}}[c]
}
