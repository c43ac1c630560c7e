package remedy

import (
	"context"
	"errors"
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/page"
)

// ClaimStore reads claims; they are changed by Store.Change.
type ClaimStore interface {
	// Claim reads one; ErrUnknown when there is none.
	Claim(ctx context.Context, complaint, id string) (Claim, error)
	// Claims lists them, the next due first.
	Claims(ctx context.Context, query ClaimQuery) ([]Claim, error)
	// UntoldClaims lists open claims that are due by now and of which somebody is still to be told: their owner, or, where that was told by
	// toldUntil, whoever stands above. The longest due first.
	UntoldClaims(ctx context.Context, now, toldUntil time.Time, limit int) ([]Claim, error)
}

// ClaimQuery selects claims.
type ClaimQuery struct {
	// Complaint is the complaint's id; empty for all.
	Complaint string
	// Filter is the caller's.
	Filter string
	// Now is when this is asked: what is overdue is exact.
	Now time.Time
	// After is where the page before ended: a due time and an id; nil for the first page.
	After *ClaimPosition
	// Limit is how many to read at most.
	Limit int
}

// ClaimPosition is a place in the order of claims.
type ClaimPosition struct {
	// DueTime is the due time there, ID the id.
	DueTime time.Time
	ID      string
}

// GetClaim reads a claim. Those who do not handle complaints get it without its words (API-4). Errors: RESOURCE_NOT_FOUND.
func (s *Service) GetClaim(ctx context.Context, req *remedyv1.GetClaimRequest) (*remedyv1.Claim, error) {
	return s.readClaim(ctx, req.GetName())
}

// ListClaims lists claims, the next due first. Those who do not handle complaints get them without their words (API-4). Errors:
// FILTER_INVALID, PAGE_TOKEN_INVALID, INVALID_FIELD.
func (s *Service) ListClaims(ctx context.Context, req *remedyv1.ListClaimsRequest) (*remedyv1.ListClaimsResponse, error) {
	size, err := s.deps.Policy.PageSize(req.GetPageSize())
	if err != nil {
		return nil, err
	}
	query := ClaimQuery{Filter: req.GetFilter(), Now: s.now(), Limit: int(size) + 1}
	if id, ok := complaintID(req.GetParent()); ok && id != "-" {
		query.Complaint = id
	}
	bind := "claims\x00" + query.Complaint + "\x00" + query.Filter
	cursor, err := s.deps.Pages.Decode(req.GetPageToken(), bind)
	if err != nil {
		return nil, err
	}
	if cursor != nil {
		if len(cursor) != 2 {
			return nil, page.ErrToken
		}
		at, err := strconv.ParseInt(cursor[0], 10, 64)
		if err != nil {
			return nil, page.ErrToken
		}
		query.After = &ClaimPosition{DueTime: time.UnixMicro(at).UTC(), ID: cursor[1]}
	}
	list, err := s.deps.Claims.Claims(ctx, query)
	if err != nil {
		return nil, err
	}
	resp := &remedyv1.ListClaimsResponse{}
	if len(list) == query.Limit {
		list = list[:size]
		last := list[size-1]
		resp.NextPageToken = s.deps.Pages.Encode(place(last.DueTime, last.ID), bind)
	}
	reader := s.reader(ctx)
	for i := range list {
		m, err := reader.claim(ctx, &list[i])
		if err != nil {
			return nil, err
		}
		resp.Claims = append(resp.Claims, m)
	}
	return resp, nil
}

// claim is the one of a name as it is on record. Errors: RESOURCE_NOT_FOUND.
func (s *Service) claim(ctx context.Context, name string) (*Claim, error) {
	complaint, id := claimIDs(name)
	claim, err := s.deps.Claims.Claim(ctx, complaint, id)
	if errors.Is(err, ErrUnknown) {
		return nil, notFound(name)
	}
	return &claim, err
}

// readClaim is the claim of a name as the caller may see it.
func (s *Service) readClaim(ctx context.Context, name string) (*remedyv1.Claim, error) {
	claim, err := s.claim(ctx, name)
	if err != nil {
		return nil, err
	}
	return s.reader(ctx).claim(ctx, claim)
}

// claim is one as the caller may see it.
func (r *reader) claim(ctx context.Context, c *Claim) (*remedyv1.Claim, error) {
	rules := r.service.rules
	words := r.of(ctx, c.Customer)
	m := &remedyv1.Claim{
		Name: c.Name(), State: c.State, ThirdParty: words.open(c.ThirdParty, c.partyPlace()), Grounds: words.open(c.Grounds, c.groundsPlace()),
		Note: words.open(c.Note, c.notePlace()), Amount: rules.proto(rules.FromMinor(c.Amount)), Owner: c.Owner,
		DueTime: timestamppb.New(c.DueTime), Recovered: rules.proto(rules.FromMinor(c.Recovered)), CreateTime: timestamppb.New(c.CreateTime),
		SettleTime: timestamp(c.SettleTime), Etag: claimEtag(c),
		Overdue: c.State == remedyv1.Claim_OPEN && !r.service.now().Before(c.DueTime),
	}
	if c.Remedy != "" {
		m.Remedy = remedyName(c.Complaint, c.Remedy)
	}
	return m, words.err
}
