package channel_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"net/mail"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/internal/channel"
)

// server is a mail server that keeps what it takes.
type server struct {
	smtp    *smtp.Server
	address string
	roots   *x509.CertPool
	refuse  *smtp.SMTPError // What recipients are answered; nil for taking them.
	slow    chan struct{}   // Nobody is greeted before it is closed; nil for at once.
	weighs  time.Duration   // How long it says nothing of a letter that it has.

	mu      sync.Mutex
	letters []*mail.Message
	bodies  []string
	to      []string
	logins  []string
}

// serve begins a mail server on a free port.
func serve(t *testing.T, implicit bool) *server {
	t.Helper()
	s := &server{}
	certificate, roots := identity(t)
	s.roots = roots
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.address = listener.Addr().String()
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	s.smtp = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		if s.slow != nil {
			<-s.slow
		}
		return &session{server: s}, nil
	}))
	s.smtp.Domain, s.smtp.TLSConfig, s.smtp.ErrorLog = "localhost", config, quiet{}
	s.smtp.AllowInsecureAuth = true
	if implicit {
		listener = tls.NewListener(listener, config)
	}
	go func() { _ = s.smtp.Serve(listener) }()
	t.Cleanup(func() { _ = s.smtp.Close() })
	return s
}

// quiet hears nothing.
type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// session is one connection.
type session struct{ server *server }

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		s.server.mu.Lock()
		defer s.server.mu.Unlock()
		s.server.logins = append(s.server.logins, user)
		if password != "open sesame" {
			return errors.New("no")
		}
		return nil
	}), nil
}

func (s *session) Mail(string, *smtp.MailOptions) error { return nil }

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.server.refuse != nil {
		return s.server.refuse
	}
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.to = append(s.server.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	letter, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(letter.Body)
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.letters, s.server.bodies = append(s.server.letters, letter), append(s.server.bodies, string(body))
	time.Sleep(s.server.weighs)
	return err
}

func (*session) Reset()        {}
func (*session) Logout() error { return nil }

// identity is a server's certificate, and who vouches for it.
func identity(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	parsed, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

func message() channel.Message {
	return channel.Message{
		ID: "01abc-1-callback-1", Type: "redress.notice", Recipient: "agents/zhao", Address: "zhao@example.com", Language: "zh-Hans",
		Subject: "投诉 R-7K3M-9QX2-C：回电即将到期", Text: "请回电。\n", Details: map[string]any{"about": "WARNING", "complaint": "complaints/01abc"},
	}
}

func TestMail(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		security channel.Security
		user     string
	}{
		"in the clear":                 {channel.Plain, ""},
		"in the clear, with login":     {channel.Plain, "redress"},
		"encrypted on the way":         {channel.StartTLS, ""},
		"encrypted on the way, login":  {channel.StartTLS, "redress"},
		"encrypted from the beginning": {channel.TLS, "redress"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, test.security == channel.TLS)
			m, err := channel.NewMail(channel.MailConfig{
				Address: s.address, Security: test.security, User: test.user, Password: "open sesame", From: "Redress <redress@firm.example>", Roots: s.roots,
			})
			require.NoError(t, err)
			for range 2 {
				_, err = m.Send(t.Context(), message())
				require.NoError(t, err)
			}
			require.Equal(t, []string{"zhao@example.com", "zhao@example.com"}, s.to)
			require.Equal(t, test.user != "", len(s.logins) > 0)
			for _, letter := range s.letters {
				require.Equal(t, "<01abc-1-callback-1@firm.example>", letter.Header.Get("Message-ID"), "sent again it is the same letter")
				require.Equal(t, "auto-generated", letter.Header.Get("Auto-Submitted"))
				require.Contains(t, letter.Header.Get("Subject"), "=?UTF-8?")
			}
		})
	}
}

