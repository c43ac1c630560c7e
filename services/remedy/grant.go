package remedy

import (
	"hash/fnv"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/arrival"
)

// judge grants a revision that its proposer may grant alone, and requests approval of any other: of the first level that covers it with what
// the complaint has already, or of the last one if a cap would be exceeded (APPR-1, APPR-3). What somebody may grant alone on a day is no cap
// of what is approved: beyond it the first level decides. So it does where the proposer is complained about, who decides nothing (APPR-2).
// What is to be approved, or costs something, in the moment before remedy has heard who is in charge would be of no department: found by nobody,
// and in no budget: NOT_YET_KNOWN. Where nobody is in charge for longer, since what assigns is away, it is requested or granted all the same.
func (s *Service) judge(c *Case, r *Remedy, now time.Time) error {
	r.ReviseTime, r.Department = now, c.Complaint.Facts.Department
	most, _ := s.rules.Most(r.Options)
	r.Most, _ = s.rules.Minor(most)
	options, err := s.along(c, r)
	if err != nil {
		return err
	}
	request := s.rules.asked(r, c.Complaint.Facts, options, false)
	asked := capped(s.rules.Holds(r.Options))
	var funds Funds
	if asked.Positive() {
		if funds, err = c.funds(s.fundKeys(r, request.Level == 0, now)); err != nil {
			return err
		}
	}
	switch {
	case s.rules.Exceeded(funds, asked, r.Department, false) != nil:
		request = s.rules.asked(r, c.Complaint.Facts, options, true)
	case request.Level == 0 && (c.Complaint.Facts.about(r.Proposer) || s.rules.Exceeded(funds, asked, r.Department, true) != nil):
		request = Request{Level: 1, Needed: 1}
	}
	if r.Department == "" && (request.Level > 0 || most.Positive()) && arrival.Expected(c.Complaint.ID, now) {
		return arrival.Early(complaintName(c.Complaint.ID), "Who is in charge of %s, and whose budget it would take, is not known here yet. Try again.",
			complaintName(c.Complaint.ID))
	}
	if request.Level > 0 {
		s.request(c, r, request, now)
		return nil
	}
	r.Approval = ""
	s.hold(c, r, Grant{Granter: r.Proposer, Time: now, Alone: true}, holding{options: r.Options, cause: r.Name()})
	return nil
}

// along are the options of a remedy, each that costs something with what the complaint's other proposals have held or spent, in whatever
// cycle, and those of complaints that went on in it. Caps are per complaint and leave entitlements out (REM-3); this keeps anybody from giving in many proposals what they may not in one.
func (s *Service) along(c *Case, r *Remedy) ([]Option, error) {
	options := slices.Clone(r.Options)
	if len(r.FallbackWords) > 0 {
		options = append(options, Option{Words: r.FallbackWords})
	}
	if !slices.ContainsFunc(options, func(o Option) bool { return s.rules.costs(o).Positive() }) {
		return options, nil
	}
	var had []Part
	for i := range c.Remedies {
		if c.Remedies[i].ID == r.ID {
			continue
		}
		entries, err := c.Entries(c.Remedies[i].ID)
		if err != nil {
			return nil, err
		}
		had = append(had, s.rules.had(&c.Remedies[i], entries)...)
	}
	merged, err := c.Merged()
	if err != nil {
		return nil, err
	}
	for i := range merged {
		had = append(had, s.rules.had(&merged[i].Remedy, merged[i].Entries)...)
	}
	for i, o := range options {
		if s.rules.costs(o).Positive() {
			options[i].Besides = had
		}
	}
	return options, nil
}

