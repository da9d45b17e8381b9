package shopdata

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"
)

// Options says what to write.
type Options struct {
	Lines    int  // order lines
	BadEvery int  // one line in so many has a quantity that is no number; 0 for none
	Chinese  bool // channels in Chinese, to give an encoding something to do
}

// Sizes of the small tables.
const (
	Stores     = 400
	Cities     = 40
	Products   = 5000
	Categories = 60
	Customers  = 500_000
	Days       = 731 // 2024-01-01 to 2025-12-31
)

// Header is the first line of order_lines.csv.
const Header = "order_id,line_no,ordered_at,store_id,product_id,customer_id,channel,quantity,amount,discount\n"

const blockLines = 100_000

// WriteAll writes every table as NAME.csv into dir.
func WriteAll(dir string, o Options) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	tables := []struct {
		name  string
		write func(io.Writer) error
	}{
		{"cities", writeCities}, {"stores", writeStores}, {"categories", writeCategories}, {"products", writeProducts},
		{"customers", writeCustomers}, {"visits", writeVisits}, {"returns", func(w io.Writer) error { return writeReturns(w, o.Lines/40) }},
		{"order_lines", func(w io.Writer) error { return WriteLines(w, o) }},
	}
	for _, t := range tables {
		if err := toFile(filepath.Join(dir, t.name+".csv"), t.write); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	return nil
}

func toFile(path string, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	b := bufio.NewWriterSize(f, 1<<20)
	if err := write(b); err != nil {
		f.Close()
		return err
	}
	if err := b.Flush(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// WriteLines writes order_lines.csv. Blocks are made in parallel and written
// in order.
func WriteLines(w io.Writer, o Options) error {
	if _, err := io.WriteString(w, Header); err != nil {
		return err
	}
	g := newGenerator(o)
	blocks := (o.Lines + blockLines - 1) / blockLines
	ready := make([]chan []byte, blocks)
	for i := range ready {
		ready[i] = make(chan []byte, 1)
	}
	slots := make(chan struct{}, runtime.GOMAXPROCS(0)+1)
	go func() {
		for i := range blocks {
			slots <- struct{}{}
			go func() { ready[i] <- g.block(i, blocks) }()
		}
	}()
	var failed error
	for i := range blocks {
		b := <-ready[i]
		<-slots
		if failed == nil {
			_, failed = w.Write(b)
		}
	}
	return failed
}

type generator struct {
	Options
	days   []string // by day: "2024-01-01 "
	prices []int    // fen, by product
}

func newGenerator(o Options) *generator {
	g := &generator{Options: o, prices: prices()}
	first := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range Days {
		g.days = append(g.days, first.AddDate(0, 0, i).Format("2006-01-02 "))
	}
	return g
}

func prices() []int {
	r := rand.New(rand.NewPCG(2, 2))
	out := make([]int, Products+100)
	for i := range out {
		out[i] = 500 + 10*r.IntN(1150)
	}
	return out
}

// block writes lines [i*blockLines, …) into a buffer of its own, drawn by a
// seed of its own. Time runs evenly over all blocks.
func (g *generator) block(i, blocks int) []byte {
	r := rand.New(rand.NewPCG(1, uint64(i)))
	n := min(blockLines, g.Lines-i*blockLines)
	out := make([]byte, 0, n*80)
	span := float64(Days*86400) / float64(blocks)
	var order order
	left := 0
	for k := range n {
		if left == 0 {
			left = min(1+r.IntN(4), n-k)
			order = g.order(r, i*blockLines+k, int(span*(float64(i)+float64(k)/float64(n))))
		}
		out = g.line(out, r, &order, i*blockLines+k)
		left--
	}
	return out
}

type order struct {
	id, line, second, store, customer int
	channel                           string
}

func (g *generator) order(r *rand.Rand, id, second int) order {
	o := order{id: id + 1, second: second, store: 1 + lean(r, Stores, 1.3), customer: 1 + lean(r, Customers, 1.2)}
	if r.IntN(50) == 0 {
		o.customer = 0
	}
	names := [3]string{"web", "app", "shop"}
	if g.Chinese {
		names = [3]string{"网店", "小程序", "门店"}
	}
	u := r.IntN(100)
	switch {
	case u < 30:
		o.channel = names[0]
	case u < 65:
		o.channel = names[1]
	default:
		o.channel = names[2]
	}
	return o
}

// lean picks from 0 to n-1, small numbers more often as power grows above 1.
func lean(r *rand.Rand, n int, power float64) int {
	return int(float64(n) * math.Pow(r.Float64(), power))
}

func (g *generator) line(b []byte, r *rand.Rand, o *order, number int) []byte {
	o.line++
	product := 1 + lean(r, Products, 1.6)
	if r.IntN(2000) == 0 {
		product = Products + 1 + r.IntN(50) // not in the list
	}
	quantity := 1 + r.IntN(3)*r.IntN(2)
	full := g.prices[product] * quantity
	discount := 0
	if r.IntN(4) == 0 {
		discount = full * (5 + r.IntN(20)) / 100
	}
	b = strconv.AppendInt(b, int64(o.id), 10)
	b = append(b, ',')
	b = strconv.AppendInt(b, int64(o.line), 10)
	b = append(b, ',')
	b = append(b, g.days[o.second/86400]...)
	b = clock(b, o.second%86400)
	b = append(b, ',')
	b = strconv.AppendInt(b, int64(o.store), 10)
	b = append(b, ',')
	b = strconv.AppendInt(b, int64(product), 10)
	b = append(b, ',')
	if o.customer > 0 {
		b = strconv.AppendInt(b, int64(o.customer), 10)
	}
	b = append(b, ',')
	b = append(b, o.channel...)
	b = append(b, ',')
	if g.BadEvery > 0 && number%g.BadEvery == g.BadEvery-1 {
		b = append(b, "many"...)
	} else {
		b = strconv.AppendInt(b, int64(quantity), 10)
	}
	b = append(b, ',')
	b = money(b, full-discount)
	b = append(b, ',')
	b = money(b, discount)
	return append(b, '\n')
}

func clock(b []byte, s int) []byte {
	h, m := s/3600, s/60%60
	s %= 60
	return append(b, byte('0'+h/10), byte('0'+h%10), ':', byte('0'+m/10), byte('0'+m%10), ':', byte('0'+s/10), byte('0'+s%10))
}

func money(b []byte, fen int) []byte {
	b = strconv.AppendInt(b, int64(fen/100), 10)
	return append(b, '.', byte('0'+fen/10%10), byte('0'+fen%10))
}
