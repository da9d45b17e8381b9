package sources

import (
	"context"
	"crypto/tls"

	"lodestar/internal/source"
	"lodestar/internal/source/kafka"
	"lodestar/internal/source/mqtt"
	"lodestar/internal/warehouse/direct"
)

func openKafka(ctx context.Context, s Settings, secure *tls.Config, w *source.Watch) (source.Source, error) {
	c := s.Spec
	return kafka.Open(ctx, kafka.Config{Hosts: c.Hosts, User: c.User, Password: s.Password, Mechanism: c.Mechanism, TLS: secure, Dial: w.Dial(direct.Dial)})
}

func openMQTT(ctx context.Context, s Settings, secure *tls.Config, w *source.Watch) (source.Source, error) {
	c := s.Spec
	return mqtt.Open(ctx, mqtt.Config{Host: c.Host, Port: c.Port, User: c.User, Password: s.Password, TLS: secure, Dial: w.Dial(direct.Dial), Now: s.Now})
}
