package routing

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"google.golang.org/grpc"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/limit"
	"github.com/redress-dev/redress/services/internal/page"
	"github.com/redress-dev/redress/services/internal/policy"
)

// Config configures the service. There is nothing to configure yet: what a firm decides is in the policy.
type Config struct{}

// Deps are what the service needs. All are required.
type Deps struct {
	// Store keeps its records.
	Store Store
	// Log is its event log.
	Log *eventlog.Log
	// Policy holds rules, ladder, and the directory that a new installation begins with.
	Policy *policy.Policy
	// Notifier tells people.
	Notifier Notifier
	// Pages makes page tokens.
	Pages *page.Codec
	// Now is the clock.
	Now func() time.Time
	// Logger hears of defects.
	Logger *slog.Logger
	// Gathering keeps the notices that wait to be told together.
	Gathering GatherStore
	// Directory keeps departments, teams and people.
	Directory DirectoryStore
	// HandOffs keeps hand-offs.
	HandOffs HandOffStore
	// Keys finds data keys.
	Keys Keys
	// Queues keeps the order of queues.
	Queues QueueStore
	// Ladder keeps what people do about escalations.
	Ladder LadderStore
	// Approvers keeps who was named to decide on remedies.
	Approvers ApproverStore
	// Notices shows what people were told, and what could not be told.
	Notices NoticeStore
}

// Service implements RoutingService, DirectoryService, RuleService, HandOffService, QueueService, EscalationService, NoticeService,
// ApproverService and AccessService.
type Service struct {
	deps  Deps
	crowd *limit.Limiter
	freed chan struct{} // Somebody may be able to take what waits.
	// fresh are notices on record that this process tries first.
	fresh chan Notice
	// missed are those whom the last attempt did not reach.
	missed missed
}

// New returns the service, or an error that names the missing dependency.
func New(_ Config, deps Deps) (*Service, error) {
	switch {
	case deps.Store == nil:
		return nil, errors.New("routing: no store")
	case deps.Log == nil:
		return nil, errors.New("routing: no event log")
	case deps.Policy == nil:
		return nil, errors.New("routing: no policy")
	case deps.Notifier == nil:
		return nil, errors.New("routing: no notifier")
	case deps.Pages == nil:
		return nil, errors.New("routing: no page codec")
	case deps.Now == nil, deps.Logger == nil:
		return nil, errors.New("routing: clock and logger are required")
	case deps.Gathering == nil:
		return nil, errors.New("routing: no store for gathered notices")
	case deps.Directory == nil:
		return nil, errors.New("routing: no store of the directory")
	case deps.HandOffs == nil, deps.Keys == nil:
		return nil, errors.New("routing: a store for hand-offs and data keys are required")
	case deps.Queues == nil:
		return nil, errors.New("routing: no store of queues")
	case deps.Ladder == nil:
		return nil, errors.New("routing: no store of the ladder")
	case deps.Approvers == nil:
		return nil, errors.New("routing: no store of approvers")
	case deps.Notices == nil:
		return nil, errors.New("routing: no store of notices")
	}
	s := &Service{
		deps: deps, crowd: crowd(deps.Policy.Proto().GetNotices(), deps.Now), freed: make(chan struct{}, 1),
		fresh: make(chan Notice, remembered),
	}
	s.deps.Store = sender{Store: deps.Store, soon: s.soon}
	s.deps.Queues = queueSender{QueueStore: deps.Queues, soon: s.soon}
	s.deps.Ladder = ladderSender{LadderStore: deps.Ladder, soon: s.soon}
	s.deps.Approvers = approverSender{ApproverStore: deps.Approvers, soon: s.soon}
	s.deps.HandOffs = handOffSender{HandOffStore: deps.HandOffs, soon: s.soon}
	return s, nil
}

// Register adds the service, its event sink and its event log to a gRPC server.
func (s *Service) Register(server grpc.ServiceRegistrar) {
	log := eventlog.NewServer(s.deps.Log, s.Apply)
	routingv1.RegisterRoutingServiceServer(server, s)
	routingv1.RegisterDirectoryServiceServer(server, s)
	routingv1.RegisterRuleServiceServer(server, s)
	routingv1.RegisterHandOffServiceServer(server, s)
	routingv1.RegisterQueueServiceServer(server, s)
	routingv1.RegisterEscalationServiceServer(server, s)
	routingv1.RegisterNoticeServiceServer(server, s)
	routingv1.RegisterApproverServiceServer(server, s)
	routingv1.RegisterAccessServiceServer(server, s)
	routingv1.RegisterEventSinkServiceServer(server, log)
	routingv1.RegisterEventLogServiceServer(server, log)
	routingv1.RegisterRecoveryServiceServer(server, eventlog.NewRecovery(s.deps.Log, nil))
}

// now has the precision of the databases.
func (s *Service) now() time.Time { return s.deps.Now().UTC().Truncate(time.Microsecond) }

// actor is who makes the call.
func actor(ctx context.Context) string {
	identity, _ := auth.FromContext(ctx)
	return identity.Subject
}
