package app

import (
	"context"
	"sync"
	"time"
)

// knownFor is how long the list of people is taken as it is: definitions are
// judged by the thousand, and each asks for its owner.
const knownFor = time.Second

// known remembers who there is.
type known struct {
	mu    sync.Mutex
	at    time.Time
	names map[string]bool
}

// knownPerson reports whether a user has this name. When the list cannot be
// read everybody is taken as known: the answer only leads to a warning.
func (a *App) knownPerson(name string) bool {
	a.known.mu.Lock()
	defer a.known.mu.Unlock()
	if now := a.cfg.Now(); a.known.names == nil || now.Sub(a.known.at) > knownFor || now.Before(a.known.at) {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		people, err := a.people.People(ctx)
		if err != nil {
			a.cfg.Log.Warn("list people", "error", err)
			return true
		}
		a.known.names, a.known.at = make(map[string]bool, len(people)), now
		for _, p := range people {
			a.known.names[p.Name] = true
		}
	}
	return a.known.names[name]
}
