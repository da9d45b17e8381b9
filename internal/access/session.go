package access

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"time"
)

// Session is one sign-in as stored. Only the hash of its token is kept.
type Session struct {
	Hash      string
	User      string
	CreatedAt time.Time
	SeenAt    time.Time
	ExpiresAt time.Time // the absolute end; idleness may end it before
}

// SessionStore keeps sessions. Methods that end or begin one write the event
// in the same transaction.
type SessionStore interface {
	Create(ctx context.Context, s Session, e Event) error
	// Get answers a NotFound fault for a hash that is not there.
	Get(ctx context.Context, hash string) (Session, error)
	Touch(ctx context.Context, hash string, at time.Time) error
	// End is silent about a hash that is not there.
	End(ctx context.Context, hash string, e Event) error
	// Expire removes sessions past their end or not seen since idleBefore.
	Expire(ctx context.Context, now, idleBefore time.Time) (int, error)
}

// SignedIn is a fresh session. Token goes into the cookie and is shown never
// again.
type SignedIn struct {
	Token     string
	ExpiresAt time.Time
	Actor     Actor
	User      User
}

// newSecret draws 256 random bits as URL-safe text.
func newSecret(random io.Reader) (string, error) {
	b := make([]byte, 32)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", fmt.Errorf("read randomness: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// hashSecret is enough for secrets of 256 random bits: nobody can try them all.
func hashSecret(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
