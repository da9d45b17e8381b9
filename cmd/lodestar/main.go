// Command lodestar is the whole product: server, web page and command line.
package main

import (
	"os"

	"lodestar/internal/app"
)

// version is the commit, set by the linker: -ldflags "-X main.version=…".
var version string

func main() { os.Exit(app.Main(version)) }
