package lists

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/redress-dev/redress/deploy/standalone/bench/client"
	"github.com/redress-dev/redress/deploy/standalone/bench/database"
	"github.com/redress-dev/redress/deploy/standalone/bench/fill"
	"github.com/redress-dev/redress/deploy/standalone/bench/lives"
	"github.com/redress-dev/redress/deploy/standalone/bench/server"
	"github.com/redress-dev/redress/deploy/standalone/program"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// originals are the real complaints.
type originals struct {
	templates []fill.Template
	// complaints are as the API told them, in the same order.
	complaints []*intakev1.Complaint
	// notes are what was noted at attempts, by the complaint's name.
	notes map[string]string
}

const (
	// settleLimit is how long it may take until a complaint is known everywhere.
	settleLimit = time.Minute
	settlePause = 50 * time.Millisecond
	// pageSize is the largest that a policy usually allows.
	pageSize = 200
)

// live has real complaints lived, in a product that is stopped afterwards.
func (cfg Config) live(ctx context.Context, place *database.Place) (o *originals, err error) {
	s, err := server.Start(ctx, cfg.server(place), cfg.Now)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	target := lives.Target{GRPC: s.GRPC, Temporal: s.Temporal, Namespace: program.Namespace, Dir: s.Dir(), PID: s.PID(), Now: cfg.Now}
	if _, err := lives.Redress(ctx, target, lives.Load{Lives: cfg.Ended, Concurrency: 16}); err != nil {
		return nil, err
	}
	r, err := newReader(s)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	o = &originals{notes: map[string]string{}}
	if err := r.openSome(ctx, cfg.Open, o); err != nil {
		return nil, err
	}
	want := cfg.Ended + cfg.Open
	if o.templates, o.complaints, err = fill.Collect(ctx, r.intake, r.keys, want+1); err != nil {
		return nil, err
	}
	if len(o.templates) != want {
		return nil, fmt.Errorf("%d complaints were filed, and %d are listed", want, len(o.templates))
	}
	return o, nil
}

// openSome files complaints that stay open, and notes an attempt at each second one.
func (r *reader) openSome(ctx context.Context, n int, o *originals) error {
	deck := client.NewDeck(client.NewBook())
	for i := range n {
		c, err := r.intake.CreateComplaint(ctx, deck.Deal())
		if err != nil {
			return err
		}
		if i%2 == 0 {
			continue
		}
		note := fmt.Sprintf("Nobody answered; the mailbox of number %d is full.", i)
		if err := r.attempt(ctx, c.GetName(), note); err != nil {
			return err
		}
		o.notes[c.GetName()] = note
	}
	return r.settle(ctx, func() (bool, error) {
		list, err := r.intake.ListComplaints(ctx, &intakev1.ListComplaintsRequest{Filter: `state = "RECEIVED"`})
		return len(list.GetComplaints()) == 0, err
	})
}

// attempt notes an attempt as soon as followup knows the complaint.
func (r *reader) attempt(ctx context.Context, complaint, note string) error {
	return r.settle(ctx, func() (bool, error) {
		_, err := r.followup.RecordAttempt(ctx, &followupv1.RecordAttemptRequest{
			Name: complaint + "/callbacks/1", Outcome: followupv1.Attempt_NO_ANSWER, Way: policyv1.ContactWay_PHONE, Note: note,
		})
		if status.Code(err) == codes.Unavailable || status.Code(err) == codes.FailedPrecondition || status.Code(err) == codes.NotFound {
			return false, nil
		}
		return err == nil, err
	})
}

// settle waits until something holds.
func (r *reader) settle(ctx context.Context, holds func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, settleLimit)
	defer cancel()
	for {
		if ok, err := holds(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the product does not get there: %w", ctx.Err())
		case <-time.After(settlePause):
		}
	}
}

// compare reads copies through the API: what was sealed anew must open, and say what the originals say.
func (r *reader) compare(ctx context.Context, o *originals) error {
	for i, original := range o.complaints {
		name := "complaints/" + fill.CopyID(int64(i))
		c, err := r.intake.GetComplaint(ctx, &intakev1.GetComplaintRequest{Name: name})
		if err != nil {
			return err
		}
		if c.GetStatement() != original.GetStatement() || c.GetComplainant().GetPhone() != original.GetComplainant().GetPhone() ||
			c.GetState() != original.GetState() || c.GetCustomer() != original.GetCustomer() {
			return fmt.Errorf("%s is not what its original is: %v and %v", name, c, original)
		}
		note, noted := o.notes[original.GetName()]
		if !noted {
			continue
		}
		callbacks, err := r.followup.ListCallbacks(ctx, &followupv1.ListCallbacksRequest{Parent: name})
		if err != nil {
			return err
		}
		if len(callbacks.GetCallbacks()) != 1 || callbacks.GetCallbacks()[0].GetAttempts()[0].GetNote() != note {
			return fmt.Errorf("the callbacks of %s are not those of its original: %v", name, callbacks)
		}
	}
	return nil
}

// roles are those of an agent, and of services for keys.
func roles() map[string]authv1.Role {
	return map[string]authv1.Role{"agents/lin": authv1.Role_AGENT, "services/bench": authv1.Role_SERVICE}
}
