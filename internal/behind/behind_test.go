package behind_test

import (
	"testing"

	"lodestar/internal/behind"
)

// TestPanics comes to the one who waits, who is ready for it.
func TestPanics(t *testing.T) {
	defer func() {
		if v := recover(); v != "oh" {
			t.Errorf("%v", v)
		}
	}()
	behind.Do(func() { panic("oh") })
	t.Error("it went on")
}
