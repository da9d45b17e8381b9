package httpapi

import (
	"context"
	"net/http"

	"lodestar/internal/access"
	"lodestar/internal/text"
)

type contextKey int

const (
	actorKey contextKey = iota
	langKey
	requestKey
	visitKey
	localKey
)

// AsLocal marks a request as coming from inside this process, on behalf of
// whoever runs the command. Nothing that arrives over a network can carry the
// mark.
func AsLocal(ctx context.Context, actor access.Actor) context.Context {
	return context.WithValue(ctx, localKey, actor)
}

func localActor(ctx context.Context) (access.Actor, bool) {
	a, ok := ctx.Value(localKey).(access.Actor)
	return a, ok
}

func actorOf(ctx context.Context) access.Actor {
	a, _ := ctx.Value(actorKey).(access.Actor)
	return a
}

func langOf(ctx context.Context) text.Lang {
	if l, ok := ctx.Value(langKey).(text.Lang); ok {
		return l
	}
	return text.EN
}

// requestOf gives the raw request to the few operations that stream.
func requestOf(ctx context.Context) *http.Request {
	r, _ := ctx.Value(requestKey).(*http.Request)
	return r
}

// visit collects what the access log wants to say about a request.
type visit struct {
	id    string
	route string // the pattern that matched
	actor string
}

func visitOf(ctx context.Context) *visit {
	if v, ok := ctx.Value(visitKey).(*visit); ok {
		return v
	}
	return &visit{}
}
