package app

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"os"
	"time"

	"lodestar/internal/fault"
	"lodestar/internal/pgwire"
	"lodestar/internal/text"
)

// sqlDoor is the listening server for PostgreSQL clients.
type sqlDoor struct {
	server *pgwire.Server
	addr   net.Addr
	ended  chan error
}

// startSQL listens for PostgreSQL clients, if that was asked for.
func (a *App) startSQL() error {
	if a.cfg.SQLAddr == "" {
		return nil
	}
	cfg, err := a.sqlTLS()
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", a.cfg.SQLAddr)
	if err != nil {
		return listenFault(a.cfg.SQLAddr, err)
	}
	d := &sqlDoor{addr: ln.Addr(), ended: make(chan error, 1), server: pgwire.New(pgwire.Config{Access: a.people, Engine: a.engine,
		Model: a.model.Load, TLS: cfg, Version: a.cfg.Version, Now: a.cfg.Now, Log: a.cfg.Log})}
	go func() {
		if err := d.server.Serve(ln); err != nil {
			d.ended <- err
		}
	}()
	a.sql = d
	a.onStop(d.server.Stop)
	return nil
}

// sqlEnded tells when the door broke; nil, which never does, without one.
func (a *App) sqlEnded() <-chan error {
	if a.sql == nil {
		return nil
	}
	return a.sql.ended
}

// SQLAddr is where PostgreSQL clients connect; "" for nowhere.
func (a *App) SQLAddr() string {
	if a.sql == nil {
		return ""
	}
	return shownAddr(a.sql.addr.String(), a.cfg.SQLAddr)
}

// sqlTLS uses the server's certificate, or makes one that lives as long as the
// process: clients that do not check it are still encrypted.
func (a *App) sqlTLS() (*tls.Config, error) {
	if a.cfg.TLSCert != "" {
		cert, err := tls.LoadX509KeyPair(a.cfg.TLSCert, a.cfg.TLSKey)
		if err != nil {
			return nil, fault.New(fault.Invalid, "bad_certificate", text.Text{
				EN: "the certificate or its key cannot be used: {why}", ZH: "证书或私钥无法使用：{why}"}, "why", err)
		}
		return &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}, nil
	}
	cert, err := selfSigned(a.cfg.Now())
	if err != nil {
		return nil, err
	}
	return &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}, nil
}

func selfSigned(now time.Time) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return tls.Certificate{}, err
	}
	name, _ := os.Hostname()
	t := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: "Lodestar"}, DNSNames: []string{"localhost", name},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(2, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}
