package remedy

import (
	"context"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/idem"
)

// Claim is a claim on a third party: a task of ours, and never a condition for the customer (REM-7). Its words are sealed.
type Claim struct {
	// Complaint is the complaint's id, ID the claim's own.
	Complaint, ID string
	// Cycle is the complaint's cycle in which it was put on record.
	Cycle int32
	// State is where it stands.
	State remedyv1.Claim_State
	// Customer is "customers/{customer}", whose data key seals the words.
	Customer string
	// ThirdParty is whom it is on, Grounds what for, Note what was done.
	ThirdParty, Grounds, Note []byte
	// Amount and Recovered are in the smallest unit of the currency; nothing for none that was told.
	Amount, Recovered int64
	// Owner is who pursues it: "agents/{agent}".
	Owner string
	// DueTime is by when.
	DueTime time.Time
	// Remedy is the id of the remedy whose cost it would bring back; empty for none.
	Remedy string
	// CreateTime is when it was put on record, SettleTime when it was settled; zero before.
	CreateTime, SettleTime time.Time
	// OverdueTime is when its owner was told that it is overdue, AboveTime when whoever stands above was; zero before.
	OverdueTime, AboveTime time.Time
	// Version grows with every change; callers see it as the etag.
	Version int64
}

// Name is the claim's resource name.
func (c *Claim) Name() string { return complaintName(c.Complaint) + "/claims/" + c.ID }

// claimIDs takes the ids out of "complaints/{complaint}/claims/{claim}", whose form validation has checked.
func claimIDs(name string) (complaint, claim string) {
	parent, claim, _ := strings.Cut(name, "/claims/")
	complaint, _ = complaintID(parent)
	return complaint, claim
}

// The places that the sealed words are bound to.
func (c *Claim) partyPlace() string   { return c.Name() + "#third-party" }
func (c *Claim) groundsPlace() string { return c.Name() + "#grounds" }
func (c *Claim) notePlace() string    { return c.Name() + "#note" }

// claimEtag is the version as callers see it.
func claimEtag(c *Claim) string { return strconv.Quote(strconv.FormatInt(c.Version, 36)) }