// had is what of a remedy is held or spent: the ledger says how much on which basis, and the option that was accepted, or else the dearest on
// the basis, of which kinds.
func (r *Rules) had(given *Remedy, entries []Entry) (parts []Part) {
	net := map[remedyv1.Option_Basis]int64{}
	for _, e := range entries {
		switch e.Kind {
		case remedyv1.LedgerEntry_HOLD:
			net[e.Basis] += e.Minor
		case remedyv1.LedgerEntry_RELEASE:
			net[e.Basis] -= e.Minor
		default: // What is spent was held.
		}
	}
	options := given.Options
	if taken, _ := given.taken(); taken != nil {
		options = []Option{*taken}
	}
	for _, basis := range bases() {
		left := r.FromMinor(net[basis])
		var dearest Option
		for _, o := range options {
			if r.sum(o, basis).Compare(r.sum(dearest, basis)) > 0 {
				dearest = o
			}
		}
		for _, part := range dearest.Parts {
			amount := smallest(r.Of(part.Amount), left)
			if part.Basis != basis || !amount.Positive() {
				continue
			}
			left = left.Sub(amount)
			part.Amount = r.Money(amount)
			parts = append(parts, part)
		}
	}
	return parts
}

// fundKeys name what a grant of the remedy draws on.
func (s *Service) fundKeys(r *Remedy, alone bool, now time.Time) FundKeys {
	keys := FundKeys{
		Customer: r.Customer, Since: now.Add(-s.rules.caps.period), Day: s.rules.day(now), Department: r.Department, Month: s.rules.month(now),
	}
	if alone {
		keys.Agent = r.Proposer
	}
	return keys
}

// grantApproved grants a revision that was approved, and holds what it costs, in the transaction of the decision. Beyond a cap only the last
// level may. Errors: CAP_EXCEEDED.
func (s *Service) grantApproved(c *Case, r *Remedy, granter string, last bool, now time.Time) error {
	beyond, err := s.room(c, r, r.Options, false, last, now)
	if err != nil {
		return err
	}
	s.hold(c, r, Grant{Granter: granter, Time: now}, holding{options: r.Options, beyond: beyond, cause: approvalName(r.Approval)})
	return nil
}

// holdAgain is hold on the account of whoever granted it before. It was looked at, or not, when that was decided (APPR-4).
func (s *Service) holdAgain(c *Case, r *Remedy, what holding, now time.Time) {
	reviewed := r.Review
	what.again = true
	s.hold(c, r, Grant{Granter: r.Grant.Granter, Time: now, Alone: r.Grant.Alone}, what)
	r.Review = reviewed
}

// room locks what a grant draws on, and refuses one that exceeds a cap, unless the last level grants it: then it tells that it is beyond.
// Errors: CAP_EXCEEDED.
func (s *Service) room(c *Case, r *Remedy, options []Option, alone, last bool, now time.Time) (beyond bool, err error) {
	asked := capped(s.rules.Holds(options))
	if !asked.Positive() {
		return false, nil
	}
	funds, err := c.funds(s.fundKeys(r, alone, now))
	if err != nil {
		return false, err
	}
	excess := s.rules.Exceeded(funds, asked, r.Department, alone)
	if excess != nil && (!last || !s.rules.fits(funds, asked)) {
		return false, s.capExceeded(excess)
	}
	return excess != nil, nil
}

// holding is what is set aside for a revision.
type holding struct {
	// options are those of which the most is held.
	options []Option
	// beyond is true when a cap is exceeded.
	beyond bool
	// again is true when nothing is decided: it was granted before.
	again bool
	// cause is why, by name.
	cause string
}

// hold makes a revision one that may be offered, and sets aside what it costs at most on each basis.
func (s *Service) hold(c *Case, r *Remedy, g Grant, what holding) {
	r.State, r.Grant, r.Review = remedyv1.Remedy_GRANTED, g, Review{}
	holds := s.rules.Holds(what.options)
	most, _ := s.rules.Most(r.Options)
	if g.Alone && most.Positive() {
		r.Review.State = remedyv1.GrantReview_NOT_SAMPLED
		if s.rules.sampled(r.ID, most) {
			r.Review.State = remedyv1.GrantReview_PENDING
		}
	}
	var held Amount
	for _, amount := range holds {
		held = held.Add(amount)
	}
	c.tell(r.Cycle, g.Granter, g.Time, &eventv1.Payload{Kind: &eventv1.Payload_RemedyGranted{RemedyGranted: &eventv1.RemedyGranted{
		Remedy: r.Name(), Version: r.Revision, Approval: approvalName(r.Approval), Granter: g.Granter, Held: s.rules.proto(held),
		Sampled: r.Review.State == remedyv1.GrantReview_PENDING && !what.again, Again: what.again,
	}}})
	entry := Entry{
		Kind: remedyv1.LedgerEntry_HOLD, Complaint: r.Complaint, Remedy: r.ID, Revision: r.Revision, Customer: r.Customer,
		Department: r.Department, Month: s.rules.month(g.Time), Day: s.rules.day(g.Time), Actor: g.Granter, Beyond: what.beyond,
		Time: g.Time, HoldTime: g.Time, Cause: what.cause,
	}
	if g.Alone {
		entry.Alone = g.Granter
	}
	for _, basis := range bases() {
		if amount := holds[basis]; amount.Positive() {
			entry.Basis = basis
			entry.Minor, _ = s.rules.Minor(amount)
			s.post(c, r.Cycle, entry)
		}
	}
}

