package access

import (
	"context"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// NewUser is what is asked for a person.
type NewUser struct {
	Name     string
	Title    string // default the name
	Role     Role
	Lang     text.Lang
	Password string
}

// UserPatch changes what is not nil.
type UserPatch struct {
	Title    *string
	Role     *Role
	Lang     *text.Lang
	Disabled *bool
	Password *string // ends the person's sessions
}

// ProfilePatch is what people change about themselves.
type ProfilePatch struct {
	Title *string
	Lang  *text.Lang
}

// List lists the people by name. Every signed-in person may, since owners are
// chosen from the list.
func (s *Service) List(ctx context.Context, who Actor) ([]User, error) {
	if err := who.Must(Viewer); err != nil {
		return nil, err
	}
	return s.People(ctx)
}

// People lists the people without asking who wants to know: for start-up, the
// demo's switcher and the check of owners.
func (s *Service) People(ctx context.Context) ([]User, error) {
	all, err := s.Users.All(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]User, len(all))
	for i, a := range all {
		out[i] = a.User
	}
	return out, nil
}

// User gives one person: oneself, or anyone to an administrator.
func (s *Service) User(ctx context.Context, who Actor, name string) (User, error) {
	need := Admin
	if who.Name == name {
		need = Viewer
	}
	if err := who.Must(need); err != nil {
		return User{}, err
	}
	a, err := s.Users.Get(ctx, name)
	return a.User, err
}

// CreateUser adds a person. Administrators only.
func (s *Service) CreateUser(ctx context.Context, who Actor, n NewUser) (User, error) {
	if err := who.Must(Admin); err != nil {
		return User{}, err
	}
	a, err := s.newAccount(ctx, n)
	if err != nil {
		return User{}, err
	}
	e := s.event(who, "user.create", "user", a.Name, map[string]any{"role": string(a.Role), "title": a.Title})
	return a.User, s.Users.Create(ctx, a, e)
}

// UpdateUser changes a person. Administrators only. A new password, another
// role or disabling ends the person's sessions; the last enabled administrator
// cannot be demoted or disabled (Conflict, "last_admin").
func (s *Service) UpdateUser(ctx context.Context, who Actor, name string, p UserPatch) (User, error) {
	if err := who.Must(Admin); err != nil {
		return User{}, err
	}
	return s.update(ctx, who, "user.update", name, p)
}

// DeleteUser removes a person with sessions and tokens. Administrators only.
func (s *Service) DeleteUser(ctx context.Context, who Actor, name string) error {
	if err := who.Must(Admin); err != nil {
		return err
	}
	return s.Users.Delete(ctx, name, s.event(who, "user.delete", "user", name, nil))
}

// ResetPassword sets a new password for somebody and ends the sessions.
func (s *Service) ResetPassword(ctx context.Context, who Actor, name, password string) error {
	if err := who.Must(Admin); err != nil {
		return err
	}
	_, err := s.update(ctx, who, "user.reset_password", name, UserPatch{Password: &password})
	return err
}

// UpdateProfile changes one's own title and language.
func (s *Service) UpdateProfile(ctx context.Context, who Actor, p ProfilePatch) (User, error) {
	if err := who.Must(Viewer); err != nil {
		return User{}, err
	}
	return s.update(ctx, who, "user.profile", who.Name, UserPatch{Title: p.Title, Lang: p.Lang})
}

// ChangePassword sets one's own password after checking the present one. All
// of one's sessions end, also the one that asked: sign in anew. A token may not.
func (s *Service) ChangePassword(ctx context.Context, who Actor, current, next string) error {
	if err := who.Must(Viewer); err != nil {
		return err
	}
	if who.Via != ViaSession {
		return sessionOnly()
	}
	if w := s.byName.wait(who.Name, s.Now().UTC()); w > 0 {
		return tooMany(w)
	}
	a, err := s.Users.Get(ctx, who.Name)
	if err != nil {
		return err
	}
	ok, err := s.hasher.verify(ctx, a.PasswordHash, current)
	if err != nil {
		return err
	}
	if !ok {
		t := text.Text{EN: "the present password is wrong", ZH: "当前密码不正确"}
		return fault.New(fault.Invalid, "wrong_password", t).At("current", "wrong_password", t)
	}
	s.byName.succeed(who.Name)
	_, err = s.update(ctx, who, "user.password", who.Name, UserPatch{Password: &next})
	return err
}

func (s *Service) update(ctx context.Context, who Actor, action, name string, p UserPatch) (User, error) {
	detail, hash, err := s.preparePatch(ctx, name, p)
	if err != nil {
		return User{}, err
	}
	var out User
	change := func(a *Account) error {
		set(&a.Title, p.Title)
		set(&a.Role, p.Role)
		set(&a.Disabled, p.Disabled)
		if p.Lang != nil {
			a.Lang = cleanLang(*p.Lang)
		}
		if hash != "" {
			a.PasswordHash = hash
		}
		out = a.User
		return nil
	}
	end := p.Password != nil || p.Role != nil || p.Disabled != nil && *p.Disabled
	err = s.Users.Update(ctx, name, change, end, s.event(who, action, "user", name, detail))
	return out, err
}

// preparePatch checks a patch outside the transaction, since hashing is slow.
func (s *Service) preparePatch(ctx context.Context, name string, p UserPatch) (detail map[string]any, hash string, err error) {
	detail = map[string]any{}
	if p.Title != nil {
		if err := checkTitle(*p.Title); err != nil {
			return nil, "", err
		}
		detail["title"] = *p.Title
	}
	if p.Role != nil {
		if err := checkRole(*p.Role); err != nil {
			return nil, "", err
		}
		detail["role"] = string(*p.Role)
	}
	if p.Lang != nil {
		detail["lang"] = string(cleanLang(*p.Lang))
	}
	if p.Disabled != nil {
		detail["disabled"] = *p.Disabled
	}
	if p.Password != nil {
		if err := CheckPassword(name, *p.Password); err != nil {
			return nil, "", err
		}
		if hash, err = s.hasher.hash(ctx, *p.Password); err != nil {
			return nil, "", err
		}
		detail["passwordChanged"] = true
	}
	return detail, hash, nil
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// LastAdmin is the fault of a change that would leave no enabled administrator.
func LastAdmin() error {
	return fault.New(fault.Conflict, "last_admin", text.Text{
		EN: "this is the last administrator; make somebody else an administrator first",
		ZH: "这是最后一位管理员，请先指定另一位管理员"})
}

// UnknownUser is the NotFound fault of a name that nobody has.
func UnknownUser(name string) error {
	return fault.New(fault.NotFound, "unknown_user", text.Text{
		EN: "there is no user named {name}", ZH: "没有名为 {name} 的用户"}, "name", name)
}

// UserTaken is the Conflict fault of a name that somebody has already.
func UserTaken(name string) error {
	return fault.New(fault.Conflict, "user_exists", text.Text{
		EN: "there is a user named {name} already", ZH: "用户名 {name} 已被占用"}, "name", name)
}

func sessionOnly() error {
	return fault.New(fault.Denied, "session_only", text.Text{
		EN: "this can be done only by a person who is signed in, not with a token",
		ZH: "此操作须由本人登录后进行，不能使用令牌"})
}
