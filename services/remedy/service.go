package remedy

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"google.golang.org/grpc"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/ids"
	"github.com/redress-dev/redress/services/internal/page"
	"github.com/redress-dev/redress/services/internal/playbook"
	"github.com/redress-dev/redress/services/internal/policy"
	"github.com/redress-dev/redress/services/internal/vault"
	"github.com/redress-dev/redress/services/internal/wording"
)

// Config configures the service. There is nothing to configure yet: what a firm decides is in the policy.
type Config struct{}

// Keys finds the data key of a customer. In production it is a vault.Cache over intake's GetDataKey; a key that was destroyed
// answers DATA_KEY_NOT_FOUND.
type Keys interface {
	// Key returns the key of "customers/{customer}".
	Key(ctx context.Context, customer string) (*vault.DataKey, error)
}

// Deps are what the service needs. All are required.
type Deps struct {
	// Store keeps its records.
	Store Store
	// Ledger reads what was granted and spent.
	Ledger LedgerStore
	// Approvals reads what waits for approval, or did.
	Approvals ApprovalStore
	// Cases reads what others accepted.
	Cases CaseStore
	// Refusals reads what was refused.
	Refusals RefusalStore
	// Deductions reads and exports what was suggested.
	Deductions DeductionStore
	// Claims reads what is claimed of third parties.
	Claims ClaimStore
	// People knows who there is.
	People PeopleStore
	// Log is its event log.
	Log *eventlog.Log
	// Policy says what may be given, and by whom.
	Policy *policy.Policy
	// Keys finds data keys.
	Keys Keys
	// Records finds what others have on record.
	Records Records
	// Playbooks are the policy's.
	Playbooks *playbook.Book
	// Checker reads what is promised.
	Checker *wording.Checker
	// Now is the clock.
	Now func() time.Time
	// IDs makes ids.
	IDs ids.Generator
	// Pages makes page tokens.
	Pages *page.Codec
	// Logger hears of defects.
	Logger *slog.Logger
}

// Service implements all of remedy's services. It is safe for concurrent use.
type Service struct {
	deps  Deps
	rules *Rules
	terms terms
	guard *guard
}

// New returns the service, or an error that names the missing dependency.
func New(_ Config, deps Deps) (*Service, error) {
	switch {
	case deps.Store == nil:
		return nil, errors.New("remedy: no store")
	case deps.Ledger == nil:
		return nil, errors.New("remedy: no ledger")
	case deps.Approvals == nil:
		return nil, errors.New("remedy: no approvals")
	case deps.Cases == nil:
		return nil, errors.New("remedy: no solved cases")
	case deps.Refusals == nil:
		return nil, errors.New("remedy: no refusals")
	case deps.Deductions == nil:
		return nil, errors.New("remedy: no deductions")
	case deps.Claims == nil:
		return nil, errors.New("remedy: no claims")
	case deps.People == nil:
		return nil, errors.New("remedy: nobody knows who there is")
	case deps.Log == nil:
		return nil, errors.New("remedy: no event log")
	case deps.Policy == nil:
		return nil, errors.New("remedy: no policy")
	case deps.Keys == nil:
		return nil, errors.New("remedy: no data keys")
	case deps.Records == nil:
		return nil, errors.New("remedy: nobody finds what others have on record")
	case deps.Playbooks == nil, deps.Checker == nil:
		return nil, errors.New("remedy: no playbooks, or no checker of words")
	case deps.IDs == nil:
		return nil, errors.New("remedy: no source of ids")
	case deps.Pages == nil:
		return nil, errors.New("remedy: no page codec")
	case deps.Now == nil, deps.Logger == nil:
		return nil, errors.New("remedy: clock and logger are required")
	}
	rules, err := NewRules(deps.Policy)
	if err != nil {
		return nil, err
	}
	terms := newTerms(deps.Policy)
	return &Service{
		deps: deps, rules: rules, terms: terms,
		guard: newGuard(deps.Checker, deps.Playbooks, terms, deps.Policy.Proto().GetWording().GetRules()),
	}, nil
}

// Register adds the service, its event sink and its event log to a gRPC server.
func (s *Service) Register(server grpc.ServiceRegistrar) {
	log := eventlog.NewServer(s.deps.Log, s.Apply)
	remedyv1.RegisterRemedyServiceServer(server, s)
	remedyv1.RegisterPlaybookServiceServer(server, s)
	remedyv1.RegisterOfferServiceServer(server, s)
	remedyv1.RegisterApprovalServiceServer(server, s)
	remedyv1.RegisterLedgerServiceServer(server, s)
	remedyv1.RegisterClaimServiceServer(server, s)
	remedyv1.RegisterRefusalServiceServer(server, s)
	remedyv1.RegisterDeductionServiceServer(server, s)
	remedyv1.RegisterEventSinkServiceServer(server, log)
	remedyv1.RegisterEventLogServiceServer(server, log)
	remedyv1.RegisterRecoveryServiceServer(server, eventlog.NewRecovery(s.deps.Log, s.deps.Approvals.OpenApprovals))
}

// known reads a complaint that remedy has heard of.
func (s *Service) known(ctx context.Context, parent string) (Complaint, error) {
	id, ok := complaintID(parent)
	if !ok {
		return Complaint{}, invalidField("parent", "It is not the name of a complaint.")
	}
	c, err := s.deps.Store.Case(ctx, id)
	if err != nil {
		return Complaint{}, s.unknown(err, id)
	}
	return c.Complaint, nil
}

// now has the precision of the databases.
func (s *Service) now() time.Time { return s.deps.Now().UTC().Truncate(time.Microsecond) }

// caller is who makes the call; the interceptors refuse calls without one.
func caller(ctx context.Context) auth.Identity {
	identity, _ := auth.FromContext(ctx)
	return identity
}
