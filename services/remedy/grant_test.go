package remedy_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// requested is the newest request of an approval that was told on a complaint.
func (w *world) requested(complaint string) *eventv1.ApprovalRequested {
	w.t.Helper()
	var last *eventv1.ApprovalRequested
	for _, e := range w.told(complaint) {
		p, err := eventlog.Decode(e)
		require.NoError(w.t, err)
		if r := p.GetApprovalRequested(); r != nil {
			last = r
		}
	}
	return last
}

// TestGrantedAlone: what frontline may give is granted and held at once, and told with who, when and why.
func TestGrantedAlone(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-1", "REM-3")
	w := newWorld(t)
	complaint := w.receive()
	r := small()
	r.Options = append(r.Options, &remedyv1.Option{
		Kind: remedyv1.Option_REFUND, Basis: remedyv1.Option_ENTITLEMENT, Contents: "your money back", Amount: cny(199),
		Parts: []*remedyv1.Part{{Kind: remedyv1.Option_COUPON, Basis: remedyv1.Option_GOODWILL, Contents: "and a coupon", Amount: cny(5)}},
	})
	got, err := w.create(t.Context(), complaint, r)
	require.NoError(t, err)
	require.Equal(t, remedyv1.Remedy_GRANTED, got.GetState())
	require.Empty(t, got.GetApproval())
	require.Empty(t, got.GetWarnings())
	require.EqualValues(t, 204, got.GetMost().GetUnits(), "the parts of an option are one price")
	entries := w.entries("")
	require.Len(t, entries, 2, "for each basis the most that any option costs on it")
	require.Equal(t, remedyv1.Option_ENTITLEMENT, entries[0].GetBasis())
	require.EqualValues(t, 199, entries[0].GetAmount().GetUnits())
	require.Equal(t, remedyv1.Option_GOODWILL, entries[1].GetBasis())
	require.EqualValues(t, 20, entries[1].GetAmount().GetUnits())
	for _, e := range entries {
		require.Equal(t, remedyv1.LedgerEntry_HOLD, e.GetKind())
		require.Equal(t, []string{"agents/lin", "agents/lin", customer, "departments/returns", got.GetName(), got.GetName()},
			[]string{e.GetActor(), e.GetAlone(), e.GetCustomer(), e.GetDepartment(), e.GetRemedy(), e.GetCause()})
	}
	var types []string
	for _, e := range w.told(complaint) {
		types = append(types, e.GetType())
	}
	require.Equal(t, []string{"remedy_proposed", "remedy_granted", "ledger_posted", "ledger_posted"}, types)
}

// TestApprovalIsRequested at the level that covers what is proposed, with the deadline of the complaint's severity (APPR-3).
func TestApprovalIsRequested(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-1", "APPR-3", "REM-3")
	w := newWorld(t)
	complaint := w.receive()
	w.happens(complaint, 1, faulty())
	propose := func(amount int64, cash bool) *eventv1.ApprovalRequested {
		r := compensation(cny(amount))
		r.Options[0].Cash = cash
		got, err := w.create(t.Context(), complaint, r)
		require.NoError(t, err)
		require.Equal(t, remedyv1.Remedy_PROPOSED, got.GetState())
		requested := w.requested(complaint)
		require.Equal(t, got.GetApproval(), requested.GetApproval())
		return requested
	}
	got := propose(30, false)
	require.EqualValues(t, 1, got.GetLevel())
	require.EqualValues(t, 1, got.GetNeeded())
	require.Equal(t, w.now.Add(4*time.Hour), got.GetDueTime().AsTime())
	require.Equal(t, w.now.Add(2*time.Hour), got.GetRemindTime().AsTime())
	require.False(t, got.GetUrgent())
	require.EqualValues(t, 2, propose(200, true).GetNeeded(), "two approve so much cash")
	require.EqualValues(t, 2, propose(900, false).GetLevel())
	beyond := propose(1001, false)
	require.True(t, beyond.GetBeyondCaps())
	require.EqualValues(t, 3, beyond.GetLevel(), "the last level decides beyond a cap")
	require.EqualValues(t, 1, beyond.GetNeeded())
	for amount, cash := range map[int64]bool{1200: true, 5001: false} { // Two approve what is more, too.
		got = propose(amount, cash)
		require.Equal(t, []any{true, int32(2), int32(2)}, []any{got.GetBeyondCaps(), got.GetLevel(), got.GetNeeded()}, "%d", amount)
	}
	require.Empty(t, w.entries(""), "what is only proposed holds nothing")

	w.happens(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_SeverityChanged{SeverityChanged: &eventv1.SeverityChanged{
		Severity: policyv1.Severity_URGENT,
	}}})
	got = propose(30, false)
	require.True(t, got.GetUrgent())
	require.Equal(t, w.now.Add(time.Hour), got.GetDueTime().AsTime())
	require.Equal(t, w.now.Add(30*time.Minute), got.GetRemindTime().AsTime())
}

