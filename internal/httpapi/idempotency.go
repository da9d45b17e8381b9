package httpapi

import (
	"bytes"
	"crypto/sha256"
	"net/http"
	"sync"
	"time"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

const (
	replayFor     = 10 * time.Minute
	replayEntries = 1000
	replayBytes   = 256 << 10 // answers larger than this are not kept
	replayTotal   = 16 << 20  // bytes of all answers that are kept
)

// replays remembers the answers to writes that carried an Idempotency-Key, so
// that a repeated request gets the first answer instead of a second effect. It
// is bounded and lives in memory: a restart forgets it.
type replays struct {
	now func() time.Time

	mu    sync.Mutex
	byKey map[string]*replay
	order []string // oldest first
	bytes int      // of the answers kept
}

type replay struct {
	body   [32]byte // of the request
	at     time.Time
	done   bool
	status int
	header http.Header
	answer []byte
}

func newReplays(now func() time.Time) *replays {
	return &replays{now: now, byKey: map[string]*replay{}}
}

// wrap runs next unless the same key was answered before. The fault it gives
// is for a key still under way or used for something else.
func (s *replays) wrap(w http.ResponseWriter, r *http.Request, data []byte, next func(http.ResponseWriter)) error {
	key := r.Header.Get("Idempotency-Key")
	if key == "" {
		next(w)
		return nil
	}
	if len(key) > 200 {
		return fault.New(fault.Invalid, "bad_idempotency_key", text.Text{
			EN: "an Idempotency-Key has at most 200 characters", ZH: "Idempotency-Key 最多 200 个字符"})
	}
	who := actorOf(r.Context()) // a token is not its owner: it may have fewer rights
	id := who.Name + "\x00" + who.Via + "\x00" + string(who.Role) + "\x00" + r.Method + "\x00" + r.URL.String() + "\x00" + key
	entry, first, err := s.claim(id, sha256.Sum256(data))
	if err != nil {
		return err
	}
	if !first {
		for k, v := range entry.header {
			w.Header()[k] = v
		}
		w.Header().Set("Idempotent-Replay", "true")
		w.WriteHeader(entry.status)
		w.Write(entry.answer)
		return nil
	}
	rec := &recorder{ResponseWriter: w, status: http.StatusOK}
	finished := false
	defer func() {
		s.settle(id, entry, rec, finished)
	}()
	next(rec)
	finished = true
	return nil
}

// claim gives the finished entry of the key, or a new one to be filled.
func (s *replays) claim(id string, hash [32]byte) (entry *replay, first bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for len(s.order) > 0 && (len(s.order) > replayEntries || s.bytes > replayTotal || s.byKey[s.order[0]] == nil ||
		now.Sub(s.byKey[s.order[0]].at) > replayFor) {
		s.forget(s.order[0])
		s.order = s.order[1:]
	}
	if e := s.byKey[id]; e != nil {
		switch {
		case e.body != hash:
			return nil, false, fault.New(fault.Invalid, "idempotency_key_reused", text.Text{
				EN: "this Idempotency-Key was used for a different request", ZH: "这个 Idempotency-Key 已用于另一个请求"})
		case !e.done:
			return nil, false, fault.New(fault.Conflict, "request_under_way", text.Text{
				EN: "the same request is still being worked on", ZH: "同一请求正在处理中"})
		}
		return e, false, nil
	}
	e := &replay{body: hash, at: now}
	s.byKey[id] = e
	s.order = append(s.order, id)
	return e, true, nil
}

// forget drops an answer. The caller holds s.mu.
func (s *replays) forget(id string) {
	if e := s.byKey[id]; e != nil {
		s.bytes -= len(e.answer)
		delete(s.byKey, id)
	}
}

// passing reports whether the same request may well be answered otherwise a
// moment later.
func passing(status int) bool {
	return status >= 500 || status == http.StatusUnauthorized || status == http.StatusTooManyRequests ||
		status == statusCanceled
}

// settle keeps an answer that may be repeated; server errors, refusals for the
// moment, cookies and large answers are forgotten, so that a retry is a new try.
func (s *replays) settle(id string, e *replay, rec *recorder, finished bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byKey[id] != e { // so many came after it that it was forgotten
		return
	}
	if !finished || passing(rec.status) || rec.tooLarge || rec.Header().Get("Set-Cookie") != "" {
		s.forget(id)
		return
	}
	e.done, e.status, e.header, e.answer = true, rec.status, rec.Header().Clone(), rec.buf.Bytes()
	s.bytes += len(e.answer)
}

// recorder passes an answer on and keeps a copy.
type recorder struct {
	http.ResponseWriter
	status   int
	wrote    bool
	buf      bytes.Buffer
	tooLarge bool
}

func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *recorder) WriteHeader(status int) {
	if r.wrote {
		return
	}
	r.status, r.wrote = status, true
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.buf.Len()+len(b) > replayBytes {
		r.tooLarge = true
	} else if !r.tooLarge {
		r.buf.Write(b)
	}
	return r.ResponseWriter.Write(b)
}
