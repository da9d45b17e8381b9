// Package httpapi is the HTTP door: REST with its OpenAPI document, the pages'
// files, and the operations' addresses. It finds out who asks, turns bodies
// into the services' request types and faults into problem documents, and has
// no rules of its own: what one may do and what an answer is, the services say.
//
// One feature is one file. problem.go holds the one table from fault kinds to
// statuses, route.go the way every operation is registered, schema.go how Go
// types appear in the OpenAPI document.
package httpapi
