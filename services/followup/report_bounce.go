package followup

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/internal/idem"
	"github.com/redress-dev/redress/services/internal/vault"
)

// ReportBounce notes that a message came back. Unless that was for a time only, nothing is sent to its address any more; whoever is in
// charge is told; and it is put on record to be sent by another way, if there is one. Telling it again changes nothing and answers the same.
// That it was sent stays true: no verdict changes. Errors: AGENT_RECUSED, NOTIFICATION_NOT_FOUND, NOTIFICATION_NOT_SENT, NOT_YET_KNOWN,
// COMPLAINT_NOT_FOUND.
func (s *Service) ReportBounce(ctx context.Context, req *followupv1.ReportBounceRequest) (*followupv1.ReportBounceResponse, error) {
	n, err := s.message(ctx, req.GetName())
	if err != nil {
		return nil, err
	}
	if n.State != followupv1.Notification_SENT && n.State != followupv1.Notification_BOUNCED {
		return nil, notificationNotSent(req.GetName(), n.State)
	}
	if n.State == followupv1.Notification_BOUNCED && req.GetTemporary() {
		return s.takeBack(ctx, n, req)
	}
	next, err := s.byAnotherWay(ctx, n)
	if err != nil {
		return nil, err
	}
	change := Change{Complaint: n.Complaint, Notifications: true, Touches: !Owed(n.Kind), Result: req.GetName()}
	change.Command, _ = idem.FromContext(ctx)
	if _, err := s.change(ctx, change, func(l ledger) error {
		if known, ok := l.Notification(n.ID); ok && known.State != followupv1.Notification_SENT {
			return nil
		}
		s.bounced(l, n, next, req)
		return nil
	}); err != nil {
		return nil, err
	}
	s.hurry()
	return s.bounceAnswer(ctx, n)
}

// forATime tells whether the address may be good again: somebody says so, or the other side's status does (RFC 3463).
func forATime(req *followupv1.ReportBounceRequest) bool {
	return req.GetTemporary() || strings.HasPrefix(req.GetStatus(), "4.")
}

// takeBack puts right that a message came back for a time only, so that its address is used again; what others than a supervisor or those above say
// of a message that is known to have come back changes nothing.
func (s *Service) takeBack(ctx context.Context, n Notification, req *followupv1.ReportBounceRequest) (*followupv1.ReportBounceResponse, error) {
	c, err := s.known(ctx, n.Complaint)
	if err != nil {
		return nil, err
	}
	reach, err := s.deps.Outbox.Reach(ctx, c.Complaint.Customer, n.Complaint, n.ID)
	if err != nil {
		return nil, err
	}
	dead := slices.ContainsFunc(reach.Unusable, func(mark []byte) bool { return bytes.Equal(mark, n.Mark) })
	if !dead || !caller(ctx).Has(authv1.Role_SUPERVISOR, authv1.Role_MANAGER, authv1.Role_EXECUTIVE) {
		return s.bounceAnswer(ctx, n)
	}
	change := Change{Complaint: n.Complaint, Notifications: true, Result: req.GetName()}
	change.Command, _ = idem.FromContext(ctx)
	if _, err := s.change(ctx, change, func(l ledger) error {
		l.Changes.Usable = append(l.Changes.Usable, Unusable{Customer: l.Complaint.Customer, Mark: n.Mark, Notification: n.Name(), Time: l.now})
		l.draft(l.cycleOf(n), &eventv1.Payload{Kind: &eventv1.Payload_MessageBounced{MessageBounced: &eventv1.MessageBounced{
			Notification: n.Name(), Template: n.Template, Address: n.Address, Status: req.GetStatus(), Owed: Owed(n.Kind), Known: true, Corrected: true,
		}}})
		return nil
	}); err != nil {
		return nil, err
	}
	return s.bounceAnswer(ctx, n)
}