// CreateClaim puts a claim on a third party on record (REM-7). It needs no complaint that goes on, and changes nothing for the customer.
// Errors: NOT_IN_DIRECTORY, NOT_YET_KNOWN, COMPLAINT_NOT_FOUND, CURRENCY_NOT_SUPPORTED, AMOUNT_TOO_FINE, INVALID_FIELD, TIME_INVALID, and intake's
// DATA_KEY_NOT_FOUND for a customer who was erased.
func (s *Service) CreateClaim(ctx context.Context, req *remedyv1.CreateClaimRequest) (*remedyv1.Claim, error) {
	complaint, err := s.known(ctx, req.GetParent())
	if err != nil {
		return nil, err
	}
	if owner := req.GetClaim().GetOwner(); owner != "" {
		if err := s.listed(ctx, []string{"claim.owner"}, []string{owner}); err != nil {
			return nil, err
		}
	}
	claim, err := s.newClaim(ctx, complaint, req.GetClaim())
	if err != nil {
		return nil, err
	}
	command, _ := idem.FromContext(ctx)
	change := Change{Complaint: complaint.ID, Command: command, Result: claim.Name(), Remedies: true}
	done, err := s.deps.Store.Change(ctx, change, func(c *Case) error {
		if claim.Remedy != "" && c.remedy(claim.Remedy) == nil {
			return invalidField("claim.remedy", "The complaint has no such remedy.")
		}
		claim.Cycle = c.Complaint.Cycle
		c.Changes.Claim = &claim
		c.tell(claim.Cycle, caller(ctx).Subject, claim.CreateTime, &eventv1.Payload{Kind: &eventv1.Payload_ClaimOpened{
			ClaimOpened: &eventv1.ClaimOpened{
				Claim: claim.Name(), Owner: claim.Owner, DueTime: timestamppb.New(claim.DueTime),
				Amount: s.rules.proto(s.rules.FromMinor(claim.Amount)), Content: &eventv1.Sealed{Customer: claim.Customer, Ciphertext: claim.Grounds},
			},
		}})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.readClaim(ctx, done.Result)
}

// newClaim reads a claim that somebody sent.
func (s *Service) newClaim(ctx context.Context, complaint Complaint, sent *remedyv1.Claim) (Claim, error) {
	now := s.now()
	claim := Claim{
		Complaint: complaint.ID, ID: s.deps.IDs.ID(), State: remedyv1.Claim_OPEN, Customer: complaint.Customer, Owner: sent.GetOwner(),
		DueTime: now.Add(s.rules.claimWithin), CreateTime: now, Version: 1,
	}
	if claim.Owner == "" {
		claim.Owner = caller(ctx).Subject
	}
	due, err := when("claim.due_time", sent.GetDueTime())
	switch {
	case err != nil:
		return claim, err
	case !due.IsZero() && !due.After(now):
		return claim, timeInvalid("claim.due_time", "It lies in the past.")
	case !due.IsZero():
		claim.DueTime = due
	}
	amount, err := s.rules.Checked("claim.amount", moneyOf(sent.GetAmount()))
	if err != nil {
		return claim, err
	}
	claim.Amount, _ = s.rules.Minor(amount)
	if sent.GetRemedy() != "" {
		of, id := remedyIDs(sent.GetRemedy())
		if of != complaint.ID {
			return claim, invalidField("claim.remedy", "It is a remedy of another complaint.")
		}
		claim.Remedy = id
	}
	key, err := s.deps.Keys.Key(ctx, claim.Customer)
	if err != nil {
		return claim, err
	}
	if claim.ThirdParty, err = sealText(key, sent.GetThirdParty(), claim.partyPlace()); err != nil {
		return claim, err
	}
	claim.Grounds, err = sealText(key, sent.GetGrounds(), claim.groundsPlace())
	return claim, err
}

// SettleClaim says what came of a claim. It changes nothing for the customer. Errors: RESOURCE_NOT_FOUND, ETAG_MISMATCH,
// CURRENCY_NOT_SUPPORTED, AMOUNT_TOO_FINE, INVALID_FIELD, CLAIM_SETTLED, RECOVERED_TOO_MUCH, and intake's DATA_KEY_NOT_FOUND for a customer
// who was erased.
func (s *Service) SettleClaim(ctx context.Context, req *remedyv1.SettleClaimRequest) (*remedyv1.Claim, error) {
	recovered, err := s.rules.Checked("recovered", moneyOf(req.GetRecovered()))
	met := req.GetState() == remedyv1.Claim_RECOVERED
	switch {
	case err != nil:
		return nil, err
	case met != recovered.Positive():
		return nil, invalidField("recovered", "Tell how much was recovered, and nothing of what was dropped.")
	}
	known, err := s.claim(ctx, req.GetName())
	if err != nil {
		return nil, err
	}
	key, err := s.deps.Keys.Key(ctx, known.Customer)
	if err != nil {
		return nil, err
	}
	note, err := sealText(key, req.GetNote(), known.notePlace())
	if err != nil {
		return nil, err
	}
	command, _ := idem.FromContext(ctx)
	change := Change{Complaint: known.Complaint, Command: command, Result: known.Name(), Claim: known.ID}
	done, err := s.deps.Store.Change(ctx, change, func(c *Case) error {
		claim := c.Claim
		switch {
		case claim == nil:
			return notFound(req.GetName())
		case req.GetEtag() != "" && req.GetEtag() != claimEtag(claim):
			return stale(claimEtag(claim))
		case claim.State != remedyv1.Claim_OPEN:
			return claimSettled(claim)
		}
		if claimed := s.rules.FromMinor(claim.Amount); claim.Amount > 0 && recovered.Compare(claimed) > 0 {
			return recoveredTooMuch(claimed.String())
		}
		claim.State, claim.Note, claim.SettleTime = req.GetState(), note, s.now()
		claim.Recovered, _ = s.rules.Minor(recovered)
		claim.Version++
		c.Changes.Claim = claim
		c.tell(claim.Cycle, caller(ctx).Subject, claim.SettleTime, &eventv1.Payload{Kind: &eventv1.Payload_ClaimSettled{
			ClaimSettled: &eventv1.ClaimSettled{
				Claim: claim.Name(), State: claim.State.String(), Recovered: s.rules.proto(recovered),
				Note: &eventv1.Sealed{Customer: claim.Customer, Ciphertext: note},
			},
		}})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.readClaim(ctx, done.Result)
}
