package access

import (
	"context"
	"regexp"
	"time"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// User is a person who may sign in.
type User struct {
	Name       string     `json:"name"`  // [a-z][a-z0-9._-]*, at most 60 characters
	Title      string     `json:"title"` // the name that people read
	Role       Role       `json:"role"`
	Lang       text.Lang  `json:"lang"` // "" until the person chooses: the browser decides
	Disabled   bool       `json:"disabled"`
	CreatedAt  time.Time  `json:"createdAt"`
	SignedInAt *time.Time `json:"signedInAt"` // nil before the first time
}

// Account is a user as stored, with the hash of the password.
type Account struct {
	User
	PasswordHash string // PHC text of argon2id; empty for an account that cannot sign in by password
}

// Event is what a change of people, sessions or tokens leaves in the audit
// trail. A store writes it in the transaction of the change.
type Event struct {
	At     time.Time
	Actor  string
	Via    string
	Action string // "user.create", "session.start", …
	Kind   string // "user", "session", "token"
	Name   string
	Detail map[string]any
}

// UserStore keeps accounts. Every method is one transaction and writes the
// event given in it.
type UserStore interface {
	// All lists the accounts by name.
	All(ctx context.Context) ([]Account, error)
	// Get answers a NotFound fault for a name that is not there.
	Get(ctx context.Context, name string) (Account, error)
	// Count says how many accounts there are, disabled ones too.
	Count(ctx context.Context) (int, error)
	// Create answers a Conflict fault when the name is taken.
	Create(ctx context.Context, a Account, e Event) error
	// CreateFirst is Create, but only while there is no account at all; the
	// Conflict fault has the code "already_set_up".
	CreateFirst(ctx context.Context, a Account, e Event) error
	// Update changes one account; what change answers with an error leaves
	// everything as it was. When no enabled administrator would be left the
	// answer is a Conflict fault with code "last_admin". With endSessions the
	// person's sessions end too.
	Update(ctx context.Context, name string, change func(*Account) error, endSessions bool, e Event) error
	// Delete removes the account with its sessions and tokens, under the same
	// rule of the last administrator.
	Delete(ctx context.Context, name string, e Event) error
	// Seen notes the time of a sign-in.
	Seen(ctx context.Context, name string, at time.Time) error
}

var userName = regexp.MustCompile(`^[a-z][a-z0-9._-]{0,59}$`)

func checkUserName(name string) error {
	if userName.MatchString(name) {
		return nil
	}
	t := text.Text{
		EN: "a user name starts with a letter a-z and has only a-z, 0-9, dot, hyphen and underscore, at most 60 characters",
		ZH: "用户名须以小写字母开头，只能包含小写字母、数字、点、短横线和下划线，最长 60 个字符"}
	return fault.New(fault.Invalid, "user_name", t).At("name", "user_name", t)
}

func checkRole(r Role) error {
	if r.Valid() {
		return nil
	}
	t := text.Text{
		EN: "the role is one of viewer, editor and admin",
		ZH: "角色只能是 viewer、editor 或 admin"}
	return fault.New(fault.Invalid, "unknown_role", t).At("role", "unknown_role", t)
}

func checkTitle(s string) error {
	if len([]rune(s)) <= 100 {
		return nil
	}
	t := text.Text{EN: "the display name has at most 100 characters", ZH: "显示名称最长 100 个字符"}
	return fault.New(fault.Invalid, "title_too_long", t).At("title", "title_too_long", t)
}

// cleanLang gives a language that texts exist in; none stays none.
func cleanLang(l text.Lang) text.Lang {
	if l == "" || l == text.ZH || l == text.EN {
		return l
	}
	return text.ParseLang(string(l))
}
