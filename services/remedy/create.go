package remedy

import (
	"context"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/idem"
)

// CreateRemedy records options that the caller proposes for the complaint's present cycle (REM-1). How many options there have to
// be is a rule of the approval process. Errors: NOT_YET_KNOWN, COMPLAINT_NOT_FOUND, COMPLAINT_ENDED, INVALID_FIELD, and intake's
// DATA_KEY_NOT_FOUND for a customer who was erased.
func (s *Service) CreateRemedy(ctx context.Context, req *remedyv1.CreateRemedyRequest) (*remedyv1.Remedy, error) {
	complaint, err := s.known(ctx, req.GetParent())
	if err != nil {
		return nil, err
	}
	r, err := s.draft(ctx, complaint, req.GetRemedy())
	if err != nil {
		return nil, err
	}
	command, _ := idem.FromContext(ctx)
	done, err := s.deps.Store.Change(ctx, Change{Complaint: r.Complaint, Command: command, Result: r.Name()}, func(c *Case) error {
		switch {
		case c.Complaint.ID == "":
			return s.unknown(ErrUnknown, r.Complaint)
		case c.Complaint.Ended():
			return complaintEnded(c.Complaint)
		}
		// The clock is read while the complaint is locked, so that remedies are in the order of their times.
		c.propose(r, s.now())
		return nil
	})
	if err != nil {
		return nil, err
	}
	// The answer is what is on record, also to a command that is repeated.
	stored, err := s.deps.Store.Remedy(ctx, r.Complaint, remedyOf(done))
	if err != nil {
		return nil, err
	}
	return s.reader(ctx).message(ctx, &stored)
}

// remedyOf is the id of the remedy that a command made, now or the first time.
func remedyOf(done Done) string {
	_, id := remedyIDs(done.Result)
	return id
}

// draft makes the remedy that is proposed. Its texts are sealed before the transaction, because the key may have to be asked for.
func (s *Service) draft(ctx context.Context, c Complaint, sent *remedyv1.Remedy) (Remedy, error) {
	r := Remedy{Complaint: c.ID, ID: s.deps.IDs.ID(), Customer: c.Customer, Proposer: caller(ctx).Subject}
	for i, o := range sent.GetOptions() {
		option, err := option(i, o)
		if err != nil {
			return r, err
		}
		r.Options = append(r.Options, option)
	}
	return r, s.seal(ctx, &r, sent)
}
