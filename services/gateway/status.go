package gateway

import (
	"cmp"
	"context"
	_ "embed" // For the texts.
	"fmt"
	"net"
	"net/netip"
	"time"

	"go.yaml.in/yaml/v3"
	"google.golang.org/grpc/peer"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	gatewayv1 "github.com/redress-dev/redress/gen/redress/gateway/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/ids"
	"github.com/redress-dev/redress/services/internal/limit"
)

// rememberedKeys is how many references and addresses are remembered: some megabytes.
const rememberedKeys = 1 << 16

//go:embed status.yaml
var statusYAML []byte

// statusTexts are the texts of the status page in one language.
type statusTexts struct {
	Title, Reference, Verification, Hint, Ask, Again, Received, Next, Overdue, Nothing, NotFound, TooMany, Trouble string
	// Thanks and Reopened answer a survey.
	Thanks, Reopened string
	// States and Duties say what they mean, by name.
	States, Duties map[string]string
}

// readStatusTexts reads the texts by language.
func readStatusTexts() (map[string]statusTexts, error) {
	texts := map[string]statusTexts{}
	if err := yaml.Unmarshal(statusYAML, &texts); err != nil {
		return nil, fmt.Errorf("gateway: status.yaml: %w", err)
	}
	return texts, nil
}

// allowance is a limiter of the policy.
func allowance(a *policyv1.Allowance, now func() time.Time) *limit.Limiter {
	return limit.New(now, int(a.GetTimes()), a.GetWithin().AsDuration(), rememberedKeys)
}

// GetStatus tells a customer where a complaint stands and what is due next, in the customer's language, without personal data
// (ACK-3). Each question counts against the reference's limit and the caller's. When followup cannot be asked, the state is told
// all the same.
func (s *Service) GetStatus(ctx context.Context, req *gatewayv1.GetStatusRequest) (*gatewayv1.Status, error) {
	if err := admitPeer(ctx, s.Admit); err != nil {
		return nil, err
	}
	// What is no reference at all is found nowhere, however often it is asked for.
	if reference, err := ids.ParseReference(req.GetReference()); err == nil {
		if wait := s.byReference.Allow(reference); wait > 0 {
			return nil, tooMany("reference", wait)
		}
	}
	known, err := s.deps.Public.GetPublicStatus(ctx, &intakev1.GetPublicStatusRequest{
		Reference: req.GetReference(), Verification: req.GetVerification(),
	})
	if err != nil {
		return nil, err
	}
	language := cmp.Or(req.GetLanguageCode(), known.GetLanguageCode())
	texts := s.texts[language]
	status := &gatewayv1.Status{
		Reference: known.GetReference(), LanguageCode: language, State: known.GetState().String(),
		StateMeaning: texts.States[known.GetState().String()], ReceiveTime: known.GetReceiveTime(),
	}
	duties, err := s.deps.Followup.ListDuties(ctx, &followupv1.ListDutiesRequest{Parent: known.GetComplaint(), Cycle: known.GetCycle()})
	if err != nil {
		s.deps.Logger.WarnContext(ctx, "a status is told without what is due", "reason", errs.Reason(err))
		return status, nil
	}
	if next := nextDue(duties.GetDuties(), texts.Duties); next != nil {
		status.NextDueTime, status.Overdue = next.GetDueTime(), next.GetOverdue()
		status.NextDueMeaning = texts.Duties[next.GetKind().String()]
	}
	return status, nil
}

// nextDue is the open duty that falls due first, of those that mean something to a customer; nil when none is open.
func nextDue(duties []*followupv1.Duty, meanings map[string]string) (next *followupv1.Duty) {
	for _, duty := range duties {
		if duty.GetState() != followupv1.Duty_OPEN || meanings[duty.GetKind().String()] == "" {
			continue
		}
		if next == nil || duty.GetDueTime().AsTime().Before(next.GetDueTime().AsTime()) {
			next = duty
		}
	}
	return next
}

// Admit counts a question of a network address that brings no token (Callers).
func (s *Service) Admit(address netip.Addr) error {
	if wait := s.byAddress.Allow(network(address)); wait > 0 {
		return tooMany("address", wait)
	}
	return nil
}

// AdmitUnsubscription counts a network address from which surveys are ended (Callers).
func (s *Service) AdmitUnsubscription(address netip.Addr) error {
	if wait := s.unsubscribing.Allow(network(address)); wait > 0 {
		return tooMany("address", wait)
	}
	return nil
}

// network is what counts as one caller: an address, and for IPv6 the network of 64 bits that one customer of a provider has.
func network(address netip.Addr) string {
	address = address.Unmap()
	if address.Is4() {
		return address.String()
	}
	prefix, err := address.WithZone("").Prefix(64)
	if err != nil {
		return "" // No address at all.
	}
	return prefix.String()
}

// Proxies is how many proxies of the firm stand before the edge (Callers).
func (s *Service) Proxies() int { return int(s.deps.Policy.Proto().GetPublic().GetProxies()) }

// Zone is the one that times are told in (Callers).
func (s *Service) Zone() *time.Location { return s.zone }

// admitPeer has a caller who came over gRPC counted. Calls of this process, such as the edge's, were counted where they came in.
func admitPeer(ctx context.Context, admit func(netip.Addr) error) error {
	caller, ok := peer.FromContext(ctx)
	if !ok {
		return nil
	}
	address, ok := caller.Addr.(*net.TCPAddr)
	if !ok {
		return nil
	}
	return admit(address.AddrPort().Addr())
}

// tooMany is a question that comes too often.
func tooMany(what string, wait time.Duration) error {
	return errs.Exhausted(errorv1.Reason_TOO_MANY_REQUESTS.String(), "This was asked for too often. Try again later.").
		With("limit", what).After(wait)
}
