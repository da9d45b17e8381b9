package access

import (
	"context"
	"time"
)

// TokenPrefix starts every API token, so that one is recognised when found in
// a file or a log.
const TokenPrefix = "ldst_"

// Token is an API token; its secret is shown once and stored as a hash.
type Token struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	User      string     `json:"user"`
	Role      Role       `json:"role"` // never more than the person's own
	CreatedAt time.Time  `json:"createdAt"`
	ExpiresAt *time.Time `json:"expiresAt"` // nil for never
	UsedAt    *time.Time `json:"usedAt"`    // to within a minute
	Hash      string     `json:"-"`
}

// NewToken is what is asked for a token.
type NewToken struct {
	Name      string
	Role      Role // empty for the person's own
	ExpiresAt *time.Time
}

// TokenStore keeps API tokens.
type TokenStore interface {
	// Create answers a Conflict fault when the person has one of that name.
	Create(ctx context.Context, t Token, e Event) error
	// Find looks up by hash and answers a NotFound fault.
	Find(ctx context.Context, hash string) (Token, error)
	// Get looks up by id and answers a NotFound fault.
	Get(ctx context.Context, id string) (Token, error)
	// All lists the tokens of one person, or of all for "".
	All(ctx context.Context, user string) ([]Token, error)
	Delete(ctx context.Context, id string, e Event) error
	Used(ctx context.Context, id string, at time.Time) error
}
