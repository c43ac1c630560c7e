package suite

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/channel"
	"github.com/redress-dev/redress/services/routing"
	routingstore "github.com/redress-dev/redress/services/routing/sqlstore"
)

// NoticeConfig says how routing reaches the firm's own people, and followup its customers. What is empty is not set up; the log always is.
type NoticeConfig struct {
	// MailServer is the mail server's host:port; empty for none.
	MailServer string `name:"smtp-addr" env:"REDRESS_SMTP_ADDR" placeholder:"HOST:PORT" group:"notices" help:"Mail server that notices to staff and messages to customers are sent through. Without one nobody is told by e-mail."`
	// MailSecurity is how the way there is protected; StartTLS when empty.
	MailSecurity string `name:"smtp-security" env:"REDRESS_SMTP_SECURITY" default:"starttls" enum:"starttls,tls,none" placeholder:"HOW" group:"notices" help:"How the way to the mail server is protected: starttls, tls from the first byte, or none for a server on this host."`
	// MailUser and MailPassword log in there; no login when empty.
	MailUser     string `name:"smtp-user" env:"REDRESS_SMTP_USER" placeholder:"NAME" group:"notices" help:"User at the mail server; empty for no login."`
	MailPassword string `name:"smtp-password" env:"REDRESS_SMTP_PASSWORD" placeholder:"PASSWORD" secret:"whole" group:"notices" help:"The user's password. Other users of the host may see a flag: use the variable or the file."`
	// MailFrom is who e-mails are from.
	MailFrom string `name:"smtp-from" env:"REDRESS_SMTP_FROM" placeholder:"ADDRESS" group:"notices" help:"Who e-mails are from: an address, or a name with one."`
	// WebhookURL is where notices are posted to; empty for nowhere.
	WebhookURL string `name:"webhook-url" env:"REDRESS_WEBHOOK_URL" placeholder:"URL" secret:"whole" group:"notices" help:"Where notices to staff and messages to customers are posted to, signed as Standard Webhooks has it. Redirects are not followed."`
	// WebhookSecret signs them.
	WebhookSecret string `name:"webhook-secret" env:"REDRESS_WEBHOOK_SECRET" placeholder:"SECRET" secret:"whole" group:"notices" help:"What signs them: whsec_ and base64 of 24 bytes or more."`
	// Link leads to a complaint.
	Link string `name:"notice-link" env:"REDRESS_NOTICE_LINK" placeholder:"URL" group:"notices" help:"Link in notices to staff, with {complaint} for the complaint's id: into the firm's own front end, or to Temporal's web interface."`
}

// channels are those that are set up.
func (c NoticeConfig) channels(deps Deps) (map[policyv1.NoticeChannel]channel.Channel, error) {
	all := map[policyv1.NoticeChannel]channel.Channel{policyv1.NoticeChannel_LOG: channel.Log{Logger: deps.Logger}}
	if c.MailServer != "" {
		mail, err := channel.NewMail(channel.MailConfig{
			Address: c.MailServer, Security: channel.Security(cmp.Or(c.MailSecurity, string(channel.StartTLS))),
			User: c.MailUser, Password: c.MailPassword, From: c.MailFrom,
		})
		if err != nil {
			return nil, fmt.Errorf("--smtp-addr, --smtp-from, --smtp-security: %w", err)
		}
		all[policyv1.NoticeChannel_MAIL] = mail
	}
	if c.WebhookURL != "" {
		hook, err := channel.NewWebhook(channel.WebhookConfig{URL: c.WebhookURL, Secret: c.WebhookSecret, Now: deps.Now})
		if err != nil {
			return nil, fmt.Errorf("--webhook-url, --webhook-secret: %w", err)
		}
		all[policyv1.NoticeChannel_WEBHOOK] = hook
	}
	return all, nil
}

// check says what is wrong, so that it is told before anything is begun.
func (c NoticeConfig) check() error {
	if c.Link != "" && (!strings.Contains(c.Link, "://") || !strings.Contains(c.Link, "{complaint}")) {
		return fmt.Errorf("--notice-link %q is no URL with {complaint} in it", c.Link)
	}
	if c.WebhookSecret != "" && c.WebhookURL == "" {
		return errors.New("--webhook-secret is given and --webhook-url is not: nobody would be told that way")
	}
	_, err := c.channels(Deps{Now: func() time.Time { return time.Time{} }})
	return err
}

// notifier reaches the people of the directory. It warns of channels that the policy wants and that are not set up.
func (s *Suite) notifier(store *routingstore.Store) (routing.Notifier, error) {
	channels, err := s.cfg.Notices.channels(s.deps)
	if err != nil {
		return nil, err
	}
	for _, kind := range s.deps.Policy.Proto().GetNotices().GetChannels() {
		if channels[kind] == nil {
			s.deps.Logger.Warn("the policy has people told by a channel that is not set up (docs/notices.md)", "channel", kind.String())
		}
	}
	return routing.NewStaff(routing.StaffConfig{Link: s.cfg.Notices.Link}, routing.StaffDeps{
		Directory: store, Gathering: store, Policy: s.deps.Policy, Channels: channels,
	})
}