// TestBeyondTheDayASupervisorDecides: what somebody may grant alone on a day says nothing of what is approved, so that a small matter is
// not one for the executive.
func TestBeyondTheDayASupervisorDecides(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-1")
	w := newWorld(t)
	refund := func(complaint string, amount int64) *eventv1.ApprovalRequested {
		w.happens(complaint, 1, faulty())
		said := compensation(cny(amount))
		said.Options[0].Kind = remedyv1.Option_REFUND
		r, err := w.create(t.Context(), complaint, said)
		require.NoError(t, err)
		require.Equal(t, remedyv1.Remedy_PROPOSED, r.GetState())
		return w.requested(complaint)
	}
	complaint := w.receive()
	got := refund(complaint, 300)
	require.Equal(t, []int32{1, 1}, []int32{got.GetLevel(), got.GetNeeded()}, "it is within what lin may grant, but not in a day")
	require.False(t, got.GetBeyondCaps())
	require.EqualValues(t, 2, refund(complaint, 501).GetLevel())
	w.names(got.GetApproval(), 1, 1, "agents/wu")
	_, err := w.approvals("agents/wu", authv1.Role_SUPERVISOR).ApproveRemedy(t.Context(), &remedyv1.ApproveRemedyRequest{Name: got.GetApproval()})
	require.NoError(t, err)
	entries := w.entries("")
	require.Len(t, entries, 1)
	require.False(t, entries[0].GetBeyondCaps())
	require.Empty(t, entries[0].GetAlone(), "the day of nobody is used up by it")
	_, err = w.create(t.Context(), complaint, small())
	require.NoError(t, err)
	require.Len(t, w.entries(`alone = "agents/lin"`), 1)

	tight := newWorldOn(t, newDB(t), `remedies: {budgets: [{department: "-", month: "10"}], caps: {agent_day: "10"}}`)
	complaint = tight.receive()
	_, err = tight.create(t.Context(), complaint, small())
	require.NoError(t, err)
	got = tight.requested(complaint)
	require.True(t, got.GetBeyondCaps(), "another cap is exceeded as well")
	require.EqualValues(t, 3, got.GetLevel())
}

