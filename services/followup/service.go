package followup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/redress-dev/redress/services/internal/arrival"

	"golang.org/x/sync/singleflight"
	"google.golang.org/grpc"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/ids"
	"github.com/redress-dev/redress/services/internal/page"
	"github.com/redress-dev/redress/services/internal/policy"
	"github.com/redress-dev/redress/services/internal/vault"
	"github.com/redress-dev/redress/services/internal/wording"
)

// Config tunes a Service. There is nothing to tune yet: what it decides by, and
// what it writes, is in the policy.
type Config struct{}

// Keys finds the data key of a customer. In production it is a vault.Cache over
// intake's GetDataKey; a key that was destroyed answers DATA_KEY_NOT_FOUND.
type Keys interface {
	// Key returns the key of "customers/{customer}".
	Key(ctx context.Context, customer string) (*vault.DataKey, error)
}

// Deps is what a Service needs; all fields are required.
type Deps struct {
	// Store keeps the records.
	Store Store
	// Records keeps what was heard that may prove something, and who there is.
	Records RecordStore
	// Log is the event log that Store appends to; the service serves it.
	Log *eventlog.Log
	// Policy has the firm's numbers.
	Policy *policy.Policy
	// Keys finds data keys.
	Keys Keys
	// Channel sends messages to customers.
	Channel Channel
	// Outbox keeps messages that wait, and to whom nothing is sent.
	Outbox Outbox
	// Contacts knows how customers can be reached.
	Contacts Contacts
	// Now is the clock.
	Now func() time.Time
	// IDs makes ids.
	IDs ids.Generator
	// Checker finds what a promise must not say.
	Checker *wording.Checker
	// Pages makes page tokens.
	Pages *page.Codec
	// Logger takes what operators should know.
	Logger *slog.Logger
	// Series reads what follows a resolution.
	Series SeriesStore
	// SurveyKey is the secret by which survey tokens are made and found.
	SurveyKey []byte
	// Hooks tells outside systems.
	Hooks HookDeps
}

func (d Deps) validate() error {
	for name, missing := range map[string]bool{
		"Store": d.Store == nil, "Records": d.Records == nil, "Log": d.Log == nil, "Policy": d.Policy == nil, "Keys": d.Keys == nil,
		"Channel": d.Channel == nil, "Now": d.Now == nil, "IDs": d.IDs == nil, "Pages": d.Pages == nil,
		"Series": d.Series == nil, "SurveyKey": len(d.SurveyKey) == 0,
		"Logger": d.Logger == nil, "Checker": d.Checker == nil, "Outbox": d.Outbox == nil, "Contacts": d.Contacts == nil,
		"Hooks": !d.Hooks.complete(),
	} {
		if missing {
			return fmt.Errorf("followup: Deps.%s is missing", name)
		}
	}
	return nil
}

// Service is the FollowupService and the receiver of intake's events. It is
// safe for concurrent use.
type Service struct {
	followupv1.UnimplementedFollowupServiceServer
	followupv1.UnimplementedNotificationServiceServer
	followupv1.UnimplementedWebhookServiceServer
	deps  Deps
	guard *guard
	reach reachRules
	// sending has each message sent by one call of this process at a time.
	sending singleflight.Group
	// fresh wakes the loop that sends what waits.
	fresh chan struct{}
	// freshHooks wakes the loop that tells outside systems.
	freshHooks chan struct{}
}

// New makes the service. It fails when a dependency is missing.
func New(_ Config, deps Deps) (*Service, error) {
	if err := deps.validate(); err != nil {
		return nil, err
	}
	guard, err := newGuard(deps.Checker, deps.Policy.Proto())
	if err != nil {
		return nil, err
	}
	reach, err := newReachRules(deps.Policy.Proto())
	if err != nil {
		return nil, err
	}
	return &Service{deps: deps, guard: guard, reach: reach, fresh: make(chan struct{}, 1), freshHooks: make(chan struct{}, 1)}, nil
}

// Register puts the service, its event sink and its event log on a server.
func (s *Service) Register(server grpc.ServiceRegistrar) {
	log := eventlog.NewServer(s.deps.Log, s.Apply)
	followupv1.RegisterFollowupServiceServer(server, s)
	followupv1.RegisterPromiseServiceServer(server, s)
	followupv1.RegisterCallbackServiceServer(server, s)
	followupv1.RegisterClockServiceServer(server, s)
	followupv1.RegisterSeriesServiceServer(server, s)
	followupv1.RegisterSurveyServiceServer(server, s)
	followupv1.RegisterNotificationServiceServer(server, s)
	followupv1.RegisterWebhookServiceServer(server, s)
	followupv1.RegisterWebhookSinkServiceServer(server, eventlog.NewServer(s.deps.Log, s.TellOutside))
	followupv1.RegisterEventSinkServiceServer(server, log)
	followupv1.RegisterEventLogServiceServer(server, log)
	followupv1.RegisterRecoveryServiceServer(server, eventlog.NewRecovery(s.deps.Log, s.deps.Series.OpenSeries))
}

// now is the clock with the precision of records.
func (s *Service) now() time.Time { return s.deps.Now().UTC().Truncate(time.Microsecond) }

// known reads a complaint that followup has heard of.
func (s *Service) known(ctx context.Context, complaint string) (*Case, error) {
	c, err := s.deps.Store.Case(ctx, complaint)
	if errors.Is(err, ErrUnknown) {
		return nil, arrival.Unknown(complaint, s.now())
	}
	return c, err
}

// change changes a complaint that followup has heard of, on the account of the
// caller.
func (s *Service) change(ctx context.Context, change Change, decide func(ledger) error) (Done, error) {
	actor := caller(ctx).Subject
	return s.deps.Store.Change(ctx, change, func(c *Case) error {
		if c.Complaint.ID == "" {
			return arrival.Unknown(change.Complaint, s.now())
		}
		// The time is taken under the lock, so that the order of records is that of their times.
		return decide(s.ledger(c, actor))
	})
}
