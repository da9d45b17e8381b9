package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Message is what the app reported of the past, as event intake takes it.
type Message struct {
	Source   string    // name of the write key
	Received time.Time // when it came in
	Body     []byte    // JSON
}

// What goes wrong in what the app reports; README.md describes it.
const (
	reportedDays = 36 // before the end of the data
	brokenDays   = 5  // a version of the app has been sending texts for numbers for
	tablets      = 2  // devices in shops on which many people sign in
)

// hotline is what clerks type in for members who give no number.
const hotline = "400-820-8820"

// appOrder is an order that came by the app.
type appOrder struct {
	no, store, member, amount, items int // member -1 for a guest
	at                               time.Time
}

// noteApp remembers an order of the app while events are reported.
func (s *seller) noteApp(o sale, at time.Time, m, amount int, lines []line) {
	if o.channel != "app" || o.day.Before(s.span.end.AddDate(0, 0, -reportedDays)) {
		return
	}
	items := 0
	for _, l := range lines {
		items += l.quantity
	}
	s.app = append(s.app, appOrder{no: s.orderNo, store: o.store, member: m, amount: amount, items: items, at: at})
}

// account is somebody who has signed up in the app.
type account struct {
	user, phone, device string
	member              int // -1 for none
	since               time.Time
}

// phone is a made-up number; different ones for different n.
func phone(n int) string {
	return []string{"138", "139", "150", "186"}[n%4] + fmt.Sprintf("%08d", (n*7919+20250101)%100_000_000)
}

const (
	guests = 400     // accounts that are no members'
	second = 500_000 // after it come the numbers that people changed to
	strays = 700_000 // after it come the numbers of guests
)

func userID(n int) string { return fmt.Sprintf("u%06d", n) }

// accounts lists who has signed up: a tenth of the members, everybody who
// ordered, and guests. Some members have signed up again with another number.
func (s *seller) accounts() (list []account, ofMember map[int][]int) {
	ofMember = map[int][]int{}
	ordered := map[int]bool{}
	for _, o := range s.app {
		ordered[o.member] = true
	}
	add := func(a account) {
		if a.member >= 0 {
			ofMember[a.member] = append(ofMember[a.member], len(list))
		}
		a.user, a.device = userID(len(list)+1), fmt.Sprintf("d%06d", 3*len(list)+11)
		list = append(list, a)
	}
	for i, m := range s.members {
		if !ordered[i] && i%10 != 0 {
			continue
		}
		since := m.joined.Add(time.Duration(9+i%12) * time.Hour)
		add(account{phone: phone(i), member: i, since: since})
		if i%20 == 10 {
			add(account{phone: phone(second + i), member: i, since: s.span.end.AddDate(0, 0, -1-i%60).Add(13 * time.Hour)})
		}
	}
	for g := range guests {
		add(account{phone: phone(strays + g), member: -1, since: s.span.end.AddDate(0, 0, -1-g%200).Add(11 * time.Hour)})
	}
	return list, ofMember
}

// writeContacts writes the numbers of members and the accounts of the app: by
// them and by who signs in where it is known who is who.
func (s *seller) writeContacts(dir string, accounts []account) error {
	contacts := newTable(dir, "member_contacts.csv", "member_id", "phone", "noted_on")
	for i, m := range s.members {
		if i%6 != 0 && i%10 != 0 { // gave none
			continue
		}
		contacts.id('M', i+1, 6)
		if i%54 == 6 {
			contacts.text(hotline)
		} else {
			contacts.text(phone(i))
		}
		contacts.date(m.joined)
		contacts.end()
	}
	t := newTable(dir, "app_accounts.csv", "user_id", "phone", "member_id", "registered_at")
	for i, a := range accounts {
		t.text(a.user)
		t.text("+86 " + a.phone)
		if a.member < 0 || i%5 == 2 { // has not entered the card
			t.null()
		} else {
			t.id('M', a.member+1, 6)
		}
		t.time(a.since)
		t.end()
	}
	return errors.Join(contacts.close(), t.close())
}