// sampled tells whether a supervisor looks at what was decided alone: at all from an amount on, and at a part of the rest, which the
// remedy's id draws (APPR-4).
func (r *Rules) sampled(id string, most Amount) bool {
	if most.Compare(r.sampleAll) >= 0 {
		return true
	}
	lot := fnv.New32a()
	_, _ = lot.Write([]byte(id))
	return lot.Sum32()%100 < uint32(r.policy.GetApprovals().GetSamplePercent())
}

// Request is what is asked of an approval.
type Request struct {
	// Level is the one at which it begins, from 1.
	Level int
	// Needed is how many levels have to approve.
	Needed int32
	// Beyond is true when a cap is exceeded, so that nobody below the last level grants it.
	Beyond bool
}

// request has the present revision wait for an approval, which goes on record with its first turn. That one's time begins now (APPR-3).
func (s *Service) request(c *Case, r *Remedy, asked Request, now time.Time) {
	r.State, r.Grant, r.Review, r.Approval = remedyv1.Remedy_PROPOSED, Grant{}, Review{}, r.approvalID()
	r.asked = asked
	most, cash := s.rules.Most(r.Options)
	a := Approval{
		ID: r.Approval, Complaint: r.Complaint, Remedy: r.ID, Revision: r.Revision, Cycle: r.Cycle, Customer: r.Customer,
		State: remedyv1.Approval_PENDING, Needed: asked.Needed, Cash: cash.Positive(), Beyond: asked.Beyond,
		Urgent: c.Complaint.Facts.Severity == policyv1.Severity_URGENT, Most: r.Most, Proposer: r.Proposer, Department: r.Department, CreateTime: now,
		Authors: r.Authors,
	}
	first := s.rules.patience(a.Urgent).step(asked.Level, now)
	a.Steps = []Step{first}
	c.putApproval(&a)
	c.tell(r.Cycle, r.Proposer, now, &eventv1.Payload{Kind: &eventv1.Payload_ApprovalRequested{ApprovalRequested: &eventv1.ApprovalRequested{
		Approval: approvalName(r.Approval), Remedy: r.Name(), Version: r.Revision, Level: int32(asked.Level), Needed: asked.Needed,
		DueTime: timestamppb.New(first.DueTime), RemindTime: timestamppb.New(first.RemindTime), Amount: s.rules.proto(most), Urgent: a.Urgent,
		Proposer:   r.Proposer,
		BeyondCaps: asked.Beyond, Authors: r.Authors,
	}}})
}

// void ends the approval of the present revision, which nobody needs any more.
func (s *Service) void(c *Case, r *Remedy, actor, reason string, now time.Time) {
	if r.State != remedyv1.Remedy_PROPOSED || r.Approval == "" {
		return
	}
	if a := c.approval(r.Approval); a != nil && a.pending() {
		a.end(remedyv1.Approval_VOID, remedyv1.ApprovalStep_VOID, now)
		c.putApproval(a)
	}
	c.tell(r.Cycle, actor, now, &eventv1.Payload{Kind: &eventv1.Payload_ApprovalVoided{ApprovalVoided: &eventv1.ApprovalVoided{
		Approval: approvalName(r.Approval), Remedy: r.Name(), Version: r.Revision, Reason: reason,
	}}})
}
