package access

import (
	"context"
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
	"time"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// Config is what a Service needs. Users, Sessions, Tokens, Now, Random and Log
// must be given; the rest has defaults.
type Config struct {
	Users    UserStore
	Sessions SessionStore
	Tokens   TokenStore
	Now      func() time.Time
	Random   io.Reader // of cryptographic quality
	Log      *slog.Logger
	// SetupCode, when not empty, must be given at first-run set-up.
	SetupCode string
	// Demo lets people switch to one another without a password.
	Demo     bool
	Idle     time.Duration // a session unseen for so long ends; default 7 days
	Absolute time.Duration // a session ends after so long at the latest; default 30 days
	Parallel int           // password hashes at once, 19 MiB each; default 4
}

// Service answers who somebody is and changes people, sessions and tokens.
// It is safe for concurrent use.
type Service struct {
	Config
	hasher *hasher
	byName *limiter
	byAddr *limiter
	used   recently // sessions and tokens
}

// New makes a Service. The error is a broken source of randomness.
func New(c Config) (*Service, error) {
	if c.Idle == 0 {
		c.Idle = 7 * 24 * time.Hour
	}
	if c.Absolute == 0 {
		c.Absolute = 30 * 24 * time.Hour
	}
	if c.Parallel == 0 {
		c.Parallel = 4
	}
	h, err := newHasher(c.Parallel, c.Random)
	if err != nil {
		return nil, err
	}
	return &Service{Config: c, hasher: h,
		byName: newLimiter(5, 10_000, 5*time.Minute),
		byAddr: newLimiter(20, 10_000, 5*time.Minute)}, nil
}

// SetupRequest makes the first administrator.
type SetupRequest struct {
	Name, Title, Password string
	Code                  string // when Service.SetupCodeRequired
	Lang                  text.Lang
	Remote                string // address of the caller, for the rate limit
}

// SetupRequired reports whether there is nobody yet.
func (s *Service) SetupRequired(ctx context.Context) (bool, error) {
	n, err := s.Users.Count(ctx)
	return n == 0 && err == nil, err
}

// SetupCodeRequired reports whether set-up needs the code printed at start.
func (s *Service) SetupCodeRequired() bool { return s.SetupCode != "" }

// Setup creates the first administrator and signs in. It is a Conflict as soon
// as there is anybody.
func (s *Service) Setup(ctx context.Context, r SetupRequest) (SignedIn, error) {
	if need, err := s.SetupRequired(ctx); err != nil {
		return SignedIn{}, err
	} else if !need {
		return SignedIn{}, AlreadySetUp()
	}
	now := s.Now().UTC()
	if w := s.byAddr.wait(r.Remote, now); w > 0 {
		return SignedIn{}, tooMany(w)
	}
	if s.SetupCode != "" && subtle.ConstantTimeCompare([]byte(r.Code), []byte(s.SetupCode)) != 1 {
		t := text.Text{EN: "this is not the set-up code that the program printed when it started",
			ZH: "设置码不正确，请使用程序启动时显示的设置码"}
		return SignedIn{}, fault.New(fault.Denied, "wrong_setup_code", t).At("code", "wrong_setup_code", t)
	}
	s.byAddr.undo(r.Remote)
	a, err := s.newAccount(ctx, NewUser{Name: r.Name, Title: r.Title, Role: Admin, Lang: r.Lang, Password: r.Password})
	if err != nil {
		return SignedIn{}, err
	}
	who := Actor{Name: a.Name, Role: Admin, Via: ViaSession}
	if err := s.Users.CreateFirst(ctx, a, s.event(who, "user.setup", "user", a.Name, nil)); err != nil {
		return SignedIn{}, err
	}
	return s.start(ctx, a.User, "session.start")
}

// AlreadySetUp is the fault of a second set-up.
func AlreadySetUp() error {
	return fault.New(fault.Conflict, "already_set_up", text.Text{
		EN: "this workspace has been set up already; sign in instead",
		ZH: "该工作区已完成初始设置，请直接登录"})
}

// Credentials are what a person signs in with.
type Credentials struct {
	Name, Password string
	Remote         string // address of the caller, for the rate limit
}

// SignIn checks name and password and begins a session. Unknown, disabled and
// wrong all give the same Unauthenticated fault after the same time; too many
// failures for a name or an address give RateLimited with param seconds.
func (s *Service) SignIn(ctx context.Context, c Credentials) (SignedIn, error) {
	now := s.Now().UTC()
	if w := s.byAddr.wait(c.Remote, now); w > 0 {
		return SignedIn{}, tooMany(w)
	}
	limitKey := c.Name[:min(len(c.Name), 64)] // the limiter's memory is bounded
	if w := s.byName.wait(limitKey, now); w > 0 {
		s.byAddr.undo(c.Remote)
		return SignedIn{}, tooMany(w)
	}
	var a Account
	err := checkUserName(c.Name) // what cannot be a name is nobody's
	if err == nil {
		if a, err = s.Users.Get(ctx, c.Name); err != nil && !fault.Is(err, fault.NotFound) {
			return SignedIn{}, err
		}
	}
	ok, verr := s.hasher.verify(ctx, a.PasswordHash, c.Password)
	if verr != nil {
		return SignedIn{}, verr
	}
	if err != nil || !ok || a.Disabled {
		s.Log.InfoContext(ctx, "sign-in refused", "name", c.Name, "remote", c.Remote)
		return SignedIn{}, fault.New(fault.Unauthenticated, "wrong_credentials", text.Text{
			EN: "the name or the password is wrong",
			ZH: "用户名或密码不正确"})
	}
	s.byName.succeed(limitKey)
	s.byAddr.undo(c.Remote)
	return s.start(ctx, a.User, "session.start")
}

// Switch begins a session as another person without a password. Only a demo
// allows it.
func (s *Service) Switch(ctx context.Context, name string) (SignedIn, error) {
	if !s.Demo {
		return SignedIn{}, fault.New(fault.Denied, "demo_only", text.Text{
			EN: "people can be switched only in the demo", ZH: "只有演示环境可以切换人员"})
	}
	a, err := s.Users.Get(ctx, name)
	if err != nil {
		return SignedIn{}, err
	}
	return s.start(ctx, a.User, "session.switch")
}

func (s *Service) start(ctx context.Context, u User, action string) (SignedIn, error) {
	now := s.Now().UTC()
	token, err := newSecret(s.Random)
	if err != nil {
		return SignedIn{}, err
	}
	if n, err := s.Sessions.Expire(ctx, now, now.Add(-s.Idle)); err != nil {
		return SignedIn{}, err
	} else if n > 0 {
		s.Log.DebugContext(ctx, "sessions expired", "count", n)
	}
	sess := Session{Hash: hashSecret(token), User: u.Name, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(s.Absolute)}
	who := Actor{Name: u.Name, Role: u.Role, Via: ViaSession}
	if err := s.Sessions.Create(ctx, sess, s.event(who, action, "session", u.Name, nil)); err != nil {
		return SignedIn{}, err
	}
	if err := s.Users.Seen(ctx, u.Name, now); err != nil {
		return SignedIn{}, err
	}
	u.SignedInAt = &now
	return SignedIn{Token: token, ExpiresAt: sess.ExpiresAt, Actor: who, User: u}, nil
}

// SignOut ends a session; one that is over already is no error.
func (s *Service) SignOut(ctx context.Context, token string) error {
	hash := hashSecret(token)
	sess, err := s.Sessions.Get(ctx, hash)
	if fault.Is(err, fault.NotFound) {
		return nil
	} else if err != nil {
		return err
	}
	who := Actor{Name: sess.User, Via: ViaSession}
	return s.Sessions.End(ctx, hash, s.event(who, "session.end", "session", sess.User, nil))
}

// Session finds the actor of a session token, with the role the person has
// now. The fault is Unauthenticated when the session is over.
func (s *Service) Session(ctx context.Context, token string) (Actor, error) {
	now := s.Now().UTC()
	sess, err := s.Sessions.Get(ctx, hashSecret(token))
	if fault.Is(err, fault.NotFound) {
		return Actor{}, sessionOver()
	} else if err != nil {
		return Actor{}, err
	}
	if !now.Before(sess.ExpiresAt) || !now.Before(sess.SeenAt.Add(s.Idle)) {
		return Actor{}, sessionOver()
	}
	a, err := s.Users.Get(ctx, sess.User)
	if fault.Is(err, fault.NotFound) || err == nil && a.Disabled {
		return Actor{}, sessionOver()
	} else if err != nil {
		return Actor{}, err
	}
	if err := s.used.note("session "+string(sess.Hash), sess.SeenAt, now, func() error { return s.Sessions.Touch(ctx, sess.Hash, now) }); err != nil {
		return Actor{}, err
	}
	return Actor{Name: a.Name, Role: a.Role, Via: ViaSession}, nil
}

func sessionOver() error {
	return fault.New(fault.Unauthenticated, "session_over", text.Text{
		EN: "the session is over; sign in again", ZH: "登录已失效，请重新登录"})
}

func (s *Service) event(who Actor, action, kind, name string, detail map[string]any) Event {
	return Event{At: s.Now().UTC(), Actor: who.Name, Via: who.Via, Action: action, Kind: kind, Name: name, Detail: detail}
}

func (s *Service) newAccount(ctx context.Context, n NewUser) (Account, error) {
	if n.Title == "" {
		n.Title = n.Name
	}
	for _, err := range []error{checkUserName(n.Name), checkTitle(n.Title), checkRole(n.Role), CheckPassword(n.Name, n.Password)} {
		if err != nil {
			return Account{}, err
		}
	}
	hash, err := s.hasher.hash(ctx, n.Password)
	if err != nil {
		return Account{}, fmt.Errorf("hash password: %w", err)
	}
	return Account{User: User{Name: n.Name, Title: n.Title, Role: n.Role, Lang: cleanLang(n.Lang), CreatedAt: s.Now().UTC()},
		PasswordHash: hash}, nil
}