// TestAnEntitlementIsNotSplit: what the complaint's other proposals give on that basis counts for who may grant it, and for no cap.
func TestAnEntitlementIsNotSplit(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-1", "REM-3")
	w := newWorld(t)
	complaint := w.receive()
	w.happens(complaint, 1, faulty())
	refund := func(kind remedyv1.Option_Kind, amount int64) *remedyv1.Remedy {
		said := small()
		said.Options[0] = &remedyv1.Option{Kind: kind, Basis: remedyv1.Option_ENTITLEMENT, Contents: "your money back", Amount: cny(amount)}
		r, err := w.create(t.Context(), complaint, said)
		require.NoError(t, err)
		return r
	}
	first := refund(remedyv1.Option_REFUND, 300)
	require.Equal(t, remedyv1.Remedy_GRANTED, first.GetState())
	require.Equal(t, remedyv1.Remedy_GRANTED, refund(remedyv1.Option_RETURN, 200).GetState(), "500 are within the limit")
	second := refund(remedyv1.Option_REFUND, 1)
	require.Equal(t, remedyv1.Remedy_PROPOSED, second.GetState())
	got := w.requested(complaint)
	require.Equal(t, []any{int32(1), int32(1), false}, []any{got.GetLevel(), got.GetNeeded(), got.GetBeyondCaps()})
	require.EqualValues(t, 1, got.GetAmount().GetUnits(), "which says what this one costs")
	refund(remedyv1.Option_REFUND, 1500)
	require.Equal(t, []int32{1, 2}, []int32{w.requested(complaint).GetLevel(), w.requested(complaint).GetNeeded()}, "2000 in all")
	third := refund(remedyv1.Option_REFUND, 1501)
	require.EqualValues(t, 2, w.requested(complaint).GetLevel())
	exchange := small()
	exchange.Options[0] = &remedyv1.Option{Kind: remedyv1.Option_GUIDANCE, Basis: remedyv1.Option_ENTITLEMENT, Contents: "how to use it"}
	r, err := w.create(t.Context(), complaint, exchange)
	require.NoError(t, err)
	require.Equal(t, remedyv1.Remedy_GRANTED, r.GetState(), "what costs nothing is nothing more")
	_, err = w.create(t.Context(), complaint, small())
	require.NoError(t, err)

	// Who decides for a manager as a delegate has no more authority than before.
	w.names(third.GetApproval(), 1, 2, "agents/wu")
	wu := w.approvals("agents/wu", authv1.Role_SUPERVISOR)
	_, err = wu.ApproveRemedy(t.Context(), &remedyv1.ApproveRemedyRequest{Name: third.GetApproval()})
	rpctest.RequireReason(t, err, codes.PermissionDenied, remedyv1.ErrorReason_ABOVE_OWN_LIMIT.String())

	// What is released is not given; a revision counts for itself alone.
	_, err = w.agent.WithdrawRemedy(t.Context(), &remedyv1.WithdrawRemedyRequest{Name: first.GetName(), Reason: "a mistake"})
	require.NoError(t, err)
	revised, err := w.agent.ReviseRemedy(t.Context(), &remedyv1.ReviseRemedyRequest{
		Name: second.GetName(), Fallback: second.GetFallback(), Options: []*remedyv1.Option{
			{Kind: remedyv1.Option_REFUND, Basis: remedyv1.Option_ENTITLEMENT, Contents: "your money back", Amount: cny(300)},
			{Kind: remedyv1.Option_APOLOGY, Basis: remedyv1.Option_FAULT, Contents: "we are sorry"},
		},
	})
	require.NoError(t, err)
	require.Equal(t, remedyv1.Remedy_GRANTED, revised.GetState())
}

// TestManyGrantAtTheSameMoment: 64 people grant alone what one cap has room for in part. The others are asked for the last level's approval,
// or for the first one's where only the agent's day is used up.
func TestManyGrantAtTheSameMoment(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-1")
	const people, room = 64, 10
	migrated.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		t.Parallel()
		for name, said := range map[string]string{
			"budget":    `remedies: {budgets: [{department: "-", month: "200"}], caps: {customer: "99999", agent_day: "99999"}}`,
			"customer":  `remedies: {budgets: [], caps: {customer: "200", agent_day: "99999"}}`,
			"agent_day": `remedies: {budgets: [], caps: {customer: "99999", agent_day: "200"}}`,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := newWorldOn(t, open(t), said)
				var complaints []string
				for range people {
					complaints = append(complaints, w.receive())
				}
				var group sync.WaitGroup
				answers := make([]*remedyv1.Remedy, people)
				ctx := context.WithoutCancel(t.Context())
				for i, complaint := range complaints {
					group.Go(func() {
						var err error
						if answers[i], err = w.create(ctx, complaint, small()); err != nil {
							t.Error(err)
						}
					})
				}
				group.Wait()
				granted := 0
				for i, r := range answers {
					if r.GetState() == remedyv1.Remedy_GRANTED {
						granted++
						continue
					}
					require.Equal(t, remedyv1.Remedy_PROPOSED, r.GetState())
					requested := w.requested(complaints[i])
					require.Equal(t, name != "agent_day", requested.GetBeyondCaps())
					if name == "agent_day" {
						require.EqualValues(t, 1, requested.GetLevel())
						continue
					}
					require.EqualValues(t, 3, requested.GetLevel())
				}
				require.Equal(t, room, granted)
				held, _ := sums(w.entries(""))
				require.Equal(t, "200", held.String())
			})
		}
	})
}

