package tlsfile

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"time"
)

// pool reads authorities. A file often has an old one beside the new one, so one that is valid is enough.
func pool(ca File, text []byte, now time.Time) (*x509.CertPool, error) {
	all := x509.NewCertPool()
	found, invalid := 0, error(nil)
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("%s has a %s: it is for certificates of authorities alone", ca, block.Type)
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", ca, err)
		}
		if err := valid(ca, cert, now); err != nil {
			invalid = err
			continue
		}
		all.AddCert(cert)
		found++
	}
	switch {
	case found > 0:
		return all, nil
	case invalid != nil:
		return nil, invalid
	}
	return nil, fmt.Errorf("%s has no certificate in PEM", ca)
}
