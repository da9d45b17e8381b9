// Package web holds the built web page inside the program.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Files gives what the page's build left, with index.html at the top. It holds
// no index.html when the page was not built.
func Files() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // only for a malformed constant path
	}
	return sub
}
