// Command lodestar is the whole product: server, web page and command line.
package main

import (
	"os"

	"lodestar/internal/app"
)

func main() { os.Exit(app.Main()) }
