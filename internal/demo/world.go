package demo

import (
	"math"
	"math/rand/v2"
	"time"
)

// world is the business before anything is sold.
type world struct {
	span          span
	seed          uint64
	quiet         bool
	rng           *rand.Rand
	cities        []cityName
	stores        []store
	clerks        []clerk
	categories    []category
	products      []product
	launchProduct []int // by category: the product that waits for a launch
	events        []Event
}

type store struct {
	id      string
	name    named
	city    int
	size    float64 // busy-ness against the average store
	opened  time.Time
	visits  float64 // on a plain day
	convert float64 // share of visits that buy
	online  float64 // orders from outside on a plain day
	clerks  []int
	members []int // those at home here
}

type clerk struct {
	id    string
	name  named
	store int
}

type category struct {
	categoryName
	share float64 // of all lines
}

type product struct {
	id          string
	name        named
	category    int
	price, cost int       // fen
	weight      float64   // inside all products; 0 for those that wait for a launch
	waits       bool      // not sold unless an event launches it
	launched    time.Time // zero: always there
}

type member struct {
	home   int
	joined time.Time
	born   int // year; 0 when not told
	orders int // in a whole life
}

func newWorld(o Options, s span) *world {
	w := &world{span: s, seed: o.Seed, quiet: o.Quiet, rng: rand.New(rand.NewPCG(o.Seed, 0x10de57a2)), cities: cityNames()}
	w.openStores()
	w.hireClerks()
	w.stockProducts()
	return w
}

func (w *world) openStores() {
	for c, city := range w.cities {
		for _, name := range city.stores {
			n := len(w.stores)
			size := 0.75 + 0.5*w.rng.Float64()
			w.stores = append(w.stores, store{
				id: string(appendID(nil, 'S', n+1, 3)), name: named{city.zh + name.zh, city.en + " " + name.en}, city: c,
				size: size, opened: w.span.start.AddDate(-1-w.rng.IntN(6), 0, -w.rng.IntN(300)),
				visits: 46 * size, convert: 0.19 + 0.04*w.rng.Float64(), online: 3.1 * size * (0.85 + 0.3*w.rng.Float64())})
		}
	}
}

func (w *world) hireClerks() {
	family, given := surnames(), givenNames()
	for s := range w.stores {
		for range 4 {
			f, g := family[w.rng.IntN(len(family))], given[w.rng.IntN(len(given))]
			w.stores[s].clerks = append(w.stores[s].clerks, len(w.clerks))
			w.clerks = append(w.clerks, clerk{id: string(appendID(nil, 'C', len(w.clerks)+1, 3)),
				name: named{f.zh + g.zh, g.en + " " + f.en}, store: s})
		}
	}
}

func (w *world) stockProducts() {
	total := 0.0
	for _, c := range categoryNames() {
		w.categories = append(w.categories, category{categoryName: c})
		total += c.weight
	}
	for i := range w.categories {
		c := &w.categories[i]
		c.share = c.weight / total
		weights, sum := make([]float64, len(c.products)), 0.0
		for j := range weights {
			weights[j] = math.Pow(float64(j+1), -0.5) * (0.8 + 0.4*w.rng.Float64())
			sum += weights[j]
		}
		for j, name := range c.products {
			w.addProduct(name, i, c.share*weights[j]/sum, false)
		}
		w.launchProduct = append(w.launchProduct, len(w.products))
		w.addProduct(c.launch, i, 0, true)
	}
}

func (w *world) addProduct(name named, category int, weight float64, waits bool) {
	price := int(math.Round(float64(w.categories[category].price)*(0.8+0.4*w.rng.Float64()))) * 100
	w.products = append(w.products, product{id: string(appendID(nil, 'P', len(w.products)+1, 4)), name: name,
		category: category, price: price, cost: int(float64(price) * (0.38 + 0.1*w.rng.Float64())), weight: weight, waits: waits})
}

// firstMembers makes those who had joined before the data begin.
func (w *world) firstMembers() []member {
	var out []member
	for s := range w.stores {
		for range int(420 * w.stores[s].size) {
			w.stores[s].members = append(w.stores[s].members, len(out))
			out = append(out, member{home: s, joined: w.span.start.AddDate(0, 0, -1-w.rng.IntN(700)),
				born: w.birthYear(), orders: 1 + w.rng.IntN(12)})
		}
	}
	return out
}

func (w *world) birthYear() int {
	if w.rng.IntN(9) == 0 {
		return 0
	}
	return 1965 + w.rng.IntN(42)
}
