package event

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/audit"
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// Key lets a source send events. What it is made of is told once, when it is
// made; only a hash of it is kept.
type Key struct {
	Name  string    `json:"name"`                   // of the source: [a-z][a-z0-9_]*
	Calls []string  `json:"calls" nullable:"false"` // that it may make; none for all
	On    bool      `json:"on"`
	By    string    `json:"by"` // who made it
	At    time.Time `json:"at"`
	Start string    `json:"start"` // the first characters, to tell keys apart
	// UsedAt is when something came with it last, to within a minute.
	UsedAt *time.Time `json:"usedAt,omitempty"`

	Hash string `json:"-"`
}

// KeyStore keeps write keys.
type KeyStore interface {
	// Put keeps a key in place of the one of that name, but for its use.
	Put(ctx context.Context, k Key) error
	List(ctx context.Context) ([]Key, error) // by name
	// Used notes when the key of a name was used.
	Used(ctx context.Context, name string, at time.Time) error
	// Delete reports whether there was one.
	Delete(ctx context.Context, name string) (bool, error)
}

// KeyPrefix begins every write key.
const KeyPrefix = "lsw_"

// keyRing is the keys by hash, as requests ask for them.
type keyRing struct {
	keys atomic.Pointer[map[string]Key]
}

func hashOf(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

func (s *Service) loadKeys(ctx context.Context) error {
	list, err := s.Keys.List(ctx)
	if err != nil {
		return err
	}
	by := make(map[string]Key, len(list))
	for _, k := range list {
		by[k.Hash] = k
	}
	s.ring.keys.Store(&by)
	return nil
}

// keyFor finds the key of a request and asks whether it may make the call; an
// empty call asks for all that the request holds.
func (s *Service) keyFor(secret string) (Key, error) {
	k, ok := (*s.ring.keys.Load())[hashOf(secret)]
	if !ok || secret == "" {
		return Key{}, fault.New(fault.Unauthenticated, "unknown_write_key", text.Text{
			EN: "this write key is not known; send it as the user of basic authentication, and see lodestar writekey list",
			ZH: "写入密钥无效；请作为 Basic 认证的用户名发送，可用 lodestar writekey list 查看"})
	}
	if !k.On {
		return Key{}, fault.New(fault.Denied, "write_key_off", text.Text{
			EN: "the write key of {name} is switched off", ZH: "{name} 的写入密钥已停用"}, "name", k.Name)
	}
	return k, nil
}

func (k Key) may(call string) error {
	if len(k.Calls) == 0 || slices.Contains(k.Calls, call) {
		return nil
	}
	return fault.New(fault.Denied, "call_not_allowed", text.Text{
		EN: "the write key of {name} may not send {call}", ZH: "{name} 的写入密钥不能发送 {call}"}, "name", k.Name, "call", call)
}

// usedFor is for how long the use of a key is not written down again.
const usedFor = time.Minute

// used notes which keys messages came with. It is for people to see: what goes
// wrong with it holds up nothing.
func (s *Service) used(ctx context.Context, list []message) {
	at := map[string]time.Time{}
	for i := range list {
		if m := &list[i]; m.received.After(at[m.source]) {
			at[m.source] = m.received
		}
	}
	for name, last := range at {
		if noted := s.noted[name]; last.Sub(noted) < usedFor {
			continue
		}
		if err := s.Keys.Used(ctx, name, last); err != nil {
			s.Log.Warn("the use of a write key is not noted", "name", name, "error", err)
			continue
		}
		s.noted[name] = last
	}
}

// NewKey says which key to make.
type NewKey struct {
	Name  string   `json:"name"`
	Calls []string `json:"calls,omitempty"` // none for all
}

// CreateKey makes a write key for a source and gives it, for the only time.
func (s *Service) CreateKey(ctx context.Context, who access.Actor, n NewKey) (Key, string, error) {
	if err := who.Must(access.Admin); err != nil {
		return Key{}, "", err
	}
	if !keyName.MatchString(n.Name) {
		t := text.Text{EN: "the name of a source begins with a small letter, followed by small letters, digits and underscores, at most 60",
			ZH: "来源名以小写字母开头，只含小写字母、数字和下划线，最长 60 个字符"}
		return Key{}, "", fault.New(fault.Invalid, "bad_name", t).At("name", "bad_name", t)
	}
	for _, c := range n.Calls {
		if !known(c) {
			t := text.Text{EN: "{call} is no call; use {all}", ZH: "没有 {call} 这种调用，可用：{all}"}.With("call", c, "all", strings.Join(calls, ", "))
			return Key{}, "", fault.New(fault.Invalid, "bad_call", t).At("calls", "bad_call", t)
		}
	}
	s.changing.Lock()
	defer s.changing.Unlock()
	for _, k := range *s.ring.keys.Load() {
		if k.Name == n.Name {
			return Key{}, "", fault.New(fault.Conflict, "name_taken", text.Text{
				EN: "there is a write key for {name} already; delete it first to make another", ZH: "{name} 已有写入密钥；如需重建请先删除"}, "name", n.Name)
		}
	}
	secret := KeyPrefix + rand.Text()
	k := Key{Name: n.Name, Calls: orEmpty(n.Calls), On: true, By: who.Name, At: s.Now().UTC().Truncate(time.Microsecond),
		Start: secret[:len(KeyPrefix)+4], Hash: hashOf(secret)}
	if err := s.Keys.Put(ctx, k); err != nil {
		return Key{}, "", err
	}
	return k, secret, s.changed(ctx, who, "writekey.create", k.Name)
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// ListKeys tells which write keys there are.
func (s *Service) ListKeys(ctx context.Context, who access.Actor) ([]Key, error) {
	if err := who.Must(access.Admin); err != nil {
		return nil, err
	}
	return s.Keys.List(ctx)
}

// SwitchKey switches a write key on or off.
func (s *Service) SwitchKey(ctx context.Context, who access.Actor, name string, on bool) (Key, error) {
	if err := who.Must(access.Admin); err != nil {
		return Key{}, err
	}
	s.changing.Lock()
	defer s.changing.Unlock()
	list, err := s.Keys.List(ctx)
	if err != nil {
		return Key{}, err
	}
	for _, k := range list {
		if k.Name == name {
			k.On = on
			if err := s.Keys.Put(ctx, k); err != nil {
				return Key{}, err
			}
			action := "writekey.off"
			if on {
				action = "writekey.on"
			}
			return k, s.changed(ctx, who, action, name)
		}
	}
	return Key{}, noKey(name)
}

// DeleteKey lets go of a write key.
func (s *Service) DeleteKey(ctx context.Context, who access.Actor, name string) error {
	if err := who.Must(access.Admin); err != nil {
		return err
	}
	s.changing.Lock()
	defer s.changing.Unlock()
	there, err := s.Keys.Delete(ctx, name)
	if err != nil {
		return err
	}
	if !there {
		return noKey(name)
	}
	return s.changed(ctx, who, "writekey.delete", name)
}

func (s *Service) changed(ctx context.Context, who access.Actor, action, name string) error {
	if err := s.loadKeys(ctx); err != nil {
		return err
	}
	return s.Trail.Record(ctx, audit.Entry{Actor: who.Name, Via: who.Via, Action: action, Kind: "writekey", Name: name})
}

func noKey(name string) error {
	return fault.New(fault.NotFound, "no_write_key", text.Text{
		EN: "there is no write key for {name}", ZH: "没有 {name} 的写入密钥"}, "name", name)
}
