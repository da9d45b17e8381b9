package files

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"lodestar/internal/source"
)

// mark tells which files were taken. They are kept as numbers of 64 bits, so
// that hundreds of thousands fit; those that are gone are left out.
type mark struct {
	taken   map[uint64]bool
	waiting map[string]waiting
}

// waiting is a file that may still be written.
type waiting struct {
	Of    uint64 `json:"of"`    // its number
	Since int64  `json:"since"` // when it was first seen so, in seconds since 1970
}

type written struct {
	Taken   string             `json:"taken,omitempty"`
	Waiting map[string]waiting `json:"waiting,omitempty"`
}

func newMark() *mark { return &mark{taken: map[uint64]bool{}, waiting: map[string]waiting{}} }

func readMark(m source.Mark) (*mark, error) {
	out := newMark()
	if m == "" {
		return out, nil
	}
	var w written
	if err := json.Unmarshal([]byte(m), &w); err != nil {
		return nil, source.BadMark(err)
	}
	b, err := base64.StdEncoding.DecodeString(w.Taken)
	if err != nil || len(b)%8 != 0 {
		return nil, source.BadMark(err)
	}
	for ; len(b) > 0; b = b[8:] {
		out.taken[binary.BigEndian.Uint64(b)] = true
	}
	for name, f := range w.Waiting {
		out.waiting[name] = f
	}
	return out, nil
}

func (m *mark) mark() (source.Mark, error) {
	var numbers []uint64
	for n := range m.taken {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	var b []byte
	for _, n := range numbers {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	out, err := json.Marshal(written{Taken: base64.StdEncoding.EncodeToString(b), Waiting: m.waiting})
	return source.Mark(out), err
}

// number stands for a file with its content, as far as the store tells of it.
func number(f Info) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%q %d %d %q", f.Name, f.Size, f.Time.UnixNano(), f.Tag)
	return h.Sum64()
}

func (m *mark) has(f Info) bool { return m.taken[number(f)] }

func (m *mark) add(f Info) { m.taken[number(f)] = true }

// wait remembers since when a file has looked like this.
func (m *mark) wait(f Info, before *mark, now time.Time) {
	w := waiting{Of: number(f), Since: now.Unix()}
	if old, ok := before.waiting[f.Name]; ok && old.Of == w.Of {
		w = old
	}
	m.waiting[f.Name] = w
}

// waited reports whether a file has looked like this for long enough, whatever
// the clock there says.
func (m *mark) waited(f Info, now time.Time, long time.Duration) bool {
	w, ok := m.waiting[f.Name]
	return ok && w.Of == number(f) && now.Sub(time.Unix(w.Since, 0)) >= long
}