// reporter makes the messages of the app.
type reporter struct {
	*seller
	rng *rand.Rand
	n   int
	out []Message
}

// report makes what the app reported of its orders and of those who only looked.
func (s *seller) report(accounts []account, ofMember map[int][]int) []Message {
	r := &reporter{seller: s, rng: rand.New(rand.NewPCG(s.seed, 0xe7e47))}
	firstGuest := len(accounts) - guests
	for i, o := range s.app {
		n := firstGuest + o.no%guests
		if own := ofMember[o.member]; o.member >= 0 {
			n = own[o.no%len(own)]
		}
		r.order(i, o, accounts[n])
	}
	for day := range reportedDays {
		for range 20 + r.rng.IntN(8) {
			r.look(s.span.end.AddDate(0, 0, day-reportedDays), accounts[r.rng.IntN(len(accounts))])
		}
	}
	slices.SortStableFunc(r.out, func(a, b Message) int { return a.Received.Compare(b.Received) })
	return r.out
}

func (r *reporter) send(at time.Time, call, event string, a account, signedIn bool, properties map[string]any) {
	r.n++
	m := map[string]any{"type": call, "messageId": fmt.Sprintf("app-%06d", r.n), "anonymousId": a.device, "timestamp": at.UTC().Format(time.RFC3339)}
	if event != "" {
		m["event"] = event
	}
	if signedIn {
		m["userId"] = a.user
	}
	if properties != nil {
		m["properties"] = properties
	}
	body, err := json.Marshal(m)
	if err != nil {
		panic(err) // texts and numbers only
	}
	r.out = append(r.out, Message{Source: "app", Received: at.Add(time.Second), Body: body})
}

// steps reports that somebody looks at some products and puts one in the cart.
func (r *reporter) steps(at time.Time, a account, store int, cart bool) {
	for range 1 + r.rng.IntN(3) {
		p := r.world.products[r.onSale[r.rng.IntN(len(r.onSale))]]
		viewed := at.Add(-time.Duration(3+r.rng.IntN(9)) * time.Minute)
		r.send(viewed, "track", "Product Viewed", a, false, map[string]any{"productId": p.id, "price": float64(p.price) / 100})
		if cart && at.Before(r.span.end.AddDate(0, 0, -1)) { // their sending broke the night before
			r.send(viewed.Add(time.Minute), "track", "Cart Added", a, false, map[string]any{"productId": p.id, "quantity": 1, "storeId": r.stores[store].id})
		}
	}
}

func (r *reporter) order(i int, o appOrder, a account) {
	if i%40 == 7 { // on a tablet in a shop
		a.device = fmt.Sprintf("tablet%d", 1+o.store%tablets)
	}
	r.send(o.at.Add(-14*time.Minute), "identify", "", a, true, nil)
	if i%13 != 5 { // the others order the usual again
		r.steps(o.at, a, o.store, true)
	}
	var items any = o.items
	if i%5 < 2 && !o.at.Before(r.span.end.AddDate(0, 0, -brokenDays)) {
		items = fmt.Sprint(o.items)
	}
	r.send(o.at, "track", "Order Placed", a, true, map[string]any{"orderId": string(appendID(nil, 'O', o.no, 7)), "storeId": r.stores[o.store].id,
		"amount": float64(o.amount) / 100, "items": items})
	if i%4 == 1 {
		r.send(o.at.Add(2*time.Minute), "track", "Invite Shared", a, true, map[string]any{"channel": []string{"wechat", "moments", "copy"}[r.rng.IntN(3)], "reward": 5})
	}
}

// look reports somebody who does not order.
func (r *reporter) look(day time.Time, a account) {
	at := day.Add(timeOfDay(r.rng))
	r.steps(at, a, r.rng.IntN(len(r.stores)), r.rng.IntN(4) == 0)
	if r.rng.IntN(3) == 0 {
		r.send(at, "identify", "", a, true, nil)
	}
}
