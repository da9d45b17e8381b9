package access

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// Cost of one password hash: memory in KiB, passes, lanes.
const (
	argonMemory = 19 * 1024
	argonTime   = 2
	argonLanes  = 1
	argonKey    = 32
	argonSalt   = 16
)

const (
	minPassword = 10
	maxPassword = 1024
)

// CheckPassword says whether a password may be used by this person: at least
// ten characters, at most 1024 bytes, and not the name itself.
func CheckPassword(name, password string) error {
	var t text.Text
	code := ""
	switch {
	case utf8.RuneCountInString(password) < minPassword:
		code, t = "password_too_short", text.Text{
			EN: "the password needs at least 10 characters", ZH: "密码至少需要 10 个字符"}
	case len(password) > maxPassword:
		code, t = "password_too_long", text.Text{
			EN: "the password is longer than 1024 bytes", ZH: "密码不能超过 1024 字节"}
	case strings.EqualFold(password, name):
		code, t = "password_is_name", text.Text{
			EN: "the password must not be the user name", ZH: "密码不能与用户名相同"}
	default:
		return nil
	}
	return fault.New(fault.Invalid, code, t).At("password", code, t)
}

// hasher computes argon2id with a cap on how many run at once, since each
// takes 19 MiB.
type hasher struct {
	slots  chan struct{}
	random io.Reader
	decoy  string // checked for unknown users, so that they take as long
}

func newHasher(parallel int, random io.Reader) (*hasher, error) {
	h := &hasher{slots: make(chan struct{}, parallel), random: random}
	decoy, err := h.hash(context.Background(), "no password is this one")
	h.decoy = decoy
	return h, err
}

func (h *hasher) acquire(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fault.New(fault.Canceled, "canceled", text.Text{
			EN: "the request was given up", ZH: "请求已取消"}).Wrap(ctx.Err())
	}
}

func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	if err := h.acquire(ctx); err != nil {
		return "", err
	}
	defer func() { <-h.slots }()
	salt := make([]byte, argonSalt)
	if _, err := io.ReadFull(h.random, salt); err != nil {
		return "", fmt.Errorf("read randomness: %w", err)
	}
	key := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonLanes, argonKey)
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes,
		enc.EncodeToString(salt), enc.EncodeToString(key)), nil
}

// verify compares in constant time. An empty or broken hash costs as much as a
// good one and never matches.
func (h *hasher) verify(ctx context.Context, stored, password string) (bool, error) {
	if err := h.acquire(ctx); err != nil {
		return false, err
	}
	defer func() { <-h.slots }()
	usable := true
	salt, key, cost, err := parsePHC(stored)
	if err != nil {
		usable = false
		if salt, key, cost, err = parsePHC(h.decoy); err != nil {
			return false, err
		}
	}
	if len(password) > maxPassword {
		usable, password = false, ""
	}
	got := argon2.IDKey([]byte(password), salt, cost.time, cost.memory, cost.lanes, uint32(len(key)))
	same := subtle.ConstantTimeCompare(got, key) == 1
	return same && usable, nil
}

type argonCost struct {
	memory, time uint32
	lanes        uint8
}

func parsePHC(s string) (salt, key []byte, c argonCost, err error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return nil, nil, c, fmt.Errorf("not an argon2id hash")
	}
	var version int
	if _, err = fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return nil, nil, c, fmt.Errorf("argon2 version of %q", parts[2])
	}
	if _, err = fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.memory, &c.time, &c.lanes); err != nil {
		return nil, nil, c, fmt.Errorf("argon2 cost of %q: %w", parts[3], err)
	}
	if c.memory > 1<<20 || c.time == 0 || c.time > 100 || c.lanes == 0 {
		return nil, nil, c, fmt.Errorf("argon2 cost %q is out of bounds", parts[3])
	}
	if salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return nil, nil, c, err
	}
	if key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil {
		return nil, nil, c, err
	}
	if len(key) < 16 {
		return nil, nil, c, fmt.Errorf("argon2 key of %d bytes", len(key))
	}
	return salt, key, c, nil
}