// What no repetition can help is a refusal. No error says where the letter was to go.
func TestMailThatIsNotTaken(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change  func(*server, *channel.MailConfig, *channel.Message)
		refused bool
		says    string
	}{
		"no such person": {func(s *server, _ *channel.MailConfig, _ *channel.Message) {
			s.refuse = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no zhao@example.com here"}
		}, true, "550"},
		"later": {func(s *server, _ *channel.MailConfig, _ *channel.Message) {
			s.refuse = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 2, 1}, Message: "zhao@example.com is busy"}
		}, false, "451"},
		"wrong password": {func(_ *server, c *channel.MailConfig, _ *channel.Message) { c.User, c.Password = "redress", "s3cret" }, false, "does not let us in"},
		"not who it says it is": {func(_ *server, c *channel.MailConfig, _ *channel.Message) {
			c.Security, c.Roots = channel.StartTLS, x509.NewCertPool()
		}, false, "cannot be reached"},
		"nobody there": {func(_ *server, c *channel.MailConfig, _ *channel.Message) { c.Address = "127.0.0.1:1" }, false, "cannot be reached"},
		"no address":   {func(_ *server, _ *channel.MailConfig, m *channel.Message) { m.Address = "" }, false, "no e-mail address"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, false)
			cfg := channel.MailConfig{Address: s.address, Security: channel.Plain, From: "redress@firm.example", Roots: s.roots}
			msg := message()
			test.change(s, &cfg, &msg)
			m, err := channel.NewMail(cfg)
			require.NoError(t, err)
			_, err = m.Send(t.Context(), msg)
			require.ErrorContains(t, err, test.says)
			require.Equal(t, test.refused, channel.Refused(err))
			require.NotContains(t, err.Error(), "zhao@")
			require.NotContains(t, err.Error(), "s3cret")
			require.Empty(t, s.letters)
		})
	}
}

// A server that does not greet is given up when the time is over.
func TestMailServerThatHangs(t *testing.T) {
	t.Parallel()
	s := serve(t, false)
	s.slow = make(chan struct{})
	t.Cleanup(func() { close(s.slow) })
	m, err := channel.NewMail(channel.MailConfig{Address: s.address, Security: channel.Plain, From: "redress@firm.example"})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err = m.Send(ctx, message())
	require.Error(t, err)
	require.False(t, channel.Refused(err))
	require.Less(t, time.Since(began), 5*time.Second)
}

// counter takes every message.
type counter struct{ taken int }

func (c *counter) Send(context.Context, channel.Message) (string, error) {
	c.taken++
	return "taken", nil
}

// A server that takes long to say that it takes a letter has it once: nobody hangs up on it, and nothing goes by another way, also when it says
// nothing at all. Who has no time for an answer is told by the next way.
func TestAServerThatWeighsALetter(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		weighs, answer time.Duration
		unsure         bool
		others         int
	}{
		"it answers in time": {300 * time.Millisecond, 10 * time.Second, false, 0},
		"it does not":        {2 * time.Second, 200 * time.Millisecond, true, 0},
		"nobody waits":       {2 * time.Second, 0, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, false)
			s.weighs = test.weighs
			sender, err := channel.NewMail(channel.MailConfig{Address: s.address, Security: channel.Plain, From: "care@firm.example"})
			require.NoError(t, err)
			other := &counter{}
			taken, _, err := channel.First(t.Context(), channel.Patience{Begin: 200 * time.Millisecond, Answer: test.answer}, []channel.Way{
				{Name: "mail", Channel: sender, Message: message()}, {Name: "other", Channel: other, Message: message()},
			})
			require.Equal(t, test.unsure, channel.Unsure(err), "%v", err)
			require.False(t, channel.Refused(err))
			require.Equal(t, test.others, taken)
			require.Equal(t, test.others, other.taken)
			s.mu.Lock()
			defer s.mu.Unlock()
			require.Len(t, s.letters, 1)
		})
	}
}

func TestMailSettings(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]channel.MailConfig{
		"no host:port":                {Address: "mail", From: "a@b.example"},
		"no sender's address":         {Address: "mail:25", From: "nobody"},
		"is none of":                  {Address: "mail:25", From: "a@b.example", Security: "some"},
		"not sent to another host in": {Address: "mail:25", From: "a@b.example", Security: channel.Plain, User: "u", Password: "p"},
	} {
		_, err := channel.NewMail(cfg)
		require.ErrorContains(t, err, name)
	}
}
