package testserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Broker is a broker of messages over MQTT.
type Broker struct {
	*Server
	Port int
}

// Mosquitto starts a broker for users with their passwords, who may read and
// write everything.
func Mosquitto(ctx context.Context, users map[string]string) (*Broker, error) {
	program, err := exec.LookPath("mosquitto")
	if err != nil {
		program, err = exec.LookPath("/usr/sbin/mosquitto")
	}
	passwords, err2 := exec.LookPath("mosquitto_passwd")
	if err != nil || err2 != nil {
		return nil, errors.New("this needs a broker; on Debian: apt-get install mosquitto")
	}
	inner, err := at("mq")
	if err != nil {
		return nil, err
	}
	b := &Broker{Server: inner}
	_, err = inner.started(b.start(ctx, program, passwords, users))
	return b, err
}

func (b *Broker) start(ctx context.Context, program, passwords string, users map[string]string) (err error) {
	if b.Port, err = freePort(); err != nil {
		return err
	}
	file, config, log := filepath.Join(b.dir, "users"), filepath.Join(b.dir, "config"), filepath.Join(b.dir, "log")
	var lines strings.Builder
	for user, password := range users {
		fmt.Fprintf(&lines, "%s:%s\n", user, password)
	}
	if err := os.WriteFile(file, []byte(lines.String()), 0o600); err != nil {
		return err
	}
	if err := run(ctx, command(nil, b.dir, passwords, "-U", file)); err != nil {
		return err
	}
	// More on the way than the 20 that are usual, so that tests are quick.
	text := fmt.Sprintf("listener %d 127.0.0.1\nallow_anonymous false\npassword_file %s\nmax_inflight_messages 200\nmax_queued_messages 100000\npersistence false\nlog_dest file %s\n", b.Port, file, log)
	if os.Geteuid() == 0 {
		text += "user root\n"
	}
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return err
	}
	ended, err := b.launch(command(nil, b.dir, program, "-c", config))
	if err != nil {
		return err
	}
	for {
		if c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", b.Port)); err == nil {
			return c.Close()
		}
		select {
		case err := <-ended:
			return fmt.Errorf("mosquitto ended: %w\n%s", err, tail(log))
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}