// TestGrantsAreLookedAt: a supervisor sees what was decided alone, and says what is found of it (APPR-4).
func TestGrantsAreLookedAt(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-4")
	w := newWorldOn(t, migrated.SQLite(t), `remedies: {approvals: {sample_percent: 0, sample_all_from: "20"}}`)
	cheap, free := small(), small()
	cheap.Options[0].Amount = cny(19)
	free.Options[0] = &remedyv1.Option{Kind: remedyv1.Option_GUIDANCE, Basis: remedyv1.Option_GOODWILL, Contents: "how it works"}
	var made []*remedyv1.Remedy
	for _, r := range []*remedyv1.Remedy{small(), cheap, free, proposal(), small()} {
		got, err := w.create(t.Context(), w.receive(), r)
		require.NoError(t, err)
		made = append(made, got)
		w.now = w.now.Add(time.Second)
	}
	require.Equal(t, remedyv1.GrantReview_PENDING, made[0].GetReview().GetState())
	require.Equal(t, remedyv1.GrantReview_NOT_SAMPLED, made[1].GetReview().GetState())
	require.Nil(t, made[2].GetReview(), "what costs nothing is no matter of review")
	require.Nil(t, made[3].GetReview(), "what is approved neither")

	wu := w.as("agents/wu", authv1.Role_SUPERVISOR)
	list := func(filter string, size int32) (names []string) {
		req := &remedyv1.ListGrantsRequest{Filter: filter, PageSize: size}
		for {
			resp, err := wu.ListGrants(t.Context(), req)
			require.NoError(t, err)
			for _, r := range resp.GetRemedies() {
				names = append(names, r.GetName())
			}
			if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
				return names
			}
		}
	}
	for size := int32(1); size < 5; size++ {
		require.Equal(t, []string{made[0].GetName(), made[1].GetName(), made[4].GetName()}, list("", size))
	}
	require.Equal(t, []string{made[0].GetName(), made[4].GetName()}, list(`state = "PENDING" AND amount >= 20 AND proposer = "agents/lin"`, 9))
	require.Empty(t, list(`department = "departments/other"`, 9))
	_, err := wu.ListGrants(t.Context(), &remedyv1.ListGrantsRequest{Filter: "x = 1"})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_FILTER_INVALID.String())

	review := func(subject string, req *remedyv1.ReviewGrantRequest) (*remedyv1.Remedy, error) {
		return w.as(subject, authv1.Role_SUPERVISOR).ReviewGrant(t.Context(), req)
	}
	_, err = review("agents/lin", &remedyv1.ReviewGrantRequest{Name: made[0].GetName(), Right: true})
	rpctest.RequireReason(t, err, codes.PermissionDenied, remedyv1.ErrorReason_GRANT_IS_OWN.String())
	_, err = review("agents/wu", &remedyv1.ReviewGrantRequest{Name: made[1].GetName(), Right: true})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_GRANT_NOT_PENDING.String())
	require.Equal(t, "NOT_SAMPLED", metadataOf(t, err)["state"])
	for _, nothing := range []string{"", " \n", "\u200b", "\u3164"} {
		_, err = review("agents/wu", &remedyv1.ReviewGrantRequest{Name: made[0].GetName(), Comment: nothing})
		rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	}
	got, err := review("agents/wu", &remedyv1.ReviewGrantRequest{Name: made[0].GetName(), Comment: "too much for a delay of a day"})
	require.NoError(t, err)
	require.Equal(t, remedyv1.GrantReview_WRONG, got.GetReview().GetState())
	require.Equal(t, []string{"agents/wu", "too much for a delay of a day"}, []string{got.GetReview().GetReviewer(), got.GetReview().GetComment()})
	require.Equal(t, remedyv1.Remedy_GRANTED, got.GetState(), "the customer keeps it")
	_, err = review("agents/wu", &remedyv1.ReviewGrantRequest{Name: made[0].GetName(), Right: true})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_GRANT_NOT_PENDING.String())
	require.Equal(t, 1, w.count(strings.SplitN(made[0].GetName(), "/remedies/", 2)[0], "grant_reviewed"))
}

// TestAPartIsSampled: the same for the same id, and about the part that the policy says.
func TestAPartIsSampled(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-4")
	w := newWorldOn(t, migrated.SQLite(t), `remedies: {approvals: {sample_percent: 50}, caps: {complaint: "99999", customer: "99999", agent_day: "99999"}}`)
	pending := 0
	for range 60 {
		r, err := w.create(t.Context(), w.receive(), small())
		require.NoError(t, err)
		if r.GetReview().GetState() == remedyv1.GrantReview_PENDING {
			pending++
		}
		again, err := w.agent.GetRemedy(t.Context(), &remedyv1.GetRemedyRequest{Name: r.GetName()})
		require.NoError(t, err)
		require.Equal(t, r.GetReview().GetState(), again.GetReview().GetState())
	}
	require.Greater(t, pending, 5)
	require.Less(t, pending, 55)
}

