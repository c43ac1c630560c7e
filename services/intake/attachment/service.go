package attachment

import (
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"sync"
	"time"

	"google.golang.org/grpc"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/idem"
	"github.com/redress-dev/redress/services/internal/ids"
	"github.com/redress-dev/redress/services/internal/page"
	"github.com/redress-dev/redress/services/internal/policy"
	"github.com/redress-dev/redress/services/internal/vault"
)

// Config tunes the service. There is nothing to tune: what it decides by is in the policy.
type Config struct{}

// Deps is what the service needs; all fields are required but Bucket and Scanner.
type Deps struct {
	Store   Store
	Policy  *policy.Policy
	Keyring *vault.Keyring
	// Bucket has the content. Without one nothing can be uploaded or downloaded.
	Bucket *Bucket
	// Scanner looks for malware in what is uploaded; nil for none.
	Scanner Scanner
	Now     func() time.Time
	IDs     ids.Generator
	Pages   *page.Codec
	Logger  *slog.Logger
}

func (d Deps) validate() error {
	switch {
	case d.Store == nil:
		return errors.New("attachment: Deps.Store is missing")
	case d.Policy == nil:
		return errors.New("attachment: Deps.Policy is missing")
	case d.Keyring == nil:
		return errors.New("attachment: Deps.Keyring is missing")
	case d.Now == nil:
		return errors.New("attachment: Deps.Now is missing")
	case d.IDs == nil:
		return errors.New("attachment: Deps.IDs is missing")
	case d.Pages == nil:
		return errors.New("attachment: Deps.Pages is missing")
	case d.Logger == nil:
		return errors.New("attachment: Deps.Logger is missing")
	}
	return nil
}

// Service implements AttachmentService. It is safe for concurrent use.
type Service struct {
	intakev1.UnimplementedAttachmentServiceServer

	deps  Deps
	types mediaTypes
	// prefix begins the names of this installation's objects, so that two which share a bucket leave each other's alone.
	prefix string

	// passes has one pass of Rescan after the other; passed is the last file that an unfinished one came to.
	passes sync.Mutex
	passed Attachment
}

// New makes the service. It fails when a dependency is missing, and when the policy takes a type that no content is found to be.
func New(_ Config, deps Deps) (*Service, error) {
	if err := deps.validate(); err != nil {
		return nil, err
	}
	types, err := newMediaTypes(deps.Policy.Proto().GetAttachments().GetMediaTypes())
	if err != nil {
		return nil, err
	}
	const prefixBytes = 8
	return &Service{
		deps: deps, types: types, prefix: hex.EncodeToString(deps.Keyring.Lookup("attachments", "objects")[:prefixBytes]),
	}, nil
}

// Register offers the service at a server.
func (s *Service) Register(server grpc.ServiceRegistrar) {
	intakev1.RegisterAttachmentServiceServer(server, s)
}

// limits are the policy's.
func (s *Service) limits() *policyv1.Attachments { return s.deps.Policy.Proto().GetAttachments() }

// now has the precision of the database.
func (s *Service) now() time.Time { return s.deps.Now().UTC().Truncate(time.Microsecond) }

// key unwraps a customer's data key; nil when it was destroyed.
func (s *Service) key(c Case) (*vault.DataKey, error) {
	if len(c.WrappedKey) == 0 {
		return nil, nil
	}
	return s.deps.Keyring.Unwrap(c.Customer, c.WrappedKey)
}

// caller is who calls; the interceptor lets nobody in without an identity.
func caller(ctx context.Context) auth.Identity {
	identity, _ := auth.FromContext(ctx)
	return identity
}

// staff tells whether the caller is a person of the firm who handles complaints.
func staff(who auth.Identity) bool {
	return who.Has(authv1.Role_AGENT, authv1.Role_SUPERVISOR, authv1.Role_MANAGER, authv1.Role_EXECUTIVE)
}

// command is the idempotency key of the call, empty when there is none.
func command(ctx context.Context) idem.Command {
	cmd, _ := idem.FromContext(ctx)
	return cmd
}
