package app

import (
	"os/exec"
	"runtime"
)

// openBrowser asks the desktop to open an address. Where there is no desktop
// nothing happens: the address is printed anyway.
func openBrowser(url string) {
	name, args := "xdg-open", []string{url}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", url}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return
	}
	cmd := exec.Command(path, args...)
	if cmd.Start() == nil {
		go cmd.Wait() // reaps the helper, which ends by itself
	}
}
