package routing_test

import (
	"io"
	"log/slog"
	"mime"
	"net"
	"net/mail"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/channel"
	"github.com/redress-dev/redress/services/routing"
)

// postbox is a mail server that keeps the last letter.
type postbox struct {
	mu      sync.Mutex
	to      string
	subject string
}

func (p *postbox) Mail(string, *smtp.MailOptions) error { return nil }
func (p *postbox) Reset()                               {}
func (p *postbox) Logout() error                        { return nil }
func (p *postbox) Rcpt(to string, _ *smtp.RcptOptions) error {
	p.mu.Lock()
	defer p.mu.Unlock()
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
	p.subject, err = new(mime.WordDecoder).DecodeHeader(letter.Header.Get("Subject"))
	return err
}

// An assignment reaches the person's mailbox, whose address stands in no log and no event.
func TestAnAssignmentByMail(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-2", "API-4")
	w := newWorld(t)
	box := &postbox{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return box, nil }))
	server.Domain = "localhost"
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	mailbox, err := channel.NewMail(channel.MailConfig{Address: listener.Addr().String(), Security: channel.Plain, From: "redress@firm.example"})
	require.NoError(t, err)
	staff, err := routing.NewStaff(routing.StaffConfig{}, routing.StaffDeps{
		Directory: w.deps.Directory, Gathering: w.deps.Gathering, Policy: w.deps.Policy, Channels: map[policyv1.NoticeChannel]channel.Channel{
			policyv1.NoticeChannel_LOG: channel.Log{Logger: slog.New(slog.NewTextHandler(w.logged, nil))}, policyv1.NoticeChannel_MAIL: mailbox,
		},
	})
	require.NoError(t, err)
	service := w.by(staff)
	person, err := w.people.GetAgent(t.Context(), &routingv1.GetAgentRequest{Name: "agents/he"})
	require.NoError(t, err)
	person.NoticeChannels, person.Email = []policyv1.NoticeChannel{policyv1.NoticeChannel_MAIL}, "he.jing@firm.example"
	_, err = w.people.UpdateAgent(t.Context(), &routingv1.UpdateAgentRequest{Agent: person})
	require.NoError(t, err)

	complaint := w.file("customers/a", policyv1.TargetKind_DELIVERY)
	_, err = service.AssignComplaint(t.Context(), &routingv1.AssignComplaintRequest{Complaint: complaint, Cycle: 1})
	require.NoError(t, err)
	service.Deliver(t.Context())
	require.Equal(t, "he.jing@firm.example", box.to)
	require.Equal(t, "投诉 "+complaint+" 由您负责", box.subject)
	require.Equal(t, []string{"notice_sent ASSIGNMENT"}, w.notices(complaint))

	require.NoError(t, server.Close())
	next := w.file("customers/b", policyv1.TargetKind_DELIVERY)
	_, err = service.AssignComplaint(t.Context(), &routingv1.AssignComplaintRequest{Complaint: next, Cycle: 1})
	require.NoError(t, err)
	service.Deliver(t.Context())
	require.Equal(t, []string{"notice_delayed ASSIGNMENT"}, w.notices(next))
	require.NotContains(t, w.logged.String(), "he.jing")
	for _, e := range append(w.events(next), w.events(complaint)...) {
		require.NotContains(t, string(e.GetPayload()), "he.jing")
	}
}
