package access

// Role is what a person may do in a workspace. Each includes the ones before.
type Role string

// The roles.
const (
	Viewer Role = "viewer" // see and ask
	Editor Role = "editor" // define, load, set targets
	Admin  Role = "admin"  // people, tokens, settings
)

// Actor is who asks. The zero value may do nothing.
type Actor struct {
	Name string // user name, or "local:<os user>" for a command on a data directory
	Role Role
	Via  string // "session", "token:<name>", "local"
}
