package shopdata

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"time"
)

func writeRows(w io.Writer, header string, n int, row func(i int) string) error {
	if _, err := io.WriteString(w, header+"\n"); err != nil {
		return err
	}
	for i := range n {
		if _, err := io.WriteString(w, row(i)+"\n"); err != nil {
			return err
		}
	}
	return nil
}

func day(i int) string {
	return time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i).Format(time.DateOnly)
}

func writeCities(w io.Writer) error {
	regions := strings.Fields("East South North West")
	return writeRows(w, "city_id,name,region", Cities, func(i int) string {
		return fmt.Sprintf("%d,City %02d,%s", i+1, i+1, regions[i%len(regions)])
	})
}

func writeStores(w io.Writer) error {
	r := rand.New(rand.NewPCG(3, 3))
	return writeRows(w, "store_id,name,city_id,opened_on", Stores, func(i int) string {
		return fmt.Sprintf("%d,Store %03d,%d,%s", i+1, i+1, 1+r.IntN(Cities), day(-r.IntN(2000)))
	})
}

func writeCategories(w io.Writer) error {
	departments := strings.Fields("Food Home Clothes Beauty Toys Sports")
	return writeRows(w, "category_id,name,department", Categories, func(i int) string {
		return fmt.Sprintf("%d,Category %02d,%s", i+1, i+1, departments[i%len(departments)])
	})
}

func writeProducts(w io.Writer) error {
	r := rand.New(rand.NewPCG(4, 4))
	price := prices()
	return writeRows(w, "product_id,name,category_id,price", Products, func(i int) string {
		return fmt.Sprintf("%d,Product %04d,%d,%s", i+1, i+1, 1+r.IntN(Categories), money(nil, price[i+1]))
	})
}

func writeCustomers(w io.Writer) error {
	r := rand.New(rand.NewPCG(5, 5))
	levels := strings.Fields("basic basic basic silver silver gold")
	return writeRows(w, "customer_id,level,joined_on,city_id", Customers, func(i int) string {
		city := ""
		if r.IntN(20) > 0 {
			city = fmt.Sprint(1 + r.IntN(Cities))
		}
		return fmt.Sprintf("%d,%s,%s,%s", i+1, levels[r.IntN(len(levels))], day(r.IntN(2000)-1500), city)
	})
}

// writeVisits gives each store and channel a row a day.
func writeVisits(w io.Writer) error {
	r := rand.New(rand.NewPCG(6, 6))
	channels := []string{"web", "app", "shop"}
	n := Days * Stores * len(channels)
	return writeRows(w, "visited_on,store_id,channel,visits", n, func(i int) string {
		rest := i % (Stores * len(channels))
		return fmt.Sprintf("%s,%d,%s,%d", day(i/(Stores*len(channels))), rest/len(channels)+1, channels[rest%len(channels)], 20+r.IntN(200))
	})
}

func writeReturns(w io.Writer, n int) error {
	r := rand.New(rand.NewPCG(7, 7))
	return writeRows(w, "return_id,returned_at,store_id,product_id,amount", n, func(i int) string {
		second := int(float64(i) / float64(n) * Days * 86400)
		return fmt.Sprintf("%d,%s %s,%d,%d,%s", i+1, day(second/86400), clock(nil, second%86400), 1+lean(r, Stores, 1.3),
			1+lean(r, Products, 1.6), money(nil, 500+r.IntN(20000)))
	})
}
