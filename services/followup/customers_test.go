package followup_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/followup"
	wire "github.com/redress-dev/redress/services/internal/channel"
	"github.com/redress-dev/redress/services/internal/policy"
)

// postbox is a mail server that keeps the last letter.
type postbox struct {
	mu            sync.Mutex
	to, id, about string
	refuse        *smtp.SMTPError
}

func (p *postbox) Mail(string, *smtp.MailOptions) error { return nil }
func (p *postbox) Reset()                               {}
func (p *postbox) Logout() error                        { return nil }
func (p *postbox) Rcpt(to string, _ *smtp.RcptOptions) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refuse != nil {
		return p.refuse
	}
	p.to = to
	return nil
}

func (p *postbox) Data(r io.Reader) error {
	letter, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.id = letter.Header.Get("Message-Id")
	p.about, err = new(mime.WordDecoder).DecodeHeader(letter.Header.Get("Subject"))
	return err
}

// outside is a mail server and a webhook, and the channel that reaches customers by them.
type outside struct {
	box      *postbox
	posted   []string
	failed   []string
	log      bytes.Buffer
	channel  *followup.Customers
	shutdown func()
}

// reach makes it, by the policy's channels in that order.
func reach(t *testing.T, channels string) *outside {
	t.Helper()
	o := &outside{box: &postbox{}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return o.box, nil }))
	server.Domain = "localhost"
	go func() { _ = server.Serve(listener) }()
	o.shutdown = func() { _ = server.Close() }
	t.Cleanup(o.shutdown)
	mailbox, err := wire.NewMail(wire.MailConfig{Address: listener.Addr().String(), Security: wire.Plain, From: "care@firm.example"})
	require.NoError(t, err)
	web := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		o.posted = append(o.posted, string(body))
	}))
	t.Cleanup(web.Close)
	hook, err := wire.NewWebhook(wire.WebhookConfig{URL: web.URL, Secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", Now: time.Now})
	require.NoError(t, err)
	p, err := policy.Parse([]byte("messages: {channels: "+channels+"}\n"), "policy.yaml")
	require.NoError(t, err)
	o.channel, err = followup.NewCustomers(followup.CustomersDeps{
		Policy: p, Logger: slog.New(slog.NewTextHandler(&o.log, nil)),
		Channels: map[policyv1.NoticeChannel]wire.Channel{policyv1.NoticeChannel_MAIL: mailbox, policyv1.NoticeChannel_WEBHOOK: hook},
		Failed:   func(_ context.Context, by, template string) { o.failed = append(o.failed, by+" "+template) },
	})
	require.NoError(t, err)
	return o
}

// written is a message to a customer who can be reached in two ways.
func written() followup.Message {
	return followup.Message{
		Notification: "complaints/01abc/notifications/ack-1", Complaint: "complaints/01abc", Template: "acknowledgement", Kind: "ACKNOWLEDGEMENT",
		Language: "zh-Hans", Digest: "abc123", Subject: "您的投诉已收到", Text: "王小姐，您好！",
		Recipient: followup.Recipient{Customer: "customers/c", DisplayName: "王小姐", Phone: "+8613900001234", Email: "wang@example.com"},
	}
}

// A letter reaches the customer's mailbox under its name, and the server's word is the proof.
func TestCustomersByMail(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACK-1", "API-4")
	o := reach(t, "[MAIL]")
	receipt, err := o.channel.Send(t.Context(), written())
	require.NoError(t, err)
	require.Equal(t, "mail", receipt.Channel)
	require.Equal(t, "wang@example.com", receipt.To)
	require.Contains(t, receipt.Proof, "queued")
	require.Equal(t, []string{"wang@example.com", "<01abc-ack-1@firm.example>", "您的投诉已收到"}, []string{o.box.to, o.box.id, o.box.about})
	require.Empty(t, o.log.String())

	o.box.refuse = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no wang@example.com"}
	_, err = o.channel.Send(t.Context(), written())
	require.True(t, wire.Refused(err))
	require.NotContains(t, err.Error(), "wang")
	o.box.refuse = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 2, 1}, Message: "busy"}
	_, err = o.channel.Send(t.Context(), written())
	require.ErrorContains(t, err, "451")
	require.False(t, wire.Refused(err))
	require.Equal(t, []string{"mail acknowledgement", "mail acknowledgement"}, o.failed)

	gone := written()
	gone.Handed = followup.Receipt{Channel: "mail", To: "other@example.com"}
	_, err = o.channel.Send(t.Context(), gone)
	require.True(t, wire.Refused(err), "what may have gone by a way goes by no other")

	o.failed = nil
	nobody := written()
	nobody.Recipient.Email = ""
	_, err = o.channel.Send(t.Context(), nobody)
	require.True(t, wire.Refused(err), "somebody has to find a way")
	require.False(t, o.channel.Reaches(nobody.Recipient))
	o.shutdown()
	_, err = o.channel.Send(t.Context(), written())
	require.False(t, wire.Refused(err), "the server may come back")
}

// The way that the customer prefers goes before the policy's order, and the next is taken where one fails.
func TestCustomersByTheirPreferredWay(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-2")
	o := reach(t, "[MAIL, WEBHOOK]")
	m := written()
	m.Recipient.Preferred = policyv1.ContactWay_SMS
	receipt, err := o.channel.Send(t.Context(), m)
	require.NoError(t, err)
	require.Equal(t, "+8613900001234", receipt.To)
	require.Equal(t, "200 for webhook-id 01abc-ack-1", receipt.Proof)
	for _, part := range []string{`"type":"redress.message"`, `"phone":"+8613900001234"`, `"displayName":"王小姐"`, `"message":"complaints/01abc/notifications/ack-1"`} {
		require.Contains(t, o.posted[0], part)
	}
	require.NotContains(t, o.posted[0], "wang@example.com", "one address at a time")

	m.Recipient.Preferred = policyv1.ContactWay_EMAIL
	o.box.refuse = &smtp.SMTPError{Code: 550, Message: "no"}
	receipt, err = o.channel.Send(t.Context(), m)
	require.NoError(t, err)
	require.Equal(t, "webhook", receipt.Channel)
	require.Equal(t, "wang@example.com", receipt.To, "still the way they prefer")
}

// The channel for development writes a line, without personal data.
func TestCustomersByLog(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACK-1", "API-4")
	o := reach(t, "[LOG]")
	receipt, err := o.channel.Send(t.Context(), written())
	require.NoError(t, err)
	require.Equal(t, followup.Receipt{Channel: followup.DevChannelName, Proof: "sha256:abc123"}, receipt)
	require.False(t, o.channel.Reaches(written().Recipient), "nobody is reached by a log")
	for _, told := range []string{"complaints/01abc/notifications/ack-1", "acknowledgement", "zh-Hans", "abc123"} {
		require.Contains(t, o.log.String(), told)
	}
	for _, secret := range []string{"王小姐", "13900001234", "wang", "已收到"} {
		require.NotContains(t, o.log.String(), secret)
	}
}

// Failures within the process are errors at the start.
func TestCustomersNeedEverything(t *testing.T) {
	t.Parallel()
	_, err := followup.NewCustomers(followup.CustomersDeps{})
	require.Error(t, err)
}

// Counters begin at zero by the names that receipts and failures have.
func TestChannelNames(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{"[MAIL, WEBHOOK]": {"mail", "webhook"}, "[LOG]": {followup.DevChannelName}} {
		p, err := policy.Parse([]byte("messages: {channels: "+text+"}\n"), "test.yaml")
		require.NoError(t, err)
		require.Equal(t, want, followup.ChannelNames(p))
	}
}
