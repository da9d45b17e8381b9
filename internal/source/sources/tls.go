package sources

import (
	"crypto/tls"
	"crypto/x509"
	"path"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// tls is nil for a connection without it; a socket of this machine has none.
func (s Settings) tls() (*tls.Config, error) {
	if s.Spec.TLS == "off" || path.IsAbs(s.Spec.Host) {
		return nil, nil
	}
	out := &tls.Config{ServerName: s.Spec.Host, MinVersion: tls.VersionTLS12, InsecureSkipVerify: s.Spec.TLS == "unverified"}
	if s.CA == "" {
		return out, nil
	}
	var err error
	out.RootCAs, err = certificates(s.CA)
	return out, err
}

func certificates(pem string) (*x509.CertPool, error) {
	out := x509.NewCertPool()
	if !out.AppendCertsFromPEM([]byte(pem)) {
		return nil, fault.New(fault.Invalid, "bad_certificate", text.Text{
			EN: "the certificates to verify with are not in PEM form", ZH: "用于校验的证书不是 PEM 格式"})
	}
	return out, nil
}
