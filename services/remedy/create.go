package remedy

import (
	"context"
	"errors"
	"strconv"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/idem"
)

// errOnlyAsked ends a transaction in which nothing is to be recorded.
var errOnlyAsked = errors.New("remedy: only asked")

// CreateRemedy records options that the caller proposes for the complaint's present cycle (REM-1). What the caller may grant alone is
// granted at once; any other waits for approval. With validate_only nothing is recorded, and the answer names neither itself nor an approval. Errors:
// NOT_YET_KNOWN, COMPLAINT_NOT_FOUND, INVALID_FIELD, those of check, and intake's DATA_KEY_NOT_FOUND for a customer who was erased.
func (s *Service) CreateRemedy(ctx context.Context, req *remedyv1.CreateRemedyRequest) (*remedyv1.Remedy, error) {
	complaint, err := s.known(ctx, req.GetParent())
	if err != nil {
		return nil, err
	}
	sent := req.GetRemedy()
	r := Remedy{Complaint: complaint.ID, ID: s.deps.IDs.ID(), Customer: complaint.Customer, Revision: 1}
	err = s.draft(ctx, &r, draft{
		options: offered(sent), owed: sent.GetFallbackOption() != nil, fallback: sent.GetFallback(), seen: sent.GetHistorySeen(), objection: sent.GetScoreObjection(),
	})
	if err != nil {
		return nil, err
	}
	command, _ := idem.FromContext(ctx)
	change := Change{Complaint: r.Complaint, Command: command, Result: r.Name(), Remedies: true, Money: true}
	done, err := s.deps.Store.Change(ctx, change, func(c *Case) error {
		if c.Complaint.ID == "" {
			return s.unknown(ErrUnknown, complaint.ID)
		}
		if err := s.check(c, &r, s.now()); err != nil {
			return err
		}
		// The clock is read while the complaint is locked, so that remedies are in the order of their times.
		if err := s.propose(c, &r, s.now()); err != nil {
			return err
		}
		complaint = c.Complaint
		return onlyAsked(req.GetValidateOnly())
	})
	return s.result(ctx, complaint, &r, done, err)
}

// onlyAsked undoes a transaction in which nothing is to be recorded.
func onlyAsked(only bool) error {
	if only {
		return errOnlyAsked
	}
	return nil
}

// result answers with what is on record, also to a command that is repeated, or with what would be.
func (s *Service) result(ctx context.Context, complaint Complaint, r *Remedy, done Done, err error) (*remedyv1.Remedy, error) {
	if errors.Is(err, errOnlyAsked) {
		m, err := s.reader(ctx).message(ctx, complaint, r)
		if err != nil {
			return nil, err
		}
		m.Approval = "" // The one that it would wait for is not on record either.
		if r.Version == 1 {
			m.Name, m.Etag = "", ""
		}
		return m, nil
	}
	if err != nil {
		return nil, err
	}
	return s.read(ctx, done.Result)
}

// read is the remedy of a name as it is on record.
func (s *Service) read(ctx context.Context, name string) (*remedyv1.Remedy, error) {
	complaint, id := remedyIDs(name)
	known, err := s.deps.Store.Case(ctx, complaint)
	if err != nil {
		return nil, s.unknown(err, complaint)
	}
	stored, err := s.deps.Store.Remedy(ctx, complaint, id)
	if err != nil {
		return nil, s.noRemedy(err, name)
	}
	return s.reader(ctx).message(ctx, known.Complaint, &stored)
}

// draft is what somebody proposes.
type draft struct {
	options []*remedyv1.Option
	// owed is true when the last one of them is the fallback.
	owed      bool
	fallback  string
	seen      bool
	objection string
}

// draft puts into the remedy what is proposed by the caller. Its texts are sealed before the transaction, because the key may have to be
// asked for.
func (s *Service) draft(ctx context.Context, r *Remedy, sent draft) error {
	if err := s.unowed(sent.fallback); err != nil {
		return err
	}
	r.Proposer, r.HistorySeen, r.Options = caller(ctx).Subject, sent.seen, nil
	for i, o := range sent.options {
		field, fallback := "remedy.options["+strconv.Itoa(i)+"]", sent.owed && i == len(sent.options)-1
		if fallback {
			field = fallbackField
		}
		option, err := option(r.Complaint, field, o)
		if err != nil {
			return err
		}
		option.Fallback = fallback
		r.Options = append(r.Options, option)
	}
	s.listen(r, sent.options, sent.fallback)
	if err := s.owners(ctx, r.Options); err != nil {
		return err
	}
	return s.seal(ctx, r, sent)
}