// TestNothingIsSplit: neither into several kinds of one option, nor into several proposals, of which each is decided by what the complaint has
// by then. Nor does it take fewer people to approve what was proposed before the others were granted.
func TestNothingIsSplit(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-1", "APPR-2")
	w := newWorld(t)
	part := func(kind remedyv1.Option_Kind, basis remedyv1.Option_Basis, amount int64) *remedyv1.Part {
		return &remedyv1.Part{Kind: kind, Basis: basis, Contents: "part of it", Amount: cny(amount)}
	}
	asked := func(r *remedyv1.Remedy, parts ...*remedyv1.Part) []int32 {
		r.Options[0].Parts = parts
		complaint := w.receive()
		w.happens(complaint, 1, faulty())
		got, err := w.create(t.Context(), complaint, r)
		require.NoError(t, err)
		require.Equal(t, remedyv1.Remedy_PROPOSED, got.GetState())
		return []int32{w.requested(complaint).GetLevel(), w.requested(complaint).GetNeeded()}
	}
	const own = remedyv1.Option_ENTITLEMENT
	refund := small()
	refund.Options[0] = &remedyv1.Option{Kind: remedyv1.Option_REFUND, Basis: own, Contents: "your money back", Amount: cny(500)}
	require.Equal(t, []int32{2, 2}, asked(refund, part(remedyv1.Option_RETURN, own, 500), part(remedyv1.Option_EXCHANGE, own, 500),
		part(remedyv1.Option_REPAIR, own, 500), part(remedyv1.Option_RESHIP, own, 500)), "as 2500 in one part")
	require.Equal(t, []int32{2, 1}, asked(compensation(cny(500)), part(remedyv1.Option_DISCOUNT, remedyv1.Option_FAULT, 500)), "as 1000 in one part")

	// Five that wait at the same time, each of one supervisor while nothing is granted.
	complaint := w.receive()
	w.happens(complaint, 1, faulty())
	var waiting []*remedyv1.Remedy
	for range 5 {
		r := w.proposed(complaint, 199, true)
		require.Equal(t, []int32{1, 1}, []int32{w.requested(complaint).GetLevel(), w.requested(complaint).GetNeeded()})
		w.names(r.GetApproval(), 1, 1, "agents/wu")
		waiting = append(waiting, r)
	}
	approve := func(r *remedyv1.Remedy, who string, role authv1.Role) (*remedyv1.Approval, error) {
		return w.approvals(who, role).ApproveRemedy(t.Context(), &remedyv1.ApproveRemedyRequest{Name: r.GetApproval()})
	}
	first, err := approve(waiting[0], "agents/wu", authv1.Role_SUPERVISOR)
	require.NoError(t, err)
	require.Equal(t, remedyv1.Approval_APPROVED, first.GetState())
	second, err := approve(waiting[1], "agents/wu", authv1.Role_SUPERVISOR)
	require.NoError(t, err)
	require.Equal(t, []any{remedyv1.Approval_PENDING, int32(2), int32(2)}, []any{second.GetState(), second.GetNeeded(), second.GetLevel()}, "398 in cash")
	w.names(second.GetName(), 2, 2, "agents/sun")
	second, err = approve(waiting[1], "agents/sun", authv1.Role_MANAGER)
	require.NoError(t, err)
	require.Equal(t, []any{remedyv1.Approval_APPROVED, int32(2)}, []any{second.GetState(), second.GetNeeded()})
	_, err = approve(waiting[2], "agents/wu", authv1.Role_SUPERVISOR)
	rpctest.RequireReason(t, err, codes.PermissionDenied, remedyv1.ErrorReason_ABOVE_OWN_LIMIT.String())
	require.Equal(t, "597", metadataOf(t, err)["amount"])

	// Once they are granted, a small thing needs somebody, too; what costs nothing does not.
	_, err = w.create(t.Context(), complaint, small())
	require.NoError(t, err)
	require.Equal(t, []int32{1, 2}, []int32{w.requested(complaint).GetLevel(), w.requested(complaint).GetNeeded()})
	free := small()
	free.Options[0] = &remedyv1.Option{Kind: remedyv1.Option_GUIDANCE, Basis: remedyv1.Option_GOODWILL, Contents: "how it works"}
	got, err := w.create(t.Context(), complaint, free)
	require.NoError(t, err)
	require.Equal(t, remedyv1.Remedy_GRANTED, got.GetState())
}
