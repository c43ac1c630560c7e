package followup

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/channel"
	"github.com/redress-dev/redress/services/internal/policy"
)

// DevChannelName is how records call the channel for development.
const DevChannelName = "development"

// ChannelNames are how records call the channels of a policy.
func ChannelNames(p *policy.Policy) []string {
	var names []string
	for _, kind := range p.Proto().GetMessages().GetChannels() {
		names = append(names, channelName(kind))
	}
	return names
}

func channelName(kind policyv1.NoticeChannel) string {
	if kind == policyv1.NoticeChannel_LOG {
		return DevChannelName
	}
	return strings.ToLower(kind.String())
}

// CustomersDeps are what Customers needs. All are required.
type CustomersDeps struct {
	// Policy says by which channels customers are written to.
	Policy *policy.Policy
	// Channels are those that this process has, but for LOG, which always is.
	Channels map[policyv1.NoticeChannel]channel.Channel
	// Failed is told of each message that no channel took, with the names of the last channel and the template.
	Failed func(ctx context.Context, channel, template string)
	// Logger is where the channel for development writes.
	Logger *slog.Logger
}

// Customers is the Channel that reaches customers by the first of the policy's channels that takes a message, the way that the customer
// prefers before others.
type Customers struct{ deps CustomersDeps }

var _ Channel = (*Customers)(nil)

// NewCustomers makes it. It fails when a dependency is missing.
func NewCustomers(deps CustomersDeps) (*Customers, error) {
	if deps.Policy == nil || deps.Channels == nil || deps.Failed == nil || deps.Logger == nil {
		return nil, errors.New("followup: policy, channels, failed and logger are required to write to customers")
	}
	return &Customers{deps: deps}, nil
}

// way is a channel with the address that it is to use.
type way struct {
	kind policyv1.NoticeChannel
	to   string
	mail bool
}

// ways are those by which somebody can be reached, in the order of the policy, those that the customer prefers first. By e-mail there is
// one; whoever receives the webhook can send text messages and e-mails.
func (c *Customers) ways(r Recipient) []way {
	var ways []way
	add := func(kind policyv1.NoticeChannel, to string, mail bool) {
		if to != "" {
			ways = append(ways, way{kind, to, mail})
		}
	}
	for _, kind := range c.deps.Policy.Proto().GetMessages().GetChannels() {
		switch kind {
		case policyv1.NoticeChannel_LOG:
			ways = append(ways, way{kind: kind})
		case policyv1.NoticeChannel_MAIL:
			add(kind, r.Email, true)
		default:
			add(kind, r.Phone, false)
			add(kind, r.Email, true)
		}
	}
	preferred := func(w way) bool {
		switch r.Preferred {
		case policyv1.ContactWay_EMAIL:
			return w.mail
		case policyv1.ContactWay_PHONE, policyv1.ContactWay_SMS:
			return !w.mail && w.to != ""
		default:
			return false
		}
	}
	slices.SortStableFunc(ways, func(a, b way) int {
		switch {
		case preferred(a) == preferred(b):
			return 0
		case preferred(a):
			return -1
		default:
			return 1
		}
	})
	return ways
}

// Reaches implements Channel.
func (c *Customers) Reaches(r Recipient) bool {
	return slices.ContainsFunc(c.ways(r), func(w way) bool { return w.to != "" })
}

// Send implements Channel. Who cannot be reached by any channel is a refusal: somebody has to find a way.
func (c *Customers) Send(ctx context.Context, m Message) (Receipt, error) {
	ways := m.only(c.ways(m.Recipient))
	if len(ways) == 0 {
		return Receipt{}, &channel.RefusalError{Problem: "there is no address on record that the policy's channels reach"}
	}
	offers := make([]channel.Way, len(ways))
	for i, w := range ways {
		offers[i] = channel.Way{Name: channelName(w.kind), Channel: c.deps.Channels[w.kind], Message: m.by(w)}
		if w.kind == policyv1.NoticeChannel_LOG {
			offers[i].Channel = channel.Log{Logger: c.deps.Logger, Line: "message to the customer"}
		}
	}
	taken, proof, err := channel.First(ctx, patience(c.deps.Policy), offers)
	if err != nil {
		c.deps.Failed(ctx, offers[len(offers)-1].Name, m.Template)
		if channel.Unsure(err) {
			return Receipt{Channel: offers[taken].Name, To: ways[taken].to}, err
		}
		return Receipt{}, err
	}
	if ways[taken].kind == policyv1.NoticeChannel_LOG {
		return Receipt{Channel: DevChannelName, Proof: "sha256:" + m.Digest}, nil
	}
	return Receipt{Channel: offers[taken].Name, Proof: proof, To: ways[taken].to}, nil
}

// only leaves the way by which a message may have gone already; all of them while that is unknown of none.
func (m Message) only(ways []way) []way {
	if m.Handed.Channel == "" {
		return ways
	}
	return slices.DeleteFunc(ways, func(w way) bool { return channelName(w.kind) != m.Handed.Channel || w.to != m.Handed.To })
}

// by is a message as it goes by a way.
func (m Message) by(w way) channel.Message {
	sent := channel.Message{
		ID: messageID(m.Notification), Type: "redress.message", Recipient: m.Recipient.Customer, Language: m.Language, Subject: m.Subject, Text: m.Text,
		Unsubscribe: m.Unsubscribe,
		Details: map[string]any{
			"message": m.Notification, "complaint": m.Complaint, "template": m.Template, "kind": m.Kind, "digest": m.Digest, "language": m.Language,
		},
		Personal: map[string]any{"displayName": m.Recipient.DisplayName},
	}
	if w.mail {
		sent.Address, sent.Personal["email"] = w.to, w.to
	} else if w.to != "" {
		sent.Phone, sent.Personal["phone"] = w.to, w.to
	}
	return sent
}

// messageID is a message's name as it stands in heads: "{complaint}-{notification}".
func messageID(notification string) string {
	return strings.Replace(strings.TrimPrefix(notification, "complaints/"), "/notifications/", "-", 1)
}

// backoff is the policy's for messages.
func backoff(p *policy.Policy) channel.Backoff {
	return pauses(p.Proto().GetMessages())
}

// pauses are the rules' for messages.
func pauses(rules *policyv1.Messages) channel.Backoff {
	return channel.Backoff{After: rules.GetRetryAfter().AsDuration(), AtMost: rules.GetRetryAtMost().AsDuration()}
}

// patience is how long channels have to take a message: to begin with as long as an attempt takes, and what the policy says to answer.
func patience(p *policy.Policy) channel.Patience {
	return channel.Patience{Begin: backoff(p).Attempt(), Answer: p.Proto().GetMessages().GetAnswerWithin().AsDuration()}
}

// masked is an address that tells those who know it which it is, and nobody else: "z***@e***.com", "***1234".
func masked(address string) string {
	local, domain, isMail := strings.Cut(address, "@")
	if isMail {
		top := ""
		if i := strings.LastIndexByte(domain, '.'); i >= 0 {
			top = domain[i:]
		}
		return head(local) + "***@" + head(domain) + "***" + top
	}
	const shown, least = 4, 8
	digits := []rune(address)
	switch {
	case len(digits) == 0:
		return ""
	case len(digits) < least:
		return "***"
	default:
		return "***" + string(digits[len(digits)-shown:])
	}
}

// head is the first character of a text.
func head(text string) string {
	for _, r := range text {
		return string(r)
	}
	return ""
}
