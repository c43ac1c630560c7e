package channel

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/mail"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// Security is how the way to a mail server is protected.
type Security string

const (
	// StartTLS begins in the clear and goes on encrypted, or not at all.
	StartTLS Security = "starttls"
	// TLS is encrypted from the beginning.
	TLS Security = "tls"
	// Plain is not encrypted; for a server on the same host.
	Plain Security = "none"
)

// MailConfig says how e-mails are sent.
type MailConfig struct {
	// Address is the server's host:port.
	Address string
	// Security is how the way there is protected; StartTLS when empty.
	Security Security
	// User and Password log in; no login when User is empty.
	User, Password string
	// From is who the e-mails are from, as an address or with a name.
	From string
	// Roots are the authorities that may vouch for the server; the system's when nil.
	Roots *x509.CertPool
}

// Mail sends e-mails through a mail server.
type Mail struct {
	cfg    MailConfig
	host   string
	port   int
	domain string
}

// NewMail checks the configuration; its error names what is wrong. It does not connect.
func NewMail(cfg MailConfig) (*Mail, error) {
	host, text, err := net.SplitHostPort(cfg.Address)
	port, failure := strconv.ParseUint(text, 10, 16)
	if err != nil || failure != nil || host == "" || port == 0 {
		return nil, fmt.Errorf("%q is no host:port of a mail server", cfg.Address)
	}
	from, err := mail.ParseAddress(cfg.From)
	if err != nil {
		return nil, fmt.Errorf("%q is no sender's address", cfg.From)
	}
	switch cfg.Security {
	case "":
		cfg.Security = StartTLS
	case StartTLS, TLS, Plain:
	default:
		return nil, fmt.Errorf("%q is none of %s, %s and %s", cfg.Security, StartTLS, TLS, Plain)
	}
	if cfg.User != "" && cfg.Security == Plain && !isLocal(host) {
		return nil, errors.New("a password is not sent to another host in the clear")
	}
	return &Mail{cfg: cfg, host: host, port: int(port), domain: from.Address[strings.LastIndexByte(from.Address, '@')+1:]}, nil
}

// isLocal tells whether a host is this one.
func isLocal(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Send implements Channel. A recipient without an address is refused for now: one may be added to the directory.
func (m *Mail) Send(ctx context.Context, msg Message) (string, error) {
	if msg.Address == "" {
		return "", errors.New("the person has no e-mail address on record")
	}
	letter := gomail.NewMsg()
	if err := errors.Join(letter.From(m.cfg.From), letter.To(msg.Address)); err != nil {
		return "", &RefusalError{Problem: "the e-mail address on record cannot be used"}
	}
	letter.Subject(msg.Subject)
	letter.SetMessageIDWithValue(msg.ID + "@" + m.domain)
	letter.SetGenHeader("Auto-Submitted", "auto-generated") // No out-of-office reply is wanted (RFC 3834).
	letter.SetGenHeader("Content-Language", msg.Language)
	if msg.Unsubscribe != "" {
		letter.SetGenHeader(gomail.HeaderListUnsubscribe, "<"+msg.Unsubscribe+">")
		if strings.HasPrefix(msg.Unsubscribe, "https:") { // With one click only where nobody on the way can change it (RFC 8058).
			letter.SetGenHeader(gomail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
		}
	}
	letter.SetDate()
	letter.SetBodyWriter(gomail.TypeTextPlain, func(w io.Writer) (int64, error) {
		n, err := io.WriteString(w, msg.Text)
		msg.handed() // What is left is a line with a dot, and the server's answer to it, for which RFC 5321 gives it ten minutes.
		return int64(n), err
	})
	client, err := m.client(ctx)
	if err != nil {
		return "", err
	}
	// Whoever has taken the letter has it, whatever becomes of the parting words.
	if err := client.DialAndSendWithContext(ctx, letter); err != nil && !letter.IsDelivered() {
		return "", described(ctx, err)
	}
	return receipt(letter.ServerResponse(), msg.Address), nil
}

// longestReceipt is how much is kept of what a server says.
const longestReceipt = 200

// receipt is what the server said when it took the letter, in one line: often the name that it has in the server's queue. One that names
// the address is not kept.
func receipt(answer, address string) string {
	answer = strings.ToValidUTF8(strings.Join(strings.Fields(answer), " "), "")
	if strings.Contains(strings.ToLower(answer), strings.ToLower(address)) {
		return ""
	}
	if len(answer) > longestReceipt {
		answer = strings.ToValidUTF8(answer[:longestReceipt], "")
	}
	return answer
}

// neverOver is more time than any attempt has: ctx ends the connection, and no clock of the library's besides.
const neverOver = 24 * time.Hour

// client is one for a single message: messages are few, and a connection that is kept may have been closed by the server.
func (m *Mail) client(ctx context.Context) (*gomail.Client, error) {
	options := []gomail.Option{gomail.WithPort(m.port), gomail.WithTimeout(neverOver), gomail.WithTLSConfig(m.encryption()), gomail.WithDialContextFunc(
		func(_ context.Context, network, address string) (net.Conn, error) {
			return m.dial(ctx, network, address)
		},
	)}
	switch m.cfg.Security {
	case TLS:
		options = append(options, gomail.WithSSL())
	case Plain:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if m.cfg.User != "" {
		kind := gomail.SMTPAuthAutoDiscover
		switch m.cfg.Security {
		case Plain:
			kind = gomail.SMTPAuthPlainNoEnc
		case TLS:
			kind = gomail.SMTPAuthPlain // The library does not see that our connection is encrypted, and would not look for a plain login.
		case StartTLS:
		}
		options = append(options, gomail.WithSMTPAuth(kind), gomail.WithUsername(m.cfg.User), gomail.WithPassword(m.cfg.Password))
	}
	client, err := gomail.NewClient(m.host, options...)
	if err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return client, nil
}

// dial connects, and has the connection end with ctx, whatever is said over it then.
func (m *Mail) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { _ = conn.Close() })
	if m.cfg.Security != TLS {
		return conn, nil
	}
	encrypted := tls.Client(conn, m.encryption())
	if err := encrypted.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return encrypted, nil
}

func (m *Mail) encryption() *tls.Config {
	return &tls.Config{ServerName: m.host, RootCAs: m.cfg.Roots, MinVersion: tls.VersionTLS12}
}

// described puts a failure in words of ours: a server's answer names the address. It is a refusal when the server will not take
// this recipient or this letter, now or later; not when it does not like the sender or the login, which an operator mends. Who had the
// whole letter and says nothing may send it.
func described(ctx context.Context, err error) error {
	var failure *gomail.SendError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &failure):
		if late(ctx) {
			return errors.New("the mail server did not answer in time")
		}
		return errors.New("the mail server cannot be reached, or does not let us in")
	}
	code := failure.ErrorCode()
	problem := fmt.Sprintf("the mail server answers %d", code)
	if failure.EnhancedStatusCode() != "" {
		problem += " " + failure.EnhancedStatusCode()
	}
	if permanent := code >= 500 && !failure.IsTemp(); permanent && (failure.Reason == gomail.ErrSMTPRcptTo || failure.Reason == gomail.ErrSMTPData) {
		return &RefusalError{Problem: problem}
	}
	switch {
	case code == 0 && failure.Reason == gomail.ErrSMTPDataClose:
		return &UnsureError{Problem: "the mail server has the letter and did not say whether it takes it"}
	case code == 0:
		return errors.New("the mail server did not take the letter")
	}
	return errors.New(problem)
}
