package access

import (
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// Role is what a person may do in a workspace. Each includes the ones before.
type Role string

// The roles.
const (
	Viewer Role = "viewer" // see and ask
	Editor Role = "editor" // define, load, set targets
	Admin  Role = "admin"  // people, tokens, settings
)

// Roles lists the roles, least first.
func Roles() []Role { return []Role{Viewer, Editor, Admin} }

// Valid reports whether the role is one of Roles.
func (r Role) Valid() bool { return r.rank() > 0 }

// Includes reports whether r may do all that other may. A role that is not
// valid includes nothing and is included in nothing.
func (r Role) Includes(other Role) bool {
	return r.rank() > 0 && other.rank() > 0 && r.rank() >= other.rank()
}

func (r Role) rank() int {
	switch r {
	case Viewer:
		return 1
	case Editor:
		return 2
	case Admin:
		return 3
	}
	return 0
}

// Title names the role in both languages.
func (r Role) Title() text.Text {
	switch r {
	case Viewer:
		return text.Text{EN: "viewer", ZH: "查看者"}
	case Editor:
		return text.Text{EN: "editor", ZH: "编辑者"}
	case Admin:
		return text.Text{EN: "administrator", ZH: "管理员"}
	}
	return text.Text{EN: "nobody", ZH: "无角色"}
}

// Ways in which an actor came, as in Actor.Via. A token's Via is ViaToken
// followed by its name.
const (
	ViaSession = "session"
	ViaLocal   = "local"
	ViaToken   = "token:"
)

// Actor is who asks. The zero value may do nothing.
type Actor struct {
	Name string // user name, or "local:<os user>" for a command on a data directory
	Role Role
	Via  string // "session", "token:<name>", "local"
}

// Local is the actor of a command that works on a data directory itself. Who
// can read the directory can do everything, so it is an administrator; the
// audit trail keeps the name of the operating system's user.
func Local(osUser string) Actor {
	return Actor{Name: "local:" + osUser, Role: Admin, Via: ViaLocal}
}

// Must answers nil when the actor has the role or a higher one. Otherwise the
// fault is Unauthenticated for the zero actor and Denied for a known person.
func (a Actor) Must(need Role) error {
	if a.Role.Includes(need) {
		return nil
	}
	if a.Name == "" {
		return fault.New(fault.Unauthenticated, "sign_in_first", text.Text{
			EN: "sign in first",
			ZH: "请先登录"})
	}
	return fault.New(fault.Denied, "role_needed", text.Text{
		EN: "this needs the role {role}; ask an administrator to give it to you",
		ZH: "此操作需要“{role}”权限，请联系管理员开通"}, "role", need.Title())
}
