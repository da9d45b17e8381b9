// Package access knows people, their roles, sessions and tokens, and answers
// whether an actor may do a thing. Services ask it on their first line; doors
// only find out who the actor is.
package access
