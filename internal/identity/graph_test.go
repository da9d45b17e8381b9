package identity_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lodestar/internal/identity"
)

var day = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func rules() identity.Rules {
	return identity.Rules{Most: 7, Priority: map[string]int{"crm": 2, "web": 1},
		Kinds: []identity.Kind{{Name: "user", Most: 1}, {Name: "phone", Most: 2}, {Name: "device"}}}
}

// entities writes all entities with more than one id, and each id's own.
func entities(g *identity.Graph) string {
	var out []string
	for e := range g.Entities() {
		if len(e.IDs) > 1 {
			out = append(out, fmt.Sprint(e))
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// naive stitches links from nothing: sorts them all, joins maps.
func naive(r identity.Rules, links []identity.Link) string {
	type key struct {
		a, b   identity.ID
		source string
	}
	kind := map[string]int{}
	for i, k := range r.Kinds {
		kind[k.Name] = i
	}
	order := func(a, b identity.ID) int {
		return cmp.Or(cmp.Compare(kind[a.Kind], kind[b.Kind]), cmp.Compare(a.Value, b.Value))
	}
	earliest := func(a, b time.Time) time.Time { // of those that are known
		if a.IsZero() || !b.IsZero() && b.Before(a) {
			return b
		}
		return a
	}
	merged := map[key]identity.Link{}
	first := map[identity.ID]time.Time{}
	for _, l := range links {
		for _, id := range []identity.ID{l.A, l.B} {
			first[id] = earliest(first[id], l.At)
		}
		if order(l.A, l.B) > 0 {
			l.A, l.B = l.B, l.A
		}
		k := key{l.A, l.B, l.Source}
		if m, ok := merged[k]; ok {
			m.Seen += l.Seen
			m.At = earliest(m.At, l.At)
			l = m
		}
		merged[k] = l
	}
	all := []identity.Link{}
	for _, l := range merged {
		all = append(all, l)
	}
	power := func(n int) (p int) {
		for ; n > 1; n /= 2 {
			p++
		}
		return p
	}
	slices.SortFunc(all, func(a, b identity.Link) int {
		return cmp.Or(cmp.Compare(r.Priority[b.Source], r.Priority[a.Source]), cmp.Compare(power(b.Seen), power(a.Seen)),
			a.At.Compare(b.At), cmp.Compare(a.Source, b.Source), order(a.A, b.A), order(a.B, b.B))
	})
	of := map[identity.ID][]identity.ID{}
	held := 0
	for id := range first {
		of[id] = []identity.ID{id}
	}
	for _, l := range all {
		both := append(slices.Clone(of[l.A]), of[l.B]...)
		if slices.Contains(of[l.A], l.B) {
			continue
		}
		count := map[string]int{}
		for _, id := range both {
			count[id.Kind]++
		}
		if len(both) > r.Most || count["user"] > 1 || count["phone"] > 2 || slices.ContainsFunc(r.Apart, func(p [2]identity.ID) bool {
			return slices.Contains(both, p[0]) && slices.Contains(both, p[1])
		}) {
			held++
			continue
		}
		for _, id := range both {
			of[id] = both
		}
	}
	var out []string
	for id, members := range of {
		members = slices.Clone(members)
		slices.SortFunc(members, order)
		best := slices.MinFunc(members, func(a, b identity.ID) int {
			return cmp.Or(cmp.Compare(kind[a.Kind], kind[b.Kind]), first[a].Compare(first[b]), cmp.Compare(a.Value, b.Value))
		})
		if len(members) > 1 && members[0] == id {
			out = append(out, fmt.Sprint(identity.Entity{ID: best, IDs: members}))
		}
	}
	slices.Sort(out)
	return fmt.Sprintf("%d held\n%s", held, strings.Join(out, "\n"))
}

func drawID(t *rapid.T, name string) identity.ID {
	return identity.ID{Kind: rapid.SampledFrom([]string{"user", "phone", "device"}).Draw(t, name+" kind"), Value: fmt.Sprint(rapid.IntRange(0, 5).Draw(t, name))}
}

func drawLink(t *rapid.T) identity.Link {
	l := identity.Link{A: drawID(t, "a"), B: drawID(t, "b"), Source: rapid.SampledFrom([]string{"crm", "web", "app"}).Draw(t, "source"),
		Seen: rapid.IntRange(1, 5).Draw(t, "seen")}
	if n := rapid.IntRange(-3, 9).Draw(t, "day"); n >= 0 { // or nobody knows when
		l.At = day.AddDate(0, 0, n)
	}
	return l
}

// drawApart draws pairs of ids that stay apart, mostly none.
func drawApart(t *rapid.T) (out [][2]identity.ID) {
	for range rapid.SampledFrom([]int{0, 0, 1, 3}).Draw(t, "apart") {
		if a, b := drawID(t, "a"), drawID(t, "b"); a != b {
			out = append(out, [2]identity.ID{a, b})
		}
	}
	return out
}

// Links that come in any order and in any pieces make the same entities as all
// of them at once, computed naively; taking links away leads to where the rest
// leads.
func TestStitching(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		links := rapid.SliceOfN(rapid.Custom(drawLink), 1, 25).Draw(t, "links")
		links = slices.DeleteFunc(links, func(l identity.Link) bool { return l.A == l.B })
		r := rules()
		r.Apart = drawApart(t)
		g, err := identity.NewGraph(r)
		if err != nil {
			t.Fatal(err)
		}
		check := func(now []identity.Link) {
			t.Helper()
			if got, want := fmt.Sprintf("%d held\n%s", len(g.Conflicts(1000)), entities(g)), naive(r, now); got != want {
				t.Fatalf("entities\n%s\nwant\n%s", got, want)
			}
		}
		for i := 0; i < len(links); {
			n := min(rapid.IntRange(1, 6).Draw(t, "piece"), len(links)-i)
			if refused := g.Add(links[i : i+n]...); refused != 0 {
				t.Fatalf("%d refused", refused)
			}
			i += n
			check(links[:i])
		}
		for range rapid.IntRange(0, 4).Draw(t, "removed") {
			if len(links) == 0 {
				break
			}
			gone := links[rapid.IntRange(0, len(links)-1).Draw(t, "gone")]
			same := func(l identity.Link) bool {
				return l.Source == gone.Source && (l.A == gone.A && l.B == gone.B || l.A == gone.B && l.B == gone.A)
			}
			links = slices.DeleteFunc(slices.Clone(links), same)
			if !g.Remove(gone.B, gone.A, gone.Source) || g.Remove(gone.A, gone.B, gone.Source) {
				t.Fatal("a link goes once")
			}
			check(links)
		}
		for e := range g.Entities() {
			for _, id := range e.IDs {
				if of, ok := g.Of(id); !ok || fmt.Sprint(of) != fmt.Sprint(e) {
					t.Fatalf("%v is in %v, and in %v", id, of, e)
				}
			}
		}
	})
}

func TestRefused(t *testing.T) {
	t.Parallel()
	g, err := identity.NewGraph(rules())
	if err != nil {
		t.Fatal(err)
	}
	user := identity.ID{Kind: "user", Value: "1"}
	n := g.Add(identity.Link{A: user, B: user}, identity.Link{A: user, B: identity.ID{Kind: "cookie", Value: "1"}}, identity.Link{A: user, B: identity.ID{Kind: "phone"}})
	if n != 3 {
		t.Errorf("%d refused", n)
	}
	if _, ok := g.Of(identity.ID{Kind: "phone", Value: "9"}); ok || g.Remove(user, user, "x") {
		t.Error("an id that nobody named")
	}
	for _, bad := range []identity.Rules{{}, {Kinds: []identity.Kind{{Name: "a"}, {Name: "a"}}}, {Most: -1, Kinds: []identity.Kind{{Name: "a"}}}} {
		if _, err := identity.NewGraph(bad); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}

func TestConflicts(t *testing.T) {
	t.Parallel()
	g, err := identity.NewGraph(rules())
	if err != nil {
		t.Fatal(err)
	}
	id := func(kind, value string) identity.ID { return identity.ID{Kind: kind, Value: value} }
	g.Add(identity.Link{A: id("user", "ann"), B: id("device", "pad"), Source: "web", At: day, Seen: 1},
		identity.Link{A: id("device", "pad"), B: id("user", "bo"), Source: "web", At: day.AddDate(0, 0, 1), Seen: 1},
		identity.Link{A: id("user", "bo"), B: id("phone", "1"), Source: "crm", At: day.AddDate(0, 0, 2), Seen: 1})
	held := g.Conflicts(1000)
	if len(held) != 1 || held[0].Kind != "user" || held[0].Limit != 1 || held[0].A.Value != "bo" || held[0].B.Value != "pad" {
		t.Errorf("%+v", held)
	}
	for _, m := range g.Matches() {
		want := map[string]string{"web": "{web 3 1 2 1}", "crm": "{crm 2 0 1 0}"}[m.Source]
		if fmt.Sprint(m) != want {
			t.Errorf("%+v, want %s", m, want)
		}
	}
	// The pad changes hands: the CRM says so, and is believed before the web.
	g.Add(identity.Link{A: id("device", "pad"), B: id("user", "bo"), Source: "crm", At: day.AddDate(0, 0, 3), Seen: 1})
	if e, _ := g.Of(id("device", "pad")); e.ID != id("user", "bo") || len(e.IDs) != 3 {
		t.Errorf("%+v", e)
	}
}

// TestParted parts two ids that nothing links directly: the weaker of the links
// that bring them together is held back.
func TestParted(t *testing.T) {
	t.Parallel()
	id := func(kind, value string) identity.ID { return identity.ID{Kind: kind, Value: value} }
	ann, bo, pad := id("user", "ann"), id("phone", "2"), id("device", "pad")
	r := rules()
	r.Apart = [][2]identity.ID{{ann, bo}}
	g, err := identity.NewGraph(r)
	if err != nil {
		t.Fatal(err)
	}
	g.Add(identity.Link{A: bo, B: pad, Source: "web", At: day, Seen: 1}, identity.Link{A: ann, B: pad, Source: "crm", At: day, Seen: 1})
	held := g.Conflicts(10)
	if len(held) != 1 || !held[0].Parted || held[0].Kind != "" || held[0].Limit != 0 || held[0].Source != "web" {
		t.Errorf("%+v", held)
	}
	if e, _ := g.Of(pad); len(e.IDs) != 2 || e.ID != ann {
		t.Errorf("%+v", e)
	}
}

func TestNormal(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{identity.Phone, "138 0013-8000", "+8613800138000"}, {identity.Phone, "+86 13800138000", "+8613800138000"},
		{identity.Phone, "008613800138000", "+8613800138000"}, {identity.Phone, "8613800138000", "+8613800138000"},
		{identity.Phone, "１３８００１３８０００", "+8613800138000"}, {identity.Phone, "+1 (415) 555-0134", "+14155550134"},
		{identity.Phone, "010-6505 1234", "01065051234"}, {identity.Phone, "00000000000", ""}, {identity.Phone, "ext. 12", ""},
		{identity.Phone, "+1 380 013 8000", "+13800138000"}, {identity.Phone, "", ""},
		{identity.Folded, " Mei.Lin@Example.com ", "mei.lin@example.com"}, {identity.Folded, "NULL", ""}, {identity.AsIs, " A-1 ", "A-1"},
		{identity.Folded, "ＡＢ－１２＠ｑｑ．ｃｏｍ", "ab-12@qq.com"}, {identity.Folded, "Cafe\u0301", "caf\u00e9"}, {identity.AsIs, "\ufeffA1\u200b\u3000", "A1"}, {identity.AsIs, "Ａ1", "Ａ1"},
		{identity.AsIs, "未知", ""}, {identity.AsIs, "--", ""}, {identity.AsIs, "0", "0"}, {identity.AsIs, "7", "7"}, {identity.AsIs, "-", ""}, {identity.AsIs, "11", "11"}, {identity.Phone, "99999", ""},
	} {
		if got := identity.Normal(c[0], c[1]); got != c[2] {
			t.Errorf("%s %q: %q, want %q", c[0], c[1], got, c[2])
		}
	}
}

// people is a made-up population: who owns which ids is known, and a share of
// the links leads to somebody else's.
type people struct {
	owner map[identity.ID]int
	links []identity.Link
}

func population(seed uint64, ids int, wrong float64) people {
	r := rand.New(rand.NewPCG(seed, 1))
	p := people{owner: map[identity.ID]int{}}
	var last []identity.ID // ids of the people before
	for person := 0; len(p.owner) < ids; person++ {
		own := func(kind string, n int) (out []identity.ID) {
			for i := range n {
				id := identity.ID{Kind: kind, Value: fmt.Sprintf("%d-%d", person, i)}
				p.owner[id] = person
				out = append(out, id)
			}
			return out
		}
		// One in five has never signed up: no user id holds the rest together.
		known := 1
		if r.Float64() < 0.2 {
			known = 0
		}
		user, phones, devices := own("user", known), own("phone", 1+r.IntN(2)), own("device", 1+r.IntN(3))
		all := slices.Concat(user, phones, devices)
		for i := range all[1:] { // a tree over the person's ids
			a, b, source := all[r.IntN(i+1)], all[i+1], []string{"crm", "web", "app"}[r.IntN(3)]
			if len(last) > 0 && r.Float64() < wrong {
				b = last[r.IntN(len(last))]
			}
			p.links = append(p.links, identity.Link{A: a, B: b, Source: source, At: day.Add(time.Duration(len(p.links)) * time.Second), Seen: 1})
			if r.Float64() < 0.5 && b == all[i+1] { // right links are seen again
				p.links = append(p.links, identity.Link{A: a, B: b, Source: source, At: day.Add(time.Duration(len(p.links)) * time.Second), Seen: 1 + r.IntN(4)})
			}
		}
		if last = append(last, all...); len(last) > 5000 {
			last = last[2500:]
		}
	}
	return p
}

// judge counts pairs of ids: precision is the share of pairs brought together
// that belong together, recall the share of those that were brought together.
func judge(p people, g *identity.Graph) (precision, recall float64, largest int) {
	pairs := func(n int) float64 { return float64(n) * float64(n-1) / 2 }
	together, right, truth := 0.0, 0.0, 0.0
	for e := range g.Entities() {
		largest = max(largest, len(e.IDs))
		together += pairs(len(e.IDs))
		of := map[int]int{}
		for _, id := range e.IDs {
			of[p.owner[id]]++
		}
		for _, n := range of {
			right += pairs(n)
		}
	}
	size := map[int]int{}
	for _, person := range p.owner {
		size[person]++
	}
	for _, n := range size {
		truth += pairs(n)
	}
	return right / together, right / truth, largest
}