// bounced writes down that a message came back, and the one by another way.
func (s *Service) bounced(l ledger, n Notification, next *Notification, req *followupv1.ReportBounceRequest) {
	told := &eventv1.MessageBounced{
		Notification: n.Name(), Template: n.Template, Address: n.Address, Status: req.GetStatus(), Owed: Owed(n.Kind),
		Unusable: !forATime(req) && len(n.Mark) > 0,
	}
	if told.GetUnusable() {
		l.Changes.Bounced = &Unusable{Customer: l.Complaint.Customer, Mark: n.Mark, Notification: n.Name(), Time: l.now}
	}
	told.Known = slices.ContainsFunc(l.Notifications, func(other Notification) bool {
		return other.ID != n.ID && other.State == followupv1.Notification_BOUNCED && len(n.Mark) > 0 && bytes.Equal(other.Mark, n.Mark)
	})
	if next != nil {
		told.Again = next.Name()
	} else {
		n.Told |= ToldUndelivered
	}
	n.State, n.Problem = followupv1.Notification_BOUNCED, strings.TrimSpace("it came back "+req.GetStatus())
	l.put(n)
	l.draft(l.cycleOf(n), &eventv1.Payload{Kind: &eventv1.Payload_MessageBounced{MessageBounced: told}})
	if next != nil {
		l.enqueue(*next, l.now, s.patience())
		return
	}
	s.surveyLost(l, n)
}

// byAnotherWay is the message as it goes to another address of the customer; nil when there is none on record.
func (s *Service) byAnotherWay(ctx context.Context, n Notification) (*Notification, error) {
	if n.State != followupv1.Notification_SENT || len(n.Mark) == 0 {
		return nil, nil //nolint:nilnil // There is no other way.
	}
	key, to, reach, err := s.whereTo(ctx, n)
	if erased(err) {
		return nil, nil //nolint:nilnil // Nobody is to be reached.
	}
	if err != nil {
		return nil, err
	}
	bad := n
	bad.Avoid = n.Mark
	left, err := usable(key, to.Recipient, bad, reach)
	if err != nil || !s.deps.Channel.Reaches(left) {
		return nil, err
	}
	return repeated(key, n)
}

// whereTo reads how the customer of a message can be reached now.
func (s *Service) whereTo(ctx context.Context, n Notification) (key *vault.DataKey, to Contact, reach Reach, err error) {
	c, err := s.known(ctx, n.Complaint)
	if err != nil {
		return nil, to, reach, err
	}
	if key, err = s.deps.Keys.Key(ctx, c.Complaint.Customer); err != nil {
		return nil, to, reach, err
	}
	if to, err = s.deps.Contacts.Contact(ctx, complaintName(n.Complaint)); err != nil {
		return nil, to, reach, err
	}
	to.Recipient.Customer = c.Complaint.Customer
	reach, err = s.deps.Outbox.Reach(ctx, c.Complaint.Customer, n.Complaint, n.ID)
	return key, to, reach, err
}

// repeated is a message under the next name, not to be sent where it was sent to.
func repeated(key *vault.DataKey, n Notification) (*Notification, error) {
	w, err := open(key, n)
	if err != nil {
		return nil, err
	}
	next := Notification{
		Complaint: n.Complaint, ID: nextID(n), Cycle: n.Cycle, Kind: n.Kind, Template: n.Template, Language: n.Language, Avoid: n.Mark,
		Told: n.Told & ToldUndelivered,
	}
	next, err = compose(key, next, w)
	return &next, err
}

// nextID is the id of a message by another way: "ack-1-again-1", then "ack-1-again-2".
func nextID(n Notification) string {
	_, count, _ := strings.Cut(n.ID, again)
	times, err := strconv.Atoi(count)
	if err != nil {
		times = 0
	}
	return n.origin() + again + strconv.Itoa(times+1)
}

// bounceAnswer is a message that came back, as it stands, with the one by another way.
func (s *Service) bounceAnswer(ctx context.Context, n Notification) (*followupv1.ReportBounceResponse, error) {
	sent, err := s.deps.Store.Notification(ctx, n.Complaint, n.ID)
	if err != nil {
		return nil, err
	}
	res := &followupv1.ReportBounceResponse{Notification: notificationMessage(sent)}
	next, err := s.deps.Store.Notification(ctx, n.Complaint, nextID(n))
	if err == nil {
		res.Again = notificationMessage(next)
	} else if !errors.Is(err, ErrUnknown) {
		return nil, err
	}
	return res, nil
}

// message reads a message by its name, for whoever may handle its complaint.
func (s *Service) message(ctx context.Context, name string) (Notification, error) {
	complaint, id, err := notificationIDs(name)
	if err != nil {
		return Notification{}, err
	}
	c, err := s.known(ctx, complaint)
	if err != nil {
		return Notification{}, err
	}
	if err := c.Complaint.recuses(caller(ctx).Subject); err != nil {
		return Notification{}, err
	}
	n, err := s.deps.Store.Notification(ctx, complaint, id)
	if errors.Is(err, ErrUnknown) {
		return n, notificationNotFound(name)
	}
	return n, err
}
